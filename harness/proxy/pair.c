#include "proxy/pair.h"

#include "base/check.h"
#include "proxy/end.h"
#include "proxy/grips.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

enum node_state {
    NODE_APART, /* nothing reaches the node: not even asked for a connection */
    NODE_CONNECTING,
    NODE_CONNECTED,
    NODE_GONE, /* it refused */
};

struct pair {
    struct pair_owner *owner;
    struct pair *next;
    struct pair *previous;
    struct end client;
    struct end node;
    struct flow in;
    struct flow out;
    struct grip *grips;
    uint64_t number;
    enum node_state state;
};

#define PAIR_OF(pointer, member)                                                                   \
    ((struct pair *)(void *)((char *)(pointer)-offsetof(struct pair, member)))

/* ---- The end of a pair -----------------------------------------------------------------------*/

static void unlink_pair(struct pair *pair)
{
    if (pair->next != NULL) {
        pair->next->previous = pair->previous;
    }
    if (pair->previous != NULL) {
        pair->previous->next = pair->next;
    } else {
        pair->owner->first = pair->next;
    }
    pair->owner->open--;
}

static void pair_close(struct pair *pair)
{
    end_close(&pair->client, pair->owner->loop);
    end_close(&pair->node, pair->owner->loop);
    flow_done(&pair->in);
    flow_done(&pair->out);
    grips_free(&pair->grips);
    unlink_pair(pair);
    free(pair);
}

static void pair_reset(struct pair *pair)
{
    end_make_abrupt(&pair->client);
    end_make_abrupt(&pair->node);
    pair_close(pair);
}

/* ---- What the flows said ---------------------------------------------------------------------*/

/* False: the pair is gone. */
static bool absorb(struct pair *pair, const struct flow *flow, enum flow_state state)
{
    struct flow *other = flow == &pair->in ? &pair->out : &pair->in;

    if (state == FLOW_BROKEN) {
        other->from_broken = true; /* and the socket is heard of */
    }
    if (state == FLOW_RESET || (state == FLOW_BROKEN && other->done)) {
        pair_reset(pair);
        return false;
    }
    if (pair->in.done && pair->out.done) {
        if (pair->in.from_broken || pair->out.from_broken) {
            end_make_abrupt(&pair->client);
            end_make_abrupt(&pair->node);
        }
        pair_close(pair);
        return false;
    }
    return true;
}

static unsigned
interest_of(const struct end *end, const struct flow *reading, const struct flow *writing)
{
    unsigned interest = 0;

    if (flow_wants_read(reading)) {
        interest |= LOOP_READ;
    }
    if (flow_wants_write(writing)) {
        interest |= LOOP_WRITE;
    }
    if (interest == 0 && !end->deaf && !reading->noticed) {
        interest = LOOP_HANGUP;
    }
    return interest;
}

/* What the pair waits for next. */
static void settle(struct pair *pair)
{
    struct loop *loop = pair->owner->loop;
    unsigned client = interest_of(&pair->client, &pair->in, &pair->out);
    unsigned node = interest_of(&pair->node, &pair->out, &pair->in);

    if (pair->state == NODE_APART || pair->state == NODE_GONE) {
        node = 0;
    } else if (pair->state == NODE_CONNECTING) {
        node = LOOP_WRITE;
    }
    if (loop_watch(loop, &pair->client.watch, client, &(struct error){0}) != 0 ||
        loop_watch(loop, &pair->node.watch, node, &(struct error){0}) != 0) {
        pair_reset(pair); /* the kernel is out of memory */
    }
}

/* ---- The node's side -------------------------------------------------------------------------*/

/* The client hears of it as it would hear any answer: late or never, if a fault says so. */
static bool node_refused(struct pair *pair)
{
    end_close(&pair->node, pair->owner->loop);
    pair->state = NODE_GONE;
    flow_done(&pair->in);
    return absorb(pair, &pair->out, flow_sender_reset(&pair->out, loop_clock()));
}

