#include "engine.h"

#include "attempts.h"
#include "base/check.h"
#include "base/text.h"
#include "core/client/policy.h"
#include "core/pacer.h"
#include "core/plan.h"

/* Traffic must be able to begin on time: the first request is due this long after everything is
 * ready. */
#define LEAD               (5 * NANOS_PER_MS)
#define STALL_MIN          (250 * NANOS_PER_MS)
#define PROGRESS_EVERY     (100 * NANOS_PER_MS)
/* A turn's work is bounded: what is over waits for the next turn, and its lateness is recorded. */
#define TURN_DEADLINES_MAX 4096
#define TURN_REQUESTS_MAX  1024
#define WATCHDOG_GRACE     (30 * NANOS_PER_S)

enum request_state {
    REQUEST_STATE_TO_COME,
    REQUEST_STATE_OPEN,
    REQUEST_STATE_ENDED,
};

struct request_slot {
    uint16_t mix;
    uint8_t state;
};

struct fault_slot {
    uint16_t *nodes;
    size_t count;
};

struct engine {
    const struct engine_settings *settings;
    const struct scenario *scenario;
    struct world *world;
    const struct world_ops *ops;
    struct arena *arena;
    struct plan plan;
    size_t next_step;
    struct pacer pacer;
    struct prng targets;
    struct policy **policies; /* one a client instance */
    struct request_slot *requests;
    struct fault_slot *faults;
    struct attempts attempts;
    uint32_t open;            /* requests */
    uint64_t due, ok, failed; /* measured ones, for progress */
    nanos now;                /* sampled once a turn */
    nanos traffic_end;
    nanos progress_at;
    uint16_t serving; /* who served last */
    bool traffic_over;
    int signal;
};

static void record(struct engine *engine, struct event event)
{
    journal_append(engine->settings->journal, event);
}

static void record_phase(struct engine *engine, nanos at, enum phase phase)
{
    record(engine, (struct event){.at = at,
                                  .node = NODE_NONE,
                                  .kind = EVENT_PHASE,
                                  .phase = {.phase = (uint8_t)phase}});
}

static void
record_problem(struct engine *engine, nanos at, uint16_t node, enum reason reason, const char *text)
{
    record(engine, (struct event){.at = at,
                                  .node = node,
                                  .kind = EVENT_PROBLEM,
                                  .problem = {.text = text, .reason = (uint8_t)reason}});
}

static uint16_t client_of(const struct engine *engine, uint32_t request)
{
    return (uint16_t)(request % engine->scenario->client.instances);
}

/* ---- what a client wants ---- */

static void start_attempt(struct engine *engine, uint16_t client, const struct output *output)
{
    uint32_t request = output->attempt.request;
    struct world_attempt attempt = {
        .ref = output->attempt.ref,
        .connect_limit = output->attempt.connect_limit,
        .probe_path = engine->scenario->client.health_check.path,
        .request = request,
        .client = client,
        .node = output->node,
        .want_headers = output->attempt.want_headers,
    };
    if (request != REQUEST_NONE) {
        CHECK(engine->requests[request].state == REQUEST_STATE_OPEN);
        attempt.what = &engine->scenario->traffic.requests[engine->requests[request].mix];
    }
    attempts_add(&engine->attempts, (struct attempt_out){.ref = attempt.ref,
                                                         .request = request,
                                                         .client = client,
                                                         .node = output->node});
    nanos at = engine->ops->start_attempt(engine->world, &attempt);
    record(engine, (struct event){.at = at,
                                  .node = output->node,
                                  .kind = EVENT_ATTEMPT,
                                  .attempt = {.attempt = attempt.ref.id,
                                              .request = request,
                                              .client = client,
                                              .purpose = (uint8_t)output->attempt.purpose}});
}

static void
record_cancelled(struct engine *engine, const struct attempt_out *attempt, enum outcome outcome)
{
    bool sent = engine->ops->cancel_attempt(engine->world, attempt->client, attempt->ref);
    record(engine, (struct event){.at = engine->ops->now(engine->world),
                                  .node = attempt->node,
                                  .kind = EVENT_ATTEMPT_END,
                                  .attempt_end = {.attempt = attempt->ref.id,
                                                  .request = attempt->request,
                                                  .client = attempt->client,
                                                  .outcome = (uint8_t)outcome,
                                                  .sent = sent}});
}

