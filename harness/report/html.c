#include "report/html.h"

#include "report/html_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* From all there is to what always fits. */
static const struct html_detail details[] = {
    {.runs = 24, .full = 24, .marks = SIZE_MAX, .rows = SIZE_MAX, .cards = 8},
    {.runs = 24, .full = 4, .marks = 20000, .rows = 1000, .cards = 8},
    {.runs = 24, .full = 2, .marks = 12000, .rows = 200, .cards = 2},
    {.runs = 24, .full = 1, .marks = 10000, .rows = 50, .cards = 1},
    {.runs = 12, .full = 1, .marks = 8000, .rows = 50, .cards = 2},
    {.runs = 6, .full = 1, .marks = 6000, .rows = 50, .cards = 2},
    {.runs = 2, .full = 1, .marks = 3000, .rows = 50, .cards = 2},
    {.runs = 1, .full = 1, .marks = 1500, .rows = 20, .cards = 1},
};
_Static_assert(HTML_RUNS_DRAWN_MAX == 24, "what is drawn at most");
enum { DETAILS = sizeof(details) / sizeof(details[0]) };

static void put_page(struct page *page)
{
    const struct document *document = page->document;
    const struct html_frame frame = {
        .title = arena_printf(page->arena, "%s: %s", document->name, document->verdict),
        .verdict = document->verdict,
        .version = document->tool_version,
    };

    html_runs_order(page);
    html_frame_begin(page, &frame);
    html_verdict(page);
    html_expectations(page);
    if (document->run_count > 0) {
        html_timelines(page);
        html_repeats(page);
        html_nodes(page);
        html_harness(page);
    }
    html_scenario(page);
    html_surroundings(page);
    html_glossary(page);
    html_frame_end(page, &frame);
}

/* In memory first, so that one can see how large it is. NULL: there was none. */
static char *page_of(const struct document *document,
                     const struct html_detail *detail,
                     struct arena *arena,
                     size_t *ret_length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_length);

    if (out == NULL) {
        return NULL;
    }
    put_page(&(struct page){.out = out, .arena = arena, .document = document, .detail = detail});
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

int html_write(FILE *out,
               const struct document *document,
               struct arena *arena,
               struct error *reterr)
{
    size_t most = HTML_BYTES_MAX + strlen(document->text);
    size_t length = SIZE_MAX;
    char *text = NULL;

    for (size_t i = 0; i < DETAILS && length > most; i++) {
        free(text);
        text = page_of(document, &details[i], arena, &length);
        if (text == NULL) {
            return error_os(reterr, errno, "cannot draw the page of %s", document->path);
        }
    }
    (void)fwrite(text, 1, length, out);
    free(text);
    if (fflush(out) != 0 || ferror(out)) {
        return error_os(reterr, errno, "cannot write the page of %s", document->path);
    }
    return 0;
}
