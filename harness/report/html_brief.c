#include "report/html_expectation.h"
#include "report/html_parts.h"

#include "base/text.h"
#include "report/document_words.h"
#include "report/meaning.h"

#include <inttypes.h>
#include <math.h>

/* ---- Who asked what of whom ---- */

static const char *node_names(const struct page *page, const struct document_run *run)
{
    const char **names = ARENA_ARRAY(page->arena, const char *, run->node_count + 1);

    for (size_t i = 0; i < run->node_count; i++) {
        names[i] = run->nodes[i].name;
    }
    return html_names(page, &(const struct document_texts){names, run->node_count});
}

static size_t runs_counted(const struct document *document)
{
    size_t counted = 0;

    for (size_t i = 0; i < document->run_count; i++) {
        counted += document->runs[i].superseded ? 0 : 1;
    }
    return counted;
}

/* Reports round to a microsecond: 3.333 ms are 300 a second. */
static double rate_of(double resolution_ms)
{
    double rate = 1000 / resolution_ms;
    double rounding = rate * 0.0006 / resolution_ms;

    return fabs(rate - round(rate)) <= rounding ? round(rate) : rate;
}

static void put_setup(const struct page *page, const struct document_run *run)
{
    const struct document *document = page->document;
    const char *profile = document->profile == NULL ? NULL : meaning_of_profile(document->profile);
    size_t counted = runs_counted(document);

    html_put(page, "<p class=\"setup\">");
    if (run->resolution_ms.state == DOCUMENT_VALUE && run->resolution_ms.value > 0) {
        html_put(page, "%.6g requests a second for ", rate_of(run->resolution_ms.value));
    } else {
        html_put(page, "No requests for ");
    }
    html_put(page, "%.6g s by ", run->duration_ms / 1000);
    if (document->instances > 1) {
        html_put(page, "%" PRId64 " instances of ", document->instances);
    }
    html_put(page, "%s to %zu node%s (%s)", profile == NULL ? "the client under test" : profile,
             run->node_count, run->node_count == 1 ? "" : "s", node_names(page, run));
    if (document->run_count > 1) {
        html_put(page, ", in %zu run%s", counted, counted == 1 ? "" : "s");
    }
    if (counted < document->run_count) {
        html_put(page, " (and %zu that noise spoiled, which were made again)",
                 document->run_count - counted);
    }
    html_put(page, ".</p>\n");
}

/* ---- Answers ---- */

/* Which of many disturbances is told. */
static void put_choice(const struct page *page,
                       const struct document_run *run,
                       const struct document_disturbance *worst)
{
    const char *what = worst->kind[0] == 'r' ? "the recovery" : html_names(page, &worst->faults);

    if (run->disturbance_count > 1) {
        html_put(page, "<small>Of %zu disturbances the worst, %s at %s:</small> ",
                 run->disturbance_count, what, html_time(page, worst->onset_ms));
    }
}

static void put_wrong_ejections(const struct page *page, const struct document_run *run)
{
    struct document_figure wrong = document_metric(run, "wrong_ejections");

    if (wrong.state == DOCUMENT_VALUE && wrong.value > 0) {
        html_put(page, "In the whole run clients took out a node that was well <b>%s</b> %s.",
                 html_figure(page, "wrong_ejections", wrong), wrong.value == 1 ? "time" : "times");
    }
}

/* Of the whole run. */
static void put_unavoidable(const struct page *page, const struct document_run *run)
{
    struct document_figure unavoidable = document_metric(run, "unavoidable");

    if (unavoidable.state == DOCUMENT_VALUE && unavoidable.value > 0) {
        html_put(page,
                 "<b>%s</b> requests met a time in which no node at all could answer: these are "
                 "<em>unavoidable</em>, and not counted as failed. Beside them: ",
                 html_figure(page, "unavoidable", unavoidable));
    }
}

/* Where there is no disturbance to tell of. */
static void put_run_harm(const struct page *page, const struct document_run *run)
{
    struct document_figure requests = document_metric(run, "requests");
    struct document_figure slowest = document_metric(run, "latency.max");

    if (requests.state != DOCUMENT_VALUE || requests.value == 0) {
        html_put(page, "There were no requests.");
        return;
    }
    html_put(page, "Of %s requests <b>%s</b> failed", html_figure(page, "requests", requests),
             html_figure(page, "failed_requests", document_metric(run, "failed_requests")));
    if (slowest.state == DOCUMENT_VALUE) {
        html_put(page, "; the slowest took <b>%s</b>", html_ms(page, slowest));
    }
    html_put(page, ".");
}

