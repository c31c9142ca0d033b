#include "report/history.h"
#include "report/html_parts.h"

#include <errno.h>

/* In units of the drawing: a chart of its own for each figure, all of one size. */
enum { WIDTH = 360, HEIGHT = 96, LEFT = 8, TOP = 14, BOTTOM = 12, DOT = 3 };

struct chart {
    const struct page *page;
    const struct history_series *series;
    enum history_figure figure;
    struct history_summary summary;
    size_t first;   /* that is drawn */
    double highest; /* at the top */
};

static const char *word_of(enum history_figure figure)
{
    return figure == HISTORY_SWITCHOVER ? "switchover" : "outage";
}

static double x_of(const struct chart *chart, size_t index)
{
    size_t steps = chart->series->count - chart->first - 1;
    double part = steps == 0 ? 0.5 : (double)(index - chart->first) / (double)steps;

    return LEFT + part * (WIDTH - 2 * LEFT);
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

/* What failed or is doubtful has a shape of its own, for those who see no colours. */
static void put_dot(const struct chart *chart, size_t index)
{
    const struct page *page = chart->page;
    const struct archive_report *report = &chart->series->reports[index];
    struct document_figure figure = history_figure_of(report, chart->figure);
    const char *title;

    if (figure.state == DOCUMENT_ABSENT) {
        return;
    }
    title = arena_printf(page->arena, "%s: %s, %s", html_text(page, when(report)),
                         html_ms(page, figure), html_text(page, report->verdict));
    double x = x_of(chart, index);
    double y = y_of(chart, figure);
    if (is_bad(report)) {
        html_put(
            page,
            "<path d=\"M%.1f %.1fl6 6m0-6l-6 6\" style=\"stroke:var(--fail);stroke-width:2.5\">"
            "<title>%s</title></path>",
            x - DOT, y - DOT, title);
    } else {
        html_put(page,
                 "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" style=\"fill:var(--c0)\">"
                 "<title>%s</title></circle>",
                 x, y, DOT, title);
    }
}

static const char *day(const struct chart *chart, size_t index)
{
    const char *started_at = chart->series->reports[index].started_at;

    return started_at == NULL ? "" : arena_printf(chart->page->arena, "%.10s", started_at);
}

/* The highest number with its level, and the first and the last day. */
static void put_scale(const struct chart *chart)
{
    const struct page *page = chart->page;
    struct document_figure top = {.value = chart->summary.highest, .state = DOCUMENT_VALUE};
    const char *text = "style=\"font-size:9px;fill:var(--soft)\"";
    double y = y_of(chart, top);

    html_put(page, "<line x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\" style=\"stroke:var(--line)\"/>",
             WIDTH, HEIGHT - BOTTOM, HEIGHT - BOTTOM);
    if (chart->summary.highest > 0) {
        html_put(page,
                 "<line x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
                 "style=\"stroke:var(--line);stroke-dasharray:1 3\"/><text x=\"%d\" y=\"%.1f\" "
                 "text-anchor=\"end\" %s>%s</text>",
                 WIDTH, y, y, WIDTH, y - 3, text, html_ms(page, top));
    }
    html_put(page, "<text x=\"0\" y=\"%d\" %s>%s</text>", HEIGHT - 2, text,
             html_text(page, day(chart, chart->first)));
    if (chart->series->count - chart->first > 1) {
        html_put(page, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" %s>%s</text>", WIDTH,
                 HEIGHT - 2, text, html_text(page, day(chart, chart->series->count - 1)));
    }
}

static const struct archive_report *last_of(const struct history_series *series)
{
    return &series->reports[series->count - 1];
}

static void put_target(const struct chart *chart)
{
    const struct archive_report *last = last_of(chart->series);
    struct document_figure target = {.value = last->target_ms, .state = DOCUMENT_VALUE};

    if (chart->figure != HISTORY_SWITCHOVER || !last->expects_switchover ||
        last->target_ms > chart->highest) {
        return;
    }
    html_put(chart->page,
             "<line x1=\"0\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
             "style=\"stroke:var(--fail);stroke-dasharray:4 3\"><title>limit %s</title></line>",
             WIDTH, y_of(chart, target), y_of(chart, target), html_ms(chart->page, target));
}

static void
put_chart(const struct page *page, const struct history_series *series, enum history_figure figure)
{
    struct chart chart = {
        .page = page,
        .series = series,
        .figure = figure,
        .summary = history_summarize(series, figure, HISTORY_HTML_MAX),
        .first = series->count > HISTORY_HTML_MAX ? series->count - HISTORY_HTML_MAX : 0,
    };
    const char *word = word_of(figure);

    chart.highest = chart.summary.highest > 0 ? chart.summary.highest * 1.05 : 1;
    const char *limit = "";
    if (figure == HISTORY_SWITCHOVER && last_of(series)->expects_switchover) {
        struct document_figure target = {.value = last_of(series)->target_ms,
                                         .state = DOCUMENT_VALUE};
        limit = arena_printf(page->arena, ", limit %s", html_ms(page, target));
    }
    html_put(page,
             "<figure style=\"margin:0\"><figcaption><b>%s</b> last %s, median %s, worst %s%s"
             "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s of %s over "
             "%zu reports: last %s, median %s, worst %s\" style=\"width:100%%;display:block\">",
             word, html_ms(page, chart.summary.last), html_ms(page, chart.summary.median),
             html_ms(page, chart.summary.worst), limit, WIDTH, HEIGHT, word,
             html_text(page, series->reports[0].name), series->count,
             html_ms(page, chart.summary.last), html_ms(page, chart.summary.median),
             html_ms(page, chart.summary.worst));
    put_scale(&chart);
    put_target(&chart);
    put_line(&chart);
    for (size_t i = chart.first; i < series->count; i++) {
        put_dot(&chart, i);
    }
    html_put(page, "</svg></figure>\n");
}

static void put_table(const struct page *page, const struct history_series *series)
{
    html_put(page,
             "<details><summary>%zu report%s</summary><div class=\"wide\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"Reports of %s\"><table><thead><tr>"
             "<th scope=\"col\">started</th><th scope=\"col\">verdict</th>"
             "<th scope=\"col\" class=\"n\">switchover</th>"
             "<th scope=\"col\" class=\"n\">outage</th><th scope=\"col\" class=\"n\">runs</th>"
             "<th scope=\"col\">file</th></tr></thead>\n<tbody>\n",
             series->count, series->count == 1 ? "" : "s",
             html_text(page, series->reports[0].name));
    for (size_t i = series->count; i-- > 0;) {
        const struct archive_report *report = &series->reports[i];
        html_put(page,
                 "<tr><td>%s</td><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%zu</td><td><bdi>%s</bdi></td></tr>\n",
                 html_text(page, when(report)), html_badge(page, report->verdict),
                 html_ms(page, report->switchover_ms), html_ms(page, report->outage_ms),
                 report->run_count, html_text(page, report->path));
    }
    html_put(page, "</tbody></table></div></details>\n");
}

static void put_series(const struct page *page, const struct history_series *series)
{
    const struct archive_report *last = last_of(series);

    html_put(page, "<section><h2><bdi>%s</bdi>%s %s</h2>\n", html_text(page, last->name),
             last->started_at == NULL ? " (simulated)" : "", html_badge(page, last->verdict));
    html_put(page, "<div style=\"display:grid;gap:1.5rem;grid-template-columns:"
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
             "or is inconclusive; at the upper edge: never. "
             "Dashed: the limit, where it is as low as that.</p></section>\n",
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
