/* A world around another one that shows every step to the invariants, and interrupts the run at the
   first that is broken. It refuses to change anything else. */
#ifndef BASCULE_TESTS_SIM_CHECKING_WORLD_H
#define BASCULE_TESTS_SIM_CHECKING_WORLD_H

#include "invariants.h"
#include "world/world.h"

/* Everything outlives it; the journal is the run's. */
struct world *checking_world_new(struct arena *arena,
                                 struct world *inner,
                                 const struct journal *journal,
                                 struct invariants *invariants);
/* After the run: shows what came last, and ends the invariants' part. */
void checking_world_finish(struct world *world);

#endif
