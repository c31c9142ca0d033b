/* The groups of a partition: named in the file, or the nodes that are hit against all others. */
#include "scenario/reader.h"

#include <string.h>

static const char key[] = "groups";

static void
read_group(struct reader *reader, const struct yaml_value *value, uint8_t number, uint8_t *groups)
{
    if (value->kind != VALUE_LIST) {
        schema_mismatch(reader, value, key, "a list of lists of nodes like [[a], [b, c]]");
        return;
    }
    if (value->count == 0) {
        schema_complain(reader, value, "a group without a node");
    }
    for (size_t i = 0; i < value->count; i++) {
        uint16_t node = target_take_node(reader, key, value->items[i]);
        if (node == NODE_NONE) {
            continue;
        }
        if (groups[node] != GROUP_NONE) {
            schema_complain(reader, value->items[i], "node '%s' is in two groups, or in one twice",
                            reader->scenario->nodes[node].name);
            continue;
        }
        groups[node] = number;
    }
}

static bool is_hit(const struct fault *fault, size_t node)
{
    for (size_t i = 0; i < fault->node_count; i++) {
        if (fault->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

/* The group that is hit becomes number 0, those before it move up; false if none is hit whole, and
   alone. */
static bool renumber(const struct fault *fault, uint8_t *groups, size_t count)
{
    uint8_t hit = fault->node_count > 0 ? groups[fault->nodes[0]] : GROUP_NONE;
    for (size_t i = 0; i < count; i++) {
        if (is_hit(fault, i) != (groups[i] == hit)) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == hit) {
            groups[i] = 0;
        } else if (groups[i] < hit) {
            groups[i]++;
        }
    }
    return hit != GROUP_NONE;
}

static void check_direction(struct reader *reader, const struct yaml_value *value, size_t count)
{
    const struct yaml_value *direction = yaml_value_get(value, "direction");
    bool both = direction == NULL ||
                (direction->kind == VALUE_SCALAR && strcmp(direction->text, "both") == 0);
    if (!both && count != 2) {
        schema_complain(reader, direction, "a partition in one direction needs exactly two groups");
    }
}

static void read_given(struct reader *reader,
                       const struct yaml_value *value,
                       const struct yaml_value *given,
                       struct fault *fault)
{
    size_t count = reader->scenario->node_count;
    uint8_t *groups = ARENA_ARRAY(reader->arena, uint8_t, count + 1);
    size_t mistakes = reader->mistakes;
    if (given->kind != VALUE_LIST) {
        schema_mismatch(reader, given, key, "a list of lists of nodes like [[a], [b, c]]");
        return;
    }
    if (given->count < 2 || given->count > SCENARIO_GROUPS_MAX) {
        schema_complain(reader, given, "'groups' must be 2 to %d lists of nodes",
                        SCENARIO_GROUPS_MAX);
        return;
    }
    memset(groups, GROUP_NONE, count);
    for (size_t i = 0; i < given->count; i++) {
        read_group(reader, given->items[i], (uint8_t)i, groups);
    }
    check_direction(reader, value, given->count);
    if (fault->target != TARGET_NODES) {
        schema_complain(reader, given,
                        "with 'groups' the nodes that are cut off must be named, not chosen");
    } else if (reader->mistakes == mistakes && fault->node_count > 0 &&
               !renumber(fault, groups, count)) {
        schema_complain(reader, yaml_value_get(value, fault_kind_word(fault->kind)),
                        "'partition' must name the nodes of one of the 'groups', all of them");
    }
    fault->parameters.groups = groups;
}

static size_t hit_count(const struct fault *fault, size_t nodes)
{
    switch (fault->target) {
    case TARGET_NODES:
        return fault->node_count;
    case TARGET_ALL:
        return nodes;
    case TARGET_MAJORITY:
        return nodes / 2 + 1;
    case TARGET_CURRENT:
    case TARGET_ONE:
    case TARGET_LEADER:
    case TARGET_OTHERS:
    case TARGET_MINORITY:
        break;
    }
    return 1;
}

static void
divide_by_target(struct reader *reader, const struct yaml_value *value, struct fault *fault)
{
    size_t count = reader->scenario->node_count;
    if (hit_count(fault, count) >= count) {
        schema_complain(reader, yaml_value_get(value, fault_kind_word(fault->kind)),
                        "no node is left to be cut off from");
        return;
    }
    if (fault->target != TARGET_NODES || fault->node_count == 0) {
        return;
    }
    uint8_t *groups = ARENA_ARRAY(reader->arena, uint8_t, count);
    for (size_t i = 0; i < count; i++) {
        groups[i] = is_hit(fault, i) ? 0 : 1;
    }
    fault->parameters.groups = groups;
}

void read_groups(struct reader *reader, const struct yaml_value *value, struct fault *fault)
{
    const struct yaml_value *given = yaml_value_get(value, key);
    if (reader->broken & SECTION_NODES) {
        return;
    }
    if (given != NULL) {
        read_given(reader, value, given, fault);
    } else {
        divide_by_target(reader, value, fault);
    }
}
