#include "report/html_parts.h"

#include "base/text.h"
#include "report/meaning.h"

#include <string.h>

/* Words of the page that are no metric's name, as docs/metrics.md defines them. */
static const struct {
    const char *word;
    const char *text;
} words[] = {
    {"due time",
     "when a request was to be sent by the plan. Latency counts from then, so waiting in "
     "line is not hidden."},
    {"planned, applied, effective, cleared",
     "of a fault: when the scenario wanted it, when it was done, when it was seen to hold on all "
     "targets, and when it was over."},
    {"onset", "from when a fault's times count: its applied time for deaths of processes, else the "
              "first effective one."},
    {"disturbance",
     "the stretch from the onset of a fault to its clearing, or to the end. Faults "
     "that come before callers recovered share one. A recovery is one that begins when "
     "nodes can answer again after a time in which none could."},
    {"judged",
     "expectations hold only for disturbances that hit a node which had served in the 2 s "
     "before; others show what happened, and decide nothing."},
    {"failed, slow, ok, answered_4xx, unavoidable, cancelled",
     "what became of a request: no answer or 5xx; later than the scenario's traffic.slow; 2xx or "
     "3xx "
     "in time; 4xx; failed or slow while no node could have answered; given up by its caller."},
    {"recovered",
     "a second followed, with ten requests at least, in which none failed or was slow."},
    {"able, impaired, unable",
     "what a node could do, as the harness knows it from the faults and from "
     "its process: answer everything, answer some or badly, answer nothing."},
    {"healthy, probing, failed",
     "what the client said it believed of a node, which is its word and "
     "may be wrong."},
    {"probe, trial, hedge", "a health check of the client's; a caller's request that it risks on a "
                            "node it gave up; a second attempt beside a slow one."},
    {"margin", "how far a figure stayed from its limit, and that as a share of the limit."},
    {"error",
     "how far lateness of the harness itself may have moved a figure. A limit missed by no "
     "more than that is inconclusive, for the reason within_error."},
    {"lateness", "how much later than planned the harness sent, hit or woke."},
    {"resolution", "time between two requests: nothing shorter can be seen."},
    {"never, -, not measured",
     "it did not come to an end, which is worse than any limit; there is no "
     "such figure."},
    {"PASS, FAIL, KNOWN, INCONCLUSIVE, SKIPPED",
     "all expectations hold; one is missed; exactly those are missed that are announced as a known "
     "issue; noise or a fault that did not bite forbids to say; it was not run."},
    {"p50, p95, p99", "the smallest figure that at least that share of all does not exceed."},
};

static void put_word(const struct page *page, const char *word, const char *text)
{
    html_put(page, "<div><dt>%s</dt><dd>%s</dd></div>\n", word, text);
}

/* Names with one meaning, such as all latency.*, stand once. */
static bool was_before(const struct document *document, size_t index)
{
    const char *name = document->summary[index].metric;
    size_t length = strcspn(name, ".");

    for (size_t i = 0; i < index; i++) {
        const char *other = document->summary[i].metric;
        if (strncmp(name, other, length) == 0 && strcspn(other, ".") == length) {
            return true;
        }
    }
    return false;
}

static void put_metrics(const struct page *page)
{
    const struct document *document = page->document;

    for (size_t i = 0; i < document->summary_count; i++) {
        const char *name = document->summary[i].metric;
        const char *meaning = meaning_of_metric(name);
        if (meaning != NULL && !was_before(document, i)) {
            size_t length = strcspn(name, ".");
            const char *word = arena_printf(page->arena, "<code>%.*s%s</code>", (int)length, name,
                                            name[length] == '.' ? ".…" : "");
            put_word(page, word, meaning);
        }
    }
}

static bool kind_was_before(const struct document_run *run, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_equal(run->faults[i].kind, run->faults[index].kind)) {
            return true;
        }
    }
    return false;
}

static void put_kinds(const struct page *page, const struct document_run *run)
{
    for (size_t i = 0; i < run->fault_count; i++) {
        const char *meaning = meaning_of_fault(run->faults[i].kind);
        if (meaning != NULL && !kind_was_before(run, i)) {
            put_word(page, arena_printf(page->arena, "<b>%s</b>", run->faults[i].kind), meaning);
        }
    }
}

void html_glossary(const struct page *page)
{
    html_put(page, "<section id=\"words\" aria-labelledby=\"words-title\">\n"
                   "<h2 id=\"words-title\">Words</h2>\n<details class=\"more\"><summary>What the "
                   "words on this page mean</summary>\n<dl class=\"words\">\n");
    put_metrics(page);
    if (page->document->run_count > 0) {
        put_kinds(page, &page->document->runs[page->order[0]]);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        put_word(page, words[i].word, words[i].text);
    }
    html_put(page, "</dl></details>\n</section>\n");
}
