/* Whom a fault hits: named nodes, or a word for nodes that are chosen during the run. */
#include "scenario/reader.h"

#include <string.h>

static const struct {
    const char *word;
    enum target_kind kind;
} target_words[] = {
    {"current", TARGET_CURRENT}, {"all", TARGET_ALL},           {"others", TARGET_OTHERS},
    {"one", TARGET_ONE},         {"minority", TARGET_MINORITY}, {"majority", TARGET_MAJORITY},
    {"leader", TARGET_LEADER},
};

#define TARGET_WORDS (sizeof(target_words) / sizeof(target_words[0]))

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
    bool found = false;
    for (size_t i = 0; i < TARGET_WORDS; i++) {
        found = found || strcmp(name, target_words[i].word) == 0;
    }
    return found;
}

static const char *suggest(struct reader *reader, const char *name, size_t count, bool with_words)
{
    const struct scenario *scenario = reader->scenario;
    const char **words = ARENA_ARRAY(reader->arena, const char *, count + TARGET_WORDS);
    for (size_t i = 0; i < count; i++) {
        words[i] = scenario->nodes[i].name;
    }
    for (size_t i = 0; with_words && i < TARGET_WORDS; i++) {
        words[count++] = target_words[i].word;
    }
    return schema_suggest(reader, name, words, count);
}

const char *target_suggest(struct reader *reader, const char *name, size_t count)
{
    return suggest(reader, name, count, false);
}

/* Services are hit by name, and by what acts on processes. */
static bool takes_services(const struct fault *fault)
{
    return fault_kind_class(fault->kind) == FAULT_CLASS_PROCESS;
}

static uint16_t take_process(struct reader *reader,
                             const char *key,
                             const struct yaml_value *value,
                             size_t count,
                             bool with_words)
{
    const char *name = NULL;
    if (!schema_take_text(reader, value, key, &name) || (reader->broken & SECTION_NODES)) {
        return NODE_NONE;
    }
    uint16_t index = scenario_node_index(reader->scenario, name);
    if (index != NODE_NONE && index < count) {
        return index;
    }
    if (index != NODE_NONE) {
        schema_complain(reader, value, "'%s' is a service: '%s' is for nodes", name, key);
    } else if (target_is_word(name)) {
        schema_complain(reader, value, "'%s' is no node: it stands for nodes, and alone", name);
    } else {
        schema_complain(reader, value, "there is no node %s%s",
                        yaml_text_quote(reader->arena, name),
                        suggest(reader, name, count, with_words));
    }
    return NODE_NONE;
}

uint16_t target_take_node(struct reader *reader, const char *key, const struct yaml_value *value)
{
    return take_process(reader, key, value, reader->scenario->node_count, false);
}

static uint16_t take_target(struct reader *reader,
                            const struct yaml_value *value,
                            const struct fault *fault,
                            bool with_words)
{
    const struct scenario *scenario = reader->scenario;
    return take_process(reader, fault_kind_word(fault->kind), value,
                        takes_services(fault) ? scenario->process_count : scenario->node_count,
                        with_words);
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
        uint16_t node = take_target(reader, value->items[i], fault, false);
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
check_leader(struct reader *reader, const struct yaml_value *value, const struct fault *fault)
{
    if (fault_kind_class(fault->kind) == FAULT_CLASS_CLIENT) {
        schema_complain(reader, value, "'%s' is for the client, which knows no leader",
                        fault_kind_word(fault->kind));
    } else if (yaml_value_get(reader->root, "leader") == NULL) {
        schema_complain(reader, value,
                        "who leads is not known: the scenario needs the key 'leader'");
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
            if (fault->target == TARGET_LEADER) {
                check_leader(reader, value, fault);
            }
            return;
        }
    }
    uint16_t *node = ARENA_NEW(reader->arena, uint16_t);
    *node = take_target(reader, value, fault, true);
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
    *node = target_take_node(reader, "switch_to", value);
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
