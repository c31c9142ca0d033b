#include "report/html_expectation.h"
#include "report/html_parts.h"
#include "report/story.h"

#include "base/text.h"
#include "report/advice.h"
#include "report/document_words.h"
#include "report/meaning.h"

#include <inttypes.h>

static const char *title_of(const struct page *page, const struct document_expectation *expectation)
{
    const char *name = html_text(page, expectation->metric);

    if (expectation->run < 0) {
        return arena_printf(page->arena, "<code>%s</code> over all runs", name);
    }
    return arena_printf(page->arena, "%s <code>%s</code>",
                        text_has_prefix(expectation->metric, "worst") ? "" : "Worst", name);
}

static void put_decisive(const struct page *page)
{
    const struct document_expectation *decisive = html_decisive(page->document);
    struct document_headline headline = document_headline(page->document);

    html_put(page, "<div class=\"hero\" id=\"worst\">\n");
    if (decisive == NULL) {
        html_put(page,
                 "<p class=\"hero-label\">Worst <code>switchover</code></p>"
                 "<p class=\"hero-value\">%s</p><p>Nothing is expected of it.</p>\n",
                 html_ms(page, headline.switchover_ms));
    } else {
        html_put(page,
                 "<p class=\"hero-label\">%s</p>"
                 "<p class=\"hero-value\">%s <span class=\"hero-target\">target %s</span></p>"
                 "%s<p>%s%s</p>\n",
                 title_of(page, decisive), document_words_actual(page->arena, decisive),
                 html_limit_text(page, decisive), html_gauge(page, decisive),
                 html_margin_text(page, decisive),
                 text_equal(decisive->verdict, "fail")           ? ": missed"
                 : text_equal(decisive->verdict, "inconclusive") ? ": undecided"
                                                                 : "");
    }
    html_put(page, "</div>\n");
}

static void put_figures(const struct page *page)
{
    const struct document *document = page->document;
    struct document_headline headline = document_headline(document);
    struct document_figure requests = {.state = DOCUMENT_ABSENT};
    size_t counted = 0;

    for (size_t i = 0; i < document->run_count; i++) {
        const struct document_run *run = &document->runs[i];
        struct document_figure figure = document_metric(run, "requests");
        if (!run->superseded) {
            counted++;
            requests.state = figure.state > requests.state ? figure.state : requests.state;
            requests.value += figure.value;
        }
    }
    html_put(
        page,
        "<dl class=\"figures\" id=\"figures\">\n"
        "<div><dt>switchover</dt><dd>%s</dd></div>\n<div><dt>outage</dt><dd>%s</dd></div>\n"
        "<div><dt>worst latency</dt><dd>%s</dd></div>\n<div><dt>failed</dt><dd>%s</dd></div>\n"
        "<div><dt>requests</dt><dd>%s</dd></div>\n<div><dt>runs</dt><dd>%zu</dd></div>\n</dl>\n",
        html_ms(page, headline.switchover_ms), html_ms(page, headline.outage_ms),
        html_ms(page, headline.worst_latency_ms),
        html_figure(page, "failed_requests", headline.failed_requests),
        html_figure(page, "requests", requests), counted);
}

/* Advice that several reasons share stands behind the last of them. */
static bool is_last_of_code(const struct story *story, size_t index)
{
    for (size_t i = index + 1; i < story->reason_count; i++) {
        if (text_equal(story->reasons[i].code, story->reasons[index].code)) {
            return false;
        }
    }
    return true;
}

static void put_reasons(const struct page *page)
{
    struct story story = story_read(page->arena, page->document);

    if (story.known_why == NULL && story.unasked == NULL &&
        story.reason_count + story.missed_count == 0) {
        return;
    }
    html_put(page, "<ul class=\"reasons\" id=\"reasons\">\n");
    if (story.known_why != NULL) {
        html_put(page, "<li><b>known issue</b> %s</li>\n", html_text(page, story.known_why));
    }
    for (size_t i = 0; i < story.reason_count; i++) {
        const struct document_reason *reason = &story.reasons[i];
        const char *advice = is_last_of_code(&story, i) ? advice_for(reason->code) : NULL;
        html_put(page, "<li><code>%s</code> %s%s%s</li>\n", html_text(page, reason->code),
                 html_text(page, reason->text), advice == NULL ? "" : "; ",
                 advice == NULL ? "" : advice);
    }
    for (size_t i = 0; i < story.missed_count; i++) {
        html_put(page, "<li>%s</li>\n", html_text(page, story.missed[i]));
    }
    if (story.unasked != NULL) {
        html_put(page, "<li>%s</li>\n", html_text(page, story.unasked));
    }
    html_put(page, "</ul>\n");
}

