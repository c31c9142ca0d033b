#include "engine.h"

#include "base/check.h"
#include "base/text.h"
#include "core/alerts.h"
#include "engine_parts.h"

/* Traffic must be able to begin on time: the first request is due this long after everything is
 * ready. */
#define LEAD               (5 * NANOS_PER_MS)
#define STALL_MIN          (250 * NANOS_PER_MS)
#define PROGRESS_EVERY     (100 * NANOS_PER_MS)
/* A turn's work is bounded: what is over waits for the next turn, and its lateness is recorded. */
#define TURN_DEADLINES_MAX 4096
#define TURN_REQUESTS_MAX  1024
#define WATCHDOG_GRACE     (30 * NANOS_PER_S)

/* ---- deadlines and new requests ---- */

static const struct input time_passes = {.kind = INPUT_DEADLINE};

/* Its first step begins a client's health checks: they must not wait for a request. */
static void begin_clients(struct engine *engine)
{
    for (uint16_t client = 0; client < engine_policy_count(engine); client++) {
        engine_step(engine, client, &time_passes);
    }
}

static void do_deadlines(struct engine *engine)
{
    uint32_t done = 0;
    for (uint16_t client = 0; client < engine_policy_count(engine); client++) {
        while (policy_deadline(engine->policies[client]) <= engine->now &&
               done < TURN_DEADLINES_MAX) {
            engine_step(engine, client, &time_passes);
            done++;
        }
    }
    engine_do_stream_deadlines(engine);
}

static void cancel(struct engine *engine, uint32_t request)
{
    if (engine->external != NULL) {
        engine_external_cancel(engine, request);
        return;
    }
    struct input input = {.kind = INPUT_CANCEL, .cancel = {.request = request}};
    engine_step(engine, engine_client_of(engine, request), &input);
}

/* Callers that have waited long enough. All wait equally long, so that they give up in the order in
   which they came. */
static void do_cancels(struct engine *engine)
{
    while (engine->cancel_at <= engine->now && engine->next_cancel < pacer_taken(&engine->pacer)) {
        const struct request_slot *slot = &engine->requests[engine->next_cancel];
        if (slot->gives_up && slot->state == REQUEST_STATE_OPEN) {
            nanos at = nanos_add(pacer_due_of(&engine->pacer, engine->next_cancel),
                                 engine->scenario->traffic.cancel_after);
            if (at > engine->now) {
                engine->cancel_at = at;
                return;
            }
            cancel(engine, engine->next_cancel);
        }
        engine->next_cancel++;
    }
    if (engine->next_cancel >= pacer_taken(&engine->pacer)) {
        engine->cancel_at = NANOS_NEVER;
    }
}

static void step_request(struct engine *engine, nanos due, uint32_t request, uint16_t mix)
{
    const struct traffic_request *what = &engine->scenario->traffic.requests[mix];
    bool keyed = engine->scenario->client.idempotency_key && what->method == METHOD_POST;
    struct input input = {
        .kind = INPUT_REQUEST,
        .request = {.due = due,
                    .request = request,
                    .idempotent = what->idempotent || keyed,
                    .safe = what->method == METHOD_GET || what->method == METHOD_HEAD},
    };
    engine_step(engine, engine_client_of(engine, request), &input);
}

/* Of one that is sent: when it is. */
static nanos start_request(struct engine *engine, uint32_t request, uint16_t mix)
{
    return engine->external != NULL ? engine_external_give(engine, request, mix)
                                    : engine->ops->now(engine->world);
}

