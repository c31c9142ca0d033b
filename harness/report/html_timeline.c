#include "report/html_timeline.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define TICKS        8    /* about that many */
#define RIGHT_ANCHOR 0.6  /* words further right than that end at their time */
#define SLOTS        1000 /* that a lane is cut into where it has too many pieces */

/* ---- Rows ---- */

void html_row_begin(const struct timeline *timeline, const struct html_row *row)
{
    html_put(timeline->page,
             "<div class=\"row %s\"><div class=\"label\">%s</div><div class=\"track\">"
             "<svg role=\"img\" aria-label=\"%s\" viewBox=\"%.9g 0 %.9g %d\" height=\"%d\" "
             "preserveAspectRatio=\"none\">\n",
             row->class, row->label, row->words, timeline->from_ms, timeline->span_ms, row->height,
             row->height);
    html_bands(timeline, row->height);
}

void html_row_overlay(const struct timeline *timeline)
{
    html_put(timeline->page, "</svg>");
}

void html_row_end(const struct timeline *timeline)
{
    html_put(timeline->page, "</div></div>\n");
}

bool html_is_right(const struct timeline *timeline, double at_ms)
{
    return (at_ms - timeline->from_ms) / timeline->span_ms > RIGHT_ANCHOR;
}

void html_tag(const struct timeline *timeline, double at_ms, const char *class, const char *words)
{
    html_put(timeline->page, "<span class=\"at tag %s%s\" style=\"--t:%.9g\">%s</span>", class,
             html_is_right(timeline, at_ms) ? " left-of" : "", at_ms, words);
}

/* ---- Blocks ---- */

static bool is_crowded(const struct timeline *timeline, size_t count)
{
    return count > timeline->page->detail->rows && count > SLOTS;
}

struct html_blocks
html_blocks_begin(const struct timeline *timeline, const char *class, size_t count)
{
    return (struct html_blocks){.timeline = timeline,
                                .class = class,
                                .slot_ms =
                                    is_crowded(timeline, count) ? timeline->span_ms / SLOTS : 0,
                                .from_ms = INFINITY,
                                .to_ms = -INFINITY};
}

static void put_block(struct html_blocks *blocks)
{
    if (blocks->to_ms > blocks->from_ms) {
        if (!blocks->is_open) {
            html_put(blocks->timeline->page, "<path class=\"%s\" d=\"", blocks->class);
            blocks->is_open = true;
        }
        html_put(blocks->timeline->page, "M%.9g %.4gh%.6gv%.4gh%.6gz", blocks->from_ms, blocks->y,
                 blocks->to_ms - blocks->from_ms, blocks->h, blocks->from_ms - blocks->to_ms);
    }
}

static void move_to(struct html_blocks *blocks, double from, double to, double y, double h)
{
    blocks->from_ms = from;
    blocks->to_ms = to;
    blocks->y = y;
    blocks->h = h;
}

void html_blocks_add(struct html_blocks *blocks, double from_ms, double to_ms, double y, double h)
{
    const struct timeline *timeline = blocks->timeline;
    double from = fmax(from_ms, timeline->from_ms);
    double to = fmin(to_ms, timeline->from_ms + timeline->span_ms);

    if (!(to > from)) {
        return;
    }
    if (blocks->slot_ms > 0) {
        double slot = floor(from / blocks->slot_ms);
        from = slot * blocks->slot_ms;
        to = fmax(ceil(to / blocks->slot_ms), slot + 1) * blocks->slot_ms;
    }
    if (from < blocks->from_ms) { /* the first, or one that is out of order */
        put_block(blocks);
        move_to(blocks, from, to, y, h);
        return;
    }
    if (from <= blocks->to_ms && h == blocks->h && y == blocks->y) {
        blocks->to_ms = fmax(to, blocks->to_ms);
        return;
    }
    if (to <= blocks->to_ms) { /* within the slot of the one before: the taller stands for both */
        blocks->y = h > blocks->h ? y : blocks->y;
        blocks->h = fmax(h, blocks->h);
        return;
    }
    from = fmax(from, blocks->to_ms);
    put_block(blocks);
    move_to(blocks, from, to, y, h);
}

void html_blocks_end(struct html_blocks *blocks)
{
    put_block(blocks);
    if (blocks->is_open) {
        html_put(blocks->timeline->page, "\"/>");
    }
}

/* ---- Bands ---- */

static double end_of(const struct timeline *timeline, struct document_figure cleared)
{
    return cleared.state == DOCUMENT_VALUE ? cleared.value : timeline->from_ms + timeline->span_ms;
}

void html_bands(const struct timeline *timeline, int height)
{
    const struct document_run *run = timeline->run;
    struct html_blocks blocks = html_blocks_begin(timeline, "band", run->fault_count);

    for (size_t i = 0; i < run->fault_count; i++) {
        const struct document_fault *fault = &run->faults[i];
        if (fault->effective_ms.state == DOCUMENT_VALUE && !html_is_order(fault)) {
            html_blocks_add(&blocks, fault->effective_ms.value, end_of(timeline, fault->cleared_ms),
                            0, height);
        }
    }
    html_blocks_end(&blocks);
}

/* ---- Extent and axis ---- */

static double latest(const struct document_run *run)
{
    double end = run->duration_ms;

    for (size_t i = 0; i < run->fault_count; i++) {
        end = fmax(end, run->faults[i].planned_ms);
        end = fmax(end, run->faults[i].effective_ms.value);
    }
    for (size_t i = 0; i < run->disturbance_count; i++) {
        end = fmax(end, run->disturbances[i].end_ms);
    }
    return end;
}

