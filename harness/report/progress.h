/* One line of a terminal that tells how a run goes, written over and over; it refuses to wait for
 * the terminal. */
#ifndef BASCULE_REPORT_PROGRESS_H
#define BASCULE_REPORT_PROGRESS_H

#include "base/nanos.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_PERIOD (100 * NANOS_PER_MS) /* at most one line in that time */

/* What there is to tell. Texts need to live only for the call. */
struct progress_status {
    const char *name;   /* of the scenario */
    uint32_t run;       /* from 0 */
    uint32_t run_count; /* planned */
    nanos now;          /* of the run; negative in warm-up */
    nanos duration;     /* of traffic */
    uint64_t due;       /* requests so far */
    uint64_t ok;
    uint64_t failed;
    uint64_t in_flight;
    const char *serving;    /* node that served last, NULL */
    const char *next_fault; /* "kill primary", NULL */
    nanos next_fault_at;
};

struct progress_line {
    int fd;
    bool shown;
    nanos shown_at;   /* run time of the last line */
    nanos counted_at; /* the rate is taken over about a second, from here ... */
    uint64_t counted; /* ... when this many were due */
    uint64_t rate;    /* requests a second */
};

void progress_init(struct progress_line *line, int fd);
/* Writes the line, unless one was written less than PROGRESS_PERIOD ago or the terminal would make
 * us wait. */
void progress_show(struct progress_line *line, const struct progress_status *status);
/* The same for any other line; the caller minds the period. */
void progress_show_text(struct progress_line *line, const char *text);
/* Leaves an empty line with the cursor at its start. */
void progress_clear(struct progress_line *line);

/* Of the terminal; 0: none, or it does not say. */
size_t progress_columns(int fd);

/* The text of the line, at most width characters, without any control character. */
#define PROGRESS_TEXT_MAX 512
const char *progress_text(const struct progress_line *line,
                          const struct progress_status *status,
                          size_t width,
                          char buffer[static PROGRESS_TEXT_MAX]);

#endif
