#include "report/changes.h"

#include "base/text.h"
#include "report/changes_notes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Spans ---- */

static struct changes_span span_of(const struct archive *archive, const char *name)
{
    struct changes_span span = {.items = archive->items};

    while (span.items < archive->items + archive->count && strcmp(span.items->name, name) < 0) {
        span.items++;
    }
    while (span.items + span.count < archive->items + archive->count &&
           text_equal(span.items[span.count].name, name)) {
        span.count++;
    }
    return span;
}

static size_t runs_of(struct changes_span span)
{
    size_t count = 0;

    for (size_t i = 0; i < span.count; i++) {
        count += span.items[i].run_count;
    }
    return count;
}

static double resolution_of(struct changes_span span)
{
    double coarsest = 0;

    for (size_t i = 0; i < span.count; i++) {
        coarsest = fmax(coarsest, span.items[i].resolution_ms);
    }
    return coarsest;
}

static bool expects_switchover(struct changes_span span)
{
    for (size_t i = 0; i < span.count; i++) {
        if (span.items[i].expects_switchover) {
            return true;
        }
    }
    return false;
}

/* ---- Figures ---- */

/* Leaves the values in order of runs in *ret_values, too. */
static struct changes_side side_of(struct arena *arena,
                                   struct changes_span span,
                                   enum archive_metric metric,
                                   double *ret_values)
{
    struct changes_side side = {.missing = 0};
    size_t count = 0;

    for (size_t i = 0; i < span.count; i++) {
        for (size_t k = 0; k < span.items[i].run_count; k++) {
            struct document_figure figure = span.items[i].runs[k].figures[metric];
            if (figure.state == DOCUMENT_ABSENT) {
                side.missing++;
            } else {
                bool never = figure.state == DOCUMENT_NEVER;
                ret_values[count++] = never ? (double)INFINITY : figure.value;
            }
        }
    }
    side.sample = sample_of(arena, ret_values, count);
    return side;
}

static struct changes_row row_of(struct arena *arena,
                                 struct changes_span base,
                                 struct changes_span head,
                                 enum archive_metric metric)
{
    double *values = ARENA_ARRAY(arena, double, runs_of(base) + runs_of(head) + 1);
    struct changes_row row = {.metric = metric};

    row.base = side_of(arena, base, metric, values);
    row.head = side_of(arena, head, metric, values + row.base.sample.count);
    row.by_run = row.base.missing + row.head.missing == 0 ? values : NULL;
    return row;
}

static bool is_all_never(struct sample sample)
{
    return sample.count == 0 || sample_is_infinite(sample.values[0]);
}

/* Where nobody asks for a switchover and none ever came, the fault is of a kind that shows none. */
static void add_rows(struct arena *arena,
                     struct changes_span base,
                     struct changes_span head,
                     struct changes_scenario *ret)
{
    bool asked = expects_switchover(base) || expects_switchover(head);

    for (unsigned i = 0; i < ARCHIVE_METRICS; i++) {
        struct changes_row row = row_of(arena, base, head, (enum archive_metric)i);
        bool none = row.base.sample.count == 0 && row.head.sample.count == 0;
        bool idle = i == ARCHIVE_SWITCHOVER && !asked && is_all_never(row.base.sample) &&
                    is_all_never(row.head.sample);
        if (!none && !idle) {
            ret->rows[ret->row_count++] = row;
        }
    }
}

/* ---- Scenarios ---- */

static bool has_runs_or_doubts(struct changes_span span)
{
    return runs_of(span) + changes_notes_doubted(span) > 0;
}

static int check_worlds(struct changes_span base, struct changes_span head, struct error *reterr)
{
    const struct archive_report *real = NULL;
    const struct archive_report *simulated = NULL;

    for (size_t i = 0; i < base.count + head.count; i++) {
        const struct archive_report *report =
            i < base.count ? &base.items[i] : &head.items[i - base.count];
        if (report->started_at == NULL) {
            simulated = report;
        } else {
            real = report;
        }
    }
    if (real == NULL || simulated == NULL) {
        return 0;
    }
    return error_plain(reterr,
                       "'%s' is simulated in %s but real in %s: virtual time says nothing "
                       "about this machine",
                       real->name, simulated->path, real->path);
}

static int add_scenario(struct changes *changes,
                        struct arena *arena,
                        struct changes_span base,
                        struct changes_span head,
                        struct error *reterr)
{
    struct changes_scenario *scenario = &changes->scenarios[changes->count++];

