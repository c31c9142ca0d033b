/* The client of the documented frontend, with its mistakes: they are what this profile is for, so
   none is mended. One shared index and one set of failed nodes; the first failure marks the node
   that is current when the failure arrives, which may be another than the one that failed; any
   method is sent again; the time limit ends with the headers; failed nodes are probed only when a
   request comes, and that request waits; nothing leads back to the first node but a failure.
   Source: reference documentation of the frontend's apiService ("fetchWithFailover",
   "markNodeAsFailed", "getNextHealthyNode", "performHealthCheck"). */
#include "core/client/policy_parts.h"

#include "base/check.h"

struct apiservice {
    bool *failed; /* by node */
    nanos last_check;
    uint32_t failed_count;
    uint32_t probes_under_way;
    uint32_t checker; /* slot of the request that waits for the probes, SLOT_NONE */
    uint16_t current;
};

static void create(struct policy *policy, struct arena *arena)
{
    policy->apiservice = ARENA_NEW(arena, struct apiservice);
    *policy->apiservice = (struct apiservice){
        .failed = ARENA_ARRAY(arena, bool, policy->node_count),
        .checker = SLOT_NONE,
    };
}

static void start(struct policy *policy)
{
    policy->apiservice->last_check = policy->now;
}

static void begin(struct policy *policy, uint32_t slot)
{
    nanos limit = nanos_add(policy->now, policy->settings.attempt_timeout);
    nanos deadline = policy->inflight.flights[slot].deadline;

    if (policy->now >= deadline) {
        policy_answer(policy, slot);
        return;
    }
    policy_begin(policy, slot, policy->apiservice->current, PURPOSE_REQUEST,
                 nanos_min(limit, deadline));
}

static bool check_is_due(const struct policy *policy)
{
    const struct apiservice *service = policy->apiservice;

    return policy->settings.health_check.enabled && service->failed_count > 0 &&
           service->probes_under_way == 0 &&
           policy->now >= nanos_add(service->last_check, policy->settings.health_check.interval);
}

/* The request begins when the last probe is done; others that come meanwhile do not wait. */
static void check_failed_nodes(struct policy *policy, uint32_t slot)
{
    struct apiservice *service = policy->apiservice;

    service->last_check = policy->now;
    service->checker = slot;
    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (service->failed[node]) {
            service->probes_under_way++;
            policy_probe_begin(policy, node, 0);
        }
    }
    timers_set(&policy->inflight.timers, slot, policy->inflight.flights[slot].deadline);
}

static void request(struct policy *policy, uint32_t slot)
{
    if (check_is_due(policy)) {
        check_failed_nodes(policy, slot);
    } else {
        begin(policy, slot);
    }
}

static void unmark(struct policy *policy, uint16_t node, const char *why)
{
    struct apiservice *service = policy->apiservice;

    if (service->failed[node]) {
        service->failed[node] = false;
        service->failed_count--;
        policy_tell_belief(policy, node, BELIEF_HEALTHY, why);
    }
}

static void move_to(struct policy *policy, uint16_t node)
{
    if (node != policy->apiservice->current) {
        policy->apiservice->current = node;
        policy_tell_active(policy, node);
    }
}

static void clear_marks(struct policy *policy, const char *why)
{
    for (uint16_t node = 0; node < policy->node_count; node++) {
        unmark(policy, node, why);
    }
    move_to(policy, 0);
}

static const char *why_failed(const struct ending *ending)
{
    return ending->outcome == OUTCOME_ANSWER ? "status" : outcome_word(ending->outcome);
}

static void mark_current(struct policy *policy, const char *why)
{
    struct apiservice *service = policy->apiservice;
    uint32_t node = service->current;

    CHECK(!service->failed[node]);
    service->failed[node] = true;
    service->failed_count++;
    policy_tell_belief(policy, service->current, BELIEF_FAILED, why);

    if (service->failed_count == policy->node_count) {
        clear_marks(policy, "cleared");
        return;
    }
    while (service->failed[node]) {
        node = (node + 1) % policy->node_count;
    }
    move_to(policy, (uint16_t)node);
}

