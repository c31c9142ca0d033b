/* The open-loop plan of traffic: request n is due at n/rate, whatever happened to the others. Pure.
 */
#ifndef BASCULE_CORE_PACER_H
#define BASCULE_CORE_PACER_H

#include "base/nanos.h"
#include "base/prng.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

struct pacer {
    const struct traffic *traffic;
    struct prng mix;
    struct prng cancel;
    int64_t first;  /* number of the first request of the warm-up: negative or 0 */
    int64_t number; /* of the next request; due at number / rate */
    int64_t end;    /* one past the last */
};

void pacer_init(struct pacer *pacer, const struct scenario *scenario, uint64_t seed);
/* Due time of the next request, NANOS_NEVER when all are out. */
nanos pacer_due(const struct pacer *pacer);
/* Takes it: its id in the run (0 is the first of the warm-up) and its kind by weight. */
void pacer_take(struct pacer *pacer, uint32_t *ret_request, uint16_t *ret_mix);
/* Does the caller of the one that was taken last give up? To be asked once of each. */
bool pacer_gives_up(struct pacer *pacer);
/* Of that id. */
nanos pacer_due_of(const struct pacer *pacer, uint32_t request);
/* How many were taken. */
static inline uint32_t pacer_taken(const struct pacer *pacer)
{
    return (uint32_t)(pacer->number - pacer->first);
}

#endif
