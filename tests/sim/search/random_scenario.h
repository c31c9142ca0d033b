/* Draws a whole scenario from a seed: nodes, client, traffic and trouble. It refuses to run it.
   Swarm testing (Groce and others, 2012): each seed leaves some kinds of trouble out entirely and
   weighs the others as it likes. Pure. */
#ifndef BASCULE_TESTS_SIM_RANDOM_SCENARIO_H
#define BASCULE_TESTS_SIM_RANDOM_SCENARIO_H

#include "base/arena.h"
#include "scenario/scenario.h"

/* *ret_unharmed: the node that no fault touches, NODE_NONE: any may be hit. Everything in the
   arena. Every fault is undone well before the end of traffic. */
const struct scenario *random_scenario(struct arena *arena, uint64_t seed, uint16_t *ret_unharmed);

#endif
