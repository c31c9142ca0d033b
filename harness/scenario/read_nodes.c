/* The nodes: a number of stubs, or a list of them. */
#include "scenario/defaults.h"
#include "scenario/reader.h"

#include <string.h>

#define PORT_MAX    65535
#define BACKLOG_MAX 65535

static SCHEMA_READER(read_stub)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct stub_settings, latency, "latency", schema_duration)},
        {SCHEMA_FIELD(struct stub_settings, start_delay, "start_delay", schema_duration)},
        {SCHEMA_FIELD(struct stub_settings, backlog, "backlog", schema_count), .min = 1,
         .max = BACKLOG_MAX},
        {SCHEMA_FIELD(struct stub_settings, idle_close, "idle_close", schema_duration), .min = 1},
        {SCHEMA_FIELD(struct stub_settings, exit_after, "exit_after", schema_duration), .min = 1},
    };
    static const struct schema schema = {
        .where = "'stub'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    (void)field;
    schema_read(reader, &schema, value, target);
}

static SCHEMA_READER(read_port)
{
    uint16_t *port = target;
    int64_t taken = 0;
    if (schema_take_count(reader, field, value, &taken)) {
        *port = (uint16_t)taken;
    }
}

static SCHEMA_READER(read_node_name)
{
    if (value->kind == VALUE_SCALAR && target_is_word(value->text)) {
        schema_complain(reader, value, "'%s' is a target, not a node name", value->text);
        return;
    }
    read_name(reader, field, value, target);
}

static void
read_node(struct reader *reader, const struct yaml_value *value, struct scenario_node *node)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct scenario_node, name, "name", read_node_name), .required = true},
        {SCHEMA_FIELD(struct scenario_node, port, "port", read_port), .min = 1, .max = PORT_MAX},
        {SCHEMA_FIELD(struct scenario_node, stub, "stub", read_stub)},
    };
    static const struct schema schema = {
        .where = "a node",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    schema_read(reader, &schema, value, node);
    const struct yaml_value *name = value->kind == VALUE_MAP ? yaml_value_get(value, "name") : NULL;
    node->at = name != NULL ? name->at : value->at;
}

static void make_nodes(struct reader *reader, size_t count, struct source_at at)
{
    struct scenario *scenario = reader->scenario;
    scenario->nodes = ARENA_ARRAY(reader->arena, struct scenario_node, count);
    scenario->node_count = count;
    for (size_t i = 0; i < count; i++) {
        scenario->nodes[i] = (struct scenario_node){
            .name = "",
            .port = (uint16_t)(DEFAULTS_FIRST_PORT + i),
            .stub = defaults_stub,
            .at = at,
        };
    }
}

static void name_nodes(struct reader *reader)
{
    for (size_t i = 0; i < reader->scenario->node_count; i++) {
        reader->scenario->nodes[i].name = defaults_node_name(reader->arena, i);
    }
}

static void check_names(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        uint16_t first = scenario_node_index(scenario, node->name);
        if (first != i) {
            schema_complain_at(reader, node->at, "two nodes are named '%s' (the first at line %u)",
                               node->name, scenario->nodes[first].at.line);
        }
    }
}

static void check_ports(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->node_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (scenario->nodes[i].port == scenario->nodes[k].port) {
                schema_complain_at(reader, scenario->nodes[i].at,
                                   "nodes '%s' and '%s' share port %u", scenario->nodes[k].name,
                                   scenario->nodes[i].name, scenario->nodes[i].port);
            }
        }
    }
}

static void read_node_list(struct reader *reader, const struct yaml_value *value)
{
    const struct scenario *scenario = reader->scenario;
    size_t before = reader->mistakes;
    make_nodes(reader, value->count, value->at);
    for (size_t i = 0; i < value->count; i++) {
        read_node(reader, value->items[i], &scenario->nodes[i]);
    }
    for (size_t i = 0; i < value->count; i++) {
        if (scenario->nodes[i].name[0] == '\0') {
            reader->broken |= SECTION_NODES;
        }
    }
    if (reader->mistakes == before) {
        check_names(reader);
        check_ports(reader);
    }
}

void read_nodes(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field count_field = {
        .key = "nodes",
        .min = 1,
        .max = SCENARIO_NODES_MAX,
    };
    int64_t count = DEFAULTS_NODES;
    size_t before = reader->mistakes;
    if (value != NULL && value->kind == VALUE_LIST) {
        if (value->count >= 1 && value->count <= SCENARIO_NODES_MAX) {
            read_node_list(reader, value);
            return;
        }
        schema_complain(reader, value, "there must be 1 to %d nodes, not %zu", SCENARIO_NODES_MAX,
                        value->count);
    } else if (value != NULL && value->kind == VALUE_SCALAR && yaml_value_type(value) == CORE_INT) {
        schema_take_count(reader, &count_field, value, &count);
    } else if (value != NULL) {
        schema_mismatch(reader, value, "nodes", "a number of stubs or a list of nodes");
    }
    reader->broken |= reader->mistakes != before ? SECTION_NODES : 0;
    make_nodes(reader, (size_t)count, value != NULL ? value->at : reader->root->at);
    name_nodes(reader);
}
