#include "report/story.h"

#include "base/text.h"
#include "report/human.h"
#include "report/report_json.h"
#include "report/shell_word.h"
#include "report/utf8.h"

#include <inttypes.h>

/* ---- Headline ---- */

static const char *must_note(const struct scenario *scenario)
{
    switch (scenario->must) {
    case MUST_FAIL:
        return "must fail";
    case MUST_INCONCLUSIVE:
        return "must be inconclusive";
    case MUST_NOTHING:
        break;
    }
    return "";
}

static struct figure
worst_of(struct arena *arena, const struct scenario_result *result, enum metric metric)
{
    struct pooled_figure pooled = verdict_pool(arena, result, metric, NODE_NONE);

    return pooled.n > 0 ? pooled.max : (struct figure){.state = FIGURE_ABSENT};
}

static bool is_bounded(const struct scenario *scenario, enum metric metric)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        if (scenario->expectations[i].metric == metric) {
            return true;
        }
    }
    return false;
}

struct headline story_headline(struct arena *arena, const struct scenario_result *result)
{
    const struct figure absent = {.state = FIGURE_ABSENT};
    struct headline headline = {
        .name = utf8_printable(arena, result->scenario->name),
        .verdict = result->verdict,
        .note = must_note(result->scenario),
        .switchover = worst_of(arena, result, METRIC_SWITCHOVER),
        .outage = worst_of(arena, result, METRIC_OUTAGE),
        .worst_latency = worst_of(arena, result, METRIC_WORST_LATENCY),
        .failed_requests = worst_of(arena, result, METRIC_FAILED_REQUESTS),
    };

    if (headline.worst_latency.state == FIGURE_ABSENT) {
        headline.worst_latency = worst_of(arena, result, METRIC_LATENCY_MAX);
    }
    /* A fault too short to show a switchover is no outage without end; only who asked hears
     * "never". */
    if (headline.switchover.state == FIGURE_UNRECOVERED &&
        !is_bounded(result->scenario, METRIC_SWITCHOVER)) {
        headline.switchover = absent;
    }
    if (result->interrupted) { /* what was cut off is neither recovered nor failed */
        headline.switchover = absent;
        headline.failed_requests = absent;
    }
    if (worst_of(arena, result, METRIC_REQUESTS).value == 0) {
        headline.failed_requests = absent;
    }
    return headline;
}

/* ---- Missed expectations ---- */

/* Rounded, but not so far that a missed limit looks met. */
static const char *actual_text(struct arena *arena, const struct expectation_result *judged)
{
    const struct expectation *expectation = judged->expectation;
    enum unit unit = metric_unit(expectation->metric);
    char actual[HUMAN_MAX];
    char limit[HUMAN_MAX];
    char exact[NANOS_TEXT_MAX];

    (void)human_figure(unit, judged->actual, actual);
    (void)human_figure(unit, figure_of(expectation->limit), limit);
    if (judged->actual.state == FIGURE_ABSENT) {
        return "not measured";
    }
    if (judged->actual.state == FIGURE_VALUE && unit == UNIT_NANOS && text_equal(actual, limit)) {
        return arena_printf(arena, "%s", nanos_text(judged->actual.value, exact));
    }
    return arena_printf(arena, "%s", actual);
}

static const char *where_text(struct arena *arena,
                              const struct scenario_result *result,
                              const struct expectation_result *judged)
{
    const char *fault = report_json_fault(result, judged);
    const char *run = "";

    if (judged->run != UINT32_MAX && result->run_count > 1) {
        run = arena_printf(arena, ", run %" PRIu32, judged->run);
    }
    return fault == NULL ? run : arena_printf(arena, "%s, fault %s", run, fault);
}

