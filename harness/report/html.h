/* A report as one page of HTML that needs nothing beside itself: no network, no other file, and no
   script to be read. It draws what the document says and computes no figure of its own; text from
   the document is data wherever it stands. */
#ifndef BASCULE_REPORT_HTML_H
#define BASCULE_REPORT_HTML_H

#include "base/arena.h"
#include "base/error.h"
#include "report/document.h"

#include <stddef.h>
#include <stdio.h>

/* Timelines drawn at most, the worst run first; the figures of all others are in tables. */
#define HTML_RUNS_DRAWN_MAX 24

/* Of a page, but for the text of its scenario, which is there whole. What would be larger is drawn
   with less detail, and says so: marks of neighbouring cells in one, shorter tables, fewer runs. No
   failure is left out of a plot, and no run out of the worst figures. */
#define HTML_BYTES_MAX ((size_t)600 * 1024)

/* Error: the stream took not all of it. */
int html_write(FILE *out,
               const struct document *document,
               struct arena *arena,
               struct error *reterr);

/* A page that leads to the pages of many reports, which stand beside it: dir/NAME.json is shown as
   ./NAME.html. */
int html_index_write(FILE *out,
                     const struct document *documents,
                     size_t count,
                     struct arena *arena,
                     struct error *reterr);

#endif
