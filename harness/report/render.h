/* Reports drawn in the formats that people and CI systems read, from documents alone, and put in
   place whole. */
#ifndef BASCULE_REPORT_RENDER_H
#define BASCULE_REPORT_RENDER_H

#include "report/document.h"

#include <stdio.h>

enum render_format {
    RENDER_HTML,
    RENDER_JUNIT,
    RENDER_MARKDOWN,
    RENDER_TEXT,
    RENDER_FORMATS,
};

/* Of the files that tell of all reports of a folder, "index.html" and "index.md"; the scenario
   reader lets no scenario be called so. */
#define RENDER_INDEX_NAME "index"

const char *render_format_word(enum render_format format);   /* "html" */
const char *render_format_ending(enum render_format format); /* ".html" */

/* "kill" of "reports/kill.json", in the arena. */
const char *render_stem(struct arena *arena, const char *path);

/* All documents in one; of HTML that is one document a file. */
int render_write(FILE *out,
                 enum render_format format,
                 const struct document *documents,
                 size_t count,
                 struct error *reterr);

/* The same into a file, atomically. */
int render_file(const char *path,
                enum render_format format,
                const struct document *documents,
                size_t count,
                struct error *reterr);

/* FOLDER/index.html, which leads to the pages beside it. */
int render_index(const char *folder,
                 const struct document *documents,
                 size_t count,
                 struct error *reterr);

/* As files of a folder: the page of each document under the name of its report, and the index. */
int render_pages(const char *folder,
                 const struct document *documents,
                 size_t count,
                 struct error *reterr);

#endif
