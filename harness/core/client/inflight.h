/* The open requests of one client and the probes of its nodes: slots, their timers and lists.
   It refuses to decide anything; policies do.

   A request has at most one attempt under way, and beside it at most one hedge; a node at most one
   probe: a slot below `capacity` is a request's, slot capacity + n is the probe of node n. Attempts
   carry their slot through the world and back; the two of one request are told apart by their ids.
 */
#ifndef BASCULE_CORE_CLIENT_INFLIGHT_H
#define BASCULE_CORE_CLIENT_INFLIGHT_H

#include "core/client/lists.h"
#include "core/client/policy.h"
#include "core/client/timers.h"

#include <stdbool.h>
#include <stdint.h>

/* One attempt that is under way, or just ended. */
struct leg {
    nanos started;
    nanos limit;
    uint32_t attempt;    /* id, ATTEMPT_NONE: over */
    uint32_t generation; /* of the node's belief when it began */
    uint16_t node;
    enum attempt_purpose purpose;
};

/* One open request. */
struct flight {
    nanos deadline;
    struct leg leg;   /* the attempt under way */
    struct leg other; /* beside it: the hedge, or the one that is hedged; in no list of its node */
    nanos again_from; /* not before that to a node that it was at */
    uint32_t request;
    uint32_t last_attempt; /* how the last one ended: what the caller gets if no other follows */
    uint16_t last_node;
    uint16_t last_status;
    enum outcome last_outcome;
    uint16_t attempts;    /* all of them */
    uint16_t spent;       /* those that count against retry.attempts */
    uint16_t moves;       /* those given up since their node was ejected */
    uint16_t tried_count; /* nodes, in the policy's own list */
    uint16_t waits;       /* backed off so often */
    uint16_t renewals;    /* attempts that a kept connection was lost under */
    bool retryable;       /* may be repeated whatever became of it */
    bool hedgeable;       /* may have a hedge, and had none yet */
    bool repeats;         /* the next attempt repeats one that may have been executed */
    bool panicked;        /* had its one attempt on an ejected node */
    bool returned;        /* went back once to a node that had said Retry-After */
};

struct probe {
    nanos next;          /* when the next one is due */
    uint32_t attempt;    /* id of the one under way, ATTEMPT_NONE */
    uint32_t generation; /* of the node's belief when it began */
    bool again;          /* in place of one that a kept connection was lost under */
};

/* Lists: one a node, of the requests with an attempt on it, then these. */
enum {
    LIST_WAITING,  /* no node may be asked now */
    LIST_WOKEN,    /* were waiting, and something changed */
    LIST_EVACUEES, /* attempts on a node that was ejected under them */
    LISTS
};

struct inflight {
    struct flight *flights;
    struct probe *probes;
    uint32_t *busy; /* requests with an attempt under way on that node */
    uint32_t *free; /* slots, the last used on top */
    uint32_t free_count;
    uint32_t used; /* slots from there on were never open */
    uint32_t capacity;
    uint16_t node_count;
    bool hedges;
    struct lists lists;
    struct timers timers; /* by slot; then one for the policy itself; then by slot again: a hedge's
                             beginning, or the limit of the other leg */
};

void inflight_init(struct inflight *inflight,
                   struct arena *arena,
                   uint32_t capacity,
                   uint16_t node_count,
                   bool hedges);

/* CHECKs that there is room. */
uint32_t inflight_open(struct inflight *inflight, uint32_t request, nanos deadline, bool retryable);
void inflight_close(struct inflight *inflight, uint32_t slot);
/* The slot of an open request, by looking through all that were ever used; CHECKs that it is there.
 */
uint32_t inflight_find(const struct inflight *inflight, uint32_t request);

/* The other leg takes the place of the first, with its timer and list; the first goes aside. */
void inflight_swap_legs(struct inflight *inflight, uint32_t slot);

/* The request or node whose attempt this is; CHECKs that it is under way. */
bool inflight_is_probe(const struct inflight *inflight, struct attempt_ref ref);
struct flight *inflight_flight(const struct inflight *inflight, struct attempt_ref ref);
uint16_t inflight_probed(const struct inflight *inflight, struct attempt_ref ref);

static inline uint32_t inflight_probe_slot(const struct inflight *inflight, uint16_t node)
{
    return inflight->capacity + node;
}

static inline uint32_t inflight_policy_timer(const struct inflight *inflight)
{
    return inflight->capacity + inflight->node_count;
}

static inline uint32_t inflight_hedge_timer(const struct inflight *inflight, uint32_t slot)
{
    return inflight_policy_timer(inflight) + 1 + slot;
}

static inline uint32_t inflight_list(const struct inflight *inflight, uint32_t list)
{
    return inflight->node_count + list;
}

#endif
