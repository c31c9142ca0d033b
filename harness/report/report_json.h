/* The report of a scenario, schema bascule/report/1 (schemas/report.schema.json); it computes no
   figure of its own but the pooled summary, which core/verdict.h gives. */
#ifndef BASCULE_REPORT_REPORT_JSON_H
#define BASCULE_REPORT_REPORT_JSON_H

#include "base/error.h"
#include "core/verdict.h"
#include "report/environment.h"

/* Written atomically. logs: the folder with the run's logs, NULL if there is none. */
int report_json_write(const char *path,
                      const struct scenario_result *result,
                      const struct environment *environment,
                      const char *logs,
                      struct error *reterr);

/* How a report writes a comparison: "<", "<=", "==", ">=", ">". */
const char *report_json_comparison(enum comparison comparison);

/* Id of the fault that an expectation was judged by, NULL if it is about the whole run. */
const char *report_json_fault(const struct scenario_result *result,
                              const struct expectation_result *judged);

#endif
