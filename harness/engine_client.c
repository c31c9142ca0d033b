#include "base/check.h"
#include "engine_parts.h"

uint16_t engine_client_of(const struct engine *engine, uint32_t request)
{
    return (uint16_t)(request % engine->scenario->client.instances);
}

static void start_attempt(struct engine *engine, uint16_t client, const struct output *output)
{
    uint32_t request = output->attempt.request;
    bool direct = engine->scenario->client.profile == PROFILE_DIRECT;
    uint16_t node = direct ? NODE_NONE : output->node;
    struct world_attempt attempt = {
        .ref = output->attempt.ref,
        .connect_limit = output->attempt.connect_limit,
        .probe_path = engine->scenario->client.health_check.path,
        .request = request,
        .client = client,
        .node = node,
        .want_headers = output->attempt.want_headers,
    };
    if (request != REQUEST_NONE) {
        CHECK(engine->requests[request].state == REQUEST_STATE_OPEN);
        attempt.what = &engine->scenario->traffic.requests[engine->requests[request].mix];
    }
    attempts_add(&engine->attempts,
                 (struct attempt_out){
                     .ref = attempt.ref, .request = request, .client = client, .node = node});
    nanos at = engine->ops->start_attempt(engine->world, &attempt);
    engine_record(engine, (struct event){.at = at,
                                         .node = node,
                                         .kind = EVENT_ATTEMPT,
                                         .attempt = {.attempt = attempt.ref.id,
                                                     .request = request,
                                                     .client = client,
                                                     .purpose = (uint8_t)output->attempt.purpose}});
}

void engine_cancel(struct engine *engine, const struct attempt_out *attempt, enum outcome outcome)
{
    bool sent = engine->ops->cancel_attempt(engine->world, attempt->client, attempt->ref);
    engine_record(engine, (struct event){.at = engine->ops->now(engine->world),
                                         .node = attempt->node,
                                         .kind = EVENT_ATTEMPT_END,
                                         .attempt_end = {.attempt = attempt->ref.id,
                                                         .request = attempt->request,
                                                         .client = attempt->client,
                                                         .outcome = (uint8_t)outcome,
                                                         .sent = sent}});
}

void engine_end_request(struct engine *engine, uint32_t request, struct event event)
{
    struct request_slot *slot = &engine->requests[request];
    CHECK(slot->state == REQUEST_STATE_OPEN);
    slot->state = REQUEST_STATE_ENDED;
    engine->open--;
    event.kind = EVENT_REQUEST_END;
    event.request_end.request = request;
    event.request_end.client = engine_client_of(engine, request);
    bool answered = event.request_end.outcome == OUTCOME_ANSWER;
    if (answered && event.request_end.status < 400 && event.node != NODE_NONE) {
        engine->serving = event.node;
    }
    engine->requests[request].acknowledged = answered && event.request_end.status < 300;
    if ((int64_t)request + engine->pacer.first >= 0) { /* not one of the warm-up */
        bool ok = answered && event.request_end.status < 500;
        engine->ok += ok;
        engine->failed += !ok && event.request_end.outcome != OUTCOME_CANCELLED;
    }
    engine_record(engine, event);
}

/* Who answered, as far as it is known: behind a load balancer only the nodes' logs can tell. */
static uint16_t server_of(const struct engine *engine, const struct output *output)
{
    if (output->answer.outcome != OUTCOME_ANSWER) {
        return NODE_NONE;
    }
    if (engine->scenario->client.profile != PROFILE_DIRECT) {
        return output->node;
    }
    return engine->ops->served_by == NULL
               ? NODE_NONE
               : engine->ops->served_by(engine->world, output->answer.request);
}

static void give_answer(struct engine *engine, const struct output *output)
{
    struct event event = {
        .at = engine->ops->now(engine->world),
        .node = server_of(engine, output),
        .request_end = {.attempt = output->answer.attempt,
                        .status = output->answer.status,
                        .attempts = output->answer.attempts,
                        .outcome = (uint8_t)output->answer.outcome},
    };
    engine_end_request(engine, output->answer.request, event);
}

static void record_command(struct engine *engine, uint16_t client, const struct output *output)
{
    nanos at = engine->ops->now(engine->world);
    bool done = output->kind == OUTPUT_DONE;

    if (!done) {
        engine->refusals++;
        engine->refusal = output->command.why;
    }
    engine_record(engine, (struct event){.at = at,
                                         .node = output->node,
                                         .kind = EVENT_COMMAND,
                                         .command = {.why = done ? "" : output->command.why,
                                                     .fault = output->command.fault,
                                                     .client = client,
                                                     .done = done}});
}

static void perform(struct engine *engine, uint16_t client, const struct output *output)
{
    struct event event = {.at = engine->now, .node = output->node};
    switch (output->kind) {
    case OUTPUT_ATTEMPT:
        start_attempt(engine, client, output);
        return;
    case OUTPUT_CANCEL: {
        struct attempt_out attempt = attempts_take(&engine->attempts, output->cancel.ref.id);
        engine_cancel(engine, &attempt, output->cancel.outcome);
        return;
    }
    case OUTPUT_ANSWER:
        give_answer(engine, output);
        return;
    case OUTPUT_BELIEF:
        event.kind = EVENT_BELIEF;
        event.belief.why = output->belief.why;
        event.belief.client = client;
        event.belief.belief = (uint8_t)output->belief.belief;
        engine_record(engine, event);
        engine_alerts_believe(engine, client, output);
        return;
    case OUTPUT_ACTIVE:
    case OUTPUT_PANIC:
        event.kind = output->kind == OUTPUT_ACTIVE ? EVENT_ACTIVE : EVENT_PANIC;
        event.client.client = client;
        event.client.on = output->kind == OUTPUT_PANIC && output->panic.on;
        engine_record(engine, event);
        return;
    case OUTPUT_DROP:
        engine->ops->drop_connections(engine->world, client, output->node);
        return;
    case OUTPUT_DONE:
    case OUTPUT_REFUSED:
        record_command(engine, client, output);
        return;
    }
    CHECK(false && "an output of a known kind");
}

void engine_step(struct engine *engine, uint16_t client, const struct input *input)
{
    struct outputs outputs;
    bool beliefs_changed = false;
    policy_step(engine->policies[client], engine->now, input, &outputs);
    for (uint32_t i = 0; i < outputs.count; i++) {
        perform(engine, client, &outputs.item[i]);
        beliefs_changed = beliefs_changed || outputs.item[i].kind == OUTPUT_BELIEF;
    }
    if (beliefs_changed) {
        engine_streams_beliefs(engine, client);
    }
}
