/* The nodes: a number of stubs, or a list of nodes of any kind; and the services behind them. Names
   and ports of all come first, for the rest may speak of them. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "scenario/reader.h"

#define PORT_MAX    65535
#define BACKLOG_MAX 65535

/* Which kinds take a key: one that would do nothing is refused. */
enum {
    IN_STUB = 1 << NODE_STUB,
    IN_COMMAND = 1 << NODE_COMMAND,
    IN_EXTERNAL = 1 << NODE_EXTERNAL,
    IN_SERVICE = 1 << (NODE_EXTERNAL + 1),
};

/* One node or service while it is read. */
struct item {
    const struct yaml_value *value;
    struct scenario_node *node;
    size_t index;
    unsigned variant; /* 0: it is of no kind, or of two */
    bool is_service;
};

/* ---- the stub ---- */

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

/* ---- names and ports ---- */

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

static const char *where(const struct item *item)
{
    return item->is_service ? "a service" : "a node";
}

static const char *variant_name(const struct item *item)
{
    static const char *const names[] = {
        [NODE_STUB] = "a stub",
        [NODE_COMMAND] = "a node with a 'command'",
        [NODE_EXTERNAL] = "an external node",
    };
    return item->is_service ? "a service" : names[item->node->kind];
}

static void find_kind(struct reader *reader, struct item *item)
{
    static const char *const keys[] = {"stub", "command", "external"};
    const struct yaml_pair *found = NULL;
    item->variant = item->is_service ? IN_SERVICE : IN_STUB;
    item->node->kind = item->is_service ? NODE_COMMAND : NODE_STUB;
    for (size_t i = 0; !item->is_service && item->value->kind == VALUE_MAP && i < 3; i++) {
        const struct yaml_pair *pair = yaml_value_pair(item->value, keys[i]);
        if (pair != NULL && found != NULL) {
            schema_complain(reader, pair->key, "'%s' and '%s' are two kinds of node",
                            found->key->text, keys[i]);
            item->variant = 0;
            return;
        }
        if (pair != NULL) {
            found = pair;
            item->node->kind = (enum node_kind)i;
            item->variant = 1U << i;
        }
    }
}

static struct scenario_url local_url(struct arena *arena, uint16_t port)
{
    return (struct scenario_url){
        .text = port == 0 ? "" : arena_printf(arena, "http://127.0.0.1:%u", port),
        .host = "127.0.0.1",
        .prefix = "",
        .port = port,
    };
}

/* The port follows from the URL, the URL from the port, both from the place in the list. */
static void settle_url(struct reader *reader, const struct item *item)
{
    struct scenario_node *node = item->node;
    const struct yaml_value *port = yaml_value_get(item->value, "port");
    const struct yaml_value *url = yaml_value_get(item->value, "url");
    bool takes_url = item->variant != IN_STUB;
    if (takes_url && url != NULL && node->url.text[0] != '\0') {
        if (port != NULL && node->port != 0 && node->port != node->url.port) {
            schema_complain(reader, port, "'port' is %u, but the 'url' has port %u", node->port,
                            node->url.port);
        }
        node->port = node->url.port;
        if (node->kind != NODE_EXTERNAL && !scenario_url_is_local(&node->url)) {
            schema_complain(reader, url,
                            "%s runs on this machine: its 'url' must be of 127.0.0.1 or localhost",
                            variant_name(item));
        }
        return;
    }
    if (node->kind == NODE_EXTERNAL && port == NULL && url == NULL) {
        schema_complain(reader, item->value, "%s needs the key 'url' (or 'port')",
                        variant_name(item));
    }
    if (node->port == 0 && !item->is_service) {
        node->port = (uint16_t)(DEFAULTS_FIRST_PORT + item->index);
    }
    node->url = local_url(reader->arena, node->port);
}

void node_move(struct arena *arena, struct scenario_node *node, uint16_t port)
{
    struct scenario_url url = node->url;
    node->port = port;
    node->url.port = port;
    node->url.text = arena_printf(arena, "http://%s:%u%s", url.host, port, url.prefix);
}

