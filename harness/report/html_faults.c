#include "report/html_timeline.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define ROW_HEIGHT      32
#define LEVEL_HEIGHT    24
#define LEVELS_MAX      4
#define FAULT_ROWS_MAX  24
#define LETTER_SHARE    0.0085 /* width of a letter as a share of a wide timeline */
#define TAG_LETTERS     20     /* beside the id */
#define BRACKET_LETTERS 26
#define IDLE_MAX        8 /* disturbances up to which those that are not judged have words */
#define BRACKETS_MAX    64

/* ---- Room ---- */

/* What a thing takes with the words beside it, which stand before it in the right half. */
struct extent {
    double from_ms, to_ms;
};

static struct extent
extent_of(const struct timeline *timeline, double from_ms, double to_ms, size_t letters)
{
    double words_ms = (double)letters * LETTER_SHARE * timeline->span_ms;

    return html_is_right(timeline, from_ms) ? (struct extent){from_ms - words_ms, to_ms}
                                            : (struct extent){from_ms, to_ms + words_ms};
}

static bool overlap(const struct extent *a, const struct extent *b)
{
    return a->from_ms < b->to_ms && b->from_ms < a->to_ms;
}

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
    if (html_is_order(fault)) {
        return fault->effective_ms.value;
    }
    return fault->cleared_ms.state == DOCUMENT_VALUE ? fault->cleared_ms.value
                                                     : timeline->from_ms + timeline->span_ms;
}

/* One path for each kind of thing that a fault's row shows. */
enum part { PART_COMING, PART_HELD, PART_PLANNED, PART_EFFECTIVE, PART_CLEARED, PARTS };

static const struct {
    const char *class;
    const char *words;
} parts[PARTS] = {
    [PART_COMING] = {"coming", "applied, not yet seen to hold"},
    [PART_HELD] = {"held", "fault holds"},
    [PART_PLANNED] = {"planned", "planned"},
    [PART_EFFECTIVE] = {"effective", "effective"},
    [PART_CLEARED] = {"cleared", "cleared"},
};

static void put_span(struct html_blocks *blocks,
                     const struct timeline *timeline,
                     const struct document_fault *fault,
                     enum part part)
{
    bool effective = fault->effective_ms.state == DOCUMENT_VALUE;

    if (part == PART_HELD && effective) {
        html_blocks_add(blocks, fault->effective_ms.value, end_of(timeline, fault), 3, 13);
    } else if (part == PART_COMING && fault->applied_ms.state == DOCUMENT_VALUE) {
        html_blocks_add(blocks, fault->applied_ms.value,
                        effective ? fault->effective_ms.value : end_of(timeline, fault), 5, 9);
    }
}

static void
put_moment(const struct timeline *timeline, const struct document_fault *fault, enum part part)
{
    if (part == PART_PLANNED) {
        html_put(timeline->page, "M%.9g 0v19", fault->planned_ms);
    } else if (part == PART_EFFECTIVE && fault->effective_ms.state == DOCUMENT_VALUE) {
        html_put(timeline->page, "M%.9g 1v17", fault->effective_ms.value);
    } else if (part == PART_CLEARED && fault->cleared_ms.state == DOCUMENT_VALUE) {
        html_put(timeline->page, "M%.9g 1v17", fault->cleared_ms.value);
    }
}

void html_faults_legend(const struct page *page)
{
    for (enum part part = 0; part < PARTS; part++) {
        html_put(page, "<li class=\"fault-key %s-key\">%s</li>", parts[part].class,
                 parts[part].words);
    }
}

