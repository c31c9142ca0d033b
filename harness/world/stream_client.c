#include "world/stream_client.h"

#include "base/check.h"
#include "core/stream/sse_parser.h"
#include "world/websocket_link.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BUFFER_BYTES (SSE_DATA_MAX + 1)
#define GREETING_MAX 64
#define STATUS_OK    200

_Static_assert(BUFFER_BYTES >= WEBSOCKET_MESSAGE_MAX, "one buffer does for either kind");

/* One opening, used again and again. */
struct channel {
    struct channel *next; /* of those in use, or of the free ones */
    struct channel *previous;
    struct stream_client *client;
    struct world_stream what;
    char *buffer; /* BUFFER_BYTES, of which the kernel gives what is used */

    struct http_client_attempt *attempt; /* of an event stream */
    struct http_client_sink sink;
    struct sse_parser parser;
    uint16_t status;
    const char *why;

    struct websocket_link *link; /* of a WebSocket */
    char greeting[GREETING_MAX];
    bool waits_for_resume; /* what comes before is not meant for us */
};

struct stream_client {
    struct stream_client_settings settings;
    const char **targets;      /* by entry of the traffic: path with the interval */
    struct channel **channels; /* by the stream's number; NULL: not open */
    struct channel *in_use;
    struct channel *free;
    uint64_t opened;
};

/* ---- what is reported ---- */

static void
report(const struct channel *channel, nanos at, enum occurrence_kind kind, uint64_t number)
{
    const struct stream_client_settings *settings = &channel->client->settings;
    const struct occurrence occurrence = {
        .at = at,
        .kind = kind,
        .node = channel->what.node,
        .stream = {.ref = channel->what.ref, .number = number, .status = channel->status},
    };
    settings->report(settings->context, &occurrence);
}

static void give_back(struct channel *channel)
{
    struct stream_client *client = channel->client;
    client->channels[channel->what.ref.stream] = NULL;
    *(channel->previous != NULL ? &channel->previous->next : &client->in_use) = channel->next;
    if (channel->next != NULL) {
        channel->next->previous = channel->previous;
    }
    channel->next = client->free;
    client->free = channel;
}

static void report_end(struct channel *channel, nanos at, enum outcome outcome, const char *why)
{
    const struct stream_client_settings *settings = &channel->client->settings;
    const bool has_browser_delay = channel->what.kind == STREAM_SSE && channel->parser.retry > 0 &&
                                   channel->parser.retry != NANOS_NEVER;
    const struct occurrence end = {
        .at = at,
        .kind = OCCURRENCE_STREAM_ENDED,
        .node = channel->what.node,
        .stream = {.why = why,
                   .retry = has_browser_delay ? channel->parser.retry : 0,
                   .ref = channel->what.ref,
                   .status = channel->status,
                   .outcome = outcome},
    };
    give_back(channel);
    settings->report(settings->context, &end);
}

/* ---- Server-Sent Events ---- */

static bool is_event_stream(const char *type)
{
    static const char wanted[] = "text/event-stream";
    size_t length = sizeof wanted - 1;
    return type != NULL && strncasecmp(type, wanted, length) == 0 &&
           (type[length] == '\0' || type[length] == ';' || type[length] == ' ');
}

static bool sse_headers(void *context, uint16_t status, const char *content_type)
{
    struct channel *channel = context;
    channel->status = status;
    if (status == STATUS_OK && !is_event_stream(content_type)) {
        channel->why = "it is no event stream";
        return false;
    }
    if (status != STATUS_OK) {
        return false;
    }
    report(channel, loop_clock(), OCCURRENCE_STREAM_OPENED, 0);
    return true;
}

/* 0: it has no number. */
static uint64_t number_of(const char *id)
{
    char *end = NULL;
    if (id[0] < '0' || id[0] > '9') {
        return 0;
    }
    unsigned long long number = strtoull(id, &end, 10);
    return *end == '\0' && number != ULLONG_MAX ? number : 0;
}

