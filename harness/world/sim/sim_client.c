#include "world/sim/sim_parts.h"

#define BUCKETS         1024 /* a power of two; ids rise one by one */
#define RETRY_AFTER_MAX (86400 * NANOS_PER_S)

void sim_client_init(struct sim *sim)
{
    size_t pairs = (size_t)sim->scenario->client.instances * sim->node_count;
    sim->pools = ARENA_ARRAY(sim->arena, struct sim_pool, pairs);
    sim->buckets = ARENA_ARRAY(sim->arena, struct sim_connection *, BUCKETS);
}

/* ---- whose attempt is where ---- */

static struct sim_connection **place_of(struct sim *sim, uint32_t id)
{
    struct sim_connection **place = &sim->buckets[id % BUCKETS];
    while (*place != NULL && (*place)->what.ref.id != id) {
        place = &(*place)->index_next;
    }
    return place;
}

static void index_add(struct sim *sim, struct sim_connection *connection)
{
    struct sim_connection **place = &sim->buckets[connection->what.ref.id % BUCKETS];
    connection->index_next = *place;
    *place = connection;
}

static void index_remove(struct sim *sim, const struct sim_connection *connection)
{
    struct sim_connection **place = place_of(sim, connection->what.ref.id);
    CHECK(*place == connection);
    *place = connection->index_next;
}

static struct sim_pool *pool_of(struct sim *sim, uint16_t client, uint16_t node)
{
    return &sim->pools[(size_t)client * sim->node_count + node];
}

/* ---- connections ---- */

static void leave_pool(struct sim *sim, struct sim_connection *connection)
{
    struct sim_pool *pool = pool_of(sim, connection->client, connection->node->index);
    struct sim_connection *before = connection->idle_previous;
    struct sim_connection *after = connection->idle_next;
    *(before != NULL ? &before->idle_next : &pool->idle) = after;
    *(after != NULL ? &after->idle_previous : &pool->idle_last) = before;
    connection->idle_next = NULL;
    connection->idle_previous = NULL;
}

/* By age. Its place is at the end after a burst, and near the front otherwise. */
static void join_pool(struct sim *sim, struct sim_connection *connection)
{
    struct sim_pool *pool = pool_of(sim, connection->client, connection->node->index);
    struct sim_connection *after = pool->idle;
    if (pool->idle_last != NULL && pool->idle_last->number < connection->number) {
        after = NULL;
    }
    while (after != NULL && after->number < connection->number) {
        after = after->idle_next;
    }
    struct sim_connection *before = after != NULL ? after->idle_previous : pool->idle_last;
    connection->client_end = SIM_CLIENT_IDLE;
    connection->idle_next = after;
    connection->idle_previous = before;
    *(before != NULL ? &before->idle_next : &pool->idle) = connection;
    *(after != NULL ? &after->idle_previous : &pool->idle_last) = connection;
}

void sim_client_close(struct sim *sim, struct sim_connection *connection)
{
    bool known = connection->client_end != SIM_CLIENT_DIALLING ||
                 connection->node_end != SIM_NODE_UNAWARE || connection->pair != NULL;
    sim_dial_give_up(connection);
    connection->client_end = SIM_CLIENT_CLOSED;
    if (known) {
        sim_send_in(sim, connection, (struct sim_yield){.ending = SIM_FIN});
    }
    sim_connection_settle(sim, connection);
}

/* ---- attempts ---- */

void sim_client_connected(struct sim *sim, struct sim_connection *connection)
{
    connection->client_end = SIM_CLIENT_BUSY;
    connection->sent = true;
    uint32_t bytes = connection->channel != NULL
                         ? sim_stream_request_bytes(connection->channel)
                         : sim_message_of(sim, &connection->what)->request_bytes;
    sim_send_in(sim, connection, (struct sim_yield){.bytes = bytes});
}

void sim_client_start(struct sim *sim, const struct world_attempt *what)
{
    struct sim_pool *pool = pool_of(sim, what->client, what->node);
    bool own = sim_message_of(sim, what)->own_connection;
    struct sim_connection *connection = own ? NULL : pool->idle;
    bool reused = connection != NULL;
    if (reused) {
        leave_pool(sim, connection);
    } else {
        connection = sim_connection_new(sim, &sim->nodes[what->node]);
        connection->own = own;
        connection->client = what->client;
        connection->generation = pool->generation;
    }
    connection->what = *what;
    connection->reused = reused;
    connection->received = 0;
    connection->headers_told = false;
    index_add(sim, connection);
    if (reused) {
        sim_client_connected(sim, connection);
    } else {
        sim_dial(sim, connection);
    }
}

static struct occurrence occurrence_of(const struct sim *sim,
                                       const struct sim_connection *connection)
{
    return (struct occurrence){
        .at = sim->clock,
        .node = connection->what.node,
        .attempt =
            {
                .ref = connection->what.ref,
                .request = connection->what.request,
                .client = connection->what.client,
                .sent = connection->sent,
            },
    };
}