    if (check_worlds(base, head, reterr) < 0) {
        return -1;
    }
    *scenario = (struct changes_scenario){
        .name = base.count > 0 ? base.items[0].name : head.items[0].name,
        .base_reports = base.count,
        .head_reports = head.count,
        .base_runs = runs_of(base),
        .head_runs = runs_of(head),
        .skipped = !has_runs_or_doubts(base) || !has_runs_or_doubts(head),
    };
    if (base.count > 0 && head.count > 0) {
        add_rows(arena, base, head, scenario);
        bool one_empty = scenario->base_runs == 0 || scenario->head_runs == 0;
        changes->unusable += one_empty && !scenario->skipped ? 1 : 0;
    }
    changes_notes_take(arena, base, head, scenario);
    return 0;
}

/* Every name of either, once, in order. */
static int pair_up(struct changes *ret,
                   struct arena *arena,
                   const struct archive *base,
                   const struct archive *head,
                   struct error *reterr)
{
    size_t of_base = 0;
    size_t of_head = 0;

    while (of_base < base->count || of_head < head->count) {
        bool from_base = of_head == head->count ||
                         (of_base < base->count &&
                          strcmp(base->items[of_base].name, head->items[of_head].name) <= 0);
        const char *name = from_base ? base->items[of_base].name : head->items[of_head].name;
        struct changes_span in_base = span_of(base, name);
        struct changes_span in_head = span_of(head, name);
        if (add_scenario(ret, arena, in_base, in_head, reterr) < 0) {
            return -1;
        }
        of_base += in_base.count;
        of_head += in_head.count;
    }
    return 0;
}

/* ---- Answers ---- */

static struct compare_question question_of(const struct changes_row *row, double resolution_ms)
{
    static const enum compare_kind kinds[ARCHIVE_METRICS] = {
        [ARCHIVE_FAILED_REQUESTS] = COMPARE_COUNT,
        [ARCHIVE_SUCCESS_RATIO] = COMPARE_RATIO,
    };
    enum compare_kind kind = kinds[row->metric];

    return (struct compare_question){
        .base = row->base.sample,
        .head = row->head.sample,
        .by_run = row->by_run,
        .kind = kind,
        .resolution = kind == COMPARE_TIME ? resolution_ms : 0,
    };
}

static void answer_all(struct changes *changes,
                       struct arena *arena,
                       const struct archive *base,
                       const struct archive *head,
                       struct compare_rules rules)
{
    size_t most = changes->count * ARCHIVE_METRICS;
    struct compare_question *questions = ARENA_ARRAY(arena, struct compare_question, most + 1);
    struct compare_answer *answers = ARENA_ARRAY(arena, struct compare_answer, most + 1);
    size_t count = 0;

    for (size_t i = 0; i < changes->count; i++) {
        const struct changes_scenario *scenario = &changes->scenarios[i];
        double resolution = fmax(resolution_of(span_of(base, scenario->name)),
                                 resolution_of(span_of(head, scenario->name)));
        for (size_t k = 0; k < scenario->row_count; k++) {
            questions[count] = question_of(&scenario->rows[k], resolution);
            questions[count++].scenario = i;
        }
    }
    compare_all(questions, answers, count, rules, &changes->total);
    count = 0;
    for (size_t i = 0; i < changes->count; i++) {
        struct changes_scenario *scenario = &changes->scenarios[i];
        bool any = false;
        for (size_t k = 0; k < scenario->row_count; k++) {
            scenario->rows[k].answer = answers[count++];
            any = any || scenario->rows[k].answer.outcome != COMPARE_ABSENT;
        }
        changes->compared += any ? 1 : 0;
    }
}

int changes_make(struct changes *ret,
                 struct arena *arena,
                 struct archive *base,
                 struct archive *head,
                 struct compare_rules rules,
                 struct error *reterr)
{
    archive_sort(base);
    archive_sort(head);
    *ret = (struct changes){
        .scenarios = ARENA_ARRAY(arena, struct changes_scenario, base->count + head->count + 1),
        .threshold = rules.threshold,
    };
    if (pair_up(ret, arena, base, head, reterr) < 0) {
        return -1;
    }
    answer_all(ret, arena, base, head, rules);
    return 0;
}

bool changes_is_open(const struct changes *changes)
{
    return changes->total.worse == 0 &&
           (changes->total.too_few > 0 || changes->unusable > 0 || changes->compared == 0);
}
