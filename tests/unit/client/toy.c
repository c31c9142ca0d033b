#include "unit/client/toy.h"

#include "unit/cmocka_all.h"

#define STEPS_A_MOMENT_MAX 100000

#define MUST(toy, condition) must((toy), (condition), #condition, __LINE__)

static void must(const struct toy *toy, bool holds, const char *condition, int line)
{
    if (!holds) {
        fail_msg("seed=%llu at %lld us, line %d: not %s", (unsigned long long)toy->seed,
                 (long long)(toy->now / NANOS_PER_US), line, condition);
    }
}

void toy_init(struct toy *toy,
              struct arena *arena,
              const struct client_settings *settings,
              uint16_t node_count,
              uint32_t request_max,
              uint64_t seed)
{
    uint32_t attempt_max = 4 * request_max + 10000;

    *toy = (struct toy){
        .settings = *settings,
        .policy = policy_new(arena, settings, node_count, 0, request_max, seed),
        .node_count = node_count,
        .requests = ARENA_ARRAY(arena, struct toy_request, request_max),
        .request_max = request_max,
        .attempts = ARENA_ARRAY(arena, struct toy_attempt, attempt_max),
        .attempt_max = attempt_max,
        .active = scenario_client_spreads(settings) ? NODE_NONE : 0,
        .held = NODE_NONE,
        .seed = seed,
    };
    heap_init(&toy->ends, arena, 2 * (size_t)attempt_max);
    for (uint16_t node = 0; node < node_count; node++) {
        toy->nodes[node].latency = 2 * NANOS_PER_MS;
    }
}

static void plan_end(struct toy *toy, struct toy_attempt *attempt, nanos at)
{
    attempt->version++;
    attempt->has_end = at != NANOS_NEVER;
    if (attempt->has_end) {
        uint64_t index = (uint64_t)(attempt - toy->attempts);
        heap_push(&toy->ends, at, index << 32 | attempt->version);
    }
}

static nanos end_time(const struct toy *toy, const struct toy_attempt *attempt)
{
    const struct toy_node *node = &toy->nodes[attempt->node];

    switch (node->way) {
    case TOY_HUNG:
        return NANOS_NEVER;
    case TOY_DARK:
        return attempt->connect_limit;
    case TOY_STALLED:
        return attempt->purpose == PURPOSE_PROBE ? nanos_add(toy->now, node->latency) : NANOS_NEVER;
    case TOY_REFUSING:
        return nanos_add(toy->now, 20 * NANOS_PER_US);
    case TOY_WELL:
    case TOY_FAILING:
    case TOY_BUSY:
    case TOY_LIMITING:
    case TOY_RESETTING:
    case TOY_CUTTING:
    case TOY_UNHEALTHY:
    case TOY_WAYS:
    default:
        return nanos_add(toy->now, node->latency);
    }
}

/* ---- What the policy may ask for ---- */

static void watch_probe(struct toy *toy, const struct output *output)
{
    struct toy_node *node = &toy->nodes[output->node];

    MUST(toy, output->attempt.request == REQUEST_NONE);
    MUST(toy, node->probes == 0);
    node->probes++;
}

static uint32_t trials_max(const struct toy *toy)
{
    return toy->settings.breaker.enabled ? toy->settings.breaker.trials : 1;
}

static void watch_attempt(struct toy *toy, const struct output *output)
{
    struct toy_node *node = &toy->nodes[output->node];
    bool is_trial = output->attempt.purpose == PURPOSE_TRIAL;
    bool is_hedge = output->attempt.purpose == PURPOSE_HEDGE;
    bool is_last = output->attempt.purpose == PURPOSE_LAST_RESORT;

    MUST(toy, output->attempt.request < toy->request_count);
    struct toy_request *request = &toy->requests[output->attempt.request];
    MUST(toy, !request->answered);
    MUST(toy, request->under_way == (is_hedge ? 1 : 0));
    MUST(toy, !is_hedge || (request->idempotent && toy->settings.hedge.enabled));
    MUST(toy, !is_hedge || node->belief == BELIEF_HEALTHY);
    MUST(toy, request->idempotent || request->sent == 0 || toy->settings.retry_all_methods);
    MUST(toy, request->attempts < 3 * toy->settings.retry_attempts + toy->settings.hedge.enabled);
    if (toy->settings.profile == PROFILE_RESILIENT) {
        MUST(toy, toy->now >= node->pushed_back_until);
        MUST(toy, !is_trial || (node->belief == BELIEF_PROBING && node->trials < trials_max(toy)));
        MUST(toy, is_trial || is_last || node->belief == BELIEF_HEALTHY || toy->in_panic);
        MUST(toy, !is_last || (node->belief != BELIEF_HEALTHY && !toy->in_panic));
    }
    request->attempts++;
    request->under_way++;
    node->trials += is_trial;
}

