#include "core/client/policy.h"

#include "base/check.h"
#include "core/client/policy_parts.h"

/* Of the seed's streams: no other part of a run draws from these. */
#define PRNG_STREAM_CLIENTS UINT64_C(0x636c69656e740000)

/* What may be late is a few lines a node (see outbox.h): one for each mark that a reset clears, two
   for each node that one answer blames, one for each probe of a round. */
#define LATE_OUTPUTS_PER_NODE 8
#define LATE_OUTPUTS_MIN      64

static const struct profile *const profiles[] = {
    [PROFILE_RESILIENT] = &profile_resilient,
    [PROFILE_APISERVICE] = &profile_apiservice,
    [PROFILE_NONE] = &profile_none,
    [PROFILE_DIRECT] = &profile_none, /* its one node stands for the URL */
};

static const struct profile *profile_of(enum client_profile profile)
{
    CHECK(profile < sizeof(profiles) / sizeof(profiles[0]) && profiles[profile] != NULL);
    return profiles[profile];
}

struct policy *policy_new(struct arena *arena,
                          const struct client_settings *settings,
                          uint16_t node_count,
                          uint16_t client,
                          uint32_t in_flight_max,
                          uint64_t seed)
{
    CHECK(node_count > 0 && node_count < NODE_NONE && client < settings->instances);
    struct policy *policy = ARENA_NEW(arena, struct policy);

    *policy = (struct policy){
        .profile = profile_of(settings->profile),
        .settings = *settings,
        .now = INT64_MIN,
        .next_attempt = client,
        .node_count = node_count,
    };
    prng_init(&policy->prng, seed, PRNG_STREAM_CLIENTS + client);
    inflight_init(&policy->inflight, arena, in_flight_max, node_count, settings->hedge.enabled);
    outbox_init(&policy->outbox, arena,
                LATE_OUTPUTS_PER_NODE * (uint32_t)node_count + LATE_OUTPUTS_MIN);
    policy->told = ARENA_ARRAY(arena, struct told, node_count);
    for (uint16_t node = 0; node < node_count; node++) {
        policy->told[node] = (struct told){.why = "", .at = INT64_MIN};
    }
    policy->profile->create(policy, arena);
    return policy;
}

static bool has_urgent(const struct policy *policy)
{
    return policy->profile->has_urgent != NULL && policy->profile->has_urgent(policy);
}

nanos policy_deadline(const struct policy *policy)
{
    uint32_t id = 0;

    if (outbox_is_late(&policy->outbox) || has_urgent(policy)) {
        return policy->now;
    }
    return timers_first(&policy->inflight.timers, &id);
}

static void step_request(struct policy *policy, const struct input *input)
{
    nanos deadline = nanos_add(input->request.due, policy->settings.request_deadline);
    bool retryable = input->request.idempotent || policy->settings.retry_all_methods;
    uint32_t slot = inflight_open(&policy->inflight, input->request.request, deadline, retryable);

    policy->inflight.flights[slot].hedgeable =
        input->request.safe && policy->settings.hedge.enabled;
    if (policy->now >= deadline) {
        policy_answer(policy, slot);
        return;
    }
    policy->profile->request(policy, slot);
}

static void abandon_legs(struct policy *policy, uint32_t slot)
{
    const struct flight *flight = &policy->inflight.flights[slot];

    if (flight->leg.attempt != ATTEMPT_NONE) {
        policy_abandon(policy, slot, OUTCOME_CANCELLED);
    }
    if (flight->other.attempt != ATTEMPT_NONE) {
        inflight_swap_legs(&policy->inflight, slot);
        policy_abandon(policy, slot, OUTCOME_CANCELLED);
    }
}

static void step_cancel(struct policy *policy, const struct input *input)
{
    uint32_t slot = inflight_find(&policy->inflight, input->cancel.request);
    struct flight *flight = &policy->inflight.flights[slot];

    if (policy->profile->cancelled != NULL) {
        policy->profile->cancelled(policy, slot);
    }
    abandon_legs(policy, slot);
    flight->last_attempt = ATTEMPT_NONE;
    flight->last_status = 0;
    flight->last_outcome = OUTCOME_CANCELLED;
    policy_answer(policy, slot);
}

