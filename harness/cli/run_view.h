/* What `bascule run` shows while it goes on and at its end: rows of a table as they come and a live
   line on a terminal, one plain line a scenario elsewhere. */
#ifndef BASCULE_CLI_RUN_VIEW_H
#define BASCULE_CLI_RUN_VIEW_H

#include "cli/ending.h"
#include "report/progress.h"
#include "report/report_text.h"
#include "runner.h"

#include <stdbool.h>

struct run_view {
    struct report_table table;
    struct progress_line line;
    const char *command; /* its name, for complaints */
    bool live;           /* the line on stderr */
    bool rows;           /* the table grows as scenarios end; else it comes at the end */
    bool colour;
    bool terse; /* CI=true: one line a scenario */
};

/* Looks at the terminals and at CI, NO_COLOR and TERM. name_width: of the longest scenario name. */
void run_view_init(struct run_view *view, const char *command, size_t name_width, bool no_colour);
/* Before the first scenario. */
void run_view_begin(struct run_view *view);
void run_view_progress(struct run_view *view, const struct progress *progress);
/* A line of an error, while the live line may be there. */
void run_view_complain(struct run_view *view, const char *text);
void run_view_ended(struct run_view *view, const struct ending *ending);
/* What each scenario leaves to say. */
void run_view_details(const struct ending_list *endings);
/* The table where there was none, then the details. */
void run_view_finish(struct run_view *view, const struct ending_list *endings);

#endif
