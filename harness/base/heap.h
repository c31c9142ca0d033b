/* A binary min-heap of (time, sequence) with a payload id; equal times leave in order of arrival.
 */
#ifndef BASCULE_BASE_HEAP_H
#define BASCULE_BASE_HEAP_H

#include "base/arena.h"
#include "base/nanos.h"

#include <stddef.h>
#include <stdint.h>

struct heap_item {
    nanos at;
    uint64_t sequence; /* given by heap_push */
    uint64_t id;       /* the caller's */
};

/* Never grows: capacity items, taken from the arena at the start. */
struct heap {
    struct heap_item *items;
    size_t count;
    size_t capacity;
    uint64_t pushed;
};

void heap_init(struct heap *heap, struct arena *arena, size_t capacity);
/* CHECKs that there is room. Removal of an arbitrary item is lazy: the caller recognises a stale id
 * when it is popped. */
void heap_push(struct heap *heap, nanos at, uint64_t id);
/* The earliest item, or NULL when empty; valid until the next push or pop. */
const struct heap_item *heap_first(const struct heap *heap);
/* CHECKs that there is one. */
struct heap_item heap_pop(struct heap *heap);

#endif
