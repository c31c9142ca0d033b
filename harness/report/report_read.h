/* A report read back as far as a replay needs it: the scenario's text, what was set, and the
   schedule of each run. It trusts nothing: what is missing, or of another type, is an error with
   its place in the report. */
#ifndef BASCULE_REPORT_REPORT_READ_H
#define BASCULE_REPORT_REPORT_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recorded_fault {
    const char *id;
    const char *kind;
    const char *const *targets; /* names */
    size_t target_count;
    const char *params; /* comparable with report_params_text */
    int64_t planned_us; /* microseconds, as exact as a report is */
};

struct recorded_run {
    uint64_t seed;
    uint32_t rerun_of; /* index of the run that it replaces; UINT32_MAX: none */
    bool superseded;   /* another run took its place */
    bool inconclusive; /* it may have ended before all its faults were due */
    const struct recorded_fault *faults;
    size_t fault_count;
};

struct recorded_report {
    const char *version; /* of the tool that wrote it */
    const char *file;    /* of the scenario, as given then */
    const char *text;
    size_t text_length;
    uint64_t seed;
    const char *const *settings;
    size_t setting_count;
    uint16_t port_base; /* 0: none */
    const char *client; /* in the place of the scenario's own; NULL: none */
    const char *verdict;
    const struct recorded_run *runs; /* the run of index i is runs[i] */
    size_t run_count;
};

/* Memory in the arena. Errors are those of document_read. */
int report_read(struct recorded_report *ret,
                struct arena *arena,
                const char *path,
                struct error *reterr);

#endif
