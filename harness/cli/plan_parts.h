/* The two halves of what `bascule plan` prints, which nobody else asks for. The arena is scratch.
 */
#ifndef BASCULE_CLI_PLAN_PARTS_H
#define BASCULE_CLI_PLAN_PARTS_H

#include "base/arena.h"
#include "scenario/scenario.h"

/* What the scenario says, with every default. */
void plan_summary_print(struct arena *arena, const struct scenario *scenario, uint64_t seed);

/* What happens when: chaos is resolved, and every random time drawn from the seed. */
void plan_timeline_print(struct arena *arena, const struct scenario *scenario, uint64_t seed);

#endif
