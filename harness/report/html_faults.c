#include "report/html_timeline.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>

#define ROW_HEIGHT     32
#define LEVEL_HEIGHT   24
#define LEVELS_MAX     4
#define FAULT_ROWS_MAX 24
#define LETTER_SHARE   0.0085 /* width of a letter as a share of a wide timeline */

/* ---- Faults ---- */

static bool same_texts(const struct document_texts *a, const struct document_texts *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; same && i < a->count; i++) {
        same = text_equal(a->items[i], b->items[i]);
    }
    return same;
}

static bool same_row(const struct document_fault *a, const struct document_fault *b)
{
    return text_equal(a->kind, b->kind) && same_texts(&a->targets, &b->targets);
}

static double end_of(const struct timeline *timeline, const struct document_fault *fault)
{
    return fault->cleared_ms.state == DOCUMENT_VALUE ? fault->cleared_ms.value
                                                     : timeline->from_ms + timeline->span_ms;
}

/* One path for each kind of thing that a fault's row shows. */
enum part { PART_COMING, PART_HELD, PART_PLANNED, PART_EFFECTIVE, PART_CLEARED, PARTS };

static void
put_part(const struct timeline *timeline, const struct document_fault *fault, enum part part)
{
    bool effective = fault->effective_ms.state == DOCUMENT_VALUE;

    if (part == PART_COMING && fault->applied_ms.state == DOCUMENT_VALUE) {
        html_block(timeline, fault->applied_ms.value,
                   effective ? fault->effective_ms.value : end_of(timeline, fault), 5, 9);
    } else if (part == PART_HELD && effective) {
        html_block(timeline, fault->effective_ms.value, end_of(timeline, fault), 3, 13);
    } else if (part == PART_PLANNED) {
        html_put(timeline->page, "M%.9g 0v19", fault->planned_ms);
    } else if (part == PART_EFFECTIVE && effective) {
        html_put(timeline->page, "M%.9g 1v17", fault->effective_ms.value);
    } else if (part == PART_CLEARED && fault->cleared_ms.state == DOCUMENT_VALUE) {
        html_put(timeline->page, "M%.9g 1v17", fault->cleared_ms.value);
    }
}

static void put_fault_tags(const struct timeline *timeline, size_t first)
{
    const struct document_run *run = timeline->run;
    double taken_ms = -INFINITY;

    for (size_t i = first; i < run->fault_count; i++) {
        const struct document_fault *fault = &run->faults[i];
        double at =
            fault->applied_ms.state == DOCUMENT_VALUE ? fault->applied_ms.value : fault->planned_ms;
        if (!same_row(fault, &run->faults[first]) || at < taken_ms) {
            continue;
        }
        const char *words = arena_printf(
            timeline->page->arena, "<bdi>%s</bdi> %s", html_text(timeline->page, fault->id),
            fault->applied_ms.state != DOCUMENT_VALUE     ? "never applied"
            : fault->effective_ms.state != DOCUMENT_VALUE ? "never confirmed"
                                                          : html_time(timeline->page, at));
        html_tag(timeline, at, "tag-fault", words);
        taken_ms = at + 24 * LETTER_SHARE * timeline->span_ms;
    }
}

static void put_fault_row(const struct timeline *timeline, size_t first)
{
    static const char *const classes[PARTS] = {[PART_COMING] = "coming",
                                               [PART_HELD] = "held",
                                               [PART_PLANNED] = "planned",
                                               [PART_EFFECTIVE] = "effective",
                                               [PART_CLEARED] = "cleared"};
    const struct document_run *run = timeline->run;
    const struct page *page = timeline->page;
    const struct document_fault *fault = &run->faults[first];
    const char *name = html_text(page, fault->kind);
    const struct html_row row = {
        .class = "row-fault",
        .label = arena_printf(page->arena, "<b>%s</b> %s", name, html_names(page, &fault->targets)),
        .words = arena_printf(page->arena, "%s: planned %s, effective %s, cleared %s", name,
                              html_time(page, fault->planned_ms),
                              html_ms(page, fault->effective_ms), html_ms(page, fault->cleared_ms)),
        .height = ROW_HEIGHT,
    };

    html_row_begin(timeline, &row);
    for (enum part part = 0; part < PARTS; part++) {
        html_put(page, "<path class=\"%s\" d=\"", classes[part]);
        for (size_t i = first; i < run->fault_count; i++) {
            if (same_row(&run->faults[i], fault)) {
                put_part(timeline, &run->faults[i], part);
            }
        }
        html_put(page, "\"/>");
    }
    html_row_overlay(timeline);
    put_fault_tags(timeline, first);
    html_row_end(timeline);
}

