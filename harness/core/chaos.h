/* Random schedules: draws the faults of a scenario's chaos from a seed and writes them down as
   plain ones, so that nobody else need know of chaos. Pure: same scenario and seed, same faults, in
   `run` and `simulate` alike.

   Swarm testing (Groce et al., 2012): a seed leaves out some of the kinds and weighs the others
   anew, so that some runs are all pauses and others have none. One fault for each stretch of
   `every`, at a whole millisecond inside it, on a node that no fault holds; none where that would
   leave fewer than `keep_healthy` nodes unheld. A written fault whose target is chosen during the
   run counts for every node; a node is held until it has had time to answer again. */
#ifndef BASCULE_CORE_CHAOS_H
#define BASCULE_CORE_CHAOS_H

#include "base/arena.h"
#include "scenario/scenario.h"

#include <stdint.h>

/* A copy of the scenario without chaos, whose drawn faults follow the written ones, with a time, a
   hold, parameters and one named node each, as "chaos-1", "chaos-2" ...; the scenario itself where
   it has no chaos. */
const struct scenario *
chaos_resolve(struct arena *arena, const struct scenario *scenario, uint64_t seed);

#endif
