/* Long-lived streams. The node decides what comes when by the stub's own rules; on the way an item
   (an event, or a sign of life) is so many bytes, and the receiver knows where each ends. */
#include "backends-stub/stream.h"
#include "world/sim/sim_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STATUS_OPEN     200
#define STATUS_UPGRADED 101
#define RETRY_MAX       NANOS_PER_S
#define ITEMS_MIN       16 /* a power of two, as are all numbers of them */

enum {
    REQUEST_BYTES = 220,
    HEAD_BYTES = 180,
    FRAME_BYTES = 2, /* before a short message */
};

enum item_kind {
    ITEM_EVENT,
    ITEM_LIFE,
    ITEM_RETRY,
};

/* Said by the node, and not yet heard by the client. */
struct item {
    uint64_t end; /* bytes of the body up to here */
    uint64_t event;
    enum item_kind kind;
};

/* One opening of a stream: what was asked, and how far either end is. */
struct sim_channel {
    struct sim_channel *next; /* of the free ones */
    struct sim_connection *connection;
    struct world_stream what;
    const char *path; /* without the query */

    struct stream stream;
    struct decision decision; /* of the opening */
    uint16_t status;          /* 0: no answer yet */
    bool begun;               /* the answer's head has left */
    bool ends_well;           /* the node has said that there is no more */
    uint64_t said;            /* bytes of all items */
    struct item *items;       /* a ring that grows */
    size_t first, count, capacity;

    nanos retry; /* that the client was told */
    bool opened; /* it knows */
};

/* ---- items ---- */

static void grow(struct sim *sim, struct sim_channel *channel)
{
    size_t capacity = channel->capacity == 0 ? ITEMS_MIN : channel->capacity * 2;
    struct item *items = ARENA_ARRAY(sim->arena, struct item, capacity);
    for (size_t i = 0; i < channel->count; i++) {
        items[i] = channel->items[(channel->first + i) & (channel->capacity - 1)];
    }
    channel->items = items;
    channel->capacity = capacity;
    channel->first = 0;
}

static void
say(struct sim *sim, struct sim_channel *channel, enum item_kind kind, uint64_t event, size_t bytes)
{
    char text[STREAM_BYTES_MAX];
    if (channel->count == channel->capacity) {
        grow(sim, channel);
    }
    memset(text, 0, bytes);
    stream_put(&channel->stream, text, bytes, sim->clock);
    channel->said += bytes;
    channel->items[(channel->first + channel->count++) & (channel->capacity - 1)] =
        (struct item){.end = channel->said, .event = event, .kind = kind};
}

static size_t event_bytes(const struct sim_channel *channel, uint64_t event)
{
    const char *node = channel->connection->node->settings->name;
    bool sse = channel->what.kind == STREAM_SSE;
    int text = snprintf(NULL, 0, "{\"event\":%" PRIu64 ",\"node\":\"%s\"}", event, node);
    int around = sse ? snprintf(NULL, 0, "id: %" PRIu64 "\ndata: \n\n", event) : FRAME_BYTES;
    return (size_t)text + (size_t)around;
}

static void say_item(struct sim *sim, struct sim_channel *channel, uint64_t event)
{
    if (event == STREAM_EVENT_NONE) {
        say(sim, channel, ITEM_LIFE, 0, channel->what.kind == STREAM_SSE ? 3 : FRAME_BYTES);
    } else {
        say(sim, channel, ITEM_EVENT, event, event_bytes(channel, event));
    }
}

/* ---- the client's end ---- */

void sim_streams_init(struct sim *sim)
{
    uint32_t callers = scenario_stream_callers(&sim->scenario->traffic);
    sim->channels = ARENA_ARRAY(sim->arena, struct sim_channel *, callers + 1);
}

void sim_stream_start(struct sim *sim, const struct world_stream *what)
{
    struct sim_channel *channel = sim->free_channels;
    if (channel == NULL) {
        channel = ARENA_NEW(sim->arena, struct sim_channel);
    } else {
        sim->free_channels = channel->next;
    }
    size_t path = strcspn(what->path, "?");
    struct item *items = channel->items;
    size_t capacity = channel->capacity;
    *channel = (struct sim_channel){
        .items = items,
        .capacity = capacity,
        .connection = sim_connection_new(sim, &sim->nodes[what->node]),
        .what = *what,
        .path = what->path[path] == '\0' ? what->path : arena_copy(sim->arena, what->path, path),
    };
    CHECK(sim->channels[what->ref.stream] == NULL);
    sim->channels[what->ref.stream] = channel;
    struct sim_connection *connection = channel->connection;
    connection->channel = channel;
    connection->own = true;
    connection->client = what->client;
    connection->what = (struct world_attempt){
        .connect_limit = what->connect_limit,
        .request = REQUEST_NONE,
        .client = what->client,
        .node = what->node,
    };
    sim_dial(sim, connection);
}

