#include "core/client/resilient.h"

#include "base/check.h"

bool resilient_is_stale(const struct ending *ending)
{
    return ending->outcome == OUTCOME_RESET && ending->reused && !ending->begun;
}

/* Each node once, and no more nodes than the request has attempts: what goes on being reset is no
   race any more. An attempt that may have no successor gets none from this either. */
static bool
may_renew(const struct policy *policy, const struct flight *flight, const struct tried *tried)
{
    return !tried->renewed && policy->settings.retry_attempts > 1 &&
           flight->renewals < policy->settings.retry_attempts;
}

/* Once for all that are lost together: what began later has a connection of its own time. */
static void drop_kept(struct policy *policy, const struct flight *flight)
{
    struct health *health = &policy->resilient->nodes[flight->leg.node];

    if (flight->leg.started < health->renewed_at) {
        return;
    }
    health->renewed_at = policy->now;
    outbox_add(&policy->outbox, (struct output){.kind = OUTPUT_DROP, .node = flight->leg.node});
}

/* As nginx counts: a kept connection that is lost costs no attempt. A node that was killed resets
   its connections, too; it refuses the next one, which is blamed on it some microseconds later. */
void resilient_forgive(struct policy *policy, uint32_t slot)
{
    struct flight *flight = &policy->inflight.flights[slot];
    struct tried *tried = resilient_tried(policy, slot, flight->leg.node);

    CHECK(tried != NULL);
    drop_kept(policy, flight);
    if (!may_renew(policy, flight, tried)) {
        return;
    }
    tried->renewed = true;
    tried->anew = true;
    flight->renewals++;
    resilient_spare_panic(policy, slot);
    if (flight->leg.purpose != PURPOSE_HEDGE) {
        flight->spent--;
    }
}
