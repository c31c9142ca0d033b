/* Reasons to distrust a run: those that the journal holds and those that the figures betray. */
#include "core/verdict_parts.h"

static const nanos starts_late_max_ns = 50 * NANOS_PER_MS;
/* A first fault before this leaves too little time to ask for a success. */
static const nanos baseline_min_ns = NANOS_PER_S;

void verdict_doubt_add(const struct doubts *doubts, enum reason reason, const char *text)
{
    reason_list_add(doubts->list, doubts->arena, reason, reason_code(reason), text);
}

static void find_no_traffic(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;

    if (measurement->stream_events > 0) {
        return;
    }
    for (size_t i = 0; i < measurement->request_count; i++) {
        if (measurement->requests[i].started != NANOS_NEVER) {
            return;
        }
    }
    verdict_doubt_add(
        doubts, REASON_NO_TRAFFIC,
        measurement->request_count == 0
            ? "no request was due after the warm-up; a run without traffic proves nothing"
            : "not one request was sent; a run without traffic proves nothing");
}

static bool any_success_before(const struct measurement *measurement, nanos time)
{
    if (measurement->request_count == 0 && measurement->baseline_events > 0) {
        return true; /* streams are callers too */
    }
    for (size_t i = 0; i < measurement->request_count; i++) {
        if (measurement->requests[i].success && measurement->requests[i].ended < time) {
            return true;
        }
    }
    return false;
}

/* A program that falls behind piles requests up, undisturbed: at that moment more are under way
   than come within `slow`. "" if it does not, or is none. */
static const char *backlog_text(const struct doubts *doubts, nanos at)
{
    const struct measurement *measurement = doubts->measurement;
    const struct traffic *traffic = &doubts->scenario->traffic;
    uint64_t waiting = 0;

    if (!scenario_client_is_external(&doubts->scenario->client)) {
        return "";
    }
    for (size_t i = 0; i < measurement->request_count; i++) {
        const struct request_record *record = &measurement->requests[i];
        waiting += record->started < at && record->ended > at;
    }
    if ((double)waiting * 1e15 <= (double)traffic->rate_micro * (double)traffic->slow &&
        waiting < traffic->max_in_flight) {
        return "";
    }
    return arena_printf(doubts->arena,
                        "; %llu waited for the client by then: it answers more slowly than they "
                        "come",
                        (unsigned long long)waiting);
}

static void find_unhealthy_baseline(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;
    uint64_t all = measurement->baseline_requests;
    uint64_t failed = measurement->baseline_failed;
    uint64_t slow = measurement->baseline_slow;
    const char *text = NULL;

    if (measurement->first_fault == NANOS_NEVER) {
        if (measurement->request_count > 0 && !any_success_before(measurement, NANOS_NEVER)) {
            verdict_doubt_add(doubts, REASON_BASELINE_UNHEALTHY,
                              "not one request succeeded, and no fault can be blamed for that");
        }
        const char *backlog = backlog_text(doubts, measurement->traffic_end);
        if (backlog[0] != '\0') {
            verdict_doubt_add(
                doubts, REASON_OVERLOAD,
                arena_printf(doubts->arena, "the client is the bottleneck%s", backlog));
        }
        return;
    }
    if (failed > 0) {
        text = arena_printf(doubts->arena,
                            "%llu of %llu requests failed before the first fault; what is broken "
                            "undisturbed cannot be judged",
                            (unsigned long long)failed, (unsigned long long)all);
    } else if (slow * 100 > all * VERDICT_BASELINE_SLOW_PERCENT) {
        text = arena_printf(doubts->arena,
                            "%llu of %llu requests were disturbed before the first fault, more "
                            "than %u %%%s",
                            (unsigned long long)slow, (unsigned long long)all,
                            VERDICT_BASELINE_SLOW_PERCENT,
                            backlog_text(doubts, measurement->first_fault));
    } else if (measurement->baseline_silences > 0) {
        text = arena_printf(doubts->arena,
                            "streams were silent for too long %llu times before the first fault",
                            (unsigned long long)measurement->baseline_silences);
    } else if (measurement->first_fault >= baseline_min_ns &&
               !any_success_before(measurement, measurement->first_fault)) {
        text = arena_printf(doubts->arena, "no request succeeded in the %s before the first fault",
                            verdict_nanos_text(doubts->arena, measurement->first_fault));
    }
    if (text != NULL) {
        verdict_doubt_add(doubts, REASON_BASELINE_UNHEALTHY, text);
    }
}

