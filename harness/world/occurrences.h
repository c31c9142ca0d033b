/* What a world saw and has not told yet, in the order in which it saw it. What is given up before
   it was told is never told. Pure; it refuses to know whose clock the times are of. */
#ifndef BASCULE_WORLD_OCCURRENCES_H
#define BASCULE_WORLD_OCCURRENCES_H

#include "base/arena.h"
#include "world/world.h"

#include <stdbool.h>
#include <stddef.h>

struct occurrences {
    struct arena *arena;
    struct occurrence *ring; /* it grows */
    size_t first;
    size_t count;
    size_t capacity; /* a power of two */
};

void occurrences_init(struct occurrences *occurrences, struct arena *arena);
void occurrences_add(struct occurrences *occurrences, const struct occurrence *occurrence);
/* False: there is none. */
bool occurrences_take(struct occurrences *occurrences, struct occurrence *ret);

/* An attempt that is cancelled may have ended in the same turn. True if its end was among those
   that are forgotten; then *ret_sent tells whether its request may have reached the node. */
bool occurrences_forget_attempt(struct occurrences *occurrences,
                                struct attempt_ref ref,
                                bool *ret_sent);
/* Likewise a stream that is closed. */
bool occurrences_forget_stream(struct occurrences *occurrences, struct stream_ref ref);

#endif
