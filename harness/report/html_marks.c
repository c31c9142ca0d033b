#include "report/html_thin.h"
#include "report/html_timeline.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define PLOT_HEIGHT   260
#define PLOT_PADDING  14
#define ANSWER_HEIGHT 40
#define LEAST_POWER   (-3) /* of ten: a microsecond */

/* Outcomes in the order in which they are drawn, the worst on top. */
static const char *const outcomes[] = {"ok",           "cancelled", "unavoidable",
                                       "answered_4xx", "slow",      "failed"};
enum { OUTCOMES = sizeof(outcomes) / sizeof(outcomes[0]) };

/* Sizes of marks: up to that many requests. */
static const uint32_t sizes[] = {1, 4, 12, 40, 150, UINT32_MAX};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

struct placed {
    const struct document_mark *mark;
    unsigned outcome, colour, size;
};

struct plot {
    const struct timeline *timeline;
    struct html_marks marks;
    struct placed *placed;
    double low_ms, high_ms; /* of latency, as drawn */
};

/* ---- Scales ---- */

static double y_of(const struct plot *plot, double latency_ms)
{
    double share =
        log(fmax(latency_ms, plot->low_ms) / plot->low_ms) / log(plot->high_ms / plot->low_ms);

    return PLOT_HEIGHT - PLOT_PADDING - share * (PLOT_HEIGHT - 2 * PLOT_PADDING);
}

static void find_scales(struct plot *plot)
{
    double low = INFINITY;
    double high = 0;

    for (size_t i = 0; i < plot->marks.count; i++) {
        const struct document_mark *mark = &plot->marks.items[i];
        if (mark->latency_ms > 0) {
            low = fmin(low, mark->latency_ms);
            high = fmax(high, mark->latency_ms);
        }
    }
    plot->low_ms = fmin(isfinite(low) ? low : 1, 1) * 0.8;
    plot->high_ms = fmax(high, 10) * 1.6;
}

/* ---- Marks ---- */

static unsigned outcome_of(const char *word)
{
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if (text_equal(outcomes[i], word)) {
            return i;
        }
    }
    return OUTCOMES - 1;
}

static int compare_placed(const void *left, const void *right)
{
    const struct placed *a = left;
    const struct placed *b = right;
    unsigned key_a = (a->outcome * (HTML_COLOURS + 1) + a->colour) * SIZES + a->size;
    unsigned key_b = (b->outcome * (HTML_COLOURS + 1) + b->colour) * SIZES + b->size;

    if (key_a != key_b) {
        return key_a < key_b ? -1 : 1;
    }
    if (a->mark->node != b->mark->node) {
        return a->mark->node < b->mark->node ? -1 : 1;
    }
    return a->mark < b->mark ? -1 : a->mark > b->mark;
}

static void place(struct plot *plot)
{
    const struct timeline *timeline = plot->timeline;
    const struct document_run *run = timeline->run;

    plot->placed = ARENA_ARRAY(timeline->page->arena, struct placed, plot->marks.count + 1);
    for (size_t i = 0; i < plot->marks.count; i++) {
        const struct document_mark *mark = &plot->marks.items[i];
        unsigned size = 0;
        while (mark->count > sizes[size]) {
            size++;
        }
        plot->placed[i] = (struct placed){
            .mark = mark,
            .outcome = outcome_of(mark->outcome),
            .colour = mark->node < run->node_count ? timeline->colours[mark->node] : HTML_COLOURS,
            .size = size,
        };
    }
    qsort(plot->placed, plot->marks.count, sizeof(plot->placed[0]), compare_placed);
}

static bool same_path(const struct placed *a, const struct placed *b)
{
    return a->outcome == b->outcome && a->colour == b->colour && a->size == b->size &&
           a->mark->node == b->mark->node;
}

/* Round ones are points with round caps; bars and squares are upright lines, which a stretched SVG
   leaves in shape and a printed one does not lose. */
static void put_points(const struct plot *plot, size_t from, size_t to)
{
    static const double widths[SIZES] = {3, 4, 5, 6.5, 8.5, 11}; /* as in the style sheet */
    const struct page *page = plot->timeline->page;
    const char *outcome = outcomes[plot->placed[from].outcome];
    double length = text_equal(outcome, "failed") ? 11
                    : text_equal(outcome, "slow") ? widths[plot->placed[from].size]
                                                  : 0;

    const struct html_cells *cells = html_cells_of(&plot->marks, outcome);

    for (size_t i = from; i < to; i++) {
        const struct document_mark *mark = plot->placed[i].mark;
        double y = y_of(plot, fmin(mark->latency_ms * exp2(cells->octaves / 2), plot->high_ms));
        double x = mark->t_ms + cells->cell_ms / 2;
        html_put(page, "M%.7g %.4g%c%.4g", x, y - length / 2, length > 0 ? 'v' : 'h', length);
    }
}