static void begin_request(struct engine *engine)
{
    nanos due = pacer_due(&engine->pacer);
    uint32_t request;
    uint16_t mix;
    pacer_take(&engine->pacer, &request, &mix);
    bool sent = engine->open < engine->scenario->traffic.max_in_flight;
    bool gives_up = pacer_gives_up(&engine->pacer);
    engine->requests[request] =
        (struct request_slot){.mix = mix, .state = REQUEST_STATE_OPEN, .gives_up = gives_up};
    if (gives_up) {
        nanos at = nanos_add(due, engine->scenario->traffic.cancel_after);
        engine->cancel_at = nanos_min(engine->cancel_at, at);
    }
    engine->open++;
    engine->due += due >= 0;
    nanos started = sent ? start_request(engine, request, mix) : NANOS_NEVER;
    engine_record(engine, (struct event){.at = due,
                                         .node = NODE_NONE,
                                         .kind = EVENT_REQUEST,
                                         .request = {.started = started,
                                                     .request = request,
                                                     .client = engine_client_of(engine, request),
                                                     .mix = mix}});
    if (!sent) {
        engine_end_request(
            engine, request,
            (struct event){.at = engine->now,
                           .node = NODE_NONE,
                           .request_end = {.attempt = ATTEMPT_NONE, .outcome = OUTCOME_UNSENT}});
        return;
    }
    if (engine->external == NULL) {
        step_request(engine, due, request, mix);
    }
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
    nanos until = nanos_min(alerts_deadline(engine->alerts), engine->cancel_at);
    until = nanos_min(until, engine_leader_deadline(engine));
    if (!engine->traffic_over) {
        until = nanos_min(until, nanos_min(pacer_due(&engine->pacer), engine->traffic_end));
        until = nanos_min(until, engine->status_at);
        if (engine->next_step < engine->plan.step_count) {
            until = nanos_min(until, engine->plan.steps[engine->next_step].at);
        }
    }
    for (uint16_t client = 0; client < engine_policy_count(engine); client++) {
        until = nanos_min(until, policy_deadline(engine->policies[client]));
    }
    return nanos_min(until, engine_streams_deadline(engine));
}

