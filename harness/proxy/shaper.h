/* What the faults that hit a connection make of its bytes, one shaper a direction: pure decisions
   about n bytes at time t; it refuses to know sockets, queues and clocks.

   Of several faults of one kind on a connection the one set last wins; faults of different kinds
   add up. A fault touches a connection when it first changed what a peer sees of it: its hits are
   the connections that it touched. `after_bytes` counts what the node sends from the moment at
   which the fault takes hold of the connection. */
#ifndef BASCULE_PROXY_SHAPER_H
#define BASCULE_PROXY_SHAPER_H

#include "base/prng.h"
#include "proxy/bucket.h"
#include "proxy/proxy_control.h"

#include <stdbool.h>
#include <stddef.h>

/* A fault in force at a relay. */
struct fault {
    struct proxy_fault order;
    uint64_t hits;
};

/* Its hold on one connection. Owned by the connection. */
struct grip {
    struct grip *next; /* in the order in which they were set */
    struct fault *fault;
    uint64_t from_bytes; /* answer bytes before it */
    bool touched;
};

/* The grips that count in one direction; NULL: none of that kind. */
struct shape {
    struct grip *blackhole;
    struct grip *delay;
    struct grip *throttle;
    struct grip *corrupt;
    struct grip *reset;
    struct grip *stall;
    struct grip *truncate;
    struct grip *slow_close;
    bool plain; /* nothing touches bytes: nobody needs to ask */
};

struct shaper {
    enum proxy_direction direction; /* PROXY_IN or PROXY_OUT */
    struct shape shape;
    struct prng prng;
    struct bucket bucket; /* while throttled */
    uint64_t passed;      /* bytes so far */
    nanos last_due;
};

enum shaper_way {
    SHAPER_PASS,  /* at most `bytes` now */
    SHAPER_WAIT,  /* nothing before again_at */
    SHAPER_HOLD,  /* nothing until the faults change */
    SHAPER_RESET, /* the connection ends by RST, once the bytes before are through */
    SHAPER_CLOSE, /* this direction ends by FIN, likewise */
};

struct shaper_answer {
    enum shaper_way way;
    uint64_t bytes;
    nanos again_at;
};

/* Whether this build knows the fault, and its numbers make sense. */
bool shaper_knows(const struct proxy_fault *order);

/* The same seed, node, connection and fault always give the same choice. */
bool shaper_chooses(const struct proxy_fault *order, uint64_t seed, uint64_t connection);

void shaper_init(struct shaper *shaper, enum proxy_direction direction, uint64_t seed);
/* The grips of the connection have changed. */
void shaper_follow(struct shaper *shaper, struct grip *grips, nanos now);

/* What may be read now; there is something to read, so a fault that forbids it touches. */
struct shaper_answer shaper_ask(struct shaper *shaper, nanos now);
/* Whether the bytes that passed are the last ones: RESET or CLOSE, else PASS. Touches. */
enum shaper_way shaper_ended(struct shaper *shaper);
/* Those bytes were read (0: the end was); changes them where they are corrupted, and gives the
   time at which they are due at the other side. */
nanos shaper_take(struct shaper *shaper, nanos now, unsigned char *data, size_t size);
/* The input ended by FIN, and that end is due then: until when it is held back, 0 if it is not.
   Touches. */
nanos shaper_hold(struct shaper *shaper, nanos due);
/* Nothing at all moves, neither bytes nor the end of the connection. */
bool shaper_is_dark(const struct shaper *shaper);

void grip_touch(struct grip *grip);

#endif
