#include "invariants_parts.h"

#include "base/check.h"

#include <inttypes.h>
#include <string.h>

static void grow_attempts(struct invariants *invariants, uint32_t id)
{
    uint32_t capacity = invariants->attempt_capacity == 0 ? 4096 : invariants->attempt_capacity;

    while (capacity <= id) {
        capacity *= 2;
    }
    if (capacity > invariants->attempt_capacity) {
        struct attempt_model *attempts =
            ARENA_ARRAY(invariants->arena, struct attempt_model, capacity);
        uint32_t *begun = ARENA_ARRAY(invariants->arena, uint32_t, capacity);
        if (invariants->attempt_count > 0) {
            memcpy(attempts, invariants->attempts, invariants->attempt_count * sizeof(attempts[0]));
            memcpy(begun, invariants->begun, invariants->begun_count * sizeof(begun[0]));
        }
        invariants->attempts = attempts;
        invariants->begun = begun;
        invariants->attempt_capacity = capacity;
    }
    if (id >= invariants->attempt_count) {
        invariants->attempt_count = id + 1;
    }
}

struct attempt_model *attempt_of(struct invariants *invariants, uint32_t id)
{
    if (id >= invariants->attempt_count) {
        grow_attempts(invariants, id);
    }
    return &invariants->attempts[id];
}

struct tried_model *tried_of(struct request_model *request, uint16_t node)
{
    for (uint32_t i = 0; i < request->tried_count; i++) {
        if (request->tried[i].node == node) {
            return &request->tried[i];
        }
    }
    return NULL;
}

/* `once-at-a-time`, `attempts`, `deadline`: at most one attempt of a request is under way, no more
   than retry.attempts count, and none begins when the time is up. */
static void
check_bounds(struct invariants *invariants, const struct request_model *request, uint16_t node)
{
    if (request->phase != REQUEST_OPEN || request->attempt != ATTEMPT_NONE) {
        violated(invariants, "once-at-a-time", request->client, node, request->number, "%s",
                 request->phase == REQUEST_OPEN ? "another attempt is under way"
                                                : "it is not open");
    }
    if (request->spent >= invariants->settings->retry_attempts ||
        request->moves > invariants->settings->retry_attempts + request->hedged) {
        violated(invariants, "attempts", request->client, node, request->number,
                 "%" PRIu32 " attempts are made and %" PRIu32 " moved, at most %" PRIu32
                 " are allowed",
                 request->spent, request->moves, invariants->settings->retry_attempts);
    }
    if (invariants->now >= request->deadline) {
        violated(invariants, "deadline", request->client, node, request->number,
                 "an attempt begins when its time is up");
    }
}

/* `retry`: another attempt follows only what is a failure by failover_on; a 4xx is an answer.
   `sent-again`: a request that must not be executed twice is tried again only if it certainly never
   reached a node. */
static void
check_retry(struct invariants *invariants, const struct request_model *request, uint16_t node)
{
    unsigned kind = failure_kind(request->last_outcome, request->last_status);

    if (request->last_attempt != ATTEMPT_NONE && !request->last_moved &&
        (kind & invariants->settings->failover_on) == 0) {
        violated(invariants, "retry", request->client, node, request->number, "after %s %u",
                 outcome_word(request->last_outcome), request->last_status);
    }
    bool asked = request->last_attempt != ATTEMPT_NONE || request->last_moved;
    if (asked && !request->repeatable && !request->last_unsent) {
        violated(invariants, "sent-again", request->client, node, request->number,
                 "it may have reached %s, and is sent again",
                 request->last_node == NODE_NONE
                     ? "another node"
                     : invariants->scenario->nodes[request->last_node].name);
    }
}

/* A fair share of the time that is left for each attempt that may still come; a trial may get less,
   never below what any answer may need. */
static void set_limits(struct invariants *invariants,
                       struct attempt_model *attempt,
                       struct request_model *request)
{
    const struct client_settings *settings = invariants->settings;
    const struct client_model *client = &invariants->clients[attempt->client];
    int64_t untried = (int64_t)invariants->node_count - request->tried_count;
    int64_t left = (int64_t)settings->retry_attempts - request->spent;
    nanos limit_ns = settings->attempt_timeout;

