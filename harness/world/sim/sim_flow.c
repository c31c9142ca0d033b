/* What passes through a pair. */
#include "base/check.h"
#include "world/sim/sim_flow_parts.h"

#include <string.h>

#define READ_MAX ((uint64_t)64 << 10)
/* Where bytes may change, fewer are looked at in one go. */
#define LOOK_MAX 2048

static struct flow *flow_of(struct sim_pair *pair, enum proxy_direction way)
{
    return &pair->flows[way == PROXY_OUT];
}

/* ---- faults that came or went ---- */

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
