/* How fast a simulation is, in words for a line of output. */
#ifndef BASCULE_CLI_SPEED_H
#define BASCULE_CLI_SPEED_H

#include "base/arena.h"
#include "base/nanos.h"

/* "412", "6,180", "3.4": the quotient, rounded. Texts live in the arena. */
const char *speed_ratio(struct arena *arena, double dividend, double divisor);

/* "5.1 ms", "17.0 s", "4 h 10 min". */
const char *speed_time(struct arena *arena, nanos time);

#endif
