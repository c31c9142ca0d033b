#include "core/client/resilient.h"

void resilient_hedge_arm(struct policy *policy, uint32_t slot)
{
    struct inflight *inflight = &policy->inflight;
    const struct flight *flight = &inflight->flights[slot];
    nanos at = nanos_add(policy->now, policy->settings.hedge.after);

    if (flight->hedgeable && policy->resilient->healthy_count > 0 && at < flight->leg.limit) {
        timers_set(&inflight->timers, inflight_hedge_timer(inflight, slot), at);
    }
}

/* Never to an ejected node, nor to one that the request was at. What the budget or the nodes do not
   allow now is not made up for later: the moment has passed. */
void resilient_hedge(struct policy *policy, uint32_t slot)
{
    struct flight *flight = &policy->inflight.flights[slot];

    if (policy->resilient->healthy_count == 0) {
        return;
    }
    uint16_t node = resilient_choose_new(policy, slot);
    if (node == NODE_NONE || !budget_spend(&policy->resilient->hedges, policy->now)) {
        return;
    }
    flight->hedgeable = false;
    inflight_swap_legs(&policy->inflight, slot);
    resilient_begin(policy, slot, (struct choice){.kind = CHOICE_NODE, .node = node},
                    PURPOSE_HEDGE);
    flight->spent--;
    inflight_swap_legs(&policy->inflight, slot);
}

void resilient_hedge_promote(struct policy *policy, uint32_t slot)
{
    struct inflight *inflight = &policy->inflight;
    const struct flight *flight = &inflight->flights[slot];

    inflight_swap_legs(inflight, slot);
    /* While it stood aside nobody could move it off. */
    if (policy->resilient->nodes[flight->leg.node].belief == BELIEF_FAILED) {
        lists_remove(&inflight->lists, slot);
        lists_append(&inflight->lists, inflight_list(inflight, LIST_EVACUEES), slot);
    }
}

/* The one that was hedged is too slow for its node's good name, if that happens again and again.
   The last node in rotation stays: a hedge never brings panic. */
static enum health_change
blame_beaten(struct policy *policy, const struct leg *leg, uint32_t healthy_count)
{
    struct health *health = &policy->resilient->nodes[leg->node];

    if (leg->purpose == PURPOSE_TRIAL) {
        return health_trial_failed(health, policy->now, leg->generation, OUTCOME_TIMEOUT);
    }
    if (leg->purpose == PURPOSE_HEDGE || healthy_count < 2) {
        return HEALTH_SAME;
    }
    return health_beaten(health, policy->now, leg->generation);
}

void resilient_hedge_settle(struct policy *policy, uint32_t slot)
{
    struct resilient *resilient = policy->resilient;

    inflight_swap_legs(&policy->inflight, slot);
    const struct leg loser = policy->inflight.flights[slot].leg;

    policy_abandon(policy, slot, OUTCOME_BEATEN);
    if (loser.purpose == PURPOSE_TRIAL) {
        health_trial_over(&resilient->nodes[loser.node]);
    }
    resilient_node_changed(policy, loser.node,
                           blame_beaten(policy, &loser, resilient->healthy_count));
    if (resilient->rotation_changed) {
        resilient_rotate(policy);
    }
}