uint32_t sim_stream_request_bytes(const struct sim_channel *channel)
{
    return REQUEST_BYTES + (uint32_t)strlen(channel->path);
}

void sim_stream_free(struct sim *sim, struct sim_channel *channel)
{
    channel->next = sim->free_channels;
    sim->free_channels = channel;
}

static struct occurrence
occurrence_of(const struct sim *sim, const struct sim_channel *channel, enum occurrence_kind kind)
{
    return (struct occurrence){
        .at = sim->clock,
        .kind = kind,
        .node = channel->what.node,
        .stream = {.ref = channel->what.ref},
    };
}

void sim_stream_ends(struct sim *sim, struct sim_connection *connection, enum outcome outcome)
{
    const struct sim_channel *channel = connection->channel;
    struct occurrence end = occurrence_of(sim, channel, OCCURRENCE_STREAM_ENDED);
    end.stream.outcome = outcome;
    end.stream.retry = channel->retry;
    end.stream.status = channel->opened || outcome == OUTCOME_ANSWER ? channel->status : 0;
    sim->channels[channel->what.ref.stream] = NULL;
    sim_client_close(sim, connection);
    sim_tell(sim, &end);
}

void sim_stream_close(struct sim *sim, struct stream_ref ref)
{
    struct sim_channel *channel = sim->channels[ref.stream];
    CHECK(channel != NULL && channel->what.ref.id == ref.id);
    sim->channels[ref.stream] = NULL;
    sim_client_close(sim, channel->connection);
}

static bool is_open(const struct sim_channel *channel)
{
    return channel->status == STATUS_OPEN || channel->status == STATUS_UPGRADED;
}

static void hear(struct sim *sim, struct sim_channel *channel, struct item item)
{
    bool is_event = item.kind == ITEM_EVENT;
    struct occurrence heard =
        occurrence_of(sim, channel, is_event ? OCCURRENCE_STREAM_EVENT : OCCURRENCE_STREAM_ALIVE);
    heard.stream.number = item.event;
    if (item.kind == ITEM_RETRY) {
        channel->retry = nanos_min(channel->what.interval, RETRY_MAX);
    }
    sim_tell(sim, &heard);
}

/* What can be made of the bytes so far. False: it is over. */
static bool look(struct sim *sim, struct sim_connection *connection)
{
    struct sim_channel *channel = connection->channel;
    if (connection->received < HEAD_BYTES) {
        return true;
    }
    if (!is_open(channel)) {
        sim_stream_ends(sim, connection, OUTCOME_ANSWER);
        return false;
    }
    if (!channel->opened) {
        struct occurrence opened = occurrence_of(sim, channel, OCCURRENCE_STREAM_OPENED);
        opened.stream.status = channel->status;
        channel->opened = true;
        sim_tell(sim, &opened);
    }
    while (channel->count > 0 &&
           connection->received >= HEAD_BYTES + channel->items[channel->first].end) {
        hear(sim, channel, channel->items[channel->first]);
        channel->first = (channel->first + 1) & (channel->capacity - 1);
        channel->count--;
    }
    return true;
}

void sim_stream_got(struct sim *sim, struct sim_connection *connection, struct sim_yield came)
{
    if (connection->client_end == SIM_CLIENT_CLOSED) {
        return;
    }
    connection->received += came.bytes;
    if (came.bytes > 0 && !look(sim, connection)) {
        return;
    }
    if (came.ending == SIM_OPEN) {
        return;
    }
    const struct sim_channel *channel = connection->channel;
    enum outcome lost = channel->opened ? OUTCOME_TRUNCATED : OUTCOME_RESET;
    bool whole = channel->ends_well && came.ending == SIM_FIN && channel->count == 0;
    sim_stream_ends(sim, connection, whole ? OUTCOME_ANSWER : lost);
}

/* ---- the node's end ---- */

static void emit(struct sim *sim, struct sim_connection *connection, uint64_t bytes)
{
    const struct sim_yield yield = {.bytes = bytes};
    if (connection->pair != NULL) {
        sim_send_inside(sim, connection, PROXY_OUT, yield);
    } else {
        sim_send_out(sim, connection, yield);
    }
}

