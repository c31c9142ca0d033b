/* Streams on the loop: Server-Sent Events through the HTTP client, WebSockets over sockets of their
   own. One opening is one connection to one node; nothing is opened again, moved or judged here.
   Nodes are asked for events at the scenario's interval (`?interval=`), to go on after an event by
   Last-Event-ID, and on a WebSocket by {"resume":N}; an event of a WebSocket is a text message
   {"event":N,...}. */
#ifndef BASCULE_WORLD_STREAM_CLIENT_H
#define BASCULE_WORLD_STREAM_CLIENT_H

#include "base/arena.h"
#include "base/nanos.h"
#include "world/http_client.h"
#include "world/loop.h"
#include "world/node_places.h"
#include "world/world.h"

struct stream_client;

struct stream_client_settings {
    struct arena *arena;
    struct loop *loop;
    struct http_client *http;
    const struct scenario *scenario;
    const struct node_places *places;
    uint64_t seed; /* of the keys and masks of WebSockets */
    /* Called for STREAM_...; occurrence->at is CLOCK_MONOTONIC. */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context;
};

struct stream_client *stream_client_new(const struct stream_client_settings *settings);
/* Closes every connection, before the HTTP client and the loop are gone. Accepts NULL. */
struct stream_client *stream_client_free(struct stream_client *client);

/* Starts at once; returns the CLOCK_MONOTONIC time of it. what->connect_limit is CLOCK_MONOTONIC
 * here. A stream has one opening at most. */
nanos stream_client_start(struct stream_client *client, const struct world_stream *what);
/* Nothing more is reported of it. It must not have ended. */
void stream_client_close(struct stream_client *client, struct stream_ref ref);

/* Earliest time at which poll must be called; after every loop_wait. */
nanos stream_client_deadline(const struct stream_client *client);
void stream_client_poll(struct stream_client *client, nanos now);

#endif
