#include "invariants_parts.h"

#include "base/check.h"

#include <inttypes.h>

/* `on-time`: in virtual time a request is given to its client when it is due. */
void request_begins(struct invariants *invariants, const struct event *event)
{
    uint32_t id = event->request.request;
    CHECK(id < invariants->request_count);
    struct request_model *request = &invariants->requests[id];
    struct client_model *client = &invariants->clients[event->request.client];
    const struct traffic_request *what =
        &invariants->scenario->traffic.requests[event->request.mix];

    if (request->phase != REQUEST_TO_COME) {
        violated(invariants, "one-end", event->request.client, -1, id, "it came before");
        return;
    }
    *request = (struct request_model){
        .due = event->at,
        .deadline = nanos_add(event->at, invariants->settings->request_deadline),
        .last_ended = LONG_AGO,
        .number = id,
        .attempt = ATTEMPT_NONE,
        .beside = ATTEMPT_NONE,
        .safe = what->method == METHOD_GET || what->method == METHOD_HEAD,
        .last_attempt = ATTEMPT_NONE,
        .panic_attempt = ATTEMPT_NONE,
        .client = event->request.client,
        .last_node = NODE_NONE,
        .last_outcome = OUTCOME_TIMEOUT,
        .server = NODE_NONE,
        .phase = REQUEST_OPEN,
        .repeatable = what->idempotent || invariants->settings->retry_all_methods ||
                      (invariants->settings->idempotency_key && what->method == METHOD_POST),
        .place = invariants->open_count,
    };
    invariants->open[invariants->open_count++] = request;
    invariants->idle_count++;
    if (event->request.started == NANOS_NEVER) {
        return;
    }
    if (event->request.started != event->at) {
        violated(invariants, "on-time", event->request.client, -1, id, "begun %.6f s late",
                 (double)(event->request.started - event->at) / 1e9);
    }
    budget_counts_request(invariants, event->request.client);
    client->started_at = nanos_min(client->started_at, invariants->now);
}

/* `true-answer`: the caller gets what the last attempt got that was not moved elsewhere. */
static void check_answer(struct invariants *invariants,
                         const struct request_model *request,
                         const struct event *event)
{
    bool answered = event->request_end.outcome == OUTCOME_ANSWER;
    uint16_t node = answered ? request->last_node : NODE_NONE;

    if (event->request_end.attempt != request->last_attempt || event->node != node ||
        event->request_end.status != request->last_status ||
        event->request_end.outcome != request->last_outcome ||
        event->request_end.attempts != request->attempts) {
        violated(invariants, "true-answer", request->client, event->node, request->number,
                 "the caller is told %s %u after %u attempts; the last of %" PRIu32 " got %s %u",
                 outcome_word((enum outcome)event->request_end.outcome), event->request_end.status,
                 event->request_end.attempts, request->attempts,
                 outcome_word(request->last_outcome), request->last_status);
    }
}

/* `gave-up`: a request that may be repeated, or certainly never arrived, fails only when its time
   or its attempts or the budget are spent, or no node is left that it may ask (also later, where
   one asked for peace). */
static void check_gave_up(struct invariants *invariants, struct request_model *request)
{
    unsigned kind = failure_kind(request->last_outcome, request->last_status);
    bool retried = request->attempts == 0 || ((kind & invariants->settings->failover_on) != 0 &&
                                              (request->repeatable || request->last_unsent));

    if (retried && request->spent < invariants->settings->retry_attempts &&
        invariants->now < request->deadline && could_pay(invariants, request) &&
        may_go_on(invariants, request, true)) {
        violated(invariants, "gave-up", request->client, request->last_node, request->number,
                 "it ends as %s %u after %" PRIu32 " of %" PRIu32
                 " attempts, with %.3f s left and a node that it could ask",
                 outcome_word(request->last_outcome), request->last_status, request->spent,
                 invariants->settings->retry_attempts,
                 (double)(request->deadline - invariants->now) / 1e9);
    }
}

/* `available`: while one node is well all the time, every request that may be repeated gets an
   answer, if retries cost nothing, and it has as many attempts as there are nodes and a fair share
   of time for each. */
static void check_available(struct invariants *invariants,
                            const struct request_model *request,
                            const struct event *event)
{
    const struct client_settings *settings = invariants->settings;
    bool promised = settings->retry_budget_ppm == BUDGET_NONE &&
                    invariants->unharmed != NODE_NONE && request->repeatable &&
                    settings->retry_attempts >= invariants->node_count &&
                    settings->request_deadline / invariants->node_count >= ATTEMPT_MIN;

    if (promised &&
        failure_kind((enum outcome)event->request_end.outcome, event->request_end.status) != 0) {
        violated(invariants, "available", request->client, -1, request->number,
                 "%s %u, though node %u is well",
                 outcome_word((enum outcome)event->request_end.outcome), event->request_end.status,
                 invariants->unharmed);
    }
}

static void leave_open(struct invariants *invariants, struct request_model *request)
{
    struct request_model *last = invariants->open[--invariants->open_count];

    invariants->open[request->place] = last;
    last->place = request->place;
    invariants->idle_count -= request->attempt == ATTEMPT_NONE;
    request->phase = REQUEST_ENDED;
}

/* `cancel`: a request is given up when its caller's patience ends, if that is short of its
   deadline, and not otherwise. */
static void request_cancelled(struct invariants *invariants, struct request_model *request)
{
    const struct traffic *traffic = &invariants->scenario->traffic;

    request->cancelled = true;
    if (traffic->cancel_ppm == 0 ||
        invariants->now != nanos_add(request->due, traffic->cancel_after)) {
        violated(invariants, "cancel", request->client, -1, request->number,
                 "it is given up %.6f s after it was due",
                 (double)(invariants->now - request->due) / 1e9);
    }
}

/* `one-end`: every request ends exactly once, by its deadline, and never while an attempt of it is
   under way. */
void request_ends(struct invariants *invariants, const struct event *event)
{
    uint32_t id = event->request_end.request;
    CHECK(id < invariants->request_count);
    struct request_model *request = &invariants->requests[id];

    if (request->phase != REQUEST_OPEN || event->request_end.outcome == OUTCOME_UNFINISHED ||
        request->attempt != ATTEMPT_NONE) {
        violated(invariants, "one-end", event->request_end.client, event->node, id, "%s",
                 request->phase != REQUEST_OPEN     ? "it is not open"
                 : request->attempt != ATTEMPT_NONE ? "an attempt is under way"
                                                    : "the client never ended it");
        return;
    }
    leave_open(invariants, request);
    if (event->request_end.outcome == OUTCOME_UNSENT) {
        return;
    }
    if (invariants->now > request->deadline) {
        violated(invariants, "deadline", request->client, -1, id, "%.6f s late",
                 (double)(invariants->now - request->deadline) / 1e9);
    }
    if (event->request_end.outcome == OUTCOME_CANCELLED) {
        request_cancelled(invariants, request);
        return;
    }
    check_answer(invariants, request, event);
    check_gave_up(invariants, request);
    check_available(invariants, request, event);
    request->server = event->node;
    request->status = event->request_end.status;
}
