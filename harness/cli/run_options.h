/* Options that run, simulate and replay share, and the choice of scenarios by tag. */
#ifndef BASCULE_CLI_RUN_OPTIONS_H
#define BASCULE_CLI_RUN_OPTIONS_H

#include "base/error.h"
#include "cli/run_scenario.h"

/* What run says of its reports. Those that a command does not have are as if not given. */
int run_options_take(struct run_command *command, struct error *reterr);

/* Of the scenarios that were read, those with one of the tags; all were checked before: a mistake
   in one that is not chosen is a mistake as well. False, and said, if none is left. */
bool run_options_choose_by_tag(struct run_command *command);

/* What somebody has to say again to get a run like this one of the scenario, in the given arena;
   the seed and the file come with the scenario. */
const char *run_options_to_repeat(const struct run_command *command,
                                  const struct scenario *scenario,
                                  struct arena *arena);

#endif
