/* One run of a scenario as the value of `runs[]` in a report; it refuses to know files. */
#ifndef BASCULE_REPORT_REPORT_RUN_H
#define BASCULE_REPORT_REPORT_RUN_H

#include "core/verdict.h"
#include "scenario/scenario.h"

#include <jansson.h>

/* Every figure is already in the run; nothing is computed here. */
json_t *report_run_value(const struct scenario *scenario, const struct run_result *run);

#endif
