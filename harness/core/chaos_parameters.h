/* What a random fault of some kind is like: its parameters, drawn inside what a scenario may say.
   docs/scenarios.md tells the ranges. */
#ifndef BASCULE_CORE_CHAOS_PARAMETERS_H
#define BASCULE_CORE_CHAOS_PARAMETERS_H

#include "base/prng.h"
#include "scenario/scenario.h"

struct fault_parameters chaos_parameters(struct prng *prng, enum fault_kind kind);

#endif
