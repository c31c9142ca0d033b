#include "core/client/resilient.h"

/* A refused or unfinished connection never carried the request; after any other end the node may
   have executed it. */
bool resilient_was_sent(const struct ending *ending)
{
    switch (ending->outcome) {
    case OUTCOME_REFUSED:
    case OUTCOME_CONNECT_TIMEOUT:
        return false;
    case OUTCOME_RESET:
        return ending->sent;
    case OUTCOME_ANSWER:
    case OUTCOME_TRUNCATED:
    case OUTCOME_TIMEOUT:
    case OUTCOME_MOVED:
    case OUTCOME_BEATEN:
    case OUTCOME_CANCELLED:
    case OUTCOME_CLIENT_ERROR:
    case OUTCOME_UNSENT:
    case OUTCOME_UNFINISHED:
    case OUTCOMES:
    default:
        return true;
    }
}

bool resilient_may_retry(const struct flight *flight, const struct ending *ending)
{
    return flight->retryable || !resilient_was_sent(ending);
}

/* Could be the request's fault as well as the node's: only another node's answer tells. */
static bool is_ambiguous(const struct ending *ending)
{
    return ending->outcome == OUTCOME_ANSWER || ending->outcome == OUTCOME_TIMEOUT;
}

/* So little time was left that its end says nothing about the node. */
static bool was_cut_short(const struct flight *flight, const struct ending *ending)
{
    return ending->outcome == OUTCOME_TIMEOUT && flight->leg.limit == flight->deadline &&
           flight->leg.limit - flight->leg.started < ATTEMPT_NS_MIN;
}

void resilient_node_changed(struct policy *policy, uint16_t node, enum health_change change)
{
    struct inflight *inflight = &policy->inflight;

    if (change == HEALTH_SAME) {
        return;
    }
    policy->resilient->rotation_changed = true;
    if (change == HEALTH_EJECTED) {
        lists_splice(&inflight->lists, inflight_list(inflight, LIST_EVACUEES), node);
    }
    if (change != HEALTH_BACK) {
        resilient_probe_failed_node(policy, node);
    }
}

static void blame(struct policy *policy, uint16_t node, uint32_t generation, enum outcome cause)
{
    struct health *health = &policy->resilient->nodes[node];

    resilient_node_changed(policy, node, health_failed(health, policy->now, generation, cause));
}

/* Where no node could answer for a while (they had no leader), the first answers tell the
   suspicions of all that time. The last node in rotation is not lost to one that its own answers
   since refute.
 */
static bool is_outdated(const struct resilient *resilient, const struct tried *tried)
{
    return resilient->healthy_count < 2 && resilient->nodes[tried->node].latency_at > tried->ended;
}

/* Another node answered: then it was no fault of the request. */
static void blame_suspects(struct policy *policy, uint32_t slot, uint16_t but)
{
    const struct resilient *resilient = policy->resilient;
    struct tried *tried = &resilient->tried[(size_t)slot * resilient->tried_max];

    for (uint32_t i = 0; i < policy->inflight.flights[slot].tried_count; i++) {
        if (tried[i].suspected && tried[i].node != but) {
            tried[i].suspected = false;
            if (is_outdated(resilient, &tried[i])) {
                continue;
            }
            blame(policy, tried[i].node, tried[i].generation, tried[i].cause);
        }
    }
}

static void judge_failure(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    bool can_be_compared = resilient_may_retry(flight, ending) &&
                           policy->settings.retry_attempts > 1 && policy->node_count > 1;

    /* Of a single node nobody could say whether another one would have done better. */
    if (is_ambiguous(ending) && (can_be_compared || policy->node_count == 1)) {
        struct tried *tried = resilient_tried(policy, slot, flight->leg.node);
        tried->suspected = true;
        tried->ended = policy->now;
        tried->cause = ending->outcome;
        return;
    }
    blame(policy, flight->leg.node, flight->leg.generation, ending->outcome);
}

static void judge_trial(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    struct health *health = &policy->resilient->nodes[flight->leg.node];
    enum health_change change =
        health_trial_failed(health, policy->now, flight->leg.generation, ending->outcome);

    resilient_node_changed(policy, flight->leg.node, change);
}

static void judge_success(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    struct health *health = &policy->resilient->nodes[flight->leg.node];

    health_took(health, policy->now, policy->now - flight->leg.started);
    resilient_node_changed(policy, flight->leg.node,
                           health_passed(health, policy->now, flight->leg.generation));
}

/* A 429 is an answer and stays the caller's, but the node is left alone for as long as it asked; so
   is one that answered 503 with that header. Probes go on: they are no load of callers. */
