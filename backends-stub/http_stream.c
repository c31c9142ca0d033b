#include "backends-stub/http_parts.h"

#include "backends-stub/clock.h"
#include "base/check.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define EVENTS_BLOCK 1024
#define SIGN_OF_LIFE ":\n\n"
#define RETRY_MAX    NANOS_PER_S

/* ---- beginning and end ---- */

static void link_stream(struct http *http, struct http_stream *stream)
{
    stream->next = http->streams;
    if (stream->next != NULL) {
        stream->next->previous = stream;
    }
    http->streams = stream;
}

/* When to come again, should the connection break: soon, for events are lost meanwhile. */
static void put_preamble(struct http_stream *stream, nanos now)
{
    char bytes[STREAM_BYTES_MAX];
    struct text text;

    text_init(&text, bytes, sizeof bytes);
    text_printf(&text, "retry: %lld\n\n",
                (long long)(nanos_min(stream->stream.interval, RETRY_MAX) / NANOS_PER_MS));
    stream_put(&stream->stream, text.data, text.length, now);
}

void http_stream_begin(struct request *request)
{
    const struct exchange *exchange = &request->exchange;
    const struct api_wish wish = request_wish(request);
    struct http_stream *stream = calloc(1, sizeof *stream);
    nanos interval = API_INTERVAL_USUAL;
    nanos now = clock_now();

    CHECK(stream != NULL && api_wish_interval(&wish, &interval));
    stream->request = request;
    stream->path = exchange->answer.stream;
    stream->is_websocket = exchange->answer.is_websocket;
    stream->wake = NANOS_NEVER;
    stream_open(&stream->stream, interval, api_wish_last_event(&wish), &exchange->decision, now);
    if (!stream->is_websocket) {
        put_preamble(stream, now);
    }
    request->stream = stream;
    link_stream(request->http, stream);
}

void http_stream_end(struct http_stream *stream)
{
    CHECK(stream->upgraded == NULL);
    if (stream->previous == NULL) {
        stream->request->http->streams = stream->next;
    } else {
        stream->previous->next = stream->next;
    }
    if (stream->next != NULL) {
        stream->next->previous = stream->previous;
    }
    stream->frames = websocket_frames_free(stream->frames);
    free(stream);
}

/* ---- going on ---- */

/* Names of nodes are letters, digits, '-' and '_'. */
static void say(struct http_stream *stream, uint64_t event, nanos now)
{
    char bytes[STREAM_BYTES_MAX];
    struct text text;

    if (stream->is_websocket) {
        http_websocket_say(stream, event);
        return;
    }
    text_init(&text, bytes, sizeof bytes);
    if (event == STREAM_EVENT_NONE) {
        text_add(&text, SIGN_OF_LIFE);
    } else {
        text_printf(&text, "id: %llu\ndata: {\"event\":%llu,\"node\":\"%s\"}\n\n",
                    (unsigned long long)event, (unsigned long long)event,
                    stream->request->http->node->settings.name);
    }
    stream_put(&stream->stream, text.data, text.length, now);
}

enum stream_turn http_stream_advance(struct http_stream *stream, nanos now)
{
    struct node *node = stream->request->http->node;
    enum stream_turn turn = STREAM_DECIDE;

    while (turn == STREAM_DECIDE) {
        uint64_t event = 0;

        if (stream->is_websocket) {
            http_websocket_fill(stream, now);
        }
        turn = stream_turn(&stream->stream, now);
        if (turn != STREAM_DECIDE) {
            break;
        }
        struct decision decision = node_decide(node, stream->path);
        if (stream_decide(&stream->stream, &decision, now, &event) == 0) {
            say(stream, event, now);
        }
    }
    return turn;
}

void http_stream_wait(struct http_stream *stream, nanos until)
{
    struct http *http = stream->request->http;

    stream->wake = until;
    http->streams_wake = nanos_min(http->streams_wake, until);
}

static void go_on(struct http_stream *stream)
{
    stream->wake = NANOS_NEVER;
    if (stream->is_websocket) {
        http_websocket_go_on(stream);
    } else if (stream->request->wait == WAIT_EVENT) {
        request_go_on(stream->request);
    }
}

/* Streams of one interval wake together: to look at all of them is to look at those that wake. */
void http_streams_expire(struct http *http, nanos now)
{
    if (http->streams_wake > now) {
        return;
    }
    http->streams_wake = NANOS_NEVER;
    for (struct http_stream *at = http->streams; at != NULL; at = at->next) {
        if (at->wake <= now) {
            go_on(at);
        } else {
            http->streams_wake = nanos_min(http->streams_wake, at->wake);
        }
    }
}

void http_streams_look(struct http *http)
{
    for (struct http_stream *at = http->streams; at != NULL; at = at->next) {
        if (at->stream.phase == STREAM_RUNS) {
            go_on(at);
        }
    }
}

/* ---- Server-Sent Events ---- */

static ssize_t end_of_events(struct request *request, char *buffer)
{
    if (request->stream->stream.phase == STREAM_SILENT) {
        request_park(request);
        return 0;
    }
    return request_abandon(request, buffer);
}

static ssize_t on_events(void *arg, uint64_t position, char *buffer, size_t space)
{
    struct request *request = arg;
    struct http_stream *stream = request->stream;
    nanos now = clock_now();
    const char *bytes = NULL;
    size_t length = 0;

    (void)position;
    if (request->given_up || request->http->closing) {
        return request_abandon(request, buffer);
    }
    if (request->http->node->refusing && stream->stream.phase == STREAM_RUNS) {
        (void)shutdown(request->socket->fd, SHUT_RD); /* no further request on it */
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    switch (http_stream_advance(stream, now)) {
    case STREAM_SEND:
        length = stream_ready(&stream->stream, now, &bytes);
        length = length < space ? length : space;
        memcpy(buffer, bytes, length);
        stream_sent(&stream->stream, length, now);
        return (ssize_t)length;
    case STREAM_OVER:
        return end_of_events(request, buffer);
    case STREAM_WAIT:
    case STREAM_DECIDE:
        break;
    }
    http_stream_wait(stream, stream_wake(&stream->stream));
    request_wait_event(request);
    return 0;
}

struct MHD_Response *http_events_response(struct request *request)
{
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, EVENTS_BLOCK, on_events, request,
                                             NULL);
}
