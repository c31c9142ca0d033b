#include "invariants_parts.h"

#include "base/check.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* More turns at one instant than that are a loop that does nothing. */
#define TURNS_MAX 1000

struct invariants *
invariants_new(struct arena *arena, const struct scenario *scenario, uint16_t unharmed)
{
    struct invariants *invariants = ARENA_NEW(arena, struct invariants);
    uint32_t clients = scenario->client.instances;
    uint32_t requests = (uint32_t)scenario_request_count(scenario);

    CHECK(scenario->node_count <= INVARIANTS_NODES_MAX);
    *invariants = (struct invariants){
        .arena = arena,
        .scenario = scenario,
        .settings = &scenario->client,
        .now = INT64_MIN,
        .views = ARENA_ARRAY(arena, struct view, clients * scenario->node_count),
        .clients = ARENA_ARRAY(arena, struct client_model, clients),
        .requests = ARENA_ARRAY(arena, struct request_model, requests),
        .open = ARENA_ARRAY(arena, struct request_model *, requests),
        .request_count = requests,
        .node_count = (uint16_t)scenario->node_count,
        .unharmed = unharmed,
        .troubled_until = LONG_AGO,
        .traffic_end = scenario->duration,
    };
    for (uint32_t client = 0; client < clients; client++) {
        invariants->clients[client] = (struct client_model){
            .started_at = NANOS_NEVER,
            .reset_at = LONG_AGO,
            .active_at = LONG_AGO,
            .active = scenario_client_spreads(&scenario->client) ? NODE_NONE : 0,
            .healthy = (uint32_t)scenario->node_count,
            .held = NODE_NONE,
        };
    }
    for (uint32_t i = 0; i < clients * scenario->node_count; i++) {
        invariants->views[i] = (struct view){
            .healthy_since = LONG_AGO,
            .answered_at = LONG_AGO,
            .ejected_at = LONG_AGO,
            .ejected_until = LONG_AGO,
            .pushed_back_until = LONG_AGO,
            .probe_at = LONG_AGO,
            .probe_paced_at = LONG_AGO,
            .released_at = LONG_AGO,
            .probe = ATTEMPT_NONE,
        };
    }
    streams_init(invariants);
    return invariants;
}

void invariants_only(struct invariants *invariants, const char *rule)
{
    invariants->only = rule;
}

const char *invariants_violation(const struct invariants *invariants)
{
    return invariants->violated ? invariants->text : NULL;
}

void violated(struct invariants *invariants,
              const char *rule,
              int64_t client,
              int64_t node,
              int64_t request,
              const char *format,
              ...)
{
    char what[VIOLATION_TEXT / 2];
    struct text text;
    va_list arguments;

    if (invariants->violated || (invariants->only != NULL && !text_equal(invariants->only, rule))) {
        return;
    }
    invariants->violated = true;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    text_init(&text, invariants->text, sizeof invariants->text);
    text_printf(&text, "%s at %.6f s", rule, (double)invariants->now / 1e9);
    if (client >= 0) {
        text_printf(&text, ", client %" PRId64, client);
    }
    if (node >= 0 && node < invariants->node_count) {
        text_printf(&text, ", node %s", invariants->scenario->nodes[node].name);
    }
    if (request >= 0) {
        text_printf(&text, ", request %" PRId64, request);
    }
    text_printf(&text, ": %s", what);
}

/* The clients' own words follow. One that knows the node to be in rotation is bound to it from now.
 */
static void order_told(struct invariants *invariants, const struct event *event, bool reset)
{
    for (uint16_t i = 0; i < invariants->settings->instances; i++) {
        struct client_model *client = &invariants->clients[i];
        client->may_switch = true;
        if (reset) {
            client->reset_at = invariants->now;
        } else if (view_of(invariants, i, event->node)->belief == BELIEF_HEALTHY) {
            client->held = event->node;
        }
    }
    if (reset) {
        reset_ordered(invariants);
    }
}

