#include "report/html_parts.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>

#define STRIP_HEIGHT 56
#define STACK_STEP   6
#define STACKS       7
#define COLUMNS      160 /* points nearer than one column are stacked */
#define NEVER_X      980
#define WIDTH        1000

/* One metric over the runs, on an axis that all metrics share. */
struct strip {
    const char *metric;
    const struct document_pool *pool;
    double target_ms; /* 0: none */
    const char *op;
};

struct axis {
    double low_ms, high_ms;
    bool log;
};

static double x_of(const struct axis *axis, double ms)
{
    double share =
        axis->log ? log(fmax(ms, axis->low_ms) / axis->low_ms) / log(axis->high_ms / axis->low_ms)
                  : ms / axis->high_ms;

    return 10 + fmin(fmax(share, 0), 1) * (NEVER_X - 60);
}

/* ---- What is shown ---- */

static const struct document_pool *pool_of(const struct document *document, const char *metric)
{
    for (size_t i = 0; i < document->summary_count; i++) {
        if (text_equal(document->summary[i].metric, metric)) {
            return &document->summary[i];
        }
    }
    return NULL;
}

static void find_target(const struct document *document, struct strip *strip)
{
    for (size_t i = 0; i < document->expectation_count; i++) {
        const struct document_expectation *expectation = &document->expectations[i];
        if (text_equal(expectation->metric, strip->metric) && expectation->limit > 0 &&
            (strip->target_ms == 0 || expectation->limit < strip->target_ms)) {
            strip->target_ms = expectation->limit;
            strip->op = expectation->op;
        }
    }
}

static struct document_figure
run_figure(const struct document *document, const struct document_run *run, const char *metric)
{
    struct document_headline headline = html_run_headline(document, run);

    if (text_equal(metric, "switchover")) {
        return headline.switchover_ms;
    }
    return text_equal(metric, "outage") ? headline.outage_ms : headline.worst_latency_ms;
}

static struct axis
axis_of(const struct document *document, const struct strip *strips, size_t count)
{
    struct axis axis = {.low_ms = INFINITY};

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < document->run_count; k++) {
            struct document_figure figure =
                run_figure(document, &document->runs[k], strips[i].metric);
            if (figure.state == DOCUMENT_VALUE && figure.value > 0) {
                axis.low_ms = fmin(axis.low_ms, figure.value);
                axis.high_ms = fmax(axis.high_ms, figure.value);
            }
        }
        axis.high_ms = fmax(axis.high_ms, strips[i].target_ms);
    }
    axis.low_ms = isfinite(axis.low_ms) ? axis.low_ms : 1;
    axis.high_ms = fmax(axis.high_ms, axis.low_ms) * 1.1;
    axis.log = axis.high_ms > 20 * axis.low_ms;
    axis.low_ms = pow(10, floor(log10(axis.low_ms)));
    return axis;
}

/* ---- Drawing ---- */

static void put_points(const struct page *page, const struct axis *axis, const struct strip *strip)
{
    int stacked[COLUMNS + 1] = {0};

    for (size_t i = 0; i < page->document->run_count; i++) {
        const struct document_run *run = &page->document->runs[i];
        struct document_figure figure = run_figure(page->document, run, strip->metric);
        if (run->superseded || figure.state == DOCUMENT_ABSENT) {
            continue;
        }
        bool never = figure.state == DOCUMENT_NEVER;
        double x = never ? NEVER_X : x_of(axis, figure.value);
        int *stack = &stacked[(int)(x * COLUMNS / WIDTH)];
        if (*stack >= STACKS && i != page->order[0] && text_equal(run->verdict, "pass")) {
            continue; /* it would lie under others that passed */
        }
        int step = *stack % STACKS;
        double y =
            STRIP_HEIGHT / 2.0 + (step % 2 == 0 ? -1 : 1) * floor((step + 1) / 2.0) * STACK_STEP;
        (*stack)++;
        html_put(page,
                 "<path class=\"dot dot-%s%s\" data-run=\"%" PRId64 "\" data-words=\"run %" PRId64
                 ": %s\" d=\"M%.5g %.4gh0\"/>",
                 run->verdict, i == page->order[0] ? " dot-worst" : "", run->index, run->index,
                 html_ms(page, figure), x, y);
    }
}

/* The words of the last ones end at their place: "never" stands behind them. */
static void put_tick(const struct page *page, double x, const char *words)
{
    html_put(page, "<span class=\"tick%s\" style=\"left:%.4g%%\">%s</span>",
             x > 85 ? " left-of" : "", x, words);
}

