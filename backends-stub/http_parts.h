/* What http.c (connections, requests), http_wait.c (requests that wait), http_answer.c (headers,
   bodies), http_stream.c (streams of events) and http_websocket.c share; for these files only. */
#ifndef BASCULE_STUB_HTTP_PARTS_H
#define BASCULE_STUB_HTTP_PARTS_H

#include "backends-stub/http.h"
#include "backends-stub/stream.h"
#include "base/arena.h"
#include "base/heap.h"
#include "world/websocket_frames.h"

#include <microhttpd.h>

struct connection {
    struct connection *next;
    struct connection *previous;
    int fd;
    bool busy; /* a request is on it */
};

enum wait {
    WAIT_NOT,
    WAIT_TIMER,
    WAIT_PEER,  /* parked: until the peer gives up */
    WAIT_EVENT, /* until its stream goes on, or the peer gives up */
};

#define MESSAGE_MAX 4096 /* from a WebSocket's client */

struct http_stream {
    struct request *request;
    struct http_stream *next; /* of all of them */
    struct http_stream *previous;
    const char *path;
    struct stream stream;
    nanos wake; /* NANOS_NEVER: not by time */
    bool is_websocket;

    /* The rest is a WebSocket's. */
    struct MHD_UpgradeResponseHandle *upgraded; /* NULL: not yet, or no more */
    struct http_watch watch;
    struct websocket_frames *frames;
    bool is_ending; /* when what waits has left */
    char message[MESSAGE_MAX];
};

struct request {
    struct http *http;
    struct MHD_Connection *connection;
    struct connection *socket;
    struct request *next; /* of those suspended */
    struct request *previous;
    enum wait wait;
    struct http_watch watch;
    struct http_stream *stream; /* NULL: none */
    bool executed;
    bool given_up; /* nothing more is sent */
    char *body;
    size_t body_length;
    size_t body_capacity;
    bool body_too_large;
    nanos answer_start; /* of the answer's body, when trickled; 0: not yet */
    struct exchange exchange;
};

struct http {
    struct node *node;
    struct http_watcher watcher;
    struct MHD_Daemon *daemon;
    struct arena arena;
    struct heap timers; /* at most one a connection; id: the request, suspended until then */
    struct connection *connections;
    struct request *suspended;
    struct http_stream *streams;
    nanos streams_wake; /* no stream wants to go on before */
    uint32_t connection_count;
    uint32_t connection_max;
    int fd;
    bool closing;
};

void request_wait_until(struct request *request, nanos at);
void request_park(struct request *request);
/* Until request_go_on, or until the peer gives up. */
void request_wait_event(struct request *request);
/* However it waits. */
void request_go_on(struct request *request);

struct api_wish request_wish(const struct request *request);

/* Queues what the exchange says. */
enum MHD_Result request_answer(struct request *request);
/* Ends the answer where it stands; for a reader of content, to return. */
ssize_t request_abandon(struct request *request, char *buffer);

/* A stream begins with the answer that opens it. */
void http_stream_begin(struct request *request);
void http_stream_end(struct http_stream *stream);
/* Decides and composes what is due. STREAM_SEND: there are bytes. */
enum stream_turn http_stream_advance(struct http_stream *stream, nanos now);
void http_stream_wait(struct http_stream *stream, nanos until);
void http_streams_expire(struct http *http, nanos now);
/* Lets those that run see what has changed. */
void http_streams_look(struct http *http);

/* The answers that a stream begins with. */
struct MHD_Response *http_events_response(struct request *request);
struct MHD_Response *http_websocket_response(struct request *request);

/* Sends what may leave. */
void http_websocket_go_on(struct http_stream *stream);
void http_websocket_say(struct http_stream *stream, uint64_t event);
/* Moves what waits to the stream. */
void http_websocket_fill(struct http_stream *stream, nanos now);
void http_websocket_close(struct http_stream *stream);

#endif