static void fault_told(struct invariants *invariants, const struct event *event)
{
    const struct fault *fault = &invariants->scenario->faults[event->fault.fault];

    if (fault->kind == FAULT_ISOLATE) {
        isolation_ordered(invariants, event);
    } else if (event->kind == EVENT_FAULT_APPLIED &&
               fault_kind_class(fault->kind) == FAULT_CLASS_CLIENT) {
        order_told(invariants, event, fault->kind == FAULT_RESET_FAILED);
    }
    if (event->kind != EVENT_FAULT_PLANNED) {
        invariants->troubled_until = nanos_max(invariants->troubled_until, invariants->now);
    }
}

static void phase_told(struct invariants *invariants, const struct event *event)
{
    switch ((enum phase)event->phase.phase) {
    case PHASE_TRAFFIC_BEGIN:
        streams_begin(invariants);
        return;
    case PHASE_TRAFFIC_END:
        streams_end(invariants);
        return;
    case PHASE_DRAIN_END:
        invariants->over = true;
        return;
    }
}

/* `past`: nothing is told of the future, and a client's own deeds are told as they are done. */
static void check_time(struct invariants *invariants, const struct event *event)
{
    bool own = event->kind == EVENT_ATTEMPT || event->kind == EVENT_REQUEST_END ||
               event->kind == EVENT_BELIEF || event->kind == EVENT_ACTIVE ||
               event->kind == EVENT_PANIC || event->kind == EVENT_COMMAND ||
               event->kind == EVENT_STREAM_OPEN;
    bool told_late = event->kind == EVENT_EXECUTED || event->kind == EVENT_PHASE;

    if (!told_late && (event->at > invariants->now || (own && event->at != invariants->now))) {
        violated(invariants, "past", -1, event->node, -1, "%s is told for %.6f s",
                 event_kind_word((enum event_kind)event->kind), (double)event->at / 1e9);
    }
}

static void dispatch(struct invariants *invariants, const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_REQUEST:
        request_begins(invariants, event);
        return;
    case EVENT_ATTEMPT:
        attempt_begins(invariants, event);
        return;
    case EVENT_ATTEMPT_END:
        attempt_ends(invariants, event);
        return;
    case EVENT_REQUEST_END:
        request_ends(invariants, event);
        return;
    case EVENT_BELIEF:
        belief_told(invariants, event);
        alerts_hear(invariants, event);
        return;
    case EVENT_ALERT:
        alert_told(invariants, event);
        return;
    case EVENT_ACTIVE:
        active_told(invariants, event);
        return;
    case EVENT_PANIC:
        panic_told(invariants, event);
        return;
    case EVENT_COMMAND:
        command_told(invariants, event);
        return;
    case EVENT_FAULT_PLANNED:
    case EVENT_FAULT_APPLIED:
    case EVENT_FAULT_EFFECTIVE:
    case EVENT_FAULT_CLEARED:
    case EVENT_FAULT_FAILED:
        fault_told(invariants, event);
        return;
    case EVENT_NODE:
        invariants->troubled_until = nanos_max(invariants->troubled_until, invariants->now);
        return;
    case EVENT_CLIENT:
    case EVENT_LEADER:
    case EVENT_VERIFIED:
        return;
    case EVENT_EXECUTED:
        executed(invariants, event);
        return;
    case EVENT_PHASE:
        phase_told(invariants, event);
        return;
    case EVENT_STREAM_OPEN:
        stream_opens(invariants, event);
        return;
    case EVENT_STREAM_OPENED:
        stream_opened(invariants, event);
        return;
    case EVENT_STREAM_EVENT:
        stream_event(invariants, event);
        return;
    case EVENT_STREAM_END:
        stream_ends(invariants, event);
        return;
    case EVENT_TURN:
    case EVENT_STALL:
    case EVENT_PROBLEM:
    case EVENT_ALERT_HOOK:
    case EVENT_STATUS:
    case EVENT_KINDS:
        return;
    }
}