static void put_ticks(const struct page *page, const struct axis *axis)
{
    html_put(page, "<div class=\"row axis\"><div class=\"label\"></div><div class=\"track\" "
                   "aria-hidden=\"true\">");
    if (axis->log) {
        for (int power = 0; axis->low_ms * pow(10, power) <= axis->high_ms; power++) {
            double at = axis->low_ms * pow(10, power);
            put_tick(page, x_of(axis, at) / 10,
                     arena_printf(page->arena, "%.3g %s", at >= 999 ? at / 1000 : at,
                                  at >= 999 ? "s" : "ms"));
        }
    } else {
        double step = html_step(axis->high_ms / 6);
        for (int i = 0; step * i <= axis->high_ms; i++) {
            double at = step * i;
            put_tick(page, x_of(axis, at) / 10, html_time(page, at));
        }
    }
    html_put(page, "<span class=\"tick left-of\" style=\"left:%.4g%%\">never</span></div></div>\n",
             (double)NEVER_X / 10 + 1);
}

static void
put_quantiles(const struct page *page, const struct axis *axis, const struct strip *strip)
{
    if (strip->pool->p50.state == DOCUMENT_VALUE) {
        html_put(page, "<path class=\"median\" d=\"M%.5g 4v%d\"/>",
                 x_of(axis, strip->pool->p50.value), STRIP_HEIGHT - 8);
    }
    if (strip->pool->p95.state == DOCUMENT_VALUE) {
        html_put(page, "<path class=\"p95\" d=\"M%.5g 4v%d\"/>", x_of(axis, strip->pool->p95.value),
                 STRIP_HEIGHT - 8);
    }
    if (strip->target_ms > 0) {
        html_put(page, "<path class=\"target\" d=\"M%.5g 0v%d\"/>", x_of(axis, strip->target_ms),
                 STRIP_HEIGHT);
    }
}

static void put_strip(const struct page *page, const struct axis *axis, const struct strip *strip)
{
    const struct document_pool *pool = strip->pool;

    html_put(page,
             "<div class=\"row row-strip\"><div class=\"label\"><code>%s</code><small>n %" PRId64
             ": %s to %s</small></div><div class=\"track\"><svg role=\"img\" viewBox=\"0 0 %d "
             "%d\" height=\"%d\" preserveAspectRatio=\"none\" aria-label=\"%s over %" PRId64
             " figures: min %s, p50 %s, p95 %s, max %s\">",
             strip->metric, pool->n, html_ms(page, pool->min), html_ms(page, pool->max), WIDTH,
             STRIP_HEIGHT, STRIP_HEIGHT, strip->metric, pool->n, html_ms(page, pool->min),
             html_ms(page, pool->p50), html_ms(page, pool->p95), html_ms(page, pool->max));
    put_quantiles(page, axis, strip);
    put_points(page, axis, strip);
    html_put(page, "</svg>");
    if (strip->target_ms > 0) {
        double x = x_of(axis, strip->target_ms) / 10;
        html_put(page, "<span class=\"tag tag-target%s\" style=\"left:%.4g%%\">target %s %s</span>",
                 x > 60 ? " left-of" : "", x, html_text(page, strip->op),
                 html_time(page, strip->target_ms));
    }
    html_put(page, "</div></div>\n");
}

static void put_strips(const struct page *page)
{
    static const char *const metrics[] = {"switchover", "outage", "worst_latency"};
    struct strip strips[3];
    size_t count = 0;

    for (size_t i = 0; i < 3; i++) {
        struct strip strip = {.metric = metrics[i], .pool = pool_of(page->document, metrics[i])};
        if (strip.pool != NULL) {
            find_target(page->document, &strip);
            strips[count++] = strip;
        }
    }
    if (count == 0) {
        html_put(page, "<p>No run has a disturbance to compare.</p>\n");
        return;
    }
    struct axis axis = axis_of(page->document, strips, count);
    html_put(page,
             "<figure class=\"strips-plot\"><figcaption>A dot is a run's worst; bar: p50 of all "
             "disturbances, dashed: their p95, long line: the target. %s scale.</figcaption>\n",
             axis.log ? "Logarithmic" : "Linear");
    for (size_t i = 0; i < count; i++) {
        put_strip(page, &axis, &strips[i]);
    }
    put_ticks(page, &axis);
    html_put(page, "</figure>\n");
}

/* ---- Tables ---- */

static bool is_drawn(const struct page *page, size_t index)
{
    for (size_t i = 0; i < page->drawn_count; i++) {
        if (page->order[i] == index) {
            return true;
        }
    }
    return false;
}

