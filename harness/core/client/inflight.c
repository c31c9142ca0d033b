#include "core/client/inflight.h"

#include "base/check.h"

void inflight_init(struct inflight *inflight,
                   struct arena *arena,
                   uint32_t capacity,
                   uint16_t node_count,
                   bool hedges)
{
    CHECK(capacity > 0 && node_count > 0);
    CHECK(capacity < UINT32_MAX / 2 - 2 * (uint32_t)node_count - LISTS - 1);
    *inflight = (struct inflight){
        .flights = ARENA_ARRAY(arena, struct flight, capacity),
        .probes = ARENA_ARRAY(arena, struct probe, node_count),
        .busy = ARENA_ARRAY(arena, uint32_t, node_count),
        .free = ARENA_ARRAY(arena, uint32_t, capacity),
        .capacity = capacity,
        .node_count = node_count,
        .hedges = hedges,
    };
    lists_init(&inflight->lists, arena, capacity, node_count + (uint32_t)LISTS);
    timers_init(&inflight->timers, arena, capacity * (hedges ? 2 : 1) + node_count + 1);

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

    inflight->used = slot < inflight->used ? inflight->used : slot + 1;
    inflight->flights[slot] = (struct flight){
        .deadline = deadline,
        .again_from = INT64_MIN,
        .request = request,
        .leg = {.attempt = ATTEMPT_NONE, .node = NODE_NONE},
        .other = {.attempt = ATTEMPT_NONE, .node = NODE_NONE},
        .last_attempt = ATTEMPT_NONE,
        .last_node = NODE_NONE,
        .last_outcome = OUTCOME_TIMEOUT,
        .retryable = retryable,
    };
    return slot;
}

void inflight_close(struct inflight *inflight, uint32_t slot)
{
    CHECK(inflight->flights[slot].leg.attempt == ATTEMPT_NONE);
    CHECK(inflight->flights[slot].other.attempt == ATTEMPT_NONE);
    lists_remove(&inflight->lists, slot);
    timers_clear(&inflight->timers, slot);
    inflight->flights[slot].request = REQUEST_NONE;
    inflight->free[inflight->free_count++] = slot;
}

uint32_t inflight_find(const struct inflight *inflight, uint32_t request)
{
    uint32_t slot = 0;

    CHECK(request != REQUEST_NONE);
    while (slot < inflight->used && inflight->flights[slot].request != request) {
        slot++;
    }
    CHECK(slot < inflight->used);
    return slot;
}

static void set_timer(struct inflight *inflight, uint32_t id, const struct leg *leg)
{
    if (leg->attempt != ATTEMPT_NONE) {
        timers_set(&inflight->timers, id, leg->limit);
    } else {
        timers_clear(&inflight->timers, id);
    }
}

void inflight_swap_legs(struct inflight *inflight, uint32_t slot)
{
    struct flight *flight = &inflight->flights[slot];
    struct leg leg = flight->other;

    flight->other = flight->leg;
    flight->leg = leg;
    lists_remove(&inflight->lists, slot);
    if (leg.attempt != ATTEMPT_NONE) {
        lists_append(&inflight->lists, leg.node, slot);
    }
    set_timer(inflight, slot, &flight->leg);
    set_timer(inflight, inflight_hedge_timer(inflight, slot), &flight->other);
}

bool inflight_is_probe(const struct inflight *inflight, struct attempt_ref ref)
{
    return ref.slot >= inflight->capacity;
}

struct flight *inflight_flight(const struct inflight *inflight, struct attempt_ref ref)
{
    CHECK(ref.slot < inflight->capacity);
    struct flight *flight = &inflight->flights[ref.slot];

    CHECK(ref.id != ATTEMPT_NONE);
    CHECK(flight->leg.attempt == ref.id || flight->other.attempt == ref.id);
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
