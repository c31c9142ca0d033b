/* How `bascule plan` speaks of faults. All texts are in the arena. */
#ifndef BASCULE_CLI_PLAN_WORDS_H
#define BASCULE_CLI_PLAN_WORDS_H

#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"

const char *plan_time(struct arena *arena, nanos time);
const char *
plan_target(struct arena *arena, const struct scenario *scenario, const struct fault *fault);
/* ", status 503, ratio 50%"; "" where there is nothing to say. */
const char *plan_parameters(struct arena *arena, const struct fault *fault);
/* "kill 2, pause 1" */
const char *plan_weights(struct arena *arena, const struct chaos *chaos);

#endif
