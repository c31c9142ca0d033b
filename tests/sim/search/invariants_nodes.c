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
    view->failures++;
    if (view->failures >= invariants->settings->eject_after) {
        view->duty = DUTY_EJECT;
        view->cause = cause;
    }
}

/* The request got an answer, so it was no fault of its own that others had none. */
static void
blame_suspects(struct invariants *invariants, struct request_model *request, uint16_t but)
{
    for (uint32_t i = 0; i < request->tried_count; i++) {
        struct tried_model *tried = &request->tried[i];
        if (tried->suspected && tried->node != but) {
            tried->suspected = false;
            blame(invariants, view_of(invariants, request->client, tried->node), tried->generation,
                  tried->cause);
        }
    }
}

static void judge_success(struct view *view, uint32_t generation)
{
    if (generation != view->generation) {
        return;
    }
    view->failures = 0;
    if (view->belief != BELIEF_HEALTHY) {
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
        view->trial = ATTEMPT_NONE;
    }
    note_pushback(invariants, request, attempt, event);
    if (kind == 0 && event->attempt_end.status < 400) {
        judge_success(view, attempt->generation);
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

/* ---- beliefs ---- */

/* The first ejection lasts eject_for; each next one in a row twice as long, up to eject_for_max. A
   row ends once the node was healthy for as long as its last ejection. */
static void set_ejection(struct invariants *invariants, struct view *view)
{
    const struct client_settings *settings = invariants->settings;
    bool row = view->ejection_ns > 0 && (view->belief != BELIEF_HEALTHY ||
                                         invariants->now - view->healthy_since < view->ejection_ns);

    view->ejection_ns = row ? nanos_min(2 * view->ejection_ns,
                                        nanos_max(settings->eject_for, settings->eject_for_max))
                            : settings->eject_for;
    view->ejected_at = invariants->now;
    view->ejected_until = nanos_add(invariants->now, view->ejection_ns);
}

/* `evidence`: a node is ejected after eject_after failures in a row that are its own, or `fall`
   failed probes, or its failed trial; all begun under the belief that it ends. */
static void
ejection_told(struct invariants *invariants, struct view *view, const struct event *event)
{
    bool by_probe = text_equal(event->belief.why, "probe");
    bool justified = view->duty == DUTY_EJECT;

    if (justified && by_probe) {
        justified = view->probe_failures >= invariants->settings->health_check.fall;
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
    view->duty = DUTY_NONE;
}

/* ---- the operator's commands ---- */

/* Before its outputs: what was begun earlier says nothing any more, and nobody has to wait. */
void reset_ordered(struct invariants *invariants)
{
    uint32_t view_count = invariants->settings->instances * invariants->node_count;

    for (uint32_t i = 0; i < view_count; i++) {
        struct view *view = &invariants->views[i];
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
    if (invariants->scenario->faults[event->command.fault].kind == FAULT_RESET_FAILED) {
        reset_told(invariants, event);
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
            if (view->drop_due) {
                violated(invariants, "drop", client, node, -1,
                         "it is ejected, and its connections are kept");
            }
        }
    }
}
