/* One run: each expectation judged, then all of them together with the doubts. */
#include "base/check.h"
#include "core/verdict_parts.h"

/* To have recovered takes that long. */
static const nanos quiet_ns = NANOS_PER_S;

struct figure verdict_disturbance_figure(const struct disturbance *disturbance, enum metric metric)
{
    /* clang-format off */
    const struct {
        enum metric metric;
        struct figure figure;
    } figures[] = {
        {METRIC_SWITCHOVER, disturbance->switchover},
        {METRIC_FIRST_SUCCESS, disturbance->first_success},
        {METRIC_DETECTION, disturbance->detection},
        {METRIC_OUTAGE, disturbance->outage},
        {METRIC_WORST_LATENCY, disturbance->worst_latency},
        {METRIC_FAILED_REQUESTS, disturbance->failed_requests},
        {METRIC_SLOW_REQUESTS, disturbance->slow_requests},
        {METRIC_RELAPSES, disturbance->relapses},
        {METRIC_FAILBACK, disturbance->failback},
        {METRIC_STREAM_SWITCHOVER, disturbance->stream_switchover},
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        if (figures[i].metric == metric) {
            return figures[i].figure;
        }
    }
    CHECK(false);
    return (struct figure){0};
}

struct figure
verdict_run_figure(const struct measurement *measurement, enum metric metric, uint16_t node)
{
    if (metric != METRIC_SHARE) {
        return measurement->metrics[metric];
    }
    if (measurement->share == NULL || node == NODE_NONE) {
        return (struct figure){.state = FIGURE_ABSENT};
    }
    return measurement->share[node];
}

nanos verdict_run_error(const struct measurement *measurement)
{
    return nanos_max(measurement->start_lateness.max, measurement->turn_lateness.max);
}

bool verdict_disturbance_has_fault(const struct measurement *measurement,
                                   uint32_t disturbance,
                                   uint32_t fault)
{
    for (size_t i = 0; i < measurement->fault_count; i++) {
        const struct fault_record *record = &measurement->faults[i];
        if (record->fault == fault && record->disturbance == disturbance) {
            return true;
        }
    }
    return false;
}

static bool is_bounded(const struct scenario *scenario,
                       const struct measurement *measurement,
                       uint32_t disturbance)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *other = &scenario->expectations[i];
        if (other->metric != METRIC_RELAPSES) {
            continue;
        }
        if (other->fault == FAULT_NONE ||
            verdict_disturbance_has_fault(measurement, disturbance, other->fault)) {
            return true;
        }
    }
    return false;
}

bool verdict_forbids_relapses(const struct scenario *scenario,
                              const struct measurement *measurement,
                              const struct expectation *expectation,
                              uint32_t disturbance)
{
    bool is_upper = expectation->comparison == COMPARISON_LESS ||
                    expectation->comparison == COMPARISON_AT_MOST ||
                    expectation->comparison == COMPARISON_EQUAL;

    return expectation->metric == METRIC_SWITCHOVER && is_upper &&
           !is_bounded(scenario, measurement, disturbance);
}

/* Of a program of the user's nobody knows beforehand how soon it is back: may the disturbance have
   been over before anybody could have shown to keep the bound? */
static bool was_too_short(const struct scenario *scenario,
                          const struct measurement *measurement,
                          const struct expectation *expectation,
                          const struct disturbance *disturbance)
{
    if (expectation->metric != METRIC_SWITCHOVER ||
        disturbance->switchover.state != FIGURE_UNRECOVERED ||
        disturbance->end - disturbance->onset >= nanos_add(expectation->limit, quiet_ns)) {
        return false;
    }
    for (size_t i = 0; i < disturbance->fault_count; i++) {
        const struct fault_record *fault = &measurement->faults[disturbance->faults[i]];
        bool restarts = scenario->faults[fault->fault].kind == FAULT_RESTART;
        for (size_t k = 0; restarts && k < fault->target_count; k++) {
            if (scenario->nodes[fault->targets[k]].kind != NODE_STUB) {
                return true;
            }
        }
    }
    return false;
}

