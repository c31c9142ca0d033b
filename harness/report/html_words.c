#include "report/html_parts.h"

#include "base/text.h"
#include "report/document_words.h"
#include "report/human.h"
#include "report/markup.h"

#include <math.h>
#include <stdarg.h>

#define NAMES_SHOWN 5

void html_put(const struct page *page, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vfprintf(page->out, format, arguments);
    va_end(arguments);
}

const char *html_text(const struct page *page, const char *string)
{
    return markup_text(page->arena, string);
}

const char *
html_names_up_to(const struct page *page, const struct document_texts *names, size_t most)
{
    bool all = names->count <= most || names->count - most == 1;
    size_t shown = all ? names->count : most;
    const char *list = "";

    for (size_t i = 0; i < shown; i++) {
        list = arena_printf(page->arena, "%s%s<bdi>%s</bdi>", list, i == 0 ? "" : ", ",
                            html_text(page, names->items[i]));
    }
    return all ? list : arena_printf(page->arena, "%s and %zu more", list, names->count - shown);
}

const char *html_names(const struct page *page, const struct document_texts *names)
{
    return html_names_up_to(page, names, NAMES_SHOWN);
}

void html_rows_left_out(const struct page *page, size_t shown, size_t count, const char *what)
{
    if (shown < count) {
        html_put(page, "<p>And %zu more %s, which only the report's JSON has.</p>\n", count - shown,
                 what);
    }
}

const char *html_time(const struct page *page, double ms)
{
    return html_ms(page, (struct document_figure){.value = ms, .state = DOCUMENT_VALUE});
}

const char *html_count(const struct page *page, int64_t count)
{
    char buffer[HUMAN_MAX];

    return arena_printf(page->arena, "%s%s", count < 0 ? "-" : "",
                        human_count(count < 0 ? 0 - (uint64_t)count : (uint64_t)count, buffer));
}

const char *html_figure(const struct page *page, const char *metric, struct document_figure figure)
{
    return document_words_figure(page->arena, metric, figure);
}

const char *html_ms(const struct page *page, struct document_figure figure)
{
    return html_figure(page, "switchover", figure);
}

double html_step(double least)
{
    double power = pow(10, floor(log10(least)));
    double digit = least / power;

    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/* ---- Verdicts ---- */

/* Each has a shape of its own, for those who see no colours. */
static const struct {
    const char *verdict;
    const char *word;
    const char *path;
} badges[] = {
    {"pass", "PASS", "M3 8.5l3.5 3.5L13 4.5"},
    {"fail", "FAIL", "M4 4l8 8M12 4l-8 8"},
    {"known", "KNOWN", "M8 3v6.5M8 12.2v.6"},
    {"inconclusive", "INCONCLUSIVE", "M5 6a3 3 0 1 1 4.5 2.6Q8 9.5 8 10.8M8 13.2v.4"},
    {"skipped", "SKIPPED", "M3 8h10"},
};

const char *html_badge(const struct page *page, const char *verdict)
{
    for (size_t i = 0; i < sizeof(badges) / sizeof(badges[0]); i++) {
        if (text_equal(badges[i].verdict, verdict)) {
            return arena_printf(page->arena,
                                "<span class=\"badge badge-%s\"><svg viewBox=\"0 0 16 16\" "
                                "aria-hidden=\"true\"><path d=\"%s\"/></svg>%s</span>",
                                badges[i].verdict, badges[i].path, badges[i].word);
        }
    }
    return html_text(page, verdict);
}