static size_t count_of(const struct document *document, const char *verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < document->expectation_count; i++) {
        count += text_equal(document->expectations[i].verdict, verdict) ? 1 : 0;
    }
    return count;
}

static const char *passed_words(const struct page *page)
{
    const struct document *document = page->document;

    if (document_words_note(document)[0] != '\0') {
        return arena_printf(page->arena, "<b>As it should be</b>: this scenario %s, and %s.",
                            document_words_note(document),
                            text_equal(document_words_note(document), "must fail") ? "did" : "was");
    }
    if (document->expectation_count == 0) {
        return "<b>Nobody asked</b>: the scenario expects nothing.";
    }
    return arena_printf(
        page->arena, "<b>Yes</b>: %s.",
        document->expectation_count == 1
            ? "the one expectation holds"
            : arena_printf(page->arena, "all %zu expectations hold", document->expectation_count));
}

static const char *answer_words(const struct page *page)
{
    const struct document *document = page->document;
    size_t missed = count_of(document, "fail");
    const char *share = arena_printf(page->arena, "%zu of %zu expectations %s missed", missed,
                                     document->expectation_count, missed == 1 ? "is" : "are");

    if (text_equal(document->verdict, "pass")) {
        return passed_words(page);
    }
    if (text_equal(document->verdict, "fail")) {
        return arena_printf(page->arena, "<b>No</b>: %s.",
                            missed > 0 ? share : "for the reason below");
    }
    if (text_equal(document->verdict, "known")) {
        return arena_printf(page->arena, "<b>No, and that is known</b>: %s.", share);
    }
    return text_equal(document->verdict, "skipped")
               ? "<b>Never asked</b>: the scenario was skipped, for the reason below."
           : missed > 0 ? arena_printf(page->arena,
                                       "<b>Cannot be said</b>, for the reason below; %s.", share)
                        : "<b>Cannot be said</b>, for the reason below.";
}

static void put_answer(const struct page *page)
{
    const struct document_expectation *decisive = html_decisive(page->document);

    html_put(page, "<div><dt>Good enough?</dt><dd>%s", answer_words(page));
    if (decisive != NULL && text_equal(page->document->verdict, "pass") &&
        isfinite(html_margin(decisive))) {
        html_put(page, " <code>%s</code> was <b>%s</b>; demanded is %s, so it is %s.",
                 html_text(page, decisive->metric), document_words_actual(page->arena, decisive),
                 html_limit_text(page, decisive), html_margin_text(page, decisive));
    }
    html_put(page, "</dd></div>\n");
}

void html_brief(const struct page *page, const struct document_run *run)
{
    const struct document_disturbance *worst = html_worst_disturbance(run);

    put_setup(page, run);
    if (runs_counted(page->document) > 1) {
        html_put(page, "<p class=\"choice\">The worst of %zu runs, run %" PRId64 ":</p>\n",
                 runs_counted(page->document), run->index);
    }
    html_put(page, "<dl class=\"brief\" id=\"brief\">\n<div><dt>What was hit, and when</dt><dd>");
    html_story_faults(page, run);
    html_put(page, "</dd></div>\n");
    if (worst != NULL) {
        html_put(page, "<div><dt>Who noticed</dt><dd>");
        put_choice(page, run, worst);
        html_story_notice(page, run, worst);
        put_wrong_ejections(page, run);
        html_put(page, "</dd></div>\n");
    } else if (run->fault_count > 0) {
        html_put(page,
                 "<div><dt>Who noticed</dt><dd>No fault hit a node that had served in the 2 s "
                 "before, so nobody had to.</dd></div>\n");
    }
    html_put(page, "<div><dt>How callers fared</dt><dd>");
    put_unavoidable(page, run);
    if (worst != NULL) {
        html_story_harm(page, worst);
    } else {
        put_run_harm(page, run);
    }
    html_put(page, "</dd></div>\n");
    put_answer(page);
    html_put(page, "</dl>\n");
}

void html_brief_without_run(const struct page *page)
{
    html_put(page, "<p class=\"setup\">Nothing was run.</p>\n<dl class=\"brief\" id=\"brief\">\n");
    put_answer(page);
    html_put(page, "</dl>\n");
}