static void begin_attempt(struct toy *toy, const struct output *output)
{
    uint32_t id = output->attempt.ref.id;

    MUST(toy, id == toy->attempt_count && id < toy->attempt_max);
    MUST(toy, output->node < toy->node_count);
    if (output->attempt.purpose == PURPOSE_PROBE) {
        watch_probe(toy, output);
    } else {
        watch_attempt(toy, output);
    }
    struct toy_attempt *attempt = &toy->attempts[toy->attempt_count++];
    *attempt = (struct toy_attempt){
        .ref = output->attempt.ref,
        .started = toy->now,
        .connect_limit = output->attempt.connect_limit,
        .request = output->attempt.request,
        .node = output->node,
        .purpose = (uint8_t)output->attempt.purpose,
        .under_way = true,
    };
    plan_end(toy, attempt, end_time(toy, attempt));
}

/* Takes the attempt off its node and request. */
static void leave(struct toy *toy, struct toy_attempt *attempt, enum outcome outcome, bool sent)
{
    MUST(toy, attempt->under_way);
    attempt->under_way = false;
    attempt->version++;
    toy->nodes[attempt->node].probes -= attempt->purpose == PURPOSE_PROBE;
    toy->nodes[attempt->node].trials -= attempt->purpose == PURPOSE_TRIAL;
    if (attempt->request != REQUEST_NONE) {
        struct toy_request *request = &toy->requests[attempt->request];
        request->under_way--;
        request->sent += sent;
        request->last =
            outcome == OUTCOME_MOVED || outcome == OUTCOME_BEATEN ? request->last : outcome;
    }
}

static void cancel(struct toy *toy, const struct output *output)
{
    MUST(toy, output->cancel.ref.id < toy->attempt_count);
    struct toy_attempt *attempt = &toy->attempts[output->cancel.ref.id];
    nanos limit_ns = attempt->purpose == PURPOSE_PROBE ? toy->settings.health_check.timeout
                                                       : toy->settings.attempt_timeout;

    MUST(toy, toy->now - attempt->started <= limit_ns);
    if (output->cancel.outcome == OUTCOME_MOVED) {
        MUST(toy, toy->requests[attempt->request].idempotent || toy->settings.retry_all_methods);
        MUST(toy, toy->nodes[attempt->node].belief != BELIEF_HEALTHY);
    }
    leave(toy, attempt, output->cancel.outcome, true);
}

static void answer(struct toy *toy, const struct output *output)
{
    MUST(toy, output->answer.request < toy->request_count);
    struct toy_request *request = &toy->requests[output->answer.request];
    MUST(toy, !request->answered);
    MUST(toy, request->under_way == 0);
    MUST(toy, output->answer.attempts == request->attempts);
    MUST(toy, toy->now <= nanos_add(request->due, toy->settings.request_deadline));
    MUST(toy, output->answer.outcome == request->last);
    MUST(toy, (output->answer.attempt == ATTEMPT_NONE) ==
                  (request->attempts == 0 || output->answer.outcome == OUTCOME_CANCELLED));
    MUST(toy, (output->node != NODE_NONE) == (output->answer.outcome == OUTCOME_ANSWER));
    request->answered = true;
    request->ended = toy->now;
    request->outcome = output->answer.outcome;
    request->status = output->answer.status;
    request->node = output->node;
}

static void believe(struct toy *toy, const struct output *output)
{
    struct toy_node *node = &toy->nodes[output->node];
    enum belief belief = output->belief.belief;

    MUST(toy, belief != node->belief);
    MUST(toy, belief != BELIEF_PROBING || node->belief == BELIEF_FAILED);
    MUST(toy, output->belief.why != NULL);
    node->belief = belief;
    node->failed += belief == BELIEF_FAILED;
    if (belief == BELIEF_FAILED && toy->held == output->node) {
        toy->held = NODE_NONE;
    }
}

