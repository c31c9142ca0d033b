/* The program that a scenario wants to be told of alerts: where it is, and that it is there. */
#ifndef BASCULE_CLI_HOOKS_H
#define BASCULE_CLI_HOOKS_H

#include "base/arena.h"
#include "cli/inputs.h"
#include "scenario/scenario.h"

#include <stdbool.h>

/* Absolute path; NULL without `alerts`, or if there is no such program. */
const char *hooks_program(struct arena *arena, const struct scenario *scenario);
/* The folder of the scenario's file, where hooks run. */
const char *hooks_folder(struct arena *arena, const struct scenario *scenario);

/* False after a complaint with its place about each program that is missing, unless the scenario
   `requires` it and so will be skipped. */
bool hooks_check(const struct inputs *inputs);

#endif
