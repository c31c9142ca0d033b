#include "invariants_parts.h"

#include <inttypes.h>

bool view_usable(const struct invariants *invariants, const struct view *view)
{
    return view->belief == BELIEF_HEALTHY && view->pushed_back_until <= invariants->now;
}

/* Each node once; one that said Retry-After once more when that time is over. */
bool may_ask(struct request_model *request, uint16_t node)
{
    const struct tried_model *tried = tried_of(request, node);

    return tried == NULL || (tried->returnable && !request->returned);
}

bool trial_due(const struct invariants *invariants, const struct view *view)
{
    if (view->trial != ATTEMPT_NONE || invariants->now < view->pushed_back_until) {
        return false;
    }
    bool awaited = view->belief == BELIEF_FAILED && invariants->now >= view->ejected_until &&
                   (!invariants->settings->health_check.enabled || view->probe_passes > 0);

    return awaited || view->belief == BELIEF_PROBING;
}

/* Its caller may have to be served by another node afterwards. Where no request came for very long
   that can be repeated, any other will do. */
static bool may_be_trial(const struct invariants *invariants,
                         const struct request_model *request,
                         const struct view *view)
{
    return request->repeatable ||
           invariants->now >= nanos_add(view->ejected_until, invariants->settings->eject_for_max);
}

bool may_go_on(const struct invariants *invariants, struct request_model *request, bool wait)
{
    bool panic = invariants->clients[request->client].healthy == 0;

    if (panic && request->panicked) {
        return false;
    }
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        const struct view *view = view_of(invariants, request->client, node);
        bool in_peace = view->pushed_back_until <= invariants->now;
        if ((panic || view->belief == BELIEF_HEALTHY) && (in_peace || wait) &&
            may_ask(request, node)) {
            return true;
        }
    }
    return false;
}

/* The active node, or where the request was there already the first in order that it was not at, or
   at last the first that may be asked again. */
static uint16_t node_in_rotation(const struct invariants *invariants, struct request_model *request)
{
    uint16_t active = invariants->clients[request->client].active;
    uint16_t again = NODE_NONE;

    if (view_usable(invariants, view_of(invariants, request->client, active)) &&
        tried_of(request, active) == NULL) {
        return active;
    }
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        if (!view_usable(invariants, view_of(invariants, request->client, node))) {
            continue;
        }
        if (tried_of(request, node) == NULL) {
            return node;
        }
        if (again == NODE_NONE && may_ask(request, node)) {
            again = node;
        }
    }
    return again;
}

/* `trial`: an ejected node gets one request at a time, a new one. */
static void check_trial(struct invariants *invariants,
                        const struct request_model *request,
                        const struct event *event)
{
    const struct view *view = view_of(invariants, request->client, event->node);

    if (view->belief != BELIEF_PROBING || view->trial != ATTEMPT_NONE || request->attempts > 0 ||
        !may_be_trial(invariants, request, view)) {
        violated(invariants, "trial", request->client, event->node, request->number,
                 "the node is %s%s, it is attempt %" PRIu32, belief_word(view->belief),
                 view->trial == ATTEMPT_NONE ? "" : " and has a trial under way",
                 request->attempts + 1);
    }
}

/* `trial-missing`: the first request that may be a trial is one. */
static void check_no_trial(struct invariants *invariants,
                           const struct request_model *request,
                           const struct event *event)
{
    for (uint16_t node = 0; node < invariants->node_count && request->attempts == 0; node++) {
        const struct view *view = view_of(invariants, request->client, node);
        if (trial_due(invariants, view) && may_be_trial(invariants, request, view)) {
            violated(invariants, "trial-missing", request->client, event->node, request->number,
                     "node %u waits for its trial", node);
        }
    }
}

/* `ejected-node`: no attempt on a node that is out, but for its one trial; when all are out each
   request may try one (`panic-once`), and the journal says so (`panic-said`). `choice`: in rotation
   the active node is asked first, then the others in order. */
static void
check_node(struct invariants *invariants, struct request_model *request, const struct event *event)
{
    const struct client_model *client = &invariants->clients[request->client];

    if (client->healthy == 0) {
        if (!client->panic) {
            violated(invariants, "panic-said", request->client, event->node, request->number,
                     "an attempt on an ejected node, and no panic is told");
        }
        if (request->panicked) {
            violated(invariants, "panic-once", request->client, event->node, request->number,
                     "a second attempt while all nodes are out");
        }
        return;
    }
    if (view_of(invariants, request->client, event->node)->belief != BELIEF_HEALTHY) {
        violated(invariants, "ejected-node", request->client, event->node, request->number,
                 "an attempt on it, though %" PRIu32 " are in rotation", client->healthy);
    }
    uint16_t wanted = node_in_rotation(invariants, request);
    if (event->node != wanted) {
        violated(invariants, "choice", request->client, event->node, request->number,
                 "node %d is next", wanted == NODE_NONE ? -1 : (int)wanted);
    }
}

/* `same-node`: a request goes to a node once, to one that said Retry-After once more. `peace`: and
   not before that time. */
void choice_checked(struct invariants *invariants,
                    struct request_model *request,
                    const struct event *event)
{
    const struct view *view = view_of(invariants, request->client, event->node);

    if (!may_ask(request, event->node)) {
        violated(invariants, "same-node", request->client, event->node, request->number,
                 "it was there before");
    }
    if (invariants->now < view->pushed_back_until) {
        violated(invariants, "peace", request->client, event->node, request->number,
                 "the node wants to be left alone until %.6f s",
                 (double)view->pushed_back_until / 1e9);
    }
    if (event->attempt.purpose == PURPOSE_TRIAL) {
        check_trial(invariants, request, event);
        return;
    }
    check_no_trial(invariants, request, event);
    check_node(invariants, request, event);
}

