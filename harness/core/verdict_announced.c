/* What a scenario announces about itself: a known issue, or the one good outcome of a canary. */
#include "base/text.h"
#include "core/verdict_parts.h"

static const char code_must[] = "must";
static const char code_known_issue[] = "known_issue";

/* ---- known_issue -------------------------------------------------------------------------------
 */

static bool is_announced(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->known_fails_count; i++) {
        if (text_equal(scenario->known_fails[i], name)) {
            return true;
        }
    }
    return false;
}

/* The worst run of an expectation is shown, so one that failed anywhere is seen here. */
static bool
has_come_out(const struct scenario_result *result, const char *name, enum verdict verdict)
{
    for (size_t i = 0; i < result->result_count; i++) {
        if (result->results[i].verdict == verdict &&
            text_equal(result->results[i].expectation->name, name)) {
            return true;
        }
    }
    return false;
}

/* Of one that was announced nobody knows whether it failed. */
static bool is_in_doubt(const struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;

    for (size_t i = 0; i < scenario->known_fails_count; i++) {
        const char *name = scenario->known_fails[i];
        if (!has_come_out(result, name, VERDICT_FAIL) &&
            has_come_out(result, name, VERDICT_INCONCLUSIVE)) {
            return true;
        }
    }
    return false;
}

static bool has_client_failure(const struct scenario_result *result)
{
    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        if (!run->superseded && run->verdict == VERDICT_FAIL &&
            (reason_list_has(&run->reasons, REASON_CLIENT_DIED) ||
             reason_list_has(&run->reasons, REASON_CLIENT_PROTOCOL))) {
            return true;
        }
    }
    return false;
}

/* A growing list of words in an arena: "a, b, c". */
static void append(struct arena *arena, const char **list, const char *word)
{
    *list = *list == NULL ? word : arena_printf(arena, "%s, %s", *list, word);
}

/* What differs from the announcement, NULL if nothing does. */
static const char *known_difference(struct arena *arena, const struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;
    const char *unannounced = NULL;
    const char *missing = NULL;

    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *own = &result->results[i];
        if (own->verdict == VERDICT_FAIL && !is_announced(scenario, own->expectation->name)) {
            append(arena, &unannounced, own->expectation->name);
        }
    }
    for (size_t i = 0; i < scenario->known_fails_count; i++) {
        if (!has_come_out(result, scenario->known_fails[i], VERDICT_FAIL) &&
            !has_come_out(result, scenario->known_fails[i], VERDICT_INCONCLUSIVE)) {
            append(arena, &missing, scenario->known_fails[i]);
        }
    }
    if (has_client_failure(result)) {
        append(arena, &unannounced, "the client itself");
    }
    if (unannounced == NULL && missing == NULL) {
        return NULL;
    }
    if (unannounced == NULL) {
        return arena_printf(arena, "announced as failing but did not fail: %s", missing);
    }
    if (missing == NULL) {
        return arena_printf(arena, "failed without being announced: %s", unannounced);
    }
    return arena_printf(arena, "failed without being announced: %s; announced but did not fail: %s",
                        unannounced, missing);
}

void verdict_apply_known_issue(struct arena *arena, struct scenario_result *result)
{
    if (result->verdict == VERDICT_INCONCLUSIVE) {
        return;
    }
    const char *difference = known_difference(arena, result);
    if (result->verdict == VERDICT_FAIL && difference == NULL) {
        result->verdict = is_in_doubt(result) ? VERDICT_INCONCLUSIVE : VERDICT_KNOWN;
        return;
    }
    const char *text =
        result->verdict == VERDICT_PASS
            ? arena_printf(arena, "a known issue that passes: remove known_issue (%s)",
                           result->scenario->known_why)
            : difference;
    result->verdict = VERDICT_FAIL;
    result->must_unmet = true;
    reason_list_add(&result->reasons, arena, REASONS, code_known_issue, text);
}

