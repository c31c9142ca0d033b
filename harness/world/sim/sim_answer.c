#include "world/sim/sim_parts.h"

#include <string.h>

/* Of {"error":"told to answer so","status":503} and of the hint where the leader is. */
enum {
    BODY_FAILURE = 43,
    BODY_NOT_LEADER = 54,
};

#define EMPTY_HASH UINT64_C(0xe3b0c44298fc1c14) /* of no bytes at all */

static void work_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, work, alarm);
    if (sim_node_runs(connection->node)) {
        sim_answer_continue(sim, connection);
    } else if (!connection->node->ending) {
        sim_queue_push(&connection->node->overdue, connection);
    }
}

struct sim_head sim_answer_head(const struct sim_connection *connection)
{
    const struct sim_exchange *exchange = &connection->exchange;
    return (struct sim_head){
        .node = connection->node->settings->name,
        .status = exchange->status,
        .body_bytes = exchange->body_bytes,
        .retry_after = exchange->decision.retry_after,
        .typed = exchange->body_bytes > 0,
    };
}

static void decide_answer(const struct sim *sim, struct sim_connection *connection)
{
    struct sim_exchange *exchange = &connection->exchange;
    const struct sim_node *node = connection->node;
    const struct sim_message *message = exchange->message;
    const struct decision *decision = &exchange->decision;
    exchange->status = message->status;
    exchange->body_bytes = sim_body_bytes(&message->body, node, sim->clock - node->ready_at);
    if (decision->answer != DECISION_NORMAL) {
        exchange->status = decision->status;
        exchange->body_bytes =
            decision->answer == DECISION_WRONG_ROLE ? BODY_NOT_LEADER : BODY_FAILURE;
        if (!answer_has_body(METHOD_GET, decision->status)) {
            exchange->body_bytes = 0;
        }
    }
    exchange->no_body = message->method == METHOD_HEAD;
}

/* Any number will do that tells answers apart. */
static uint64_t answer_hash(const struct sim_connection *connection)
{
    const struct sim_exchange *exchange = &connection->exchange;
    const struct sim_node *node = connection->node;
    if (exchange->no_body || exchange->body_bytes == 0) {
        return EMPTY_HASH;
    }
    uint64_t who =
        (uint64_t)node->index << 32 | (uint64_t)node->incarnation << 16 | exchange->status;
    return sim_mix(sim_mix(exchange->message->path_hash, connection->what.request), who);
}

static void log_exchange(struct sim *sim, struct sim_connection *connection)
{
    struct sim_exchange *exchange = &connection->exchange;
    const struct sim_message *message = exchange->message;
    exchange->record = NULL;
    if (!message->logged) {
        return;
    }
    exchange->record = sim_log_add(sim, &connection->node->log);
    *exchange->record = (struct sim_record){
        .start = sim->clock,
        .end = NANOS_NEVER,
        .body_hash = message->numbered ? sim_mix(message->body_hash, connection->what.request)
                                       : message->body_hash,
        .answer_hash = exchange->answer_hash,
        .request = connection->what.request,
        .incarnation = connection->node->incarnation,
        .status = exchange->status,
        .method = (uint8_t)message->method,
        .executed = exchange->decision.execute,
        .cut = exchange->decision.cut != CUT_NONE,
    };
}

static struct decision decide(struct sim_node *node, const struct sim_message *message)
{
    if (node->behaviours == NULL || node->behaviours->count == 0) {
        return (struct decision){.answer = DECISION_NORMAL, .execute = true};
    }
    return behaviours_decide(node->behaviours, (struct behaviour_request){.method = message->method,
                                                                          .path = message->path});
}

/* Each request's own, then those that the scenario wrote. */
static size_t key_of(const struct sim *sim, const struct sim_connection *connection)
{
    const struct sim_message *message = connection->exchange.message;

    return message->own_key ? scenario_request_count(sim->scenario) + message->key
                            : connection->what.request;
}

