/* The search of `bascule simulate --seeds N`: every seed of every scenario on all cores, one line a
   scenario, and of what went wrong the first seed that shows it. */
#ifndef BASCULE_CLI_SIMULATE_SEEDS_H
#define BASCULE_CLI_SIMULATE_SEEDS_H

#include "cli/run_scenario.h"

#include <stdint.h>

struct seed_search {
    struct run_command *command; /* its jobs: worker processes; its seed: the first one */
    uint64_t count;
    bool shrink; /* the first failing seed of each scenario */
};

/* After run_all_begin: fills in command->endings and says all there is to say. */
void simulate_seeds(const struct seed_search *search);

#endif
