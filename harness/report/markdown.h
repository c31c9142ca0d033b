/* Reports as Markdown for the summary of a CI job or a comment on a pull request: the verdict, a
   row a scenario, and for what is not well why, and what to type next. It keeps to what GitHub and
   GitLab show alike. */
#ifndef BASCULE_REPORT_MARKDOWN_H
#define BASCULE_REPORT_MARKDOWN_H

#include "base/arena.h"
#include "base/error.h"
#include "report/document.h"

#include <stddef.h>
#include <stdio.h>

/* Told in detail at most, so that many failures still fit a comment (64 KiB at GitHub): scenarios,
   reasons of each, and characters of one text. */
#define MARKDOWN_DETAILS_MAX 20
#define MARKDOWN_REASONS_MAX 8
#define MARKDOWN_TEXT_MAX    300

/* Error: the stream took not all of it. */
int markdown_write(FILE *out,
                   const struct document *documents,
                   size_t count,
                   struct arena *arena,
                   struct error *reterr);

/* The text as part of a line, table or not, in which nothing means anything to Markdown or HTML; at
   most MARKDOWN_TEXT_MAX characters. */
const char *markdown_text(struct arena *arena, const char *string);

#endif