static void end_request(struct engine *engine, uint32_t request, struct event event)
{
    struct request_slot *slot = &engine->requests[request];
    CHECK(slot->state == REQUEST_STATE_OPEN);
    slot->state = REQUEST_STATE_ENDED;
    engine->open--;
    event.kind = EVENT_REQUEST_END;
    event.request_end.request = request;
    event.request_end.client = client_of(engine, request);
    bool answered = event.request_end.outcome == OUTCOME_ANSWER;
    if (answered && event.request_end.status < 400) {
        engine->serving = event.node;
    }
    engine->ok += answered && event.request_end.status < 500;
    engine->failed += !answered || event.request_end.status >= 500;
    record(engine, event);
}

static void give_answer(struct engine *engine, const struct output *output)
{
    bool answered = output->answer.outcome == OUTCOME_ANSWER;
    struct event event = {
        .at = engine->ops->now(engine->world),
        .node = answered ? output->node : NODE_NONE,
        .request_end = {.attempt = output->answer.attempt,
                        .status = output->answer.status,
                        .attempts = output->answer.attempts,
                        .outcome = (uint8_t)output->answer.outcome},
    };
    end_request(engine, output->answer.request, event);
}

static void record_command(struct engine *engine, uint16_t client, const struct output *output)
{
    nanos at = engine->ops->now(engine->world);
    bool done = output->kind == OUTPUT_DONE;
    record(engine, (struct event){.at = at,
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
        record_cancelled(engine, &attempt, output->cancel.outcome);
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
        record(engine, event);
        return;
    case OUTPUT_ACTIVE:
    case OUTPUT_PANIC:
        event.kind = output->kind == OUTPUT_ACTIVE ? EVENT_ACTIVE : EVENT_PANIC;
        event.client.client = client;
        event.client.on = output->kind == OUTPUT_PANIC && output->panic.on;
        record(engine, event);
        return;
    case OUTPUT_DROP:
        engine->ops->drop_connections(engine->world, client, output->node);
        return;
    case OUTPUT_DONE:
    case OUTPUT_REFUSED:
        record_command(engine, client, output);
        return;
    }
    CHECK(!"an output of a known kind");
}

static void step(struct engine *engine, uint16_t client, const struct input *input)
{
    struct outputs outputs;
    policy_step(engine->policies[client], engine->now, input, &outputs);
    for (uint32_t i = 0; i < outputs.count; i++) {
        perform(engine, client, &outputs.item[i]);
    }
}

/* ---- faults ---- */

static void
record_fault(struct engine *engine, enum event_kind kind, nanos at, uint16_t node, uint32_t fault)
{
    enum confirmed_by by =
        kind == EVENT_FAULT_EFFECTIVE ? CONFIRMED_BY_CLIENT : CONFIRMED_BY_NOTHING;
    record(engine, (struct event){.at = at,
                                  .node = node,
                                  .kind = (uint8_t)kind,
                                  .fault = {.fault = fault, .confirmed_by = (uint8_t)by}});
}

/* The operator's commands go to every client instance; the client's answer is the confirmation. */
static void command_clients(struct engine *engine, uint32_t fault, uint16_t node)
{
    struct input input = {
        .kind =
            engine->scenario->faults[fault].kind == FAULT_SWITCH_TO ? INPUT_SWITCH : INPUT_RESET,
        .command = {.node = node, .fault = fault},
    };
    record_fault(engine, EVENT_FAULT_APPLIED, engine->ops->now(engine->world), node, fault);
    for (uint16_t client = 0; client < engine->scenario->client.instances; client++) {
        step(engine, client, &input);
    }
    record_fault(engine, EVENT_FAULT_EFFECTIVE, engine->ops->now(engine->world), node, fault);
}

static void apply_step(struct engine *engine, const struct plan_step *planned)
{
    const struct fault *fault = &engine->scenario->faults[planned->fault];
    struct fault_slot *slot = &engine->faults[planned->fault];
    if (fault->kind == FAULT_RESET_FAILED) {
        record_fault(engine, EVENT_FAULT_PLANNED, planned->at, NODE_NONE, planned->fault);
        command_clients(engine, planned->fault, NODE_NONE);
        return;
    }
    slot->nodes = ARENA_ARRAY(engine->arena, uint16_t, engine->scenario->node_count);
    slot->count =
        plan_targets(engine->scenario, fault, engine->serving, &engine->targets, slot->nodes);
    for (size_t i = 0; i < slot->count;
         i++) { /* what will be hit is written down before it is hit */
        record_fault(engine, EVENT_FAULT_PLANNED, planned->at, slot->nodes[i], planned->fault);
    }
    for (size_t i = 0; i < slot->count; i++) {
        if (fault_kind_class(fault->kind) == FAULT_CLASS_CLIENT) {
            command_clients(engine, planned->fault, slot->nodes[i]);
        } else {
            engine->ops->apply_fault(engine->world, planned->fault, slot->nodes[i]);
        }
    }
}

static void do_faults(struct engine *engine)
{
    while (engine->next_step < engine->plan.step_count && !engine->traffic_over) {
        const struct plan_step *planned = &engine->plan.steps[engine->next_step];
        if (planned->at > engine->now) {
            return;
        }
        engine->next_step++;
        if (!planned->undo) {
            apply_step(engine, planned);
            continue;
        }
        const struct fault_slot *slot = &engine->faults[planned->fault];
        for (size_t i = 0; i < slot->count; i++) {
            engine->ops->clear_fault(engine->world, planned->fault, slot->nodes[i]);
        }
    }
}

/* ---- what the world saw ---- */

static void attempt_ended(struct engine *engine, const struct occurrence *seen)
{
    struct attempt_out attempt = attempts_take(&engine->attempts, seen->attempt.ref.id);
    record(engine, (struct event){.at = seen->at,
                                  .node = attempt.node,
                                  .kind = EVENT_ATTEMPT_END,
                                  .attempt_end = {.body_hash = seen->attempt.body_hash,
                                                  .attempt = attempt.ref.id,
                                                  .request = attempt.request,
                                                  .client = attempt.client,
                                                  .status = seen->attempt.status,
                                                  .outcome = (uint8_t)seen->attempt.outcome,
                                                  .sent = seen->attempt.sent}});
    struct input input = {
        .kind = INPUT_ATTEMPT_ENDED,
        .ended = {.ref = attempt.ref,
                  .retry_after = seen->attempt.retry_after,
                  .status = seen->attempt.status,
                  .outcome = seen->attempt.outcome,
                  .sent = seen->attempt.sent},
    };
    step(engine, attempt.client, &input);
}

static void headers_came(struct engine *engine, const struct occurrence *seen)
{
    struct input input = {
        .kind = INPUT_HEADERS,
        .headers = {.ref = seen->attempt.ref, .status = seen->attempt.status},
    };
    step(engine, seen->attempt.client, &input);
}

static void fault_seen(struct engine *engine, const struct occurrence *seen, enum event_kind kind)
{
    record(engine, (struct event){.at = seen->at,
                                  .node = seen->node,
                                  .kind = (uint8_t)kind,
                                  .fault = {.fault = seen->fault.fault,
                                            .confirmed_by = (uint8_t)seen->fault.confirmed_by,
                                            .was_up = seen->fault.was_up,
                                            .hits = seen->fault.hits,
                                            .text = seen->fault.text}});
}

static void interrupted(struct engine *engine, const struct occurrence *seen)
{
    if (engine->signal != 0) {
        return;
    }
    engine->signal = seen->signal;
    record_problem(engine, seen->at, NODE_NONE, REASON_INTERRUPTED, "interrupted by a signal");
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
        record(engine, (struct event){.at = seen->at,
                                      .node = seen->node,
                                      .kind = EVENT_NODE,
                                      .node_change = {.why = seen->node_change.why,
                                                      .state = (uint8_t)seen->node_change.state,
                                                      .planned = seen->node_change.planned}});
        return;
    case OCCURRENCE_PROBLEM:
        record_problem(engine, seen->at, seen->node, seen->problem.reason, seen->problem.text);
        return;
    case OCCURRENCE_INTERRUPT:
        interrupted(engine, seen);
        return;
    }
    CHECK(!"an occurrence of a known kind");
}

