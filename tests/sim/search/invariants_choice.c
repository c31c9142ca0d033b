#include "invariants_parts.h"

#include <inttypes.h>

bool view_usable(const struct invariants *invariants, const struct view *view)
{
    return view->belief == BELIEF_HEALTHY && view->pushed_back_until <= invariants->now;
}

/* Each node once; one that said Retry-After once more when that time is over. With a backoff it may
   begin again with those that it was at: `choice` sees to it that no other was left. */
static bool
may_ask(const struct invariants *invariants, struct request_model *request, uint16_t node)
{
    const struct tried_model *tried = tried_of(request, node);

    return tried == NULL || invariants->settings->retry_backoff > 0 ||
           (tried->returnable && !request->returned);
}

/* Must it be asked, now or (wait) later? A request that backs off waits some time, at most ten
   times what is set, and gives up if that is too long. */
static bool must_ask(const struct invariants *invariants,
                     struct request_model *request,
                     uint16_t node,
                     bool wait)
{
    nanos longest_ns = 10 * invariants->settings->retry_backoff;
    bool panic = invariants->clients[request->client].healthy == 0;

    if (longest_ns == 0 || tried_of(request, node) == NULL) {
        return may_ask(invariants, request, node);
    }
    const struct view *view = view_of(invariants, request->client, node);
    nanos since =
        nanos_max(request->last_ended, nanos_max(view->healthy_since, view->pushed_back_until));

    return !panic && (wait ? invariants->now + longest_ns < request->deadline
                           : invariants->now - since > longest_ns);
}

uint32_t trials_max(const struct invariants *invariants)
{
    const struct breaker_settings *breaker = &invariants->settings->breaker;

    return breaker->enabled ? breaker->trials : 1;
}

bool trial_due(const struct invariants *invariants, const struct view *view)
{
    if (view->isolated || view->trials + view->trials_passed >= trials_max(invariants) ||
        invariants->now < view->pushed_back_until) {
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

/* By the operator, who does not hold out all of them. */
static bool is_held_out(const struct invariants *invariants, uint16_t client, uint16_t node)
{
    uint32_t isolated = 0;

    for (uint16_t other = 0; other < invariants->node_count; other++) {
        isolated += view_of(invariants, client, other)->isolated;
    }
    return isolated < invariants->node_count && view_of(invariants, client, node)->isolated;
}

/* What is ejected and neither held out nor left in peace. */
static bool
may_be_last(const struct invariants *invariants, struct request_model *request, uint16_t node)
{
    const struct view *view = view_of(invariants, request->client, node);

    return view->belief != BELIEF_HEALTHY && view->pushed_back_until <= invariants->now &&
           !is_held_out(invariants, request->client, node) && may_ask(invariants, request, node);
}

static bool has_last_resort(const struct invariants *invariants, struct request_model *request)
{
    for (uint16_t node = 0; node < invariants->node_count && !request->panicked; node++) {
        if (may_be_last(invariants, request, node) && tried_of(request, node) == NULL) {
            return true;
        }
    }
    return false;
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
        if (panic && is_held_out(invariants, request->client, node)) {
            continue;
        }
        if ((panic || view->belief == BELIEF_HEALTHY) && (in_peace || wait) &&
            must_ask(invariants, request, node, wait)) {
            return true;
        }
    }
    return wait && !panic && has_last_resort(invariants, request);
}

static bool
is_candidate(const struct invariants *invariants, struct request_model *request, uint16_t node)
{
    return node != NODE_NONE &&
           view_usable(invariants, view_of(invariants, request->client, node)) &&
           tried_of(request, node) == NULL;
}

/* The active node (where load is spread: the one that the operator chose), or where the request was
   there already the first in order that it was not at, or at last that where it was
   longest ago, of those that may be asked again. */
static uint16_t node_in_rotation(const struct invariants *invariants, struct request_model *request)
{
    const struct client_model *client = &invariants->clients[request->client];
    bool spreads = scenario_client_spreads(invariants->settings);
    uint16_t first = spreads ? client->held : client->active;
    const struct tried_model *again = NULL;

    if (is_candidate(invariants, request, first)) {
        return first;
    }
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        const struct tried_model *tried = tried_of(request, node);
        if (!view_usable(invariants, view_of(invariants, request->client, node))) {
            continue;
        }
        if (tried == NULL) {
            return node;
        }
        if (may_ask(invariants, request, node) && (again == NULL || tried->asked < again->asked)) {
            again = tried;
        }
    }
    return again != NULL ? again->node : NODE_NONE;
}

/* A node in rotation that it may ask now, or that leaves it in peace until then. */
static bool has_in_rotation(const struct invariants *invariants, struct request_model *request)
{
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        const struct view *view = view_of(invariants, request->client, node);
        const struct tried_model *tried = tried_of(request, node);
        bool again = tried == NULL || (tried->returnable && !request->returned);
        if (view->belief == BELIEF_HEALTHY && again &&
            (view->pushed_back_until <= invariants->now ||
             view->pushed_back_until < request->deadline)) {
            return true;
        }
    }
    return false;
}

