#include "core/client/resilient.h"

#define PPM 1000000

static void probe_at(struct policy *policy, uint16_t node, nanos at)
{
    timers_set(&policy->inflight.timers, inflight_probe_slot(&policy->inflight, node), at);
}

/* The interval, more or less by the jitter, so that many clients do not keep step. */
static nanos next_interval_ns(struct policy *policy)
{
    const struct health_check_settings *check = &policy->settings.health_check;
    nanos jitter_ns = check->interval / PPM * check->jitter_ppm;

    return nanos_max(1, check->interval + prng_between(&policy->prng, -jitter_ns, jitter_ns));
}

static bool is_probed(const struct policy *policy, uint16_t node)
{
    const struct health_check_settings *check = &policy->settings.health_check;

    return check->enabled &&
           (!check->failed_only || policy->resilient->nodes[node].belief != BELIEF_HEALTHY);
}

/* Each node begins somewhere in its interval, for the same reason. */
void resilient_probe_start(struct policy *policy)
{
    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (is_probed(policy, node)) {
            nanos interval_ns = policy->settings.health_check.interval;
            probe_at(policy, node, policy->now + prng_between(&policy->prng, 0, interval_ns));
        }
    }
}

void resilient_probe_failed_node(struct policy *policy, uint16_t node)
{
    const struct inflight *inflight = &policy->inflight;
    uint32_t slot = inflight_probe_slot(inflight, node);

    if (is_probed(policy, node) && inflight->probes[node].attempt == ATTEMPT_NONE &&
        timers_at(&inflight->timers, slot) == NANOS_NEVER) {
        probe_at(policy, node, policy->now + next_interval_ns(policy));
    }
}

void resilient_probe_timer(struct policy *policy, uint16_t node)
{
    struct probe *probe = &policy->inflight.probes[node];
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .sent = true};

    if (probe->attempt != ATTEMPT_NONE) {
        policy_probe_cancel(policy, node);
        resilient_probe_ended(policy, node, &timeout);
        return;
    }
    if (is_probed(policy, node)) {
        probe->next = policy->now + next_interval_ns(policy);
        policy_probe_begin(policy, node, policy->resilient->nodes[node].generation);
    }
}

static enum health_change
probe_change(struct policy *policy, uint16_t node, const struct ending *ending)
{
    const struct probe *probe = &policy->inflight.probes[node];
    struct health *health = &policy->resilient->nodes[node];
    bool silent = ending->outcome == OUTCOME_TIMEOUT || ending->outcome == OUTCOME_CONNECT_TIMEOUT;

    if (policy_probe_is_good(ending)) {
        return health_probe_passed(health, policy->now, probe->generation);
    }
    return resilient_is_stale(ending)
               ? HEALTH_SAME
               : health_probe_failed(health, policy->now, probe->generation, silent);
}

/* At once, and once: the next one would come an interval later. */
static bool probes_again(struct policy *policy, uint16_t node, const struct ending *ending)
{
    struct probe *probe = &policy->inflight.probes[node];

    if (!resilient_is_stale(ending)) {
        probe->again = false;
        return false;
    }
    outbox_add(&policy->outbox, (struct output){.kind = OUTPUT_DROP, .node = node});
    probe->again = !probe->again && is_probed(policy, node);
    if (probe->again) {
        policy_probe_begin(policy, node, policy->resilient->nodes[node].generation);
    }
    return probe->again;
}

void resilient_probe_ended(struct policy *policy, uint16_t node, const struct ending *ending)
{
    struct probe *probe = &policy->inflight.probes[node];

    probe->attempt = ATTEMPT_NONE;
    if (probes_again(policy, node, ending)) {
        return;
    }
    resilient_node_changed(policy, node, probe_change(policy, node, ending));
    probe_at(policy, node,
             is_probed(policy, node) ? nanos_max(probe->next, policy->now) : NANOS_NEVER);
    if (policy->resilient->rotation_changed) {
        resilient_rotate(policy);
    }
}
