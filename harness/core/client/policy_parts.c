#include "core/client/policy_parts.h"

#include "base/check.h"

static uint32_t next_attempt(struct policy *policy)
{
    uint32_t id = policy->next_attempt;

    CHECK(id < ATTEMPT_NONE - policy->settings.instances);
    policy->next_attempt += policy->settings.instances;
    return id;
}

void policy_begin(
    struct policy *policy, uint32_t slot, uint16_t node, enum attempt_purpose purpose, nanos limit)
{
    struct inflight *inflight = &policy->inflight;
    struct flight *flight = &inflight->flights[slot];

    CHECK(flight->leg.attempt == ATTEMPT_NONE && limit > policy->now);
    flight->leg = (struct leg){
        .started = policy->now,
        .limit = limit,
        .attempt = next_attempt(policy),
        .generation = flight->leg.generation,
        .node = node,
        .purpose = purpose,
    };
    flight->attempts++;
    flight->spent++;
    inflight->busy[node]++;
    lists_append(&inflight->lists, node, slot);
    timers_set(&inflight->timers, slot, limit);
    outbox_add(
        &policy->outbox,
        (struct output){
            .kind = OUTPUT_ATTEMPT,
            .node = node,
            .attempt =
                {
                    .ref = {.id = flight->leg.attempt, .slot = slot},
                    .connect_limit = nanos_add(policy->now, policy->settings.connect_timeout),
                    .request = flight->request,
                    .purpose = purpose,
                    .want_headers = policy->profile->headers != NULL,
                },
        });
}

static void leave(struct policy *policy, uint32_t slot)
{
    struct inflight *inflight = &policy->inflight;
    struct flight *flight = &inflight->flights[slot];

    flight->leg.attempt = ATTEMPT_NONE;
    inflight->busy[flight->leg.node]--;
    lists_remove(&inflight->lists, slot);
    timers_clear(&inflight->timers, slot);
    if (inflight->hedges && flight->other.attempt == ATTEMPT_NONE) {
        timers_clear(&inflight->timers, inflight_hedge_timer(inflight, slot));
    }
}

void policy_note_end(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    struct flight *flight = &policy->inflight.flights[slot];

    flight->last_attempt = flight->leg.attempt;
    flight->last_node = flight->leg.node;
    flight->last_status = ending->outcome == OUTCOME_ANSWER ? ending->status : 0;
    flight->last_outcome = ending->outcome;
    leave(policy, slot);
}

void policy_cancel(struct policy *policy, uint32_t slot, enum outcome cancelled_as)
{
    const struct flight *flight = &policy->inflight.flights[slot];

    outbox_add(&policy->outbox, (struct output){
                                    .kind = OUTPUT_CANCEL,
                                    .node = flight->leg.node,
                                    .cancel =
                                        {
                                            .ref = {.id = flight->leg.attempt, .slot = slot},
                                            .outcome = cancelled_as,
                                        },
                                });
}

void policy_abandon(struct policy *policy, uint32_t slot, enum outcome cancelled_as)
{
    policy_cancel(policy, slot, cancelled_as);
    leave(policy, slot);
}

void policy_answer(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    bool answered = flight->last_outcome == OUTCOME_ANSWER;

    outbox_add(&policy->outbox, (struct output){
                                    .kind = OUTPUT_ANSWER,
                                    .node = answered ? flight->last_node : NODE_NONE,
                                    .answer =
                                        {
                                            .request = flight->request,
                                            .attempt = flight->last_attempt,
                                            .status = flight->last_status,
                                            .attempts = flight->attempts,
                                            .outcome = flight->last_outcome,
                                        },
                                });
    inflight_close(&policy->inflight, slot);
}

void policy_probe_begin(struct policy *policy, uint16_t node, uint32_t generation)
{
    struct inflight *inflight = &policy->inflight;
    struct probe *probe = &inflight->probes[node];
    uint32_t slot = inflight_probe_slot(inflight, node);

    CHECK(probe->attempt == ATTEMPT_NONE);
    probe->attempt = next_attempt(policy);
    probe->generation = generation;
    timers_set(&inflight->timers, slot,
               nanos_add(policy->now, policy->settings.health_check.timeout));
    outbox_add(
        &policy->outbox,
        (struct output){
            .kind = OUTPUT_ATTEMPT,
            .node = node,
            .attempt =
                {
                    .ref = {.id = probe->attempt, .slot = slot},
                    .connect_limit = nanos_add(policy->now, policy->settings.connect_timeout),
                    .request = REQUEST_NONE,
                    .purpose = PURPOSE_PROBE,
                },
        });
}

void policy_probe_cancel(struct policy *policy, uint16_t node)
{
    const struct probe *probe = &policy->inflight.probes[node];

    outbox_add(&policy->outbox,
               (struct output){
                   .kind = OUTPUT_CANCEL,
                   .node = node,
                   .cancel =
                       {
                           .ref = {.id = probe->attempt,
                                   .slot = inflight_probe_slot(&policy->inflight, node)},
                           .outcome = OUTCOME_TIMEOUT,
                       },
               });
}

void policy_tell_belief(struct policy *policy, uint16_t node, enum belief belief, const char *why)
{
    outbox_add(&policy->outbox, (struct output){
                                    .kind = OUTPUT_BELIEF,
                                    .node = node,
                                    .belief = {.why = why, .belief = belief},
                                });
}

void policy_tell_active(struct policy *policy, uint16_t node)
{
    outbox_add(&policy->outbox, (struct output){.kind = OUTPUT_ACTIVE, .node = node});
}

unsigned policy_failure_kind(const struct ending *ending)
{
    switch (ending->outcome) {
    case OUTCOME_ANSWER:
        return ending->status >= 500 ? FAILOVER_ON_5XX : 0;
    case OUTCOME_REFUSED:
    case OUTCOME_CONNECT_TIMEOUT:
        return FAILOVER_ON_CONNECT;
    case OUTCOME_RESET:
    case OUTCOME_TRUNCATED:
        return FAILOVER_ON_RESET;
    case OUTCOME_TIMEOUT:
        return FAILOVER_ON_TIMEOUT;
    case OUTCOME_MOVED:
    case OUTCOME_BEATEN:
    case OUTCOME_CANCELLED:
    case OUTCOME_CLIENT_ERROR:
    case OUTCOME_UNSENT:
    case OUTCOME_UNFINISHED:
    case OUTCOMES:
    default:
        CHECK(false); /* no way for an attempt to end */
        return 0;
    }
}
