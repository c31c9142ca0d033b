#include "report/history.h"
#include "report/html_parts.h"
#include "report/markup.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* In units of the drawing: a chart of its own for each figure, all of one size. The scale stands at
   the right, where no dot comes. */
enum { WIDTH = 360, HEIGHT = 100, LEFT = 4, RIGHT = 48, TOP = 14, BOTTOM = 14 };

#define DOT_MOST       3.0
#define DOT_LEAST      1.2
#define CROSS_LEAST    2.4   /* or it would look like a dot */
#define DOTS_SPAN      240.0 /* of the radii of all */
#define TEXT_DROP      3     /* from the middle of a line of text to where it stands */
#define TEXT_APART     10    /* lines of text */
#define LIMIT_IN_SIGHT 3.0   /* times the highest: a limit beyond would flatten all */

struct chart {
    const struct page *page;
    const struct history_series *series;
    enum history_figure figure;
    struct history_summary summary;
    size_t first;   /* that is drawn */
    double highest; /* at the top */
    double dot;     /* radius; the more there are the smaller */
};

static const char *word_of(enum history_figure figure)
{
    return figure == HISTORY_SWITCHOVER ? "switchover" : "outage";
}

static double x_of(const struct chart *chart, size_t index)
{
    size_t steps = chart->series->count - chart->first - 1;
    double part = steps == 0 ? 0.5 : (double)(index - chart->first) / (double)steps;

    return LEFT + part * (WIDTH - LEFT - RIGHT);
}

/* Never is at the very top, above every number. */
static double y_of(const struct chart *chart, struct document_figure figure)
{
    if (figure.state == DOCUMENT_NEVER) {
        return (double)TOP / 2;
    }
    return HEIGHT - BOTTOM - figure.value / chart->highest * (HEIGHT - TOP - BOTTOM);
}

static bool is_bad(const struct archive_report *report)
{
    return report->verdict[0] == 'f' || report->verdict[0] == 'i';
}

static const char *when(const struct archive_report *report)
{
    return report->started_at == NULL ? "simulated" : report->started_at;
}

static const char *world_of(const struct history_series *series)
{
    return series->reports[0].started_at == NULL ? " (simulated)" : "";
}

static void put_line(const struct chart *chart)
{
    bool open = false;

    html_put(chart->page, "<path d=\"");
    for (size_t i = chart->first; i < chart->series->count; i++) {
        struct document_figure figure =
            history_figure_of(&chart->series->reports[i], chart->figure);
        if (figure.state == DOCUMENT_VALUE) {
            html_put(chart->page, "%c%.1f %.1f", open ? 'L' : 'M', x_of(chart, i),
                     y_of(chart, figure));
        }
        open = figure.state == DOCUMENT_VALUE;
    }
    html_put(chart->page, "\" style=\"fill:none;stroke:var(--c0);stroke-width:1.5\"/>");
}

/* What failed or is doubtful has a shape of its own, for those who see no colours, and lies above
   the others. */
static void put_dot(const struct chart *chart, size_t index, bool bad)
{
    const struct page *page = chart->page;
    const struct archive_report *report = &chart->series->reports[index];
    struct document_figure figure = history_figure_of(report, chart->figure);

    if (figure.state == DOCUMENT_ABSENT || is_bad(report) != bad) {
        return;
    }
    double x = x_of(chart, index);
    double y = y_of(chart, figure);
    double size = bad ? fmax(chart->dot, CROSS_LEAST) : chart->dot;
    if (bad) {
        html_put(page, "<path d=\"M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f\">", x - size, y - size,
                 x + size, y + size, x + size, y - size, x - size, y + size);
    } else {
        html_put(page, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\">", x, y, size);
    }
    html_put(page, "<title>%s: %s, %s</title></%s>", html_text(page, when(report)),
             html_ms(page, figure), html_text(page, report->verdict), bad ? "path" : "circle");
}

static void put_dots(const struct chart *chart)
{
    for (int bad = 0; bad <= 1; bad++) {
        html_put(chart->page, bad == 1 ? "<g style=\"stroke:var(--fail);stroke-width:1.6\">"
                                       : "<g style=\"fill:var(--c0)\">");
        for (size_t i = chart->first; i < chart->series->count; i++) {
            put_dot(chart, i, bad == 1);
        }
        html_put(chart->page, "</g>\n");
    }
}

