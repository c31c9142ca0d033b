#include "world/sim/sim_flow.h"

#include "base/check.h"
#include "proxy/shaper.h"

#include <string.h>

#define FAULTS_MAX 64 /* in force at once, as in the proxy */
#define READ_MAX   ((uint64_t)64 << 10)
/* Where bytes may change, fewer are looked at in one go. */
#define LOOK_MAX   2048

/* Bytes that were read and are due later. */
struct chunk {
    struct chunk *next;
    nanos due;
    uint64_t bytes;
};

struct flow {
    struct shaper shaper;
    struct sim_yield came; /* and was not read yet */
    struct chunk *first;
    struct chunk *last;
    nanos again_at; /* throttled until then */
    enum sim_ending ending;
    nanos ending_due;
    nanos held_until; /* the end by FIN waits for that, too; 0: nothing holds it back */
    bool held;        /* until the faults change */
    bool blocked;
    bool done;
};

struct sim_pair {
    struct sim_relay *relay;
    struct sim_pair *next;
    struct sim_pair *previous;
    void *owner;
    void (*flipped)(void *owner, uint64_t place, unsigned char bit);
    struct grip *grips;
    uint64_t number;
    bool stale;
    struct flow flows[2]; /* in, out */
};

struct sim_relay {
    struct arena *arena;
    uint64_t seed;
    uint64_t opened;
    struct sim_pair *first;
    struct sim_pair *free_pairs;
    struct grip *free_grips;
    struct chunk *free_chunks;
    struct fault *faults[FAULTS_MAX]; /* in the order in which they were set */
    size_t fault_count;
};

