#include "report/html.h"

#include "base/text.h"
#include "report/document_words.h"
#include "report/html_expectation.h"
#include "report/html_parts.h"
#include "report/markup.h"

#include <errno.h>
#include <string.h>

static const char *const verdicts[] = {"fail", "inconclusive", "known", "skipped", "pass"};
static const char *const words[] = {"failed", "inconclusive", "failed as known", "skipped",
                                    "passed"};
enum { VERDICT_KINDS = sizeof(verdicts) / sizeof(verdicts[0]) };

/* The page beside the report: its file name with the other ending. */
static const char *link_of(const struct page *page, const struct document *document)
{
    const char *slash = strrchr(document->path, '/');
    const char *file = slash == NULL ? document->path : slash + 1;
    size_t length = strlen(file);

    length -= length > 5 && text_equal(file + length - 5, ".json") ? 5 : 0;
    return markup_link(page->arena, arena_printf(page->arena, "%.*s.html", (int)length, file));
}

/* With what the verdict was meant to be, where that is not a pass. */
static const char *badge_of(const struct page *page, const struct document *document)
{
    const char *note = document_words_note(document);

    return arena_printf(page->arena, "%s%s%s%s", html_badge(page, document->verdict),
                        note[0] == '\0' ? "" : " <small>", note, note[0] == '\0' ? "" : "</small>");
}

static void put_row(const struct page *page, const struct document *document)
{
    struct document_headline headline = document_headline(document);
    const struct document_expectation *decisive = html_decisive(document);

    html_put(page,
             "<tr><td>%s</td><th scope=\"row\"><a href=\"%s\"><bdi>%s</bdi></a></th>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%zu</td><td class=\"margin\">",
             badge_of(page, document), link_of(page, document), html_text(page, document->name),
             html_ms(page, headline.switchover_ms), html_ms(page, headline.outage_ms),
             html_ms(page, headline.worst_latency_ms),
             html_figure(page, "failed_requests", headline.failed_requests), document->run_count);
    if (decisive != NULL) {
        html_put(page, "<code>%s</code> %s, expected %s%s", html_text(page, decisive->metric),
                 document_words_actual(page->arena, decisive), html_limit_text(page, decisive),
                 html_gauge(page, decisive));
    }
    html_put(page, "</td></tr>\n");
}

static void put_totals(const struct page *page, const struct document *documents, size_t count)
{
    const char *comma = "";

    html_put(page, "<p class=\"totals\">");
    for (size_t i = 0; i < VERDICT_KINDS; i++) {
        size_t matching = 0;
        for (size_t k = 0; k < count; k++) {
            matching += text_equal(documents[k].verdict, verdicts[i]) ? 1 : 0;
        }
        if (matching > 0) {
            html_put(page, "%s<b>%zu</b> %s", comma, matching, words[i]);
            comma = ", ";
        }
    }
    html_put(page, "%s</p>\n", count == 0 ? "no reports" : "");
}

int html_index_write(FILE *out,
                     const struct document *documents,
                     size_t count,
                     struct arena *arena,
                     struct error *reterr)
{
    struct page page = {.out = out, .arena = arena};
    const struct html_frame frame = {.title = "reports"};

    html_frame_begin(&page, &frame);
    html_put(&page,
             "<section class=\"verdict\" aria-labelledby=\"title\"><p class=\"brand\">bascule "
             "reports</p>\n<h1 id=\"title\">Reports</h1>\n");
    put_totals(&page, documents, count);
    html_put(
        &page,
        "</section>\n<div><div class=\"wide\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"Table of reports\"><table id=\"reports\"><thead><tr>"
        "<th scope=\"col\">Verdict</th><th scope=\"col\">Scenario</th>"
        "<th scope=\"col\" class=\"n\">switchover</th><th scope=\"col\" class=\"n\">outage</th>"
        "<th scope=\"col\" class=\"n\">worst latency</th><th scope=\"col\" class=\"n\">failed"
        "</th><th scope=\"col\" class=\"n\">runs</th><th scope=\"col\">decided by</th></tr>"
        "</thead>\n<tbody>\n");
    for (size_t i = 0; i < VERDICT_KINDS; i++) {
        for (size_t k = 0; k < count; k++) {
            if (text_equal(documents[k].verdict, verdicts[i])) {
                put_row(&page, &documents[k]);
            }
        }
    }
    html_put(&page, "</tbody></table></div></div>\n");
    html_frame_end(&page, &frame);
    if (fflush(out) != 0 || ferror(out)) {
        return error_os(reterr, errno, "cannot write the index page");
    }
    return 0;
}
