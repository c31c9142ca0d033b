#include "world/real_parts.h"

#include "base/check.h"

static nanos hands_now(void *context)
{
    (void)context;
    return loop_clock();
}

static enum process_state hands_state(void *context, uint16_t node)
{
    const struct real *real = context;
    return supervisor_state(real->supervisor, node);
}

static void hands_start(void *context, uint16_t node)
{
    const struct real *real = context;
    supervisor_start(real->supervisor, node);
}

static bool hands_signal(void *context, uint16_t node, int signal)
{
    const struct real *real = context;
    return supervisor_signal(real->supervisor, node, signal);
}

static uint64_t hands_order(void *context, uint16_t node, struct control_order *order)
{
    const struct real *real = context;
    return supervisor_order(real->supervisor, node, order);
}

static uint64_t hands_order_proxy(void *context, struct proxy_order *order)
{
    const struct real *real = context;
    return proxy_link_order(real->proxy, order);
}

static uint64_t hands_hits(void *context, uint16_t node, uint32_t fault)
{
    const struct real *real = context;
    return supervisor_hits(real->supervisor, node, fault);
}

static int hands_drop(void *context,
                      uint32_t rule,
                      uint16_t node,
                      const struct fault_parameters *parameters,
                      struct error *reterr)
{
    const struct real *real = context;
    CHECK(real->filter != NULL);
    return packet_filter_drop(real->filter, rule, real->places.seen[node].port,
                              parameters->direction, parameters->of_ppm, reterr);
}

static int hands_part(void *context,
                      uint32_t rule,
                      const uint8_t *groups,
                      enum direction direction,
                      struct error *reterr)
{
    const struct real *real = context;
    CHECK(real->filter != NULL && real->networks != NULL);
    const struct packet_filter_parts parts = {
        .networks = real->networks,
        .groups = groups,
        .node_count = (uint16_t)real->settings.scenario->node_count,
        .direction = direction,
    };
    return packet_filter_part(real->filter, rule, &parts, reterr);
}

static int hands_pass(void *context, uint32_t rule, uint64_t *ret_packets, struct error *reterr)
{
    const struct real *real = context;
    return packet_filter_pass(real->filter, rule, ret_packets, reterr);
}

const struct injector_hands real_hands = {
    .now = hands_now,
    .state = hands_state,
    .start = hands_start,
    .signal = hands_signal,
    .order = hands_order,
    .order_proxy = hands_order_proxy,
    .hits = hands_hits,
    .drop = hands_drop,
    .part = hands_part,
    .pass = hands_pass,
};
