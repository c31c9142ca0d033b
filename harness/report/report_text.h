/* What a person reads after a run: a table, a line a scenario, and for all that is not well the
   reasons and what to do next. It writes to the stream it is given, and refuses to know whether
   that is a terminal. */
#ifndef BASCULE_REPORT_REPORT_TEXT_H
#define BASCULE_REPORT_REPORT_TEXT_H

#include "base/arena.h"
#include "base/figure.h"
#include "core/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The worst figures of all runs that count. */
struct headline {
    const char *name;
    enum verdict verdict;
    const char *note; /* "" or what explains the verdict: "must fail" */
    struct figure switchover;
    struct figure outage;
    struct figure worst_latency;
    struct figure failed_requests;
};

/* Texts live in the arena. */
struct headline report_text_headline(struct arena *arena, const struct scenario_result *result);

struct report_table {
    size_t name_width; /* of the longest scenario name, in characters */
    bool colour;
};

void report_text_table_head(FILE *out, const struct report_table *table);
void report_text_table_row(FILE *out,
                           const struct report_table *table,
                           const struct headline *headline);

/* Explains the star behind the verdict of a headline with a note. */
void report_text_table_foot(FILE *out);

/* One line that stands alone, for a log. */
void report_text_line(FILE *out, const struct headline *headline, bool colour);

/* Reasons, missed expectations and advice; nothing for a plain pass. report_path: NULL if there is
 * no report. */
void report_text_details(FILE *out,
                         struct arena *arena,
                         const struct scenario_result *result,
                         const char *report_path,
                         bool colour);

enum { REPORT_VERDICTS = VERDICT_SKIPPED + 1 };

/* "3 passed, 1 failed"; counts by verdict. */
void report_text_totals(FILE *out, const size_t counts[static REPORT_VERDICTS]);

#endif
