/* Rules about kinds: faults that a node or a client cannot suffer, and figures that nobody there
   could tell. */
#include "base/text.h"
#include "scenario/reader.h"

#include <string.h>

/* ---- faults ---- */

/* What keeps a node from suffering such faults, NULL: nothing. */
static const char *what_hinders(const struct scenario_node *node, enum fault_class class)
{
    switch (class) {
    case FAULT_CLASS_ANSWER:
        if (node->kind != NODE_STUB) {
            return "needs the built-in stub, which node '%s' is not";
        }
        break;
    case FAULT_CLASS_PROCESS:
        if (node->kind == NODE_EXTERNAL) {
            return "is not for external nodes: nobody here started '%s'";
        }
        break;
    case FAULT_CLASS_PACKET:
        if (node->kind == NODE_EXTERNAL) {
            return "needs a network of its own, but node '%s' is on the host's";
        }
        break;
    case FAULT_CLASS_WIRE:
    case FAULT_CLASS_CLIENT:
        break;
    }
    return NULL;
}

static bool hits(const struct fault *fault, size_t node)
{
    for (size_t i = 0; i < fault->node_count; i++) {
        if (fault->nodes[i] == node) {
            return true;
        }
    }
    return fault->target != TARGET_NODES;
}

/* fault: NULL for one that may hit any node. */
static void complain_if_hindered(struct reader *reader,
                                 struct source_at at,
                                 enum fault_kind kind,
                                 const struct fault *fault)
{
    const struct scenario *scenario = reader->scenario;
    enum fault_class class = fault_kind_class(kind);
    for (size_t i = 0; i < scenario->node_count; i++) {
        const struct scenario_node *node = &scenario->nodes[i];
        const char *why = what_hinders(node, class);
        /* An external node keeps the whole scenario on the host's network. */
        bool concerned = class == FAULT_CLASS_PACKET || fault == NULL || hits(fault, i);
        if (why == NULL || !concerned) {
            continue;
        }
        const char *gap = strstr(why, "%s");
        schema_complain_at(reader, at, "'%s' %.*s%s%s", fault_kind_word(kind), (int)(gap - why),
                           why, node->name, gap + strlen("%s"));
        return;
    }
}

static void check_drawn(struct reader *reader)
{
    const struct yaml_value *kinds =
        yaml_value_get(yaml_value_get(reader->root, "chaos"), "faults");
    for (size_t i = 0; kinds != NULL && kinds->kind == VALUE_MAP && i < kinds->count; i++) {
        for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
            if (text_equal(kinds->pairs[i].key->text, fault_kind_word((enum fault_kind)kind)) &&
                reader->scenario->chaos.weights[kind] > 0) {
                complain_if_hindered(reader, kinds->pairs[i].key->at, (enum fault_kind)kind, NULL);
            }
        }
    }
}

static void check_client_fault(struct reader *reader, const struct fault *fault)
{
    const char *kind = fault_kind_word(fault->kind);
    if (fault_kind_class(fault->kind) != FAULT_CLASS_CLIENT) {
        return;
    }
    switch (reader->scenario->client.profile) {
    case PROFILE_RESILIENT:
        return;
    case PROFILE_NONE:
        schema_complain_at(reader, fault->source,
                           "profile 'none' never changes its node: it takes no '%s'", kind);
        return;
    case PROFILE_DIRECT:
        schema_complain_at(reader, fault->source,
                           "a client by 'direct' knows no nodes: it takes no '%s'", kind);
        return;
    case PROFILE_APISERVICE:
    case PROFILE_EXEC:
        break;
    }
    if (fault->kind == FAULT_ISOLATE) {
        schema_complain_at(reader, fault->source, "%s can isolate no node: it takes no 'isolate'",
                           reader->scenario->client.profile == PROFILE_EXEC
                               ? "a client by 'exec'"
                               : "profile 'apiservice'");
    }
}

static void check_streams(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    if (scenario->client.profile == PROFILE_DIRECT && scenario->traffic.stream_count > 0) {
        schema_complain(reader, yaml_value_get(yaml_value_get(reader->root, "traffic"), "streams"),
                        "a client by 'direct' reads no streams");
    }
}

static void check_verify(struct reader *reader)
{
    const struct traffic *traffic = &reader->scenario->traffic;
    if (!reader->scenario->verify.enabled || (reader->broken & SECTION_TRAFFIC)) {
        return;
    }
    for (size_t i = 0; i < traffic->request_count; i++) {
        if (scenario_request_is_numbered_write(&traffic->requests[i])) {
            return;
        }
    }
    schema_complain_at(reader, reader->scenario->verify.question.at,
                       "there is no write among the requests that 'verify' could read back: none "
                       "has $(request) in its body");
}

void check_kinds(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    bool nodes_known = !(reader->broken & SECTION_NODES);
    bool client_known = !(reader->broken & SECTION_CLIENT);
    for (size_t i = 0; !(reader->broken & SECTION_FAULTS) && i < scenario->fault_count; i++) {
        const struct fault *fault = &scenario->faults[i];
        if (nodes_known) {
            complain_if_hindered(reader, fault->source, fault->kind, fault);
        }
        if (client_known) {
            check_client_fault(reader, fault);
        }
    }
    if (nodes_known && scenario->chaos.enabled && !(reader->broken & SECTION_CHAOS)) {
        check_drawn(reader);
    }
    if (client_known && !(reader->broken & SECTION_STREAMS)) {
        check_streams(reader);
    }
    check_verify(reader);
}

/* ---- figures ---- */

static const struct scenario_node *find_logless(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->node_count; i++) {
        if (scenario->nodes[i].kind != NODE_STUB) {
            return &scenario->nodes[i];
        }
    }
    return NULL;
}

/* Needs to know who served. */
static bool is_of_nodes(enum metric metric)
{
    return metric == METRIC_SHARE || metric == METRIC_SWITCHES || metric == METRIC_FIRST_SUCCESS ||
           metric == METRIC_FAILBACK || metric == METRIC_SWITCH_TIME || metric == METRIC_HERD ||
           metric == METRIC_ATTEMPTS_PER_REQUEST;
}

static bool is_of_executions(enum metric metric)
{
    return metric == METRIC_DUPLICATES || metric == METRIC_CORRUPTED || metric == METRIC_LOST;
}

static bool is_of_beliefs(enum metric metric)
{
    return metric == METRIC_DETECTION || metric == METRIC_WRONG_EJECTIONS ||
           metric == METRIC_KNOWN_BAD;
}

const char *check_kinds_hide(struct reader *reader, enum metric metric)
{
    const struct scenario *scenario = reader->scenario;
    const struct scenario_node *logless = find_logless(scenario);
    bool client_known = !(reader->broken & SECTION_CLIENT);
    if (client_known && is_of_beliefs(metric) && scenario->client.profile == PROFILE_DIRECT) {
        return "a client by 'direct' takes no node out of rotation";
    }
    if (logless == NULL || (reader->broken & (SECTION_NODES | SECTION_VERIFY))) {
        return NULL;
    }
    if (client_known && is_of_nodes(metric) && !scenario_client_is_seen(&scenario->client)) {
        return arena_printf(reader->arena,
                            "only the logs of the built-in stub tell who served, and node '%s' is "
                            "no stub",
                            logless->name);
    }
    if (is_of_executions(metric) && !(metric == METRIC_LOST && scenario->verify.enabled)) {
        return arena_printf(reader->arena,
                            "only the built-in stub logs what it executes, and node '%s' is no "
                            "stub%s",
                            logless->name,
                            metric == METRIC_LOST ? " ('verify' would tell as well)" : "");
    }
    return NULL;
}
