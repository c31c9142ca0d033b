#include "world/sim/sim_parts.h"

struct sim_proxy_order {
    struct sim_proxy_order *next;
    struct proxy_order order;
};

static void relay_reset(struct sim *sim, struct sim_connection *connection)
{
    const struct sim_yield reset = {.ending = SIM_RST};
    connection->relay_over = true;
    sim_alarm_off(&connection->relay);
    sim_alarm_off(&connection->knock);
    sim_send_out(sim, connection, reset);
    if (connection->node_end != SIM_NODE_UNAWARE) {
        sim_send_inside(sim, connection, PROXY_IN, reset);
    }
}

static void relay_rings(struct sim *sim, struct sim_alarm *alarm);

/* False: the connection was reset. */
static bool pass(struct sim *sim, struct sim_connection *connection, enum proxy_direction way)
{
    struct sim_yield yield = sim_pair_take(connection->pair, way, sim->clock);
    bool reset = yield.ending == SIM_RST;
    if (reset) {
        yield.ending = SIM_OPEN;
    }
    if (yield.bytes > 0 || yield.ending != SIM_OPEN) {
        if (way == PROXY_IN) {
            sim_send_inside(sim, connection, PROXY_IN, yield);
        } else {
            sim_send_out(sim, connection, yield);
        }
    }
    if (reset) {
        relay_reset(sim, connection);
    }
    return !reset;
}

static void run(struct sim *sim, struct sim_connection *connection)
{
    struct sim_pair *pair = connection->pair;
    if (connection->relay_over || !pass(sim, connection, PROXY_IN) ||
        !pass(sim, connection, PROXY_OUT)) {
        return;
    }
    nanos at = nanos_min(sim_pair_next_at(pair, PROXY_IN), sim_pair_next_at(pair, PROXY_OUT));
    if (at == NANOS_NEVER) {
        sim_alarm_off(&connection->relay);
        return;
    }
    connection->relay.ring = relay_rings;
    sim_alarm_set(sim, &connection->relay, nanos_max(at, sim->clock));
}

static void relay_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, relay, alarm);
    run(sim, connection);
    sim_connection_settle(sim, connection);
}

/* The faults on it are new, or changed. */
static void follow(struct sim *sim, struct sim_connection *connection)
{
    if (connection->relay_over) {
        return;
    }
    if (sim_pair_follow(connection->pair, sim->clock) == SIM_RST) {
        relay_reset(sim, connection);
        return;
    }
    run(sim, connection);
}

static void flipped(void *owner, uint64_t place, unsigned char bit)
{
    struct sim_connection *connection = owner;
    struct sim_exchange *exchange = &connection->exchange;
    if (place < exchange->base || exchange->message == NULL) {
        return; /* of an answer that nobody waits for any more */
    }
    const struct sim_head head = sim_answer_head(connection);
    sim_damage_add(&exchange->damage, &head, place - exchange->base, bit);
}

void sim_relay_accept(struct sim *sim, struct sim_connection *connection)
{
    connection->pair = sim_pair_new(connection->node->relay, connection, flipped);
    connection->relay_over = false;
    sim_pair_block(connection->pair, PROXY_IN, true);
    if (sim_pair_is_stale(connection->pair)) {
        follow(sim, connection);
    }
    if (!connection->relay_over) {
        sim_dial_from_relay(sim, connection);
    }
}

void sim_relay_connected(struct sim *sim, struct sim_connection *connection)
{
    sim_pair_block(connection->pair, PROXY_IN, false);
    run(sim, connection);
    sim_connection_settle(sim, connection);
}

void sim_relay_refused(struct sim *sim, struct sim_connection *connection)
{
    sim_pair_add(connection->pair, PROXY_OUT, (struct sim_yield){.ending = SIM_RST});
    run(sim, connection);
    sim_connection_settle(sim, connection);
}

void sim_relay_got(struct sim *sim,
                   struct sim_connection *connection,
                   enum proxy_direction way,
                   struct sim_yield came)
{
    if (connection->relay_over) {
        return;
    }
    sim_pair_add(connection->pair, way, came);
    run(sim, connection);
}

/* ---- orders ---- */

static uint64_t obey(struct sim *sim, const struct proxy_order *order)
{
    uint64_t hits = 0;
    bool set = order->kind == PROXY_SET;
    struct sim_relay *relay = sim->nodes[set ? order->fault.node : order->clear.node].relay;
    if (set) {
        CHECK(sim_relay_set(relay, &order->fault, &hits));
    } else {
        hits = sim_relay_clear(relay, order->clear.fault);
    }
    for (struct sim_pair *pair = sim_relay_pairs(relay), *next = NULL; pair != NULL; pair = next) {
        next = sim_pair_next(pair);
        if (sim_pair_is_stale(pair)) {
            follow(sim, sim_pair_owner(pair));
        }
    }
    return hits;
}

static void mail_arrives(struct sim *sim, struct sim_alarm *alarm)
{
    (void)alarm;
    while (sim->proxy_orders != NULL) {
        struct sim_proxy_order *mail = sim->proxy_orders;
        sim->proxy_orders = mail->next;
        const struct proxy_event ack = {
            .at = sim->clock,
            .kind = PROXY_EVENT_ACK,
            .sequence = mail->order.sequence,
            .hits = obey(sim, &mail->order),
        };
        injector_see_proxy(sim->injector, &ack);
    }
    sim_injector_touched(sim);
}

uint64_t sim_relay_order(struct sim *sim, const struct proxy_order *order)
{
    struct sim_proxy_order *mail = ARENA_NEW(sim->arena, struct sim_proxy_order);
    mail->order = *order;
    mail->order.sequence = ++sim->proxy_sequence;
    if (sim->proxy_orders == NULL) {
        sim->proxy_orders_last = &sim->proxy_orders;
        sim->proxy_mail.ring = mail_arrives;
        sim_alarm_set(sim, &sim->proxy_mail, sim->clock + SIM_ORDER);
    }
    *sim->proxy_orders_last = mail;
    sim->proxy_orders_last = &mail->next;
    return mail->order.sequence;
}
