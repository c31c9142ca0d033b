/* The attempts that are out in the world, by their id: proof that each comes back exactly once. */
#ifndef BASCULE_ATTEMPTS_H
#define BASCULE_ATTEMPTS_H

#include "base/arena.h"
#include "core/client/policy.h"

#include <stddef.h>
#include <stdint.h>

struct attempt_out {
    struct attempt_ref ref; /* id ATTEMPT_NONE: an empty place */
    uint32_t request;
    uint16_t client;
    uint16_t node;
};

/* Open addressing with linear probing; never more than half full. It grows as it is needed: few
   runs have as many out as they may have. */
struct attempts {
    struct arena *arena;
    struct attempt_out *places;
    size_t mask;
    size_t count;
    size_t capacity;
};

/* At most capacity attempts at once. */
void attempts_init(struct attempts *attempts, struct arena *arena, size_t capacity);
/* CHECKs that the id is new and that there is room. */
void attempts_add(struct attempts *attempts, struct attempt_out attempt);
/* CHECKs that it is there: nothing ends twice, and nothing that never began. */
struct attempt_out attempts_take(struct attempts *attempts, uint32_t id);

#endif
