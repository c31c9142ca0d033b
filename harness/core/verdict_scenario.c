/* The runs of a scenario together, then what the scenario announced about itself (known_issue,
 * must). */
#include "core/verdict_parts.h"

size_t verdict_counted_runs(const struct scenario_result *result)
{
    size_t count = 0;

    for (size_t i = 0; i < result->run_count; i++) {
        count += result->runs[i].superseded ? 0 : 1;
    }
    return count;
}

static enum verdict worse_verdict(enum verdict a, enum verdict b)
{
    if (a == VERDICT_FAIL || b == VERDICT_FAIL) {
        return VERDICT_FAIL;
    }
    return a == VERDICT_PASS ? b : a;
}

/* ---- Expectations over the runs ---------------------------------------------------------------
 */

static const struct expectation_result *result_in_run(const struct run_result *run,
                                                      const struct expectation *expectation)
{
    for (size_t i = 0; i < run->result_count; i++) {
        if (run->results[i].expectation == expectation) {
            return &run->results[i];
        }
    }
    return NULL;
}

static struct expectation_result worst_in_runs(const struct scenario_result *result,
                                               const struct expectation *expectation)
{
    const struct expectation_result *worst = NULL;

    for (size_t i = 0; i < result->run_count; i++) {
        const struct expectation_result *own = result_in_run(&result->runs[i], expectation);
        if (own == NULL || result->runs[i].superseded) {
            continue;
        }
        if (worst == NULL || verdict_is_worse(own, worst)) {
            worst = own;
        }
    }
    if (worst == NULL) {
        struct figure absent = {.state = FIGURE_ABSENT};
        struct expectation_result none = verdict_judge(expectation, absent, 0);
        none.run = UINT32_MAX;
        none.why = "no run was finished";
        return none;
    }
    return *worst;
}

/* A doubt about what a whole run measured, if that counts; REASONS if there is none. */
static enum reason doubt_of_runs(const struct scenario_result *result)
{
    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        if (run->superseded || run->hollow || run->verdict != VERDICT_INCONCLUSIVE) {
            continue;
        }
        for (size_t k = 0; k < run->reasons.count; k++) {
            if (verdict_reason_is_global(run->reasons.items[k].reason)) {
                return run->reasons.items[k].reason;
            }
        }
    }
    return REASONS;
}

static bool any_forbidden_relapse(const struct scenario_result *result,
                                  const struct expectation *expectation,
                                  const struct run_result *run)
{
    const struct measurement *measurement = &run->measurement;

    for (uint32_t i = 0; i < measurement->disturbance_count; i++) {
        const struct disturbance *disturbance = &measurement->disturbances[i];
        bool concerned = disturbance->was_active &&
                         (expectation->fault == FAULT_NONE ||
                          verdict_disturbance_has_fault(measurement, i, expectation->fault));
        if (concerned && disturbance->relapses.state == FIGURE_VALUE &&
            disturbance->relapses.value > 0 &&
            verdict_forbids_relapses(result->scenario, measurement, expectation, i)) {
            return true;
        }
    }
    return false;
}

static void fail_for_relapses(const struct scenario_result *result,
                              struct expectation_result *pooled)
{
    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        if (!run->superseded && any_forbidden_relapse(result, pooled->expectation, run)) {
            pooled->verdict = VERDICT_FAIL;
            pooled->reason = REASONS;
            pooled->why = "callers were disturbed again after they had recovered; bound "
                          "'relapses' if that is allowed";
            return;
        }
    }
}

/* Runs without a figure are no good ones: a pool that leaves them out would hide what kept them
   from having one. */
static void doubt_missing_runs(struct arena *arena,
                               const struct scenario_result *result,
                               size_t measured,
                               struct expectation_result *pooled)
{
    size_t counted = verdict_counted_runs(result);

    if (pooled->verdict != VERDICT_PASS || measured == counted) {
        return;
    }
    pooled->verdict = VERDICT_INCONCLUSIVE;
    pooled->reason = REASON_NOT_MEASURED;
    pooled->why =
        arena_printf(arena, "'%s' pools a figure of every run, but only %zu of %zu runs have one",
                     pooled->expectation->name, measured, counted);
}

