/* What somebody has to type to see a result again, and where all of it is written. */
#ifndef BASCULE_REPORT_REPORT_AGAIN_H
#define BASCULE_REPORT_REPORT_AGAIN_H

#include "base/arena.h"
#include "core/verdict.h"

#include <stdio.h>

/* report_path: NULL if there is no report. */
void report_again(FILE *out,
                  struct arena *arena,
                  const struct scenario_result *result,
                  const char *report_path);

#endif
