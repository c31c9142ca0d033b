/* What a scenario says about a fault, as the value of `params` in a report: only what its kind
 * reads.
 */
#ifndef BASCULE_REPORT_REPORT_PARAMS_H
#define BASCULE_REPORT_REPORT_PARAMS_H

#include "base/arena.h"
#include "scenario/scenario.h"

#include <jansson.h>

json_t *report_params_value(const struct scenario *scenario, const struct fault *fault);

/* A text that is equal for equal values only, to compare what was read with what a scenario says.
 */
const char *report_params_dump(struct arena *arena, const json_t *params);
const char *
report_params_text(struct arena *arena, const struct scenario *scenario, const struct fault *fault);

#endif
