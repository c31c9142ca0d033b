/* HTTP/1.1 by libmicrohttpd: connections handed to it, requests given to the node, answers sent as
   late, as slowly and as far as decided, streams of events and WebSockets included; it refuses to
   know listeners and the control channel.

   One thread, never blocks. Times are CLOCK_MONOTONIC. A hung or stalled connection stays as it is
   until its peer leaves or the process ends, also when the fault is cleared. Answers that
   libmicrohttpd gives by itself (malformed requests, headers over 16 KiB) carry no X-Bascule-Node.
   Bodies over HTTP_BODY_MAX are read to their end, and answered with 413. */
#ifndef BASCULE_STUB_HTTP_H
#define BASCULE_STUB_HTTP_H

#include "backends-stub/node.h"
#include "base/error.h"
#include "base/nanos.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define HTTP_BODY_MAX ((size_t)1 << 20)

struct http;

/* A descriptor in somebody else's epoll. */
struct http_watch {
    void (*ready)(struct http_watch *watch, uint32_t events);
    int fd;
    uint32_t watched; /* EPOLL..., 0: not there */
};

/* Calls ready for these events until it is told others, or 0: then never again. */
struct http_watcher {
    void *arg;
    void (*watch)(void *arg, struct http_watch *watch, uint32_t events);
};

/* node must outlive it. idle_close of the settings is rounded up to whole seconds. */
struct http *http_new(struct node *node,
                      struct http_watcher watcher,
                      uint32_t connection_max,
                      struct error *reterr);
/* Closes every connection as it is. */
void http_free(struct http *http);

/* Readable when http_pump has something to do. */
int http_descriptor(const struct http *http);
/* Takes over a fresh, non-blocking, close-on-exec socket. */
void http_add(struct http *http, int fd, const struct sockaddr_in *peer);
bool http_is_full(const struct http *http);
void http_pump(struct http *http);
/* Until http_pump must be called anyway, for idle connections; -1: no limit. */
int http_timeout_ms(const struct http *http);

/* Delayed answers and events: the next moment that http_expire is wanted, NANOS_NEVER if none is.
 */
nanos http_deadline(const struct http *http);
void http_expire(struct http *http, nanos now);

/* Ends the connections that no request is on, and the streams of a node that refuses. What they
   sent before is still answered. */
void http_close_idle(struct http *http);

#endif