static void record_lateness(struct engine *engine, nanos until, nanos slept_at)
{
    nanos lateness = engine->now - until;
    if (until != NANOS_NEVER && lateness >= 0) {
        engine_record(engine, (struct event){.at = engine->now,
                                             .node = NODE_NONE,
                                             .kind = EVENT_TURN,
                                             .turn = {.lateness = lateness}});
    }
    nanos gap = engine->now - nanos_max(until, slept_at);
    if (until != NANOS_NEVER && gap > STALL_MIN) {
        engine_record(engine, (struct event){.at = engine->now,
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
    engine->turns++;
    engine->ops->wait(engine->world, wake);
    engine->now = engine->ops->now(engine->world);
    record_lateness(engine, until, slept_at);
    engine_do_alerts(engine, engine->now);
    engine_leader_ask(engine);
    engine_do_faults(engine);
    engine_do_occurrences(engine);
    do_cancels(engine);
    do_deadlines(engine);
    do_requests(engine);
    engine_do_status(engine);
    show_progress(engine);
}

/* ---- the run ---- */

static bool is_cut_short(const struct engine *engine)
{
    return engine->signal != 0 || engine->spoilt;
}

static void end_traffic(struct engine *engine)
{
    engine->traffic_over = true;
    engine_streams_end(engine);
    if (is_cut_short(engine)) {
        engine->traffic_end = nanos_min(engine->traffic_end, engine->now);
    }
    engine_record_phase(engine, engine->traffic_end, PHASE_TRAFFIC_END);
}

static void drain(struct engine *engine)
{
    nanos limit = nanos_add(engine->traffic_end, plan_drain(engine->scenario));
    while (engine->open > 0 && engine->now < limit && engine->signal == 0 && !engine->deserted) {
        turn(engine, limit);
    }
    if (engine->now > nanos_add(limit, WATCHDOG_GRACE)) {
        engine_record_problem(engine, engine->now, NODE_NONE, REASON_WATCHDOG,
                              "the run took far longer than planned: the machine stood still");
    }
}

/* Whatever is still out is taken back; its requests are unfinished. */
static void abandon(struct engine *engine)
{
    for (size_t i = 0; i <= engine->attempts.mask; i++) {
        const struct attempt_out *attempt = &engine->attempts.places[i];
        if (attempt->ref.id != ATTEMPT_NONE) {
            engine_cancel(engine, attempt, OUTCOME_UNFINISHED);
        }
    }
    nanos at = engine->ops->now(engine->world);
    uint64_t count = scenario_request_count(engine->scenario);
    for (uint64_t request = 0; request < count && engine->open > 0; request++) {
        if (engine->requests[request].state == REQUEST_STATE_OPEN) {
            engine_external_abandon(engine, (uint32_t)request);
            engine_end_request(engine, (uint32_t)request,
                               (struct event){.at = at,
                                              .node = NODE_NONE,
                                              .request_end = {.attempt = ATTEMPT_NONE,
                                                              .outcome = OUTCOME_UNFINISHED}});
        }
    }
    CHECK(engine->open == 0);
    engine_external_end(engine);
    engine_do_alerts(engine, at);
    engine_record_phase(engine, at, PHASE_DRAIN_END);
}

/* From here on only the harness's own house-keeping is told: what the world still sees of faults
 * and nodes. */
static void finish(struct engine *engine)
{
    engine->ops->finish(engine->world, engine->settings->journal);
    engine_do_occurrences(engine);
    if (engine->settings->journal->full) {
        engine_record_problem(engine, engine->now, NODE_NONE, REASON_LOG_FULL,
                              "the journal ran full");
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
    engine_external_init(engine);
    engine->policies = ARENA_ARRAY(engine->arena, struct policy *, instances);
    for (uint32_t client = 0; client < engine_policy_count(engine); client++) {
        engine->policies[client] =
            policy_new(engine->arena, &scenario->client, (uint16_t)scenario->node_count,
                       (uint16_t)client, in_flight_max, engine->settings->seed);
    }
    engine_streams_init(engine);
    attempts_init(&engine->attempts, engine->arena,
                  (size_t)in_flight * 2 + scenario->node_count * instances * 2);
    engine->requests = ARENA_ARRAY(engine->arena, struct request_slot, requests + 1);
    engine->faults = ARENA_ARRAY(engine->arena, struct fault_slot, scenario->fault_count + 1);
}

static void run_traffic(struct engine *engine)
{
    engine->now = engine->ops->now(engine->world);
    engine_record_phase(engine, 0, PHASE_TRAFFIC_BEGIN);
    begin_clients(engine);
    engine_streams_begin(engine);
    while ((engine->now < engine->traffic_end || pacer_due(&engine->pacer) < engine->traffic_end) &&
           !is_cut_short(engine)) {
        turn(engine, engine->traffic_end);
    }
    end_traffic(engine);
    drain(engine);
    abandon(engine);
    engine_verify(engine);
}

struct engine_end engine_run(struct arena *arena, const struct engine_settings *settings)
{
    struct engine engine = {
        .settings = settings,
        .scenario = settings->scenario,
        .world = settings->world,
        .ops = settings->world->ops,
        .arena = arena,
        .traffic_end = settings->scenario->duration,
        .progress_at = -settings->scenario->warmup,
        .cancel_at = NANOS_NEVER,
        .serving = 0,
    };
    plan_make(&engine.plan, arena, engine.scenario, settings->seed);
    pacer_init(&engine.pacer, engine.scenario, settings->seed);
    prng_init(&engine.targets, settings->seed, PRNG_STREAM_TARGETS);
    init_clients(&engine);
    engine_alerts_init(&engine);
    engine_leader_init(&engine);
    engine_status_init(&engine);
    bool ready = engine.ops->prepare(engine.world);
    engine.ops->start_clock(engine.world, ready ? engine.scenario->warmup + LEAD : 0);
    if (ready) {
        run_traffic(&engine);
    }
    finish(&engine);
    return (struct engine_end){.signal = engine.signal, .turns = engine.turns};
}
