/* A client that is a program of the user's: it decides for itself, and is only given requests and
   orders. What it says of nodes is journalled as its beliefs and measures nothing else. */
#include "base/check.h"
#include "engine_parts.h"

struct external {
    uint8_t *beliefs;   /* enum belief, by client * nodes + node */
    uint16_t *active;   /* by client */
    uint32_t *awaited;  /* by fault: answers to the order that are to come ... */
    uint32_t *refusals; /* ... and those that were none */
    bool over;          /* nothing it says matters any more */
};

void engine_external_init(struct engine *engine)
{
    const struct scenario *scenario = engine->scenario;
    size_t clients = scenario->client.instances;
    if (!scenario_client_is_external(&scenario->client)) {
        return;
    }
    engine->external = ARENA_NEW(engine->arena, struct external);
    *engine->external = (struct external){
        .beliefs = ARENA_ARRAY(engine->arena, uint8_t, clients * scenario->node_count),
        .active = ARENA_ARRAY(engine->arena, uint16_t, clients),
        .awaited = ARENA_ARRAY(engine->arena, uint32_t, scenario->fault_count + 1),
        .refusals = ARENA_ARRAY(engine->arena, uint32_t, scenario->fault_count + 1),
    };
    for (size_t client = 0; client < clients; client++) {
        engine->external->active[client] = NODE_NONE;
    }
}

/* ---- requests ---- */

nanos engine_external_give(struct engine *engine, uint32_t request, uint16_t mix)
{
    const struct world_request given = {
        .what = &engine->scenario->traffic.requests[mix],
        .request = request,
        .client = engine_client_of(engine, request),
    };
    return engine->ops->give_request(engine->world, &given);
}

void engine_external_cancel(struct engine *engine, uint32_t request)
{
    engine->ops->withdraw_request(engine->world, engine_client_of(engine, request), request);
    engine_end_request(
        engine, request,
        (struct event){.at = engine->ops->now(engine->world),
                       .node = NODE_NONE,
                       .request_end = {.attempt = ATTEMPT_NONE, .outcome = OUTCOME_CANCELLED}});
}

void engine_external_abandon(struct engine *engine, uint32_t request)
{
    if (engine->external != NULL) {
        engine->ops->withdraw_request(engine->world, engine_client_of(engine, request), request);
    }
}

void engine_external_end(struct engine *engine)
{
    if (engine->external != NULL) {
        engine->external->over = true;
    }
}

/* What the logs of the nodes say of it counts before the program's word. */
static void note_server(struct engine *engine, uint32_t request)
{
    uint16_t node =
        engine->ops->served_by == NULL ? NODE_NONE : engine->ops->served_by(engine->world, request);
    if (node != NODE_NONE) {
        engine->serving = node;
    }
}

static void request_ended(struct engine *engine, const struct occurrence *seen)
{
    bool is_answer = seen->said.kind == SAID_ANSWER;
    engine_end_request(
        engine, seen->said.request,
        (struct event){.at = seen->at,
                       .node = seen->node,
                       .request_end = {.body_hash = seen->said.body_hash,
                                       .why = is_answer ? NULL : seen->said.why,
                                       .attempt = ATTEMPT_NONE,
                                       .status = seen->said.status,
                                       .attempts = seen->said.attempts,
                                       .outcome = is_answer ? OUTCOME_ANSWER : OUTCOME_CLIENT_ERROR,
                                       .has_body_hash = seen->said.has_body_hash}});
    if (is_answer && seen->said.status < 400) {
        note_server(engine, seen->said.request);
    }
}

/* ---- orders of the operator ---- */

static void record_fault(struct engine *engine, enum event_kind kind, struct event event)
{
    event.at = engine->ops->now(engine->world);
    event.kind = (uint8_t)kind;
    engine_record(engine, event);
}

void engine_external_command(struct engine *engine, uint32_t fault, uint16_t node)
{
    bool is_switch = engine->scenario->faults[fault].kind == FAULT_SWITCH_TO;
    enum client_order_kind order = is_switch ? CLIENT_ORDER_SWITCH : CLIENT_ORDER_RESET;
    uint32_t given = 0;
    record_fault(engine, EVENT_FAULT_APPLIED,
                 (struct event){.node = node, .fault = {.fault = fault}});
    for (uint16_t client = 0; client < engine->scenario->client.instances; client++) {
        given += engine->ops->order_client(engine->world, client, order, fault, node);
    }
    if (given < engine->scenario->client.instances) {
        const char *why = is_switch ? "the client cannot switch: it does not have that feature"
                                    : "the client cannot reset: it does not have that feature";
        record_fault(engine, EVENT_FAULT_FAILED,
                     (struct event){.node = node, .fault = {.text = why, .fault = fault}});
        return;
    }
    engine->external->awaited[fault] = given;
    engine->external->refusals[fault] = 0;
}

