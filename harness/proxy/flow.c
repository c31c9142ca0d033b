#include "proxy/flow.h"

#include "base/check.h"
#include "world/loop.h"

#include <errno.h>
#include <sys/socket.h>

/* Splices a pass, so that one stream does not starve the others. */
#define BULK_ROUNDS 4
#define BULK_MIN    (16 << 10)

void flow_init(struct flow *flow,
               struct flow_kit *kit,
               enum proxy_direction direction,
               uint64_t seed,
               void (*ring)(struct alarm *alarm, nanos now))
{
    *flow = (struct flow){
        .kit = kit,
        .from_fd = -1,
        .to_fd = -1,
        .alarm = {.ring = ring},
        .again_at = NANOS_NEVER,
    };
    shaper_init(&flow->shaper, direction, seed);
}

static void give_back_splicer(struct flow *flow)
{
    if (flow->splicer != NULL) {
        splicers_return(&flow->kit->splicers, flow->splicer);
        flow->splicer = NULL;
    }
}

static void count_queue(struct flow *flow)
{
    flow->kit->queued += flow->queue.bytes;
    flow->kit->queued -= flow->counted;
    flow->counted = flow->queue.bytes;
}

static void discard(struct flow *flow)
{
    give_back_splicer(flow);
    queue_clear(&flow->queue);
    count_queue(flow);
}

void flow_done(struct flow *flow)
{
    discard(flow);
    alarms_set(&flow->kit->alarms, &flow->alarm, NANOS_NEVER);
    flow->again_at = NANOS_NEVER;
    flow->done = true;
}

static bool is_empty(const struct flow *flow)
{
    return flow->splicer == NULL && flow->queue.first == NULL;
}

static bool has_room(const struct flow *flow)
{
    if (flow->splicer != NULL) {
        return false;
    }
    if (flow->blocked || flow->kit->queued >= FLOW_TOTAL_MAX) {
        return flow->queue.bytes < FLOW_BUFFER;
    }
    return flow->queue.bytes < FLOW_QUEUE_MAX;
}

bool flow_wants_read(const struct flow *flow)
{
    return !flow->done && flow->ending == FLOW_OPEN && !flow->noticed &&
           flow->again_at == NANOS_NEVER && has_room(flow);
}

bool flow_wants_write(const struct flow *flow)
{
    return !flow->done && flow->blocked && !shaper_is_dark(&flow->shaper);
}

static nanos end_time(const struct flow *flow)
{
    return nanos_max(flow->ending_due, flow->held_until);
}

static void set_alarm(struct flow *flow)
{
    nanos at = flow->again_at;

    if (!flow->done && !shaper_is_dark(&flow->shaper)) {
        if (flow->queue.first != NULL && !flow->blocked) {
            at = nanos_min(at, queue_next(&flow->queue));
        }
        if (flow->ending != FLOW_OPEN && is_empty(flow)) {
            at = nanos_min(at, end_time(flow));
        }
    }
    alarms_set(&flow->kit->alarms, &flow->alarm, at);
}

/* Bytes that went, 0: none now, -1: nobody is there. */
static ssize_t judge_write(struct flow *flow, ssize_t gone, size_t wanted)
{
    if (gone >= 0) {
        flow->blocked = (size_t)gone < wanted;
        return gone;
    }
    if (errno == EAGAIN || errno == EINTR) {
        flow->blocked = true;
        return 0;
    }
    return -1;
}

static ssize_t write_bytes(struct flow *flow, const void *data, size_t size)
{
    return judge_write(flow, send(flow->to_fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT), size);
}

static enum flow_state broken(struct flow *flow)
{
    flow_done(flow);
    return FLOW_BROKEN;
}

/* False: nobody is there. */
static bool write_splicer(struct flow *flow)
{
    size_t wanted = flow->splicer->bytes;

    if (judge_write(flow, splicer_drain(flow->splicer, flow->to_fd), wanted) < 0) {
        return false;
    }
    if (flow->splicer->bytes == 0) {
        give_back_splicer(flow);
    }
    return true;
}

static bool write_queue(struct flow *flow, nanos now)
{
    const void *data = NULL;
    size_t size = queue_due(&flow->queue, now, &data);

    while (size > 0 && !flow->blocked) {
        ssize_t gone = write_bytes(flow, data, size);

        if (gone < 0) {
            return false;
        }
        if (gone > 0) {
            queue_sent(&flow->queue, (size_t)gone);
        }
        size = queue_due(&flow->queue, now, &data);
    }
    return true;
}

static enum flow_state finish(struct flow *flow)
{
    enum flow_ending ending = flow->ending;

    flow_done(flow);
    if (ending == FLOW_RST) {
        return FLOW_RESET;
    }
    (void)shutdown(flow->to_fd, SHUT_WR); /* fails only where the other side is gone */
    return FLOW_ON;
}

/* Writes what is due and wanted, then the end. */
static enum flow_state drain(struct flow *flow, nanos now)
{
    if (flow->done || shaper_is_dark(&flow->shaper)) {
        count_queue(flow);
        set_alarm(flow);
        return FLOW_ON;
    }
    if (flow->splicer != NULL && !flow->blocked && !write_splicer(flow)) {
        return broken(flow);
    }
    if (flow->splicer == NULL && !write_queue(flow, now)) {
        return broken(flow);
    }
    count_queue(flow);
    if (flow->ending != FLOW_OPEN && is_empty(flow) && end_time(flow) <= now &&
        (flow->ending == FLOW_RST || !flow->blocked)) {
        return finish(flow);
    }
    set_alarm(flow);
    return FLOW_ON;
}

static void set_ending(struct flow *flow, enum flow_ending ending, nanos due)
{
    flow->ending = ending;
    flow->ending_due = due;
    flow->held_until = 0;
    flow->again_at = NANOS_NEVER;
}