static void find_late_starts(const struct doubts *doubts)
{
    nanos p99 = doubts->measurement->start_lateness.p99;

    if (p99 > starts_late_max_ns) {
        verdict_doubt_add(
            doubts, REASON_STARTS_LATE,
            arena_printf(doubts->arena,
                         "1 %% of the requests started %s late or more; more than %s means "
                         "that the machine could not keep up",
                         verdict_nanos_text(doubts->arena, p99),
                         verdict_nanos_text(doubts->arena, starts_late_max_ns)));
    }
}

static void find_overload(const struct doubts *doubts)
{
    if (doubts->measurement->overload_before_fault) {
        verdict_doubt_add(
            doubts, REASON_OVERLOAD,
            arena_printf(doubts->arena,
                         "requests were not sent before the first fault, with %u in flight "
                         "already (max_in_flight); lower the rate%s",
                         (unsigned)doubts->scenario->traffic.max_in_flight,
                         backlog_text(doubts, doubts->measurement->first_fault)));
    }
}

static bool is_client_problem(const struct event *event)
{
    return event->problem.reason == REASON_CLIENT_DIED ||
           event->problem.reason == REASON_CLIENT_PROTOCOL;
}

/* Sets *ret_began if traffic did; returns true if the client broke after the first fault. */
static bool
read_problems(const struct doubts *doubts, const struct journal *journal, bool *ret_began)
{
    bool client_broke = false;

    *ret_began = false;
    for (size_t i = 0; i < journal->count; i++) {
        const struct event *event = journal_at(journal, i);
        if (event->kind == EVENT_PHASE && event->phase.phase == PHASE_TRAFFIC_BEGIN) {
            *ret_began = true;
        }
        if (event->kind == EVENT_PROBLEM) {
            /* The journal does not live as long as the verdict. */
            verdict_doubt_add(doubts, (enum reason)event->problem.reason,
                              arena_printf(doubts->arena, "%s", event->problem.text));
            client_broke |=
                is_client_problem(event) && doubts->measurement->first_fault <= event->at;
        }
    }
    return client_broke;
}

bool verdict_find_doubts(struct arena *arena,
                         const struct scenario *scenario,
                         const struct journal *journal,
                         struct run_result *run)
{
    struct doubts doubts = {
        .arena = arena,
        .scenario = scenario,
        .measurement = &run->measurement,
        .list = &run->reasons,
    };
    bool began = false;
    bool client_broke = read_problems(&doubts, journal, &began);

    if (journal->full && !reason_list_has(&run->reasons, REASON_LOG_FULL)) {
        verdict_doubt_add(&doubts, REASON_LOG_FULL,
                          arena_printf(arena, "the journal was full after %llu events",
                                       (unsigned long long)journal->count));
    }
    /* A run that never came to its traffic has said why; the rest would only follow from that. */
    if (!began && run->reasons.count > 0) {
        return client_broke;
    }
    bool client_gone = reason_list_has(&run->reasons, REASON_CLIENT_DIED) ||
                       reason_list_has(&run->reasons, REASON_CLIENT_PROTOCOL);
    client_broke |= verdict_doubt_answers(&doubts);
    /* Where the client is gone, what it did not do until then is no news. */
    if (!client_gone) {
        find_no_traffic(&doubts);
        find_unhealthy_baseline(&doubts);
    }
    verdict_doubt_faults(&doubts);
    find_late_starts(&doubts);
    find_overload(&doubts);
    return client_broke;
}
