/* The harness's end of bascule-proxy: starts it, gives it its relays, sends orders and hears the
   answers. It refuses to know faults. Present only in runs whose scenario has faults on the wire.
 */
#ifndef BASCULE_WORLD_PROXY_LINK_H
#define BASCULE_WORLD_PROXY_LINK_H

#include "base/arena.h"
#include "base/nanos.h"
#include "proxy/proxy_control.h"
#include "scenario/scenario.h"
#include "world/guardian.h"
#include "world/loop.h"
#include "world/node_places.h"

#include <stdbool.h>
#include <stdint.h>

enum proxy_event_kind {
    PROXY_EVENT_READY,
    PROXY_EVENT_FAILED, /* could not be started, or could not listen */
    PROXY_EVENT_ACK,
    PROXY_EVENT_DIED,
};

struct proxy_event {
    nanos at;
    enum proxy_event_kind kind;
    bool port_was_taken; /* FAILED */
    uint64_t sequence;   /* ACK */
    uint64_t hits;       /* ACK: connections */
    const char *text;    /* FAILED, DIED; lives as long as the link */
};

struct proxy_link_settings {
    struct loop *loop;
    struct arena *arena; /* outlives the link */
    const struct scenario *scenario;
    const struct node_places *places;
    struct guardian *guardian; /* NULL: none is needed */
    const char *program;
    uint64_t seed;
    void (*report)(void *context, const struct proxy_event *event);
    void *context;
};

struct proxy_link;

/* Starts it at once; READY or FAILED follows. */
struct proxy_link *proxy_link_new(const struct proxy_link_settings *settings);
/* Ends and reaps it; accepts NULL, returns NULL. */
struct proxy_link *proxy_link_free(struct proxy_link *link);

/* The ACK carries the returned sequence. 0 if it cannot take it. */
uint64_t proxy_link_order(struct proxy_link *link, struct proxy_order *order);

#endif
