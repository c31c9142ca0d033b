#include "core/client/resilient.h"

#define BACKOFF_TIMES_MAX  10
#define BACKOFF_DOUBLES_TO (NANOS_PER_HOUR)

static void wait_until(struct policy *policy, uint32_t slot, nanos until)
{
    struct inflight *inflight = &policy->inflight;

    lists_append(&inflight->lists, inflight_list(inflight, LIST_WAITING), slot);
    timers_set(&inflight->timers, slot, nanos_min(until, inflight->flights[slot].deadline));
}

/* Full jitter (Brooker, Exponential Backoff And Jitter, AWS 2015): anything up to a bound that
   doubles, so that those who failed together do not come back together. */
static void back_off(struct policy *policy, uint32_t slot)
{
    struct resilient *resilient = policy->resilient;
    struct flight *flight = &policy->inflight.flights[slot];
    struct tried *tried = &resilient->tried[(size_t)slot * resilient->tried_max];
    nanos bound_ns = policy->settings.retry_backoff;

    for (uint16_t i = 0; i < flight->waits && bound_ns < BACKOFF_DOUBLES_TO; i++) {
        bound_ns *= 2;
    }
    bound_ns = nanos_min(bound_ns, BACKOFF_TIMES_MAX * policy->settings.retry_backoff);
    flight->again_from = nanos_add(policy->now, prng_between(&policy->prng, 0, bound_ns));
    flight->waits++;
    flight->returned = false;
    for (uint32_t i = 0; i < flight->tried_count; i++) {
        tried[i].returnable = true;
    }
}

/* No node is left that it was not at: it may begin again, after a while. */
static bool begins_again(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];

    if (policy->settings.retry_backoff == 0 || flight->tried_count == 0) {
        return false;
    }
    if (flight->again_from <= policy->now) {
        if (policy->resilient->healthy_count == 0) {
            return false;
        }
        back_off(policy, slot);
    }
    return flight->again_from < flight->deadline;
}

bool resilient_pays(struct policy *policy, uint32_t slot, bool repeats)
{
    return (!repeats && !policy->inflight.flights[slot].repeats) ||
           policy->settings.retry_budget_ppm == BUDGET_NONE ||
           budget_spend(&policy->resilient->retries, policy->now);
}

static bool has_usable(const struct policy *policy)
{
    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (health_is_usable(&policy->resilient->nodes[node], policy->now)) {
            return true;
        }
    }
    return false;
}

/* A node that wants to be left alone is waited for only where no other can be asked sooner. */
static struct choice choose(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    struct choice choice = {.kind = CHOICE_NONE};

    if (policy->now >= flight->deadline || flight->spent >= policy->settings.retry_attempts) {
        return choice;
    }
    choice = resilient_choose(policy, slot);
    if (choice.kind == CHOICE_NONE || (choice.kind == CHOICE_WAIT && has_usable(policy))) {
        nanos until = choice.kind == CHOICE_WAIT ? choice.until : NANOS_NEVER;
        if (begins_again(policy, slot) && flight->again_from < until) {
            return (struct choice){.kind = CHOICE_WAIT, .until = flight->again_from};
        }
        return choice;
    }
    if (choice.kind != CHOICE_WAIT && !resilient_pays(policy, slot, false)) {
        choice.kind = CHOICE_NONE;
    }
    return choice;
}

/* The request has no attempt under way: it gets one, waits, or is answered. */
void resilient_go_on(struct policy *policy, uint32_t slot)
{
    struct choice choice = choose(policy, slot);

    switch (choice.kind) {
    case CHOICE_NODE:
    case CHOICE_PANIC:
        resilient_begin(policy, slot, choice, PURPOSE_REQUEST);
        break;
    case CHOICE_TRIAL:
        resilient_begin(policy, slot, choice, PURPOSE_TRIAL);
        break;
    case CHOICE_LAST:
        resilient_begin(policy, slot, choice, PURPOSE_LAST_RESORT);
        break;
    case CHOICE_WAIT:
        wait_until(policy, slot, choice.until);
        break;
    case CHOICE_NONE:
        policy_answer(policy, slot);
        break;
    }
}
