/* The seam between the engine and a world: the real one (processes, sockets, time) or a simulated
   one. The engine knows no more of either than this. Times are nanoseconds from the run's first due
   time. */
#ifndef BASCULE_WORLD_WORLD_H
#define BASCULE_WORLD_WORLD_H

#include "base/arena.h"
#include "base/nanos.h"
#include "core/client/policy.h"
#include "core/journal.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

enum occurrence_kind {
    OCCURRENCE_HEADERS,
    OCCURRENCE_ATTEMPT_ENDED,
    OCCURRENCE_FAULT_APPLIED, /* the signal is sent, the order is given */
    OCCURRENCE_FAULT_EFFECTIVE,
    OCCURRENCE_FAULT_CLEARED,
    OCCURRENCE_FAULT_FAILED,
    OCCURRENCE_NODE,
    OCCURRENCE_PROBLEM,
    OCCURRENCE_INTERRUPT, /* the user wants to stop */
};

/* Something the world saw, with the time at which it was so. */
struct occurrence {
    nanos at;
    enum occurrence_kind kind;
    uint16_t node;
    union {
        struct {
            struct attempt_ref ref;
            nanos retry_after;
            uint64_t body_hash;
            uint32_t request;
            uint16_t client;
            uint16_t status;
            enum outcome outcome;
            bool sent;
        } attempt; /* HEADERS: ref, client and status only */
        struct {
            uint64_t hits;
            const char *text; /* FAILED; lives as long as the world */
            uint32_t fault;
            enum confirmed_by confirmed_by;
            bool was_up;
        } fault;
        struct {
            const char *why; /* lives as long as the world */
            enum node_state state;
            bool planned;
        } node_change;
        struct {
            const char *text; /* lives as long as the world */
            enum reason reason;
        } problem;
        int signal; /* INTERRUPT */
    };
};

struct world_attempt {
    struct attempt_ref ref;
    nanos connect_limit;                /* absolute; NANOS_NEVER: none */
    const struct traffic_request *what; /* NULL: a probe, GET of probe_path */
    const char *probe_path;
    uint32_t request; /* its number goes into X-Request-Id; REQUEST_NONE: no such header */
    uint16_t client;
    uint16_t node;
    bool want_headers; /* report OCCURRENCE_HEADERS once they are there */
};

/* What every world needs to know of the run that it is for. */
struct world_settings {
    struct arena *arena; /* outlives the world and its journal */
    const struct scenario *scenario;
    uint32_t run; /* its number, from 0: part of X-Request-Id */
    uint64_t seed;
};

struct world;

struct world_ops {
    /* Starts what the scenario needs and returns when every node is ready, or one is known not to
       become so (then the problem is an occurrence and the run must not go on), or the user
       interrupts. */
    bool (*prepare)(struct world *world);
    /* Time 0 lies `lead` after this call. */
    void (*start_clock)(struct world *world, nanos lead);
    nanos (*now)(struct world *world);
    /* Until that time, or until something occurred; returns at once if something is waiting. */
    void (*wait)(struct world *world, nanos until);
    /* The next occurrence, oldest first; false if there is none. wait has drained every ready
       descriptor, so that no deadline is judged before an answer that was there in time. */
    bool (*next)(struct world *world, struct occurrence *ret);
    /* Returns when it really started. Each attempt ends by one ATTEMPT_ENDED or by cancel, never
     * both. */
    nanos (*start_attempt)(struct world *world, const struct world_attempt *attempt);
    /* Returns whether the request may have reached the node. */
    bool (*cancel_attempt)(struct world *world, uint16_t client, struct attempt_ref ref);
    void (*drop_connections)(struct world *world, uint16_t client, uint16_t node);
    /* Each applied or cleared fault comes back as occurrences. Not for FAULT_CLASS_CLIENT. */
    void (*apply_fault)(struct world *world, uint32_t fault, uint16_t node);
    void (*clear_fault)(struct world *world, uint32_t fault, uint16_t node);
    /* After the last request: lets stopped nodes go on and execute what they hold (up to 1 s),
       stops every process, and appends the execution logs to the journal. */
    void (*finish)(struct world *world, struct journal *journal);
    /* Lets go of all that the world holds; it is no more. */
    void (*close)(struct world *world);
};

/* A world's first member. */
struct world {
    const struct world_ops *ops;
};

#endif
