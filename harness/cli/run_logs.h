/* The folder beside a report where the programs of its scenario leave what they write. */
#ifndef BASCULE_CLI_RUN_LOGS_H
#define BASCULE_CLI_RUN_LOGS_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"

/* Its name within the report folder: "NAME.logs". */
const char *run_logs_name(struct arena *arena, const struct scenario *scenario);

/* Makes it, without the logs of an earlier run. Its path, NULL on failure. */
const char *run_logs_prepare(struct arena *arena,
                             const char *report_folder,
                             const struct scenario *scenario,
                             struct error *reterr);

#endif
