#include "core/trace_parts.h"

#include <inttypes.h>

/* ---- Figures ---- */

static void add_figure(struct story *story, enum unit unit, struct figure figure)
{
    struct text *text = &story->text;

    if (figure.state == FIGURE_ABSENT) {
        text_add(text, "not measured");
    } else if (figure.state == FIGURE_UNRECOVERED) {
        text_add(text, "never");
    } else if (unit == UNIT_NANOS) {
        trace_add_length(story, figure.value);
    } else if (unit == UNIT_RATIO) {
        text_printf(text, "%" PRId64 ".%06" PRId64, figure.value / RATIO_ONE,
                    figure.value % RATIO_ONE);
    } else {
        text_printf(text, "%" PRId64, figure.value);
    }
}

static void add_named(struct story *story, const char *name, enum unit unit, struct figure figure)
{
    if (figure.state != FIGURE_ABSENT) {
        text_printf(&story->text, ", %s ", name);
        add_figure(story, unit, figure);
    }
}

/* ---- Lines ---- */

static void add_onsets(struct story *story, const struct disturbance *disturbance)
{
    const struct measurement *measurement = &story->run->measurement;

    if (disturbance->kind == DISTURBANCE_RECOVERY) {
        text_add(&story->text, " recovery");
    }
    for (size_t i = 0; i < disturbance->fault_count; i++) {
        const struct fault_record *record = &measurement->faults[disturbance->faults[i]];
        text_printf(&story->text, "%s%s", i == 0 ? " " : "+", trace_fault(story, record->fault));
    }
    for (size_t i = 0; i < disturbance->target_count; i++) {
        text_printf(&story->text, "%s%s", i == 0 ? " on " : "+",
                    trace_node(story, disturbance->targets[i]));
    }
}

static void tell_disturbance(struct story *story, const struct disturbance *disturbance)
{
    trace_begin_untimed(story);
    text_add(&story->text, "disturbance");
    add_onsets(story, disturbance);
    text_add(&story->text, ", ");
    trace_add_time(story, disturbance->onset);
    text_add(&story->text, "..");
    trace_add_time(story, disturbance->end);
    text_add(&story->text, disturbance->was_active ? ", active" : ", not active");
    add_named(story, "switchover", UNIT_NANOS, disturbance->switchover);
    add_named(story, "first success", UNIT_NANOS, disturbance->first_success);
    add_named(story, "detection", UNIT_NANOS, disturbance->detection);
    add_named(story, "outage", UNIT_NANOS, disturbance->outage);
    add_named(story, "worst latency", UNIT_NANOS, disturbance->worst_latency);
    add_named(story, "failed", UNIT_COUNT, disturbance->failed_requests);
    add_named(story, "slow", UNIT_COUNT, disturbance->slow_requests);
    add_named(story, "relapses", UNIT_COUNT, disturbance->relapses);
    add_named(story, "failback", UNIT_NANOS, disturbance->failback);
    add_named(story, "stream switchover", UNIT_NANOS, disturbance->stream_switchover);
    for (size_t i = 0; i < disturbance->served_by_count; i++) {
        text_printf(&story->text, "%s%s", i == 0 ? ", served by " : "+",
                    trace_node(story, disturbance->served_by[i]));
    }
    trace_end(story);
}

static void tell_metrics(struct story *story)
{
    const struct figure *metrics = story->run->measurement.metrics;
    static const enum metric told[] = {
        METRIC_SUCCESSES,   METRIC_FAILED_REQUESTS,   METRIC_ANSWERED_4XX,
        METRIC_UNAVOIDABLE, METRIC_DUPLICATES,        METRIC_LOST,
        METRIC_CORRUPTED,   METRIC_SWITCHES,          METRIC_SWITCH_TIME,
        METRIC_KNOWN_BAD,   METRIC_WRONG_EJECTIONS,   METRIC_ATTEMPTS_PER_REQUEST,
        METRIC_LATENCY_P50, METRIC_LATENCY_MAX,       METRIC_STREAM_GAP,
        METRIC_STREAM_LOST, METRIC_STREAM_DUPLICATED,
    };

    trace_begin_untimed(story);
    text_add(&story->text, "requests ");
    add_figure(story, UNIT_COUNT, metrics[METRIC_REQUESTS]);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        add_named(story, metric_word(told[i]), metric_unit(told[i]), metrics[told[i]]);
    }
    trace_end(story);
}

static void tell_expectation(struct story *story, const struct expectation_result *judged)
{
    const struct expectation *expectation = judged->expectation;

    trace_begin_untimed(story);
    text_printf(&story->text, "expected %s %s", expectation->name, expectation->limit_text);
    if (expectation->fault != FAULT_NONE) {
        text_printf(&story->text, " of %s", trace_fault(story, expectation->fault));
    }
    text_add(&story->text, ": ");
    add_figure(story, metric_unit(expectation->metric), judged->actual);
    text_printf(&story->text, ", %s", verdict_word(judged->verdict));
    if (judged->why != NULL) {
        text_printf(&story->text, "; %s", judged->why);
    }
    trace_end(story);
}

static void tell_verdict(struct story *story)
{
    const struct run_result *run = story->run;

    for (size_t i = 0; i < run->reasons.count; i++) {
        trace_begin_untimed(story);
        text_printf(&story->text, "reason %s: %s", run->reasons.items[i].code,
                    run->reasons.items[i].text);
        trace_end(story);
    }
    trace_begin_untimed(story);
    text_printf(&story->text, "verdict of %s, seed %" PRIu64 ": %s", story->scenario->name,
                run->seed, verdict_word(run->verdict));
    trace_end(story);
}

/* ---- All of it ---- */

static void tell_digest(struct story *story)
{
    trace_begin_untimed(story);
    text_printf(&story->text, "journal: %zu events, digest %016" PRIx64, story->journal->count,
                trace_digest(story->journal));
    trace_end(story);
}

void trace_summary(struct story *story)
{
    const struct run_result *run = story->run;

    for (size_t i = 0; i < run->measurement.disturbance_count; i++) {
        tell_disturbance(story, &run->measurement.disturbances[i]);
    }
    tell_metrics(story);
    for (size_t i = 0; i < run->result_count; i++) {
        tell_expectation(story, &run->results[i]);
    }
    tell_verdict(story);
    tell_digest(story);
}
