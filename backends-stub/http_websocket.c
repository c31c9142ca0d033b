#include "backends-stub/http_parts.h"

#include "backends-stub/clock.h"
#include "base/check.h"
#include "base/text.h"

#include <errno.h>
#include <jansson.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define READ_MAX 4096

/* ---- out ---- */

void http_websocket_say(struct http_stream *stream, uint64_t event)
{
    char bytes[STREAM_BYTES_MAX];
    struct text text;

    if (event == STREAM_EVENT_NONE) {
        (void)websocket_frames_ping(stream->frames);
        return;
    }
    text_init(&text, bytes, sizeof bytes);
    text_printf(&text, "{\"event\":%llu,\"node\":\"%s\"}", (unsigned long long)event,
                stream->request->http->node->settings.name);
    (void)websocket_frames_text(stream->frames, text.data, text.length);
}

void http_websocket_fill(struct http_stream *stream, nanos now)
{
    const char *bytes = NULL;
    size_t length = websocket_frames_output(stream->frames, &bytes);

    if (length == 0 || stream->stream.phase != STREAM_RUNS ||
        stream->stream.sent < stream->stream.length) {
        return;
    }
    length = length < STREAM_BYTES_MAX ? length : STREAM_BYTES_MAX;
    stream_put(&stream->stream, bytes, length, now);
    websocket_frames_sent(stream->frames, length);
}

static void watch(struct http_stream *stream, uint32_t events)
{
    struct http *http = stream->request->http;

    http->watcher.watch(http->watcher.arg, &stream->watch, events);
}

void http_websocket_close(struct http_stream *stream)
{
    char ignored[READ_MAX];
    struct MHD_UpgradeResponseHandle *upgraded = stream->upgraded;

    if (upgraded == NULL) {
        return;
    }
    watch(stream, 0);
    stream->wake = NANOS_NEVER;
    stream->upgraded = NULL;
    (void)shutdown(stream->watch.fd, SHUT_WR);
    /* What is left unread would make a reset of the end. */
    (void)recv(stream->watch.fd, ignored, sizeof ignored, MSG_DONTWAIT);
    CHECK(MHD_upgrade_action(upgraded, MHD_UPGRADE_ACTION_CLOSE) == MHD_YES);
}

/* False: the peer is gone. */
static bool send_ready(struct http_stream *stream, nanos now, bool *ret_blocked)
{
    const char *bytes = NULL;
    size_t length = stream_ready(&stream->stream, now, &bytes);
    ssize_t sent = send(stream->watch.fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0) {
        *ret_blocked = errno == EAGAIN || errno == EINTR;
        return *ret_blocked;
    }
    stream_sent(&stream->stream, (size_t)sent, now);
    return true;
}

/* Everything that waited has left, and that was the last. */
static bool is_over(struct http_stream *stream)
{
    const char *bytes = NULL;

    return (stream->is_ending || websocket_frames_is_over(stream->frames)) &&
           stream->stream.sent == stream->stream.length &&
           websocket_frames_output(stream->frames, &bytes) == 0;
}

static void send_all(struct http_stream *stream)
{
    bool blocked = false;
    nanos now = clock_now();
    enum stream_turn turn = http_stream_advance(stream, now);

    for (; turn == STREAM_SEND && !blocked; turn = http_stream_advance(stream, now)) {
        if (!send_ready(stream, now, &blocked)) {
            http_websocket_close(stream);
            return;
        }
    }
    if ((turn == STREAM_OVER && stream->stream.phase == STREAM_CLOSED) ||
        (turn == STREAM_WAIT && is_over(stream))) {
        http_websocket_close(stream);
        return;
    }
    watch(stream,
          turn == STREAM_OVER ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP | (blocked ? EPOLLOUT : 0));
    if (turn == STREAM_WAIT) {
        http_stream_wait(stream, stream_wake(&stream->stream));
    }
}

void http_websocket_go_on(struct http_stream *stream)
{
    bool refusing = stream->request->http->node->refusing;

    if (stream->upgraded == NULL) {
        return;
    }
    if (refusing && stream->stream.phase == STREAM_RUNS) {
        websocket_frames_close(stream->frames, WEBSOCKET_CODE_GOING_AWAY);
        stream->is_ending = true;
    }
    send_all(stream);
}

/* ---- in ---- */

/* {"resume":N} goes on behind event N, and says so, for events may be under way already. Anything
   else is nobody's business. */
static void on_message(void *arg, const struct websocket_message *message)
{
    struct http_stream *stream = arg;
    json_t *body = NULL;
    const json_t *resume = NULL;
    char bytes[STREAM_BYTES_MAX];
    struct text text;

    if (message->kind != WEBSOCKET_TEXT) {
        return;
    }
    body = json_loadb(message->bytes, message->length, 0, NULL);
    resume = json_object_get(body, "resume");
    if (json_is_integer(resume) && json_integer_value(resume) >= 0) {
        uint64_t from =
            stream_resume(&stream->stream, (uint64_t)json_integer_value(resume), clock_now());

        text_init(&text, bytes, sizeof bytes);
        text_printf(&text, "{\"resumed\":%llu,\"node\":\"%s\"}", (unsigned long long)from,
                    stream->request->http->node->settings.name);
        (void)websocket_frames_text(stream->frames, text.data, text.length);
    }
    json_decref(body);
}

/* What breaks the rules is answered by the close that says so. */
static void take(struct http_stream *stream, const char *bytes, size_t length)
{
    struct error error = {0};

    if (websocket_frames_feed(stream->frames, bytes, length, &error) != 0) {
        stream->is_ending = true;
    }
}

static void on_ready(struct http_watch *watched, uint32_t events)
{
    struct http_stream *stream =
        (struct http_stream *)(void *)((char *)watched - offsetof(struct http_stream, watch));
    char bytes[READ_MAX];
    ssize_t got = 0;

    if (stream->stream.phase != STREAM_RUNS) {
        http_websocket_close(stream); /* nothing but the peer's end is watched for */
        return;
    }
    if ((events & ~(uint32_t)EPOLLOUT) != 0) {
        got = recv(watched->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            http_websocket_close(stream);
            return;
        }
    }
    if (got > 0) {
        take(stream, bytes, (size_t)got);
    }
    http_websocket_go_on(stream);
}

/* The signature is libmicrohttpd's. NOLINTNEXTLINE(readability-function-size) */
static void on_upgraded(void *arg,
                        struct MHD_Connection *connection,
                        void *context,
                        const char *extra,
                        size_t extra_length,
                        MHD_socket fd,
                        struct MHD_UpgradeResponseHandle *upgraded)
{
    struct request *request = arg;
    struct http_stream *stream = request->stream;
    const struct websocket_frames_settings settings = {
        .role = WEBSOCKET_SERVER,
        .buffer = stream->message,
        .capacity = sizeof stream->message,
        .arg = stream,
        .message = on_message,
    };

    (void)connection;
    (void)context;
    stream->upgraded = upgraded;
    stream->watch = (struct http_watch){.ready = on_ready, .fd = fd};
    stream->frames = websocket_frames_new(&settings);
    take(stream, extra, extra_length);
    http_websocket_go_on(stream);
}

struct MHD_Response *http_websocket_response(struct request *request)
{
    return MHD_create_response_for_upgrade(on_upgraded, request);
}
