/* The timeline of one run, drawn row by row. Every row is an SVG one unit of which is a
   millisecond, stretched to the width there is; words stand beside and over it as HTML, so that
   they keep their size. For harness/report/html*.c only. */
#ifndef BASCULE_REPORT_HTML_TIMELINE_H
#define BASCULE_REPORT_HTML_TIMELINE_H

#include "report/html_parts.h"

#define HTML_COLOURS 7 /* of nodes; the last is for all that have none of their own */

struct timeline {
    const struct page *page;
    const struct document_run *run;
    double from_ms, span_ms;
    uint8_t *colours; /* by node: 0 .. HTML_COLOURS - 1 */
};

/* One row: its label, then what `html_row_end` closes. height in pixels; words: what a screen
   reader says of it, escaped. */
struct html_row {
    const char *class;
    const char *label; /* HTML */
    const char *words;
    int height;
};
void html_row_begin(const struct timeline *timeline, const struct html_row *row);
/* Closes the SVG; what follows until html_row_end lies over it. */
void html_row_overlay(const struct timeline *timeline);
void html_row_end(const struct timeline *timeline);

/* So far to the right that words end there instead of beginning. */
bool html_is_right(const struct timeline *timeline, double at_ms);
/* Words over a row at a time, anchored so that they stay within it. */
void html_tag(const struct timeline *timeline, double at_ms, const char *class, const char *words);

/* Where faults held, as light stripes behind everything. */
void html_bands(const struct timeline *timeline, int height);

/* A path of rectangles, in order of time, cut to the timeline; without any no path. Neighbours that
   meet at one height are one; where there are more than the page's detail allows, so are those that
   share a slot, which is narrower than a point of a screen. */
struct html_blocks {
    const struct timeline *timeline;
    const char *class;
    bool is_open;
    double slot_ms; /* 0: each stays as it is */
    double from_ms, to_ms, y, h;
};
struct html_blocks
html_blocks_begin(const struct timeline *timeline, const char *class, size_t count);
void html_blocks_add(struct html_blocks *blocks, double from_ms, double to_ms, double y, double h);
void html_blocks_end(struct html_blocks *blocks);

void html_fault_rows(const struct timeline *timeline);
/* An item each of what their shapes mean. */
void html_faults_legend(const struct page *page);
void html_brackets(const struct timeline *timeline);
/* What shapes and colours of marks mean, and how many requests there were of each outcome. */
void html_marks_legend(const struct timeline *timeline);
void html_marks(const struct timeline *timeline);
void html_answers(const struct timeline *timeline);
void html_lanes(const struct timeline *timeline);
void html_lanes_legend(const struct timeline *timeline);

#endif
