/* The marks of a run's plot, joined with their neighbours as far as the page has room for them. For
   harness/report/html*.c only. */
#ifndef BASCULE_REPORT_HTML_THIN_H
#define BASCULE_REPORT_HTML_THIN_H

#include "report/html_parts.h"

struct html_cells {
    double cell_ms; /* width; 0 if there is but one */
    double octaves; /* height */
};

struct html_marks {
    const struct document_mark *items; /* in order of time */
    size_t count;
    struct html_cells calm;   /* of answers in time */
    struct html_cells others; /* of what was slow, failed or was given up */
    bool is_thinned;          /* cells are larger than the report's */
    bool has_no_node;         /* and so few that nodes share one */
};

/* Cells of that outcome. */
const struct html_cells *html_cells_of(const struct html_marks *marks, const char *outcome);

/* The worst run and the first keep all they have as long as that leaves something to the others,
   who share the rest. Joined are cells of one outcome, so no failure is lost among successes, and
   first those of which there are more: answers in time, or all others. */
struct html_marks html_thin(const struct page *page, const struct document_run *run);

#endif
