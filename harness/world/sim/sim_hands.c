#include "world/sim/sim_parts.h"

static nanos hands_now(void *context)
{
    const struct sim *sim = context;
    return sim->clock;
}

static enum process_state hands_state(void *context, uint16_t node)
{
    const struct sim *sim = context;
    return sim->nodes[node].state;
}

static void hands_start(void *context, uint16_t node)
{
    struct sim *sim = context;
    sim_process_start(sim, &sim->nodes[node]);
}

static bool hands_signal(void *context, uint16_t node, int signal)
{
    struct sim *sim = context;
    return sim_process_signal(sim, &sim->nodes[node], signal);
}

static uint64_t hands_order(void *context, uint16_t node, struct control_order *order)
{
    struct sim *sim = context;
    return sim_process_order(sim, &sim->nodes[node], order);
}

static uint64_t hands_order_proxy(void *context, struct proxy_order *order)
{
    return sim_relay_order(context, order);
}

static uint64_t hands_hits(void *context, uint16_t node, uint32_t fault)
{
    const struct sim *sim = context;
    return sim_process_hits(&sim->nodes[node], fault);
}

static int hands_drop(void *context,
                      uint32_t rule,
                      uint16_t node,
                      const struct fault_parameters *parameters,
                      struct error *reterr)
{
    (void)reterr;
    sim_rule_add(context, (struct sim_rule){.number = rule,
                                            .node = node,
                                            .direction = parameters->direction,
                                            .of_ppm = parameters->of_ppm});
    return 0;
}

/* Stubs do not talk to each other. */
static int hands_part(void *context,
                      uint32_t rule,
                      const uint8_t *groups,
                      enum direction direction,
                      struct error *reterr)
{
    (void)groups;
    (void)reterr;
    sim_rule_add(context,
                 (struct sim_rule){.number = rule, .node = NODE_NONE, .direction = direction});
    return 0;
}

static int hands_pass(void *context, uint32_t rule, uint64_t *ret_packets, struct error *reterr)
{
    (void)reterr;
    *ret_packets = sim_rule_remove(context, rule);
    return 0;
}

const struct injector_hands sim_hands = {
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