static void settle(struct policy *policy, uint32_t slot, const struct ending *ending)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    bool failed = (policy_failure_kind(ending) & policy->settings.failover_on) != 0;

    policy_note_end(policy, slot, ending);
    if (failed) {
        mark_current(policy, why_failed(ending));
    }
    if (failed && flight->attempts < policy->settings.retry_attempts) {
        begin(policy, slot);
    } else {
        policy_answer(policy, slot);
    }
}

static void headers(struct policy *policy, struct attempt_ref ref, uint16_t status)
{
    struct flight *flight = inflight_flight(&policy->inflight, ref);
    const struct ending ending = {.outcome = OUTCOME_ANSWER, .status = status, .sent = true};

    if ((policy_failure_kind(&ending) & policy->settings.failover_on) == 0) {
        flight->leg.limit = flight->deadline;
        timers_set(&policy->inflight.timers, ref.slot, flight->deadline);
        return;
    }
    policy_cancel(policy, ref.slot, OUTCOME_MOVED);
    settle(policy, ref.slot, &ending);
}

static void probe_ended(struct policy *policy, uint16_t node, const struct ending *ending)
{
    struct apiservice *service = policy->apiservice;

    policy->inflight.probes[node].attempt = ATTEMPT_NONE;
    timers_clear(&policy->inflight.timers, inflight_probe_slot(&policy->inflight, node));
    if (policy_probe_is_good(ending)) {
        unmark(policy, node, "passed");
    }
    if (--service->probes_under_way == 0 && service->checker != SLOT_NONE) {
        uint32_t slot = service->checker;
        service->checker = SLOT_NONE;
        begin(policy, slot);
    }
}

static void ended(struct policy *policy, const struct input *input)
{
    struct attempt_ref ref = input->ended.ref;
    const struct ending ending = {
        .outcome = input->ended.outcome,
        .status = input->ended.status,
        .sent = input->ended.sent,
    };

    if (inflight_is_probe(&policy->inflight, ref)) {
        probe_ended(policy, inflight_probed(&policy->inflight, ref), &ending);
        return;
    }
    (void)inflight_flight(&policy->inflight, ref);
    settle(policy, ref.slot, &ending);
}

static void request_timer(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .sent = true};

    if (flight->leg.attempt == ATTEMPT_NONE) {
        policy->apiservice->checker = SLOT_NONE;
        policy_answer(policy, slot);
        return;
    }
    policy_cancel(policy, slot, OUTCOME_TIMEOUT);
    if (policy->now >= flight->deadline) {
        /* The caller's time is up: nothing that the client saw fail. */
        policy_note_end(policy, slot, &timeout);
        policy_answer(policy, slot);
        return;
    }
    settle(policy, slot, &timeout);
}

static void timer(struct policy *policy, uint32_t id)
{
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .sent = true};

    if (id < policy->inflight.capacity) {
        request_timer(policy, id);
        return;
    }
    uint16_t node = (uint16_t)(id - policy->inflight.capacity);
    policy_probe_cancel(policy, node);
    probe_ended(policy, node, &timeout);
}

static const char *switch_to(struct policy *policy, uint16_t node)
{
    if (policy->apiservice->failed[node]) {
        return "node is marked failed";
    }
    move_to(policy, node);
    return NULL;
}

static void reset(struct policy *policy)
{
    clear_marks(policy, "reset");
}

static enum belief belief(const struct policy *policy, uint16_t node)
{
    return policy->apiservice->failed[node] ? BELIEF_FAILED : BELIEF_HEALTHY;
}

static uint16_t active(const struct policy *policy)
{
    return policy->apiservice->current;
}

static void cancelled(struct policy *policy, uint32_t slot)
{
    if (policy->apiservice->checker == slot) {
        policy->apiservice->checker = SLOT_NONE;
    }
}

const struct profile profile_apiservice = {
    .create = create,
    .start = start,
    .request = request,
    .headers = headers,
    .ended = ended,
    .cancelled = cancelled,
    .timer = timer,
    .switch_to = switch_to,
    .reset = reset,
    .belief = belief,
    .active = active,
};
