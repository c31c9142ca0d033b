#include "core/client/resilient.h"

/* A request asks each node once; one that said Retry-After once more when that time is over. With
   retry.backoff it begins again with those that it was at. */
static bool may_ask(const struct policy *policy, uint32_t slot, uint16_t node)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    const struct tried *tried = resilient_tried(policy, slot, node);

    return tried == NULL || tried->anew ||
           (tried->returnable && !flight->returned && policy->now >= flight->again_from);
}

/* The caller of a trial may have to be served by another node afterwards, so it should be a request
   that can be repeated. Where none of those came for very long, any other is better than never
   asking the node again. */
static bool may_be_trial(const struct policy *policy, uint32_t slot, const struct health *health)
{
    const struct flight *flight = &policy->inflight.flights[slot];

    return flight->retryable ||
           policy->now >= nanos_add(health->ejected_until, policy->settings.eject_for_max);
}

static struct choice choose_trial(const struct policy *policy, uint32_t slot)
{
    const struct resilient *resilient = policy->resilient;

    if (policy->inflight.flights[slot].attempts > 0 ||
        resilient->healthy_count == policy->node_count) {
        return (struct choice){.kind = CHOICE_NONE};
    }
    for (uint16_t node = 0; node < policy->node_count; node++) {
        const struct health *health = &resilient->nodes[node];
        if (health_trial_is_due(health, policy->now) && may_be_trial(policy, slot, health)) {
            return (struct choice){.kind = CHOICE_TRIAL, .node = node};
        }
    }
    return (struct choice){.kind = CHOICE_NONE};
}

/* The earliest time at which a node of that belief that has pushed back may be asked, NANOS_NEVER
   if there is none. */
static nanos pushed_back_until(const struct policy *policy, uint32_t slot, bool healthy)
{
    nanos until = NANOS_NEVER;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        const struct health *health = &policy->resilient->nodes[node];
        if ((health->belief == BELIEF_HEALTHY) == healthy &&
            health->pushed_back_until > policy->now && may_ask(policy, slot, node)) {
            until = nanos_min(until, health->pushed_back_until);
        }
    }
    return until;
}

static struct choice wait_or_end(const struct policy *policy, uint32_t slot, bool healthy)
{
    nanos until = pushed_back_until(policy, slot, healthy);

    return (struct choice){
        .kind = until == NANOS_NEVER ? CHOICE_NONE : CHOICE_WAIT,
        .until = until,
    };
}

/* The active node, or where the request was there already the first in order that it was not at. */
static uint16_t first_in_order(struct policy *policy, uint32_t slot)
{
    uint16_t active = policy->resilient->active;
    bool suits = health_is_usable(&policy->resilient->nodes[active], policy->now) &&
                 resilient_is_new_to(policy, slot, active);
    bool aside = suits && policy->inflight.flights[slot].attempts == 0 &&
                 resilient_steps_aside(policy, active);

    if (suits && !aside) {
        return active;
    }
    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (health_is_usable(&policy->resilient->nodes[node], policy->now) &&
            resilient_is_new_to(policy, slot, node) && node != active) {
            return node;
        }
    }
    return aside ? active : NODE_NONE;
}

/* A node that the request was at, and may return to now: that where it was longest ago. */
static uint16_t first_again(const struct policy *policy, uint32_t slot)
{
    const struct tried *first = NULL;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        const struct tried *tried = resilient_tried(policy, slot, node);
        if (tried != NULL && health_is_usable(&policy->resilient->nodes[node], policy->now) &&
            may_ask(policy, slot, node) && (first == NULL || tried->asked < first->asked)) {
            first = tried;
        }
    }
    return first != NULL ? first->node : NODE_NONE;
}

uint16_t resilient_choose_new(struct policy *policy, uint32_t slot)
{
    return scenario_client_spreads(&policy->settings) ? resilient_spread(policy, slot)
                                                      : first_in_order(policy, slot);
}

static struct choice choose_in_rotation(struct policy *policy, uint32_t slot)
{
    uint16_t node = resilient_choose_new(policy, slot);

    if (node == NODE_NONE) {
        node = first_again(policy, slot);
    }
    if (node == NODE_NONE) {
        return wait_or_end(policy, slot, true);
    }
    return (struct choice){.kind = CHOICE_NODE, .node = node};
}

/* In panic the most promising node first: one whose probe passed, then those that fail at once,
   then those that cost a whole timeout, last one whose trial is under way. Among equals they take
   turns, beginning with that which failed longest ago. */
static uint32_t panic_rank(const struct health *health)
{
    if (health->belief == BELIEF_PROBING) {
        return 3;
    }
    if (health->probe_passes > 0) {
        return 0;
    }
    return health->silent ? 2 : 1;
}

static bool goes_before_in_panic(const struct resilient *resilient, uint16_t a, uint16_t b)
{
    uint32_t rank_a = panic_rank(&resilient->nodes[a]);
    uint32_t rank_b = panic_rank(&resilient->nodes[b]);

    if (rank_a != rank_b) {
        return rank_a < rank_b;
    }
    if (resilient->panic_turns[a] != resilient->panic_turns[b]) {
        return resilient->panic_turns[a] < resilient->panic_turns[b];
    }
    return health_ejected_at(&resilient->nodes[a]) < health_ejected_at(&resilient->nodes[b]);
}

