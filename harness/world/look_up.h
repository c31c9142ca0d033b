/* Questions to nodes beside the traffic, several at once: asked over HTTP where the node itself
   listens, past the proxy and its faults, and answered by fields of the JSON that comes back. It
   refuses to know what they are asked for. */
#ifndef BASCULE_WORLD_LOOK_UP_H
#define BASCULE_WORLD_LOOK_UP_H

#include "base/arena.h"
#include "base/nanos.h"
#include "world/http_client.h"
#include "world/world.h"

struct look_ups;

struct look_ups_settings {
    struct arena *arena; /* outlives the look-ups and what they report */
    struct http_client *http;
    /* LOOKED_UP, with CLOCK_MONOTONIC times, from look_ups_poll. */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context;
};

struct look_ups *look_ups_new(const struct look_ups_settings *settings);
/* Before the HTTP client is gone. Accepts NULL, returns NULL. */
struct look_ups *look_ups_free(struct look_ups *look_ups);

/* what->limit is CLOCK_MONOTONIC here. */
void look_ups_ask(struct look_ups *look_ups, const struct world_lookup *what);

nanos look_ups_deadline(const struct look_ups *look_ups);
/* After each http_client_poll. */
void look_ups_poll(struct look_ups *look_ups, nanos now);

#endif