static void
tell_missed(struct arena *arena, const struct scenario_result *result, struct story *story)
{
    const char **missed = ARENA_ARRAY(arena, const char *, result->result_count + 1);

    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *judged = &result->results[i];
        const char *why = judged->why;
        if (judged->verdict == VERDICT_FAIL) {
            missed[story->missed_count++] = arena_printf(
                arena, "%s: %s, expected %s%s%s%s", judged->expectation->name,
                actual_text(arena, judged), judged->expectation->limit_text,
                where_text(arena, result, judged), why != NULL ? "; " : "", why != NULL ? why : "");
        }
    }
    story->missed = missed;
}

/* ---- Reasons ---- */

/* Whatever else is missing after an interruption follows from that. */
static void
tell_reasons(struct arena *arena, const struct reason_list *reasons, struct story *story)
{
    bool interrupted = reason_list_has(reasons, REASON_INTERRUPTED);
    struct document_reason *told = ARENA_ARRAY(arena, struct document_reason, reasons->count + 1);

    for (size_t i = 0; i < reasons->count; i++) {
        const struct reason_text *reason = &reasons->items[i];
        if (!interrupted || reason->reason == REASON_INTERRUPTED) {
            told[story->reason_count++] =
                (struct document_reason){.code = reason->code, .text = reason->text};
        }
    }
    story->reasons = told;
}

/* ---- Again ---- */

static void add_again(struct story *story, const char *what, const char *text)
{
    story->again[story->again_count++] = (struct story_again){.what = what, .text = text};
}

static const char *
command_text(struct arena *arena, const struct scenario_result *result, const char *command)
{
    const char *options = result->options != NULL ? result->options : "";

    return arena_printf(arena, "bascule %s --seed %" PRIu64 "%s%s %s", command, result->seed,
                        options[0] != '\0' ? " " : "", options,
                        shell_word(arena, result->scenario->file));
}

static void
tell_again(struct arena *arena, const struct scenario_result *result, struct story *story)
{
    if (result->again != NULL) {
        add_again(story, "again", result->again);
    } else if (result->simulated) {
        add_again(story, "again", command_text(arena, result, "simulate"));
        add_again(story, "for real", command_text(arena, result, "run"));
    } else {
        add_again(story, "again", command_text(arena, result, "run"));
    }
}

/* ---- The whole ---- */

const char *story_known_text(struct arena *arena, const char *why, size_t failed, size_t counted)
{
    /* None failed by itself: they failed pooled. */
    return counted < 2 || failed == 0
               ? why
               : arena_printf(arena, "%s (failed in %zu of %zu runs)", why, failed, counted);
}

static const char *known_text(struct arena *arena, const struct scenario_result *result)
{
    size_t failed = 0;
    size_t counted = 0;

    for (size_t i = 0; i < result->run_count; i++) {
        const struct run_result *run = &result->runs[i];
        counted += !run->superseded;
        failed += !run->superseded && run->verdict == VERDICT_FAIL;
    }
    return story_known_text(arena, result->scenario->known_why, failed, counted);
}

static const char *unasked_text(struct arena *arena, const char *name, int64_t failed)
{
    return arena_printf(arena, "%s passed, for it expects nothing; %" PRId64 " requests failed",
                        name, failed);
}

struct story
story_of(struct arena *arena, const struct scenario_result *result, const char *report_path)
{
    const struct scenario *scenario = result->scenario;
    struct story story = {
        .name = scenario->name,
        .verdict = result->verdict,
        .known_why = scenario->known_why,
    };

    if (result->verdict == VERDICT_KNOWN) {
        story.known_why = known_text(arena, result);
    }

    if (scenario->expectation_count == 0 && result->verdict == VERDICT_PASS &&
        scenario->must == MUST_NOTHING) {
        story.unasked = unasked_text(arena, scenario->name,
                                     worst_of(arena, result, METRIC_FAILED_REQUESTS).value);
    }
    tell_missed(arena, result, &story);
    tell_reasons(arena, &result->reasons, &story);
    tell_again(arena, result, &story);
    if (report_path != NULL) {
        add_again(&story, "all of it", report_path);
    }
    return story;
}