/* `last-resort`: a request that no node in rotation is left to may ask one that is ejected. */
static void check_last_resort(struct invariants *invariants,
                              struct request_model *request,
                              const struct event *event)
{
    if (invariants->clients[request->client].healthy == 0 || request->panicked ||
        !may_be_last(invariants, request, event->node) ||
        (invariants->settings->retry_backoff == 0 && has_in_rotation(invariants, request))) {
        violated(invariants, "last-resort", request->client, event->node, request->number,
                 "the node is %s; %" PRIu32 " are in rotation",
                 belief_word(view_of(invariants, request->client, event->node)->belief),
                 invariants->clients[request->client].healthy);
    }
}

/* `trial`: an ejected node gets one request at a time, a new one. */
static void check_trial(struct invariants *invariants,
                        const struct request_model *request,
                        const struct event *event)
{
    const struct view *view = view_of(invariants, request->client, event->node);

    if (view->belief != BELIEF_PROBING || view->isolated ||
        view->trials + view->trials_passed >= trials_max(invariants) || request->attempts > 0 ||
        !may_be_trial(invariants, request, view)) {
        violated(invariants, "trial", request->client, event->node, request->number,
                 "the node is %s, with %" PRIu32 " trials under way; it is attempt %" PRIu32,
                 belief_word(view->belief), view->trials, request->attempts + 1);
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

/* Where load is spread any node will do that the request was not at, unless one is held; and while
   the active node starts slowly, the next one serves instead of it. */
static bool
is_free_choice(const struct invariants *invariants, struct request_model *request, uint16_t node)
{
    const struct client_model *client = &invariants->clients[request->client];
    const struct client_settings *settings = invariants->settings;

    if (!is_candidate(invariants, request, node)) {
        return false;
    }
    if (scenario_client_spreads(settings)) {
        return !is_candidate(invariants, request, client->held);
    }
    const struct view *active = view_of(invariants, request->client, client->active);
    uint16_t next = 0;

    while (next == client->active || !is_candidate(invariants, request, next)) {
        next++;
    }
    return node == next && request->attempts == 0 &&
           invariants->now - active->healthy_since < settings->slow_start;
}

/* `ejected-node`: no attempt on a node that is out, but for its one trial; when all are out each
   request may try one (`panic-once`), and the journal says so (`panic-said`). `choice`: in rotation
   the active node is asked first, then the others in order, where load is not spread. */
static void
check_node(struct invariants *invariants, struct request_model *request, const struct event *event)
{
    const struct client_model *client = &invariants->clients[request->client];

    if (client->healthy == 0) {
        if (!client->panic) {
            violated(invariants, "panic-said", request->client, event->node, request->number,
                     "an attempt on an ejected node, and no panic is told");
        }
        if (is_held_out(invariants, request->client, event->node)) {
            violated(invariants, "isolated", request->client, event->node, request->number,
                     "an attempt on it, though not all are isolated");
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
    if (event->node != wanted && !is_free_choice(invariants, request, event->node)) {
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

    if (!may_ask(invariants, request, event->node)) {
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
    if (event->attempt.purpose == PURPOSE_LAST_RESORT) {
        check_last_resort(invariants, request, event);
        return;
    }
    check_node(invariants, request, event);
}

/* `hedge`: one a request, of a GET or HEAD whose attempt is as old as it must be, on a node in
   rotation that the request was not at. */
void hedge_checked(struct invariants *invariants,
                   struct request_model *request,
                   const struct event *event)
{
    const struct hedge_settings *hedge = &invariants->settings->hedge;
    bool under_way = request->phase == REQUEST_OPEN && request->attempt != ATTEMPT_NONE;
    nanos age = under_way ? invariants->now - invariants->attempts[request->attempt].started : 0;

    if (!hedge->enabled || !request->safe || request->hedged || !under_way || age != hedge->after ||
        !is_candidate(invariants, request, event->node)) {
        violated(invariants, "hedge", request->client, event->node, request->number,
                 "a hedge %.6f s after its attempt, %s", (double)age / 1e9,
                 request->hedged ? "the second one" : "or to a node that it must not ask");
    }
}

static bool has_elsewhere(const struct invariants *invariants, struct request_model *request)
{
    uint16_t node = node_in_rotation(invariants, request);

    return node != NODE_NONE &&
           (invariants->settings->retry_backoff == 0 || tried_of(request, node) == NULL);
}

/* `left-behind`: what was on its way to a node that has just been ejected is moved, if it may be
   repeated, which costs nothing, and another node is in rotation that it was not at. */
static void check_left_behind(struct invariants *invariants, struct request_model *request)
{
    const struct attempt_model *attempt = &invariants->attempts[request->attempt];
    const struct view *view = view_of(invariants, attempt->client, attempt->node);

    if (view->belief != BELIEF_HEALTHY && !view->isolated && view->ejected_at == invariants->now &&
        attempt->generation != view->generation && attempt->purpose == PURPOSE_REQUEST &&
        request->repeatable && request->moves < invariants->settings->retry_attempts &&
        invariants->settings->retry_budget_ppm == BUDGET_NONE &&
        invariants->clients[attempt->client].healthy > 0 && has_elsewhere(invariants, request)) {
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
