/* Inside of the `resilient` profile: its state, and what its files ask of each other.
     resilient.c          a request's way: begin, end, deadline; commands
     resilient_retry.c    another attempt, a wait, or the end of a request
     resilient_choose.c   which node is asked next, and which one new requests prefer
     resilient_balance.c which one where load is spread, and the slow start of one that returned
     resilient_hedge.c    a second attempt beside one that takes long
     resilient_blame.c    what an ending says about a node; moving requests off an ejected one
     resilient_stale.c    what was reset with a kept connection
     resilient_probe.c    health checks */
#ifndef BASCULE_CORE_CLIENT_RESILIENT_H
#define BASCULE_CORE_CLIENT_RESILIENT_H

#include "core/client/budget.h"
#include "core/client/health.h"
#include "core/client/policy_parts.h"

#include <stdbool.h>
#include <stdint.h>

/* A node that a request was sent to. */
struct tried {
    nanos ended;         /* where `suspected`: when its attempt did */
    uint32_t generation; /* of the node's belief when the attempt began */
    uint16_t node;
    uint16_t asked; /* the request's attempts before that one */
    enum outcome cause;
    bool suspected;  /* it failed in a way that is blamed on it once another node answers the same
                        request */
    bool returnable; /* it asked to be left alone for a while: may be asked once more after that */
    bool renewed;    /* a kept connection to it was lost under the request ... */
    bool anew;       /* ... and so it counts as one that the request was not at */
    bool panicked;   /* that was the request's one attempt on an ejected node */
};

struct resilient {
    struct health *nodes;
    uint32_t *panic_turns; /* when each node last had its turn in panic, by a count of all turns */
    int64_t *credits;      /* of each node's share of requests: resilient_balance.c */
    struct tried *tried;   /* tried_max of each slot */
    struct budget retries;
    struct budget hedges;
    uint32_t tried_max;
    uint32_t panic_turn;
    uint32_t healthy_count;
    uint32_t isolated_count;
    uint16_t active; /* new requests prefer it; NODE_NONE where load is spread */
    uint16_t held;   /* the operator's choice, NODE_NONE */
    bool in_panic;
    bool rotation_changed; /* since resilient_rotate */
};

enum choice_kind {
    CHOICE_NONE,  /* the request is at its end */
    CHOICE_NODE,  /* in rotation */
    CHOICE_TRIAL, /* ejected, and its one trial is due */
    CHOICE_PANIC, /* ejected, but so are all */
    CHOICE_LAST,  /* ejected, and none in rotation is left to the request */
    CHOICE_WAIT,  /* every node asked to be left alone: not before `until` */
};

struct choice {
    enum choice_kind kind;
    uint16_t node;
    nanos until;
};

/* resilient.c */
void resilient_begin(struct policy *policy,
                     uint32_t slot,
                     struct choice choice,
                     enum attempt_purpose purpose);
struct tried *
resilient_tried(const struct policy *policy, uint32_t slot, uint16_t node); /* or NULL */
/* It was not there yet, or only over a connection that was lost. */
static inline bool resilient_is_new_to(const struct policy *policy, uint32_t slot, uint16_t node)
{
    const struct tried *tried = resilient_tried(policy, slot, node);

    return tried == NULL || tried->anew;
}

/* resilient_retry.c */
/* The request has no attempt under way: it gets one, waits, or is answered. */
void resilient_go_on(struct policy *policy, uint32_t slot);
/* May the request have another attempt, which may repeat a sent one? Then it is paid for. */
bool resilient_pays(struct policy *policy, uint32_t slot, bool repeats);

/* resilient_choose.c */
struct choice resilient_choose(struct policy *policy, uint32_t slot);
/* After beliefs changed or time passed: tells a new active node, panic on or off, and wakes who
   waits. */
void resilient_rotate(struct policy *policy);

/* A usable node that is new to the request, NODE_NONE if there is none. It then counts as asked. */
uint16_t resilient_choose_new(struct policy *policy, uint32_t slot);

/* resilient_hedge.c */
/* After an attempt has begun: should it take long, it gets a hedge. */
void resilient_hedge_arm(struct policy *policy, uint32_t slot);
/* The time has come for a hedge. */
void resilient_hedge(struct policy *policy, uint32_t slot);
static inline bool resilient_is_hedged(const struct flight *flight)
{
    return flight->other.attempt != ATTEMPT_NONE;
}
/* The leg failed and is judged; the other one goes on alone. */
void resilient_hedge_promote(struct policy *policy, uint32_t slot);
/* The leg was answered well: the other one is given up. */
void resilient_hedge_settle(struct policy *policy, uint32_t slot);

/* resilient_balance.c */
/* The usable node, new to the request, that is to be asked next by a client that spreads load;
   NODE_NONE if there is none. It then counts as asked. */
uint16_t resilient_spread(struct policy *policy, uint32_t slot);
/* Is this request, by its slow start, not for the preferred node? It then counts as passed on. */
bool resilient_steps_aside(struct policy *policy, uint16_t node);

/* resilient_blame.c */
/* What the request's attempt, which just ended on that node, says about the nodes. */
void resilient_judge(struct policy *policy, uint32_t slot, const struct ending *ending);
/* Its attempt never reached the node: if it was the one on an ejected node, it may have another. */
void resilient_spare_panic(struct policy *policy, uint32_t slot);
bool resilient_was_sent(const struct ending *ending);
bool resilient_may_retry(const struct flight *flight, const struct ending *ending);
void resilient_node_changed(struct policy *policy, uint16_t node, enum health_change change);
/* One attempt is moved off an ejected node; false if none can be. */
bool resilient_evacuate(struct policy *policy);

/* resilient_stale.c */
/* Was it reset over a connection that had carried an attempt before, without a byte of an answer?
   Then the node may only have closed an idle connection in the instant of its use, and is well. */
bool resilient_is_stale(const struct ending *ending);
/* Nobody is blamed; no kept connection to the node is used again, and the request may ask it anew.
 */
void resilient_forgive(struct policy *policy, uint32_t slot);

/* resilient_probe.c */
void resilient_probe_start(struct policy *policy);
void resilient_probe_timer(struct policy *policy, uint16_t node);
void resilient_probe_ended(struct policy *policy, uint16_t node, const struct ending *ending);
/* Where only failed nodes are probed: begins or goes on. */
void resilient_probe_failed_node(struct policy *policy, uint16_t node);

#endif
