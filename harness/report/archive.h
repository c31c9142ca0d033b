/* What many reports say, a short record each: the figures that are compared and drawn over time,
   and what must be known of their making. Everything else of a report is read, checked and
   forgotten, so that thousands fit into memory. */
#ifndef BASCULE_REPORT_ARCHIVE_H
#define BASCULE_REPORT_ARCHIVE_H

#include "base/arena.h"
#include "base/error.h"
#include "report/document.h"

#include <stdbool.h>
#include <stddef.h>

/* Of a run: the worst active disturbance, or the run's own figure. */
enum archive_metric {
    ARCHIVE_SWITCHOVER,
    ARCHIVE_OUTAGE,
    ARCHIVE_WORST_LATENCY,
    ARCHIVE_FAILED_REQUESTS,
    ARCHIVE_SUCCESS_RATIO,
    ARCHIVE_METRICS,
};

/* As reports name it: "worst_latency". */
const char *archive_metric_word(enum archive_metric metric);

struct archive_run {
    struct document_figure figures[ARCHIVE_METRICS];
};

struct archive_report {
    const char *path;
    const char *page; /* its page, by a path from where the archive is shown; NULL: not known */
    const char *name; /* of the scenario */
    const char *sha256, *seed;
    const char *settings;   /* of --set, in one line; "" */
    const char *machine;    /* "4 processors, Linux 6.1" */
    const char *version;    /* of the bascule that wrote it */
    const char *started_at; /* NULL: simulated */
    const char *verdict;
    double target_ms; /* what a switchover should stay below */
    bool expects_switchover;
    double resolution_ms;     /* the coarsest of its runs; 0: no traffic */
    struct archive_run *runs; /* those whose figures can be relied on */
    size_t run_count;
    size_t doubted; /* runs left out, because bascule doubts its own measurement */
    struct document_figure switchover_ms, outage_ms; /* the worst of all runs, as tables show it */
};

struct archive {
    struct archive_report *items;
    size_t count;
    size_t capacity;
    size_t copies; /* reports left out, because the archive has the same already */
};

/* Reads one report more. A run of a report counts unless another took its place, or it is
   inconclusive for more than a limit missed by a hair or a figure that could not be had. */
int archive_add(struct archive *archive,
                struct arena *arena,
                const char *path,
                struct error *reterr);

/* By name, then simulated ones, then by start, then path. */
void archive_sort(struct archive *archive);

#endif
