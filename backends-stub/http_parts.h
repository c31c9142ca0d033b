/* What http.c (connections, requests, waiting) and http_answer.c (headers, bodies) share; for these
   two files only. */
#ifndef BASCULE_STUB_HTTP_PARTS_H
#define BASCULE_STUB_HTTP_PARTS_H

#include "backends-stub/http.h"
#include "base/arena.h"
#include "base/heap.h"

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
    WAIT_PEER, /* parked: until the peer gives up */
};

struct request {
    struct http *http;
    struct MHD_Connection *connection;
    struct connection *socket;
    struct request *next; /* of those suspended */
    struct request *previous;
    enum wait wait;
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
    uint32_t connection_count;
    uint32_t connection_max;
    int fd;
    bool closing;
};

void request_wait_until(struct request *request, nanos at);
void request_park(struct request *request);

/* Queues what the exchange says. */
enum MHD_Result request_answer(struct request *request);

#endif