/* `clock`: time never falls. */
void invariants_event(struct invariants *invariants, nanos now, const struct event *event)
{
    if (now < invariants->now) {
        violated(invariants, "clock", -1, -1, -1, "it is %.6f s now", (double)now / 1e9);
    }
    if (invariants->violated) {
        return;
    }
    invariants->now = now;
    check_time(invariants, event);
    dispatch(invariants, event);
}

/* `busy`: time goes on; the engine does not turn over and over at one instant. */
static void check_busy(struct invariants *invariants, nanos now)
{
    invariants->turns_here = now == invariants->turn_at ? invariants->turns_here + 1 : 0;
    invariants->turn_at = now;
    if (invariants->turns_here > TURNS_MAX) {
        violated(invariants, "busy", -1, -1, -1, "%d turns, and no time passes", TURNS_MAX);
    }
}

/* `overdue`: what has a limit is over when its time has come, and no later. Only the oldest are
   looked at, as the others become the oldest. */
static void check_overdue(struct invariants *invariants)
{
    while (invariants->begun_oldest < invariants->begun_count &&
           !invariants->attempts[invariants->begun[invariants->begun_oldest]].under_way) {
        invariants->begun_oldest++;
    }
    while (invariants->request_oldest < invariants->request_count &&
           invariants->requests[invariants->request_oldest].phase == REQUEST_ENDED) {
        invariants->request_oldest++;
    }
    if (invariants->begun_oldest < invariants->begun_count) {
        const struct attempt_model *attempt =
            &invariants->attempts[invariants->begun[invariants->begun_oldest]];
        if (attempt->limit <= invariants->now) {
            violated(invariants, "overdue", attempt->client, attempt->node,
                     attempt->request == REQUEST_NONE ? -1 : (int64_t)attempt->request,
                     "its attempt, begun at %.6f s, had to end by %.6f s",
                     (double)attempt->started / 1e9, (double)attempt->limit / 1e9);
        }
    }
    if (invariants->request_oldest < invariants->request_count) {
        const struct request_model *request = &invariants->requests[invariants->request_oldest];
        if (request->phase == REQUEST_OPEN && request->deadline <= invariants->now) {
            violated(invariants, "overdue", request->client, -1, request->number,
                     "due at %.6f s, and still open past its deadline", (double)request->due / 1e9);
        }
    }
}

void invariants_turn_end(struct invariants *invariants, nanos now)
{
    if (invariants->violated) {
        return;
    }
    check_busy(invariants, now);
    invariants->now = now;
    duties_checked(invariants);
    alerts_checked(invariants);
    check_overdue(invariants);
    preferences_checked(invariants);
    open_requests_checked(invariants);
    probes_checked(invariants);
    streams_checked(invariants);
    for (uint32_t i = 0; i < invariants->settings->instances; i++) {
        invariants->clients[i].ejected = false;
    }
}

void invariants_retry_after(struct invariants *invariants, uint32_t attempt, nanos retry_after)
{
    if (!invariants->violated) {
        attempt_of(invariants, attempt)->retry_after = retry_after;
    }
}

void invariants_begun(struct invariants *invariants, uint32_t attempt)
{
    if (!invariants->violated) {
        attempt_of(invariants, attempt)->begun = true;
    }
}

void invariants_dropped(struct invariants *invariants, uint16_t client, uint16_t node)
{
    view_of(invariants, client, node)->drop_due = false;
}

/* `connect-limit`: every attempt has the time to connect that the settings give, and no other. */
void invariants_connect_limit(
    struct invariants *invariants, nanos now, uint16_t client, uint16_t node, nanos limit)
{
    if (limit != nanos_add(now, invariants->settings->connect_timeout)) {
        violated(invariants, "connect-limit", client, node, -1, "%.6f s", (double)limit / 1e9);
    }
}