void html_verdict(const struct page *page)
{
    const struct document *document = page->document;
    const char *note = document_words_note(document);
    const char *note_end = arena_printf(page->arena, "%s</small>", note);

    html_put(page,
             "<section class=\"verdict verdict-%s\" id=\"verdict\" aria-labelledby=\"title\">\n"
             "<p class=\"brand\">bascule report%s</p>\n"
             "<h1 id=\"title\">%s <bdi>%s</bdi>%s%s</h1>\n",
             document->verdict,
             document_words_simulated(document) ? " · simulated, in virtual time" : "",
             html_badge(page, document->verdict), html_text(page, document->name),
             note[0] == '\0' ? "" : " <small>", note[0] == '\0' ? "" : note_end);
    if (document->description[0] != '\0') {
        html_put(page, "<p class=\"about\" id=\"description\">%s</p>\n",
                 html_text(page, document->description));
    }
    html_put(page, "<div class=\"verdict-parts\"><div class=\"told\">\n");
    if (page->drawn_count > 0) {
        html_brief(page, &document->runs[page->order[0]]);
    } else {
        html_brief_without_run(page);
    }
    put_reasons(page);
    html_put(page, "</div>\n");
    if (document->run_count > 0) {
        html_put(page, "<div class=\"measured\">\n");
        put_decisive(page);
        put_figures(page);
        html_put(page, "</div>\n");
    }
    html_put(page, "</div>\n</section>\n");
}

/* ---- Expectations ---- */

static void put_expectation(const struct page *page, const struct document_expectation *expectation)
{
    const char *meaning = meaning_of_metric(expectation->metric);

    html_put(page,
             "<tr class=\"row-%s\"><td>%s</td><th scope=\"row\"><code>%s</code>%s%s%s"
             "<small class=\"meaning\">%s</small></th>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"margin\">%s%s</td>"
             "<td class=\"n\">",
             expectation->verdict, html_badge(page, expectation->verdict),
             html_text(page, expectation->metric),
             expectation->fault == NULL ? "" : " <small>of <bdi>",
             html_text(page, expectation->fault),
             expectation->fault == NULL ? "" : "</bdi></small>", meaning == NULL ? "" : meaning,
             html_limit_text(page, expectation), document_words_actual(page->arena, expectation),
             html_margin_text(page, expectation), html_gauge(page, expectation));
    if (document_words_unit(expectation->metric) == UNIT_NANOS) {
        html_put(page, "± %s", html_time(page, expectation->error));
    } else {
        html_put(page, "exact");
    }
    if (expectation->run < 0) {
        html_put(page, "</td><td class=\"n\">pooled");
    } else {
        html_put(page, "</td><td class=\"n\">%" PRId64, expectation->run);
    }
    html_put(page, "</td></tr>\n");
}

void html_expectations(const struct page *page)
{
    const struct document *document = page->document;

    html_put(page, "<section id=\"expectations\" aria-labelledby=\"expectations-title\">\n"
                   "<h2 id=\"expectations-title\">Expectations</h2>\n");
    if (document->expectation_count == 0) {
        html_put(page, "<p>The scenario expects nothing, or was never judged.</p></section>\n");
        return;
    }
    html_put(page,
             "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Limits and "
             "figures\"><table>"
             "<thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\">Metric</th>"
             "<th scope=\"col\" class=\"n\">Limit</th><th scope=\"col\" class=\"n\">Actual</th>"
             "<th scope=\"col\">Margin</th><th scope=\"col\" class=\"n\">Error</th>"
             "<th scope=\"col\" class=\"n\">Run</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < document->expectation_count; i++) {
        put_expectation(page, &document->expectations[i]);
    }
    html_put(page, "</tbody></table></div>\n</section>\n");
}
