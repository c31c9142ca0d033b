/* What a person reads after a run: a table, a line a scenario, and for all that is not well the
   reasons and what to do next. It writes to the stream it is given, and refuses to know whether
   that is a terminal. */
#ifndef BASCULE_REPORT_REPORT_TEXT_H
#define BASCULE_REPORT_REPORT_TEXT_H

#include "base/arena.h"
#include "core/verdict.h"
#include "report/story.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

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

/* Reasons, missed expectations and advice; nothing for a plain pass. */
void report_text_story(FILE *out, struct arena *arena, const struct story *story, bool colour);

enum { REPORT_VERDICTS = VERDICT_SKIPPED + 1 };

/* "3 passed, 1 failed"; counts by verdict. */
void report_text_totals(FILE *out, const size_t counts[static REPORT_VERDICTS]);

#endif
