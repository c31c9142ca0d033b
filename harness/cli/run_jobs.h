/* All scenarios of a `bascule run`: one after the other in this process, or several at once, each
   in a worker. Results are shown in order, whatever order they come in. */
#ifndef BASCULE_CLI_RUN_JOBS_H
#define BASCULE_CLI_RUN_JOBS_H

#include "cli/run_scenario.h"

/* Settles whether workers can be used (command->isolated); -1 if they must be and cannot. */
int run_jobs_prepare(struct run_command *command, struct error *reterr);

/* Fills command->endings; ends early, with endings.signal set, when interrupted. */
void run_jobs(struct run_command *command);

#endif