/* ---- Scale ---- */

static const struct archive_report *last_of(const struct history_series *series)
{
    return &series->reports[series->count - 1];
}

/* What the last report expects. */
static struct document_figure limit_of(const struct chart *chart)
{
    const struct archive_report *last = last_of(chart->series);
    bool known = chart->figure == HISTORY_SWITCHOVER && last->expects_switchover;

    return (struct document_figure){.value = known ? last->target_ms : 0,
                                    .state = known ? DOCUMENT_VALUE : DOCUMENT_ABSENT};
}

static bool shows_limit(const struct chart *chart)
{
    struct document_figure limit = limit_of(chart);

    return limit.state == DOCUMENT_VALUE && limit.value <= chart->highest;
}

static void
put_level(const struct chart *chart, struct document_figure figure, const char *colour, bool named)
{
    const struct page *page = chart->page;
    double y = y_of(chart, figure);

    html_put(page,
             "<line x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
             "style=\"stroke:var(%s);stroke-dasharray:4 3\"/>",
             WIDTH - RIGHT, y, y, colour);
    if (named) {
        html_put(page,
                 "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" "
                 "style=\"font-size:10px;fill:var(--soft)\">%s</text>",
                 WIDTH, y + TEXT_DROP, html_ms(page, figure));
    }
}

static void put_day(const struct chart *chart, size_t index, int x, const char *anchor)
{
    const char *started_at = chart->series->reports[index].started_at;

    if (started_at != NULL) {
        html_put(chart->page,
                 "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" "
                 "style=\"font-size:10px;fill:var(--soft)\">%s</text>",
                 x, HEIGHT - 2, anchor,
                 html_text(chart->page, arena_printf(chart->page->arena, "%.10s", started_at)));
    }
}

/* The highest number and the limit with their levels, and the first and the last day. */
static void put_scale(const struct chart *chart)
{
    struct document_figure top = {.value = chart->summary.highest, .state = DOCUMENT_VALUE};
    struct document_figure limit = limit_of(chart);
    bool limited = shows_limit(chart);

    html_put(chart->page,
             "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\" style=\"stroke:var(--axis)\"/>",
             WIDTH - RIGHT, HEIGHT - BOTTOM, HEIGHT - BOTTOM);
    if (limited) {
        put_level(chart, limit, "--fail", true);
    }
    if (top.value > 0) {
        double apart = limited ? y_of(chart, top) - y_of(chart, limit) : HEIGHT;
        put_level(chart, top, "--line", apart > TEXT_APART || apart < -TEXT_APART);
    }
    put_day(chart, chart->first, 0, "start");
    if (chart->series->count - chart->first > 1) {
        put_day(chart, chart->series->count - 1, WIDTH - RIGHT, "end");
    }
}

/* ---- Charts ---- */

static struct chart
chart_of(const struct page *page, const struct history_series *series, enum history_figure figure)
{
    struct chart chart = {
        .page = page,
        .series = series,
        .figure = figure,
        .summary = history_summarize(series, figure, HISTORY_HTML_MAX),
        .first = series->count > HISTORY_HTML_MAX ? series->count - HISTORY_HTML_MAX : 0,
    };
    double highest = chart.summary.highest;
    struct document_figure limit = limit_of(&chart);

    if (limit.state == DOCUMENT_VALUE && limit.value <= LIMIT_IN_SIGHT * highest) {
        highest = fmax(highest, limit.value);
    }
    chart.highest = highest > 0 ? highest : 1;
    chart.dot = fmin(DOT_MOST, fmax(DOT_LEAST, DOTS_SPAN / (double)(series->count - chart.first)));
    return chart;
}

static void
put_chart(const struct page *page, const struct history_series *series, enum history_figure figure)
{
    struct chart chart = chart_of(page, series, figure);
    struct document_figure limit = limit_of(&chart);
    const char *word = word_of(figure);

    if (chart.summary.worst.state == DOCUMENT_ABSENT) {
        html_put(page, "<p style=\"align-self:start\"><b>%s</b> not measured</p>\n", word);
        return;
    }
    const char *figures =
        arena_printf(page->arena, "last %s, median %s, worst %s", html_ms(page, chart.summary.last),
                     html_ms(page, chart.summary.median), html_ms(page, chart.summary.worst));
    html_put(
        page,
        "<figure style=\"margin:0\"><figcaption><b>%s</b> %s%s%s</figcaption>\n"
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s of %s over %zu report%s: %s\" "
        "style=\"width:100%%;display:block\">",
        word, figures, limit.state == DOCUMENT_VALUE ? ", limit " : "",
        limit.state == DOCUMENT_VALUE ? html_ms(page, limit) : "", WIDTH, HEIGHT, word,
        html_text(page, series->reports[0].name), series->count, series->count == 1 ? "" : "s",
        figures);
    put_scale(&chart);
    put_line(&chart);
    put_dots(&chart);
    html_put(page, "</svg></figure>\n");
}