static void do_occurrences(struct engine *engine)
{
    struct occurrence seen;
    while (engine->ops->next(engine->world, &seen)) {
        take_occurrence(engine, &seen);
    }
}

/* ---- deadlines and new requests ---- */

static void do_deadlines(struct engine *engine)
{
    static const struct input deadline = {.kind = INPUT_DEADLINE};
    uint32_t done = 0;
    for (uint16_t client = 0; client < engine->scenario->client.instances; client++) {
        while (policy_deadline(engine->policies[client]) <= engine->now &&
               done < TURN_DEADLINES_MAX) {
            step(engine, client, &deadline);
            done++;
        }
    }
}

static void begin_request(struct engine *engine)
{
    nanos due = pacer_due(&engine->pacer);
    uint32_t request;
    uint16_t mix;
    pacer_take(&engine->pacer, &request, &mix);
    bool sent = engine->open < engine->scenario->traffic.max_in_flight;
    engine->requests[request] = (struct request_slot){.mix = mix, .state = REQUEST_STATE_OPEN};
    engine->open++;
    engine->due += due >= 0;
    nanos started = sent ? engine->ops->now(engine->world) : NANOS_NEVER;
    record(engine, (struct event){.at = due,
                                  .node = NODE_NONE,
                                  .kind = EVENT_REQUEST,
                                  .request = {.started = started,
                                              .request = request,
                                              .client = client_of(engine, request),
                                              .mix = mix}});
    if (!sent) {
        end_request(
            engine, request,
            (struct event){.at = engine->now,
                           .node = NODE_NONE,
                           .request_end = {.attempt = ATTEMPT_NONE, .outcome = OUTCOME_UNSENT}});
        return;
    }
    struct input input = {
        .kind = INPUT_REQUEST,
        .request = {.due = due,
                    .request = request,
                    .idempotent = engine->scenario->traffic.requests[mix].idempotent},
    };
    step(engine, client_of(engine, request), &input);
}

