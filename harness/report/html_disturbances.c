#include "report/html_parts.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>

/* ---- Drawn: moments from the onset on ---- */

struct moment {
    const char *name;
    const char *meaning;
    struct document_figure figure;
    bool span; /* a length that lies somewhere within, not a moment counted from the onset */
};

static void put_moment(const struct page *page, const struct moment *moment, double scale)
{
    bool never = moment->figure.state == DOCUMENT_NEVER;
    double width = never ? 1000 : fmax(1000 * moment->figure.value / scale, 3);

    html_put(page, "<tr><th scope=\"row\"><code>%s</code> <small>%s</small></th><td class=\"bar\">",
             moment->name, moment->meaning);
    if (moment->figure.state != DOCUMENT_ABSENT) {
        html_put(page,
                 "<svg viewBox=\"0 0 1000 12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                 "<path class=\"%s\" d=\"M0 2h%.6gv8h-%.6gz\"/></svg>",
                 never          ? "moment moment-never"
                 : moment->span ? "moment moment-span"
                                : "moment",
                 width, width);
    }
    html_put(page, "</td><td class=\"n\">%s</td></tr>\n", html_ms(page, moment->figure));
}

static void put_moments(const struct page *page, const struct document_disturbance *disturbance)
{
    const struct moment moments[] = {
        {"detection", "the client takes the node out", disturbance->detection_ms, false},
        {"first_success", "another node serves", disturbance->first_success_ms, false},
        {"stream_switchover", "the worst stream flows again", disturbance->stream_switchover_ms,
         false},
        {"switchover", "callers no longer notice", disturbance->switchover_ms, false},
        {"outage", "longest without any answer", disturbance->outage_ms, true},
        {"worst_latency", "the slowest request", disturbance->worst_latency_ms, true},
    };
    size_t count = sizeof(moments) / sizeof(moments[0]);
    double scale = 0.001;

    for (size_t i = 0; i < count; i++) {
        if (moments[i].figure.state == DOCUMENT_VALUE) {
            scale = fmax(scale, moments[i].figure.value);
        }
    }
    html_put(page, "<table class=\"moments\"><caption>From the onset, on a scale of its own; "
                   "hollow: only how long, not since when</caption><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        if (moments[i].figure.state != DOCUMENT_ABSENT ||
            !text_equal(moments[i].name, "stream_switchover")) {
            put_moment(page, &moments[i], scale);
        }
    }
    html_put(page, "</tbody></table>\n");
}

/* ---- All of them ---- */

static void put_row(const struct page *page,
                    const struct document_run *run,
                    const struct document_disturbance *disturbance)
{
    const struct document_fault *fault = html_fault_of(run, disturbance);

    html_put(
        page,
        "<tr><th scope=\"row\">%s%s%s %s</th><td class=\"n\">%s</td><td class=\"n\">%s</td>"
        "<td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
        "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
        "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td>%s</td></tr>\n",
        disturbance->kind[0] == 'r' ? "recovery of " : "",
        disturbance->kind[0] == 'r' || fault == NULL ? "" : html_text(page, fault->kind),
        disturbance->kind[0] == 'r' || fault == NULL ? "" : " of",
        html_names(page, &disturbance->targets), html_time(page, disturbance->onset_ms),
        html_time(page, disturbance->end_ms), disturbance->was_active ? "yes" : "no",
        html_ms(page, disturbance->detection_ms), html_ms(page, disturbance->first_success_ms),
        html_ms(page, disturbance->switchover_ms), html_ms(page, disturbance->outage_ms),
        html_ms(page, disturbance->worst_latency_ms),
        html_figure(page, "failed_requests", disturbance->failed_requests),
        html_figure(page, "slow_requests", disturbance->slow_requests),
        html_figure(page, "relapses", disturbance->relapses),
        html_ms(page, disturbance->failback_ms), html_names(page, &disturbance->served_by));
}

static void put_table(const struct page *page, const struct document_run *run)
{
    static const char *const columns[] = {
        "Disturbance",   "onset",      "end",      "judged",        "detection",
        "first_success", "switchover", "outage",   "worst_latency", "failed",
        "slow",          "relapses",   "failback", "served by"};
    size_t shown =
        run->disturbance_count < page->detail->rows ? run->disturbance_count : page->detail->rows;

    html_put(page,
             "<details class=\"more\"><summary>Disturbances of run %" PRId64
             " (%zu)</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"Disturbances of run %" PRId64 "\"><table><thead><tr>",
             run->index, run->disturbance_count, run->index);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        bool words = i == 0 || i == 3 || i == 13;
        html_put(page, "<th scope=\"col\"%s>%s</th>", words ? "" : " class=\"n\"", columns[i]);
    }
    html_put(page, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < shown; i++) {
        put_row(page, run, &run->disturbances[i]);
    }
    html_put(page, "</tbody></table></div>\n");
    html_rows_left_out(page, shown, run->disturbance_count, "disturbances");
    html_put(page, "</details>\n");
}

static void put_card(const struct page *page,
                     const struct document_run *run,
                     const struct document_disturbance *disturbance,
                     bool is_told)
{
    html_put(page, "<div class=\"card\"><h3>%s%s%s, %s at %s</h3>\n",
             disturbance->kind[0] == 'r' ? "recovery: " : "",
             html_names(page, &disturbance->faults), disturbance->was_active ? "" : " (not judged)",
             html_names(page, &disturbance->targets), html_time(page, disturbance->onset_ms));
    if (!is_told) {
        html_story(page, run, disturbance);
    }
    if (html_run_is_full(page, run)) {
        put_moments(page, disturbance);
    }
    html_put(page, "</div>\n");
}

/* The first ones and the worst. */
void html_disturbances(const struct page *page, const struct document_run *run)
{
    const struct document_disturbance *worst = html_worst_disturbance(run);
    size_t worst_place = worst == NULL ? SIZE_MAX : (size_t)(worst - run->disturbances);
    bool is_told = run->disturbance_count == 1 && worst != NULL &&
                   run == &page->document->runs[page->order[0]];

    if (run->disturbance_count == 0) {
        return;
    }
    html_put(page, "<div class=\"cards\">\n");
    for (size_t i = 0, shown = 0; i < run->disturbance_count; i++) {
        bool worst_to_come = worst != NULL && i < worst_place;
        if (i == worst_place || shown + (worst_to_come ? 1 : 0) < page->detail->cards) {
            put_card(page, run, &run->disturbances[i], is_told);
            shown++;
        }
    }
    html_put(page, "</div>\n");
    if (html_run_is_full(page, run)) {
        put_table(page, run);
    }
}