static bool node_connected(struct pair *pair)
{
    pair->state = NODE_CONNECTED;
    return absorb(pair, &pair->in, flow_unblock(&pair->in));
}

/* It may have accepted, answered and reset already: then the answer waits to be read. */
static bool node_answered(struct pair *pair)
{
    int os_errno = end_error(&pair->node);

    if (os_errno == ECONNREFUSED || os_errno == ETIMEDOUT) {
        return node_refused(pair);
    }
    pair->out.from_broken = os_errno != 0;
    return node_connected(pair);
}

static bool node_connect(struct pair *pair)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(pair->owner->node_port),
        .sin_addr.s_addr = htonl(pair->owner->node_address),
    };

    pair->state = NODE_CONNECTING;
    if (connect(pair->node.watch.fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        return node_connected(pair);
    }
    return errno == EINPROGRESS || errno == EINTR || node_refused(pair);
}

/* ---- Events ----------------------------------------------------------------------------------*/

/* An error or hang-up where nobody reads. */
static bool hear(struct pair *pair, struct end *end, struct flow *reading)
{
    struct pollfd state = {.fd = end->watch.fd};

    if (poll(&state, 1, 0) <= 0) {
        return true;
    }
    end->deaf = true;
    if (end_error(end) != 0) {
        reading->from_broken = true;
    }
    if (!reading->from_broken) {
        return true;
    }
    if (!reading->done) {
        return absorb(pair, reading, flow_stop_holding(reading));
    }
    if (shaper_is_dark(&reading->shaper)) {
        return true;
    }
    pair_reset(pair);
    return false;
}

static void end_ready(
    struct pair *pair, struct end *end, struct flow *reading, struct flow *writing, unsigned events)
{
    if ((events & LOOP_WRITE) && flow_wants_write(writing) &&
        !absorb(pair, writing, flow_unblock(writing))) {
        return;
    }
    if ((events & LOOP_READ) && flow_wants_read(reading)) {
        if (!absorb(pair, reading, flow_read(reading))) {
            return;
        }
    } else if ((events & LOOP_READ) && !hear(pair, end, reading)) {
        return;
    }
    settle(pair);
}

static void client_ready(struct loop_watch *watch, unsigned events)
{
    struct pair *pair = PAIR_OF(watch, client.watch);

    end_ready(pair, &pair->client, &pair->in, &pair->out, events);
}

static void node_ready(struct loop_watch *watch, unsigned events)
{
    struct pair *pair = PAIR_OF(watch, node.watch);

    if (pair->state == NODE_CONNECTING) {
        if (node_answered(pair)) {
            settle(pair);
        }
        return;
    }
    end_ready(pair, &pair->node, &pair->out, &pair->in, events);
}

static void in_rings(struct alarm *alarm, nanos now)
{
    struct pair *pair = PAIR_OF(alarm, in.alarm);

    if (absorb(pair, &pair->in, flow_wake(&pair->in, now))) {
        settle(pair);
    }
}

static void out_rings(struct alarm *alarm, nanos now)
{
    struct pair *pair = PAIR_OF(alarm, out.alarm);

    if (absorb(pair, &pair->out, flow_wake(&pair->out, now))) {
        settle(pair);
    }
}

/* ---- Faults ----------------------------------------------------------------------------------*/

static bool add_grip(struct pair *pair, struct fault *fault)
{
    if (!shaper_chooses(&fault->order, pair->owner->seed, pair->number)) {
        return false;
    }
    grips_add(&pair->grips, fault, pair->out.shaper.passed);
    return true;
}

/* False: the pair is gone. */
static bool follow(struct pair *pair, nanos now)
{
    pair->client.deaf = false;
    pair->node.deaf = false;
    if (!absorb(pair, &pair->in, flow_follow(&pair->in, pair->grips, now)) ||
        !absorb(pair, &pair->out, flow_follow(&pair->out, pair->grips, now))) {
        return false;
    }
    return pair->state != NODE_APART || shaper_is_dark(&pair->in.shaper) || node_connect(pair);
}

