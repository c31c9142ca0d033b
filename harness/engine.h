/* One run: the engine turn that puts faults, completions, deadlines and new requests through the
   core, in that order, and writes all of it into the journal. The same for every world; it refuses
   to know which one it drives. */
#ifndef BASCULE_ENGINE_H
#define BASCULE_ENGINE_H

#include "base/arena.h"
#include "core/journal.h"
#include "runner.h"
#include "scenario/scenario.h"
#include "world/world.h"

#include <stdint.h>

struct engine_settings {
    const struct scenario *scenario;
    uint64_t seed;
    struct world *world;
    struct journal *journal;
    /* progress->run and run_count are the caller's; the rest is filled in. May be NULL. */
    void (*progress)(void *context, struct progress *progress);
    void *context;
};

struct engine_end {
    int signal;     /* that interrupted it, or 0 */
    uint64_t turns; /* of the engine */
};

/* Prepares the world, runs, drains and finishes it; closing it is left to the caller. Everything
   else is in the journal. */
struct engine_end engine_run(struct arena *arena, const struct engine_settings *settings);

#endif
