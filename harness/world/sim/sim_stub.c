#include "world/sim/sim_parts.h"

static void turn_rings(struct sim *sim, struct sim_alarm *alarm);

void sim_stub_init(struct sim_node *node)
{
    node->turn.ring = turn_rings;
}

/* ---- one request at a time ---- */

static void serve(struct sim *sim, struct sim_node *node)
{
    while (sim_node_runs(node) && node->inbox.first != NULL && node->free_at <= sim->clock) {
        node->free_at = sim->clock + SIM_SERVICE;
        struct sim_connection *connection = sim_queue_pop(&node->inbox);
        if (connection->channel != NULL) {
            sim_stream_decide(sim, connection);
        } else {
            sim_answer_decide(sim, connection);
        }
    }
    if (node->inbox.first != NULL && sim_node_runs(node) && node->turn.item == 0) {
        sim_alarm_set(sim, &node->turn, node->free_at);
    }
}

static void turn_rings(struct sim *sim, struct sim_alarm *alarm)
{
    serve(sim, SIM_OF(struct sim_node, turn, alarm));
}

/* ---- connections ---- */

void sim_stub_close(struct sim *sim, struct sim_connection *connection, enum sim_ending ending)
{
    const struct sim_yield end = {.ending = ending};
    connection->node_end = SIM_NODE_CLOSED;
    sim_alarm_off(&connection->work);
    sim_alarm_off(&connection->idle);
    if (connection->pair != NULL) {
        sim_send_inside(sim, connection, PROXY_OUT, end);
    } else {
        sim_send_out(sim, connection, end);
    }
}

/* The stub's library counts whole seconds. */
static nanos idle_limit(const struct sim_connection *connection)
{
    nanos idle = connection->node->settings->stub.idle_close;
    if (idle == NANOS_NEVER) {
        return NANOS_NEVER;
    }
    nanos seconds = (idle + NANOS_PER_S - 1) / NANOS_PER_S;
    return seconds == 0 ? NANOS_NEVER : nanos_add(connection->used_at, seconds * NANOS_PER_S);
}

static void idle_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, idle, alarm);
    if (!sim_node_runs(connection->node)) {
        sim_alarm_set(sim, alarm, sim->clock + SIM_IDLE_LOOK);
    } else if (connection->node_end == SIM_NODE_IDLE && idle_limit(connection) <= sim->clock) {
        sim_stub_close(sim, connection, SIM_FIN);
    } else if (connection->node_end == SIM_NODE_IDLE) {
        sim_alarm_set(sim, alarm, idle_limit(connection));
    }
}

void sim_stub_is_idle(struct sim *sim, struct sim_connection *connection)
{
    connection->node_end = SIM_NODE_IDLE;
    connection->used_at = sim->clock;
    nanos limit = idle_limit(connection);
    if (connection->idle.item == 0 && limit != NANOS_NEVER) {
        connection->idle.ring = idle_rings;
        sim_alarm_set(sim, &connection->idle, limit);
    }
}

bool sim_stub_accept(struct sim *sim, struct sim_connection *connection)
{
    struct sim_node *node = connection->node;
    if (sim_node_runs(node)) {
        sim_stub_is_idle(sim, connection);
        return true;
    }
    if (node->backlog.count > node->settings->stub.backlog) {
        return false;
    }
    connection->node_end = SIM_NODE_QUEUED;
    sim_queue_push(&node->backlog, connection);
    return true;
}

/* A whole request is there. */
static void take_request(struct sim *sim, struct sim_connection *connection)
{
    uint32_t whole = connection->channel != NULL
                         ? sim_stream_request_bytes(connection->channel)
                         : sim_message_of(sim, &connection->what)->request_bytes;
    if (connection->got < whole) {
        return;
    }
    connection->got = 0;
    connection->node_end = SIM_NODE_WAITING;
    sim_queue_push(&connection->node->inbox, connection);
}

/* Nothing is to be done for a client that has left, but what is under way goes on. */
static void notice_leaving(struct sim *sim, struct sim_connection *connection)
{
    bool streams = connection->channel != NULL && connection->node_end != SIM_NODE_WAITING &&
                   connection->node_end != SIM_NODE_CLOSED;
    if (connection->node_end == SIM_NODE_PARKED && !streams) {
        sim_answer_over(sim, connection);
    } else if (connection->node_end == SIM_NODE_IDLE || streams) {
        sim_stub_close(sim, connection, SIM_FIN);
    }
}

void sim_stub_got(struct sim *sim, struct sim_connection *connection, struct sim_yield came)
{
    struct sim_node *node = connection->node;
    if (connection->node_end == SIM_NODE_CLOSED) {
        if (came.bytes > 0) {
            sim_stub_close(sim, connection, SIM_RST);
        }
        return;
    }
    connection->got += came.bytes;
    connection->client_left = connection->client_left || came.ending != SIM_OPEN;
    if (connection->node_end == SIM_NODE_IDLE && came.bytes > 0) {
        take_request(sim, connection);
        serve(sim, node);
    }
    if (connection->client_left && sim_node_runs(node)) {
        notice_leaving(sim, connection);
    }
}