/* Leads to its timeline where that is drawn. */
static const char *run_link(const struct page *page, const struct document_run *run)
{
    if (!is_drawn(page, (size_t)(run - page->document->runs))) {
        return arena_printf(page->arena, "%" PRId64, run->index);
    }
    return arena_printf(page->arena,
                        "<a class=\"run-link\" data-run=\"%" PRId64 "\" href=\"#run-%" PRId64
                        "\">%" PRId64 "</a>",
                        run->index, run->index, run->index);
}

static void put_run_row(const struct page *page, const struct document_run *run)
{
    struct document_headline headline = html_run_headline(page->document, run);
    const char *rerun =
        run->superseded ? " <small>replaced</small>"
        : run->rerun_of >= 0
            ? arena_printf(page->arena, " <small>for run %" PRId64 "</small>", run->rerun_of)
            : "";

    html_put(page,
             "<tr><th scope=\"row\" class=\"n\">%s%s</th><td class=\"n\">%s</td><td>%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td>",
             run_link(page, run), rerun, html_text(page, run->seed), html_badge(page, run->verdict),
             html_ms(page, headline.switchover_ms), html_ms(page, headline.outage_ms),
             html_ms(page, headline.worst_latency_ms),
             html_figure(page, "failed_requests", headline.failed_requests),
             html_figure(page, "requests", document_metric(run, "requests")),
             html_time(page, run->start_lateness.max_ms));
    for (size_t i = 0; i < run->reasons.count; i++) {
        html_put(page, "%s<code>%s</code>", i == 0 ? "" : ", ",
                 html_text(page, run->reasons.items[i].code));
    }
    html_put(page, "</td></tr>\n");
}

static void put_pools(const struct page *page)
{
    const struct document *document = page->document;
    size_t shown =
        document->summary_count < page->detail->rows ? document->summary_count : page->detail->rows;

    html_put(
        page,
        "<details class=\"more\"><summary>All %zu metrics over the runs</summary>\n"
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Metrics over the runs\">"
        "<table><thead><tr><th scope=\"col\">Metric</th><th scope=\"col\" class=\"n\">n</th>"
        "<th scope=\"col\" class=\"n\">min</th><th scope=\"col\" class=\"n\">p50</th>"
        "<th scope=\"col\" class=\"n\">p95</th><th scope=\"col\" class=\"n\">max</th></tr>"
        "</thead>\n<tbody>\n",
        document->summary_count);
    for (size_t i = 0; i < shown; i++) {
        const struct document_pool *pool = &document->summary[i];
        html_put(page,
                 "<tr><th scope=\"row\"><code>%s</code></th><td class=\"n\">%" PRId64
                 "</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td></tr>\n",
                 html_text(page, pool->metric), pool->n, html_figure(page, pool->metric, pool->min),
                 html_figure(page, pool->metric, pool->p50),
                 html_figure(page, pool->metric, pool->p95),
                 html_figure(page, pool->metric, pool->max));
    }
    html_put(page, "</tbody></table></div>\n");
    html_rows_left_out(page, shown, document->summary_count, "metrics");
    html_put(page, "</details>\n");
}

void html_repeats(const struct page *page)
{
    const struct document *document = page->document;
    bool all = document->run_count <= page->detail->rows;
    size_t shown = all ? document->run_count : page->detail->rows;

    html_put(page, "<section id=\"repeats\" aria-labelledby=\"repeats-title\">\n"
                   "<h2 id=\"repeats-title\">Over the repeats</h2>\n");
    if (document->run_count == 1) {
        html_put(page, "<p>One run: a single figure says nothing about its spread; "
                       "<code>--repeat 20</code> would.</p>\n");
    } else {
        put_strips(page);
        html_put(page,
                 "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Runs\">"
                 "<table id=\"runs\"><thead><tr><th scope=\"col\" class=\"n\">Run</th>"
                 "<th scope=\"col\" class=\"n\">seed</th><th scope=\"col\">verdict</th>"
                 "<th scope=\"col\" class=\"n\">switchover</th><th scope=\"col\" class=\"n\">outage"
                 "</th><th scope=\"col\" class=\"n\">worst latency</th><th scope=\"col\" "
                 "class=\"n\">failed</th><th scope=\"col\" class=\"n\">requests</th><th "
                 "scope=\"col\" class=\"n\">latest start</th><th scope=\"col\">reasons</th></tr>"
                 "</thead>\n<tbody>\n");
        for (size_t i = 0; i < shown; i++) {
            put_run_row(page, &document->runs[all ? i : page->order[i]]);
        }
        html_put(page, "</tbody></table></div>\n");
        html_rows_left_out(page, shown, document->run_count, "runs, none of them worse");
        put_pools(page);
    }
    html_put(page, "</section>\n");
}
