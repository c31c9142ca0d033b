#include "core/client/inflight.h"

#include "base/check.h"

void inflight_init(struct inflight *inflight,
                   struct arena *arena,
                   uint32_t capacity,
                   uint16_t node_count)
{
    CHECK(capacity > 0 && node_count > 0);
    CHECK(capacity < UINT32_MAX - 2 * (uint32_t)node_count - LISTS - 1);
    *inflight = (struct inflight){
        .flights = ARENA_ARRAY(arena, struct flight, capacity),
        .probes = ARENA_ARRAY(arena, struct probe, node_count),
        .free = ARENA_ARRAY(arena, uint32_t, capacity),
        .capacity = capacity,
        .node_count = node_count,
    };
    lists_init(&inflight->lists, arena, capacity, node_count + (uint32_t)LISTS);
    timers_init(&inflight->timers, arena, capacity + node_count + 1);

    while (inflight->free_count < capacity) {
        inflight->free[inflight->free_count] = capacity - 1 - inflight->free_count;
        inflight->free_count++;
    }
    for (uint16_t node = 0; node < node_count; node++) {
        inflight->probes[node].attempt = ATTEMPT_NONE;
    }
}

uint32_t inflight_open(struct inflight *inflight, uint32_t request, nanos deadline, bool retryable)
{
    CHECK(inflight->free_count > 0);
    uint32_t slot = inflight->free[--inflight->free_count];

    inflight->flights[slot] = (struct flight){
        .deadline = deadline,
        .request = request,
        .attempt = ATTEMPT_NONE,
        .last_attempt = ATTEMPT_NONE,
        .last_node = NODE_NONE,
        .last_outcome = OUTCOME_TIMEOUT,
        .node = NODE_NONE,
        .retryable = retryable,
    };
    return slot;
}

void inflight_close(struct inflight *inflight, uint32_t slot)
{
    CHECK(inflight->flights[slot].attempt == ATTEMPT_NONE);
    lists_remove(&inflight->lists, slot);
    timers_clear(&inflight->timers, slot);
    inflight->free[inflight->free_count++] = slot;
}

bool inflight_is_probe(const struct inflight *inflight, struct attempt_ref ref)
{
    return ref.slot >= inflight->capacity;
}

struct flight *inflight_flight(const struct inflight *inflight, struct attempt_ref ref)
{
    CHECK(ref.slot < inflight->capacity);
    struct flight *flight = &inflight->flights[ref.slot];

    CHECK(ref.id != ATTEMPT_NONE && flight->attempt == ref.id);
    return flight;
}

uint16_t inflight_probed(const struct inflight *inflight, struct attempt_ref ref)
{
    CHECK(ref.slot >= inflight->capacity);
    uint32_t node = ref.slot - inflight->capacity;

    CHECK(node < inflight->node_count);
    CHECK(ref.id != ATTEMPT_NONE && inflight->probes[node].attempt == ref.id);
    return (uint16_t)node;
}