/* ---- Table ---- */

static const char *file_of(const struct page *page, const struct archive_report *report)
{
    const char *path = html_text(page, report->path);

    if (report->page == NULL) {
        return arena_printf(page->arena, "<bdi>%s</bdi>", path);
    }
    return arena_printf(page->arena, "<a href=\"%s\"><bdi>%s</bdi></a>",
                        markup_path(page->arena, report->page), path);
}

/* Of "2026-05-04T09:15:02.117Z" what a narrow table has room for. */
static const char *minute(const struct page *page, const struct archive_report *report)
{
    const char *started_at = report->started_at;

    if (started_at == NULL || strlen(started_at) < 16) {
        return html_text(page, when(report));
    }
    return html_text(page, arena_printf(page->arena, "%.10s %.5s", started_at, started_at + 11));
}

static void put_table(const struct page *page, const struct history_series *series)
{
    html_put(page,
             "<details><summary>%zu report%s</summary><div class=\"wide\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"Reports of %s%s\"><table><thead><tr>"
             "<th scope=\"col\">started</th><th scope=\"col\">verdict</th>"
             "<th scope=\"col\" class=\"n\">switchover</th>"
             "<th scope=\"col\" class=\"n\">outage</th><th scope=\"col\" class=\"n\">runs</th>"
             "<th scope=\"col\">file</th></tr></thead>\n<tbody>\n",
             series->count, series->count == 1 ? "" : "s", html_text(page, series->reports[0].name),
             world_of(series));
    for (size_t i = series->count; i-- > 0;) {
        const struct archive_report *report = &series->reports[i];
        html_put(page,
                 "<tr style=\"white-space:nowrap\"><td>%s</td><td>%s</td><td "
                 "class=\"n\">%s</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%zu</td><td>%s</td></tr>\n",
                 minute(page, report), html_badge(page, report->verdict),
                 html_ms(page, report->switchover_ms), html_ms(page, report->outage_ms),
                 report->run_count, file_of(page, report));
    }
    html_put(page, "</tbody></table></div></details>\n");
}

static void put_series(const struct page *page, const struct history_series *series)
{
    const struct archive_report *last = last_of(series);

    html_put(page, "<section><h2><bdi>%s</bdi>%s %s</h2>\n", html_text(page, last->name),
             world_of(series), html_badge(page, last->verdict));
    html_put(page, "<div style=\"display:grid;gap:1.5rem;align-items:end;grid-template-columns:"
                   "repeat(auto-fit,minmax(min(100%%,20rem),1fr))\">\n");
    for (unsigned i = 0; i < HISTORY_FIGURES; i++) {
        put_chart(page, series, (enum history_figure)i);
    }
    html_put(page, "</div>\n");
    put_table(page, series);
    html_put(page, "</section>\n");
}

int history_write_html(FILE *out,
                       struct arena *arena,
                       const struct archive *archive,
                       struct error *reterr)
{
    struct page page = {.out = out, .arena = arena};
    const struct html_frame frame = {.title = "history"};
    struct history_series series = {.reports = NULL};

    html_frame_begin(&page, &frame);
    html_put(&page,
             "<section class=\"verdict\" aria-labelledby=\"title\"><p class=\"brand\">bascule "
             "history</p>\n<h1 id=\"title\">Switchover and outage over %zu report%s</h1>\n"
             "<p>A dot a report, in order of time, at its worst run; a cross where it failed "
             "or is inconclusive; at the upper edge: never.</p></section>\n",
             archive->count, archive->count == 1 ? "" : "s");
    while (history_next(archive, &series)) {
        put_series(&page, &series);
    }
    html_frame_end(&page, &frame);
    if (fflush(out) != 0 || ferror(out) != 0) {
        return error_os(reterr, errno, "cannot write the page");
    }
    return 0;
}
