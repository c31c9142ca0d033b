#include "world/sim/sim_parts.h"

/* Bytes, or the end of a connection, on their way to the next place. */
enum place {
    TO_NODE,
    TO_CLIENT,
    TO_RELAY_IN,  /* from the client */
    TO_RELAY_OUT, /* from the node */
};

struct sim_piece {
    struct sim_alarm alarm; /* first */
    struct sim_piece *next; /* of the free ones */
    struct sim_connection *connection;
    struct sim_yield yield;
    enum place place;
};

nanos sim_hop(struct sim_node *node)
{
    return SIM_HOP + (nanos)(prng_next(&node->prng) >> (64 - SIM_HOP_JITTER_BITS));
}

/* ---- queues ---- */

void sim_queue_push(struct sim_queue *queue, struct sim_connection *connection)
{
    connection->next = NULL;
    *(queue->first == NULL ? &queue->first : &queue->last->next) = connection;
    queue->last = connection;
    queue->count++;
}

struct sim_connection *sim_queue_pop(struct sim_queue *queue)
{
    struct sim_connection *popped = queue->first;
    if (popped != NULL) {
        queue->first = popped->next;
        queue->count--;
        popped->next = NULL;
    }
    return popped;
}

/* ---- memory ---- */

struct sim_connection *sim_connection_new(struct sim *sim, struct sim_node *node)
{
    struct sim_connection *connection = sim->free_connections;
    if (connection == NULL) {
        connection = ARENA_NEW(sim->arena, struct sim_connection);
    } else {
        sim->free_connections = connection->next;
        *connection = (struct sim_connection){.client_end = SIM_CLIENT_DIALLING};
    }
    connection->node = node;
    connection->number = node->opened++;
    connection->node_next = node->connections;
    if (connection->node_next != NULL) {
        connection->node_next->node_previous = connection;
    }
    node->connections = connection;
    return connection;
}

static bool is_held(const struct sim_stream *stream)
{
    return stream->held.bytes > 0 || stream->held.ending != SIM_OPEN;
}

static bool node_is_through(const struct sim_connection *connection)
{
    return connection->node_end == SIM_NODE_CLOSED || connection->node_end == SIM_NODE_UNAWARE;
}

void sim_connection_settle(struct sim *sim, struct sim_connection *connection)
{
    if (connection->client_end != SIM_CLIENT_CLOSED || !node_is_through(connection) ||
        connection->pieces > 0 || connection->dial.item != 0 || connection->knock.item != 0 ||
        is_held(&connection->in) || is_held(&connection->out)) {
        return;
    }
    struct sim_node *node = connection->node;
    if (connection->pair != NULL) {
        sim_pair_free(connection->pair);
    }
    if (connection->channel != NULL) {
        sim_stream_free(sim, connection->channel);
    }
    *(connection->node_previous != NULL ? &connection->node_previous->node_next
                                        : &node->connections) = connection->node_next;
    if (connection->node_next != NULL) {
        connection->node_next->node_previous = connection->node_previous;
    }
    sim_alarm_off(&connection->work);
    sim_alarm_off(&connection->limit);
    sim_alarm_off(&connection->idle);
    sim_alarm_off(&connection->relay);
    connection->next = sim->free_connections;
    sim->free_connections = connection;
}

/* ---- pieces ---- */

static void piece_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_piece *piece = (struct sim_piece *)(void *)alarm;
    struct sim_connection *connection = piece->connection;
    struct sim_yield yield = piece->yield;
    enum place place = piece->place;
    piece->next = sim->free_pieces;
    sim->free_pieces = piece;
    if (place == TO_NODE) {
        sim_stub_got(sim, connection, yield);
    } else if (place == TO_CLIENT) {
        sim_client_got(sim, connection, yield);
    } else {
        sim_relay_got(sim, connection, place == TO_RELAY_IN ? PROXY_IN : PROXY_OUT, yield);
    }
    connection->pieces--;
    sim_connection_settle(sim, connection);
}