static struct expectation_result judge_disturbance(struct arena *arena,
                                                   const struct scenario *scenario,
                                                   const struct measurement *measurement,
                                                   const struct expectation *expectation,
                                                   uint32_t index)
{
    const struct disturbance *disturbance = &measurement->disturbances[index];
    struct figure actual = verdict_disturbance_figure(disturbance, expectation->metric);
    struct expectation_result result =
        verdict_judge(expectation, actual, disturbance->lateness_max);

    result.disturbance = index;
    if (result.verdict == VERDICT_FAIL &&
        was_too_short(scenario, measurement, expectation, disturbance)) {
        result.verdict = VERDICT_INCONCLUSIVE;
        result.reason = REASON_NOT_MEASURED;
        result.why = arena_printf(
            arena,
            "the restart was over after %s, too soon to show a switchover; use 'kill' with 'for'",
            verdict_nanos_text(arena, disturbance->end - disturbance->onset));
    }
    if (actual.state == FIGURE_VALUE && disturbance->relapses.state == FIGURE_VALUE &&
        disturbance->relapses.value > 0 && result.verdict != VERDICT_FAIL &&
        verdict_forbids_relapses(scenario, measurement, expectation, index)) {
        result.verdict = VERDICT_FAIL;
        result.reason = REASONS;
        result.why = arena_printf(arena,
                                  "callers were disturbed again after they had recovered (%lld "
                                  "relapses); bound 'relapses' if that is allowed",
                                  (long long)disturbance->relapses.value);
    }
    return result;
}

/* Is this disturbance one that the expectation is about? A recovery knows no target, so what is
   absent there was never to be measured. */
static bool concerns(const struct measurement *measurement,
                     const struct expectation *expectation,
                     uint32_t index)
{
    const struct disturbance *disturbance = &measurement->disturbances[index];

    if (!disturbance->was_active) {
        return false;
    }
    if (expectation->fault != FAULT_NONE) {
        return verdict_disturbance_has_fault(measurement, index, expectation->fault);
    }
    return disturbance->kind != DISTURBANCE_RECOVERY ||
           verdict_disturbance_figure(disturbance, expectation->metric).state != FIGURE_ABSENT;
}

static int severity(enum verdict verdict)
{
    return verdict == VERDICT_FAIL ? 2 : verdict == VERDICT_INCONCLUSIVE ? 1 : 0;
}

bool verdict_is_worse(const struct expectation_result *a, const struct expectation_result *b)
{
    const struct expectation *expectation = a->expectation;

    if (a->verdict != b->verdict) {
        return severity(a->verdict) > severity(b->verdict);
    }
    if (a->actual.state == FIGURE_ABSENT || b->actual.state == FIGURE_ABSENT) {
        return a->actual.state == FIGURE_ABSENT && b->actual.state != FIGURE_ABSENT;
    }
    return verdict_shortfall(a->actual, expectation->comparison, expectation->limit) >
           verdict_shortfall(b->actual, expectation->comparison, expectation->limit);
}

static struct expectation_result judge_worst_disturbance(struct arena *arena,
                                                         const struct scenario *scenario,
                                                         const struct measurement *measurement,
                                                         const struct expectation *expectation)
{
    struct figure absent = {.state = FIGURE_ABSENT};
    struct expectation_result worst = verdict_judge(expectation, absent, 0);
    bool any = false;

    for (uint32_t i = 0; i < measurement->disturbance_count; i++) {
        if (!concerns(measurement, expectation, i)) {
            continue;
        }
        struct expectation_result result =
            judge_disturbance(arena, scenario, measurement, expectation, i);
        if (!any || verdict_is_worse(&result, &worst)) {
            worst = result;
        }
        any = true;
    }
    return worst;
}

static bool is_per_disturbance(const struct expectation *expectation)
{
    return metric_scope(expectation->metric) == METRIC_SCOPE_DISTURBANCE ||
           (expectation->metric == METRIC_FAILED_REQUESTS && expectation->fault != FAULT_NONE);
}

static const char *not_measured_text(struct arena *arena,
                                     const struct scenario *scenario,
                                     const struct expectation_result *result)
{
    const struct expectation *expectation = result->expectation;

    if (!is_per_disturbance(expectation)) {
        return arena_printf(arena, "'%s' could not be measured in this run", expectation->name);
    }
    if (result->disturbance != DISTURBANCE_NONE) {
        return arena_printf(arena, "'%s' could not be measured in the disturbance that it is about",
                            expectation->name);
    }
    if (expectation->fault != FAULT_NONE) {
        return arena_printf(arena,
                            "'%s' was not measured: fault '%s' disturbed no node that was serving",
                            expectation->name, scenario->faults[expectation->fault].id);
    }
    return arena_printf(arena, "'%s' was not measured: no fault disturbed a node that was serving",
                        expectation->name);
}

