#include "base/check.h"
#include "engine_parts.h"

#include <string.h>

static void attempt_ended(struct engine *engine, const struct occurrence *seen)
{
    struct attempt_out attempt = attempts_take(&engine->attempts, seen->attempt.ref.id);
    engine_record(engine, (struct event){.at = seen->at,
                                         .node = attempt.node,
                                         .kind = EVENT_ATTEMPT_END,
                                         .attempt_end = {.body_hash = seen->attempt.body_hash,
                                                         .attempt = attempt.ref.id,
                                                         .request = attempt.request,
                                                         .client = attempt.client,
                                                         .status = seen->attempt.status,
                                                         .outcome = (uint8_t)seen->attempt.outcome,
                                                         .sent = seen->attempt.sent,
                                                         .reused = seen->attempt.reused}});
    struct input input = {
        .kind = INPUT_ATTEMPT_ENDED,
        .ended = {.ref = attempt.ref,
                  .retry_after = seen->attempt.retry_after,
                  .status = seen->attempt.status,
                  .outcome = seen->attempt.outcome,
                  .sent = seen->attempt.sent,
                  .reused = seen->attempt.reused,
                  .begun = seen->attempt.begun},
    };
    engine_step(engine, attempt.client, &input);
}

static void headers_came(struct engine *engine, const struct occurrence *seen)
{
    struct input input = {
        .kind = INPUT_HEADERS,
        .headers = {.ref = seen->attempt.ref, .status = seen->attempt.status},
    };
    engine_step(engine, seen->attempt.client, &input);
}

static void fault_seen(struct engine *engine, const struct occurrence *seen, enum event_kind kind)
{
    engine_record(engine,
                  (struct event){.at = seen->at,
                                 .node = seen->node,
                                 .kind = (uint8_t)kind,
                                 .fault = {.fault = seen->fault.fault,
                                           .confirmed_by = (uint8_t)seen->fault.confirmed_by,
                                           .was_up = seen->fault.was_up,
                                           .hits = seen->fault.hits,
                                           .text = seen->fault.text}});
}

static void hook_ended(struct engine *engine, const struct occurrence *seen)
{
    engine_record(engine, (struct event){.at = seen->at,
                                         .node = seen->node,
                                         .kind = EVENT_ALERT_HOOK,
                                         .hook = {.alert = seen->hook.alert,
                                                  .end = (uint8_t)seen->hook.end,
                                                  .exit_status = seen->hook.exit_status}});
}

static void interrupted(struct engine *engine, const struct occurrence *seen)
{
    if (engine->signal != 0) {
        return;
    }
    engine->signal = seen->signal;
    engine_record_problem(
        engine, seen->at, NODE_NONE, REASON_INTERRUPTED,
        arena_printf(engine->arena, "interrupted by SIG%s", sigabbrev_np(seen->signal)));
}

/* Their like cannot come back, and the run is inconclusive whatever else it shows. */
static bool spoils_run(enum reason reason)
{
    return reason == REASON_NODE_DIED || reason == REASON_PROXY_DIED;
}

/* A program that is gone, or is not listened to any more. */
static bool deserts_run(enum reason reason)
{
    return reason == REASON_CLIENT_DIED || reason == REASON_CLIENT_PROTOCOL;
}

static void take_problem(struct engine *engine, const struct occurrence *seen)
{
    engine->deserted = engine->deserted || deserts_run(seen->problem.reason);
    engine->spoilt = engine->spoilt || engine->deserted || spoils_run(seen->problem.reason);
    engine_record_problem(engine, seen->at, seen->node, seen->problem.reason, seen->problem.text);
}

static void take_occurrence(struct engine *engine, const struct occurrence *seen)
{
    switch (seen->kind) {
    case OCCURRENCE_HEADERS:
        headers_came(engine, seen);
        return;
    case OCCURRENCE_ATTEMPT_ENDED:
        attempt_ended(engine, seen);
        return;
    case OCCURRENCE_FAULT_APPLIED:
        fault_seen(engine, seen, EVENT_FAULT_APPLIED);
        return;
    case OCCURRENCE_FAULT_EFFECTIVE:
        fault_seen(engine, seen, EVENT_FAULT_EFFECTIVE);
        return;
    case OCCURRENCE_FAULT_CLEARED:
        fault_seen(engine, seen, EVENT_FAULT_CLEARED);
        return;
    case OCCURRENCE_FAULT_FAILED:
        fault_seen(engine, seen, EVENT_FAULT_FAILED);
        return;
    case OCCURRENCE_NODE:
        engine_record(engine,
                      (struct event){.at = seen->at,
                                     .node = seen->node,
                                     .kind = EVENT_NODE,
                                     .node_change = {.why = seen->node_change.why,
                                                     .state = (uint8_t)seen->node_change.state,
                                                     .planned = seen->node_change.planned}});
        return;
    case OCCURRENCE_PROBLEM:
        take_problem(engine, seen);
        return;
    case OCCURRENCE_HOOK:
        hook_ended(engine, seen);
        return;
    case OCCURRENCE_STREAM_OPENED:
    case OCCURRENCE_STREAM_EVENT:
    case OCCURRENCE_STREAM_ALIVE:
    case OCCURRENCE_STREAM_ENDED:
        engine_stream_seen(engine, seen);
        return;
    case OCCURRENCE_LOOKED_UP:
        if (seen->looked_up.lookup == LOOKUP_LEADER) {
            engine_leader_hear(engine, seen);
        } else {
            engine_verify_hear(engine, seen);
        }
        return;
    case OCCURRENCE_SAID:
        engine_external_said(engine, seen);
        return;
    case OCCURRENCE_INTERRUPT:
        interrupted(engine, seen);
        return;
    }
    CHECK(false && "an occurrence of a known kind");
}

void engine_do_occurrences(struct engine *engine)
{
    struct occurrence seen;
    while (engine->ops->next(engine->world, &seen)) {
        take_occurrence(engine, &seen);
    }
}
