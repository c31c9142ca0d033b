/* What a scenario says about a fault, as the value of `params` in a report: only what its kind
 * reads.
 */
#ifndef BASCULE_REPORT_REPORT_PARAMS_H
#define BASCULE_REPORT_REPORT_PARAMS_H

#include "scenario/scenario.h"

#include <jansson.h>

json_t *report_params_value(const struct scenario *scenario, const struct fault *fault);

#endif
