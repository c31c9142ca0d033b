#include "report/html_parts.h"

#include "base/text.h"
#include "report/document_words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Nodes ---- */

static void
put_node(const struct page *page, const struct document_run *run, const struct document_node *node)
{
    const char *share = arena_printf(page->arena, "share.%s", node->name);

    html_put(page,
             "<tr><th scope=\"row\"><bdi>%s</bdi> <small>%s</small></th><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td>",
             html_text(page, node->name), html_text(page, node->url),
             html_count(page, node->requests), html_count(page, node->successes),
             html_figure(page, share, document_metric(run, share)),
             html_count(page, node->failures), html_count(page, node->retries),
             html_count(page, node->hedges_won), html_count(page, node->hedges_lost),
             html_count(page, node->ejections), html_count(page, node->breaker_opened));
    const struct document_figure latencies[] = {node->p50_ms, node->p90_ms, node->p99_ms,
                                                node->p999_ms, node->max_ms};
    for (size_t i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++) {
        html_put(page, "<td class=\"n\">%s</td>", html_ms(page, latencies[i]));
    }
    html_put(page, "</tr>\n");
}

static bool is_eventful(const struct document_node *node)
{
    return node->state_count > 1 || node->believed_count > 0;
}

/* In their order; where not all are shown, those to which something happened come first. */
static size_t
put_node_rows(const struct page *page, const struct document_run *run, bool first_pass)
{
    bool all = run->node_count <= page->detail->rows;
    size_t shown = 0;
    size_t before = 0;

    for (size_t i = 0; !all && !first_pass && i < run->node_count; i++) {
        before += is_eventful(&run->nodes[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < run->node_count; i++) {
        bool wanted = all ? first_pass : first_pass == is_eventful(&run->nodes[i]);
        if (wanted && before + shown < page->detail->rows) {
            put_node(page, run, &run->nodes[i]);
            shown++;
        }
    }
    return shown;
}

static void put_nodes(const struct page *page, const struct document_run *run)
{
    static const char *const columns[] = {
        "requests",  "successes",      "share", "failures", "retries", "hedges won", "hedges lost",
        "ejections", "breaker opened", "p50",   "p90",      "p99",     "p99.9",      "max"};

    html_put(page,
             "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Nodes of run %" PRId64
             "\"><table><thead><tr><th scope=\"col\">Node</th>",
             run->index);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        html_put(page, "<th scope=\"col\" class=\"n\">%s</th>", columns[i]);
    }
    html_put(page, "</tr></thead>\n<tbody>\n");
    size_t shown = put_node_rows(page, run, true);
    shown += put_node_rows(page, run, false);
    html_put(page, "</tbody></table></div>\n");
    html_rows_left_out(page, shown, run->node_count, "nodes");
}

static void put_metrics(const struct page *page, const struct document_run *run)
{
    size_t shown = run->metric_count < page->detail->rows ? run->metric_count : page->detail->rows;

    html_put(page,
             "<details class=\"more\"><summary>All metrics of run %" PRId64 "</summary>\n"
             "<dl class=\"metrics\">\n",
             run->index);
    for (size_t i = 0; i < shown; i++) {
        html_put(page, "<div><dt><code>%s</code></dt><dd>%s</dd></div>\n",
                 html_text(page, run->metrics[i].name),
                 html_figure(page, run->metrics[i].name, run->metrics[i].figure));
    }
    html_put(page, "</dl>\n");
    html_rows_left_out(page, shown, run->metric_count, "metrics");
    html_put(page, "</details>\n");
}

void html_nodes(const struct page *page)
{
    html_put(page, "<section id=\"nodes\" aria-labelledby=\"nodes-title\">\n"
                   "<h2 id=\"nodes-title\">Nodes</h2>\n"
                   "<p>Attempts on each node: requests and failures are attempts; a success is a "
                   "request that it served.</p>\n");
    for (size_t i = 0; i < page->drawn_count; i++) {
        const struct document_run *run = &page->document->runs[page->order[i]];
        if (html_run_is_full(page, run)) {
            html_run_begin(page, run, "nodes");
            put_nodes(page, run);
            put_metrics(page, run);
            html_run_end(page);
        }
    }
    if (page->detail->full < page->drawn_count) {
        html_put(page, "<p>The nodes of other runs are only in the report's JSON.</p>\n");
    }
    html_put(page, "</section>\n");
}

/* ---- The harness's own error ---- */

struct own_error {
    const char *what;
    const char *meaning;
    const struct document_lateness *lateness;
    double bound_ms; /* past it a run is inconclusive; 0: none */
    bool of_p99;
};

/* Whisker from p50 to max with a tick at p99, from 0.01 ms to 1 s, logarithmic. */
static void put_whisker(const struct page *page, const struct own_error *own)
{
    double values[] = {own->lateness->p50_ms, own->lateness->p99_ms, own->lateness->max_ms,
                       own->bound_ms};

    for (size_t i = 0; i < 4; i++) {
        values[i] = 1000 * fmin(fmax((log10(fmax(values[i], 0.01)) + 2) / 5, 0), 1);
    }
    html_put(page,
             "<svg class=\"whisker\" viewBox=\"0 0 1000 16\" preserveAspectRatio=\"none\" "
             "aria-hidden=\"true\"><path class=\"gauge-base\" d=\"M0 8h1000\"/>"
             "<path class=\"whisker-range\" d=\"M%.4g 8H%.4g\"/>"
             "<path class=\"whisker-tick\" d=\"M%.4g 3v10M%.4g 3v10M%.4g 3v10\"/>",
             values[0], fmax(values[2], values[0] + 3), values[0], values[1], values[2]);
    if (own->bound_ms > 0) {
        html_put(page, "<path class=\"gauge-limit\" d=\"M%.4g 0v16\"/>", values[3]);
    }
    html_put(page, "</svg>");
}

static void put_own_errors(const struct page *page, const struct document_run *run)
{
    const struct own_error rows[] = {
        {"starts", "sent after they were due", &run->start_lateness, 50, true},
        {"faults", "applied after they were planned", &run->fault_lateness, 100, false},
        {"turns", "of the engine, after they were due", &run->turn_lateness, 0, false},
    };

    html_put(
        page,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Lateness in run %" PRId64
        "\"><table class=\"own\"><thead><tr><th scope=\"col\">Lateness</th><th scope=\"col\" "
        "class=\"n\">p50</th><th scope=\"col\" class=\"n\">p99</th><th scope=\"col\" "
        "class=\"n\">max</th><th scope=\"col\">0.01 ms to 1 s</th><th scope=\"col\" "
        "class=\"n\">inconclusive from</th></tr></thead><tbody>\n",
        run->index);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        html_put(page,
                 "<tr><th scope=\"row\">%s <small>%s</small></th><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"bar\">",
                 rows[i].what, rows[i].meaning, html_time(page, rows[i].lateness->p50_ms),
                 html_time(page, rows[i].lateness->p99_ms),
                 html_time(page, rows[i].lateness->max_ms));
        put_whisker(page, &rows[i]);
        if (rows[i].bound_ms > 0) {
            html_put(page, "</td><td class=\"n\">%s %s</td></tr>\n", rows[i].of_p99 ? "p99" : "any",
                     html_time(page, rows[i].bound_ms));
        } else {
            html_put(page, "</td><td class=\"n\">–</td></tr>\n");
        }
    }
    html_put(page, "</tbody></table></div>\n<p>Resolution: one request each <b>%s</b>.</p>\n",
             html_ms(page, run->resolution_ms));
}

