#include "backends-stub/http_parts.h"

#include "backends-stub/clock.h"
#include "base/check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECTION_MEMORY (16 * 1024)
#define BODY_CAPACITY_MIN 1024
#define PUMP_TURNS_MAX    64

/* Past the limit the rest is read and forgotten, so that the client gets to see its 413. */
static bool body_add(struct request *request, const char *data, size_t length)
{
    size_t needed = request->body_length + length;

    if (request->body_too_large || needed > HTTP_BODY_MAX) {
        request->body_too_large = true;
        return true;
    }
    if (needed > request->body_capacity) {
        size_t capacity = request->body_capacity * 2 + BODY_CAPACITY_MIN;
        char *grown = NULL;

        capacity = capacity > needed ? capacity : needed;
        grown = realloc(request->body, capacity);
        if (grown == NULL) {
            return false;
        }
        request->body = grown;
        request->body_capacity = capacity;
    }
    memcpy(request->body + request->body_length, data, length);
    request->body_length = needed;
    return true;
}

static enum MHD_Result
request_begin(struct http *http, struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct request *request = calloc(1, sizeof *request);

    if (request == NULL || info == NULL || info->socket_context == NULL) {
        free(request);
        return MHD_NO;
    }
    request->http = http;
    request->connection = connection;
    request->socket = info->socket_context;
    request->socket->busy = true;
    *context = request;
    return MHD_YES;
}

static const char *header_of(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static const char *argument_of(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct api_wish request_wish(const struct request *request)
{
    const char *last_event = header_of(request, "Last-Event-ID");

    return (struct api_wish){
        .interval = argument_of(request, "interval"),
        .last_event = last_event != NULL ? last_event : argument_of(request, "lastEventId"),
        .upgrade = header_of(request, "Upgrade"),
        .connection = header_of(request, "Connection"),
        .key = header_of(request, "Sec-WebSocket-Key"),
        .version = header_of(request, "Sec-WebSocket-Version"),
    };
}

static enum MHD_Result request_execute(struct request *request, const char *url, const char *method)
{
    struct node *node = request->http->node;
    nanos delay = 0;

    node_execute(node,
                 (struct node_request){
                     .method = method,
                     .path = url,
                     .id = header_of(request, "X-Request-Id"),
                     .key = strcmp(method, "POST") == 0
                                ? MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                              "Idempotency-Key")
                                : NULL,
                     .body = request->body,
                     .body_length = request->body_length,
                     .body_too_large = request->body_too_large,
                     .wish = request_wish(request),
                 },
                 &request->exchange);
    request->executed = true;
    if (request->exchange.decision.answer == DECISION_SILENCE) {
        request_park(request);
        return MHD_YES;
    }
    delay = nanos_add(node->settings.latency, request->exchange.decision.delay);
    if (delay > 0) {
        request_wait_until(request, nanos_add(clock_now(), delay));
        return MHD_YES;
    }
    return request_answer(request);
}

/* The signature is libmicrohttpd's. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result on_request(void *arg,
                                  struct MHD_Connection *connection,
                                  const char *url,
                                  const char *method,
                                  const char *version,
                                  const char *upload,
                                  size_t *upload_length,
                                  void **context)
{
    struct http *http = arg;
    struct request *request = *context;

    (void)version;
    if (http->closing) {
        return MHD_NO;
    }
    if (request == NULL) {
        return request_begin(http, connection, context);
    }
    if (*upload_length > 0) {
        bool kept = body_add(request, upload, *upload_length);

        *upload_length = 0;
        return kept ? MHD_YES : MHD_NO;
    }
    if (!request->executed) {
        return request_execute(request, url, method);
    }
    return request->given_up ? MHD_NO : request_answer(request);
}

static void on_completed(void *arg,
                         struct MHD_Connection *connection,
                         void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct request *request = *context;

    (void)arg;
    (void)connection;
    (void)code;
    if (request != NULL) {
        CHECK(request->wait == WAIT_NOT);
        request->socket->busy = false;
        if (request->stream != NULL) {
            http_stream_end(request->stream);
        }
        exchange_done(&request->exchange);
        free(request->body);
        free(request);
        *context = NULL;
    }
}

static void connection_begin(struct http *http, struct MHD_Connection *given, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(given, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL || info == NULL) {
        free(connection); /* its requests are turned away */
        return;
    }
    connection->fd = info->connect_fd;
    connection->next = http->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    http->connections = connection;
    http->connection_count++;
    *context = connection;
}

