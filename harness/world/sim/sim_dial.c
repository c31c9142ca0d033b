#include "world/sim/sim_parts.h"

/* A connection that stands at once needs no look at its limit. */
#define LIMIT_LOOK NANOS_PER_MS

static void limit_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, limit, alarm);
    if (connection->client_end == SIM_CLIENT_DIALLING) {
        sim_client_ends(sim, connection, OUTCOME_CONNECT_TIMEOUT);
    }
}

static void watch_limit(struct sim *sim, struct sim_connection *connection)
{
    nanos limit = connection->what.connect_limit;
    if (limit != NANOS_NEVER && connection->limit.item == 0) {
        connection->limit.ring = limit_rings;
        sim_alarm_set(sim, &connection->limit, nanos_max(limit, sim->clock));
    }
}

/* When a SYN that was lost so often goes out again; NANOS_NEVER: no more. */
static nanos next_dial(const struct sim_connection *connection, uint32_t lost)
{
    if (lost >= SIM_SYN_TRIES) {
        return NANOS_NEVER;
    }
    return connection->dialled_at + ((INT64_C(1) << lost) - 1) * SIM_SYN_AGAIN;
}

/* ---- the client's ---- */

static void answered(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, dial, alarm);
    sim_alarm_off(&connection->limit);
    sim_client_connected(sim, connection);
}

static void refused(struct sim *sim, struct sim_alarm *alarm)
{
    sim_client_ends(sim, SIM_OF(struct sim_connection, dial, alarm), OUTCOME_REFUSED);
}

static void syn_arrives(struct sim *sim, struct sim_alarm *alarm);

static void syn_lost(struct sim *sim, struct sim_connection *connection)
{
    nanos at = next_dial(connection, ++connection->dials);
    if (at == NANOS_NEVER) {
        sim_client_ends(sim, connection, OUTCOME_REFUSED);
        return;
    }
    watch_limit(sim, connection);
    connection->dial.ring = syn_arrives;
    sim_alarm_set(sim, &connection->dial, at + sim_hop(connection->node));
}

static void syn_arrives(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, dial, alarm);
    struct sim_node *node = connection->node;
    if (sim_packet_vanishes(sim, connection, DIRECTION_IN) ||
        sim_packet_vanishes(sim, connection, DIRECTION_OUT)) {
        syn_lost(sim, connection);
        return;
    }
    nanos back = sim->clock + sim_hop(node);
    if (node->relay == NULL && !node->listens) {
        connection->dial.ring = refused;
        sim_alarm_set(sim, &connection->dial, back);
        return;
    }
    if (node->relay == NULL && !sim_stub_accept(sim, connection)) {
        syn_lost(sim, connection);
        return;
    }
    connection->out.last_arrival = back; /* nothing overtakes the handshake */
    connection->dial.ring = answered;
    sim_alarm_set(sim, &connection->dial, back);
    if (node->relay != NULL) {
        sim_relay_accept(sim, connection);
    }
}

void sim_dial(struct sim *sim, struct sim_connection *connection)
{
    connection->dialled_at = sim->clock;
    connection->dials = 0;
    connection->dial.ring = syn_arrives;
    sim_alarm_set(sim, &connection->dial, sim->clock + sim_hop(connection->node));
    if (connection->what.connect_limit <= nanos_add(sim->clock, LIMIT_LOOK)) {
        watch_limit(sim, connection);
    }
}

void sim_dial_give_up(struct sim_connection *connection)
{
    sim_alarm_off(&connection->dial);
    sim_alarm_off(&connection->limit);
}

/* ---- the relay's ---- */

static void relay_answered(struct sim *sim, struct sim_alarm *alarm)
{
    sim_relay_connected(sim, SIM_OF(struct sim_connection, knock, alarm));
}

static void relay_refused(struct sim *sim, struct sim_alarm *alarm)
{
    sim_relay_refused(sim, SIM_OF(struct sim_connection, knock, alarm));
}

static void knock_arrives(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, knock, alarm);
    struct sim_node *node = connection->node;
    nanos at = sim->clock + sim_hop(node);
    if (!node->listens) {
        alarm->ring = relay_refused;
    } else if (sim_stub_accept(sim, connection)) {
        connection->inside_arrival[1] = at;
        alarm->ring = relay_answered;
    } else {
        nanos again = next_dial(connection, ++connection->dials);
        alarm->ring = again == NANOS_NEVER ? relay_refused : knock_arrives;
        at = again == NANOS_NEVER ? at : again + sim_hop(node);
    }
    sim_alarm_set(sim, alarm, at);
}

void sim_dial_from_relay(struct sim *sim, struct sim_connection *connection)
{
    connection->dialled_at = sim->clock;
    connection->dials = 0;
    connection->knock.ring = knock_arrives;
    sim_alarm_set(sim, &connection->knock, sim->clock + sim_hop(connection->node));
}
