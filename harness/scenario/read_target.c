/* Whom a fault hits: named nodes, or a word for nodes that are chosen during the run. */
#include "scenario/reader.h"

#include <string.h>

static const struct {
    const char *word;
    enum target_kind kind;
} target_words[] = {
    {"current", TARGET_CURRENT}, {"all", TARGET_ALL},           {"others", TARGET_OTHERS},
    {"one", TARGET_ONE},         {"minority", TARGET_MINORITY}, {"majority", TARGET_MAJORITY},
};

#define TARGET_WORDS (sizeof(target_words) / sizeof(target_words[0]))

/* Kept free, so that a scenario of today still reads when targets by role come. */
static const char reserved_word[] = "leader";

const char *target_word(enum target_kind kind)
{
    for (size_t i = 0; i < TARGET_WORDS; i++) {
        if (target_words[i].kind == kind) {
            return target_words[i].word;
        }
    }
    return NULL;
}

bool target_is_word(const char *name)
{
    bool found = strcmp(name, reserved_word) == 0;
    for (size_t i = 0; i < TARGET_WORDS; i++) {
        found = found || strcmp(name, target_words[i].word) == 0;
    }
    return found;
}

static const char *suggest_target(struct reader *reader, const char *name, bool with_words)
{
    const struct scenario *scenario = reader->scenario;
    size_t count = 0;
    const char **words =
        ARENA_ARRAY(reader->arena, const char *, scenario->node_count + TARGET_WORDS);
    for (; count < scenario->node_count; count++) {
        words[count] = scenario->nodes[count].name;
    }
    for (size_t i = 0; with_words && i < TARGET_WORDS; i++) {
        words[count++] = target_words[i].word;
    }
    return schema_suggest(reader, name, words, count);
}

uint16_t target_take_node(struct reader *reader,
                          const char *key,
                          const struct yaml_value *value,
                          bool with_words)
{
    const char *name = NULL;
    if (!schema_take_text(reader, value, key, &name) || (reader->broken & SECTION_NODES)) {
        return NODE_NONE;
    }
    uint16_t index = scenario_node_index(reader->scenario, name);
    if (index != NODE_NONE) {
        return index;
    }
    if (target_is_word(name) && strcmp(name, reserved_word) != 0) {
        schema_complain(reader, value, "'%s' is no node: it stands for nodes, and alone", name);
        return NODE_NONE;
    }
    schema_complain(reader, value, "there is no node %s%s", yaml_text_quote(reader->arena, name),
                    suggest_target(reader, name, with_words));
    return NODE_NONE;
}

static bool contains(const uint16_t *nodes, size_t count, uint16_t node)
{
    for (size_t i = 0; i < count; i++) {
        if (nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static void
read_node_names(struct reader *reader, const struct yaml_value *value, struct fault *fault)
{
    const char *key = fault_kind_word(fault->kind);
    if (value->count == 0 || value->count > SCENARIO_NODES_MAX) {
        schema_complain(reader, value, "'%s' must name 1 to %d nodes", key, SCENARIO_NODES_MAX);
        return;
    }
    uint16_t *nodes = ARENA_ARRAY(reader->arena, uint16_t, value->count);
    fault->nodes = nodes;
    for (size_t i = 0; i < value->count; i++) {
        uint16_t node = target_take_node(reader, key, value->items[i], false);
        if (node == NODE_NONE) {
            continue;
        }
        if (contains(nodes, fault->node_count, node)) {
            schema_complain(reader, value->items[i], "node '%s' is in the list twice",
                            reader->scenario->nodes[node].name);
            continue;
        }
        nodes[fault->node_count++] = node;
    }
}

static void
check_drawn_target(struct reader *reader, const struct yaml_value *value, const struct fault *fault)
{
    size_t count = reader->scenario->node_count;
    size_t least = fault->target == TARGET_OTHERS ? 2 : 1;
    least = fault->target == TARGET_MINORITY ? 3 : least;
    if (count < least && !(reader->broken & SECTION_NODES)) {
        schema_complain(reader, value, "'%s' needs at least %zu nodes, there %s only %zu",
                        value->text, least, count == 1 ? "is" : "are", count);
    }
}

static void read_one(struct reader *reader, const struct yaml_value *value, struct fault *fault)
{
    for (size_t i = 0; value->kind == VALUE_SCALAR && i < TARGET_WORDS; i++) {
        if (strcmp(value->text, target_words[i].word) == 0) {
            fault->target = target_words[i].kind;
            check_drawn_target(reader, value, fault);
            return;
        }
    }
    uint16_t *node = ARENA_NEW(reader->arena, uint16_t);
    *node = target_take_node(reader, fault_kind_word(fault->kind), value, true);
    if (*node != NODE_NONE) {
        fault->nodes = node;
        fault->node_count = 1;
    }
}

static void
read_switch_target(struct reader *reader, const struct yaml_value *value, struct fault *fault)
{
    uint16_t *node = ARENA_NEW(reader->arena, uint16_t);
    if (value->kind != VALUE_SCALAR) {
        schema_mismatch(reader, value, "switch_to", "the name of one node");
        return;
    }
    *node = target_take_node(reader, "switch_to", value, false);
    if (*node != NODE_NONE) {
        fault->nodes = node;
        fault->node_count = 1;
    }
}

/* The fault that has no target: written as `reset_failed: true`, or as the key alone. */
static void read_no_target(struct reader *reader, const struct yaml_value *value)
{
    bool is_true = value->kind == VALUE_SCALAR && yaml_value_type(value) == CORE_BOOL &&
                   yaml_value_bool(value);
    if (!is_true && !yaml_value_is_null(value)) {
        schema_mismatch(reader, value, "reset_failed", "true (it acts on the client)");
    }
}

void read_target(struct reader *reader, const struct yaml_value *value, struct fault *fault)
{
    fault->target = TARGET_NODES;
    if (fault->kind == FAULT_RESET_FAILED) {
        read_no_target(reader, value);
    } else if (fault->kind == FAULT_SWITCH_TO) {
        read_switch_target(reader, value, fault);
    } else if (value->kind == VALUE_LIST) {
        read_node_names(reader, value, fault);
    } else if (value->kind == VALUE_MAP || yaml_value_is_null(value)) {
        schema_mismatch(reader, value, fault_kind_word(fault->kind),
                        "a node, a list of nodes or a target word");
    } else {
        read_one(reader, value, fault);
    }
}
