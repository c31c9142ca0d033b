#include "cli/formats.h"

#include "base/text.h"

#include <string.h>

static int unknown(const char *word, const char *const *words, size_t count, struct error *reterr)
{
    const char *meant = text_nearest(word, words, count);

    return error_plain(reterr, "unknown format '%s'%s%s%s: there are %s", word,
                       meant != NULL ? " (did you mean '" : "", meant != NULL ? meant : "",
                       meant != NULL ? "'?)" : "",
                       text_equal(words[0], "json") ? "json, html, junit and markdown"
                                                    : "html, junit, markdown and text");
}

int formats_take_one(enum render_format *ret, const char *word, struct error *reterr)
{
    static const char *const words[] = {"html", "junit", "markdown", "text"};

    for (unsigned i = 0; i < RENDER_FORMATS; i++) {
        if (text_equal(word, render_format_word((enum render_format)i))) {
            *ret = (enum render_format)i;
            return 0;
        }
    }
    return unknown(word, words, sizeof(words) / sizeof(words[0]), reterr);
}

static int take_word(struct formats *formats, const char *word, struct error *reterr)
{
    static const char *const words[] = {"json", "html", "junit", "markdown"};

    for (unsigned i = 0; i < RENDER_TEXT; i++) {
        if (text_equal(word, render_format_word((enum render_format)i))) {
            formats->wanted[i] = true;
            return 0;
        }
    }
    return text_equal(word, "json")
               ? 0
               : unknown(word, words, sizeof(words) / sizeof(words[0]), reterr);
}

int formats_take_list(struct formats *ret,
                      struct arena *arena,
                      const char *list,
                      struct error *reterr)
{
    *ret = (struct formats){.wanted = {false}};
    while (list != NULL) {
        size_t length = strcspn(list, ",");
        if (take_word(ret, arena_copy(arena, list, length), reterr) < 0) {
            return -1;
        }
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return 0;
}

static bool any(const struct formats *formats)
{
    for (unsigned i = 0; i < RENDER_FORMATS; i++) {
        if (formats->wanted[i]) {
            return true;
        }
    }
    return false;
}

int formats_render(const struct formats *formats,
                   const char *folder,
                   const char *name,
                   struct error *reterr)
{
    struct document document;
    struct arena arena;

    if (!any(formats)) {
        return 0;
    }
    arena_init(&arena, 0);
    int done =
        document_read(&document, &arena, arena_printf(&arena, "%s/%s.json", folder, name), reterr);
    for (unsigned i = 0; i < RENDER_FORMATS && done == 0; i++) {
        enum render_format format = (enum render_format)i;
        const char *path =
            arena_printf(&arena, "%s/%s%s", folder, name, render_format_ending(format));
        done = formats->wanted[i] ? render_file(path, format, &document, 1, reterr) : 0;
    }
    arena_done(&arena);
    return done;
}

int formats_render_index(const struct formats *formats,
                         const char *folder,
                         const char *const *files,
                         size_t count,
                         struct error *reterr)
{
    struct arena arena;
    int done = 0;

    if (!formats->wanted[RENDER_HTML] && !formats->wanted[RENDER_MARKDOWN]) {
        return 0;
    }
    arena_init(&arena, 0);
    struct document *documents = ARENA_ARRAY(&arena, struct document, count + 1);
    for (size_t i = 0; i < count && done == 0; i++) {
        done = document_read(&documents[i], &arena, arena_printf(&arena, "%s/%s", folder, files[i]),
                             reterr);
    }
    if (done == 0 && formats->wanted[RENDER_HTML]) {
        done = render_index(folder, documents, count, reterr);
    }
    if (done == 0 && formats->wanted[RENDER_MARKDOWN]) {
        done = render_file(arena_printf(&arena, "%s/" RENDER_INDEX_NAME ".md", folder),
                           RENDER_MARKDOWN, documents, count, reterr);
    }
    arena_done(&arena);
    return done;
}
