/* latest.json: which reports the last `bascule run` wrote, and how it ended. */
#ifndef BASCULE_REPORT_LATEST_H
#define BASCULE_REPORT_LATEST_H

#include "base/error.h"
#include "core/verdict.h"

#include <stddef.h>
#include <stdint.h>

#define LATEST_NAME "latest" /* the scenario reader lets no scenario be called so */

struct latest_report {
    const char *name; /* of the scenario */
    const char *file; /* in the report folder */
    enum verdict verdict;
};

struct latest {
    int64_t started_realtime; /* nanoseconds */
    int exit_status;
    const struct latest_report *reports;
    size_t report_count;
};

/* Written atomically, schema bascule/latest/1. */
int latest_write(const char *folder, const struct latest *latest, struct error *reterr);

#endif