static void step_deadline(struct policy *policy)
{
    struct timers *timers = &policy->inflight.timers;
    uint32_t id = 0;

    if (policy->outbox.outputs->count > 0) {
        return;
    }
    if (has_urgent(policy) && policy->profile->urgent(policy)) {
        return;
    }
    /* Some only set themselves anew: on to one that has something to tell. */
    while (policy->outbox.outputs->count == 0 && timers_first(timers, &id) <= policy->now) {
        timers_clear(timers, id);
        policy->profile->timer(policy, id);
    }
}

static void step_switch(struct policy *policy, const struct input *input)
{
    CHECK(input->command.node < policy->node_count);
    const char *why = policy->profile->switch_to(policy, input->command.node);

    outbox_add(&policy->outbox,
               (struct output){
                   .kind = why == NULL ? OUTPUT_DONE : OUTPUT_REFUSED,
                   .node = input->command.node,
                   .command = {.why = why == NULL ? "" : why, .fault = input->command.fault},
               });
}

static void step_isolate(struct policy *policy, const struct input *input)
{
    bool obeys = policy->profile->isolate != NULL;

    CHECK(input->command.node < policy->node_count);
    if (obeys) {
        policy->profile->isolate(policy, input->command.node, input->kind == INPUT_ISOLATE);
    }
    outbox_add(&policy->outbox, (struct output){
                                    .kind = obeys ? OUTPUT_DONE : OUTPUT_REFUSED,
                                    .node = input->command.node,
                                    .command = {.why = obeys ? "" : "the client isolates no node",
                                                .fault = input->command.fault},
                                });
}

static void step_reset(struct policy *policy, const struct input *input)
{
    policy->profile->reset(policy);
    outbox_add(&policy->outbox, (struct output){
                                    .kind = OUTPUT_DONE,
                                    .node = NODE_NONE,
                                    .command = {.why = "", .fault = input->command.fault},
                                });
}

static void remember_told(struct policy *policy, const struct outputs *outputs)
{
    for (uint32_t i = 0; i < outputs->count; i++) {
        const struct output *output = &outputs->item[i];
        if (output->kind == OUTPUT_BELIEF) {
            policy->told[output->node] =
                (struct told){.why = output->belief.why, .at = policy->now};
        }
    }
}

void policy_step(struct policy *policy,
                 nanos now,
                 const struct input *input,
                 struct outputs *outputs)
{
    CHECK(now >= policy->now);
    policy->now = now;
    outbox_open(&policy->outbox, outputs);
    if (!policy->started) {
        policy->started = true;
        policy->profile->start(policy);
    }

    switch (input->kind) {
    case INPUT_REQUEST:
        step_request(policy, input);
        break;
    case INPUT_CANCEL:
        step_cancel(policy, input);
        break;
    case INPUT_HEADERS:
        CHECK(policy->profile->headers != NULL);
        policy->profile->headers(policy, input->headers.ref, input->headers.status);
        break;
    case INPUT_ATTEMPT_ENDED:
        policy->profile->ended(policy, input);
        break;
    case INPUT_DEADLINE:
        step_deadline(policy);
        break;
    case INPUT_SWITCH:
        step_switch(policy, input);
        break;
    case INPUT_RESET:
        step_reset(policy, input);
        break;
    case INPUT_ISOLATE:
    case INPUT_RELEASE:
        step_isolate(policy, input);
        break;
    }
    remember_told(policy, outputs);
}

enum belief policy_belief(const struct policy *policy, uint16_t node)
{
    CHECK(node < policy->node_count);
    return policy->profile->belief(policy, node);
}

void policy_status(const struct policy *policy, uint16_t node, struct policy_status *ret)
{
    const struct profile *profile = policy->profile;

    CHECK(node < policy->node_count);
    *ret = (struct policy_status){
        .why = policy->told[node].why,
        .since = policy->told[node].at,
        .latency = profile->latency != NULL ? profile->latency(policy, node) : 0,
        .belief = profile->belief(policy, node),
    };
}

uint16_t policy_active(const struct policy *policy)
{
    return policy->profile->active(policy);
}