static struct decision decide(struct sim_node *node, const struct sim_channel *channel)
{
    if (node->behaviours == NULL || node->behaviours->count == 0) {
        return (struct decision){.answer = DECISION_NORMAL, .execute = true};
    }
    return behaviours_decide(
        node->behaviours, (struct behaviour_request){.method = METHOD_GET, .path = channel->path});
}

static void stream_work_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_connection *connection = SIM_OF(struct sim_connection, work, alarm);
    if (sim_node_runs(connection->node)) {
        sim_stream_continue(sim, connection);
    } else if (!connection->node->ending) {
        sim_queue_push(&connection->node->overdue, connection);
    }
}

void sim_stream_decide(struct sim *sim, struct sim_connection *connection)
{
    struct sim_channel *channel = connection->channel;
    struct sim_node *node = connection->node;
    connection->got = 0;
    channel->decision = decide(node, channel);
    if (channel->decision.answer == DECISION_SILENCE) {
        connection->node_end = SIM_NODE_PARKED;
        return;
    }
    uint16_t open = channel->what.kind == STREAM_SSE ? STATUS_OPEN : STATUS_UPGRADED;
    channel->status = channel->decision.answer == DECISION_NORMAL ? open : channel->decision.status;
    /* A stub notes the opening in its log, but a stream names no run, so no journal tells of it. */
    connection->node_end = SIM_NODE_BUSY;
    connection->work.ring = stream_work_rings;
    nanos late = nanos_add(node->settings->stub.latency, channel->decision.delay);
    sim_alarm_set(sim, &connection->work, nanos_add(sim->clock + SIM_SERVICE, late));
}

static void begin(struct sim *sim, struct sim_connection *connection)
{
    struct sim_channel *channel = connection->channel;
    uint64_t last = channel->what.last_event != 0 ? channel->what.last_event : STREAM_EVENT_NONE;
    channel->begun = true;
    emit(sim, connection, HEAD_BYTES);
    stream_open(&channel->stream, channel->what.interval, last, &channel->decision, sim->clock);
    if (channel->what.kind == STREAM_SSE) {
        nanos retry = nanos_min(channel->what.interval, RETRY_MAX) / NANOS_PER_MS;
        say(sim, channel, ITEM_RETRY, 0,
            (size_t)snprintf(NULL, 0, "retry: %" PRId64 "\n\n", retry));
    }
}

/* The same steps as the stub's. False: no more for now. */
static bool advance(struct sim *sim, struct sim_connection *connection)
{
    struct sim_channel *channel = connection->channel;
    struct stream *stream = &channel->stream;
    const char *bytes = NULL;
    uint64_t event = 0;
    switch (stream_turn(stream, sim->clock)) {
    case STREAM_SEND: {
        size_t length = stream_ready(stream, sim->clock, &bytes);
        stream_sent(stream, length, sim->clock);
        emit(sim, connection, length);
        return true;
    }
    case STREAM_DECIDE: {
        const struct decision decision = decide(connection->node, channel);
        if (stream_decide(stream, &decision, sim->clock, &event) == 0) {
            say_item(sim, channel, event);
        }
        return true;
    }
    case STREAM_WAIT:
        sim_alarm_set(sim, &connection->work, nanos_max(stream_wake(stream), sim->clock));
        return false;
    case STREAM_OVER:
        break;
    }
    if (stream->phase == STREAM_CLOSED) {
        sim_stub_close(sim, connection, SIM_FIN);
    } else {
        connection->node_end = SIM_NODE_PARKED;
    }
    return false;
}

void sim_stream_continue(struct sim *sim, struct sim_connection *connection)
{
    struct sim_channel *channel = connection->channel;
    if (connection->client_left) {
        sim_stub_close(sim, connection, SIM_FIN);
        return;
    }
    if (!is_open(channel)) {
        emit(sim, connection, HEAD_BYTES);
        sim_stub_close(sim, connection, SIM_FIN);
        return;
    }
    if (!channel->begun) {
        begin(sim, connection);
    }
    while (advance(sim, connection)) {
    }
}

void sim_stream_refuse(struct sim *sim, struct sim_connection *connection)
{
    struct sim_channel *channel = connection->channel;
    if (connection->node_end == SIM_NODE_BUSY && channel->begun) {
        channel->ends_well = true;
        sim_stub_close(sim, connection, SIM_FIN);
    }
}
