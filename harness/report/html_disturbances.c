#include "report/html_parts.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>

#define CARDS_MAX 8 /* disturbances told in full; all are in the table */

/* ---- In words ---- */

/* Phases of one fault share its id: the one that opened this disturbance is meant. */
static const struct document_fault *fault_of(const struct document_run *run,
                                             const struct document_disturbance *disturbance)
{
    const struct document_fault *nearest = NULL;
    double best = INFINITY;

    for (size_t i = 0; i < run->fault_count && disturbance->faults.count > 0; i++) {
        const struct document_fault *fault = &run->faults[i];
        double distance = fabs(fault->applied_ms.value - disturbance->onset_ms);
        if (text_equal(fault->id, disturbance->faults.items[0]) && distance < best) {
            best = distance;
            nearest = fault;
        }
    }
    return nearest;
}

static bool has_telemetry(const struct document_run *run)
{
    for (size_t i = 0; i < run->node_count; i++) {
        if (run->nodes[i].believed_count > 0) {
            return true;
        }
    }
    return false;
}

static void put_cause(const struct page *page,
                      const struct document_disturbance *disturbance,
                      const struct document_fault *fault)
{
    if (disturbance->kind[0] == 'r') {
        html_put(page, "At <b>%s</b> %s could answer again, after a time in which no node could. ",
                 html_time(page, disturbance->onset_ms), html_names(page, &disturbance->targets));
        return;
    }
    html_put(page, "At <b>%s</b> <b>%s</b> hit <b>%s</b>", html_time(page, disturbance->onset_ms),
             fault == NULL ? "a fault" : html_text(page, fault->kind),
             html_names(page, &disturbance->targets));
    if (disturbance->faults.count > 1) {
        html_put(page, " (with %s)", html_names(page, &disturbance->faults));
    }
    if (fault == NULL || fault->confirmed_by == NULL) {
        html_put(page, ", which nothing confirmed. ");
    } else {
        html_put(page, " (confirmed: %s). ", html_text(page, fault->confirmed_by));
    }
}

/* The first that served and was not hit. */
static const char *helper_of(const struct page *page,
                             const struct document_disturbance *disturbance)
{
    for (size_t i = 0; i < disturbance->served_by.count; i++) {
        const struct document_texts name = {&disturbance->served_by.items[i], 1};
        bool hit = false;
        for (size_t k = 0; k < disturbance->targets.count; k++) {
            hit = hit || text_equal(disturbance->targets.items[k], name.items[0]);
        }
        if (!hit) {
            return html_names(page, &name);
        }
    }
    return "Another node";
}

static void put_reaction(const struct page *page,
                         const struct document_run *run,
                         const struct document_disturbance *disturbance)
{
    if (disturbance->detection_ms.state == DOCUMENT_VALUE) {
        html_put(page, "The client took it out of rotation after <b>%s</b>. ",
                 html_ms(page, disturbance->detection_ms));
    } else if (has_telemetry(run)) {
        html_put(page, "The client did not take it out of rotation in this time. ");
    }
    if (disturbance->first_success_ms.state == DOCUMENT_VALUE) {
        html_put(page, "%s served after <b>%s</b>. ", helper_of(page, disturbance),
                 html_ms(page, disturbance->first_success_ms));
    } else if (disturbance->served_by.count == 0) {
        html_put(page, "No node served a request in this time. ");
    }
}

/* "No request failed, 3 were slow". */
static const char *harm_text(const struct page *page,
                             const struct document_disturbance *disturbance)
{
    double failed = disturbance->failed_requests.value;
    double slow = disturbance->slow_requests.value;
    const char *count = html_figure(page, "failed_requests", disturbance->failed_requests);
    const char *failures = failed == 0   ? "No request"
                           : failed == 1 ? "1 request"
                                         : arena_printf(page->arena, "%s requests", count);

    if (slow == 0) {
        return arena_printf(page->arena, "%s failed, none was slow", failures);
    }
    return arena_printf(page->arena, "%s failed, %s %s slow", failures,
                        html_figure(page, "slow_requests", disturbance->slow_requests),
                        slow == 1 ? "was" : "were");
}

