/* From what a report recorded of its runs to scenarios that do exactly that again: explicit times
   and targets in place of ranges, drawn nodes and chaos. Faults that do not follow from the
   scenario's text and the seed are an error: the report was edited. */
#ifndef BASCULE_CLI_REPLAY_SCHEDULE_H
#define BASCULE_CLI_REPLAY_SCHEDULE_H

#include "base/arena.h"
#include "base/error.h"
#include "report/report_read.h"
#include "scenario/scenario.h"

struct replay_run {
    uint32_t index; /* in the report */
    uint64_t seed;
    const struct scenario *scenario; /* explicit */
};

struct replay_schedule {
    struct replay_run *runs;
    size_t count;
};

/* All runs that count. path: of the report, for errors. */
int replay_schedule_make(struct replay_schedule *ret,
                         struct arena *arena,
                         const struct scenario *scenario,
                         const struct recorded_report *report,
                         const char *path,
                         struct error *reterr);

#endif
