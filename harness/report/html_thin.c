#include "report/html_thin.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_LEAST  60
#define STEPS_MAX    150 /* by then one cell holds all */
#define TIMES_LEAST  150 /* cells beside each other, below which other things give way first */
#define NS_PER_MS    1e6
#define ROUNDING_NS  500 /* of latencies in reports */
#define QUARTERS     4   /* cells of an octave in reports */
#define LATENCY_MOST 8   /* doublings: by then a cell holds all latencies */

/* ---- How many a run may have ---- */

static bool is_first(const struct page *page, size_t place)
{
    return place == 0 || page->order[place] == 0;
}

static size_t marks_of(const struct page *page, size_t place)
{
    return page->document->runs[page->order[place]].mark_count;
}

/* Those that need less than an equal share leave theirs to the others. */
static size_t share_of_others(const struct page *page, size_t left)
{
    size_t share = 0;

    for (int round = 0; round < 3; round++) {
        size_t needed = 0;
        size_t many = 0;
        for (size_t i = 0; i < page->drawn_count; i++) {
            bool fits = marks_of(page, i) <= share;
            if (!is_first(page, i)) {
                needed += fits ? marks_of(page, i) : 0;
                many += fits ? 0 : 1;
            }
        }
        share = many == 0 || needed > left ? share : (left - needed) / many;
    }
    return share > MARKS_LEAST ? share : MARKS_LEAST;
}

static size_t most_of(const struct page *page, const struct document_run *run)
{
    size_t index = (size_t)(run - page->document->runs);
    size_t budget = page->detail->marks;
    size_t firsts = 0;
    size_t taken = 0;

    for (size_t i = 0; i < page->drawn_count; i++) {
        firsts += is_first(page, i) ? 1 : 0;
    }
    size_t sharers = firsts + (page->drawn_count > firsts ? 1 : 0);
    size_t first_most = sharers == 0 ? 0 : budget / sharers;
    for (size_t i = 0; i < page->drawn_count; i++) {
        size_t marks = marks_of(page, i);
        taken += !is_first(page, i) ? 0 : marks < first_most ? marks : first_most;
    }
    return index == page->order[0] || index == 0 ? first_most
                                                 : share_of_others(page, budget - taken);
}

/* ---- Cells ---- */

static double cell_of(const struct document_run *run)
{
    double cell = INFINITY;

    for (size_t i = 1; i < run->mark_count; i++) {
        double step = run->marks[i].t_ms - run->marks[i - 1].t_ms;
        cell = step > 0 ? fmin(cell, step) : cell;
    }
    return isfinite(cell) ? cell : 0;
}

/* Lower edge of the cell that so many cells of the report make, counted from a nanosecond. */
static double latency_edge(double latency_ms, int cells)
{
    int octave;
    double mantissa = frexp(fmax(latency_ms, 0) * NS_PER_MS + ROUNDING_NS, &octave);
    int cell = QUARTERS * octave + (int)((2 * mantissa - 1) * QUARTERS);

    cell -= cell % cells;
    return ldexp(1 + cell % QUARTERS / (double)QUARTERS, cell / QUARTERS - 1) / NS_PER_MS;
}

static int compare_marks(const void *left, const void *right)
{
    const struct document_mark *a = left;
    const struct document_mark *b = right;

    if (a->t_ms != b->t_ms) {
        return a->t_ms < b->t_ms ? -1 : 1;
    }
    if (a->latency_ms != b->latency_ms) {
        return a->latency_ms < b->latency_ms ? -1 : 1;
    }
    if (a->node != b->node) {
        return a->node < b->node ? -1 : 1;
    }
    return strcmp(a->outcome, b->outcome);
}

static uint32_t sum_of(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static size_t join(struct document_mark *marks, size_t count)
{
    size_t kept = 0;

    qsort(marks, count, sizeof(marks[0]), compare_marks);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_marks(&marks[kept - 1], &marks[i]) == 0) {
            marks[kept - 1].count = sum_of(marks[kept - 1].count, marks[i].count);
        } else {
            marks[kept++] = marks[i];
        }
    }
    return kept;
}

/* Doublings of cells. */
struct coarser {
    int time, latency;
};

struct coarseness {
    struct coarser calm, others;
    bool no_nodes;
};

/* Time gives way first, for a screen has fewer points than a run cells; then who answered, before
   the shape of it all is lost. */
static void coarsen(struct coarseness *coarse, struct coarser *part, double times)
{
    bool roomy = ldexp(times, -part->time - 1) >= TIMES_LEAST;
    bool flat = part->latency < LATENCY_MOST && part->latency < part->time;

    if (!roomy && !coarse->no_nodes) {
        *coarse = (struct coarseness){.no_nodes = true};
    } else if (!roomy && flat) {
        part->latency++;
    } else {
        part->time++;
    }
}

static bool is_calm(const char *outcome)
{
    return text_equal(outcome, "ok") || text_equal(outcome, "answered_4xx");
}

const struct html_cells *html_cells_of(const struct html_marks *marks, const char *outcome)
{
    return is_calm(outcome) ? &marks->calm : &marks->others;
}

static struct html_cells cells_of(const struct document_run *run, const struct coarser *part)
{
    return (struct html_cells){.cell_ms = ldexp(cell_of(run), part->time),
                               .octaves = ldexp(1.0 / QUARTERS, part->latency)};
}

static void apply(const struct document_run *run,
                  const struct coarseness *coarse,
                  struct document_mark *marks,
                  struct html_marks *thin)
{
    *thin = (struct html_marks){
        .items = marks,
        .calm = cells_of(run, &coarse->calm),
        .others = cells_of(run, &coarse->others),
        .is_thinned = true,
        .has_no_node = coarse->no_nodes,
    };
    for (size_t i = 0; i < run->mark_count; i++) {
        const struct html_cells *cells = html_cells_of(thin, run->marks[i].outcome);
        double width = cells->cell_ms;
        marks[i] = run->marks[i];
        marks[i].t_ms = width > 0 ? floor(marks[i].t_ms / width + 1e-9) * width : 0;
        marks[i].latency_ms = latency_edge(marks[i].latency_ms, (int)(cells->octaves * QUARTERS));
        marks[i].node = coarse->no_nodes ? UINT32_MAX : marks[i].node;
    }
    thin->count = join(marks, run->mark_count);
}

static size_t count_calm(const struct html_marks *marks)
{
    size_t calm = 0;

    for (size_t i = 0; i < marks->count; i++) {
        calm += is_calm(marks->items[i].outcome) ? 1 : 0;
    }
    return calm;
}

struct html_marks html_thin(const struct page *page, const struct document_run *run)
{
    size_t most = most_of(page, run);
    struct coarseness coarse = {.no_nodes = false};
    struct html_marks thin = {.items = run->marks,
                              .count = run->mark_count,
                              .calm = cells_of(run, &coarse.calm),
                              .others = cells_of(run, &coarse.others)};

    if (run->mark_count <= most) {
        return thin;
    }
    struct document_mark *marks = ARENA_ARRAY(page->arena, struct document_mark, run->mark_count);
    double times = thin.calm.cell_ms > 0 ? run->duration_ms / thin.calm.cell_ms : 1;
    for (int step = 0; step < STEPS_MAX && thin.count > most; step++) {
        bool calm = 2 * count_calm(&thin) >= thin.count;
        coarsen(&coarse, calm ? &coarse.calm : &coarse.others, times);
        apply(run, &coarse, marks, &thin);
    }
    return thin;
}