static void connection_end(struct http *http, struct connection *connection)
{
    if (connection->previous == NULL) {
        http->connections = connection->next;
    } else {
        connection->previous->next = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    http->connection_count--;
    free(connection);
}

static void on_connection(void *arg,
                          struct MHD_Connection *connection,
                          void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_begin(arg, connection, context);
    } else if (*context != NULL) {
        connection_end(arg, *context);
        *context = NULL;
    }
}

static unsigned idle_seconds(nanos idle_close)
{
    if (idle_close == NANOS_NEVER) {
        return 0;
    }
    return (unsigned)((idle_close + NANOS_PER_S - 1) / NANOS_PER_S);
}

struct http *http_new(struct node *node,
                      struct http_watcher watcher,
                      uint32_t connection_max,
                      struct error *reterr)
{
    struct http *http = calloc(1, sizeof *http);
    const union MHD_DaemonInfo *info = NULL;

    CHECK_MEMORY(http != NULL);
    *http = (struct http){
        .node = node,
        .watcher = watcher,
        .streams_wake = NANOS_NEVER,
        .connection_max = connection_max,
    };
    arena_init(&http->arena, 0);
    heap_init(&http->timers, &http->arena, connection_max);
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME |
            MHD_ALLOW_UPGRADE,
        0, NULL, NULL, on_request, http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_CONNECTION_LIMIT,
        connection_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds(node->settings.idle_close), MHD_OPTION_END);
    if (http->daemon != NULL) {
        info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    }
    if (info == NULL) {
        http_free(http);
        (void)error_plain(reterr, "libmicrohttpd does not start");
        return NULL;
    }
    http->fd = info->epoll_fd;
    return http;
}

void http_free(struct http *http)
{
    if (http == NULL) {
        return;
    }
    http->closing = true;
    while (http->suspended != NULL) {
        request_go_on(http->suspended);
    }
    for (struct http_stream *at = http->streams; at != NULL; at = at->next) {
        http_websocket_close(at);
    }
    if (http->daemon != NULL) {
        http_pump(http);
        MHD_stop_daemon(http->daemon);
    }
    arena_done(&http->arena);
    free(http);
}

int http_descriptor(const struct http *http)
{
    return http->fd;
}

void http_add(struct http *http, int fd, const struct sockaddr_in *peer)
{
    /* Where this fails, it has closed the socket. */
    (void)MHD_add_connection(http->daemon, fd, (const struct sockaddr *)peer,
                             (socklen_t)sizeof *peer);
}

bool http_is_full(const struct http *http)
{
    return http->connection_count >= http->connection_max;
}

void http_pump(struct http *http)
{
    unsigned turns = 0;

    do {
        (void)MHD_run(http->daemon);
        turns++;
    } while (turns < PUMP_TURNS_MAX && http_timeout_ms(http) == 0);
}

int http_timeout_ms(const struct http *http)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;

    if (MHD_get_timeout(http->daemon, &timeout_ms) != MHD_YES) {
        return -1;
    }
    return timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX;
}

nanos http_deadline(const struct http *http)
{
    const struct heap_item *first = heap_first(&http->timers);

    return nanos_min(http->streams_wake, first == NULL ? NANOS_NEVER : first->at);
}

void http_expire(struct http *http, nanos now)
{
    const struct heap_item *first = heap_first(&http->timers);

    for (; first != NULL && first->at <= now; first = heap_first(&http->timers)) {
        request_go_on((struct request *)(uintptr_t)heap_pop(&http->timers).id);
    }
    http_streams_expire(http, now);
}

void http_close_idle(struct http *http)
{
    for (struct connection *at = http->connections; at != NULL; at = at->next) {
        if (!at->busy) {
            (void)shutdown(at->fd, SHUT_RD);
        }
    }
    http_streams_look(http);
    http_pump(http);
}