static void put_axis(const struct timeline *timeline)
{
    double step = html_step(timeline->span_ms / TICKS);
    double end = timeline->from_ms + timeline->span_ms;

    html_put(timeline->page, "<div class=\"row axis\"><div class=\"label\">time</div>"
                             "<div class=\"track\" aria-hidden=\"true\">");
    double first = ceil(timeline->from_ms / step) * step;
    for (int i = 0; first + i * step <= end * (1 + 1e-9); i++) {
        double at = first + i * step;
        html_put(timeline->page, "<span class=\"at tick%s\" style=\"--t:%.9g\">%.6g s</span>",
                 at + step / 2 > end ? " left-of" : "", at, at / 1000);
    }
    html_put(timeline->page, "</div></div>\n");
}

/* ---- Colours of nodes ---- */

struct shown {
    uint32_t node;
    int64_t successes;
};

static int compare_shown(const void *left, const void *right)
{
    const struct shown *a = left;
    const struct shown *b = right;

    if (a->successes != b->successes) {
        return a->successes < b->successes ? 1 : -1;
    }
    return a->node < b->node ? -1 : a->node > b->node;
}

/* In their order where all have one; else those that served most. */
static uint8_t *colours_of(const struct page *page, const struct document_run *run)
{
    uint8_t *colours = ARENA_ARRAY(page->arena, uint8_t, run->node_count + 1);
    struct shown *shown = ARENA_ARRAY(page->arena, struct shown, run->node_count + 1);

    for (size_t i = 0; i < run->node_count; i++) {
        shown[i] = (struct shown){(uint32_t)i, run->nodes[i].successes};
    }
    if (run->node_count >= HTML_COLOURS) {
        qsort(shown, run->node_count, sizeof(shown[0]), compare_shown);
    }
    for (size_t i = 0; i < run->node_count; i++) {
        colours[shown[i].node] = (uint8_t)(i < HTML_COLOURS - 1 ? i : HTML_COLOURS - 1);
    }
    return colours;
}

/* ---- The timeline ---- */

/* Said, for a pause that is not drawn is no small thing. */
static void put_crowded(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    bool crowded = is_crowded(timeline, run->fault_count);

    for (size_t i = 0; i < run->node_count; i++) {
        crowded = crowded || is_crowded(timeline, run->nodes[i].state_count) ||
                  is_crowded(timeline, run->nodes[i].believed_count);
    }
    if (crowded) {
        html_put(
            timeline->page,
            "<p class=\"thinned\">To keep the page small, what is nearer to its neighbour than "
            "%s is drawn as one.</p>\n",
            html_time(timeline->page, timeline->span_ms / SLOTS));
    }
}

static void put_timeline(const struct page *page, const struct document_run *run)
{
    struct timeline timeline = {
        .page = page, .run = run, .span_ms = latest(run), .colours = colours_of(page, run)};

    if (!(timeline.span_ms > 0)) {
        html_put(page, "<p>No time passed under traffic: there is nothing to draw.</p>\n");
        return;
    }
    html_put(page,
             "<figure class=\"timeline\" id=\"timeline-%" PRId64 "\" data-from=\"0\" "
             "data-span=\"%.9g\" style=\"--from:0;--span:%.9g\">\n"
             "<div class=\"tools\" hidden=\"\"><button type=\"button\" class=\"zoom-in\" "
             "aria-label=\"Zoom in\">+</button><button type=\"button\" class=\"zoom-out\" "
             "aria-label=\"Zoom out\">−</button><button type=\"button\" class=\"zoom-back\">"
             "Whole run</button> <span class=\"probe\"></span><span class=\"hint\">Drag over the "
             "timeline to look closer; a bracket leads to its switchover.</span></div>\n",
             run->index, timeline.span_ms, timeline.span_ms);
    html_marks_legend(&timeline);
    put_axis(&timeline);
    html_fault_rows(&timeline);
    html_brackets(&timeline);
    html_marks(&timeline);
    html_answers(&timeline);
    html_lanes(&timeline);
    put_axis(&timeline);
    put_crowded(&timeline);
    html_put(page, "<ul class=\"legend\">");
    html_faults_legend(page);
    html_lanes_legend(&timeline);
    html_put(page, "</ul>\n</figure>\n");
}

void html_timelines(const struct page *page)
{
    const struct document *document = page->document;

    html_put(page, "<section id=\"timeline\" aria-labelledby=\"timeline-title\">\n"
                   "<h2 id=\"timeline-title\">What happened</h2>\n"
                   "<p class=\"picker\" id=\"picker\" hidden=\"\"></p>\n");
    for (size_t i = 0; i < page->drawn_count; i++) {
        const struct document_run *run = &document->runs[page->order[i]];
        html_run_begin(page, run, "run");
        put_timeline(page, run);
        html_disturbances(page, run);
        html_records(page, run);
        html_run_end(page);
    }
    if (page->drawn_count < document->run_count) {
        html_put(page,
                 "<p>Drawn %s of %zu runs; the figures of all are <a href=\"#repeats\">below</a>."
                 "</p>\n",
                 page->drawn_count == 1
                     ? "is the worst"
                     : arena_printf(page->arena, "are the %zu worst", page->drawn_count),
                 document->run_count);
    }
    if (page->detail->full < page->drawn_count) {
        html_put(
            page,
            "<p>Alerts, states, beliefs and all metrics stand here for the worst of them; of the "
            "others the report's JSON has them.</p>\n");
    }
    html_put(page, "</section>\n");
}
