#include "invariants_parts.h"

#include "base/text.h"

#include <inttypes.h>

/* Which of failover_on an ending is, 0: an answer of the caller's own. */
unsigned failure_kind(enum outcome outcome, uint16_t status)
{
    switch (outcome) {
    case OUTCOME_ANSWER:
        return status >= 500 ? FAILOVER_ON_5XX : 0;
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
        break;
    }
    return 0;
}

/* ---- evidence from requests ---- */

/* What was begun under another belief says nothing of this one. */
static void
blame(struct invariants *invariants, struct view *view, uint32_t generation, enum outcome cause)
{
    if (generation != view->generation || view->belief != BELIEF_HEALTHY) {
        return;
    }
    const struct breaker_settings *breaker = &invariants->settings->breaker;
    bool enough = ++view->failures >= invariants->settings->eject_after;

    if (breaker->enabled) {
        view->recent[(view->failures - 1) % breaker->failures] = invariants->now;
        enough =
            view->failures >= breaker->failures &&
            invariants->now - view->recent[view->failures % breaker->failures] <= breaker->window;
    }
    if (enough) {
        view->duty = DUTY_EJECT;
        view->cause = cause;
    }
}

/* The request got an answer, so it was no fault of its own that others had none. But the last node
   in rotation is not lost to a suspicion that it has refuted since. */
static void
blame_suspects(struct invariants *invariants, struct request_model *request, uint16_t but)
{
    uint32_t healthy = invariants->clients[request->client].healthy;

    for (uint32_t i = 0; i < request->tried_count; i++) {
        struct tried_model *tried = &request->tried[i];
        if (!tried->suspected || tried->node == but) {
            continue;
        }
        struct view *view = view_of(invariants, request->client, tried->node);
        enum duty before = view->duty;
        tried->suspected = false;
        if (healthy < 2 && view->answered_at > tried->ended) {
            continue;
        }
        blame(invariants, view, tried->generation, tried->cause);
        healthy -=
            before != DUTY_EJECT && view->duty == DUTY_EJECT && view->belief == BELIEF_HEALTHY;
    }
}

static void
judge_success(const struct invariants *invariants, struct view *view, uint32_t generation)
{
    if (generation != view->generation || view->isolated) {
        return;
    }
    view->beaten = 0;
    view->failures = invariants->settings->breaker.enabled ? view->failures : 0;
    view->trials_passed += view->belief == BELIEF_PROBING;
    if (view->belief == BELIEF_FAILED ||
        (view->belief == BELIEF_PROBING && view->trials_passed >= trials_max(invariants))) {
        view->duty = DUTY_RETURN;
    }
}

static void judge_trial(struct view *view, uint32_t generation, enum outcome cause)
{
    if (generation == view->generation) {
        view->duty = DUTY_EJECT;
        view->cause = cause;
    }
}

/* A 5xx or a timeout may be the request's fault: the node is only suspected until another one has
   answered the same request. Where no other may be asked, the node is blamed at once; of a single
   node nobody can say. */
static void judge_failure(struct invariants *invariants,
                          struct request_model *request,
                          const struct attempt_model *attempt,
                          enum outcome outcome)
{
    bool ambiguous = outcome == OUTCOME_ANSWER || outcome == OUTCOME_TIMEOUT;
    bool comparable = (request->repeatable || request->last_unsent) &&
                      invariants->settings->retry_attempts > 1 && invariants->node_count > 1;

    if (ambiguous && (comparable || invariants->node_count == 1)) {
        struct tried_model *tried = tried_of(request, attempt->node);
        tried->suspected = true;
        tried->ended = invariants->now;
        tried->cause = outcome;
        return;
    }
    blame(invariants, view_of(invariants, attempt->client, attempt->node), attempt->generation,
          outcome);
}

static void note_pushback(struct invariants *invariants,
                          struct request_model *request,
                          const struct attempt_model *attempt,
                          const struct event *event)
{
    struct view *view = view_of(invariants, attempt->client, attempt->node);
    uint16_t status = event->attempt_end.status;

    if (event->attempt_end.outcome != OUTCOME_ANSWER || (status != 429 && status != 503) ||
        attempt->retry_after <= 0) {
        return;
    }
    view->pushed_back_until =
        nanos_max(view->pushed_back_until, nanos_add(invariants->now, attempt->retry_after));
    tried_of(request, attempt->node)->returnable = true;
    invariants->clients[attempt->client].may_switch = true;
}

void request_attempt_judged(struct invariants *invariants,
                            struct request_model *request,
                            const struct attempt_model *attempt,
                            const struct event *event)
{
    struct view *view = view_of(invariants, attempt->client, attempt->node);
    enum outcome outcome = (enum outcome)event->attempt_end.outcome;
    unsigned kind = failure_kind(outcome, event->attempt_end.status);
    /* So little time was left that its end says nothing about the node. */
    bool cut_short = outcome == OUTCOME_TIMEOUT && invariants->now == request->deadline &&
                     invariants->now - attempt->started < ATTEMPT_MIN;

    if (attempt->purpose == PURPOSE_TRIAL) {
        view->trials--;
    }
    note_pushback(invariants, request, attempt, event);
    if (kind == 0 && event->attempt_end.status < 400) {
        view->answered_at = invariants->now;
        judge_success(invariants, view, attempt->generation);
    } else if ((kind & invariants->settings->failover_on) != 0 && !cut_short) {
        if (attempt->purpose == PURPOSE_TRIAL) {
            judge_trial(view, attempt->generation, outcome);
        } else {
            judge_failure(invariants, request, attempt, outcome);
        }
    }
    if (kind == 0) {
        blame_suspects(invariants, request, attempt->node);
    }
}

