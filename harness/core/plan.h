/* The resolved schedule of one run: every random choice of times drawn from the seed, before
   anything starts. Pure; targets such as `current` are resolved only when a fault comes due. */
#ifndef BASCULE_CORE_PLAN_H
#define BASCULE_CORE_PLAN_H

#include "base/arena.h"
#include "base/nanos.h"
#include "base/prng.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/* Streams of the run's seed: one a component, so that a change in one shifts no other. */
enum prng_stream {
    PRNG_STREAM_PLAN = 1,
    PRNG_STREAM_TARGETS,
    PRNG_STREAM_MIX,
    PRNG_STREAM_CHAOS,
    PRNG_STREAM_SIM,
    PRNG_STREAM_CLIENT, /* + client index << 8 */
    PRNG_STREAM_NODE,   /* + node index << 8 */
    PRNG_STREAM_CANCEL,
};

struct plan_step {
    nanos at;
    uint32_t fault; /* index into scenario.faults */
    uint32_t phase; /* of a flap: the number of the down phase, from 0 */
    bool undo;      /* the end of its `for`, or of the down phase */
};

struct plan {
    struct plan_step *
        steps; /* by time, then order in the file; an undo before an application at the same time */
    size_t step_count;
    const nanos
        *fault_at; /* one a fault: its drawn time; of a flap, that of its first down phase */
};

/* Undos at or after the scenario's duration are left out. */
void plan_make(struct plan *plan,
               struct arena *arena,
               const struct scenario *scenario,
               uint64_t seed);

/* Whether the seed alone tells which nodes a target word means. */
bool plan_target_is_drawn(enum target_kind target);

/* The targets of a fault, drawn from prng where it is random; current is the node that served last.
   Writes at most node_count indexes in rising order and returns how many. */
size_t plan_targets(const struct scenario *scenario,
                    const struct fault *fault,
                    uint16_t current,
                    struct prng *prng,
                    uint16_t *ret_nodes);

/* Grace after each request's deadline; clients without a deadline of their own get the second one.
 */
#define PLAN_DRAIN_GRACE      (1 * NANOS_PER_S)
#define PLAN_DRAIN_OPEN_ENDED (10 * NANOS_PER_S)

/* How long after the end of traffic requests may be open at the most. */
nanos plan_drain(const struct scenario *scenario);

#endif