/* A node executes a key once in the life of its process. */
static void replay(const struct sim *sim, struct sim_connection *connection)
{
    struct sim_node *node = connection->node;
    struct sim_exchange *exchange = &connection->exchange;
    size_t keys = scenario_request_count(sim->scenario) + sim->scenario->traffic.request_count;
    size_t bytes = keys / 8 + 1;
    if (!exchange->message->keyed || !exchange->decision.execute) {
        return;
    }
    if (node->replays == NULL) {
        node->replays = ARENA_ARRAY(sim->arena, uint8_t, bytes);
    } else if (node->replays_of != node->incarnation) {
        memset(node->replays, 0, bytes);
    }
    node->replays_of = node->incarnation;
    size_t key = key_of(sim, connection);
    uint8_t bit = (uint8_t)(1U << (key % 8));
    exchange->decision.execute = (node->replays[key / 8] & bit) == 0;
    node->replays[key / 8] |= bit;
}

void sim_answer_decide(struct sim *sim, struct sim_connection *connection)
{
    struct sim_node *node = connection->node;
    struct sim_exchange *exchange = &connection->exchange;
    const struct sim_message *message = sim_message_of(sim, &connection->what);
    uint64_t base = exchange->base + exchange->sent;
    *exchange = (struct sim_exchange){
        .message = message,
        .decision = decide(node, message),
        .base = base,
        .closes = node->refusing,
    };
    if (exchange->decision.answer == DECISION_SILENCE) {
        connection->node_end = SIM_NODE_PARKED;
        if (connection->client_left) {
            sim_answer_over(sim, connection);
        }
        return;
    }
    replay(sim, connection);
    decide_answer(sim, connection);
    const struct sim_head head = sim_answer_head(connection);
    exchange->head_bytes = sim_head_bytes(&head);
    exchange->limit =
        exchange->no_body ? 0 : decision_limit(&exchange->decision, exchange->body_bytes);
    exchange->answer_hash = answer_hash(connection);
    log_exchange(sim, connection);
    connection->node_end = SIM_NODE_BUSY;
    connection->work.ring = work_rings;
    nanos late = nanos_add(node->settings->stub.latency, exchange->decision.delay);
    sim_alarm_set(sim, &connection->work, nanos_add(sim->clock + SIM_SERVICE, late));
}

/* ---- the bytes ---- */

static void emit(struct sim *sim, struct sim_connection *connection, uint64_t bytes)
{
    const struct sim_yield yield = {.bytes = bytes};
    connection->exchange.sent += bytes;
    if (connection->pair != NULL) {
        sim_send_inside(sim, connection, PROXY_OUT, yield);
    } else {
        sim_send_out(sim, connection, yield);
    }
}

/* How much of the body may have left by now. */
static uint64_t body_allowed(struct sim *sim, struct sim_exchange *exchange)
{
    if (exchange->decision.rate_bytes == 0) {
        return exchange->limit;
    }
    if (exchange->sent == 0) {
        exchange->body_start = sim->clock;
    }
    uint64_t allowed =
        trickle_allowed(sim->clock - exchange->body_start, exchange->decision.rate_bytes);
    return allowed < exchange->limit ? allowed : exchange->limit;
}

void sim_answer_over(struct sim *sim, struct sim_connection *connection)
{
    struct sim_exchange *exchange = &connection->exchange;
    bool closes = connection->client_left || exchange->closes || connection->own ||
                  connection->node->refusing || exchange->decision.answer == DECISION_SILENCE ||
                  exchange->decision.cut != CUT_NONE;
    if (exchange->record != NULL) {
        exchange->record->end = sim->clock;
    }
    if (closes) {
        sim_stub_close(sim, connection, SIM_FIN);
    } else {
        sim_stub_is_idle(sim, connection);
    }
}

void sim_answer_continue(struct sim *sim, struct sim_connection *connection)
{
    struct sim_exchange *exchange = &connection->exchange;
    exchange->closes = exchange->closes || connection->node->refusing;
    uint64_t until = exchange->head_bytes + body_allowed(sim, exchange);
    if (until > exchange->sent) {
        emit(sim, connection, until - exchange->sent);
    }
    uint64_t body_sent = exchange->sent - exchange->head_bytes;
    bool left = connection->client_left;
    if (!left && body_sent < exchange->limit) {
        sim_alarm_set(sim, &connection->work,
                      exchange->body_start + trickle_due(body_sent, exchange->decision.rate_bytes));
    } else if (!left && exchange->decision.cut == CUT_STALL) {
        connection->node_end = SIM_NODE_PARKED;
    } else {
        sim_answer_over(sim, connection);
    }
}