/* What the operator holds out is left alone, unless he holds out all: nobody locks himself out. */
static uint16_t first_ejected(const struct policy *policy, uint32_t slot)
{
    const struct resilient *resilient = policy->resilient;
    bool all_isolated = resilient->isolated_count == policy->node_count;
    uint16_t best = NODE_NONE;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        const struct health *health = &resilient->nodes[node];
        bool is_held = health->isolated && !all_isolated;
        if (health->belief == BELIEF_HEALTHY || is_held ||
            health->pushed_back_until > policy->now || !may_ask(policy, slot, node)) {
            continue;
        }
        if (best == NODE_NONE || goes_before_in_panic(resilient, node, best)) {
            best = node;
        }
    }
    return best;
}

static struct choice choose_in_panic(const struct policy *policy, uint32_t slot)
{
    if (policy->inflight.flights[slot].panicked) {
        return (struct choice){.kind = CHOICE_NONE};
    }
    uint16_t node = first_ejected(policy, slot);
    if (node == NODE_NONE) {
        return wait_or_end(policy, slot, false);
    }
    return (struct choice){.kind = CHOICE_PANIC, .node = node};
}

/* A request that every node in rotation has failed, or would keep waiting until it is too late, has
   nothing to lose: what is ejected may be well again, and nobody has found out yet. */
static struct choice
choose_last_resort(const struct policy *policy, uint32_t slot, struct choice in_rotation)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    bool hopeless = in_rotation.kind == CHOICE_NONE ||
                    (in_rotation.kind == CHOICE_WAIT && in_rotation.until >= flight->deadline);

    if (!hopeless || flight->panicked) {
        return in_rotation;
    }
    uint16_t node = first_ejected(policy, slot);
    if (node == NODE_NONE) {
        return in_rotation;
    }
    return (struct choice){.kind = CHOICE_LAST, .node = node};
}

struct choice resilient_choose(struct policy *policy, uint32_t slot)
{
    struct choice trial = choose_trial(policy, slot);

    if (trial.kind != CHOICE_NONE) {
        return trial;
    }
    if (policy->resilient->healthy_count == 0) {
        return choose_in_panic(policy, slot);
    }
    return choose_last_resort(policy, slot, choose_in_rotation(policy, slot));
}

/* From when on new requests should prefer that node, which is not out. */
static nanos preferred_from(const struct policy *policy, uint16_t node)
{
    const struct resilient *resilient = policy->resilient;
    const struct health *health = &resilient->nodes[node];

    if (policy->settings.failback != FAILBACK_AFTER || node == resilient->active ||
        !health_is_usable(&resilient->nodes[resilient->active], policy->now)) {
        return health->pushed_back_until;
    }
    return nanos_max(health->pushed_back_until,
                     nanos_add(health->healthy_since, policy->settings.failback_after));
}

/* *ret_again: when the answer may become another one by mere passing of time. */
static uint16_t preferred(const struct policy *policy, nanos *ret_again)
{
    const struct resilient *resilient = policy->resilient;
    uint16_t active = resilient->active;

    *ret_again = NANOS_NEVER;
    if (resilient->held != NODE_NONE) {
        const struct health *held = &resilient->nodes[resilient->held];
        if (health_is_usable(held, policy->now)) {
            return resilient->held;
        }
        *ret_again = held->pushed_back_until;
    }
    if (policy->settings.failback == FAILBACK_STICKY &&
        health_is_usable(&resilient->nodes[active], policy->now)) {
        return active;
    }
    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (resilient->nodes[node].belief != BELIEF_HEALTHY) {
            continue;
        }
        nanos from = preferred_from(policy, node);
        if (from <= policy->now) {
            return node;
        }
        *ret_again = nanos_min(*ret_again, from);
    }
    return active;
}

static void update_panic(struct policy *policy)
{
    struct resilient *resilient = policy->resilient;
    bool in_panic = resilient->healthy_count == 0;

    if (in_panic == resilient->in_panic) {
        return;
    }
    resilient->in_panic = in_panic;
    outbox_add(&policy->outbox, (struct output){
                                    .kind = OUTPUT_PANIC,
                                    .node = NODE_NONE,
                                    .panic = {.on = in_panic},
                                });
}

static void update_beliefs(struct policy *policy)
{
    struct resilient *resilient = policy->resilient;
    struct inflight *inflight = &policy->inflight;

    resilient->rotation_changed = false;
    resilient->healthy_count = 0;
    resilient->isolated_count = 0;
    for (uint16_t node = 0; node < policy->node_count; node++) {
        resilient->healthy_count += resilient->nodes[node].belief == BELIEF_HEALTHY;
        resilient->isolated_count += resilient->nodes[node].isolated;
    }
    if (resilient->held != NODE_NONE &&
        resilient->nodes[resilient->held].belief != BELIEF_HEALTHY) {
        resilient->held = NODE_NONE;
    }
    update_panic(policy);
    lists_splice(&inflight->lists, inflight_list(inflight, LIST_WOKEN),
                 inflight_list(inflight, LIST_WAITING));
}

void resilient_rotate(struct policy *policy)
{
    struct resilient *resilient = policy->resilient;
    nanos again = NANOS_NEVER;

    if (resilient->rotation_changed) {
        update_beliefs(policy);
    }
    if (scenario_client_spreads(&policy->settings)) {
        return; /* nobody is preferred, and a request that waits has its own timer */
    }
    uint16_t active = preferred(policy, &again);
    if (active != resilient->active) {
        resilient->active = active;
        policy_tell_active(policy, active);
    }
    timers_set(&policy->inflight.timers, inflight_policy_timer(&policy->inflight), again);
}
