/* --shrink: the smallest scenario that still fails like a seed, written as a file that is proved to
   be readable and to fail before anybody is told of it. */
#ifndef BASCULE_CLI_SIMULATE_SHRINK_H
#define BASCULE_CLI_SIMULATE_SHRINK_H

#include "cli/run_scenario.h"

#include <stdint.h>

/* Returns a STATUS_...: FAILED once it is written, USAGE where that seed does not fail. */
int simulate_shrink(struct run_command *command, const struct scenario *scenario, uint64_t seed);

/* Each scenario of the command with its one seed; those that do not fail are told. Returns the exit
   status: FAILED if one was written, else INCONCLUSIVE if one could not be, else USAGE. */
int simulate_shrink_all(struct run_command *command);

#endif