static struct flow *flow_of(struct sim_pair *pair, enum proxy_direction way)
{
    return &pair->flows[way == PROXY_OUT];
}

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
    *grip = (struct grip){.fault = fault, .from_bytes = flow_of(pair, PROXY_OUT)->shaper.passed};
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
    if (!shaper_knows(order) || relay->fault_count == FAULTS_MAX ||
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

static void set_ending(struct flow *flow, enum sim_ending ending, nanos due)
{
    flow->ending = ending;
    flow->ending_due = due;
}

static enum sim_ending flow_follow(struct flow *flow, struct grip *grips, nanos now)
{
    shaper_follow(&flow->shaper, grips, now);
    flow->held = false;
    flow->again_at = 0;
    if (flow->shaper.shape.slow_close == NULL) {
        flow->held_until = 0;
    }
    if (flow->done || flow->ending != SIM_OPEN) {
        return SIM_OPEN;
    }
    enum shaper_way way = shaper_ended(&flow->shaper);
    if (way == SHAPER_CLOSE) {
        set_ending(flow, SIM_FIN, nanos_max(now, flow->shaper.last_due));
    }
    return way == SHAPER_RESET ? SIM_RST : SIM_OPEN;
}

enum sim_ending sim_pair_follow(struct sim_pair *pair, nanos now)
{
    pair->stale = false;
    if (flow_follow(&pair->flows[0], pair->grips, now) == SIM_RST ||
        flow_follow(&pair->flows[1], pair->grips, now) == SIM_RST) {
        return SIM_RST;
    }
    return SIM_OPEN;
}

/* ---- what passes ---- */

/* The sender ended, or was reset: only an end in good order can be held back. */
static void sender_ended(struct flow *flow, enum sim_ending ending, nanos now)
{
    set_ending(flow, ending, shaper_take(&flow->shaper, now, NULL, 0));
    flow->held_until = ending == SIM_FIN ? shaper_hold(&flow->shaper, flow->ending_due) : 0;
}

static nanos end_time(const struct flow *flow)
{
    return nanos_max(flow->ending_due, flow->held_until);
}

void sim_pair_add(struct sim_pair *pair, enum proxy_direction way, struct sim_yield came)
{
    struct flow *flow = flow_of(pair, way);
    flow->came.bytes += came.bytes;
    if (flow->came.ending != SIM_RST) {
        flow->came.ending = came.ending != SIM_OPEN ? came.ending : flow->came.ending;
    }
}

void sim_pair_block(struct sim_pair *pair, enum proxy_direction way, bool blocked)
{
    flow_of(pair, way)->blocked = blocked;
}

/* What the shaper changes in so many bytes that are all zero. */
static nanos take_looking(struct sim_pair *pair, struct flow *flow, nanos now, uint64_t bytes)
{
    unsigned char data[LOOK_MAX];
    uint64_t place = flow->shaper.passed;
    memset(data, 0, (size_t)bytes);
    nanos due = shaper_take(&flow->shaper, now, data, (size_t)bytes);
    for (uint64_t i = 0; i < bytes; i++) {
        if (data[i] != 0) {
            pair->flipped(pair->owner, place + i, data[i]);
        }
    }
    return due;
}

static void push(struct sim_relay *relay, struct flow *flow, nanos due, uint64_t bytes)
{
    if (flow->first != NULL && flow->last->due == due) {
        flow->last->bytes += bytes;
        return;
    }
    struct chunk *chunk = relay->free_chunks;
    if (chunk == NULL) {
        chunk = ARENA_NEW(relay->arena, struct chunk);
    } else {
        relay->free_chunks = chunk->next;
    }
    *chunk = (struct chunk){.due = due, .bytes = bytes};
    *(flow->first == NULL ? &flow->first : &flow->last->next) = chunk;
    flow->last = chunk;
}

static void read_some(struct sim_pair *pair, struct flow *flow, nanos now, uint64_t limit)
{
    bool looking = flow->shaper.shape.corrupt != NULL;
    uint64_t most = looking ? LOOK_MAX : READ_MAX;
    uint64_t bytes = limit < flow->came.bytes ? limit : flow->came.bytes;
    bytes = bytes < most ? bytes : most;
    flow->came.bytes -= bytes;
    nanos due = looking ? take_looking(pair, flow, now, bytes)
                        : shaper_take(&flow->shaper, now, NULL, (size_t)bytes);
    push(pair->relay, flow, due, bytes);
    enum shaper_way way = shaper_ended(&flow->shaper);
    if (way != SHAPER_PASS) {
        set_ending(flow, way == SHAPER_RESET ? SIM_RST : SIM_FIN, due);
    }
}

static void read_shaped(struct sim_pair *pair, struct flow *flow, nanos now)
{
    struct shaper_answer answer = shaper_ask(&flow->shaper, now);
    switch (answer.way) {
    case SHAPER_PASS:
        read_some(pair, flow, now, answer.bytes);
        return;
    case SHAPER_WAIT:
        flow->again_at = answer.again_at;
        return;
    case SHAPER_HOLD:
        flow->held = true;
        return;
    case SHAPER_RESET:
    case SHAPER_CLOSE:
        set_ending(flow, answer.way == SHAPER_RESET ? SIM_RST : SIM_FIN,
                   nanos_max(now, flow->shaper.last_due));
        return;
    }
    CHECK(false && "a way that is known");
}

static bool may_read(const struct flow *flow, nanos now)
{
    return flow->ending == SIM_OPEN && !flow->held && flow->again_at <= now;
}

static struct sim_yield leave(struct sim_pair *pair, struct flow *flow, nanos now)
{
    struct sim_yield yield = {.bytes = 0};
    while (flow->first != NULL && flow->first->due <= now) {
        struct chunk *gone = flow->first;
        flow->first = gone->next;
        yield.bytes += gone->bytes;
        gone->next = pair->relay->free_chunks;
        pair->relay->free_chunks = gone;
    }
    if (flow->first == NULL && flow->ending != SIM_OPEN && end_time(flow) <= now) {
        yield.ending = flow->ending;
        flow->done = true;
    }
    return yield;
}

struct sim_yield sim_pair_take(struct sim_pair *pair, enum proxy_direction way, nanos now)
{
    struct flow *flow = flow_of(pair, way);
    if (flow->done || flow->blocked) {
        return (struct sim_yield){.bytes = 0};
    }
    if (flow->held_until > 0 && flow->came.ending == SIM_RST) {
        sender_ended(flow, SIM_RST, now);
    }
    bool ends_late = flow->shaper.shape.slow_close != NULL && flow->came.ending != SIM_OPEN;
    if (flow->shaper.shape.plain && !ends_late && flow->first == NULL && flow->ending == SIM_OPEN) {
        struct sim_yield all = flow->came;
        flow->shaper.passed += all.bytes;
        flow->came = (struct sim_yield){.bytes = 0};
        flow->done = all.ending != SIM_OPEN;
        return all;
    }
    while (may_read(flow, now) && flow->came.bytes > 0) {
        read_shaped(pair, flow, now);
    }
    if (may_read(flow, now) && flow->came.ending != SIM_OPEN) {
        sender_ended(flow, flow->came.ending, now);
    }
    return leave(pair, flow, now);
}

nanos sim_pair_next_at(const struct sim_pair *pair, enum proxy_direction way)
{
    const struct flow *flow = &pair->flows[way == PROXY_OUT];
    nanos at = NANOS_NEVER;
    if (flow->done || flow->blocked) {
        return at;
    }
    if (flow->first != NULL) {
        at = flow->first->due;
    } else if (flow->ending != SIM_OPEN) {
        return end_time(flow);
    }
    bool waits = flow->came.bytes > 0 || flow->came.ending != SIM_OPEN;
    if (waits && flow->ending == SIM_OPEN && !flow->held) {
        at = nanos_min(at, flow->again_at);
    }
    return at;
}