/* ---- the listener, and orders ---- */

static void stop_listening(struct sim *sim, struct sim_node *node)
{
    node->listens = false;
    node->refusing = true;
    for (struct sim_connection *at = node->connections; at != NULL; at = at->node_next) {
        if (at->channel != NULL) {
            sim_stream_refuse(sim, at);
        }
        if (at->node_end == SIM_NODE_IDLE && at->got == 0) {
            sim_stub_close(sim, at, SIM_FIN);
        }
    }
}

static void follow_refuse(struct sim *sim, struct sim_node *node)
{
    bool refuse = behaviours_have(node->behaviours, FAULT_REFUSE);
    if (refuse && node->listens) {
        stop_listening(sim, node);
    } else if (!refuse && !node->listens) {
        node->listens = true;
        node->refusing = false;
    }
}

static void need_behaviours(struct sim *sim, struct sim_node *node)
{
    if (node->behaviours == NULL) {
        node->behaviours = ARENA_NEW(sim->arena, struct behaviours);
        node->behaviours->seed = sim->settings.seed;
        node->hits = ARENA_ARRAY(sim->arena, uint64_t, sim->scenario->fault_count + 1);
    }
}

uint64_t sim_stub_obey(struct sim *sim, struct sim_node *node, const struct control_order *order)
{
    uint64_t hits = 0;
    need_behaviours(sim, node);
    if (order->kind == CONTROL_CLEAR) {
        hits = behaviours_clear(node->behaviours, order->clear);
        node->hits[order->clear] += hits;
    } else {
        CHECK(behaviours_set(node->behaviours, &order->behaviour) == 0);
    }
    follow_refuse(sim, node);
    return hits;
}

/* ---- beginning and end ---- */

void sim_stub_begin(struct sim *sim, struct sim_node *node)
{
    node->ready_at = sim->clock;
    node->listens = true;
    node->refusing = false;
    node->free_at = sim->clock;
}

static void accept_waiting(struct sim *sim, struct sim_node *node)
{
    for (struct sim_connection *at = sim_queue_pop(&node->backlog); at != NULL;
         at = sim_queue_pop(&node->backlog)) {
        sim_stub_is_idle(sim, at);
        take_request(sim, at);
    }
}

void sim_stub_resume(struct sim *sim, struct sim_node *node)
{
    struct sim_queue overdue = node->overdue;
    node->overdue = (struct sim_queue){.first = NULL};
    for (struct sim_connection *at = sim_queue_pop(&overdue); at != NULL;
         at = sim_queue_pop(&overdue)) {
        if (at->channel != NULL) {
            sim_stream_continue(sim, at);
        } else {
            sim_answer_continue(sim, at);
        }
    }
    accept_waiting(sim, node);
    node->free_at = nanos_max(node->free_at, sim->clock);
    serve(sim, node);
    for (struct sim_connection *at = node->connections; at != NULL; at = at->node_next) {
        if (at->client_left) {
            notice_leaving(sim, at);
        }
    }
}

/* What was sent and not read makes the kernel answer the end of the process with a reset. */
static enum sim_ending ending_of(const struct sim_connection *connection)
{
    bool unread = connection->node_end == SIM_NODE_QUEUED ||
                  connection->node_end == SIM_NODE_WAITING || connection->got > 0;
    return unread ? SIM_RST : SIM_FIN;
}

static void end_connections(struct sim *sim, struct sim_node *node)
{
    for (struct sim_connection *at = node->connections; at != NULL; at = at->node_next) {
        if (at->node_end == SIM_NODE_UNAWARE || at->node_end == SIM_NODE_CLOSED) {
            continue;
        }
        bool given_up = at->node_end == SIM_NODE_BUSY || at->node_end == SIM_NODE_PARKED;
        if (node->ends_well && given_up && at->exchange.record != NULL) {
            at->exchange.record->end = sim->clock;
        }
        sim_stub_close(sim, at, ending_of(at));
    }
}

void sim_stub_end(struct sim *sim, struct sim_node *node)
{
    node->listens = false;
    end_connections(sim, node);
    node->backlog = (struct sim_queue){.first = NULL};
    node->overdue = (struct sim_queue){.first = NULL};
    node->inbox = (struct sim_queue){.first = NULL};
    sim_alarm_off(&node->turn);
    if (node->behaviours == NULL) {
        return;
    }
    for (size_t i = 0; i < node->behaviours->count; i++) {
        const struct behaviour *behaviour = &node->behaviours->items[i];
        node->hits[behaviour->order.behaviour] += behaviour->hits;
    }
    node->behaviours->count = 0;
}
