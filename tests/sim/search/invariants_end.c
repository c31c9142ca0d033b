#include "invariants_parts.h"

#include <inttypes.h>

#define SLACK (2 * NANOS_PER_S)

/* `at-most-once`: a request that must not be repeated is executed once at most, also by a node that
   was stopped meanwhile. */
void executed(struct invariants *invariants, const struct event *event)
{
    if (!event->executed.executed || event->executed.request >= invariants->request_count) {
        return;
    }
    struct request_model *request = &invariants->requests[event->executed.request];
    request->executions++;
    if (request->executions > 1 && !request->repeatable) {
        violated(invariants, "at-most-once", request->client, event->node, request->number,
                 "executed %" PRIu32 " times", request->executions);
    }
}

/* The longest that a node may stay out once nothing troubles it any more: its last ejection (which
   may begin a little later, by what was still under way), the time in which any request may be its
   trial, the probes, what it had asked for, and then the time to be preferred again. */
static nanos return_bound(const struct invariants *invariants)
{
    const struct client_settings *settings = invariants->settings;
    const struct health_check_settings *check = &settings->health_check;
    nanos bound_ns = 3 * nanos_max(settings->eject_for, settings->eject_for_max) +
                     settings->attempt_timeout + SLACK;

    if (settings->breaker.enabled) {
        bound_ns += 3 * settings->breaker.open;
    }
    if (check->enabled) {
        bound_ns +=
            (check->rise + 1) *
            (check->interval + check->interval / 1000000 * check->jitter_ppm + check->timeout);
    }
    if (settings->failback == FAILBACK_AFTER) {
        bound_ns += settings->failback_after;
    }
    return bound_ns + settings->slow_start;
}

/* `return`: after the last fault every node returns within a bound, and from then on each request
   is answered at the first attempt, by the preferred node if there is one. */
static void check_return(struct invariants *invariants)
{
    nanos from = nanos_add(invariants->troubled_until, return_bound(invariants));

    for (uint32_t i = 0; i < invariants->request_count; i++) {
        const struct request_model *request = &invariants->requests[i];
        const struct client_model *client = &invariants->clients[request->client];
        if (request->phase != REQUEST_ENDED || request->cancelled || request->due < from ||
            request->due >= invariants->traffic_end) {
            continue;
        }
        bool elsewhere = client->active != NODE_NONE && request->server != client->active;
        if (request->status >= 400 || request->attempts - request->renewals != 1 || elsewhere) {
            violated(invariants, "return", request->client, request->server, request->number,
                     "due %.3f s after the last trouble, and it got %u after %" PRIu32
                     " attempts; node %u is preferred",
                     (double)(request->due - invariants->troubled_until) / 1e9, request->status,
                     request->attempts, client->active);
        }
    }
    for (uint16_t index = 0; index < invariants->settings->instances; index++) {
        for (uint16_t node = 0; node < invariants->node_count; node++) {
            const struct view *view = view_of(invariants, index, node);
            if (from < invariants->traffic_end &&
                invariants->clients[index].started_at < invariants->troubled_until &&
                view->belief != BELIEF_HEALTHY) {
                violated(invariants, "return", index, node, -1, "it is still out (%s)",
                         belief_word(view->belief));
            }
        }
    }
}

void invariants_finish(struct invariants *invariants)
{
    if (invariants->violated) {
        return;
    }
    if (invariants->open_count > 0) {
        violated(invariants, "one-end", invariants->open[0]->client, -1,
                 invariants->open[0]->number, "it never ended");
    }
    /* An answer needs an execution (`lost`). */
    for (uint32_t i = 0; i < invariants->request_count; i++) {
        const struct request_model *request = &invariants->requests[i];
        if (request->phase == REQUEST_ENDED && request->server != NODE_NONE &&
            request->status < 300 && request->executions == 0) {
            violated(invariants, "lost", request->client, request->server, request->number,
                     "answered %u, and no node executed it", request->status);
        }
    }
    check_return(invariants);
}
