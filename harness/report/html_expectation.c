#include "report/html_expectation.h"

#include "base/text.h"
#include "report/document_words.h"

#include <math.h>

static bool is_upper(const struct document_expectation *expectation)
{
    return expectation->op[0] == '<';
}

static bool is_exact(const struct document_expectation *expectation)
{
    return expectation->op[0] == '=';
}

double html_margin(const struct document_expectation *expectation)
{
    double limit = expectation->limit;
    double actual = expectation->actual.value;
    double distance = is_upper(expectation) ? limit - actual : actual - limit;

    if (expectation->actual.state == DOCUMENT_ABSENT) {
        return INFINITY;
    }
    if (expectation->actual.state == DOCUMENT_NEVER) {
        return is_upper(expectation) || is_exact(expectation) ? -INFINITY : INFINITY;
    }
    if (is_exact(expectation)) {
        return actual == limit ? INFINITY : -INFINITY;
    }
    if (limit == 0) {
        return distance == 0 ? 0 : copysign(INFINITY, distance);
    }
    return distance / fabs(limit);
}

const char *html_limit_text(const struct page *page, const struct document_expectation *expectation)
{
    return html_text(page, expectation->expected);
}

const char *html_margin_text(const struct page *page,
                             const struct document_expectation *expectation)
{
    double margin = html_margin(expectation);
    double distance = fabs(expectation->actual.value - expectation->limit);
    const char *side = expectation->actual.value < expectation->limit ? "below" : "above";
    const char *words =
        html_figure(page, expectation->metric, (struct document_figure){distance, DOCUMENT_VALUE});

    if (expectation->actual.state == DOCUMENT_ABSENT) {
        return "not measured";
    }
    if (expectation->actual.state == DOCUMENT_NEVER) {
        return "beyond any limit";
    }
    if (distance == 0) {
        return is_exact(expectation) ? "as expected" : "on the limit";
    }
    if (!isfinite(margin)) {
        return arena_printf(page->arena, "%s %s", words, side);
    }
    return arena_printf(page->arena, "%s %s (%.3g %%)", words, side, 100 * fabs(margin));
}

const char *html_gauge(const struct page *page, const struct document_expectation *expectation)
{
    bool never = expectation->actual.state == DOCUMENT_NEVER;
    double actual = never ? 2 * expectation->limit : expectation->actual.value;
    double scale = 1.15 * fmax(actual, expectation->limit);

    if (document_words_unit(expectation->metric) != UNIT_NANOS || is_exact(expectation) ||
        expectation->actual.state == DOCUMENT_ABSENT || !(scale > 0) || actual < 0) {
        return "";
    }
    double width = 1000 * (never ? 1 : actual / scale);
    double half = 1000 * expectation->error / scale;
    return arena_printf(
        page->arena,
        "<svg class=\"gauge gauge-%s\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\"><path class=\"gauge-base\" d=\"M0 10h1000\"/>"
        "<path class=\"gauge-actual\" d=\"M0 5h%.6gv10h%.6gz\"/>"
        "<path class=\"gauge-error\" d=\"M%.6g 10h%.6g\"/>"
        "<path class=\"gauge-limit\" d=\"M%.6g 0v20\"/></svg>",
        expectation->verdict, fmax(width, 3), -fmax(width, 3), fmax(width - half, 0),
        never ? 0 : fmin(2 * half, 1000), 1000 * expectation->limit / scale);
}

/* ---- The one that decides ---- */

/* What callers feel, the most telling first. */
static int weight_of(const char *metric)
{
    static const char *const telling[] = {"failed_requests", "latency.max",       "worst_latency",
                                          "outage",          "stream_switchover", "switchover"};
    int weight = 0;

    for (int i = 0; i < (int)(sizeof(telling) / sizeof(telling[0])); i++) {
        weight = text_has_prefix(metric, telling[i]) ? i + 1 : weight;
    }
    return weight;
}

static int urgency(const struct document_expectation *expectation)
{
    bool pass = text_equal(expectation->verdict, "pass");
    bool fail = text_equal(expectation->verdict, "fail");

    return 10 * (pass ? 0 : fail ? 2 : 1) + weight_of(expectation->metric);
}

const struct document_expectation *html_decisive(const struct document *document)
{
    const struct document_expectation *decisive = NULL;

    for (size_t i = 0; i < document->expectation_count; i++) {
        const struct document_expectation *next = &document->expectations[i];
        if (decisive == NULL || urgency(next) > urgency(decisive) ||
            (urgency(next) == urgency(decisive) && html_margin(next) < html_margin(decisive))) {
            decisive = next;
        }
    }
    return decisive;
}