/* A hedge was faster: three times in a row that is a timeout, but never of the last node in
   rotation. That the hedge was the slower one says nothing. */
void attempt_beaten(struct invariants *invariants,
                    const struct attempt_model *attempt,
                    uint16_t status)
{
    struct view *view = view_of(invariants, attempt->client, attempt->node);

    if (failure_kind(OUTCOME_ANSWER, status) != 0) {
        violated(invariants, "beaten", attempt->client, attempt->node, attempt->request,
                 "it is given up for an answer of %u", status);
    }

    view->trials -= attempt->purpose == PURPOSE_TRIAL;
    if (attempt->generation != view->generation) {
        return;
    }
    if (attempt->purpose == PURPOSE_TRIAL) {
        judge_trial(view, attempt->generation, OUTCOME_TIMEOUT);
    } else if (attempt->purpose == PURPOSE_REQUEST &&
               invariants->clients[attempt->client].healthy > 1 && ++view->beaten == 3) {
        view->beaten = 0;
        blame(invariants, view, attempt->generation, OUTCOME_TIMEOUT);
    }
}

/* ---- beliefs ---- */

/* The first ejection lasts eject_for; each next one in a row twice as long, up to eject_for_max. A
   row ends once the node was healthy for as long as its last ejection. */
static void set_ejection(struct invariants *invariants, struct view *view)
{
    const struct client_settings *settings = invariants->settings;
    bool row = view->ejection_ns > 0 && (view->belief != BELIEF_HEALTHY ||
                                         invariants->now - view->healthy_since < view->ejection_ns);

    if (view->by_breaker) {
        view->ejection_ns = settings->breaker.open;
    } else {
        view->ejection_ns = row ? nanos_min(2 * view->ejection_ns,
                                            nanos_max(settings->eject_for, settings->eject_for_max))
                                : settings->eject_for;
    }
    view->ejected_at = invariants->now;
    view->ejected_until = nanos_add(invariants->now, view->ejection_ns);
}

/* `evidence`: a node is ejected after eject_after failures in a row that are its own, or `fall`
   failed probes, or its failed trial; all begun under the belief that it ends. */
static void
ejection_told(struct invariants *invariants, struct view *view, const struct event *event)
{
    bool by_probe = text_equal(event->belief.why, "probe");
    bool breaker = invariants->settings->breaker.enabled;
    bool justified = view->duty == DUTY_EJECT;

    if (justified && by_probe) {
        justified = view->probe_failures >= invariants->settings->health_check.fall;
    } else if (justified && breaker) {
        justified = text_equal(event->belief.why, "breaker");
    } else if (justified && view->belief == BELIEF_HEALTHY) {
        justified = view->failures >= invariants->settings->eject_after;
    }
    if (!justified) {
        violated(invariants, "evidence", event->belief.client, event->node, -1,
                 "it is ejected (%s) after %" PRIu32 " failures and %" PRIu32
                 " failed probes in a row",
                 event->belief.why, view->failures, view->probe_failures);
    }
    view->by_probe = by_probe;
    view->by_breaker = breaker && !by_probe;
    view->seen_by_probe = by_probe || view->probe_failures > 0;
    view->drop_due = true;
    set_ejection(invariants, view);
    invariants->clients[event->belief.client].ejected = true;
}

/* `evidence`: a node returns after its trial or another request succeeded, or `rise` passed probes
   where those can tell; or by the operator's reset. */
static void return_told(struct invariants *invariants, struct view *view, const struct event *event)
{
    bool reset = text_equal(event->belief.why, "reset");
    bool released = text_equal(event->belief.why, "released");

    if (released && view->released_at == invariants->now && !view->isolated) {
        view->healthy_since = invariants->now;
        return;
    }
    if (reset ? invariants->clients[event->belief.client].reset_at != invariants->now
              : view->duty != DUTY_RETURN) {
        violated(invariants, "evidence", event->belief.client, event->node, -1,
                 "it returns (%s) after %" PRIu32 " passed probes", event->belief.why,
                 view->probe_passes);
    }
    view->healthy_since = reset ? LONG_AGO : invariants->now;
}

/* `trial`: half-open not before the ejection is over and, where probes run, one has passed. */
static void
trial_told(struct invariants *invariants, const struct view *view, const struct event *event)
{
    if (!trial_due(invariants, view)) {
        violated(invariants, "trial", event->belief.client, event->node, -1,
                 "it begins after %" PRIu32 " passed probes, ejected until %.6f s",
                 view->probe_passes, (double)view->ejected_until / 1e9);
    }
}