/* Once all have answered the order holds, or does not: where one refuses it does not. */
static void command_answered(struct engine *engine, const struct occurrence *seen)
{
    uint32_t fault = seen->said.fault;
    uint32_t *awaited = &engine->external->awaited[fault];
    engine_record(engine, (struct event){.at = seen->at,
                                         .node = seen->node,
                                         .kind = EVENT_COMMAND,
                                         .command = {.why = seen->said.done ? "" : seen->said.why,
                                                     .fault = fault,
                                                     .client = seen->said.client,
                                                     .done = seen->said.done}});
    engine->external->refusals[fault] += !seen->said.done;
    if (!seen->said.done) {
        engine->refusal = seen->said.why;
    }
    if (*awaited == 0 || --*awaited > 0) {
        return;
    }
    if (engine->external->refusals[fault] > 0) {
        engine_record_refusal(engine, fault, seen->node, engine->external->refusals[fault]);
    } else {
        record_fault(
            engine, EVENT_FAULT_EFFECTIVE,
            (struct event){.node = seen->node,
                           .fault = {.fault = fault, .confirmed_by = CONFIRMED_BY_CLIENT}});
    }
}

/* ---- telemetry ---- */

/* Programs repeat themselves; only a change of mind is one. */
static void believes(struct engine *engine, const struct occurrence *seen)
{
    size_t place = seen->said.client * engine->scenario->node_count + seen->node;
    if (engine->external->beliefs[place] == seen->said.belief) {
        return;
    }
    engine->external->beliefs[place] = (uint8_t)seen->said.belief;
    /* An alert that follows from it is of the same moment. */
    engine_record(engine, (struct event){.at = engine->now,
                                         .node = seen->node,
                                         .kind = EVENT_BELIEF,
                                         .belief = {.why = seen->said.why,
                                                    .client = seen->said.client,
                                                    .belief = (uint8_t)seen->said.belief}});
    const struct output told = {
        .kind = OUTPUT_BELIEF,
        .node = seen->node,
        .belief = {.why = seen->said.why, .belief = seen->said.belief},
    };
    engine_alerts_believe(engine, seen->said.client, &told);
}

static void prefers(struct engine *engine, const struct occurrence *seen)
{
    if (engine->external->active[seen->said.client] == seen->node) {
        return;
    }
    engine->external->active[seen->said.client] = seen->node;
    engine_record(engine, (struct event){.at = seen->at,
                                         .node = seen->node,
                                         .kind = EVENT_ACTIVE,
                                         .client = {.client = seen->said.client}});
}

static void is_ready(struct engine *engine, const struct occurrence *seen)
{
    engine_record(engine, (struct event){.at = seen->at,
                                         .node = NODE_NONE,
                                         .kind = EVENT_CLIENT,
                                         .program = {.client = seen->said.client,
                                                     .features = seen->said.features}});
}

void engine_external_said(struct engine *engine, const struct occurrence *seen)
{
    if (engine->external->over) {
        return;
    }
    switch (seen->said.kind) {
    case SAID_READY:
        is_ready(engine, seen);
        return;
    case SAID_ANSWER:
    case SAID_ERROR:
        request_ended(engine, seen);
        return;
    case SAID_NODE:
        believes(engine, seen);
        return;
    case SAID_ACTIVE:
        prefers(engine, seen);
        return;
    case SAID_COMMAND:
        command_answered(engine, seen);
        return;
    case SAID_STATUS:
        engine_status_said(engine, seen);
        return;
    }
    CHECK(false && "something of a known kind");
}

/* ---- streams: one opening each, for all of its life; the program says which node serves it ----
 */

void engine_external_streams_begin(struct engine *engine)
{
    for (uint32_t stream = 0; stream < engine->stream_count; stream++) {
        const struct traffic_stream *what = scenario_stream(&engine->scenario->traffic, stream);
        engine_stream_open(engine, &(struct world_stream){
                                       .ref = {.id = stream, .stream = stream},
                                       .connect_limit = NANOS_NEVER,
                                       .path = what->path,
                                       .interval = what->interval,
                                       .kind = what->kind,
                                       .node = NODE_NONE,
                                   });
    }
}
