/* The open requests of one client and the probes of its nodes: slots, their timers and lists.
   It refuses to decide anything; policies do.

   A request has at most one attempt under way, a node at most one probe: a slot below `capacity` is
   a request's, slot capacity + n is the probe of node n. Attempts carry their slot through the
   world and back. */
#ifndef BASCULE_CORE_CLIENT_INFLIGHT_H
#define BASCULE_CORE_CLIENT_INFLIGHT_H

#include "core/client/lists.h"
#include "core/client/policy.h"
#include "core/client/timers.h"

#include <stdbool.h>
#include <stdint.h>

/* One open request. */
struct flight {
    nanos deadline;
    nanos started; /* of the attempt under way */
    nanos limit;   /* of the attempt under way */
    uint32_t request;
    uint32_t attempt;      /* id of the one under way, ATTEMPT_NONE between two */
    uint32_t generation;   /* of the node's belief when the attempt began */
    uint32_t last_attempt; /* how the last one ended: what the caller gets if no other follows */
    uint16_t last_node;
    uint16_t last_status;
    enum outcome last_outcome;
    uint16_t node;
    enum attempt_purpose purpose;
    uint16_t attempts;    /* all of them */
    uint16_t spent;       /* those that count against retry.attempts */
    uint16_t moves;       /* those given up since their node was ejected */
    uint16_t tried_count; /* nodes, in the policy's own list */
    bool retryable;       /* may be repeated whatever became of it */
    bool panicked;        /* had its one attempt in panic */
    bool returned;        /* went back once to a node that had said Retry-After */
};

struct probe {
    nanos next;          /* when the next one is due */
    uint32_t attempt;    /* id of the one under way, ATTEMPT_NONE */
    uint32_t generation; /* of the node's belief when it began */
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
    uint32_t *free; /* slots, the last used on top */
    uint32_t free_count;
    uint32_t capacity;
    uint16_t node_count;
    struct lists lists;
    struct timers timers; /* by slot; then one for the policy itself */
};

void inflight_init(struct inflight *inflight,
                   struct arena *arena,
                   uint32_t capacity,
                   uint16_t node_count);

/* CHECKs that there is room. */
uint32_t inflight_open(struct inflight *inflight, uint32_t request, nanos deadline, bool retryable);
void inflight_close(struct inflight *inflight, uint32_t slot);

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

static inline uint32_t inflight_list(const struct inflight *inflight, uint32_t list)
{
    return inflight->node_count + list;
}

#endif
