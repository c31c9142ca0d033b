#include "core/client/timers.h"

#include "base/check.h"

#include <stdbool.h>

void timers_init(struct timers *timers, struct arena *arena, uint32_t capacity)
{
    *timers = (struct timers){
        .timers = ARENA_ARRAY(arena, struct timer, capacity),
        .order = ARENA_ARRAY(arena, uint32_t, capacity),
        .capacity = capacity,
    };
    for (uint32_t id = 0; id < capacity; id++) {
        timers->timers[id].at = NANOS_NEVER;
    }
}

static bool leaves_before(const struct timers *timers, uint32_t a, uint32_t b)
{
    const struct timer *one = &timers->timers[a];
    const struct timer *other = &timers->timers[b];

    return one->at != other->at ? one->at < other->at : one->sequence < other->sequence;
}

static void put(struct timers *timers, uint32_t place, uint32_t id)
{
    timers->order[place] = id;
    timers->timers[id].place = place;
}

static void rise(struct timers *timers, uint32_t place, uint32_t id)
{
    while (place > 0) {
        uint32_t parent = (place - 1) / 2;
        if (!leaves_before(timers, id, timers->order[parent])) {
            break;
        }
        put(timers, place, timers->order[parent]);
        place = parent;
    }
    put(timers, place, id);
}

static void sink(struct timers *timers, uint32_t place, uint32_t id)
{
    for (uint32_t child = 2 * place + 1; child < timers->count; child = 2 * place + 1) {
        if (child + 1 < timers->count &&
            leaves_before(timers, timers->order[child + 1], timers->order[child])) {
            child++;
        }
        if (!leaves_before(timers, timers->order[child], id)) {
            break;
        }
        put(timers, place, timers->order[child]);
        place = child;
    }
    put(timers, place, id);
}

void timers_set(struct timers *timers, uint32_t id, nanos at)
{
    CHECK(id < timers->capacity);
    struct timer *timer = &timers->timers[id];

    timers_clear(timers, id);
    if (at == NANOS_NEVER) {
        return;
    }
    timer->at = at;
    timer->sequence = timers->sets++;
    rise(timers, timers->count++, id);
}

void timers_clear(struct timers *timers, uint32_t id)
{
    CHECK(id < timers->capacity);
    struct timer *timer = &timers->timers[id];

    if (timer->at == NANOS_NEVER) {
        return;
    }
    timer->at = NANOS_NEVER;
    uint32_t last = timers->order[--timers->count];
    if (last == id) {
        return;
    }
    /* The last one fills the gap, and may have to go either way from there. */
    rise(timers, timer->place, last);
    sink(timers, timers->timers[last].place, last);
}

nanos timers_first(const struct timers *timers, uint32_t *ret_id)
{
    if (timers->count == 0) {
        return NANOS_NEVER;
    }
    *ret_id = timers->order[0];
    return timers->timers[*ret_id].at;
}
