/* The control: asks the first node, once, and believes in it whatever happens. A client with one
   URL for everything (`direct`) is the same: its first node stands for that URL. */
#include "core/client/policy_parts.h"

static void create(struct policy *policy, struct arena *arena)
{
    (void)policy;
    (void)arena;
}

static void start(struct policy *policy)
{
    (void)policy;
}

static void request(struct policy *policy, uint32_t slot)
{
    nanos limit = nanos_add(policy->now, policy->settings.attempt_timeout);

    policy_begin(policy, slot, 0, PURPOSE_REQUEST,
                 nanos_min(limit, policy->inflight.flights[slot].deadline));
}

static void ended(struct policy *policy, const struct input *input)
{
    struct attempt_ref ref = input->ended.ref;
    const struct ending ending = {
        .outcome = input->ended.outcome,
        .status = input->ended.status,
        .sent = input->ended.sent,
    };

    (void)inflight_flight(&policy->inflight, ref);
    policy_note_end(policy, ref.slot, &ending);
    policy_answer(policy, ref.slot);
}

static void timer(struct policy *policy, uint32_t id)
{
    const struct ending timeout = {.outcome = OUTCOME_TIMEOUT, .sent = true};

    policy_cancel(policy, id, OUTCOME_TIMEOUT);
    policy_note_end(policy, id, &timeout);
    policy_answer(policy, id);
}

static const char *switch_to(struct policy *policy, uint16_t node)
{
    bool is_there = node == 0 && policy->settings.profile == PROFILE_NONE;

    return is_there ? NULL : "the client has no failover";
}

static void reset(struct policy *policy)
{
    (void)policy;
}

static enum belief belief(const struct policy *policy, uint16_t node)
{
    (void)policy;
    (void)node;
    return BELIEF_HEALTHY;
}

static uint16_t active(const struct policy *policy)
{
    (void)policy;
    return 0;
}

const struct profile profile_none = {
    .create = create,
    .start = start,
    .request = request,
    .ended = ended,
    .timer = timer,
    .switch_to = switch_to,
    .reset = reset,
    .belief = belief,
    .active = active,
};
