/* The inside of relays and pairs, for the two files of sim_flow.h. */
#ifndef BASCULE_WORLD_SIM_SIM_FLOW_PARTS_H
#define BASCULE_WORLD_SIM_SIM_FLOW_PARTS_H

#include "proxy/shaper.h"
#include "world/sim/sim_flow.h"

#include <stddef.h>

#define SIM_FLOW_FAULTS_MAX 64 /* in force at once, as in the proxy */

/* Bytes that were read and are due later. */
struct chunk {
    struct chunk *next;
    nanos due;
    uint64_t bytes;
};

struct flow {
    struct shaper shaper;
    struct sim_yield came; /* and was not read yet */
    struct chunk *first;
    struct chunk *last;
    nanos again_at; /* throttled until then */
    enum sim_ending ending;
    nanos ending_due;
    nanos held_until; /* the end by FIN waits for that, too; 0: nothing holds it back */
    bool held;        /* until the faults change */
    bool blocked;
    bool done;
};

struct sim_pair {
    struct sim_relay *relay;
    struct sim_pair *next;
    struct sim_pair *previous;
    void *owner;
    void (*flipped)(void *owner, uint64_t place, unsigned char bit);
    struct grip *grips;
    uint64_t number;
    bool stale;
    struct flow flows[2]; /* in, out */
};

struct sim_relay {
    struct arena *arena;
    uint64_t seed;
    uint64_t opened;
    struct sim_pair *first;
    struct sim_pair *free_pairs;
    struct grip *free_grips;
    struct chunk *free_chunks;
    struct fault *faults[SIM_FLOW_FAULTS_MAX]; /* in the order in which they were set */
    size_t fault_count;
};

#endif