/* ---- must --------------------------------------------------------------------------------------
 */

static bool list_has_code(const struct reason_list *list, const char *code)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].code, code)) {
            return true;
        }
    }
    return false;
}

static bool all_inconclusive(const struct scenario_result *result, const char *code)
{
    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        if (!run->superseded && (run->verdict != VERDICT_INCONCLUSIVE ||
                                 (code != NULL && !list_has_code(&run->reasons, code)))) {
            return false;
        }
    }
    return verdict_counted_runs(result) > 0;
}

/* A canary that sees its bug now and then cannot be relied on. NULL: all runs that count failed,
   each or pooled; else "run 2 passed, run 5 was inconclusive". */
static const char *not_failed_text(struct arena *arena, const struct scenario_result *result)
{
    const char *list = NULL;

    for (size_t i = 0; i < result->result_count; i++) {
        if (result->results[i].expectation->pooled != POOLED_NONE &&
            result->results[i].verdict == VERDICT_FAIL) {
            return NULL;
        }
    }
    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        if (!run->superseded && run->verdict != VERDICT_FAIL) {
            append(arena, &list,
                   arena_printf(arena, "run %u %s", (unsigned)run->index,
                                run->verdict == VERDICT_PASS ? "passed" : "was inconclusive"));
        }
    }
    return list;
}

/* "switchover was unrecovered (limit < 5s), ..." */
static const char *failures_text(struct arena *arena, const struct scenario_result *result)
{
    const char *list = NULL;

    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *own = &result->results[i];
        if (own->verdict == VERDICT_FAIL) {
            const struct expectation *expectation = own->expectation;
            append(arena, &list,
                   arena_printf(arena, "%s was %s (limit %s%s%s)", expectation->name,
                                verdict_figure_text(arena, expectation->metric, own->actual),
                                expectation->limit_text, own->why != NULL ? "; " : "",
                                own->why != NULL ? own->why : ""));
        }
    }
    if (has_client_failure(result)) {
        append(arena, &list, "the client broke");
    }
    return list != NULL ? list : "a run failed";
}

static const char *outcome_text(struct arena *arena, const struct scenario_result *result)
{
    if (result->verdict == VERDICT_PASS) {
        return "it passed";
    }
    if (result->verdict == VERDICT_FAIL) {
        return arena_printf(arena, "it failed: %s", failures_text(arena, result));
    }
    const char *codes = NULL;
    for (size_t i = 0; i < result->reasons.count; i++) {
        append(arena, &codes, result->reasons.items[i].code);
    }
    return arena_printf(arena, "it was inconclusive: %s", codes != NULL ? codes : "no reason");
}

void verdict_apply_must(struct arena *arena, struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;
    const char *code = scenario->must_reason;
    const char *text = NULL;
    bool met = false;

    if (scenario->must == MUST_FAIL) {
        const char *exceptions = not_failed_text(arena, result);
        met = result->verdict == VERDICT_FAIL && exceptions == NULL;
        if (met) {
            text = arena_printf(arena, "failed, as it must: %s", failures_text(arena, result));
        } else if (result->verdict == VERDICT_FAIL) {
            text = arena_printf(arena, "it had to fail in every run, but %s", exceptions);
        } else {
            text = arena_printf(arena, "it had to fail, but %s", outcome_text(arena, result));
        }
    } else {
        met = result->verdict == VERDICT_INCONCLUSIVE && all_inconclusive(result, code);
        const char *tail = code == NULL ? "" : arena_printf(arena, " for '%s'", code);
        text = met ? arena_printf(arena, "inconclusive%s, as it must", tail)
                   : arena_printf(arena, "it had to be inconclusive%s, but %s", tail,
                                  outcome_text(arena, result));
    }
    result->verdict = met ? VERDICT_PASS : VERDICT_FAIL;
    result->must_unmet = !met;
    reason_list_add(&result->reasons, arena, REASONS, code_must, text);
}