/* `beliefs`: none is told twice, and a trial is only of an ejected node. */
void belief_told(struct invariants *invariants, const struct event *event)
{
    struct view *view = view_of(invariants, event->belief.client, event->node);
    struct client_model *client = &invariants->clients[event->belief.client];
    enum belief belief = (enum belief)event->belief.belief;

    if (belief == view->belief || (belief == BELIEF_PROBING && view->belief != BELIEF_FAILED)) {
        violated(invariants, "beliefs", event->belief.client, event->node, -1, "%s after %s",
                 belief_word(belief), belief_word(view->belief));
        return;
    }
    switch (belief) {
    case BELIEF_FAILED:
        if (view->isolated && text_equal(event->belief.why, "isolated")) {
            view->drop_due = true;
            view->ejected_at = invariants->now;
            break;
        }
        ejection_told(invariants, view, event);
        break;
    case BELIEF_HEALTHY:
        return_told(invariants, view, event);
        break;
    case BELIEF_PROBING:
        trial_told(invariants, view, event);
        break;
    }
    client->healthy += belief == BELIEF_HEALTHY;
    client->healthy -= view->belief == BELIEF_HEALTHY;
    client->may_switch = true;
    if (client->held == event->node && belief != BELIEF_HEALTHY) {
        client->held = NODE_NONE;
    }
    view->belief = belief;
    view->generation++;
    view->failures = 0;
    view->probe_failures = 0;
    view->probe_passes = 0;
    view->trials_passed = 0;
    view->beaten = 0;
    view->duty = DUTY_NONE;
}

/* ---- the operator's commands ---- */

/* `isolated`: from now on the node is out, until it is released. What was begun before says nothing
   any more. */
void isolation_ordered(struct invariants *invariants, const struct event *event)
{
    for (uint16_t client = 0; client < invariants->settings->instances; client++) {
        struct view *view = view_of(invariants, client, event->node);
        if (event->kind == EVENT_FAULT_APPLIED && !view->isolated) {
            view->isolated = true;
            view->generation += view->belief == BELIEF_FAILED;
            view->duty = DUTY_NONE;
        } else if (event->kind == EVENT_FAULT_CLEARED && view->isolated) {
            view->isolated = false;
            view->released_at = invariants->now;
            view->duty = DUTY_RETURN;
        }
        invariants->clients[client].may_switch = true;
    }
}

/* Before its outputs: what was begun earlier says nothing any more, and nobody has to wait. */
void reset_ordered(struct invariants *invariants)
{
    uint32_t view_count = invariants->settings->instances * invariants->node_count;

    for (uint32_t i = 0; i < view_count; i++) {
        struct view *view = &invariants->views[i];
        view->isolated = false;
        view->healthy_since = LONG_AGO;
        if (view->belief == BELIEF_HEALTHY) {
            view->generation++;
            view->failures = 0;
            view->probe_failures = 0;
        }
    }
}

static void reset_told(struct invariants *invariants, const struct event *event)
{
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        if (view_of(invariants, event->command.client, node)->belief != BELIEF_HEALTHY) {
            violated(invariants, "command", event->command.client, node, -1,
                     "it is still out after a reset");
        }
    }
}

/* `command`: a reset clears all marks; the client moves to a node that is in rotation and stays
   until it fails, and refuses one that is out. */
void command_told(struct invariants *invariants, const struct event *event)
{
    enum fault_kind kind = invariants->scenario->faults[event->command.fault].kind;

    if (kind == FAULT_RESET_FAILED) {
        reset_told(invariants, event);
        return;
    }
    if (kind == FAULT_ISOLATE) {
        if (!event->command.done) {
            violated(invariants, "command", event->command.client, event->node, -1,
                     "an isolation is refused");
        }
        return;
    }
    bool in_rotation =
        view_of(invariants, event->command.client, event->node)->belief == BELIEF_HEALTHY;
    if (event->command.done != in_rotation) {
        violated(invariants, "command", event->command.client, event->node, -1,
                 "a switch is %s, but the node is %s", event->command.done ? "done" : "refused",
                 in_rotation ? "in rotation" : "out");
    }
}

/* `duty`: what the evidence demands is done within the turn. `drop`: the connections to an ejected
   node are closed. */
void duties_checked(struct invariants *invariants)
{
    for (uint16_t client = 0; client < invariants->settings->instances; client++) {
        for (uint16_t node = 0; node < invariants->node_count; node++) {
            const struct view *view = view_of(invariants, client, node);
            if (view->duty != DUTY_NONE) {
                violated(invariants, "duty", client, node, -1, "it had to %s",
                         view->duty == DUTY_EJECT ? "be ejected" : "return");
            }
            if (view->isolated && view->belief != BELIEF_FAILED) {
                violated(invariants, "isolated", client, node, -1, "it is %s",
                         belief_word(view->belief));
            }
            if (view->drop_due) {
                violated(invariants, "drop", client, node, -1,
                         "it is ejected, and its connections are kept");
            }
        }
    }
}