static void do_requests(struct engine *engine)
{
    for (uint32_t i = 0; i < TURN_REQUESTS_MAX && !engine->traffic_over; i++) {
        if (pacer_due(&engine->pacer) > engine->now) {
            return;
        }
        begin_request(engine);
    }
}

/* ---- the turn ---- */

static nanos next_deadline(const struct engine *engine)
{
    nanos until = NANOS_NEVER;
    if (!engine->traffic_over) {
        until = nanos_min(pacer_due(&engine->pacer), engine->traffic_end);
        if (engine->next_step < engine->plan.step_count) {
            until = nanos_min(until, engine->plan.steps[engine->next_step].at);
        }
    }
    for (uint32_t client = 0; client < engine->scenario->client.instances; client++) {
        until = nanos_min(until, policy_deadline(engine->policies[client]));
    }
    return until;
}

static void record_lateness(struct engine *engine, nanos until, nanos slept_at)
{
    nanos lateness = engine->now - until;
    if (until != NANOS_NEVER && lateness >= 0) {
        record(engine, (struct event){.at = engine->now,
                                      .node = NODE_NONE,
                                      .kind = EVENT_TURN,
                                      .turn = {.lateness = lateness}});
    }
    nanos gap = engine->now - nanos_max(until, slept_at);
    if (until != NANOS_NEVER && gap > STALL_MIN) {
        record(engine, (struct event){.at = engine->now,
                                      .node = NODE_NONE,
                                      .kind = EVENT_STALL,
                                      .turn = {.lateness = gap}});
    }
}

static void show_progress(struct engine *engine)
{
    if (engine->settings->progress == NULL || engine->now < engine->progress_at) {
        return;
    }
    engine->progress_at = engine->now + PROGRESS_EVERY;
    char buffer[160];
    struct text text;
    text_init(&text, buffer, sizeof buffer);
    struct progress progress = {
        .scenario = engine->scenario,
        .now = engine->now,
        .due = engine->due,
        .ok = engine->ok,
        .failed = engine->failed,
        .in_flight = engine->open,
        .serving = engine->serving,
        .next_fault_at = NANOS_NEVER,
    };
    if (engine->next_step < engine->plan.step_count && !engine->traffic_over) {
        const struct plan_step *planned = &engine->plan.steps[engine->next_step];
        text_printf(&text, "%s%s", planned->undo ? "end of " : "",
                    engine->scenario->faults[planned->fault].id);
        progress.next_fault = text.data;
        progress.next_fault_at = planned->at;
    }
    engine->settings->progress(engine->settings->context, &progress);
}

/* The core's own timers run on in every turn; `until` also bounds how long nothing may be shown. */
static void turn(struct engine *engine, nanos limit)
{
    nanos until = nanos_min(next_deadline(engine), limit);
    nanos slept_at = engine->now;
    nanos wake = engine->settings->progress == NULL ? until : nanos_min(until, engine->progress_at);
    engine->ops->wait(engine->world, wake);
    engine->now = engine->ops->now(engine->world);
    record_lateness(engine, until, slept_at);
    do_faults(engine);
    do_occurrences(engine);
    do_deadlines(engine);
    do_requests(engine);
    show_progress(engine);
}

/* ---- the run ---- */

static void end_traffic(struct engine *engine)
{
    engine->traffic_over = true;
    if (engine->signal != 0) {
        engine->traffic_end = nanos_min(engine->traffic_end, engine->now);
    }
    record_phase(engine, engine->traffic_end, PHASE_TRAFFIC_END);
}