static void put_path(const struct plot *plot, size_t from, size_t to)
{
    const struct page *page = plot->timeline->page;
    const struct document_run *run = plot->timeline->run;
    const struct placed *first = &plot->placed[from];
    const char *outcome = outcomes[first->outcome];

    html_put(page, "<path class=\"m o-%s c%u s%u\" data-node=\"%s\" data-n=\"", outcome,
             first->colour, first->size,
             first->mark->node < run->node_count
                 ? html_text(page, run->nodes[first->mark->node].name)
                 : "");
    for (size_t i = from; i < to; i++) {
        html_put(page, "%s%" PRIu32, i == from ? "" : " ", plot->placed[i].mark->count);
    }
    html_put(page, "\" d=\"");
    put_points(plot, from, to);
    html_put(page, "\"/>\n");
    if (text_equal(outcome, "answered_4xx") || text_equal(outcome, "unavoidable")) {
        html_put(page, "<path class=\"hole s%u\" d=\"", first->size);
        put_points(plot, from, to);
        html_put(page, "\"/>\n");
    }
}

static void put_grid(const struct plot *plot)
{
    const struct timeline *timeline = plot->timeline;

    html_put(timeline->page, "<path class=\"grid\" d=\"");
    for (int power = LEAST_POWER; pow(10, power) < plot->high_ms; power++) {
        double at = pow(10, power);
        if (at >= plot->low_ms) {
            html_put(timeline->page, "M%.9g %.4gh%.9g", timeline->from_ms, y_of(plot, at),
                     timeline->span_ms);
        }
    }
    html_put(timeline->page, "\"/>\n");
}

static void put_scale(const struct plot *plot)
{
    const struct page *page = plot->timeline->page;

    for (int power = LEAST_POWER; pow(10, power) < plot->high_ms; power++) {
        double at = pow(10, power);
        if (at >= plot->low_ms) {
            bool seconds = at >= 999;
            html_put(page,
                     "<span class=\"y\" aria-hidden=\"true\" style=\"top:%.4gpx\">%.3g %s</span>",
                     y_of(plot, at), seconds ? at / 1000 : at, seconds ? "s" : "ms");
        }
    }
}

/* ---- Legend ---- */

void html_marks_legend(const struct timeline *timeline)
{
    const struct page *page = timeline->page;
    const struct document_run *run = timeline->run;
    uint64_t counts[OUTCOMES] = {0};
    bool others = false;

    for (size_t i = 0; i < run->mark_count; i++) {
        counts[outcome_of(run->marks[i].outcome)] += run->marks[i].count;
    }
    if (run->mark_count == 0) {
        return;
    }
    html_put(page, "<ul class=\"legend\">");
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if (counts[i] > 0) {
            html_put(page,
                     "<li><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path class=\"m o-%s "
                     "c%d s3\" d=\"M8 %s\"/>%s</svg>%s %s</li>",
                     outcomes[i], HTML_COLOURS,
                     text_equal(outcomes[i], "failed") ? "2.5v11"
                     : text_equal(outcomes[i], "slow") ? "5v6"
                                                       : "8h0",
                     text_equal(outcomes[i], "answered_4xx") ||
                             text_equal(outcomes[i], "unavoidable")
                         ? "<path class=\"hole s3\" d=\"M8 8h0\"/>"
                         : "",
                     outcomes[i], html_count(page, (int64_t)counts[i]));
        }
    }
    for (size_t i = 0; i < run->node_count; i++) {
        if (timeline->colours[i] < HTML_COLOURS - 1) {
            html_put(page,
                     "<li><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path class=\"m o-ok c%u "
                     "s4\" d=\"M8 8h0\"/></svg><bdi>%s</bdi></li>",
                     (unsigned)timeline->colours[i], html_text(page, run->nodes[i].name));
        } else {
            others = true;
        }
    }
    if (others) {
        html_put(page,
                 "<li><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path class=\"m o-ok "
                 "c%d s4\" d=\"M8 8h0\"/></svg>other nodes</li>",
                 HTML_COLOURS - 1);
    }
    html_put(page, "<li>larger: more requests; colour: who answered</li></ul>\n");
}

