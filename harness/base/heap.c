#include "base/heap.h"

#include "base/check.h"

static bool leaves_before(const struct heap_item *a, const struct heap_item *b)
{
    return a->at != b->at ? a->at < b->at : a->sequence < b->sequence;
}

void heap_init(struct heap *heap, struct arena *arena, size_t capacity)
{
    *heap = (struct heap){
        .items = ARENA_ARRAY(arena, struct heap_item, capacity),
        .capacity = capacity,
    };
}

void heap_push(struct heap *heap, nanos at, uint64_t id)
{
    CHECK(heap->count < heap->capacity);
    struct heap_item item = {.at = at, .sequence = heap->pushed++, .id = id};
    size_t hole = heap->count++;

    while (hole > 0) {
        size_t parent = (hole - 1) / 2;
        if (!leaves_before(&item, &heap->items[parent])) {
            break;
        }
        heap->items[hole] = heap->items[parent];
        hole = parent;
    }
    heap->items[hole] = item;
}

const struct heap_item *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? &heap->items[0] : NULL;
}

struct heap_item heap_pop(struct heap *heap)
{
    CHECK(heap->count > 0);
    struct heap_item first = heap->items[0];
    struct heap_item last = heap->items[--heap->count];
    size_t hole = 0;

    for (size_t child = 1; child < heap->count; child = 2 * hole + 1) {
        if (child + 1 < heap->count &&
            leaves_before(&heap->items[child + 1], &heap->items[child])) {
            child++;
        }
        if (!leaves_before(&heap->items[child], &last)) {
            break;
        }
        heap->items[hole] = heap->items[child];
        hole = child;
    }
    if (heap->count > 0) {
        heap->items[hole] = last;
    }
    return first;
}
