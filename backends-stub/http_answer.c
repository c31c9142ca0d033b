#include "backends-stub/http_parts.h"

#include "backends-stub/clock.h"
#include "base/check.h"
#include "world/websocket_key.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define CONTENT_BLOCK 4096

/* Ends the connection where its answer stands. libmicrohttpd 0.9.75 forgets a connection whose
   reader ends with an error before the first byte, and leaves it open: so the socket is shut, and
   the byte given here fails to be sent, which it does notice. */
ssize_t request_abandon(struct request *request, char *buffer)
{
    (void)shutdown(request->socket->fd, SHUT_WR);
    buffer[0] = '\0';
    return 1;
}

/* How much of `length` the rate allows now; 0: the request waits until it allows more. */
static uint64_t trickle(struct request *request, uint64_t position, uint64_t length)
{
    uint64_t rate = request->exchange.decision.rate_bytes;
    nanos now = clock_now();
    uint64_t allowed = 0;

    if (request->answer_start == 0) {
        request->answer_start = now;
    }
    allowed = trickle_allowed(now - request->answer_start, rate);
    if (allowed <= position) {
        request_wait_until(request, nanos_add(request->answer_start, trickle_due(position, rate)));
        return 0;
    }
    return length < allowed - position ? length : allowed - position;
}

/* Gives the answer's body piece by piece, as far and as fast as decided. */
static ssize_t on_content(void *arg, uint64_t position, char *buffer, size_t space)
{
    struct request *request = arg;
    const struct exchange *exchange = &request->exchange;
    uint64_t limit = decision_limit(&exchange->decision, exchange->answer.body_length);
    uint64_t length = limit - position < space ? limit - position : space;

    if (request->given_up || request->http->closing ||
        (length == 0 && exchange->decision.cut == CUT_TRUNCATE)) {
        return request_abandon(request, buffer);
    }
    if (length == 0) {
        request_park(request);
        return 0;
    }
    if (exchange->decision.rate_bytes > 0) {
        length = trickle(request, position, length);
    }
    memcpy(buffer, exchange->answer.body + position, (size_t)length);
    return (ssize_t)length;
}

static struct MHD_Response *response_new(struct request *request)
{
    const struct decision *decision = &request->exchange.decision;
    struct api_answer *answer = &request->exchange.answer;

    if (answer->stream != NULL) {
        http_stream_begin(request);
        return answer->is_websocket ? http_websocket_response(request)
                                    : http_events_response(request);
    }
    if (decision->cut != CUT_NONE || decision->rate_bytes > 0) {
        return MHD_create_response_from_callback(answer->body_length, CONTENT_BLOCK, on_content,
                                                 request, NULL);
    }
    /* Lives until the request is completed, and so longer than the response. */
    return MHD_create_response_from_buffer(answer->body_length, answer->body,
                                           MHD_RESPMEM_PERSISTENT);
}

static void header(struct MHD_Response *response, const char *name, const char *value)
{
    CHECK(MHD_add_response_header(response, name, value) == MHD_YES);
}

/* What a client sent may be no header value for libmicrohttpd: then it is left out. */
static void header_echo(struct MHD_Response *response, const char *name, const char *value)
{
    (void)MHD_add_response_header(response, name, value);
}

/* A page from another port, with or without credentials. */
static void cors_headers(struct request *request, struct MHD_Response *response)
{
    const char *origin =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, "Origin");
    const char *wanted = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                     "Access-Control-Request-Headers");

    if (origin == NULL || origin[0] == '\0') {
        return;
    }
    header_echo(response, "Access-Control-Allow-Origin", origin);
    header(response, "Access-Control-Allow-Credentials", "true");
    header(response, "Access-Control-Expose-Headers",
           "X-Bascule-Node, X-Raft-Leader, Retry-After, Allow");
    header(response, "Vary", "Origin");
    if (request->exchange.method == METHOD_OPTIONS) {
        header(response, "Access-Control-Allow-Methods",
               "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        header_echo(
            response, "Access-Control-Allow-Headers",
            wanted != NULL && wanted[0] != '\0'
                ? wanted
                : "Authorization, Content-Type, X-Request-Id, Idempotency-Key, Last-Event-ID");
        header(response, "Access-Control-Max-Age", "600");
    }
}

static void fault_headers(struct request *request, struct MHD_Response *response)
{
    const struct decision *decision = &request->exchange.decision;

    if (decision->retry_after > 0) {
        char text[24];

        (void)snprintf(text, sizeof text, "%lld",
                       (long long)((decision->retry_after + NANOS_PER_S - 1) / NANOS_PER_S));
        header(response, "Retry-After", text);
    }
    if (decision->answer == DECISION_WRONG_ROLE) {
        char leader[API_LEADER_MAX];

        header(response, "X-Raft-Leader", api_leader(&request->http->node->api, leader));
    }
}

static void stream_headers(struct request *request, struct MHD_Response *response)
{
    const struct api_answer *answer = &request->exchange.answer;
    const struct api_wish wish = request_wish(request);
    char accept[WEBSOCKET_ACCEPT_MAX];

    if (answer->status == 426) {
        header(response, "Upgrade", "websocket");
        header(response, "Sec-WebSocket-Version", "13");
    } else if (answer->stream != NULL && answer->is_websocket) {
        header(response, "Upgrade", "websocket");
        websocket_key_accept(wish.key, accept);
        header(response, "Sec-WebSocket-Accept", accept);
    } else if (answer->stream != NULL) {
        header(response, "Content-Type", "text/event-stream");
    }
}

enum MHD_Result request_answer(struct request *request)
{
    const struct node *node = request->http->node;
    const struct api_answer *answer = &request->exchange.answer;
    struct MHD_Response *response = response_new(request);
    enum MHD_Result queued = MHD_NO;

    CHECK(response != NULL);
    header(response, "X-Bascule-Node", node->settings.name);
    header(response, "Cache-Control", "no-store");
    if (answer->body_length > 0) {
        header(response, "Content-Type", "application/json");
    }
    if (answer->allow != NULL &&
        (answer->status == 405 || request->exchange.method == METHOD_OPTIONS)) {
        header(response, "Allow", answer->allow);
    }
    if (node->refusing && answer->stream == NULL) {
        header(response, "Connection", "close");
    }
    stream_headers(request, response);
    fault_headers(request, response);
    cors_headers(request, response);
    queued = MHD_queue_response(request->connection, answer->status, response);
    MHD_destroy_response(response);
    return queued;
}
