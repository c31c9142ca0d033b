/* The seam between the engine and a world: the real one (processes, sockets, time) or a simulated
   one. The engine knows no more of either than this. Times are nanoseconds from the run's first due
   time. */
#ifndef BASCULE_WORLD_WORLD_H
#define BASCULE_WORLD_WORLD_H

#include "base/arena.h"
#include "base/nanos.h"
#include "core/client/policy.h"
#include "core/client/streams.h"
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
    OCCURRENCE_STREAM_OPENED, /* 200 and the right type, or 101 and the right key */
    OCCURRENCE_STREAM_EVENT,
    OCCURRENCE_STREAM_ALIVE, /* a comment, a ping: a sign of life that is no event */
    OCCURRENCE_STREAM_ENDED,
    OCCURRENCE_HOOK,      /* the program that was told of an alert came to its end */
    OCCURRENCE_SAID,      /* the client program said something of a request, a node or a command */
    OCCURRENCE_LOOKED_UP, /* what a node answered to a question */
    OCCURRENCE_INTERRUPT, /* the user wants to stop */
};

/* What a client program can say. */
enum said_kind {
    SAID_READY,   /* it can be asked from now on */
    SAID_ANSWER,  /* to a request: the end of it */
    SAID_ERROR,   /* likewise, without an answer */
    SAID_NODE,    /* telemetry: what it believes of a node from now on */
    SAID_ACTIVE,  /* telemetry: the node that it prefers from now on */
    SAID_COMMAND, /* switch or reset: done or refused */
    SAID_STATUS,  /* of one node; the last one of an answer names the active node */
};

/* Orders of an operator to a client program. */
enum client_order_kind {
    CLIENT_ORDER_SWITCH,
    CLIENT_ORDER_RESET,
    CLIENT_ORDER_STATUS,
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
            bool reused; /* ENDED: over a connection that had carried an attempt before */
            bool begun;  /* ENDED: some of an answer was there */
        } attempt;       /* HEADERS: ref, client and status only */
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
        struct {
            const char *why; /* ENDED: static text if there is more to say than the outcome, or
                                NULL */
            uint64_t number; /* EVENT; 0: it has none */
            nanos retry;     /* ENDED: the node asked to be left alone so long; 0: it did not */
            struct stream_ref ref;
            uint16_t status;
            enum outcome outcome; /* ENDED: ANSWER with the status if the node said no or goodbye,
                                     REFUSED, CONNECT_TIMEOUT, RESET or TRUNCATED */
        } stream;
        struct {
            uint32_t alert;
            enum hook_end end;
            uint8_t exit_status;
        } hook;
        struct {
            const char *why;    /* ERROR, NODE and a refused COMMAND; lives as long as the world */
            uint64_t body_hash; /* ANSWER, if has_body_hash */
            nanos latency;      /* STATUS: as the client tells it; 0: not told */
            uint32_t request;
            uint32_t fault; /* COMMAND: the one it was ordered for */
            uint16_t client;
            uint16_t status;   /* ANSWER: of HTTP */
            uint16_t attempts; /* ANSWER, ERROR: its word; 0: it does not say */
            enum said_kind kind;
            enum belief belief; /* NODE and STATUS */
            uint8_t features;   /* READY: CLIENT_FEATURE_... */
            bool has_body_hash;
            bool done; /* COMMAND */
            bool last; /* STATUS: nothing follows of this answer */
        } said;        /* node: ANSWER: its word; NODE, ACTIVE, STATUS: of whom. NODE_NONE: none */
        struct {
            const char *value; /* of the field; NULL: there is none. Lives as long as the world */
            const char *other; /* of question `also` likewise */
            uint32_t lookup;
            uint16_t status; /* 0: no answer */
            bool holds;      /* value is neither false, 0, nor empty */
        } looked_up;         /* node: who was asked */
        int signal;          /* INTERRUPT */
    };
};

/* A request for a client program. */
struct world_request {
    const struct traffic_request *what;
    uint32_t request;
    uint16_t client;
};

/* A question to one node, beside the traffic. */
struct world_lookup {
    const struct question *question;
    const char *also; /* a second field of the same answer, NULL */
    nanos limit;      /* absolute: no answer later than that */
    uint32_t lookup;  /* comes back */
    uint32_t request; /* for $(request); REQUEST_NONE */
    uint16_t node;
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

struct world_stream {
    struct stream_ref ref;
    nanos connect_limit; /* absolute; NANOS_NEVER: none */
    const char *path;
    nanos interval;      /* of the events that are asked for */
    uint64_t last_event; /* goes on after that one; 0: with the present */
    enum stream_kind kind;
    uint16_t client;
    uint16_t node;
};

/* One of the run's alerts, for the program that the scenario wants to be told. */
struct world_alert {
    nanos at;
    const char *why; /* lives as long as the journal */
    uint32_t alert;  /* its number in the run */
    uint16_t node;
    bool raised;
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
    /* Returns when it really started. Each opening ends by one STREAM_ENDED or by close_stream,
     * never both; nothing is told of it afterwards. */
    nanos (*start_stream)(struct world *world, const struct world_stream *stream);
    void (*close_stream)(struct world *world, struct stream_ref ref);
    void (*drop_connections)(struct world *world, uint16_t client, uint16_t node);
    /* The next four only of a scenario whose client is external; NULL where a world has no such
       thing. Returns when it was given to the program; ANSWER or ERROR follows at most once. */
    nanos (*give_request)(struct world *world, const struct world_request *request);
    /* The caller gave up, or the run is over: nothing is told of it any more. */
    void (*withdraw_request)(struct world *world, uint16_t client, uint32_t request);
    /* node: of SWITCH. False: the program cannot do that. COMMAND follows, or STATUS. */
    bool (*order_client)(struct world *world,
                         uint16_t client,
                         enum client_order_kind order,
                         uint32_t fault,
                         uint16_t node);
    /* Which node's execution log holds this request's last execution so far; NODE_NONE if none
       does. Also for clients behind which nobody sees the nodes (direct). */
    uint16_t (*served_by)(struct world *world, uint32_t request);
    /* Asks a node; LOOKED_UP follows, at the latest at its limit. NULL: a world has no answers. */
    void (*look_up)(struct world *world, const struct world_lookup *lookup);
    /* After the last request: ends faults that keep nodes from executing what they hold (not those
       that took the process), and gives them up to 1 s for it. finish does so where nobody did.
       NULL: a world has nothing to let go. */
    void (*release)(struct world *world);
    /* Each applied or cleared fault comes back as occurrences. Not for FAULT_CLASS_CLIENT. */
    void (*apply_fault)(struct world *world, uint32_t fault, uint16_t node);
    void (*clear_fault)(struct world *world, uint32_t fault, uint16_t node);
    /* Runs the scenario's hook for this alert, beside the run; HOOK follows, at the latest from
       finish. NULL: the world starts nothing. */
    void (*tell_alert)(struct world *world, const struct world_alert *alert);
    /* After the last request: lets go of the nodes likewise, stops every process (clients first),
       and appends the execution logs to the journal. */
    void (*finish)(struct world *world, struct journal *journal);
    /* Lets go of all that the world holds; it is no more. */
    void (*close)(struct world *world);
};

/* A world's first member. */
struct world {
    const struct world_ops *ops;
};

#endif
