/* Numbered timers, the earliest first: each number has at most one, and setting it again moves it.
   It refuses to know what the numbers stand for. Unlike base/heap nothing stale is ever left
   behind, so the earliest time is exact and the room is bounded by the count of numbers. */
#ifndef BASCULE_CORE_CLIENT_TIMERS_H
#define BASCULE_CORE_CLIENT_TIMERS_H

#include "base/arena.h"
#include "base/nanos.h"

#include <stdint.h>

struct timer {
    nanos at;          /* NANOS_NEVER: not set */
    uint64_t sequence; /* equal times leave in the order in which they were set */
    uint32_t place;    /* in order; meaningless if not set */
};

/* A binary min-heap of ids that knows where each id stands. */
struct timers {
    struct timer *timers; /* by id */
    uint32_t *order;
    uint32_t count; /* of those that are set */
    uint32_t capacity;
    uint64_t sets;
};

void timers_init(struct timers *timers, struct arena *arena, uint32_t capacity);
/* NANOS_NEVER clears it. */
void timers_set(struct timers *timers, uint32_t id, nanos at);
void timers_clear(struct timers *timers, uint32_t id);
/* NANOS_NEVER if none is set, and *ret_id is left alone. */
nanos timers_first(const struct timers *timers, uint32_t *ret_id);

static inline nanos timers_at(const struct timers *timers, uint32_t id)
{
    return timers->timers[id].at;
}

#endif