static void send_piece(struct sim *sim,
                       struct sim_connection *connection,
                       enum place place,
                       struct sim_yield yield,
                       nanos *last_arrival)
{
    struct sim_piece *piece = sim->free_pieces;
    if (piece == NULL) {
        piece = ARENA_NEW(sim->arena, struct sim_piece);
    } else {
        sim->free_pieces = piece->next;
    }
    *piece = (struct sim_piece){
        .alarm = {.ring = piece_rings},
        .connection = connection,
        .yield = yield,
        .place = place,
    };
    connection->pieces++;
    *last_arrival = nanos_max(*last_arrival, sim->clock + sim_hop(connection->node));
    sim_alarm_set(sim, &piece->alarm, *last_arrival);
}

/* ---- the way on which packets may vanish ---- */

static void hold(struct sim_stream *stream, struct sim_yield sent)
{
    stream->held.bytes += sent.bytes;
    if (sent.ending != SIM_OPEN && stream->held.ending != SIM_RST) {
        stream->held.ending = sent.ending;
    }
}

static enum place place_in(const struct sim_connection *connection)
{
    return connection->pair != NULL ? TO_RELAY_IN : TO_NODE;
}

static void again(struct sim *sim,
                  struct sim_connection *connection,
                  struct sim_stream *stream,
                  enum direction way)
{
    struct sim_yield held = stream->held;
    if (!sim_packet_vanishes(sim, connection, way)) {
        stream->held = (struct sim_yield){.bytes = 0};
        send_piece(sim, connection, way == DIRECTION_IN ? place_in(connection) : TO_CLIENT, held,
                   &stream->last_arrival);
        return;
    }
    stream->wait = nanos_min(stream->wait * 2, SIM_RESEND_MAX);
    if (++stream->tries < SIM_RESEND_TRIES) {
        sim_alarm_set(sim, &stream->again, sim->clock + stream->wait);
        return;
    }
    stream->held = (struct sim_yield){.bytes = 0}; /* the kernel has given up */
    sim_connection_settle(sim, connection);
}

static void in_again(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, in.again, alarm);
    again(sim, connection, &connection->in, DIRECTION_IN);
}

static void out_again(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, out.again, alarm);
    again(sim, connection, &connection->out, DIRECTION_OUT);
}

/* False: it is lost, and will be sent again. */
static bool stream_passes(struct sim *sim,
                          struct sim_connection *connection,
                          enum direction way,
                          struct sim_yield sent)
{
    struct sim_stream *stream = way == DIRECTION_IN ? &connection->in : &connection->out;
    if (sim->rules == NULL && !is_held(stream)) {
        return true;
    }
    if (is_held(stream)) { /* behind what was lost before */
        hold(stream, sent);
        return false;
    }
    if (!sim_packet_vanishes(sim, connection, way)) {
        return true;
    }
    hold(stream, sent);
    stream->wait = SIM_RESEND;
    stream->tries = 0;
    stream->again.ring = way == DIRECTION_IN ? in_again : out_again;
    sim_alarm_set(sim, &stream->again, sim->clock + SIM_RESEND);
    return false;
}

void sim_send_in(struct sim *sim, struct sim_connection *connection, struct sim_yield sent)
{
    if (stream_passes(sim, connection, DIRECTION_IN, sent)) {
        send_piece(sim, connection, place_in(connection), sent, &connection->in.last_arrival);
    }
}

void sim_send_out(struct sim *sim, struct sim_connection *connection, struct sim_yield sent)
{
    if (stream_passes(sim, connection, DIRECTION_OUT, sent)) {
        send_piece(sim, connection, TO_CLIENT, sent, &connection->out.last_arrival);
    }
}

void sim_send_inside(struct sim *sim,
                     struct sim_connection *connection,
                     enum proxy_direction way,
                     struct sim_yield sent)
{
    send_piece(sim, connection, way == PROXY_IN ? TO_NODE : TO_RELAY_OUT, sent,
               &connection->inside_arrival[way == PROXY_OUT]);
}
