/* Archives made by hand, for the tests of comparisons. Everything lives in one arena of this file.
 */
#ifndef BASCULE_TESTS_REPORT_CHANGES_MAKER_H
#define BASCULE_TESTS_REPORT_CHANGES_MAKER_H

#include "report/changes.h"

#define NEVER   (-1.0) /* among values */
#define MISSING (-2.0)

/* cmocka fixtures. */
int changes_maker_begin(void **state);
int changes_maker_end(void **state);
struct arena *changes_maker_arena(void);

/* A report of a real run of that name with `count` runs. Each has the value as its switchover;
   outage and latency are 1 ms in all of them, none failed. Change it as you like. */
struct archive_report *
add_report(struct archive *archive, const char *name, const double *values, size_t count);
/* Of values around `middle`, `step` apart. */
struct archive_report *
add_around(struct archive *archive, const char *name, double middle, double step, size_t count);

/* The value of one figure in all runs of a report. */
void set_figure(struct archive_report *report, enum archive_metric metric, double value);
/* Of one run. */
void set_run(struct archive_report *report, size_t run, enum archive_metric metric, double value);

/* With a threshold of 10 %; fails the test if it is refused. */
struct changes compare_archives(struct archive *base, struct archive *head);
/* NULL: it has no such row. */
const struct changes_row *row_of(const struct changes_scenario *scenario,
                                 enum archive_metric metric);
bool has_note(const struct changes_scenario *scenario, const char *note);

#endif