/* "kill-1 2.000 s to 5.000 s"; what is left out where there is no room stands in the table. */
static const char *tag_words(const struct timeline *timeline, const struct document_fault *fault)
{
    const struct page *page = timeline->page;
    const char *id = html_text(page, fault->id);

    if (fault->applied_ms.state != DOCUMENT_VALUE) {
        return arena_printf(page->arena, "<bdi>%s</bdi> never applied", id);
    }
    if (fault->effective_ms.state != DOCUMENT_VALUE) {
        return arena_printf(page->arena, "<bdi>%s</bdi> never confirmed", id);
    }
    const char *onset = html_ms(page, fault->applied_ms);
    return fault->cleared_ms.state == DOCUMENT_VALUE &&
                   fault->cleared_ms.value > fault->effective_ms.value
               ? arena_printf(page->arena, "<bdi>%s</bdi> %s to %s", id, onset,
                              html_ms(page, fault->cleared_ms))
               : arena_printf(page->arena, "<bdi>%s</bdi> %s", id, onset);
}

/* Tags of one row that would lie over one another are left to the table. */
static void put_fault_tags(const struct timeline *timeline, size_t first)
{
    const struct document_run *run = timeline->run;
    double taken_ms = -INFINITY;

    for (size_t i = first; i < run->fault_count; i++) {
        const struct document_fault *fault = &run->faults[i];
        double at =
            fault->applied_ms.state == DOCUMENT_VALUE ? fault->applied_ms.value : fault->planned_ms;
        struct extent extent = extent_of(timeline, at, at, strlen(fault->id) + TAG_LETTERS);
        if (same_row(fault, &run->faults[first]) && extent.from_ms >= taken_ms) {
            html_tag(timeline, at, "tag-fault", tag_words(timeline, fault));
            taken_ms = extent.to_ms;
        }
    }
}

static const char *
row_words(const struct timeline *timeline, const struct document_fault *fault, size_t phases)
{
    const struct page *page = timeline->page;
    const char *more =
        phases > 1 ? arena_printf(page->arena, ", the first of %zu phases", phases) : "";

    return arena_printf(page->arena, "%s of %s: planned %s, effective %s, cleared %s%s",
                        html_text(page, fault->kind),
                        html_text(page, fault->targets.count > 0 ? fault->targets.items[0] : ""),
                        html_time(page, fault->planned_ms), html_ms(page, fault->effective_ms),
                        html_ms(page, fault->cleared_ms), more);
}

static size_t phases_of(const struct document_run *run, size_t first)
{
    size_t phases = 0;

    for (size_t i = first; i < run->fault_count; i++) {
        phases += same_row(&run->faults[i], &run->faults[first]) ? 1 : 0;
    }
    return phases;
}

static void put_spans(const struct timeline *timeline, size_t first, enum part part, size_t phases)
{
    const struct document_run *run = timeline->run;
    struct html_blocks blocks = html_blocks_begin(timeline, parts[part].class, phases);

    for (size_t i = first; i < run->fault_count; i++) {
        if (same_row(&run->faults[i], &run->faults[first])) {
            put_span(&blocks, timeline, &run->faults[i], part);
        }
    }
    html_blocks_end(&blocks);
}

static void put_moments(const struct timeline *timeline, size_t first, enum part part)
{
    const struct document_run *run = timeline->run;

    html_put(timeline->page, "<path class=\"%s\" d=\"", parts[part].class);
    for (size_t i = first; i < run->fault_count; i++) {
        if (same_row(&run->faults[i], &run->faults[first])) {
            put_moment(timeline, &run->faults[i], part);
        }
    }
    html_put(timeline->page, "\"/>");
}

static void put_fault_row(const struct timeline *timeline, size_t first)
{
    const struct page *page = timeline->page;
    const struct document_fault *fault = &timeline->run->faults[first];
    size_t phases = phases_of(timeline->run, first);
    const struct html_row row = {
        .class = "row-fault",
        .label = arena_printf(page->arena, "<b>%s</b> %s", html_text(page, fault->kind),
                              html_names(page, &fault->targets)),
        .words = row_words(timeline, fault, phases),
        .height = ROW_HEIGHT,
    };

    html_row_begin(timeline, &row);
    put_spans(timeline, first, PART_COMING, phases);
    put_spans(timeline, first, PART_HELD, phases);
    for (enum part part = PART_PLANNED; part < PARTS && phases <= page->detail->rows; part++) {
        put_moments(timeline, first, part);
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
                        disturbance->was_active ? "" : " (not judged)");
}

