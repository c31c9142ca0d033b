#include "core/client/resilient.h"

#include "base/check.h"

#define RETRIES_A_SECOND 10 /* of the budget, in any case */
#define HEDGES_MIN       10 /* of their budget in ten seconds, in any case */

/* A request is moved off ejected nodes at most as often as it may be tried, and loses no more
   attempts with kept connections, so its list of nodes is bounded. */
static uint32_t tried_max(const struct policy *policy)
{
    uint64_t most = 3 * (uint64_t)policy->settings.retry_attempts + 1; /* and one hedge */

    return most < policy->node_count ? (uint32_t)most : policy->node_count;
}

static void create(struct policy *policy, struct arena *arena)
{
    struct resilient *resilient = ARENA_NEW(arena, struct resilient);
    uint16_t node_count = policy->node_count;

    CHECK(policy->settings.retry_attempts > 0);
    *resilient = (struct resilient){
        .nodes = ARENA_ARRAY(arena, struct health, node_count),
        .panic_turns = ARENA_ARRAY(arena, uint32_t, node_count),
        .credits = ARENA_ARRAY(arena, int64_t, node_count),
        .tried_max = tried_max(policy),
        .healthy_count = node_count,
        .active = scenario_client_spreads(&policy->settings) ? NODE_NONE : 0,
        .held = NODE_NONE,
    };
    if (policy->settings.retry_budget_ppm != BUDGET_NONE) {
        budget_init(&resilient->retries, policy->settings.retry_budget_ppm,
                    RETRIES_A_SECOND * BUDGET_SLOTS);
    }
    if (policy->settings.hedge.enabled) {
        budget_init(&resilient->hedges, policy->settings.hedge.budget_ppm, HEDGES_MIN);
    }
    /* Many clients do not begin with the same node. */
    resilient->credits[policy->next_attempt % node_count] = 1;
    resilient->tried =
        ARENA_ARRAY(arena, struct tried, (size_t)policy->inflight.capacity * resilient->tried_max);
    for (uint16_t node = 0; node < node_count; node++) {
        nanos *recent = policy->settings.breaker.enabled
                            ? ARENA_ARRAY(arena, nanos, policy->settings.breaker.failures)
                            : NULL;
        health_init(&resilient->nodes[node], &policy->settings, &policy->outbox, node, recent);
    }
    policy->resilient = resilient;
}

struct tried *resilient_tried(const struct policy *policy, uint32_t slot, uint16_t node)
{
    const struct resilient *resilient = policy->resilient;
    struct tried *tried = &resilient->tried[(size_t)slot * resilient->tried_max];

    for (uint32_t i = 0; i < policy->inflight.flights[slot].tried_count; i++) {
        if (tried[i].node == node) {
            return &tried[i];
        }
    }
    return NULL;
}

static void remember_tried(struct policy *policy, uint32_t slot, uint16_t node)
{
    struct resilient *resilient = policy->resilient;
    struct flight *flight = &policy->inflight.flights[slot];
    struct tried *tried = resilient_tried(policy, slot, node);
    bool renewed = tried != NULL && tried->renewed;

    if (tried == NULL) {
        CHECK(flight->tried_count < resilient->tried_max);
        tried = &resilient->tried[(size_t)slot * resilient->tried_max + flight->tried_count++];
    } else if (!tried->anew) {
        flight->returned = true;
    }
    *tried = (struct tried){
        .renewed = renewed,
        .node = node,
        .generation = resilient->nodes[node].generation,
        .asked = flight->attempts,
    };
}

static int64_t count_new(const struct policy *policy, uint32_t slot)
{
    int64_t count = 0;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        count += resilient_is_new_to(policy, slot, node);
    }
    return count;
}

/* A fair share of the time that is left for each attempt that may still come, so that the last one
   has a chance. */
