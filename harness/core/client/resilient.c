#include "core/client/resilient.h"

#include "base/check.h"

/* A request is moved off ejected nodes at most as often as it may be tried, so its list of nodes
   is bounded. */
static uint32_t tried_max(const struct policy *policy)
{
    uint64_t most = 2 * (uint64_t)policy->settings.retry_attempts;

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
        .tried_max = tried_max(policy),
        .healthy_count = node_count,
        .held = NODE_NONE,
    };
    resilient->tried =
        ARENA_ARRAY(arena, struct tried, (size_t)policy->inflight.capacity * resilient->tried_max);
    for (uint16_t node = 0; node < node_count; node++) {
        health_init(&resilient->nodes[node], &policy->settings, &policy->outbox, node);
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

    if (tried == NULL) {
        CHECK(flight->tried_count < resilient->tried_max);
        tried = &resilient->tried[(size_t)slot * resilient->tried_max + flight->tried_count++];
    } else {
        flight->returned = true;
    }
    *tried = (struct tried){.node = node, .generation = resilient->nodes[node].generation};
}

/* A fair share of the time that is left for each attempt that may still come, so that the last one
   has a chance. */
static nanos attempt_limit(const struct policy *policy, uint32_t slot, struct choice choice)
{
    const struct client_settings *settings = &policy->settings;
    const struct flight *flight = &policy->inflight.flights[slot];
    nanos limit_ns = settings->attempt_timeout;

    if (flight->deadline != NANOS_NEVER) {
        int64_t untried = policy->node_count - flight->tried_count;
        int64_t left = (int64_t)settings->retry_attempts - flight->spent;
        left = choice.kind == CHOICE_PANIC ? 1 : nanos_max(1, nanos_min(left, untried));
        limit_ns =
            nanos_min(limit_ns, nanos_max((flight->deadline - policy->now) / left, ATTEMPT_NS_MIN));
    }
    if (choice.kind == CHOICE_TRIAL) {
        limit_ns = nanos_min(limit_ns, health_trial_limit(&policy->resilient->nodes[choice.node]));
    }
    return nanos_min(nanos_add(policy->now, limit_ns), flight->deadline);
}

void resilient_begin(struct policy *policy, uint32_t slot, struct choice choice)
{
    struct resilient *resilient = policy->resilient;
    struct flight *flight = &policy->inflight.flights[slot];
    struct health *health = &resilient->nodes[choice.node];
    nanos limit = attempt_limit(policy, slot, choice);

    if (choice.kind == CHOICE_TRIAL) {
        health_trial_begin(health, policy->now);
    }
    if (resilient->healthy_count == 0) {
        flight->panicked = true;
        resilient->panic_turns[choice.node] = ++resilient->panic_turn;
    }
    flight->generation = health->generation;
    remember_tried(policy, slot, choice.node);
    policy_begin(policy, slot, choice.node,
                 choice.kind == CHOICE_TRIAL ? PURPOSE_TRIAL : PURPOSE_REQUEST, limit);
}

static void wait_until(struct policy *policy, uint32_t slot, nanos until)
{
    struct inflight *inflight = &policy->inflight;

    lists_append(&inflight->lists, inflight_list(inflight, LIST_WAITING), slot);
    timers_set(&inflight->timers, slot, nanos_min(until, inflight->flights[slot].deadline));
}

/* The request has no attempt under way: it gets one, waits, or is answered. */
void resilient_go_on(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    struct choice choice = {.kind = CHOICE_NONE};

    if (policy->now < flight->deadline && flight->spent < policy->settings.retry_attempts) {
        choice = resilient_choose(policy, slot);
    }
    switch (choice.kind) {
    case CHOICE_NODE:
    case CHOICE_TRIAL:
    case CHOICE_PANIC:
        resilient_begin(policy, slot, choice);
        break;
    case CHOICE_WAIT:
        wait_until(policy, slot, choice.until);
        break;
    case CHOICE_NONE:
        policy_answer(policy, slot);
        break;
    }
}

static void settle(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    const struct flight *flight = &policy->inflight.flights[slot];

    policy_note_end(policy, slot, ending);
    resilient_judge(policy, slot, ending);
    if ((policy_failure_kind(ending) & policy->settings.failover_on) != 0 &&
        resilient_may_retry(flight, ending)) {
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
    };

    if (inflight_is_probe(&policy->inflight, ref)) {
        resilient_probe_ended(policy, inflight_probed(&policy->inflight, ref), &ending);
        return;
    }
    (void)inflight_flight(&policy->inflight, ref);
    settle(policy, ref.slot, &ending);
}

static void request_timer(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .sent = true};

    if (flight->attempt == ATTEMPT_NONE) {
        lists_remove(&policy->inflight.lists, slot);
        resilient_go_on(policy, slot);
        return;
    }
    policy_cancel(policy, slot, OUTCOME_TIMEOUT);
    settle(policy, slot, &timeout);
}

static void timer(struct policy *policy, uint32_t id)
{
    const struct inflight *inflight = &policy->inflight;

    if (id < inflight->capacity) {
        request_timer(policy, id);
    } else if (id == inflight_policy_timer(inflight)) {
        resilient_rotate(policy);
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

static enum belief belief(const struct policy *policy, uint16_t node)
{
    return policy->resilient->nodes[node].belief;
}

static uint16_t active(const struct policy *policy)
{
    return policy->resilient->active;
}

const struct profile profile_resilient = {
    .create = create,
    .start = resilient_probe_start,
    .request = resilient_go_on,
    .ended = ended,
    .timer = timer,
    .urgent = urgent,
    .has_urgent = has_urgent,
    .switch_to = switch_to,
    .reset = reset,
    .belief = belief,
    .active = active,
};
