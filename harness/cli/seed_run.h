/* One seed of one scenario in virtual time, boiled down to a record that goes through a pipe. */
#ifndef BASCULE_CLI_SEED_RUN_H
#define BASCULE_CLI_SEED_RUN_H

#include "base/nanos.h"
#include "scenario/scenario.h"

#include <stdint.h>

enum seed_ending {
    SEED_FAILED, /* also a `must` or a `known_issue` that was not met */
    SEED_BROKEN, /* its process ended early */
    SEED_INCONCLUSIVE,
    SEED_IDLE, /* inconclusive only because nobody was in the way of this seed's faults */
    SEED_KNOWN,
    SEED_PASSED,
    SEED_ENDINGS
};

enum seed_figure {
    SEED_SWITCHOVER,
    SEED_OUTAGE,
    SEED_WORST_LATENCY,
    SEED_FAILED_REQUESTS,
    SEED_FIGURES
};

/* In place of a figure. */
#define SEED_FIGURE_ABSENT INT64_MIN
#define SEED_FIGURE_NEVER  INT64_MAX

struct seed_outcome {
    uint64_t seed;
    nanos virtual_ns;
    int64_t figures[SEED_FIGURES]; /* the worst of the seed: ns, or a count */
    uint32_t ending;               /* enum seed_ending */
    uint32_t unused;
};

/* repeat: runs of the seed; 0: as the scenario says. */
struct seed_outcome seed_run(const struct scenario *scenario, uint64_t seed, uint32_t repeat);

#endif