static void drain(struct engine *engine)
{
    nanos deadline = engine->scenario->client.request_deadline;
    nanos grace =
        deadline == NANOS_NEVER ? ENGINE_DRAIN_OPEN_ENDED : nanos_add(deadline, ENGINE_DRAIN_GRACE);
    nanos limit = nanos_add(engine->traffic_end, grace);
    while (engine->open > 0 && engine->now < limit && engine->signal == 0) {
        turn(engine, limit);
    }
    if (engine->now > nanos_add(limit, WATCHDOG_GRACE)) {
        record_problem(engine, engine->now, NODE_NONE, REASON_WATCHDOG,
                       "the run took far longer than planned: the machine stood still");
    }
}

/* Whatever is still out is taken back; its requests are unfinished. */
static void abandon(struct engine *engine)
{
    for (size_t i = 0; i <= engine->attempts.mask; i++) {
        const struct attempt_out *attempt = &engine->attempts.places[i];
        if (attempt->ref.id != ATTEMPT_NONE) {
            record_cancelled(engine, attempt, OUTCOME_UNFINISHED);
        }
    }
    nanos at = engine->ops->now(engine->world);
    uint64_t count = scenario_request_count(engine->scenario);
    for (uint64_t request = 0; request < count && engine->open > 0; request++) {
        if (engine->requests[request].state == REQUEST_STATE_OPEN) {
            end_request(engine, (uint32_t)request,
                        (struct event){.at = at,
                                       .node = NODE_NONE,
                                       .request_end = {.attempt = ATTEMPT_NONE,
                                                       .outcome = OUTCOME_UNFINISHED}});
        }
    }
    CHECK(engine->open == 0);
    record_phase(engine, at, PHASE_DRAIN_END);
}

/* From here on only the harness's own house-keeping is told: what the world still sees of faults
 * and nodes. */
static void finish(struct engine *engine)
{
    engine->ops->finish(engine->world, engine->settings->journal);
    do_occurrences(engine);
    if (engine->settings->journal->full) {
        record_problem(engine, engine->now, NODE_NONE, REASON_LOG_FULL, "the journal ran full");
    }
}

static void init_clients(struct engine *engine)
{
    const struct scenario *scenario = engine->scenario;
    uint64_t requests = scenario_request_count(scenario);
    uint32_t instances = scenario->client.instances;
    uint64_t share = requests / instances + 1;
    uint32_t in_flight = scenario->traffic.max_in_flight;
    uint32_t in_flight_max = share < in_flight ? (uint32_t)share : in_flight;
    engine->policies = ARENA_ARRAY(engine->arena, struct policy *, instances);
    for (uint32_t client = 0; client < instances; client++) {
        engine->policies[client] =
            policy_new(engine->arena, &scenario->client, (uint16_t)scenario->node_count,
                       (uint16_t)client, in_flight_max, engine->settings->seed);
    }
    attempts_init(&engine->attempts, engine->arena,
                  (size_t)in_flight * 2 + scenario->node_count * instances * 2);
    engine->requests = ARENA_ARRAY(engine->arena, struct request_slot, requests + 1);
    engine->faults = ARENA_ARRAY(engine->arena, struct fault_slot, scenario->fault_count + 1);
}

static void run_traffic(struct engine *engine)
{
    engine->now = engine->ops->now(engine->world);
    record_phase(engine, 0, PHASE_TRAFFIC_BEGIN);
    while ((engine->now < engine->traffic_end || pacer_due(&engine->pacer) < engine->traffic_end) &&
           engine->signal == 0) {
        turn(engine, engine->traffic_end);
    }
    end_traffic(engine);
    drain(engine);
    abandon(engine);
}

int engine_run(struct arena *arena, const struct engine_settings *settings)
{
    struct engine engine = {
        .settings = settings,
        .scenario = settings->scenario,
        .world = settings->world,
        .ops = settings->world->ops,
        .arena = arena,
        .traffic_end = settings->scenario->duration,
        .progress_at = -settings->scenario->warmup,
        .serving = 0,
    };
    plan_make(&engine.plan, arena, engine.scenario, settings->seed);
    pacer_init(&engine.pacer, engine.scenario, settings->seed);
    prng_init(&engine.targets, settings->seed, PRNG_STREAM_TARGETS);
    init_clients(&engine);
    bool ready = engine.ops->prepare(engine.world);
    engine.ops->start_clock(engine.world, ready ? engine.scenario->warmup + LEAD : 0);
    if (ready) {
        run_traffic(&engine);
    }
    finish(&engine);
    return engine.signal;
}