static void take(struct toy *toy, const struct output *output)
{
    switch (output->kind) {
    case OUTPUT_ATTEMPT:
        begin_attempt(toy, output);
        break;
    case OUTPUT_CANCEL:
        cancel(toy, output);
        break;
    case OUTPUT_ANSWER:
        answer(toy, output);
        break;
    case OUTPUT_BELIEF:
        believe(toy, output);
        break;
    case OUTPUT_ACTIVE:
        MUST(toy, !scenario_client_spreads(&toy->settings));
        MUST(toy, output->node != toy->active);
        toy->active = output->node;
        toy->actives++;
        break;
    case OUTPUT_PANIC:
        MUST(toy, output->panic.on != toy->in_panic);
        toy->in_panic = output->panic.on;
        break;
    case OUTPUT_DONE:
        toy->held = toy->switching ? output->node : toy->held;
        break;
    case OUTPUT_DROP:
    case OUTPUT_REFUSED:
        break;
    }
}

static uint32_t step(struct toy *toy, const struct input *input)
{
    struct outputs outputs;

    policy_step(toy->policy, toy->now, input, &outputs);
    for (uint32_t i = 0; i < outputs.count; i++) {
        take(toy, &outputs.item[i]);
    }
    return outputs.count;
}

/* ---- Time ---- */

static bool is_usable(const struct toy *toy, uint16_t node)
{
    return toy->nodes[node].belief == BELIEF_HEALTHY &&
           toy->nodes[node].pushed_back_until <= toy->now;
}

static void watch_moment(struct toy *toy)
{
    bool any_healthy = false;
    bool any_usable = false;

    for (uint16_t node = 0; node < toy->node_count; node++) {
        MUST(toy, policy_belief(toy->policy, node) == toy->nodes[node].belief);
        any_healthy |= toy->nodes[node].belief == BELIEF_HEALTHY;
        any_usable |= is_usable(toy, node);
    }
    MUST(toy, policy_active(toy->policy) == toy->active);
    if (toy->settings.profile == PROFILE_RESILIENT) {
        MUST(toy, toy->in_panic == !any_healthy);
    }
    if (toy->settings.profile == PROFILE_RESILIENT && !scenario_client_spreads(&toy->settings)) {
        MUST(toy, is_usable(toy, toy->active) || !any_usable);
        MUST(toy, toy->held == NODE_NONE || toy->active == toy->held || !is_usable(toy, toy->held));
    }
}

static void pass_deadlines(struct toy *toy)
{
    static const struct input input = {.kind = INPUT_DEADLINE};
    uint32_t steps = 0;

    for (nanos at = policy_deadline(toy->policy); at <= toy->now;
         at = policy_deadline(toy->policy)) {
        uint32_t told = step(toy, &input);
        /* No step for nothing: it tells something, or it was not due after all. */
        MUST(toy, told > 0 || policy_deadline(toy->policy) > at);
        MUST(toy, ++steps < STEPS_A_MOMENT_MAX);
    }
    watch_moment(toy);
}

static struct input ending_of(struct toy *toy, const struct toy_attempt *attempt)
{
    struct toy_node *node = &toy->nodes[attempt->node];
    bool is_probe = attempt->purpose == PURPOSE_PROBE;
    struct input input = {
        .kind = INPUT_ATTEMPT_ENDED,
        .ended = {.ref = attempt->ref, .outcome = OUTCOME_ANSWER, .status = 200, .sent = true},
    };

