/* The relays with their faults, the pairs in them, and which faults have hold of which pairs. */
#include "world/sim/sim_flow_parts.h"

/* ---- faults ---- */

struct sim_relay *sim_relay_new(struct arena *arena, uint64_t seed)
{
    struct sim_relay *relay = ARENA_NEW(arena, struct sim_relay);
    relay->arena = arena;
    relay->seed = seed;
    return relay;
}

static bool add_grip(struct sim_pair *pair, struct fault *fault)
{
    struct sim_relay *relay = pair->relay;
    if (!shaper_chooses(&fault->order, relay->seed, pair->number)) {
        return false;
    }
    struct grip *grip = relay->free_grips;
    if (grip == NULL) {
        grip = ARENA_NEW(relay->arena, struct grip);
    } else {
        relay->free_grips = grip->next;
    }
    *grip = (struct grip){.fault = fault, .from_bytes = pair->flows[1].shaper.passed};
    struct grip **place = &pair->grips;
    while (*place != NULL) {
        place = &(*place)->next;
    }
    *place = grip;
    pair->stale = true;
    return true;
}

static void remove_grip(struct sim_pair *pair, const struct fault *fault)
{
    struct grip **place = &pair->grips;
    while (*place != NULL && (*place)->fault != fault) {
        place = &(*place)->next;
    }
    struct grip *grip = *place;
    if (grip == NULL) {
        return;
    }
    *place = grip->next;
    grip->next = pair->relay->free_grips;
    pair->relay->free_grips = grip;
    pair->stale = true;
}

static size_t find_fault(const struct sim_relay *relay, uint32_t fault)
{
    size_t i = 0;
    while (i < relay->fault_count && relay->faults[i]->order.fault != fault) {
        i++;
    }
    return i;
}

bool sim_relay_set(struct sim_relay *relay, const struct proxy_fault *order, uint64_t *ret_hits)
{
    *ret_hits = 0;
    if (!shaper_knows(order) || relay->fault_count == SIM_FLOW_FAULTS_MAX ||
        find_fault(relay, order->fault) < relay->fault_count) {
        return false;
    }
    struct fault *fault = ARENA_NEW(relay->arena, struct fault);
    fault->order = *order;
    relay->faults[relay->fault_count++] = fault;
    for (struct sim_pair *pair = relay->first; pair != NULL; pair = pair->next) {
        *ret_hits += add_grip(pair, fault);
    }
    return true;
}

uint64_t sim_relay_clear(struct sim_relay *relay, uint32_t fault)
{
    size_t at = find_fault(relay, fault);
    if (at == relay->fault_count) {
        return 0;
    }
    struct fault *cleared = relay->faults[at];
    relay->fault_count--;
    for (size_t i = at; i < relay->fault_count; i++) {
        relay->faults[i] = relay->faults[i + 1];
    }
    for (struct sim_pair *pair = relay->first; pair != NULL; pair = pair->next) {
        remove_grip(pair, cleared);
    }
    return cleared->hits;
}

/* ---- pairs ---- */

struct sim_pair *sim_pair_new(struct sim_relay *relay,
                              void *owner,
                              void (*flipped)(void *owner, uint64_t place, unsigned char bit))
{
    struct sim_pair *pair = relay->free_pairs;
    if (pair == NULL) {
        pair = ARENA_NEW(relay->arena, struct sim_pair);
    } else {
        relay->free_pairs = pair->next;
    }
    *pair = (struct sim_pair){
        .relay = relay,
        .next = relay->first,
        .owner = owner,
        .flipped = flipped,
        .number = relay->opened++,
    };
    shaper_init(&pair->flows[0].shaper, PROXY_IN, relay->seed + pair->number);
    shaper_init(&pair->flows[1].shaper, PROXY_OUT, relay->seed + pair->number);
    if (pair->next != NULL) {
        pair->next->previous = pair;
    }
    relay->first = pair;
    for (size_t i = 0; i < relay->fault_count; i++) {
        (void)add_grip(pair, relay->faults[i]);
    }
    return pair;
}

static void free_chunks(struct sim_relay *relay, struct flow *flow)
{
    if (flow->first != NULL) {
        flow->last->next = relay->free_chunks;
        relay->free_chunks = flow->first;
    }
    flow->first = NULL;
}

void sim_pair_free(struct sim_pair *pair)
{
    struct sim_relay *relay = pair->relay;
    while (pair->grips != NULL) {
        remove_grip(pair, pair->grips->fault);
    }
    free_chunks(relay, &pair->flows[0]);
    free_chunks(relay, &pair->flows[1]);
    *(pair->previous != NULL ? &pair->previous->next : &relay->first) = pair->next;
    if (pair->next != NULL) {
        pair->next->previous = pair->previous;
    }
    pair->next = relay->free_pairs;
    relay->free_pairs = pair;
}

bool sim_pair_is_stale(const struct sim_pair *pair)
{
    return pair->stale;
}

struct sim_pair *sim_relay_pairs(struct sim_relay *relay)
{
    return relay->first;
}

struct sim_pair *sim_pair_next(struct sim_pair *pair)
{
    return pair->next;
}

void *sim_pair_owner(struct sim_pair *pair)
{
    return pair->owner;
}
