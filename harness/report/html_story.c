#include "report/html_parts.h"

#include "base/text.h"
#include "report/meaning.h"

#include <math.h>

#define FAULTS_TOLD 5

/* ---- What was hit ---- */

static bool same_texts(const struct document_texts *a, const struct document_texts *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; same && i < a->count; i++) {
        same = text_equal(a->items[i], b->items[i]);
    }
    return same;
}

/* Phases of one fault share its id. */
static bool is_next_phase(const struct document_fault *a, const struct document_fault *b)
{
    return text_equal(a->id, b->id) && text_equal(a->kind, b->kind) &&
           same_texts(&a->targets, &b->targets);
}

bool html_is_order(const struct document_fault *fault)
{
    return text_equal(fault->kind, "switch_to") || text_equal(fault->kind, "reset_failed");
}

static void put_when(const struct page *page,
                     const struct document_fault *first,
                     const struct document_fault *last,
                     size_t phases)
{
    if (first->applied_ms.state != DOCUMENT_VALUE) {
        html_put(page, " planned for <b>%s</b>, but never applied",
                 html_time(page, first->planned_ms));
        return;
    }
    html_put(page, " at <b>%s</b>", html_ms(page, first->applied_ms));
    if (phases > 1) {
        html_put(page, " and %zu more times, the last at %s", phases - 1,
                 html_ms(page, last->applied_ms));
    }
    if (text_equal(first->kind, "restart")) {
        html_put(page, last->cleared_ms.state == DOCUMENT_VALUE ? ", ready at %s" : ", never ready",
                 html_ms(page, last->cleared_ms));
    } else if (last->cleared_ms.state != DOCUMENT_VALUE && !html_is_order(last)) {
        html_put(page, ", to the end");
    } else if (last->cleared_ms.value > last->applied_ms.value + 1) {
        html_put(page, ", until %s", html_ms(page, last->cleared_ms));
    }
}

static void put_fault(const struct page *page,
                      const struct document_fault *first,
                      const struct document_fault *last,
                      size_t phases)
{
    const char *meaning = meaning_of_fault(first->kind);
    const char *held =
        first->confirmed_by == NULL ? NULL : meaning_of_confirmation(first->confirmed_by);

    html_put(page, "<li><b>%s %s</b>", html_text(page, first->kind),
             html_names(page, &first->targets));
    put_when(page, first, last, phases);
    html_put(page, "%s%s", meaning == NULL ? "" : ": ", meaning == NULL ? "" : meaning);
    if (first->params[0] != '\0') {
        html_put(page, " (%s)", html_text(page, first->params));
    }
    if (first->refused != NULL) {
        html_put(page, "; refused: %s", html_text(page, first->refused));
    } else if (first->confirmed_by == NULL) {
        html_put(page, "; <b>nothing confirmed it</b>");
    } else {
        html_put(page, "; confirmed: %s",
                 held == NULL ? html_text(page, first->confirmed_by) : held);
    }
    html_put(page, "</li>\n");
}

void html_story_faults(const struct page *page, const struct document_run *run)
{
    size_t told = 0;
    size_t left = 0;

    if (run->fault_count == 0) {
        html_put(page, "Nothing: no fault was planned, and this is how callers fared in health.");
        return;
    }
    html_put(page, "<ul class=\"hits\">\n");
    for (size_t i = 0, next = 0; i < run->fault_count; i = next) {
        const struct document_fault *first = &run->faults[i];
        next = i + 1;
        while (next < run->fault_count && is_next_phase(first, &run->faults[next])) {
            next++;
        }
        if (told++ < FAULTS_TOLD) {
            put_fault(page, first, &run->faults[next - 1], next - i);
        } else {
            left++;
        }
    }
    if (left > 0) {
        html_put(page, "<li>and %zu more, <a href=\"#timeline\">below</a></li>\n", left);
    }
    html_put(page, "</ul>\n");
}

