/* One WebSocket to a node, from its connection to its end, over a socket of its own on the loop:
   the opening, frames in, and what is to be said at the beginning. It refuses to know what messages
   mean. */
#ifndef BASCULE_WORLD_WEBSOCKET_LINK_H
#define BASCULE_WORLD_WEBSOCKET_LINK_H

#include "base/nanos.h"
#include "core/journal.h"
#include "world/loop.h"
#include "world/websocket_frames.h"

#include <stdint.h>

struct websocket_link;

struct websocket_link_end {
    nanos at;
    const char *why; /* lives for ever; NULL: the outcome says all */
    uint16_t status; /* of the answer, 0 without one */
    enum outcome outcome;
};

struct websocket_link_settings {
    struct loop *loop;
    uint32_t address; /* IPv4, host byte order */
    uint16_t port;
    const char *host;     /* as the node is to hear it: "127.0.0.1:8080" */
    const char *path;     /* with the query */
    const char *greeting; /* the first message that is sent; NULL: none */
    nanos connect_limit;  /* CLOCK_MONOTONIC; NANOS_NEVER: none */
    uint64_t seed;        /* of key and masks */
    char *buffer;         /* of one message; the caller's, for as long as the link lives */
    size_t capacity;
    /* From inside the loop's wait or websocket_link_poll. The link may not be freed in them. */
    void (*opened)(void *context, uint16_t status);
    void (*message)(void *context, const struct websocket_message *message);
    /* The last that is heard of it; its socket is closed. */
    void (*ended)(void *context, const struct websocket_link_end *end);
    void *context;
};

/* Begins at once. What is known at once is told by the next websocket_link_poll. */
struct websocket_link *websocket_link_new(const struct websocket_link_settings *settings);
/* Closes what is open without another word to the caller; gives NULL. */
struct websocket_link *websocket_link_free(struct websocket_link *link);

/* Earliest time at which poll must be called; NANOS_NEVER if none. */
nanos websocket_link_deadline(const struct websocket_link *link);
void websocket_link_poll(struct websocket_link *link, nanos now);

#endif