    untried = attempt->purpose == PURPOSE_LAST_RESORT ? 1 : untried;
    left = nanos_max(1, settings->retry_backoff > 0 ? left : nanos_min(left, untried));
    if (client->healthy == 0 && attempt->purpose != PURPOSE_TRIAL) {
        left = 1;
    }
    if (request->deadline != NANOS_NEVER) {
        limit_ns = nanos_min(limit_ns,
                             nanos_max((request->deadline - invariants->now) / left, ATTEMPT_MIN));
    }
    nanos least_ns =
        attempt->purpose == PURPOSE_TRIAL ? nanos_min(limit_ns, ATTEMPT_MIN) : limit_ns;
    attempt->limit = nanos_min(nanos_add(invariants->now, limit_ns), request->deadline);
    attempt->limit_min = nanos_min(nanos_add(invariants->now, least_ns), request->deadline);
}

static void remember_tried(struct request_model *request, uint16_t node, uint32_t generation)
{
    struct tried_model *tried = tried_of(request, node);

    if (tried == NULL) {
        CHECK(request->tried_count < INVARIANTS_NODES_MAX);
        tried = &request->tried[request->tried_count++];
    } else {
        request->returned = true;
    }
    *tried =
        (struct tried_model){.node = node, .generation = generation, .asked = request->attempts};
}

void attempt_begins(struct invariants *invariants, const struct event *event)
{
    uint32_t id = event->attempt.attempt;
    struct view *view = view_of(invariants, event->attempt.client, event->node);
    struct attempt_model *attempt = attempt_of(invariants, id);

    *attempt = (struct attempt_model){
        .started = event->at,
        .request = event->attempt.request,
        .generation = view->generation,
        .client = event->attempt.client,
        .node = event->node,
        .purpose = (enum attempt_purpose)event->attempt.purpose,
        .under_way = true,
    };
    invariants->begun[invariants->begun_count++] = id;
    if (attempt->purpose == PURPOSE_PROBE) {
        attempt->limit = nanos_add(event->at, invariants->settings->health_check.timeout);
        attempt->limit_min = attempt->limit;
        probe_begins(invariants, event);
        return;
    }
    CHECK(attempt->request < invariants->request_count);
    struct request_model *request = &invariants->requests[attempt->request];
    bool hedge = attempt->purpose == PURPOSE_HEDGE;
    if (hedge) {
        hedge_checked(invariants, request, event);
        hedge_paid(invariants, request);
    } else {
        check_bounds(invariants, request, event->node);
        check_retry(invariants, request, event->node);
        repeat_paid(invariants, request);
        choice_checked(invariants, request, event);
    }
    if (invariants->violated) {
        return;
    }
    set_limits(invariants, attempt, request);
    if (invariants->clients[attempt->client].healthy == 0 ||
        attempt->purpose == PURPOSE_LAST_RESORT) {
        request->panicked = true;
        request->panic_attempt = id;
    }
    remember_tried(request, event->node, view->generation);
    request->attempts++;
    if (hedge) {
        request->hedged = true;
        request->beside = id;
        return;
    }
    request->attempt = id;
    request->spent++;
    request->last_moved = false;
    invariants->idle_count--;
    if (attempt->purpose == PURPOSE_TRIAL) {
        view->trials++;
    }
}

/* `limit`: an attempt ends by its own limit, and is not given up before. */
static void check_limit(struct invariants *invariants,
                        const struct attempt_model *attempt,
                        const struct event *event)
{
    bool timeout = event->attempt_end.outcome == OUTCOME_TIMEOUT;

    /* What the end of the run takes back is seen only after the nodes were stopped. */
    if ((event->attempt_end.outcome == OUTCOME_UNFINISHED ? event->at : invariants->now) >
            attempt->limit ||
        (timeout && invariants->now < attempt->limit_min)) {
        violated(invariants, "limit", attempt->client, attempt->node,
                 attempt->request == REQUEST_NONE ? -1 : (int64_t)attempt->request,
                 "its attempt ends (%s) after %.6f s; its limit is %.6f s",
                 outcome_word((enum outcome)event->attempt_end.outcome),
                 (double)(invariants->now - attempt->started) / 1e9,
                 (double)(attempt->limit - attempt->started) / 1e9);
    }
}

/* `moved`: only a request that may be repeated is taken off its node, and only if that is out. */
static void attempt_moved(struct invariants *invariants,
                          struct request_model *request,
                          const struct attempt_model *attempt)
{
    if (!request->repeatable || attempt->purpose == PURPOSE_TRIAL ||
        view_of(invariants, attempt->client, attempt->node)->belief == BELIEF_HEALTHY) {
        violated(invariants, "moved", attempt->client, attempt->node, request->number,
                 "it had to stay where it was");
    }
    bool hedge = attempt->purpose == PURPOSE_HEDGE;

    request->spent -= !hedge;
    request->moves += !hedge || request->attempt == ATTEMPT_NONE;
    request->last_moved = request->attempt == ATTEMPT_NONE;
    request->last_unsent = false;
    request->may_be_executed = true;
}

