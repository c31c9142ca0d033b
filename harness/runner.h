/* Runs a scenario in worlds that it is given, real or simulated, as often as it asks (and again
   where noise spoiled a run), and judges it. */
#ifndef BASCULE_RUNNER_H
#define BASCULE_RUNNER_H

#include "base/arena.h"
#include "base/error.h"
#include "core/journal.h"
#include "core/verdict.h"
#include "scenario/scenario.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

/* A look at a run that is under way, for a person on a terminal. */
struct progress {
    const struct scenario *scenario;
    uint32_t run;                        /* from 0 */
    uint32_t run_count;                  /* planned, reruns included */
    nanos now;                           /* of the run; negative in warm-up */
    uint64_t due, ok, failed, in_flight; /* of measured requests so far */
    uint16_t serving;                    /* node that served last, NODE_NONE */
    const char *next_fault;              /* "kill primary" or NULL */
    nanos next_fault_at;
};

struct runner_options {
    /* Opens the world of one run; NULL: *reterr says why not. */
    struct world *(*open)(void *context,
                          const struct world_settings *settings,
                          struct error *reterr);
    bool virtual_time; /* the worlds' time is their own: no clock is read, wall times are 0 */
    bool has_seed;
    uint64_t seed;
    uint32_t repeat; /* 0: as the scenario says */
    /* One a run (reruns share it): what it runs in place of the scenario with the chaos of its seed
       resolved. NULL: none. */
    const struct scenario *const *schedules;
    /* Called about ten times a second; must not block. May be NULL. */
    void (*progress)(void *context, const struct progress *progress);
    /* Called after each run with its whole journal, for --journal; may be NULL. -1 ends the
     * scenario. */
    int (*journal)(void *context,
                   const struct scenario_result *result,
                   const struct run_result *run,
                   const struct journal *journal,
                   struct error *reterr);
    void *context;
};

/* Returns 0 with *ret filled (its memory in arena), whatever the verdict; -1 only if the harness
   itself could not work. *ret_signal: 0, or the signal that interrupted it (the result then holds
   what was measured). */
int runner_run(struct arena *arena,
               const struct scenario *scenario,
               const struct runner_options *options,
               struct scenario_result *ret,
               int *ret_signal,
               struct error *reterr);

#endif