void html_fault_rows(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    size_t rows = 0;

    for (size_t i = 0; i < run->fault_count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++) {
            seen = same_row(&run->faults[k], &run->faults[i]);
        }
        if (!seen && ++rows <= FAULT_ROWS_MAX) {
            put_fault_row(timeline, i);
        }
    }
    if (rows > FAULT_ROWS_MAX) {
        html_put(timeline->page, "<p>%zu further rows of faults are only in the table.</p>",
                 rows - FAULT_ROWS_MAX);
    }
}

/* ---- Brackets: the switchover as measured ---- */

static const char *bracket_words(const struct page *page,
                                 const struct document_disturbance *disturbance)
{
    return arena_printf(page->arena, "switchover %s%s", html_ms(page, disturbance->switchover_ms),
                        disturbance->was_active ? "" : " (not active)");
}

static void put_bracket(const struct timeline *timeline,
                        const struct document_disturbance *disturbance,
                        int level,
                        bool worst)
{
    const struct page *page = timeline->page;
    bool never = disturbance->switchover_ms.state == DOCUMENT_NEVER;
    double length =
        never ? disturbance->end_ms - disturbance->onset_ms : disturbance->switchover_ms.value;
    bool right = (disturbance->onset_ms - timeline->from_ms) / timeline->span_ms > 0.6;

    html_put(page,
             "<span class=\"at bracket%s%s%s%s\" "
             "style=\"--t:%.9g;--w:%.6g;--level:%d\"><i></i><span class=\"tag\">%s</span></span>",
             never ? " never" : "", disturbance->was_active ? "" : " idle", worst ? " worst" : "",
             right ? " left-of" : "", disturbance->onset_ms, length, level,
             bracket_words(page, disturbance));
}

/* The first level that is free at the onset of a bracket; -1: none. */
static int level_of(const double *taken_ms, double onset_ms)
{
    for (int level = 0; level < LEVELS_MAX; level++) {
        if (onset_ms >= taken_ms[level]) {
            return level;
        }
    }
    return -1;
}

void html_brackets(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    const struct document_disturbance *worst = html_worst_disturbance(run);
    double taken_ms[LEVELS_MAX] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY};
    int *levels = ARENA_ARRAY(timeline->page->arena, int, run->disturbance_count + 1);
    int deepest = 0;

    if (run->disturbance_count == 0) {
        return;
    }
    for (size_t i = 0; i < run->disturbance_count; i++) {
        const struct document_disturbance *disturbance = &run->disturbances[i];
        bool measured = disturbance->switchover_ms.state != DOCUMENT_ABSENT;
        levels[i] = measured ? level_of(taken_ms, disturbance->onset_ms) : -1;
        if (levels[i] >= 0) {
            double words = 26 * LETTER_SHARE * timeline->span_ms;
            taken_ms[levels[i]] =
                disturbance->onset_ms + words +
                (disturbance->switchover_ms.state == DOCUMENT_NEVER
                     ? fmax(0, disturbance->end_ms - disturbance->onset_ms - words)
                     : disturbance->switchover_ms.value);
            deepest = levels[i] > deepest ? levels[i] : deepest;
        }
    }
    html_row_begin(timeline, &(const struct html_row){
                                 .class = "row-brackets",
                                 .label = "switchover <small>as measured</small>",
                                 .words = "Brackets from the onset of each fault until callers no "
                                          "longer noticed; figures are in the table below",
                                 .height = LEVEL_HEIGHT * (deepest + 1)});
    html_row_overlay(timeline);
    for (size_t i = 0; i < run->disturbance_count; i++) {
        if (levels[i] >= 0) {
            put_bracket(timeline, &run->disturbances[i], levels[i], &run->disturbances[i] == worst);
        }
    }
    html_row_end(timeline);
}
