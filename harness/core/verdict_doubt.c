/* Reasons to distrust a run: those that the journal holds and those that the figures betray. */
#include "core/verdict_parts.h"

static const nanos fault_late_max_ns = 100 * NANOS_PER_MS;
static const nanos starts_late_max_ns = 50 * NANOS_PER_MS;
/* A first fault before this leaves too little time to ask for a success. */
static const nanos baseline_min_ns = NANOS_PER_S;
static const uint64_t baseline_disturbed_max_percent = 1;

/* What the doubts are read from and where they go. */
struct doubts {
    struct arena *arena;
    const struct scenario *scenario;
    const struct measurement *measurement;
    struct reason_list *list;
};

static void add_doubt(const struct doubts *doubts, enum reason reason, const char *text)
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
    add_doubt(doubts, REASON_NO_TRAFFIC,
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
    uint64_t disturbed = measurement->baseline_disturbed;
    const char *text = NULL;

    if (measurement->first_fault == NANOS_NEVER) {
        if (measurement->request_count > 0 && !any_success_before(measurement, NANOS_NEVER)) {
            add_doubt(doubts, REASON_BASELINE_UNHEALTHY,
                      "not one request succeeded, and no fault can be blamed for that");
        }
        const char *backlog = backlog_text(doubts, measurement->traffic_end);
        if (backlog[0] != '\0') {
            add_doubt(doubts, REASON_OVERLOAD,
                      arena_printf(doubts->arena, "the client is the bottleneck%s", backlog));
        }
        return;
    }
    if (failed > 0) {
        text = arena_printf(doubts->arena,
                            "%llu of %llu requests failed before the first fault; what is broken "
                            "undisturbed cannot be judged",
                            (unsigned long long)failed, (unsigned long long)all);
    } else if (disturbed * 100 > all * baseline_disturbed_max_percent) {
        text = arena_printf(doubts->arena,
                            "%llu of %llu requests were disturbed before the first fault, more "
                            "than %llu %%%s",
                            (unsigned long long)disturbed, (unsigned long long)all,
                            (unsigned long long)baseline_disturbed_max_percent,
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
        add_doubt(doubts, REASON_BASELINE_UNHEALTHY, text);
    }
}

static bool hit_active_target(const struct measurement *measurement,
                              const struct fault_record *record)
{
    return record->disturbance != DISTURBANCE_NONE &&
           measurement->disturbances[record->disturbance].was_active;
}

/* What its hits are counted in. */
static const char *prey_of(enum fault_kind kind)
{
    switch (fault_kind_class(kind)) {
    case FAULT_CLASS_WIRE:
        return "connection";
    case FAULT_CLASS_PACKET:
        return "packet";
    case FAULT_CLASS_PROCESS:
    case FAULT_CLASS_ANSWER:
    case FAULT_CLASS_CLIENT:
        break;
    }
    return "request";
}

/* The proxy took its count of hits along. */
static bool hits_are_lost(const struct doubts *doubts, enum fault_kind kind)
{
    return fault_kind_class(kind) == FAULT_CLASS_WIRE &&
           reason_list_has(doubts->list, REASON_PROXY_DIED);
}

/* NULL if the fault did what it should. */
static const char *unconfirmed_text(const struct doubts *doubts, const struct fault_record *record)
{
    const struct fault *fault = &doubts->scenario->faults[record->fault];

    if (record->failure != NULL) {
        const char *phase = fault->kind != FAULT_FLAP
                                ? ""
                                : arena_printf(doubts->arena, " at %s",
                                               verdict_nanos_text(doubts->arena, record->planned));
        return arena_printf(doubts->arena, "fault '%s' failed%s: %s", fault->id, phase,
                            record->failure);
    }
    if (record->refusal != NULL) {
        return NULL;
    }
    if (record->applied == NANOS_NEVER) {
        if (record->planned >= doubts->measurement->traffic_end) {
            return NULL;
        }
        return arena_printf(doubts->arena, "fault '%s' was due at %s but never applied", fault->id,
                            verdict_nanos_text(doubts->arena, record->planned));
    }
    if (record->effective == NANOS_NEVER) {
        return arena_printf(doubts->arena,
                            "fault '%s' was applied at %s but nothing confirmed its effect",
                            fault->id, verdict_nanos_text(doubts->arena, record->applied));
    }
    if (record->opens && record->onset >= doubts->measurement->traffic_end) {
        return arena_printf(doubts->arena,
                            "fault '%s' took effect only at %s, when there was no traffic any more",
                            fault->id, verdict_nanos_text(doubts->arena, record->onset));
    }
    if (record->hits == 0 && fault_kind_needs_hits(fault->kind) && !fault->by_chance &&
        !hits_are_lost(doubts, fault->kind) && hit_active_target(doubts->measurement, record)) {
        return arena_printf(doubts->arena,
                            "fault '%s' (%s) hit no %s although its target was serving; it "
                            "did not bite",
                            fault->id, fault_kind_word(fault->kind), prey_of(fault->kind));
    }
    return NULL;
}

static void find_bad_application(const struct doubts *doubts, const struct fault_record *record)
{
    const char *text = unconfirmed_text(doubts, record);

    if (text != NULL) {
        add_doubt(doubts, REASON_FAULT_UNCONFIRMED, text);
    }
    if (record->applied == NANOS_NEVER || record->applied - record->planned <= fault_late_max_ns) {
        return;
    }
    text = arena_printf(doubts->arena,
                        "fault '%s' was applied %s late; more than %s is doubt about the harness, "
                        "not the client",
                        doubts->scenario->faults[record->fault].id,
                        verdict_nanos_text(doubts->arena, record->applied - record->planned),
                        verdict_nanos_text(doubts->arena, fault_late_max_ns));
    add_doubt(doubts, REASON_FAULT_LATE, text);
}

/* The next moment at which it should have been planned, NANOS_NEVER if it was as often as due. */
static nanos forgotten_at(const struct doubts *doubts, uint32_t index)
{
    const struct fault *fault = &doubts->scenario->faults[index];
    const struct measurement *measurement = doubts->measurement;
    nanos first = NANOS_NEVER;
    uint64_t count = 0;

    for (size_t i = 0; i < measurement->fault_count; i++) {
        if (measurement->faults[i].fault == index) {
            first = nanos_min(first, measurement->faults[i].planned);
            count++;
        }
    }
    if (count == 0) {
        return fault->at_to;
    }
    if (first == NANOS_NEVER ||
        count >= scenario_fault_applications(doubts->scenario, fault, first)) {
        return NANOS_NEVER;
    }
    return first + (nanos)count * fault->parameters.every;
}

/* A fault, or a down phase of a flap, that the journal does not even hold as planned. */
static void find_forgotten_fault(const struct doubts *doubts, uint32_t index)
{
    nanos at = forgotten_at(doubts, index);

    if (at < doubts->measurement->traffic_end) {
        add_doubt(doubts, REASON_FAULT_UNCONFIRMED,
                  arena_printf(doubts->arena, "fault '%s' was due by %s but never applied",
                               doubts->scenario->faults[index].id,
                               verdict_nanos_text(doubts->arena, at)));
    }
}

/* Nobody was asked while the fault was on, so nobody can have been hurt: that proves nothing. A
 * stream asks all the time. */
static void find_untouched_disturbances(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;

    if (doubts->scenario->traffic.stream_count > 0) {
        return;
    }
    for (size_t i = 0; i < measurement->disturbance_count; i++) {
        const struct disturbance *disturbance = &measurement->disturbances[i];
        if (disturbance->kind != DISTURBANCE_FAULT || !disturbance->was_active ||
            disturbance->worst_latency.state != FIGURE_ABSENT) {
            continue;
        }
        uint32_t fault = measurement->faults[disturbance->faults[0]].fault;
        add_doubt(doubts, REASON_FAULT_UNCONFIRMED,
                  arena_printf(doubts->arena,
                               "no request met fault '%s': hold it longer, or raise the rate",
                               doubts->scenario->faults[fault].id));
    }
}

static void find_bad_faults(const struct doubts *doubts)
{
    find_untouched_disturbances(doubts);
    for (size_t i = 0; i < doubts->measurement->fault_count; i++) {
        find_bad_application(doubts, &doubts->measurement->faults[i]);
    }
    for (uint32_t i = 0; i < doubts->scenario->fault_count; i++) {
        find_forgotten_fault(doubts, i);
    }
}

static void find_late_starts(const struct doubts *doubts)
{
    nanos p99 = doubts->measurement->start_lateness.p99;

    if (p99 > starts_late_max_ns) {
        add_doubt(doubts, REASON_STARTS_LATE,
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
        add_doubt(doubts, REASON_OVERLOAD,
                  arena_printf(doubts->arena,
                               "requests were not sent before the first fault, with %u in flight "
                               "already (max_in_flight); lower the rate%s",
                               (unsigned)doubts->scenario->traffic.max_in_flight,
                               backlog_text(doubts, doubts->measurement->first_fault)));
    }
}

/* Every node keeps a log, so that an answer without any entry there is the client's invention.
   Returns true if it began to invent after the first fault. */
static bool find_invented_answers(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;
    const struct scenario *scenario = doubts->scenario;
    nanos first = NANOS_NEVER;
    uint64_t count = 0;

    if (!scenario_client_is_external(&scenario->client) ||
        reason_list_has(doubts->list, REASON_LOG_FULL)) {
        return false;
    }
    for (size_t node = 0; node < scenario->node_count; node++) {
        if (scenario->nodes[node].kind != NODE_STUB) {
            return false;
        }
    }
    for (size_t i = 0; i < measurement->request_count; i++) {
        const struct request_record *record = &measurement->requests[i];
        if (record->success && record->attempts == 0) {
            first = nanos_min(first, record->ended);
            count++;
        }
    }
    if (count == 0) {
        return false;
    }
    add_doubt(doubts, REASON_CLIENT_PROTOCOL,
              arena_printf(doubts->arena,
                           "the client answered %llu requests that no node has seen (does it pass "
                           "X-Request-Id on?)",
                           (unsigned long long)count));
    return measurement->first_fault <= first;
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
            add_doubt(doubts, (enum reason)event->problem.reason,
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
        add_doubt(&doubts, REASON_LOG_FULL,
                  arena_printf(arena, "the journal was full after %llu events",
                               (unsigned long long)journal->count));
    }
    /* A run that never came to its traffic has said why; the rest would only follow from that. */
    if (!began && run->reasons.count > 0) {
        return client_broke;
    }
    bool client_gone = reason_list_has(&run->reasons, REASON_CLIENT_DIED) ||
                       reason_list_has(&run->reasons, REASON_CLIENT_PROTOCOL);
    client_broke |= find_invented_answers(&doubts);
    /* Where the client is gone, what it did not do until then is no news. */
    if (!client_gone) {
        find_no_traffic(&doubts);
        find_unhealthy_baseline(&doubts);
    }
    find_bad_faults(&doubts);
    find_late_starts(&doubts);
    find_overload(&doubts);
    return client_broke;
}