static struct expectation_result judge_pooled(struct arena *arena,
                                              const struct scenario_result *result,
                                              const struct expectation *expectation)
{
    struct pooled_actual actual = verdict_pooled_figure(arena, result, expectation);
    struct expectation_result pooled = verdict_judge(expectation, actual.figure, actual.error);
    enum reason doubt = doubt_of_runs(result);

    pooled.run = UINT32_MAX;
    if (actual.figure.state != FIGURE_ABSENT && pooled.verdict != VERDICT_FAIL) {
        fail_for_relapses(result, &pooled);
    }
    doubt_missing_runs(arena, result, actual.runs, &pooled);
    if (pooled.verdict == VERDICT_FAIL && doubt != REASONS &&
        !verdict_is_noise_proof(&pooled, &result->reasons)) {
        pooled.verdict = VERDICT_INCONCLUSIVE;
        pooled.reason = doubt;
    }
    if (pooled.reason == REASON_NOT_MEASURED && pooled.why == NULL) {
        pooled.why =
            arena_printf(arena, "'%s' could not be measured in any run", expectation->name);
    } else if (pooled.reason == REASON_WITHIN_ERROR) {
        pooled.why = arena_printf(arena,
                                  "'%s' was %s against %s, missed by no more than the "
                                  "harness was late (%s)",
                                  expectation->name,
                                  verdict_figure_text(arena, expectation->metric, actual.figure),
                                  expectation->limit_text, verdict_nanos_text(arena, actual.error));
    } else if (pooled.verdict == VERDICT_FAIL && pooled.why == NULL) {
        pooled.why = arena_printf(arena, "pooled from %zu", actual.n);
    }
    return pooled;
}

static void judge_expectations(struct arena *arena, struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;

    result->result_count = scenario->expectation_count;
    result->results = ARENA_ARRAY(arena, struct expectation_result, scenario->expectation_count);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        if (expectation->pooled == POOLED_NONE) {
            result->results[i] = worst_in_runs(result, expectation);
            continue;
        }
        result->results[i] = judge_pooled(arena, result, expectation);
        result->verdict = worse_verdict(result->verdict, result->results[i].verdict);
        if (result->results[i].why != NULL && result->results[i].reason != REASONS) {
            reason_list_add(&result->reasons, arena, result->results[i].reason,
                            reason_code(result->results[i].reason), result->results[i].why);
        }
    }
}

/* ---- Reasons and verdicts of the runs ----------------------------------------------------------
 */

static void unite_reasons(struct arena *arena, struct scenario_result *result)
{
    bool name_run = verdict_counted_runs(result) > 1;

    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        for (size_t k = 0; k < run->reasons.count && !run->superseded; k++) {
            const struct reason_text *own = &run->reasons.items[k];
            const char *text =
                name_run ? arena_printf(arena, "run %u: %s", (unsigned)run->index, own->text)
                         : own->text;
            reason_list_add(&result->reasons, arena, own->reason, own->code, text);
        }
    }
}

static enum verdict verdict_of_runs(const struct scenario_result *result)
{
    enum verdict worst = VERDICT_PASS;

    for (size_t i = 0; i < result->run_count; i++) {
        if (!result->runs[i].superseded) {
            worst = worse_verdict(worst, result->runs[i].verdict);
        }
    }
    return worst;
}

/* What was interrupted could not show what it announces. */
static bool is_interrupted(const struct scenario_result *result)
{
    return result->interrupted || reason_list_has(&result->reasons, REASON_INTERRUPTED);
}

void verdict_scenario(struct arena *arena, struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;

    result->must_unmet = false;
    result->verdict = verdict_of_runs(result);
    unite_reasons(arena, result);
    if (is_interrupted(result) && !reason_list_has(&result->reasons, REASON_INTERRUPTED)) {
        reason_list_add(&result->reasons, arena, REASON_INTERRUPTED,
                        reason_code(REASON_INTERRUPTED), "interrupted before all runs were made");
        result->verdict = worse_verdict(result->verdict, VERDICT_INCONCLUSIVE);
    } else if (verdict_counted_runs(result) == 0) {
        reason_list_add(&result->reasons, arena, REASON_NO_TRAFFIC, reason_code(REASON_NO_TRAFFIC),
                        "no run was made");
        result->verdict = VERDICT_INCONCLUSIVE;
    }
    judge_expectations(arena, result);
    if (is_interrupted(result)) {
        bool announces = scenario->must != MUST_NOTHING || scenario->known_why != NULL;
        result->verdict = announces ? VERDICT_INCONCLUSIVE : result->verdict;
        return;
    }
    if (scenario->must != MUST_NOTHING) {
        verdict_apply_must(arena, result);
    } else if (scenario->known_why != NULL) {
        verdict_apply_known_issue(arena, result);
    }
}