static void
explain(struct arena *arena, const struct scenario *scenario, struct expectation_result *result)
{
    const struct expectation *expectation = result->expectation;

    if (result->reason == REASON_NOT_MEASURED && result->why == NULL) {
        result->why = not_measured_text(arena, scenario, result);
    } else if (result->reason == REASON_WITHIN_ERROR) {
        int64_t shortfall =
            verdict_shortfall(result->actual, expectation->comparison, expectation->limit);
        result->why = arena_printf(
            arena,
            "'%s' was %s against %s: missed by %s, while the harness itself was "
            "up to %s late",
            expectation->name, verdict_figure_text(arena, expectation->metric, result->actual),
            expectation->limit_text, verdict_nanos_text(arena, shortfall),
            verdict_nanos_text(arena, result->error));
    }
}

static struct expectation_result judge(struct arena *arena,
                                       const struct scenario *scenario,
                                       const struct run_result *run,
                                       const struct expectation *expectation)
{
    const struct measurement *measurement = &run->measurement;
    struct expectation_result result;

    if (is_per_disturbance(expectation)) {
        result = judge_worst_disturbance(arena, scenario, measurement, expectation);
    } else {
        result = verdict_judge(
            expectation, verdict_run_figure(measurement, expectation->metric, expectation->node),
            verdict_run_error(measurement));
    }
    result.run = run->index;
    explain(arena, scenario, &result);
    return result;
}

static void judge_all(struct arena *arena, const struct scenario *scenario, struct run_result *run)
{
    run->result_count = 0;
    run->results = ARENA_ARRAY(arena, struct expectation_result, scenario->expectation_count);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        if (scenario->expectations[i].pooled == POOLED_NONE) {
            run->results[run->result_count++] =
                judge(arena, scenario, run, &scenario->expectations[i]);
        }
    }
}

/* Fails of a run in doubt prove nothing, but for what noise cannot fake. */
static void soften_fails(struct run_result *run, enum reason doubt)
{
    for (size_t i = 0; i < run->result_count; i++) {
        struct expectation_result *result = &run->results[i];
        if (result->verdict == VERDICT_FAIL && !verdict_is_noise_proof(result, &run->reasons)) {
            result->verdict = VERDICT_INCONCLUSIVE;
            result->reason = doubt;
        }
    }
}

/* REASONS if there is none: what the client broke is a failure, not a doubt. */
static enum reason first_doubt(const struct reason_list *reasons, bool client_broke)
{
    for (size_t i = 0; i < reasons->count; i++) {
        enum reason reason = reasons->items[i].reason;
        if (!client_broke || (reason != REASON_CLIENT_DIED && reason != REASON_CLIENT_PROTOCOL)) {
            return reason;
        }
    }
    return REASONS;
}

static enum verdict worst_result(const struct run_result *run)
{
    enum verdict worst = VERDICT_PASS;

    for (size_t i = 0; i < run->result_count; i++) {
        if (severity(run->results[i].verdict) > severity(worst)) {
            worst = run->results[i].verdict;
        }
    }
    return worst;
}

static void add_doubts_of_results(struct arena *arena, struct run_result *run)
{
    for (size_t i = 0; i < run->result_count; i++) {
        const struct expectation_result *result = &run->results[i];
        if (result->verdict == VERDICT_INCONCLUSIVE && !verdict_reason_is_global(result->reason)) {
            reason_list_add(&run->reasons, arena, result->reason, reason_code(result->reason),
                            result->why);
        }
    }
}

void verdict_run(struct arena *arena,
                 const struct scenario *scenario,
                 const struct journal *journal,
                 struct run_result *run)
{
    bool client_broke = verdict_find_doubts(arena, scenario, journal, run);
    enum reason doubt = first_doubt(&run->reasons, client_broke);

    judge_all(arena, scenario, run);
    if (doubt != REASONS) {
        soften_fails(run, doubt);
    }
    run->verdict = worst_result(run);
    if (doubt != REASONS && run->verdict == VERDICT_PASS) {
        run->verdict = VERDICT_INCONCLUSIVE;
    }
    if (client_broke) {
        run->verdict = VERDICT_FAIL;
    }
    run->hollow = run->verdict == VERDICT_PASS && verdict_find_hollow(arena, scenario, run);
    if (run->hollow) {
        run->verdict = VERDICT_INCONCLUSIVE;
    }
    /* Without a request it is plain why nothing was measured. */
    if (doubt == REASONS || run->measurement.request_count > 0) {
        add_doubts_of_results(arena, run);
    }
}

bool verdict_wants_rerun(const struct run_result *run)
{
    if (run->verdict != VERDICT_INCONCLUSIVE || run->reasons.count == 0) {
        return false;
    }
    for (size_t i = 0; i < run->reasons.count; i++) {
        enum reason reason = run->reasons.items[i].reason;
        if (reason == REASONS || !reason_is_noise(reason)) {
            return false;
        }
    }
    return true;
}