static void put_effect(const struct page *page, const struct document_disturbance *disturbance)
{
    if (disturbance->switchover_ms.state == DOCUMENT_NEVER) {
        html_put(page, "Callers <b>never recovered</b> before it ended%s%s. ",
                 disturbance->unrecovered_why == NULL ? "" : ": ",
                 html_text(page, disturbance->unrecovered_why));
    } else if (disturbance->switchover_ms.state == DOCUMENT_VALUE &&
               disturbance->switchover_ms.value == 0) {
        html_put(page, "Callers <b>noticed nothing</b>. ");
    } else if (disturbance->switchover_ms.state == DOCUMENT_VALUE) {
        html_put(page, "Callers no longer noticed after <b>%s</b>. ",
                 html_ms(page, disturbance->switchover_ms));
    }
    if (disturbance->stream_switchover_ms.state == DOCUMENT_VALUE) {
        html_put(page, "The worst stream flowed again after <b>%s</b>. ",
                 html_ms(page, disturbance->stream_switchover_ms));
    } else if (disturbance->stream_switchover_ms.state == DOCUMENT_NEVER) {
        html_put(page, "The worst stream <b>never</b> flowed again. ");
    }
    html_put(page, "%s; the longest stretch without an answer was %s.",
             harm_text(page, disturbance), html_ms(page, disturbance->outage_ms));
    if (disturbance->failback_ms.state == DOCUMENT_VALUE) {
        html_put(page, " Traffic returned %s after the node was able again.",
                 html_ms(page, disturbance->failback_ms));
    }
    if (!disturbance->was_active) {
        html_put(page,
                 " The target had not served in the 2 s before, so no expectation judges this.");
    }
}

void html_story(const struct page *page,
                const struct document_run *run,
                const struct document_disturbance *disturbance)
{
    html_put(page, "<p class=\"story\">");
    put_cause(page, disturbance, fault_of(run, disturbance));
    put_reaction(page, run, disturbance);
    put_effect(page, disturbance);
    html_put(page, "</p>\n");
}

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
    html_put(page, "<table class=\"moments\"><caption>From the onset, to one scale; hollow: a "
                   "length somewhere within</caption><tbody>\n");
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
    const struct document_fault *fault = fault_of(run, disturbance);

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
        "Disturbance",   "onset",      "end",      "active",        "detection",
        "first_success", "switchover", "outage",   "worst_latency", "failed",
        "slow",          "relapses",   "failback", "served by"};

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
    for (size_t i = 0; i < run->disturbance_count; i++) {
        put_row(page, run, &run->disturbances[i]);
    }
    html_put(page, "</tbody></table></div></details>\n");
}

void html_disturbances(const struct page *page, const struct document_run *run)
{
    bool first = run == &page->document->runs[page->drawn[0]];
    const struct document_disturbance *told = first ? html_worst_disturbance(run) : NULL;
    size_t shown = 0;

    if (run->disturbance_count == 0) {
        return;
    }
    html_put(page, "<div class=\"cards\">\n");
    for (size_t i = 0; i < run->disturbance_count && shown < CARDS_MAX; i++) {
        const struct document_disturbance *disturbance = &run->disturbances[i];
        html_put(page, "<div class=\"card\"><h3>%s%s%s, %s at %s</h3>\n",
                 disturbance->kind[0] == 'r' ? "recovery: " : "",
                 html_names(page, &disturbance->faults),
                 disturbance->was_active ? "" : " (not active)",
                 html_names(page, &disturbance->targets), html_time(page, disturbance->onset_ms));
        if (disturbance != told) {
            html_story(page, run, disturbance);
        }
        put_moments(page, disturbance);
        html_put(page, "</div>\n");
        shown++;
    }
    html_put(page, "</div>\n");
    put_table(page, run);
}
