/* The world in virtual time: nodes, connections and faults as models, so that a run takes as long
   as its arithmetic and comes out the same, bit for bit, for the same scenario and seed. Pure: no
   clock, no descriptor, memory from the arena only. What is modelled, and what is not, is told in
   docs/simulation.md. */
#ifndef BASCULE_WORLD_SIM_SIM_H
#define BASCULE_WORLD_SIM_SIM_H

#include "world/world.h"

/* Never fails. */
struct world *sim_new(const struct world_settings *settings);

#endif
