#include "report/html_timeline.h"

#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define TICKS        8   /* about that many */
#define RIGHT_ANCHOR 0.6 /* words further right than that end at their time */

/* ---- Rows ---- */

void html_row_begin(const struct timeline *timeline, const struct html_row *row)
{
    html_put(timeline->page,
             "<div class=\"row %s\"><div class=\"label\">%s</div><div class=\"track\">"
             "<svg role=\"img\" aria-label=\"%s\" viewBox=\"%.9g 0 %.9g %d\" height=\"%d\" "
             "preserveAspectRatio=\"none\"><title>%s</title>\n",
             row->class, row->label, row->words, timeline->from_ms, timeline->span_ms, row->height,
             row->height, row->words);
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

void html_tag(const struct timeline *timeline, double at_ms, const char *class, const char *words)
{
    bool right = (at_ms - timeline->from_ms) / timeline->span_ms > RIGHT_ANCHOR;

    html_put(timeline->page, "<span class=\"at tag %s%s\" style=\"--t:%.9g\">%s</span>", class,
             right ? " left-of" : "", at_ms, words);
}

void html_block(const struct timeline *timeline, double from_ms, double to_ms, double y, double h)
{
    double from = fmax(from_ms, timeline->from_ms);
    double to = fmin(to_ms, timeline->from_ms + timeline->span_ms);

    if (to > from) {
        html_put(timeline->page, "M%.9g %.4gh%.6gv%.4gh%.6gz", from, y, to - from, h, from - to);
    }
}

static double end_of(const struct timeline *timeline, struct document_figure cleared)
{
    return cleared.state == DOCUMENT_VALUE ? cleared.value : timeline->from_ms + timeline->span_ms;
}

void html_bands(const struct timeline *timeline, int height)
{
    const struct document_run *run = timeline->run;

    html_put(timeline->page, "<path class=\"band\" d=\"");
    for (size_t i = 0; i < run->fault_count; i++) {
        if (run->faults[i].effective_ms.state == DOCUMENT_VALUE) {
            html_block(timeline, run->faults[i].effective_ms.value,
                       end_of(timeline, run->faults[i].cleared_ms), 0, height);
        }
    }
    html_put(timeline->page, "\"/>");
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

/* 1, 2 or 5 times a power of ten. */
static double step_of(double span_ms)
{
    double raw = span_ms / TICKS;
    double power = pow(10, floor(log10(raw)));
    double digit = raw / power;

    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static void put_axis(const struct timeline *timeline)
{
    double step = step_of(timeline->span_ms);
    double end = timeline->from_ms + timeline->span_ms;

    html_put(timeline->page, "<div class=\"row axis\"><div class=\"label\">due time</div>"
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
    html_lanes_legend(&timeline);
    html_put(page, "</figure>\n");
}

static void put_fault_table(const struct page *page, const struct document_run *run)
{
    html_put(
        page,
        "<details class=\"more\"><summary>Faults of run %" PRId64 " (%zu)</summary>\n"
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Faults of run %" PRId64
        "\"><table><thead><tr><th scope=\"col\">Fault</th><th scope=\"col\">kind</th>"
        "<th scope=\"col\">targets</th><th scope=\"col\" class=\"n\">planned</th>"
        "<th scope=\"col\" class=\"n\">applied</th><th scope=\"col\" class=\"n\">effective</th>"
        "<th scope=\"col\" class=\"n\">cleared</th><th scope=\"col\">confirmed by</th>"
        "<th scope=\"col\" class=\"n\">hits</th><th scope=\"col\">parameters</th></tr></thead>"
        "\n<tbody>\n",
        run->index, run->fault_count, run->index);
    for (size_t i = 0; i < run->fault_count; i++) {
        const struct document_fault *fault = &run->faults[i];
        html_put(page,
                 "<tr><th scope=\"row\"><bdi>%s</bdi></th><td>%s</td><td>%s</td>"
                 "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td>%s</td><td class=\"n\">%s</td><td>%s</td></tr>\n",
                 html_text(page, fault->id), html_text(page, fault->kind),
                 html_names(page, &fault->targets), html_time(page, fault->planned_ms),
                 html_ms(page, fault->applied_ms), html_ms(page, fault->effective_ms),
                 html_ms(page, fault->cleared_ms),
                 fault->confirmed_by == NULL ? "nothing" : html_text(page, fault->confirmed_by),
                 html_figure(page, "requests", fault->hits), html_text(page, fault->params));
    }
    html_put(page, "</tbody></table></div></details>\n");
}

static void put_alerts(const struct page *page, const struct document_run *run)
{
    if (run->alert_count == 0) {
        return;
    }
    html_put(
        page,
        "<details class=\"more\"><summary>Alerts of run %" PRId64 " (%zu)</summary>\n"
        "<table><thead><tr><th scope=\"col\">Node</th><th scope=\"col\" class=\"n\">raised</th>"
        "<th scope=\"col\" class=\"n\">cleared</th><th scope=\"col\">why</th></tr></thead>"
        "<tbody>\n",
        run->index, run->alert_count);
    for (size_t i = 0; i < run->alert_count; i++) {
        const struct document_alert *alert = &run->alerts[i];
        html_put(page,
                 "<tr><th scope=\"row\"><bdi>%s</bdi></th><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td>%s</td></tr>\n",
                 html_text(page, alert->node), html_time(page, alert->raised_ms),
                 html_ms(page, alert->cleared_ms), html_text(page, alert->why));
    }
    html_put(page, "</tbody></table></details>\n");
}

void html_timelines(const struct page *page)
{
    const struct document *document = page->document;

    html_put(page, "<section id=\"timeline\" aria-labelledby=\"timeline-title\">\n"
                   "<h2 id=\"timeline-title\">What happened</h2>\n"
                   "<p class=\"picker\" id=\"picker\" hidden=\"\"></p>\n");
    for (size_t i = 0; i < page->drawn_count && i < HTML_RUNS_DRAWN_MAX; i++) {
        const struct document_run *run = &document->runs[page->drawn[i]];
        html_run_begin(page, run, "run");
        put_timeline(page, run);
        html_disturbances(page, run);
        if (run->fault_count > 0) {
            put_fault_table(page, run);
        }
        put_alerts(page, run);
        html_run_end(page);
    }
    if (page->drawn_count > HTML_RUNS_DRAWN_MAX) {
        html_put(page, "<p>Drawn are the %d worst of %zu runs; the figures of all are below.</p>\n",
                 HTML_RUNS_DRAWN_MAX, page->drawn_count);
    }
    html_put(page, "</section>\n");
}
