/* The stub's only look at a clock: CLOCK_MONOTONIC, which harness and nodes share. */
#ifndef BASCULE_STUB_CLOCK_H
#define BASCULE_STUB_CLOCK_H

#include "base/nanos.h"

#include <time.h>

static inline nanos clock_now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (nanos)time.tv_sec * NANOS_PER_S + time.tv_nsec;
}

#endif