static bool note_pushback(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    bool may_ask_for_peace = ending->status == 429 || ending->status == 503;

    if (ending->outcome != OUTCOME_ANSWER || !may_ask_for_peace || ending->retry_after <= 0) {
        return false;
    }
    health_push_back(&policy->resilient->nodes[flight->leg.node],
                     nanos_add(policy->now, ending->retry_after));
    resilient_tried(policy, slot, flight->leg.node)->returnable = true;
    return true;
}

void resilient_spare_panic(struct policy *policy, uint32_t slot)
{
    struct flight *flight = &policy->inflight.flights[slot];
    struct tried *tried = resilient_tried(policy, slot, flight->leg.node);

    flight->panicked = flight->panicked && !tried->panicked;
    tried->panicked = false;
}

void resilient_judge(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    bool is_trial = flight->leg.purpose == PURPOSE_TRIAL;
    unsigned kind = policy_failure_kind(ending);
    bool failed = (kind & policy->settings.failover_on) != 0 && !was_cut_short(flight, ending);

    if (is_trial) {
        health_trial_over(&policy->resilient->nodes[flight->leg.node]);
    }
    if (ending->outcome == OUTCOME_REFUSED) {
        resilient_spare_panic(policy, slot);
    }
    bool pushed_back = note_pushback(policy, slot, ending);
    if (kind == 0 && ending->status < 400) {
        judge_success(policy, slot);
    } else if (failed && resilient_is_stale(ending)) {
        resilient_forgive(policy, slot);
    } else if (failed && is_trial) {
        judge_trial(policy, slot, ending);
    } else if (failed) {
        judge_failure(policy, slot, ending);
    }
    if (kind == 0) {
        blame_suspects(policy, slot, flight->leg.node);
    }
    if (pushed_back || policy->resilient->rotation_changed) {
        resilient_rotate(policy);
    }
}

static bool may_move(const struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    const struct resilient *resilient = policy->resilient;

    /* A hedge is not among those that were spent, but what follows it is. */
    if (flight->leg.purpose == PURPOSE_HEDGE && flight->spent >= policy->settings.retry_attempts) {
        return false;
    }
    return flight->retryable && flight->leg.purpose != PURPOSE_TRIAL &&
           resilient->nodes[flight->leg.node].belief != BELIEF_HEALTHY &&
           flight->moves < policy->settings.retry_attempts && flight->deadline > policy->now;
}

/* A hedge that is under way on a node in rotation takes over. */
static bool may_promote(const struct policy *policy, const struct flight *flight)
{
    return resilient_is_hedged(flight) &&
           policy->resilient->nodes[flight->other.node].belief == BELIEF_HEALTHY;
}

static void give_up(struct policy *policy, uint32_t slot)
{
    struct flight *flight = &policy->inflight.flights[slot];

    if (flight->leg.purpose != PURPOSE_HEDGE) {
        flight->spent--;
    }
    flight->moves++;
    flight->repeats = true;
    policy_abandon(policy, slot, OUTCOME_MOVED);
}

/* It waits for a node that is out, too. */
static void abandon_other(struct policy *policy, uint32_t slot)
{
    if (resilient_is_hedged(&policy->inflight.flights[slot])) {
        inflight_swap_legs(&policy->inflight, slot);
        policy_abandon(policy, slot, OUTCOME_MOVED);
    }
}

/* Another attempt in place of the one that is given up. */
static bool move_to_new(struct policy *policy, uint32_t slot)
{
    struct choice choice = resilient_choose(policy, slot);

    if (choice.kind != CHOICE_NODE || !resilient_pays(policy, slot, true)) {
        return false;
    }
    give_up(policy, slot);
    abandon_other(policy, slot);
    resilient_begin(policy, slot, choice, PURPOSE_REQUEST);
    return true;
}

static bool move(struct policy *policy, uint32_t slot)
{
    if (!may_move(policy, slot)) {
        return false;
    }
    if (!may_promote(policy, &policy->inflight.flights[slot])) {
        return move_to_new(policy, slot);
    }
    give_up(policy, slot);
    resilient_hedge_promote(policy, slot);
    return true;
}

bool resilient_evacuate(struct policy *policy)
{
    struct inflight *inflight = &policy->inflight;
    uint32_t evacuees = inflight_list(inflight, LIST_EVACUEES);

    for (uint32_t slot = lists_first(&inflight->lists, evacuees); slot != SLOT_NONE;
         slot = lists_first(&inflight->lists, evacuees)) {
        lists_remove(&inflight->lists, slot);
        lists_append(&inflight->lists, inflight->flights[slot].leg.node, slot);
        if (move(policy, slot)) {
            return true;
        }
    }
    return false;
}