/* The node may have closed an idle connection in the very instant in which the client used it. */
bool is_stale(const struct attempt_model *attempt, const struct event *event)
{
    return event->attempt_end.outcome == OUTCOME_RESET && event->attempt_end.reused &&
           !attempt->begun;
}

/* Then the request may ask the node anew, and no attempt is spent: each node once, and as often as
   there are attempts, where there may be more than one. */
static void attempt_lost(struct invariants *invariants,
                         struct request_model *request,
                         const struct attempt_model *attempt)
{
    uint32_t most = invariants->settings->retry_attempts;
    struct tried_model *tried = tried_of(request, attempt->node);

    if (request->renewed[attempt->node] || most == 1 || request->renewals == most) {
        return;
    }
    request->renewed[attempt->node] = true;
    request->renewals++;
    request->spent -= attempt->purpose != PURPOSE_HEDGE;
    *tried = request->tried[--request->tried_count];
}

static bool surely_unsent(const struct event *event)
{
    switch ((enum outcome)event->attempt_end.outcome) {
    case OUTCOME_REFUSED:
    case OUTCOME_CONNECT_TIMEOUT:
        return true;
    case OUTCOME_RESET:
        return !event->attempt_end.sent;
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
        return false;
    }
    return false;
}

static void note_end(struct request_model *request, const struct event *event)
{
    request->last_attempt = event->attempt_end.attempt;
    request->last_node = event->node;
    request->last_outcome = (enum outcome)event->attempt_end.outcome;
    request->last_status = request->last_outcome == OUTCOME_ANSWER ? event->attempt_end.status : 0;
    request->last_unsent = surely_unsent(event);
    request->may_be_executed |= !request->last_unsent;
    request->last_moved = false;
}

/* What is beside it goes on alone. */
static void
leave_attempt(struct invariants *invariants, struct request_model *request, uint32_t attempt)
{
    if (request->attempt == attempt) {
        request->attempt = request->beside;
    }
    request->beside = ATTEMPT_NONE;
    invariants->idle_count += request->attempt == ATTEMPT_NONE;
}

void attempt_ends(struct invariants *invariants, const struct event *event)
{
    struct attempt_model *attempt = attempt_of(invariants, event->attempt_end.attempt);

    if (!attempt->under_way) {
        violated(invariants, "one-end", event->attempt_end.client, event->node,
                 event->attempt_end.request, "its attempt is over already");
        return;
    }
    attempt->under_way = false;
    check_limit(invariants, attempt, event);
    if (attempt->purpose == PURPOSE_PROBE) {
        probe_ends(invariants, attempt, event);
        return;
    }
    struct request_model *request = &invariants->requests[attempt->request];
    leave_attempt(invariants, request, event->attempt_end.attempt);
    if (event->attempt_end.outcome == OUTCOME_UNFINISHED) {
        return;
    }
    if (event->attempt_end.outcome == OUTCOME_MOVED) {
        request->last_ended = invariants->now;
        attempt_moved(invariants, request, attempt);
        return;
    }
    if (event->attempt_end.outcome == OUTCOME_CANCELLED) {
        struct view *view = view_of(invariants, attempt->client, attempt->node);
        view->trials -= attempt->purpose == PURPOSE_TRIAL;
        return;
    }
    if (event->attempt_end.outcome == OUTCOME_BEATEN) {
        if (request->last_ended != invariants->now || request->last_outcome != OUTCOME_ANSWER) {
            violated(invariants, "beaten", attempt->client, attempt->node, request->number,
                     "it is given up, and no other was answered");
        }
        attempt_beaten(invariants, attempt, request->last_status);
        return;
    }
    request->last_ended = invariants->now;
    note_end(request, event);
    bool spared = event->attempt_end.outcome == OUTCOME_REFUSED;
    if (is_stale(attempt, event) && (invariants->settings->failover_on & FAILOVER_ON_RESET) != 0) {
        bool renewed = request->renewed[attempt->node];
        view_of(invariants, attempt->client, attempt->node)->trials -=
            attempt->purpose == PURPOSE_TRIAL;
        attempt_lost(invariants, request, attempt);
        spared = request->renewed[attempt->node] && !renewed;
    } else {
        request_attempt_judged(invariants, request, attempt, event);
    }
    if (spared && request->panic_attempt == event->attempt_end.attempt) {
        request->panicked = false;
    }
}