enum flow_state flow_sender_reset(struct flow *flow, nanos now)
{
    if (flow->blocked) {
        discard(flow);
    }
    set_ending(flow, FLOW_RST, shaper_take(&flow->shaper, now, NULL, 0));
    return drain(flow, now);
}

enum flow_state flow_stop_holding(struct flow *flow)
{
    return flow->held_until == 0 ? FLOW_ON : flow_sender_reset(flow, loop_clock());
}

/* After a read that gave nothing. */
static enum flow_state end_of_input(struct flow *flow, ssize_t got)
{
    nanos now = 0;

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        set_alarm(flow);
        return FLOW_ON;
    }
    now = loop_clock();
    if (got < 0 || flow->from_broken) {
        return flow_sender_reset(flow, now);
    }
    set_ending(flow, FLOW_FIN, shaper_take(&flow->shaper, now, NULL, 0));
    flow->held_until = shaper_hold(&flow->shaper, flow->ending_due);
    return drain(flow, now);
}

static enum flow_state read_plain(struct flow *flow)
{
    unsigned char *buffer = flow->kit->buffer;
    ssize_t got = recv(flow->from_fd, buffer, FLOW_BUFFER, MSG_DONTWAIT);
    ssize_t gone = 0;

    if (got <= 0) {
        return end_of_input(flow, got);
    }
    flow->shaper.passed += (size_t)got;
    flow->bulk = (size_t)got == FLOW_BUFFER;
    gone = write_bytes(flow, buffer, (size_t)got);
    if (gone < 0) {
        return broken(flow);
    }
    if (gone < got) {
        queue_push(&flow->queue, flow->shaper.last_due, buffer + gone, (size_t)(got - gone));
        count_queue(flow);
    }
    return FLOW_ON;
}

static enum flow_state read_bulk(struct flow *flow)
{
    for (int round = 0; round < BULK_ROUNDS && !flow->blocked; round++) {
        ssize_t moved = 0;

        if (flow->splicer == NULL) {
            flow->splicer = splicers_borrow(&flow->kit->splicers);
        }
        if (flow->splicer == NULL) {
            return read_plain(flow);
        }
        moved = splicer_fill(flow->splicer, flow->from_fd);
        if (moved <= 0) {
            int os_errno = errno;

            give_back_splicer(flow);
            errno = os_errno;
            return end_of_input(flow, moved);
        }
        flow->shaper.passed += (size_t)moved;
        if (!write_splicer(flow)) {
            return broken(flow);
        }
        if (moved < BULK_MIN) {
            flow->bulk = false;
            break;
        }
    }
    return FLOW_ON;
}

static enum flow_state end_by_fault(struct flow *flow, enum shaper_way way, nanos now, nanos due)
{
    set_ending(flow, way == SHAPER_RESET ? FLOW_RST : FLOW_FIN, due);
    return drain(flow, now);
}

static enum flow_state read_some(struct flow *flow, size_t limit, nanos now)
{
    unsigned char *buffer = flow->kit->buffer;
    ssize_t got = recv(flow->from_fd, buffer, limit, MSG_DONTWAIT);
    enum shaper_way way = SHAPER_PASS;
    nanos due = 0;

    if (got <= 0) {
        return end_of_input(flow, got);
    }
    due = shaper_take(&flow->shaper, now, buffer, (size_t)got);
    queue_push(&flow->queue, due, buffer, (size_t)got);
    way = shaper_ended(&flow->shaper);
    return way == SHAPER_PASS ? drain(flow, now) : end_by_fault(flow, way, now, due);
}

static enum flow_state read_shaped(struct flow *flow, nanos now)
{
    struct shaper_answer answer = shaper_ask(&flow->shaper, now);

    switch (answer.way) {
    case SHAPER_PASS:
        return read_some(flow, answer.bytes < FLOW_BUFFER ? (size_t)answer.bytes : FLOW_BUFFER,
                         now);
    case SHAPER_WAIT:
        flow->again_at = answer.again_at;
        set_alarm(flow);
        return FLOW_ON;
    case SHAPER_HOLD:
        flow->noticed = true;
        return FLOW_ON;
    case SHAPER_RESET:
    case SHAPER_CLOSE:
        return end_by_fault(flow, answer.way, now, nanos_max(now, flow->shaper.last_due));
    }
    CHECK(false);
}

enum flow_state flow_read(struct flow *flow)
{
    if (flow->shaper.shape.plain && !flow->blocked && is_empty(flow)) {
        return flow->bulk ? read_bulk(flow) : read_plain(flow);
    }
    return read_shaped(flow, loop_clock());
}

enum flow_state flow_unblock(struct flow *flow)
{
    flow->blocked = false;
    return drain(flow, loop_clock());
}

enum flow_state flow_wake(struct flow *flow, nanos now)
{
    if (flow->again_at <= now) {
        flow->again_at = NANOS_NEVER;
    }
    return drain(flow, now);
}

enum flow_state flow_follow(struct flow *flow, struct grip *grips, nanos now)
{
    enum shaper_way way = SHAPER_PASS;

    shaper_follow(&flow->shaper, grips, now);
    flow->noticed = false;
    flow->again_at = NANOS_NEVER;
    if (flow->shaper.shape.slow_close == NULL) {
        flow->held_until = 0;
    }
    if (!flow->done && flow->ending == FLOW_OPEN) {
        way = shaper_ended(&flow->shaper);
    }
    if (way == SHAPER_RESET) {
        flow_done(flow);
        return FLOW_RESET;
    }
    if (way == SHAPER_CLOSE) {
        return end_by_fault(flow, way, now, nanos_max(now, flow->shaper.last_due));
    }
    return drain(flow, now);
}