static nanos attempt_limit(const struct policy *policy, uint32_t slot, struct choice choice)
{
    const struct client_settings *settings = &policy->settings;
    const struct flight *flight = &policy->inflight.flights[slot];
    nanos limit_ns = settings->attempt_timeout;

    if (flight->deadline != NANOS_NEVER) {
        int64_t left = (int64_t)settings->retry_attempts - flight->spent;
        bool last = choice.kind == CHOICE_LAST;
        if (settings->retry_backoff == 0) {
            left = last ? 1 : nanos_min(left, count_new(policy, slot));
        }
        left = choice.kind == CHOICE_PANIC ? 1 : nanos_max(1, left);
        limit_ns =
            nanos_min(limit_ns, nanos_max((flight->deadline - policy->now) / left, ATTEMPT_NS_MIN));
    }
    if (choice.kind == CHOICE_TRIAL) {
        limit_ns = nanos_min(limit_ns, health_trial_limit(&policy->resilient->nodes[choice.node]));
    }
    return nanos_min(nanos_add(policy->now, limit_ns), flight->deadline);
}

void resilient_begin(struct policy *policy,
                     uint32_t slot,
                     struct choice choice,
                     enum attempt_purpose purpose)
{
    struct resilient *resilient = policy->resilient;
    struct flight *flight = &policy->inflight.flights[slot];
    struct health *health = &resilient->nodes[choice.node];
    nanos limit = attempt_limit(policy, slot, choice);

    if (choice.kind == CHOICE_TRIAL) {
        health_trial_begin(health, policy->now);
    }
    flight->leg.generation = health->generation;
    remember_tried(policy, slot, choice.node);
    if (resilient->healthy_count == 0 || choice.kind == CHOICE_LAST) {
        flight->panicked = true;
        resilient_tried(policy, slot, choice.node)->panicked = true;
        resilient->panic_turns[choice.node] = ++resilient->panic_turn;
    }
    policy_begin(policy, slot, choice.node, purpose, limit);
    if (purpose != PURPOSE_HEDGE && !resilient_is_hedged(flight)) {
        resilient_hedge_arm(policy, slot);
    }
}

static void request(struct policy *policy, uint32_t slot)
{
    budget_deposit(&policy->resilient->retries, policy->now);
    budget_deposit(&policy->resilient->hedges, policy->now);
    resilient_go_on(policy, slot);
}

/* Its current leg ended. */
static void settle(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    struct flight *flight = &policy->inflight.flights[slot];
    unsigned kind = policy_failure_kind(ending);

    policy_note_end(policy, slot, ending);
    resilient_judge(policy, slot, ending);
    flight->repeats = flight->repeats || resilient_was_sent(ending);
    if (kind != 0 && resilient_is_hedged(flight)) {
        resilient_hedge_promote(policy, slot);
        return;
    }
    if (resilient_is_hedged(flight)) {
        resilient_hedge_settle(policy, slot);
    }
    if ((kind & policy->settings.failover_on) != 0 && resilient_may_retry(flight, ending)) {
        resilient_go_on(policy, slot);
    } else {
        policy_answer(policy, slot);
    }
}

static void ended(struct policy *policy, const struct input *input)
{
    struct attempt_ref ref = input->ended.ref;
    struct ending ending = {
        .retry_after = input->ended.retry_after,
        .status = input->ended.status,
        .outcome = input->ended.outcome,
        .sent = input->ended.sent,
        .reused = input->ended.reused,
        .begun = input->ended.begun,
    };

    if (inflight_is_probe(&policy->inflight, ref)) {
        resilient_probe_ended(policy, inflight_probed(&policy->inflight, ref), &ending);
        return;
    }
    if (inflight_flight(&policy->inflight, ref)->leg.attempt != ref.id) {
        inflight_swap_legs(&policy->inflight, ref.slot);
    }
    settle(policy, ref.slot, &ending);
}

static void request_timer(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .sent = true};

    if (flight->leg.attempt == ATTEMPT_NONE) {
        lists_remove(&policy->inflight.lists, slot);
        resilient_go_on(policy, slot);
        return;
    }
    policy_cancel(policy, slot, OUTCOME_TIMEOUT);
    settle(policy, slot, &timeout);
}