static uint16_t status_seen(const struct sim_exchange *exchange)
{
    return exchange->damage.status != 0 ? exchange->damage.status : exchange->status;
}

static uint64_t hash_seen(const struct sim_exchange *exchange)
{
    const struct sim_damage *damage = &exchange->damage;
    uint64_t hash = exchange->answer_hash;
    if (damage->body != 0) {
        hash = sim_mix(hash, damage->body);
    }
    return damage->cut ? sim_mix(hash, damage->cut_bytes) : hash;
}

static nanos retry_after_seen(const struct sim_exchange *exchange)
{
    nanos seconds = (exchange->decision.retry_after + NANOS_PER_S - 1) / NANOS_PER_S;
    return nanos_min(seconds * NANOS_PER_S, RETRY_AFTER_MAX);
}

static bool is_reusable(const struct sim *sim, const struct sim_connection *connection)
{
    const struct sim_pool *pool =
        &sim->pools[(size_t)connection->client * sim->node_count + connection->node->index];
    return !connection->own && connection->generation == pool->generation &&
           !connection->exchange.damage.cut && !connection->exchange.closes;
}

/* Whole, or as far as the outcome says. */
void sim_client_ends(struct sim *sim, struct sim_connection *connection, enum outcome outcome)
{
    if (connection->channel != NULL) {
        sim_stream_ends(sim, connection, outcome);
        return;
    }
    struct occurrence end = occurrence_of(sim, connection);
    end.kind = OCCURRENCE_ATTEMPT_ENDED;
    end.attempt.outcome = outcome;
    end.attempt.reused = connection->reused;
    end.attempt.begun = connection->received > 0;
    if (outcome == OUTCOME_ANSWER) {
        end.attempt.status = status_seen(&connection->exchange);
        end.attempt.retry_after = retry_after_seen(&connection->exchange);
        end.attempt.body_hash = hash_seen(&connection->exchange);
    }
    index_remove(sim, connection);
    connection->sent = false;
    if (outcome == OUTCOME_ANSWER && is_reusable(sim, connection)) {
        join_pool(sim, connection);
    } else {
        sim_client_close(sim, connection);
    }
    sim_tell(sim, &end);
}

static void tell_headers(struct sim *sim, struct sim_connection *connection)
{
    struct occurrence headers = occurrence_of(sim, connection);
    headers.kind = OCCURRENCE_HEADERS;
    headers.attempt.status = status_seen(&connection->exchange);
    connection->headers_told = true;
    sim_tell(sim, &headers);
}

static uint64_t body_expected(const struct sim_exchange *exchange)
{
    if (exchange->no_body) {
        return 0;
    }
    return exchange->damage.cut ? exchange->damage.cut_bytes : exchange->body_bytes;
}

/* What can be made of the bytes so far. */
static void look(struct sim *sim, struct sim_connection *connection)
{
    const struct sim_exchange *exchange = &connection->exchange;
    if (exchange->damage.no_http) {
        sim_client_ends(sim, connection, OUTCOME_TRUNCATED);
        return;
    }
    if (connection->received < exchange->head_bytes || exchange->damage.endless) {
        return;
    }
    if (connection->what.want_headers && !connection->headers_told) {
        tell_headers(sim, connection);
    }
    if (connection->received >= exchange->head_bytes + body_expected(exchange)) {
        sim_client_ends(sim, connection, OUTCOME_ANSWER);
    }
}

void sim_client_got(struct sim *sim, struct sim_connection *connection, struct sim_yield came)
{
    if (connection->channel != NULL) {
        sim_stream_got(sim, connection, came);
        return;
    }
    if (connection->client_end == SIM_CLIENT_BUSY && came.bytes > 0) {
        connection->received += came.bytes;
        look(sim, connection);
    }
    if (came.ending == SIM_OPEN) {
        return;
    }
    if (connection->client_end == SIM_CLIENT_IDLE) {
        leave_pool(sim, connection);
        sim_client_close(sim, connection);
    } else if (connection->client_end != SIM_CLIENT_CLOSED) {
        bool headers =
            connection->received > 0 && connection->received >= connection->exchange.head_bytes;
        sim_client_ends(sim, connection, headers ? OUTCOME_TRUNCATED : OUTCOME_RESET);
    }
}

bool sim_client_cancel(struct sim *sim, struct attempt_ref ref)
{
    struct sim_connection *connection = *place_of(sim, ref.id);
    CHECK(connection != NULL);
    bool sent = connection->sent;
    index_remove(sim, connection);
    connection->sent = false;
    sim_client_close(sim, connection);
    return sent;
}

void sim_client_drop(struct sim *sim, uint16_t client, uint16_t node)
{
    struct sim_pool *pool = pool_of(sim, client, node);
    pool->generation++;
    while (pool->idle != NULL) {
        struct sim_connection *connection = pool->idle;
        leave_pool(sim, connection);
        sim_client_close(sim, connection);
    }
}