    if (node->way == TOY_REFUSING) {
        input.ended.outcome = OUTCOME_REFUSED;
    } else if (node->way == TOY_DARK) {
        input.ended.outcome = OUTCOME_CONNECT_TIMEOUT;
    } else if (node->way == TOY_RESETTING) {
        input.ended.outcome = OUTCOME_RESET;
        input.ended.reused = attempt->ref.id % 3 == 0;
        input.ended.begun = attempt->ref.id % 2 == 0;
    } else if (node->way == TOY_CUTTING && !is_probe) {
        input.ended.outcome = OUTCOME_TRUNCATED;
    } else if (node->way == TOY_FAILING && !is_probe) {
        input.ended.status = 500;
    } else if (node->way == TOY_UNHEALTHY && is_probe) {
        input.ended.status = 503;
    } else if ((node->way == TOY_BUSY || node->way == TOY_LIMITING) && !is_probe) {
        input.ended.status = node->way == TOY_BUSY ? 503 : 429;
        input.ended.retry_after = NANOS_PER_S;
        node->pushed_back_until = nanos_add(toy->now, NANOS_PER_S);
    }
    if (input.ended.outcome != OUTCOME_ANSWER) {
        input.ended.status = 0;
        input.ended.sent = input.ended.outcome != OUTCOME_REFUSED &&
                           input.ended.outcome != OUTCOME_CONNECT_TIMEOUT;
    }
    return input;
}

static void end(struct toy *toy, struct toy_attempt *attempt, struct input input)
{
    leave(toy, attempt, input.ended.outcome, input.ended.sent);
    (void)step(toy, &input);
}

static void pass_ends(struct toy *toy)
{
    for (const struct heap_item *item = heap_first(&toy->ends);
         item != NULL && item->at <= toy->now; item = heap_first(&toy->ends)) {
        uint64_t id = heap_pop(&toy->ends).id;
        struct toy_attempt *attempt = &toy->attempts[id >> 32];
        if (attempt->under_way && attempt->version == (uint32_t)id) {
            end(toy, attempt, ending_of(toy, attempt));
        }
    }
}

void toy_advance(struct toy *toy, nanos until)
{
    for (;;) {
        const struct heap_item *item = heap_first(&toy->ends);
        nanos next = nanos_min(policy_deadline(toy->policy), item == NULL ? NANOS_NEVER : item->at);
        if (next > until) {
            break;
        }
        toy->now = nanos_max(toy->now, next);
        pass_ends(toy);
        pass_deadlines(toy);
    }
    toy->now = nanos_max(toy->now, until);
}

void toy_request(struct toy *toy, bool idempotent)
{
    uint32_t number = toy->request_count++;

    MUST(toy, number < toy->request_max);
    toy->requests[number] = (struct toy_request){
        .due = toy->now,
        .idempotent = idempotent,
        .last = OUTCOME_TIMEOUT,
    };
    (void)step(toy, &(struct input){
                        .kind = INPUT_REQUEST,
                        .request = {.due = toy->now,
                                    .request = number,
                                    .idempotent = idempotent,
                                    .safe = idempotent},
                    });
    pass_deadlines(toy);
}

void toy_cancel(struct toy *toy, uint32_t request)
{
    if (!toy->requests[request].answered) {
        toy->requests[request].last = OUTCOME_CANCELLED;
        (void)step(toy, &(struct input){.kind = INPUT_CANCEL, .cancel = {.request = request}});
        MUST(toy, toy->requests[request].answered);
        pass_deadlines(toy);
    }
}

void toy_command(struct toy *toy, enum input_kind kind, uint16_t node)
{
    toy->switching = kind == INPUT_SWITCH;
    (void)step(toy, &(struct input){.kind = kind, .command = {.node = node}});
    toy->switching = false;
    pass_deadlines(toy);
}

void toy_set(struct toy *toy, uint16_t node, enum toy_way way)
{
    enum toy_way before = toy->nodes[node].way;
    uint32_t count = toy->attempt_count;

    toy->nodes[node].way = way;
    for (uint32_t i = 0; i < count && way != before; i++) {
        struct toy_attempt *attempt = &toy->attempts[i];
        if (!attempt->under_way || attempt->node != node) {
            continue;
        }
        if (way == TOY_REFUSING) {
            end(toy, attempt,
                (struct input){
                    .kind = INPUT_ATTEMPT_ENDED,
                    .ended = {.ref = attempt->ref, .outcome = OUTCOME_RESET, .sent = true},
                });
        } else if (way == TOY_HUNG || way == TOY_DARK || way == TOY_STALLED) {
            plan_end(toy, attempt, NANOS_NEVER);
        } else if (!attempt->has_end) {
            plan_end(toy, attempt, end_time(toy, attempt));
        }
    }
    pass_deadlines(toy);
}