/* A trial that is given up tells nothing; the next request is one. */
static void cancelled(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    const struct leg *legs[] = {&flight->leg, &flight->other};

    for (size_t i = 0; i < 2; i++) {
        if (legs[i]->attempt != ATTEMPT_NONE && legs[i]->purpose == PURPOSE_TRIAL) {
            health_trial_over(&policy->resilient->nodes[legs[i]->node]);
        }
    }
}

static void hedge_timer(struct policy *policy, uint32_t slot)
{
    if (resilient_is_hedged(&policy->inflight.flights[slot])) {
        inflight_swap_legs(&policy->inflight, slot);
        request_timer(policy, slot);
    } else {
        resilient_hedge(policy, slot);
    }
}

static void timer(struct policy *policy, uint32_t id)
{
    const struct inflight *inflight = &policy->inflight;

    if (id < inflight->capacity) {
        request_timer(policy, id);
    } else if (id == inflight_policy_timer(inflight)) {
        resilient_rotate(policy);
    } else if (id > inflight_policy_timer(inflight)) {
        hedge_timer(policy, id - inflight_hedge_timer(inflight, 0));
    } else {
        resilient_probe_timer(policy, (uint16_t)(id - inflight->capacity));
    }
}

static bool has_urgent(const struct policy *policy)
{
    const struct inflight *inflight = &policy->inflight;

    return lists_first(&inflight->lists, inflight_list(inflight, LIST_WOKEN)) != SLOT_NONE ||
           lists_first(&inflight->lists, inflight_list(inflight, LIST_EVACUEES)) != SLOT_NONE;
}

/* Most of the woken may have to wait on, which is no news: goes on until there is some. */
static bool urgent(struct policy *policy)
{
    struct inflight *inflight = &policy->inflight;
    uint32_t woken = inflight_list(inflight, LIST_WOKEN);

    for (uint32_t slot = lists_first(&inflight->lists, woken); slot != SLOT_NONE;
         slot = lists_first(&inflight->lists, woken)) {
        lists_remove(&inflight->lists, slot);
        timers_clear(&inflight->timers, slot);
        resilient_go_on(policy, slot);
        if (policy->outbox.outputs->count > 0) {
            return true;
        }
    }
    return resilient_evacuate(policy);
}

static const char *switch_to(struct policy *policy, uint16_t node)
{
    struct resilient *resilient = policy->resilient;

    if (resilient->nodes[node].belief != BELIEF_HEALTHY) {
        return "node is ejected";
    }
    resilient->held = node;
    resilient_rotate(policy);
    return NULL;
}

static void reset(struct policy *policy)
{
    struct resilient *resilient = policy->resilient;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        health_forget(&resilient->nodes[node], policy->now);
    }
    resilient->rotation_changed = true;
    resilient_rotate(policy);
}

/* What is on its way there may end: an isolated node is not known to be bad. */
static void isolate(struct policy *policy, uint16_t node, bool on)
{
    struct health *health = &policy->resilient->nodes[node];

    resilient_node_changed(policy, node,
                           on ? health_isolate(health, policy->now)
                              : health_release(health, policy->now));
    if (policy->resilient->rotation_changed) {
        resilient_rotate(policy);
    }
}

static enum belief belief(const struct policy *policy, uint16_t node)
{
    return policy->resilient->nodes[node].belief;
}

static nanos latency(const struct policy *policy, uint16_t node)
{
    return policy->resilient->nodes[node].latency_smooth_ns;
}

static uint16_t active(const struct policy *policy)
{
    return policy->resilient->active;
}

const struct profile profile_resilient = {
    .create = create,
    .start = resilient_probe_start,
    .request = request,
    .ended = ended,
    .cancelled = cancelled,
    .timer = timer,
    .urgent = urgent,
    .has_urgent = has_urgent,
    .switch_to = switch_to,
    .reset = reset,
    .isolate = isolate,
    .belief = belief,
    .latency = latency,
    .active = active,
};
