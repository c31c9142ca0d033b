/* From a failing run to the smallest one that still fails in the same way: delta debugging over the
   resolved schedule, in virtual time. Zeller and Hildebrandt, "Simplifying and Isolating
   Failure-Inducing Input" (2002), for the faults; halving and rounding for the numbers. It refuses
   to touch what is under test, the client's settings (but for the number of instances). */
#ifndef BASCULE_SHRINK_H
#define BASCULE_SHRINK_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"

#include <stdint.h>

struct shrink_options {
    uint64_t seed;
    uint32_t tries_max; /* simulations, at most; 0: a built-in limit */
    /* Called after each try; may be NULL. */
    void (*progress)(void *context, uint32_t tries, const struct scenario *smallest);
    void *context;
};

struct shrink_result {
    const struct scenario *smallest; /* explicit faults, no chaos, the failing seed written in; its
                                        name is NAME-seed-N, cut where it would be too long */
    uint32_t tries;
    const char
        *failure;  /* names of the expectations that fail, as in "switchover, failed_requests" */
    uint64_t seed; /* that failed: with `repeat` it may be a later one than was asked for */
    const char *broken; /* the expectation that `smallest` keeps failing: "switchover < 5s" */
    const char *actual; /* its figure in the run of `smallest`: "10.02 s" */
    const char *const *fault_comments; /* what each fault does in that run, for scenario_write */
};

/* Fails with 1 if the run of this seed does not fail. Memory of the result in arena. */
int shrink(struct arena *arena,
           const struct scenario *scenario,
           const struct shrink_options *options,
           struct shrink_result *ret,
           struct error *reterr);

/* The head of the file for scenario_write: what fails, where it comes from (scenario as it was
   given), and how to run the file at path, which is named as given. */
const char *shrink_comment(struct arena *arena,
                           const struct scenario *scenario,
                           const struct shrink_result *result,
                           const char *version,
                           const char *path);

#endif