/* ---- the active node ---- */

/* When the node may be preferred over the active one. */
static nanos preferred_from(const struct invariants *invariants,
                            const struct client_model *client,
                            uint16_t node,
                            bool active_usable)
{
    const struct client_settings *settings = invariants->settings;
    const struct view *view = view_of(invariants, (uint16_t)(client - invariants->clients), node);

    if (settings->failback == FAILBACK_AFTER && node != client->active && active_usable) {
        return nanos_max(view->pushed_back_until,
                         nanos_add(view->healthy_since, settings->failback_after));
    }
    return view->pushed_back_until;
}

/* The operator's choice while it is usable; sticky: the active one while it is; else the first in
   order, with failback after a time only once it was able that long. */
static uint16_t preferred(const struct invariants *invariants, uint16_t index)
{
    const struct client_model *client = &invariants->clients[index];
    bool active_usable = view_usable(invariants, view_of(invariants, index, client->active));

    if (client->held != NODE_NONE &&
        view_usable(invariants, view_of(invariants, index, client->held))) {
        return client->held;
    }
    if (invariants->settings->failback == FAILBACK_STICKY && active_usable) {
        return client->active;
    }
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        if (view_of(invariants, index, node)->belief == BELIEF_HEALTHY &&
            preferred_from(invariants, client, node, active_usable) <= invariants->now) {
            return node;
        }
    }
    return client->active;
}

/* Something came due between the last change and now that no event tells. */
static bool time_passed(const struct invariants *invariants, uint16_t index)
{
    const struct client_model *client = &invariants->clients[index];

    for (uint16_t node = 0; node < invariants->node_count; node++) {
        const struct view *view = view_of(invariants, index, node);
        nanos able_from = nanos_add(view->healthy_since, invariants->settings->failback_after);
        if ((view->pushed_back_until > client->active_at &&
             view->pushed_back_until <= invariants->now) ||
            (able_from > client->active_at && able_from <= invariants->now)) {
            return true;
        }
    }
    return false;
}

/* `one-switch`: for one failure the client moves once, however many requests were in flight: each
   move needs an event of its own. `preferred`: and it goes where it should. */
void active_told(struct invariants *invariants, const struct event *event)
{
    uint16_t index = event->client.client;
    struct client_model *client = &invariants->clients[index];

    if (!client->may_switch && !time_passed(invariants, index)) {
        violated(invariants, "one-switch", index, event->node, -1,
                 "it moves once more, and nothing happened since %.6f s",
                 (double)client->active_at / 1e9);
    }
    if (event->node == client->active || event->node != preferred(invariants, index)) {
        violated(invariants, "preferred", index, event->node, -1, "it moves there from node %u",
                 client->active);
    }
    client->active = event->node;
    client->active_at = invariants->now;
    client->may_switch = false;
}

void panic_told(struct invariants *invariants, const struct event *event)
{
    struct client_model *client = &invariants->clients[event->client.client];

    if (client->panic == event->client.on) {
        violated(invariants, "panic", event->client.client, -1, -1, "it is told twice");
    }
    client->panic = event->client.on;
}

/* `panic`: it begins and ends with the last node in rotation. `preferred`: the client prefers the
   node that it should, from the instant on. */
void preferences_checked(struct invariants *invariants)
{
    for (uint16_t index = 0; index < invariants->settings->instances; index++) {
        const struct client_model *client = &invariants->clients[index];
        uint16_t node = preferred(invariants, index);
        if (client->panic != (client->healthy == 0)) {
            violated(invariants, "panic", index, -1, -1, "it is %s with %" PRIu32 " in rotation",
                     client->panic ? "on" : "off", client->healthy);
        }
        if (node != client->active) {
            violated(invariants, "preferred", index, node, -1, "it still prefers node %u",
                     client->active);
        }
    }
}

/* `left-behind`: what was on its way to a node that has just been ejected is moved, if it may be
   repeated and another node is in rotation that it was not at. */
static void check_left_behind(struct invariants *invariants, struct request_model *request)
{
    const struct attempt_model *attempt = &invariants->attempts[request->attempt];
    const struct view *view = view_of(invariants, attempt->client, attempt->node);

    if (view->belief != BELIEF_HEALTHY && view->ejected_at == invariants->now &&
        attempt->generation != view->generation && attempt->purpose == PURPOSE_REQUEST &&
        request->repeatable && request->moves < invariants->settings->retry_attempts &&
        invariants->clients[attempt->client].healthy > 0 &&
        node_in_rotation(invariants, request) != NODE_NONE) {
        violated(invariants, "left-behind", attempt->client, attempt->node, request->number,
                 "it still waits for a node that is out");
    }
}

/* `idle`: a request waits without an attempt only where every node that it may ask wants peace. */
void open_requests_checked(struct invariants *invariants)
{
    bool ejected = false;

    for (uint32_t i = 0; i < invariants->settings->instances; i++) {
        ejected |= invariants->clients[i].ejected;
    }
    if (invariants->over || (!ejected && invariants->idle_count == 0)) {
        return;
    }
    for (uint32_t i = 0; i < invariants->open_count; i++) {
        struct request_model *request = invariants->open[i];
        if (request->attempt != ATTEMPT_NONE) {
            check_left_behind(invariants, request);
        } else if (request->last_moved || may_go_on(invariants, request, false)) {
            violated(invariants, "idle", request->client, -1, request->number,
                     "nothing is done for it, though a node could be asked");
        }
    }
}