/* What others may speak of. */
static void read_outline(struct reader *reader, struct item *item)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct scenario_node, name, "name", read_node_name), .required = true},
        {SCHEMA_FIELD(struct scenario_node, port, "port", read_port), .min = 1, .max = PORT_MAX},
        {SCHEMA_FIELD(struct scenario_node, url, "url", read_url),
         .only = IN_COMMAND | IN_EXTERNAL | IN_SERVICE},
    };
    find_kind(reader, item);
    const struct schema schema = {
        .where = where(item),
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .variant = item->variant,
        .variant_name = variant_name(item),
        .free_prefix = "",
    };
    item->node->at = item->value->at;
    if (!schema_read(reader, &schema, item->value, item->node)) {
        return;
    }
    const struct yaml_value *name = yaml_value_get(item->value, "name");
    item->node->at = name != NULL ? name->at : item->value->at;
    settle_url(reader, item);
}

static void check_names(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->process_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        uint16_t first = scenario_node_index(scenario, node->name);
        if (first != i) {
            schema_complain_at(reader, node->at, "two %s are named '%s' (the first at line %u)",
                               i < scenario->node_count ? "nodes" : "processes", node->name,
                               scenario->nodes[first].at.line);
        }
    }
}

static const char *what_share(const struct scenario *scenario, size_t first, size_t second)
{
    if (second < scenario->node_count) {
        return "nodes";
    }
    return first < scenario->node_count ? "node and service" : "services";
}

/* Whoever runs elsewhere is in nobody's way. */
static bool meet(const struct scenario_node *a, const struct scenario_node *b)
{
    bool local = scenario_url_is_local(&a->url) && scenario_url_is_local(&b->url);
    return a->port != 0 && a->port == b->port && (local || text_equal(a->url.host, b->url.host));
}

void check_ports(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->process_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (meet(&scenario->nodes[i], &scenario->nodes[k])) {
                schema_complain_at(reader, scenario->nodes[i].at, "%s '%s' and '%s' share port %u",
                                   what_share(scenario, k, i), scenario->nodes[k].name,
                                   scenario->nodes[i].name, scenario->nodes[i].port);
            }
        }
    }
}

/* ---- all the rest ---- */

static SCHEMA_READER(read_external)
{
    bool external = true;
    (void)target;
    schema_bool(reader, field, value, &external);
    if (!external) {
        schema_complain(reader, value, "'external' is true, or left out");
    }
}

static void read_details(struct reader *reader, const struct item *item)
{
    static const struct schema_field fields[] = {
        {.key = "name", .read = schema_skip},
        {.key = "port", .read = schema_skip},
        {.key = "url", .read = schema_skip, .only = IN_COMMAND | IN_EXTERNAL | IN_SERVICE},
        {SCHEMA_FIELD(struct scenario_node, stub, "stub", read_stub), .only = IN_STUB},
        {.key = "external", .read = read_external, .only = IN_EXTERNAL},
        {.key = "command", .read = read_command, .only = IN_COMMAND | IN_SERVICE},
        {.key = "env", .read = read_env, .only = IN_COMMAND | IN_SERVICE},
        {.key = "cwd", .read = read_cwd, .only = IN_COMMAND | IN_SERVICE},
        {.key = "ready", .read = read_ready, .only = IN_COMMAND | IN_EXTERNAL | IN_SERVICE},
        {.key = "stop", .read = read_stop, .only = IN_COMMAND | IN_SERVICE},
    };
    const struct schema schema = {
        .where = where(item),
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .variant = item->variant,
        .variant_name = variant_name(item),
    };
    if (item->value->kind != VALUE_MAP) {
        return;
    }
    reader->process = (uint16_t)item->index;
    schema_read(reader, &schema, item->value, item->node);
    reader->process = NODE_NONE;
    if (item->is_service && yaml_value_get(item->value, "command") == NULL) {
        schema_complain(reader, item->value, "a service needs the key 'command'");
    }
}

/* ---- the lists ---- */