static void link_pair(struct pair *pair)
{
    struct pair_owner *owner = pair->owner;

    pair->next = owner->first;
    if (owner->first != NULL) {
        owner->first->previous = pair;
    }
    owner->first = pair;
    owner->open++;
}

static struct pair *pair_new(struct pair_owner *owner, int client_fd, int node_fd)
{
    struct pair *pair = calloc(1, sizeof *pair);

    CHECK_MEMORY(pair != NULL);
    pair->owner = owner;
    pair->number = owner->opened++;
    pair->client.watch = (struct loop_watch){.fd = client_fd, .ready = client_ready};
    pair->node.watch = (struct loop_watch){.fd = node_fd, .ready = node_ready};
    flow_init(&pair->in, owner->kit, PROXY_IN, owner->seed + pair->number, in_rings);
    flow_init(&pair->out, owner->kit, PROXY_OUT, owner->seed + pair->number, out_rings);
    pair->in.from_fd = client_fd;
    pair->in.to_fd = node_fd;
    pair->in.blocked = true; /* until the node is connected */
    pair->out.from_fd = node_fd;
    pair->out.to_fd = client_fd;
    link_pair(pair);
    return pair;
}

void pair_open(struct pair_owner *owner,
               int client_fd,
               int node_fd,
               struct fault *const *faults,
               size_t fault_count)
{
    struct pair *pair = pair_new(owner, client_fd, node_fd);

    for (size_t i = 0; i < fault_count; i++) {
        (void)add_grip(pair, faults[i]);
    }
    if (!follow(pair, pair->grips == NULL ? 0 : loop_clock())) {
        return;
    }
    if (pair->in.shaper.shape.blackhole != NULL) {
        grip_touch(pair->in.shaper.shape.blackhole); /* the node never hears of it */
    }
    settle(pair);
}

/* All clients first: a caller must not wait for what is done about those before it. */
static uint64_t reset_at_once(struct pair_owner *owner, struct fault *fault)
{
    uint64_t hits = 0;

    for (struct pair *pair = owner->first; pair != NULL; pair = pair->next) {
        if (shaper_chooses(&fault->order, owner->seed, pair->number)) {
            end_dissolve(&pair->client);
        }
    }
    for (struct pair *pair = owner->first, *next = NULL; pair != NULL; pair = next) {
        next = pair->next;
        if (shaper_chooses(&fault->order, owner->seed, pair->number)) {
            pair_reset(pair);
            hits++;
        }
    }
    fault->hits += hits;
    return hits;
}

uint64_t pairs_set(struct pair_owner *owner, struct fault *fault)
{
    nanos now = loop_clock();
    uint64_t hits = 0;

    if (fault->order.kind == PROXY_FAULT_RESET && fault->order.after_bytes == 0) {
        return reset_at_once(owner, fault);
    }
    for (struct pair *pair = owner->first, *next = NULL; pair != NULL; pair = next) {
        next = pair->next;
        if (add_grip(pair, fault)) {
            hits++;
            if (follow(pair, now)) {
                settle(pair);
            }
        }
    }
    return hits;
}

void pairs_clear(struct pair_owner *owner, const struct fault *fault)
{
    nanos now = loop_clock();

    for (struct pair *pair = owner->first, *next = NULL; pair != NULL; pair = next) {
        next = pair->next;
        if (grips_remove(&pair->grips, fault) && follow(pair, now)) {
            settle(pair);
        }
    }
}

void pairs_close(struct pair_owner *owner)
{
    for (struct pair *pair = owner->first, *next = NULL; pair != NULL; pair = next) {
        next = pair->next;
        pair_close(pair);
    }
}
