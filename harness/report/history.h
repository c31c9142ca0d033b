/* How the switchover and the outage of each scenario went over many reports: for a terminal, for a
   browser, for programs (schema bascule/history/1, told in docs/compare.md). */
#ifndef BASCULE_REPORT_HISTORY_H
#define BASCULE_REPORT_HISTORY_H

#include "base/error.h"
#include "report/archive.h"

#include <stdio.h>

/* Reports drawn of one scenario at most, the latest; figures are over all. */
#define HISTORY_TEXT_MAX 40
#define HISTORY_HTML_MAX 400

enum history_figure { HISTORY_SWITCHOVER, HISTORY_OUTAGE, HISTORY_FIGURES };

/* The reports of one scenario, in order of their start; simulated ones make a series of their own.
 */
struct history_series {
    const struct archive_report *reports;
    size_t count;
};

/* The next one of a sorted archive after *series, which is all zero at first; false: that was all.
 */
bool history_next(const struct archive *archive, struct history_series *series);

struct document_figure history_figure_of(const struct archive_report *report,
                                         enum history_figure figure);

struct history_summary {
    struct document_figure last, median, worst; /* over the reports that have the figure */
    double highest;                             /* among those drawn, but for "never"; 0: none */
};
struct history_summary history_summarize(const struct history_series *series,
                                         enum history_figure figure,
                                         size_t drawn_max);

struct history_look {
    bool plain;     /* ASCII only */
    size_t columns; /* of the terminal; 0: it is none */
};

void history_write_text(FILE *out,
                        struct arena *arena,
                        const struct archive *archive,
                        struct history_look look);
void history_write_json(FILE *out, const struct archive *archive);
/* Error: the stream took not all of it. */
int history_write_html(FILE *out,
                       struct arena *arena,
                       const struct archive *archive,
                       struct error *reterr);

#endif