static bool sse_body(void *context, const char *bytes, size_t length)
{
    struct channel *channel = context;
    const char *at = bytes;
    const char *end = bytes + length;
    nanos now = loop_clock();
    bool any = false;
    for (;;) {
        struct sse_event event;
        enum sse_step step = sse_parser_step(&channel->parser, &at, end, &event);
        if (step == SSE_BROKEN) {
            channel->why = channel->parser.why;
            return false;
        }
        if (step == SSE_MORE) {
            break;
        }
        any = true;
        report(channel, now, OCCURRENCE_STREAM_EVENT, number_of(event.id));
    }
    if (!any) {
        report(channel, now, OCCURRENCE_STREAM_ALIVE, 0);
    }
    return true;
}

static void sse_ended(void *context, enum outcome outcome, nanos at)
{
    struct channel *channel = context;
    bool refused = channel->status != 0 && channel->status != STATUS_OK;
    channel->attempt = NULL;
    report_end(channel, at, refused ? OUTCOME_ANSWER : outcome, channel->why);
}

static nanos open_sse(struct channel *channel, const char *target)
{
    nanos started = 0;
    sse_parser_init(&channel->parser, channel->buffer, BUFFER_BYTES);
    channel->sink = (struct http_client_sink){
        .headers = sse_headers, .body = sse_body, .ended = sse_ended, .context = channel};
    const struct http_client_opening opening = {
        .path = target,
        .last_event = channel->what.last_event,
        .connect_limit = channel->what.connect_limit,
        .client = channel->what.client,
        .node = channel->what.node,
        .sink = &channel->sink,
    };
    channel->attempt = http_client_open(channel->client->settings.http, &opening, &started);
    return started;
}

/* ---- WebSocket ---- */

static void websocket_opened(void *context, uint16_t status)
{
    struct channel *channel = context;
    channel->status = status;
    report(channel, loop_clock(), OCCURRENCE_STREAM_OPENED, 0);
}

/* {"event":N,...} and {"resumed":N,...}; anything else is a sign of life. */
static void take_text(struct channel *channel, const struct websocket_message *message)
{
    json_t *value = json_loadb(message->bytes, message->length, JSON_REJECT_DUPLICATES, NULL);
    const json_t *event = json_object_get(value, "event");
    if (json_object_get(value, "resumed") != NULL) {
        channel->waits_for_resume = false;
    }
    if (json_is_integer(event) && json_integer_value(event) > 0 && !channel->waits_for_resume) {
        report(channel, loop_clock(), OCCURRENCE_STREAM_EVENT, (uint64_t)json_integer_value(event));
    } else {
        report(channel, loop_clock(), OCCURRENCE_STREAM_ALIVE, 0);
    }
    json_decref(value);
}

static void websocket_message(void *context, const struct websocket_message *message)
{
    struct channel *channel = context;
    if (message->kind == WEBSOCKET_TEXT) {
        take_text(channel, message);
    } else if (message->kind != WEBSOCKET_CLOSE) {
        report(channel, loop_clock(), OCCURRENCE_STREAM_ALIVE, 0);
    }
}

static void websocket_ended(void *context, const struct websocket_link_end *end)
{
    struct channel *channel = context;
    channel->status = end->status;
    report_end(channel, end->at, end->outcome, end->why);
}

static nanos open_websocket(struct channel *channel, const char *target)
{
    struct stream_client *client = channel->client;
    bool resumes = channel->what.last_event != 0;
    if (resumes) {
        (void)snprintf(channel->greeting, sizeof channel->greeting, "{\"resume\":%llu}",
                       (unsigned long long)channel->what.last_event);
    }
    channel->waits_for_resume = resumes;
    const struct node_place *place = node_places_seen(client->settings.places, channel->what.node);
    if (place->prefix[0] != '\0') {
        target = arena_printf(client->settings.arena, "%s%s", place->prefix, target);
    }
    const struct websocket_link_settings link = {
        .loop = client->settings.loop,
        .address = place->address,
        .port = place->port,
        .host = place->authority,
        .path = target,
        .greeting = resumes ? channel->greeting : NULL,
        .connect_limit = channel->what.connect_limit,
        .seed = client->settings.seed + client->opened,
        .buffer = channel->buffer,
        .capacity = BUFFER_BYTES,
        .opened = websocket_opened,
        .message = websocket_message,
        .ended = websocket_ended,
        .context = channel,
    };
    nanos started = loop_clock();
    channel->link = websocket_link_new(&link);
    return started;
}