static void put_other_runs(const struct page *page)
{
    const struct document *document = page->document;
    size_t shown =
        document->run_count < page->detail->rows ? document->run_count : page->detail->rows;

    html_put(page,
             "<details class=\"more\"><summary>Lateness in all %zu runs</summary>\n"
             "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Lateness in all "
             "runs\"><table id=\"lateness\"><thead><tr><th scope=\"col\" class=\"n\">Run</th>"
             "<th scope=\"col\" class=\"n\">starts p99</th><th scope=\"col\" class=\"n\">starts "
             "max</th><th scope=\"col\" class=\"n\">faults max</th><th scope=\"col\" "
             "class=\"n\">turns p99</th><th scope=\"col\" class=\"n\">turns max</th>"
             "</tr></thead><tbody>\n",
             document->run_count);
    for (size_t i = 0; i < shown; i++) {
        const struct document_run *run = &document->runs[page->order[i]];
        html_put(page,
                 "<tr><th scope=\"row\" class=\"n\">%" PRId64 "</th><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td></tr>\n",
                 run->index, html_time(page, run->start_lateness.p99_ms),
                 html_time(page, run->start_lateness.max_ms),
                 html_time(page, run->fault_lateness.max_ms),
                 html_time(page, run->turn_lateness.p99_ms),
                 html_time(page, run->turn_lateness.max_ms));
    }
    html_put(page, "</tbody></table></div>\n");
    html_rows_left_out(page, shown, document->run_count, "runs");
    html_put(page, "</details>\n");
}