static void make_nodes(struct reader *reader, size_t count, size_t service_count)
{
    struct scenario *scenario = reader->scenario;
    scenario->nodes = ARENA_ARRAY(reader->arena, struct scenario_node, count + service_count);
    scenario->node_count = count;
    scenario->process_count = count + service_count;
    for (size_t i = 0; i < scenario->process_count; i++) {
        scenario->nodes[i] = defaults_node;
    }
}

static void name_nodes(struct reader *reader, struct source_at at)
{
    for (size_t i = 0; i < reader->scenario->node_count; i++) {
        struct scenario_node *node = &reader->scenario->nodes[i];
        node->name = defaults_node_name(reader->arena, i);
        node->port = (uint16_t)(DEFAULTS_FIRST_PORT + i);
        node->url = local_url(reader->arena, node->port);
        node->at = at;
    }
}

static struct item *
gather(struct reader *reader, const struct yaml_value *nodes, const struct yaml_value *services)
{
    struct scenario *scenario = reader->scenario;
    struct item *items = ARENA_ARRAY(reader->arena, struct item, scenario->process_count);
    for (size_t i = 0; i < scenario->process_count; i++) {
        bool is_service = i >= scenario->node_count;
        items[i] = (struct item){
            .node = &scenario->nodes[i],
            .index = i,
            .is_service = is_service,
        };
        if (is_service) {
            items[i].value = services->items[i - scenario->node_count];
        } else {
            items[i].value = nodes != NULL ? nodes->items[i] : NULL;
        }
    }
    return items;
}

static void read_items(struct reader *reader, struct item *items)
{
    const struct scenario *scenario = reader->scenario;
    size_t before = reader->mistakes;
    for (size_t i = 0; i < scenario->process_count; i++) {
        if (items[i].value != NULL) {
            read_outline(reader, &items[i]);
        }
        if (scenario->nodes[i].name[0] == '\0') {
            reader->broken |= SECTION_NODES;
        }
    }
    if (reader->mistakes == before) {
        check_names(reader);
        check_ports(reader);
    }
    for (size_t i = 0; i < scenario->process_count; i++) {
        if (items[i].value != NULL) {
            read_details(reader, &items[i]);
        }
    }
}

/* How many nodes there are, and the list of them, NULL where there is none. */
static size_t count_nodes(struct reader *reader,
                          const struct yaml_value *value,
                          const struct yaml_value **ret_list)
{
    static const struct schema_field count_field = {
        .key = "nodes",
        .min = 1,
        .max = SCENARIO_NODES_MAX,
    };
    int64_t count = DEFAULTS_NODES;
    *ret_list = NULL;
    if (value != NULL && value->kind == VALUE_LIST) {
        if (value->count >= 1 && value->count <= SCENARIO_NODES_MAX) {
            *ret_list = value;
            return value->count;
        }
        schema_complain(reader, value, "there must be 1 to %d nodes, not %zu", SCENARIO_NODES_MAX,
                        value->count);
    } else if (value != NULL && value->kind == VALUE_SCALAR && yaml_value_type(value) == CORE_INT) {
        schema_take_count(reader, &count_field, value, &count);
    } else if (value != NULL) {
        schema_mismatch(reader, value, "nodes", "a number of stubs or a list of nodes");
    }
    return (size_t)count;
}

static const struct yaml_value *find_services(struct reader *reader, size_t node_count)
{
    const struct yaml_value *value = yaml_value_get(reader->root, "services");
    if (value == NULL || !schema_is_list(reader, value, "services", "a list of services",
                                         SCENARIO_NODES_MAX - node_count)) {
        return NULL;
    }
    return value;
}

void read_nodes(struct reader *reader, const struct yaml_value *value)
{
    size_t before = reader->mistakes;
    const struct yaml_value *nodes = NULL;
    size_t count = count_nodes(reader, value, &nodes);
    const struct yaml_value *services = find_services(reader, count);
    reader->broken |= reader->mistakes != before ? SECTION_NODES : 0;
    make_nodes(reader, count, services != NULL ? services->count : 0);
    if (nodes == NULL) {
        name_nodes(reader, value != NULL ? value->at : reader->root->at);
    }
    read_items(reader, gather(reader, nodes, services));
}
