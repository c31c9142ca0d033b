#include "report/render.h"

#include "base/check.h"
#include "base/text.h"
#include "report/atomic_file.h"
#include "report/html.h"
#include "report/junit.h"
#include "report/markdown.h"
#include "report/report_text.h"
#include "report/story.h"
#include "report/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_ENDING ".json"

static const struct {
    const char *word;
    const char *ending;
} formats[RENDER_FORMATS] = {
    [RENDER_HTML] = {"html", ".html"},
    [RENDER_JUNIT] = {"junit", ".xml"},
    [RENDER_MARKDOWN] = {"markdown", ".md"},
    [RENDER_TEXT] = {"text", ".txt"},
};

const char *render_format_word(enum render_format format)
{
    return formats[format].word;
}

const char *render_format_ending(enum render_format format)
{
    return formats[format].ending;
}

const char *render_stem(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name);
    size_t tail = sizeof(REPORT_ENDING) - 1;

    if (length > tail && text_equal(name + length - tail, REPORT_ENDING)) {
        length -= tail;
    }
    return arena_copy(arena, name, length);
}

/* ---- Text: what a run leaves on a terminal ---- */

static int
write_text(FILE *out, const struct document *documents, size_t count, struct error *reterr)
{
    struct report_table table = {.name_width = 0};
    size_t counts[REPORT_VERDICTS] = {0};
    struct arena arena;
    bool star = false;

    arena_init(&arena, 0);
    struct headline *headlines = ARENA_ARRAY(&arena, struct headline, count);
    for (size_t i = 0; i < count; i++) {
        headlines[i] = story_headline_read(&arena, &documents[i]);
        size_t width = utf8_width(headlines[i].name);
        table.name_width = width > table.name_width ? width : table.name_width;
        star = star || headlines[i].note[0] != '\0';
        counts[headlines[i].verdict]++;
    }
    report_text_table_head(out, &table);
    for (size_t i = 0; i < count; i++) {
        report_text_table_row(out, &table, &headlines[i]);
    }
    if (star) {
        report_text_table_foot(out);
    }
    for (size_t i = 0; i < count; i++) {
        const struct story story = story_read(&arena, &documents[i]);
        report_text_story(out, &arena, &story, false);
    }
    (void)fputs("\n", out);
    report_text_totals(out, counts);
    (void)fputs("\n", out);
    arena_done(&arena);
    if (fflush(out) != 0 || ferror(out)) {
        return error_os(reterr, errno, "cannot write the text");
    }
    return 0;
}

/* ---- All formats ---- */

int render_write(FILE *out,
                 enum render_format format,
                 const struct document *documents,
                 size_t count,
                 struct error *reterr)
{
    struct arena arena;
    int written = -1;

    arena_init(&arena, 0);
    switch (format) {
    case RENDER_HTML:
        CHECK(count == 1);
        written = html_write(out, documents, &arena, reterr);
        break;
    case RENDER_JUNIT:
        written = junit_write(out, documents, count, &arena, reterr);
        break;
    case RENDER_MARKDOWN:
        written = markdown_write(out, documents, count, &arena, reterr);
        break;
    case RENDER_TEXT:
        written = write_text(out, documents, count, reterr);
        break;
    case RENDER_FORMATS:
        break;
    }
    arena_done(&arena);
    return written;
}

/* Drawn whole before the file is begun. */
struct drawing {
    FILE *out;
    char *text;
    size_t length;
};

static void begin(struct drawing *drawing)
{
    drawing->out = open_memstream(&drawing->text, &drawing->length);
    CHECK(drawing->out != NULL);
}

static int finish(struct drawing *drawing, const char *path, int drawn, struct error *reterr)
{
    CHECK(fclose(drawing->out) == 0);
    int written = drawn < 0 ? -1 : atomic_file_put(path, drawing->text, drawing->length, reterr);
    free(drawing->text);
    return written;
}

int render_file(const char *path,
                enum render_format format,
                const struct document *documents,
                size_t count,
                struct error *reterr)
{
    struct drawing drawing;

    begin(&drawing);
    return finish(&drawing, path, render_write(drawing.out, format, documents, count, reterr),
                  reterr);
}

int render_index(const char *folder,
                 const struct document *documents,
                 size_t count,
                 struct error *reterr)
{
    struct drawing drawing;
    struct arena arena;

    arena_init(&arena, 0);
    begin(&drawing);
    int written = finish(&drawing, arena_printf(&arena, "%s/" RENDER_INDEX_NAME ".html", folder),
                         html_index_write(drawing.out, documents, count, &arena, reterr), reterr);
    arena_done(&arena);
    return written;
}

int render_pages(const char *folder,
                 const struct document *documents,
                 size_t count,
                 struct error *reterr)
{
    struct arena arena;
    int written = 0;

    arena_init(&arena, 0);
    for (size_t i = 0; i < count && written == 0; i++) {
        const char *path =
            arena_printf(&arena, "%s/%s.html", folder, render_stem(&arena, documents[i].path));
        written = render_file(path, RENDER_HTML, &documents[i], 1, reterr);
    }
    if (written == 0) {
        written = render_index(folder, documents, count, reterr);
    }
    arena_done(&arena);
    return written;
}