const struct document_fault *html_fault_of(const struct document_run *run,
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

static void put_cause(const struct page *page,
                      const struct document_run *run,
                      const struct document_disturbance *disturbance)
{
    const struct document_fault *fault = html_fault_of(run, disturbance);

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

/* ---- For how long ---- */

/* "No request failed, 3 were slow (over 500 ms)". */
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
    return arena_printf(page->arena, "%s failed, %s %s slow (over %s)", failures,
                        html_figure(page, "slow_requests", disturbance->slow_requests),
                        slow == 1 ? "was" : "were", html_time(page, page->document->slow_ms));
}

static void put_length(const struct page *page, const struct document_disturbance *disturbance)
{
    bool unharmed = disturbance->failed_requests.state == DOCUMENT_VALUE &&
                    disturbance->failed_requests.value + disturbance->slow_requests.value == 0;
    const char *length = html_ms(page, disturbance->switchover_ms);

    if (disturbance->switchover_ms.state == DOCUMENT_NEVER && unharmed && disturbance->was_active) {
        html_put(page, "It was over before callers could be <b>seen to recover</b>: %s. ",
                 disturbance->unrecovered_why == NULL
                     ? "nothing says why"
                     : html_text(page, disturbance->unrecovered_why));
    } else if (disturbance->switchover_ms.state == DOCUMENT_NEVER) {
        html_put(page, "Callers <b>never recovered</b> while it lasted%s%s. ",
                 disturbance->unrecovered_why == NULL ? "" : ": ",
                 html_text(page, disturbance->unrecovered_why));
    } else if (disturbance->switchover_ms.state == DOCUMENT_VALUE) {
        html_put(page,
                 disturbance->switchover_ms.value == 0 ? "Callers <b>noticed nothing</b>. "
                 : unharmed ? "The switchover took <b>%s</b>, and hurt nobody. "
                            : "Callers no longer noticed after <b>%s</b>. ",
                 length);
    }
}

static void put_streams(const struct page *page, const struct document_disturbance *disturbance)
{
    if (disturbance->stream_switchover_ms.state == DOCUMENT_VALUE) {
        html_put(page, "The worst stream flowed again after <b>%s</b>. ",
                 html_ms(page, disturbance->stream_switchover_ms));
    } else if (disturbance->stream_switchover_ms.state == DOCUMENT_NEVER) {
        html_put(page, "The worst stream <b>never</b> flowed again. ");
    }
}

void html_story_harm(const struct page *page, const struct document_disturbance *disturbance)
{
    bool has_requests = disturbance->failed_requests.state == DOCUMENT_VALUE;

    put_length(page, disturbance);
    put_streams(page, disturbance);
    if (has_requests) {
        html_put(page, "%s", harm_text(page, disturbance));
    }
    if (disturbance->outage_ms.state == DOCUMENT_VALUE) {
        html_put(page, "%s longest stretch without an answer was <b>%s</b>",
                 has_requests ? "; the" : "The", html_ms(page, disturbance->outage_ms));
    }
    if (disturbance->worst_latency_ms.state == DOCUMENT_VALUE) {
        html_put(page, ", the slowest request took %s",
                 html_ms(page, disturbance->worst_latency_ms));
    }
    html_put(page, ".");
    if (disturbance->relapses.value > 0) {
        html_put(page, " They were disturbed again %s %s.",
                 html_figure(page, "relapses", disturbance->relapses),
                 disturbance->relapses.value == 1 ? "time" : "times");
    }
    if (disturbance->failback_ms.state == DOCUMENT_VALUE) {
        html_put(page, " Traffic returned %s after the node was able again.",
                 html_ms(page, disturbance->failback_ms));
    }
    if (!disturbance->was_active) {
        html_put(page, disturbance->unrecovered_why != NULL &&
                               text_equal(disturbance->unrecovered_why, "dark")
                           ? " No node was left to serve, so no expectation judges this."
                           : " The target had not served in the 2 s before, so no expectation "
                             "judges this.");
    }
}

void html_story(const struct page *page,
                const struct document_run *run,
                const struct document_disturbance *disturbance)
{
    html_put(page, "<p class=\"story\">");
    put_cause(page, run, disturbance);
    html_story_notice(page, run, disturbance);
    html_story_harm(page, disturbance);
    html_put(page, "</p>\n");
}