void html_harness(const struct page *page)
{
    const struct document_run *worst = &page->document->runs[page->order[0]];

    html_put(page, "<section id=\"harness\" aria-labelledby=\"harness-title\">\n"
                   "<h2 id=\"harness-title\">How exact this is</h2>\n");
    if (text_equal(page->document->isolation, "simulation")) {
        html_put(page, "<p><b>This is a model.</b> No process ran and no packet was sent: the "
                       "harness is never late in virtual time, but the figures are no better than "
                       "the model. <code>bascule run</code> shows the real ones.</p>\n");
    }
    html_put(page, "<p>The harness's own error. A bound missed by no more than the largest "
                   "lateness within a disturbance is inconclusive, not a failure.</p>\n");
    if (page->document->run_count > 1) {
        html_put(page, "<p>Run %" PRId64 ", the worst:</p>\n", worst->index);
    }
    put_own_errors(page, worst);
    if (page->document->run_count > 1) {
        put_other_runs(page);
    }
    html_put(page, "</section>\n");
}

/* ---- The scenario and where it ran ---- */

void html_scenario(const struct page *page)
{
    const struct document *document = page->document;

    html_put(page,
             "<section id=\"scenario\" aria-labelledby=\"scenario-title\">\n"
             "<h2 id=\"scenario-title\">Scenario</h2>\n<p><code>%s</code>",
             html_text(page, document->file));
    for (size_t i = 0; i < document->settings.count; i++) {
        html_put(page, " <code>--set %s</code>", html_text(page, document->settings.items[i]));
    }
    html_put(page,
             "</p>\n<pre class=\"source\" tabindex=\"0\" role=\"region\" aria-label=\"Text of the "
             "scenario\"><code>%s</code></pre>\n"
             "</section>\n",
             html_text(page, document->text));
}

static void put_fact(const struct page *page, const char *name, const char *value)
{
    html_put(page, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
}

void html_surroundings(const struct page *page)
{
    const struct document *document = page->document;

    html_put(page, "<section id=\"environment\" aria-labelledby=\"environment-title\">\n"
                   "<h2 id=\"environment-title\">Environment</h2>\n<dl class=\"facts\">\n");
    put_fact(page, "started",
             document->started_at == NULL ? "in virtual time"
                                          : html_text(page, document->started_at));
    put_fact(page, "took", html_ms(page, document->wall_ms));
    put_fact(page, "system", html_text(page, document->os));
    put_fact(page, "kernel", html_text(page, document->kernel));
    put_fact(page, "processors", html_count(page, document->cpus));
    put_fact(page, "isolation", html_text(page, document->isolation));
    put_fact(page, "bascule",
             arena_printf(page->arena, "%s, %s", html_text(page, document->tool_version),
                          html_text(page, document->tool_commit)));
    put_fact(page, "seed", html_text(page, document->seed));
    put_fact(page, "scenario",
             arena_printf(page->arena, "sha256 %s", html_text(page, document->sha256)));
    html_put(page,
             "</dl>\n<h3 id=\"again\">The same again</h3>\n"
             "<pre class=\"command\" tabindex=\"0\" role=\"region\" aria-label=\"Command that "
             "replays this\">"
             "<code id=\"replay\">%s</code></pre>\n</section>\n",
             html_text(page, document_words_replay(page->arena, document)));
}
