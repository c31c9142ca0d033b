#include "invariants_parts.h"

#define PPM 1000000

static bool is_probed(const struct invariants *invariants, const struct view *view)
{
    const struct health_check_settings *check = &invariants->settings->health_check;

    return check->enabled && (!check->failed_only || view->belief != BELIEF_HEALTHY);
}

/* `one-probe`: never two probes of a client to a node. `probe-pace`: no two closer than the
   interval less its jitter, none where none is wanted. */
void probe_begins(struct invariants *invariants, const struct event *event)
{
    const struct health_check_settings *check = &invariants->settings->health_check;
    struct view *view = view_of(invariants, event->attempt.client, event->node);
    nanos least_ns = check->interval - check->interval / PPM * check->jitter_ppm;

    if (view->probe != ATTEMPT_NONE) {
        violated(invariants, "one-probe", event->attempt.client, event->node, -1,
                 "another one is under way since %.6f s", (double)view->probe_at / 1e9);
    }
    if (!is_probed(invariants, view) ||
        (!view->probe_again && invariants->now - view->probe_paced_at < least_ns)) {
        violated(invariants, "probe-pace", event->attempt.client, event->node, -1,
                 "a probe %.6f s after the last one",
                 (double)(invariants->now - view->probe_paced_at) / 1e9);
    }
    if (!view->probe_again) {
        view->probe_paced_at = invariants->now;
    }
    view->probe = event->attempt.attempt;
    view->probe_at = invariants->now;
}

/* A probe proves nothing about what it does not exercise: after a 5xx, half an answer, or silence
   on a node whose health endpoint never failed, only a request can tell. */
static bool probes_can_tell(const struct view *view)
{
    if (view->by_breaker || view->isolated) {
        return false;
    }
    switch (view->cause) {
    case OUTCOME_REFUSED:
    case OUTCOME_CONNECT_TIMEOUT:
    case OUTCOME_RESET:
        return true;
    case OUTCOME_TIMEOUT:
        return view->by_probe || view->seen_by_probe;
    case OUTCOME_ANSWER:
    case OUTCOME_TRUNCATED:
    case OUTCOME_MOVED:
    case OUTCOME_BEATEN:
    case OUTCOME_CANCELLED:
    case OUTCOME_CLIENT_ERROR:
    case OUTCOME_UNSENT:
    case OUTCOME_UNFINISHED:
    case OUTCOMES:
        return view->by_probe;
    }
    return false;
}

static void probe_passed(struct invariants *invariants, struct view *view)
{
    view->probe_failures = 0;
    view->probe_passes++;
    if (view->belief != BELIEF_HEALTHY && view->trials == 0 && probes_can_tell(view) &&
        view->probe_passes >= invariants->settings->health_check.rise) {
        view->duty = DUTY_RETURN;
    }
}

static void probe_failed(struct invariants *invariants, struct view *view)
{
    view->probe_passes = 0;
    view->probe_failures++;
    if (view->belief == BELIEF_HEALTHY &&
        view->probe_failures >= invariants->settings->health_check.fall) {
        view->duty = DUTY_EJECT;
    }
}

void probe_ends(struct invariants *invariants,
                const struct attempt_model *attempt,
                const struct event *event)
{
    struct view *view = view_of(invariants, attempt->client, attempt->node);
    uint16_t status = event->attempt_end.status;
    bool good = event->attempt_end.outcome == OUTCOME_ANSWER && status >= 200 && status < 300;

    view->probe = ATTEMPT_NONE;
    if (event->attempt_end.outcome == OUTCOME_UNFINISHED) {
        return;
    }
    if (is_stale(attempt, event)) {
        view->probe_again = !view->probe_again && is_probed(invariants, view);
        return;
    }
    view->probe_again = false;
    if (!good && view->belief != BELIEF_HEALTHY) {
        view->seen_by_probe = true;
    }
    if (attempt->generation != view->generation) {
        return;
    }
    if (good) {
        probe_passed(invariants, view);
    } else {
        probe_failed(invariants, view);
    }
}

/* `probe-missing`: as long as a node is to be probed, it is, with or without traffic, however hung
   it or another one is. */
void probes_checked(struct invariants *invariants)
{
    const struct health_check_settings *check = &invariants->settings->health_check;
    nanos most_ns =
        nanos_max(check->interval + check->interval / PPM * check->jitter_ppm, check->timeout);

    if (!check->enabled || invariants->over) {
        return;
    }
    for (uint16_t client = 0; client < invariants->settings->instances; client++) {
        nanos started_at = invariants->clients[client].started_at;
        for (uint16_t node = 0; node < invariants->node_count; node++) {
            const struct view *view = view_of(invariants, client, node);
            nanos since = nanos_max(view->probe_at, started_at);
            if (check->failed_only) {
                since = nanos_max(since, view->ejected_at);
            }
            if (started_at != NANOS_NEVER && is_probed(invariants, view) &&
                invariants->now > nanos_add(since, most_ns)) {
                violated(invariants, "probe-missing", client, node, -1,
                         "none since %.6f s, at most %.6f s apart", (double)since / 1e9,
                         (double)most_ns / 1e9);
            }
        }
    }
}