/* Where the bracket lies; one that never closes goes to the end of the disturbance. */
static struct extent bracket_of(const struct document_disturbance *disturbance)
{
    double from = disturbance->onset_ms;

    return (struct extent){from, disturbance->switchover_ms.state == DOCUMENT_NEVER
                                     ? disturbance->end_ms
                                     : from + disturbance->switchover_ms.value};
}

struct bracket {
    const struct document_disturbance *disturbance;
    struct extent extent;
    int level;
};

/* Those that decide nothing are silent where there are many. */
static bool has_words(const struct timeline *timeline,
                      const struct document_disturbance *disturbance)
{
    return disturbance->was_active || timeline->run->disturbance_count <= IDLE_MAX;
}

static void put_bracket(const struct timeline *timeline, const struct bracket *bracket, bool worst)
{
    const struct page *page = timeline->page;
    const struct document_disturbance *disturbance = bracket->disturbance;
    struct extent extent = bracket_of(disturbance);
    const char *words = !has_words(timeline, disturbance)
                            ? ""
                            : arena_printf(page->arena, "<span class=\"tag\">%s</span>",
                                           bracket_words(page, disturbance));

    html_put(page,
             "<span class=\"at bracket%s%s%s%s\" "
             "style=\"--t:%.9g;--w:%.9g;--level:%d\"><i></i>%s</span>",
             disturbance->switchover_ms.state == DOCUMENT_NEVER ? " never" : "",
             disturbance->was_active ? "" : " idle", worst ? " worst" : "",
             html_is_right(timeline, extent.from_ms) ? " left-of" : "", extent.from_ms,
             extent.to_ms - extent.from_ms, bracket->level, words);
}

/* On the first level with room. */
static bool place(const struct timeline *timeline,
                  const struct document_disturbance *disturbance,
                  struct bracket *placed,
                  size_t count)
{
    struct extent bracket = bracket_of(disturbance);
    struct extent extent = extent_of(timeline, bracket.from_ms, bracket.to_ms,
                                     has_words(timeline, disturbance) ? BRACKET_LETTERS : 1);

    for (int level = 0; level < LEVELS_MAX && count < BRACKETS_MAX; level++) {
        bool free = true;
        for (size_t i = 0; i < count; i++) {
            free = free && !(placed[i].level == level && overlap(&placed[i].extent, &extent));
        }
        if (free) {
            placed[count] = (struct bracket){disturbance, extent, level};
            return true;
        }
    }
    return false;
}

/* The worst has its place before all others. */
static size_t place_all(const struct timeline *timeline,
                        const struct document_disturbance *worst,
                        struct bracket *placed)
{
    const struct document_run *run = timeline->run;
    size_t count = 0;

    if (worst != NULL && worst->switchover_ms.state != DOCUMENT_ABSENT) {
        count += place(timeline, worst, placed, count) ? 1 : 0;
    }
    for (size_t i = 0; i < run->disturbance_count; i++) {
        const struct document_disturbance *next = &run->disturbances[i];
        if (next != worst && next->switchover_ms.state != DOCUMENT_ABSENT) {
            count += place(timeline, next, placed, count) ? 1 : 0;
        }
    }
    return count;
}

void html_brackets(const struct timeline *timeline)
{
    const struct document_disturbance *worst = html_worst_disturbance(timeline->run);
    struct bracket placed[BRACKETS_MAX];
    size_t count = place_all(timeline, worst, placed);
    int deepest = 0;

    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        deepest = placed[i].level > deepest ? placed[i].level : deepest;
    }
    html_row_begin(timeline, &(const struct html_row){
                                 .class = "row-brackets",
                                 .label = "switchover <small>as measured</small>",
                                 .words = "Brackets from the onset of each fault until callers no "
                                          "longer noticed; figures are in the table below",
                                 .height = LEVEL_HEIGHT * (deepest + 1)});
    html_row_overlay(timeline);
    for (size_t i = 0; i < count; i++) {
        put_bracket(timeline, &placed[i], placed[i].disturbance == worst);
    }
    html_row_end(timeline);
}