static void put_thinned(const struct plot *plot)
{
    const struct page *page = plot->timeline->page;
    const struct html_marks *marks = &plot->marks;

    html_put(page,
             "<p class=\"thinned\">To keep the page small, a mark stands for all requests of %s "
             "by %.3g octaves of latency, or of %s by %.3g where they were slow or failed%s; each "
             "outcome apart.</p>\n",
             html_time(page, marks->calm.cell_ms), marks->calm.octaves,
             html_time(page, marks->others.cell_ms), marks->others.octaves,
             marks->has_no_node ? ", of all nodes together" : "");
}

void html_marks(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    struct plot plot = {.timeline = timeline};

    if (run->mark_count == 0) {
        return;
    }
    plot.marks = html_thin(timeline->page, run);
    find_scales(&plot);
    place(&plot);
    html_row_begin(timeline,
                   &(const struct html_row){
                       .class = "row-marks",
                       .label = "latency <small>of each request, from its due time</small>",
                       .words = "Requests by due time and latency; the counts are in the tables",
                       .height = PLOT_HEIGHT});
    html_put(timeline->page, "<g class=\"scale\" data-scale=\"%.6g %.6g %d %d %.6g %.6g\"/>",
             plot.low_ms, plot.high_ms, PLOT_HEIGHT, PLOT_PADDING, plot.marks.calm.cell_ms,
             plot.marks.others.cell_ms);
    put_grid(&plot);
    for (size_t from = 0, to = 0; from < plot.marks.count; from = to) {
        while (to < plot.marks.count && same_path(&plot.placed[from], &plot.placed[to])) {
            to++;
        }
        put_path(&plot, from, to);
    }
    html_row_overlay(timeline);
    put_scale(&plot);
    html_row_end(timeline);
    if (plot.marks.is_thinned) {
        put_thinned(&plot);
    }
}

/* ---- Answers over time ---- */

#define BARS_LEAST 200

/* So many buckets make a bar. */
static size_t buckets_of_bar(const struct timeline *timeline)
{
    size_t rows = timeline->page->detail->rows;
    size_t most = rows > BARS_LEAST ? rows : BARS_LEAST;

    return timeline->run->bucket_count / most + (timeline->run->bucket_count % most > 0 ? 1 : 0);
}

struct bar {
    size_t from, to; /* buckets */
    double due, slow, failed;
};

static struct bar bar_of(const struct document_run *run, size_t from, size_t buckets)
{
    struct bar bar = {.from = from};

    bar.to = run->bucket_count - from < buckets ? run->bucket_count : from + buckets;
    for (size_t i = from; i < bar.to; i++) {
        bar.due += run->timeline[i].due;
        bar.slow += run->timeline[i].slow;
        bar.failed += run->timeline[i].failed;
    }
    return bar;
}

static void put_bars(const struct timeline *timeline, double scale, const char *class, int which)
{
    const struct document_run *run = timeline->run;
    size_t buckets = buckets_of_bar(timeline);
    struct html_blocks blocks = html_blocks_begin(timeline, class, 0);

    for (size_t i = 0; i < run->bucket_count; i += buckets) {
        struct bar bar = bar_of(run, i, buckets);
        double bad = bar.failed + bar.slow;
        double upper = which == 0 ? fmax(bar.due, bad) : which == 1 ? bad : bar.failed;
        double lower = which == 0 ? bad : which == 1 ? bar.failed : 0;
        if (upper > lower) {
            html_blocks_add(&blocks, run->bucket_ms * (double)bar.from,
                            run->bucket_ms * (double)bar.to, ANSWER_HEIGHT - upper * scale,
                            (upper - lower) * scale);
        }
    }
    html_blocks_end(&blocks);
}

void html_answers(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    size_t buckets = buckets_of_bar(timeline);
    double most = 0;

    for (size_t i = 0; i < run->bucket_count; i += buckets) {
        most = fmax(most, bar_of(run, i, buckets).due);
    }
    if (most == 0) {
        return;
    }
    html_row_begin(timeline,
                   &(const struct html_row){
                       .class = "row-answers",
                       .label = arena_printf(timeline->page->arena,
                                             "requests <small>a %.6g ms, by due time</small>",
                                             run->bucket_ms * (double)buckets),
                       .words = "Requests due over time: well, slow, failed",
                       .height = ANSWER_HEIGHT});
    put_bars(timeline, (ANSWER_HEIGHT - 4) / most, "due", 0);
    put_bars(timeline, (ANSWER_HEIGHT - 4) / most, "slow", 1);
    put_bars(timeline, (ANSWER_HEIGHT - 4) / most, "failed", 2);
    html_row_overlay(timeline);
    html_put(timeline->page, "<span class=\"y\" aria-hidden=\"true\" style=\"top:4px\">%s</span>",
             html_count(timeline->page, (int64_t)most));
    html_row_end(timeline);
}
