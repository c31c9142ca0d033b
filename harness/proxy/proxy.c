#include "proxy/proxy.h"

#include "base/check.h"
#include "proxy/proxy_control.h"
#include "proxy/relay.h"
#include "world/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define DESCRIPTORS_SPARE (32 + 2 * (uint32_t)SPLICERS_SPARE)

/* So many events in one turn, and an order may wait behind thousands more. */
#define CROWD 32

struct proxy {
    struct loop *loop;
    struct flow_kit kit;
    struct loop_watch control;
    bool control_ready;
    bool started;
    bool done;
    uint64_t pairs_max;
    struct relay *relays[PROXY_RELAYS_MAX];
    size_t relay_count;
};

static void control_ready(struct loop_watch *watch, unsigned events)
{
    struct proxy *proxy = (struct proxy *)(void *)((char *)watch - offsetof(struct proxy, control));

    (void)events;
    proxy->control_ready = true;
}

static struct relay *find_relay(const struct proxy *proxy, uint16_t node)
{
    for (size_t i = 0; i < proxy->relay_count; i++) {
        if (proxy->relays[i]->order.node == node) {
            return proxy->relays[i];
        }
    }
    return NULL;
}

static void answer(struct proxy *proxy,
                   const struct proxy_order *order,
                   enum proxy_report_kind kind,
                   uint64_t hits)
{
    proxy_control_send(proxy->control.fd, (struct proxy_report){
                                              .kind = kind,
                                              .sequence = order->sequence,
                                              .at = loop_clock(),
                                              .hits = hits,
                                          });
}

static int fail(struct proxy *proxy, const struct proxy_order *order, uint16_t node, int os_errno)
{
    proxy_control_send(proxy->control.fd, (struct proxy_report){
                                              .kind = PROXY_FAILED,
                                              .sequence = order->sequence,
                                              .at = loop_clock(),
                                              .node = node,
                                              .os_errno = os_errno,
                                          });
    return -1;
}

static int add_relay(struct proxy *proxy, const struct proxy_relay *order, struct error *reterr)
{
    struct relay *relay = NULL;

    if (proxy->started || proxy->relay_count == PROXY_RELAYS_MAX ||
        find_relay(proxy, order->node) != NULL) {
        return error_plain(reterr, "a relay for node %u makes no sense", (unsigned)order->node);
    }
    relay = calloc(1, sizeof *relay);
    CHECK_MEMORY(relay != NULL);
    relay_init(relay, order, proxy->loop, &proxy->kit, proxy->pairs_max);
    proxy->relays[proxy->relay_count++] = relay;
    return 0;
}

static int start(struct proxy *proxy, const struct proxy_order *order, struct error *reterr)
{
    if (proxy->started) {
        return error_plain(reterr, "the proxy was started twice");
    }
    proxy->started = true;
    for (size_t i = 0; i < proxy->relay_count; i++) {
        if (relay_listen(proxy->relays[i], order->start.seed, reterr) != 0) {
            return fail(proxy, order, proxy->relays[i]->order.node, reterr->os_errno);
        }
    }
    answer(proxy, order, PROXY_READY, 0);
    return 0;
}

static int change_fault(struct proxy *proxy, const struct proxy_order *order, struct error *reterr)
{
    bool set = order->kind == PROXY_SET;
    uint16_t node = set ? order->fault.node : order->clear.node;
    struct relay *relay = find_relay(proxy, node);
    uint64_t hits = 0;
    int status = 0;

    if (!proxy->started || relay == NULL) {
        return error_plain(reterr, "an order for node %u came out of place", (unsigned)node);
    }
    status = set ? relay_set(relay, &order->fault, &hits, reterr)
                 : relay_clear(relay, order->clear.fault, &hits, reterr);
    if (status != 0) {
        return fail(proxy, order, node, reterr->os_errno);
    }
    answer(proxy, order, PROXY_ACK, hits);
    return 0;
}

static int obey(struct proxy *proxy, const struct proxy_order *order, struct error *reterr)
{
    if (order->kind == PROXY_RELAY) {
        return add_relay(proxy, &order->relay, reterr);
    }
    if (order->kind == PROXY_START) {
        return start(proxy, order, reterr);
    }
    if (order->kind == PROXY_SET || order->kind == PROXY_CLEAR) {
        return change_fault(proxy, order, reterr);
    }
    return error_plain(reterr, "an order of kind %u is unknown", (unsigned)order->kind);
}

static int take_orders(struct proxy *proxy, struct error *reterr)
{
    struct proxy_order order;
    int got = 0;

    proxy->control_ready = false;
    got = proxy_control_receive(proxy->control.fd, &order, reterr);
    while (got > 0) {
        if (obey(proxy, &order, reterr) != 0) {
            return -1;
        }
        got = proxy_control_receive(proxy->control.fd, &order, reterr);
    }
    proxy->done = proxy->done || got == 0;
    return error_is_set(reterr) ? -1 : 0;
}

static int run_turn(struct proxy *proxy, struct error *reterr)
{
    bool crowded = loop_wait(proxy->loop, alarms_next(&proxy->kit.alarms)) >= CROWD;

    if (loop_signal(proxy->loop) != 0) {
        proxy->done = true;
        return 0;
    }
    if ((proxy->control_ready || crowded) && take_orders(proxy, reterr) != 0) {
        return -1;
    }
    if (alarms_next(&proxy->kit.alarms) != NANOS_NEVER) {
        alarms_ring(&proxy->kit.alarms, loop_clock());
    }
    return 0;
}

static int proxy_init(struct proxy *proxy, int control_fd, struct error *reterr)
{
    static const int signals[] = {SIGTERM};

    proxy->control = (struct loop_watch){.fd = control_fd, .ready = control_ready};
    proxy->loop = loop_new(reterr);
    if (proxy->loop == NULL || loop_take_signals(proxy->loop, signals, 1, reterr) != 0) {
        return -1;
    }
    return loop_watch(proxy->loop, &proxy->control, LOOP_READ, reterr);
}

static void proxy_free(struct proxy *proxy)
{
    for (size_t i = 0; i < proxy->relay_count; i++) {
        relay_done(proxy->relays[i]);
        free(proxy->relays[i]);
    }
    splicers_done(&proxy->kit.splicers);
    alarms_done(&proxy->kit.alarms);
    loop_free(proxy->loop);
    (void)close(proxy->control.fd);
    free(proxy);
}

int proxy_run(int control_fd, uint32_t descriptor_max, struct error *reterr)
{
    struct proxy *proxy = calloc(1, sizeof *proxy);
    int status = 0;

    CHECK(proxy != NULL && descriptor_max > 2 * DESCRIPTORS_SPARE);
    proxy->pairs_max = (descriptor_max - DESCRIPTORS_SPARE) / 2;
    status = proxy_init(proxy, control_fd, reterr);
    while (status == 0 && !proxy->done) {
        status = run_turn(proxy, reterr);
    }
    proxy_free(proxy);
    return status;
}