/* ---- openings ---- */

struct stream_client *stream_client_new(const struct stream_client_settings *settings)
{
    struct arena *arena = settings->arena;
    const struct traffic *traffic = &settings->scenario->traffic;
    struct stream_client *client = ARENA_NEW(arena, struct stream_client);

    client->settings = *settings;
    client->channels = ARENA_ARRAY(arena, struct channel *, scenario_stream_callers(traffic) + 1);
    client->targets = ARENA_ARRAY(arena, const char *, traffic->stream_count + 1);
    for (size_t i = 0; i < traffic->stream_count; i++) {
        const struct traffic_stream *stream = &traffic->streams[i];
        char interval[NANOS_TEXT_MAX];
        client->targets[i] = arena_printf(arena, "%s%cinterval=%s", stream->path,
                                          strchr(stream->path, '?') != NULL ? '&' : '?',
                                          nanos_text(stream->interval, interval));
    }
    return client;
}

static void shut(struct channel *channel)
{
    if (channel->attempt != NULL) {
        http_client_close(channel->client->settings.http, channel->attempt);
        channel->attempt = NULL;
    }
    channel->link = websocket_link_free(channel->link);
}

struct stream_client *stream_client_free(struct stream_client *client)
{
    if (client == NULL) {
        return NULL;
    }
    for (struct channel *channel = client->in_use; channel != NULL; channel = channel->next) {
        shut(channel);
        free(channel->buffer);
    }
    for (struct channel *channel = client->free; channel != NULL; channel = channel->next) {
        shut(channel);
        free(channel->buffer);
    }
    return NULL;
}

static struct channel *take_channel(struct stream_client *client)
{
    struct channel *channel = client->free;
    if (channel != NULL) {
        client->free = channel->next;
        shut(channel); /* of a WebSocket that has ended */
    } else {
        channel = ARENA_NEW(client->settings.arena, struct channel);
        channel->buffer = malloc(BUFFER_BYTES);
        CHECK_MEMORY(channel->buffer != NULL);
    }
    channel->next = client->in_use;
    channel->previous = NULL;
    if (channel->next != NULL) {
        channel->next->previous = channel;
    }
    client->in_use = channel;
    channel->client = client;
    channel->status = 0;
    channel->why = NULL;
    return channel;
}

nanos stream_client_start(struct stream_client *client, const struct world_stream *what)
{
    const struct traffic *traffic = &client->settings.scenario->traffic;
    const char *target =
        client->targets[scenario_stream(traffic, what->ref.stream) - traffic->streams];
    struct channel *channel = take_channel(client);

    CHECK(client->channels[what->ref.stream] == NULL);
    client->channels[what->ref.stream] = channel;
    client->opened++;
    channel->what = *what;
    return what->kind == STREAM_SSE ? open_sse(channel, target) : open_websocket(channel, target);
}

void stream_client_close(struct stream_client *client, struct stream_ref ref)
{
    struct channel *channel = client->channels[ref.stream];
    CHECK(channel != NULL && channel->what.ref.id == ref.id);
    shut(channel);
    give_back(channel);
}

/* ---- time ---- */

nanos stream_client_deadline(const struct stream_client *client)
{
    nanos deadline = NANOS_NEVER;
    for (const struct channel *channel = client->in_use; channel != NULL; channel = channel->next) {
        if (channel->link != NULL) {
            deadline = nanos_min(deadline, websocket_link_deadline(channel->link));
        }
    }
    return deadline;
}

void stream_client_poll(struct stream_client *client, nanos now)
{
    for (struct channel *channel = client->in_use, *next = NULL; channel != NULL; channel = next) {
        next = channel->next;
        if (channel->link != NULL) {
            websocket_link_poll(channel->link, now);
        }
    }
}
