/* What one client believes of one node, and until when: ejection with doubling, fall and rise, the
   half-open trial, the breaker, the operator's isolation, the node's own wish to be left alone.
   It refuses to know requests, other nodes and the order of preference. health_enter (in health.c)
   alone changes the belief.

   A result counts only if it was begun under the belief that still holds: callers hand in the
   generation that was current when the attempt began (the idea is that of MongoDB's connection pool
   generations). */
#ifndef BASCULE_CORE_CLIENT_HEALTH_H
#define BASCULE_CORE_CLIENT_HEALTH_H

#include "core/client/outbox.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/* Any answer may need this long; a shorter wait proves nothing. */
#define ATTEMPT_NS_MIN (250 * NANOS_PER_MS)

struct health {
    const struct client_settings *settings;
    struct outbox *outbox;
    nanos healthy_since;
    nanos ejected_until;
    nanos ejection_ns;       /* length of the last ejection in the row, 0 before the first */
    nanos pushed_back_until; /* the node said Retry-After */
    nanos renewed_at;        /* no connection is kept from before that */
    nanos latency_smooth_ns; /* of its successes, 0 before the first ... */
    nanos latency_spread_ns; /* ... as TCP estimates round trips (RFC 6298) */
    nanos latency_aged_ns;   /* the same mean, but fading: health_latency */
    nanos latency_at;        /* of the last of them, long ago before the first */
    uint32_t generation;
    nanos *recent;     /* of the breaker: the last `failures` failures, in a ring */
    uint32_t failures; /* consecutive, of requests; with a breaker all since the last change */
    uint32_t probe_failures;   /* consecutive */
    uint32_t probe_passes;     /* consecutive, since the ejection began */
    uint32_t trials_timed_out; /* in the row of ejections */
    uint16_t node;
    enum belief belief;
    enum outcome cause; /* of the ejection: see health_failed */
    bool by_probe;      /* it was probes that ejected it */
    bool seen_by_probe; /* a probe failed too: a passed one means something */
    bool silent;        /* it last failed without a word, which costs a whole timeout */
    bool by_breaker;    /* opened: only its time ends it */
    bool isolated;      /* by the operator, until he lets it go */
    uint32_t beaten;    /* in a row, by hedges */
    uint32_t trials_under_way;
    uint32_t trials_passed; /* since it is half-open */
};

enum health_change {
    HEALTH_SAME,
    HEALTH_EJECTED,
    HEALTH_ISOLATED,
    HEALTH_BACK,
};

/* recent: breaker.failures times, NULL without a breaker. */
void health_init(struct health *health,
                 const struct client_settings *settings,
                 struct outbox *outbox,
                 uint16_t node,
                 nanos *recent);

/* Of requests. cause: REFUSED, CONNECT_TIMEOUT, RESET, TRUNCATED, TIMEOUT, or ANSWER for a 5xx. */
enum health_change
health_failed(struct health *health, nanos now, uint32_t generation, enum outcome cause);
enum health_change health_passed(struct health *health, nanos now, uint32_t generation);
/* A hedge on another node was answered while an attempt here was not. Three times in a row count as
   one timeout. */
enum health_change health_beaten(struct health *health, nanos now, uint32_t generation);
/* How long a success took, which ended now. */
void health_took(struct health *health, nanos now, nanos latency_ns);
/* What its answers usually take; 0 before the first. Without a fresh answer the estimate halves
   every 5 s, so that a node that was slow once is asked again (as in Finagle's peak EWMA). */
nanos health_latency(const struct health *health, nanos now);

/* Its share of requests, of what it would ordinarily get: below RATIO_ONE while it starts slowly. A
   line from a tenth to the whole, from its return (as Envoy's slow start has it). */
uint32_t health_share_ppm(const struct health *health, nanos now);

/* Half-open: due once the ejection is over and, where probes run, one has passed; and again until
   one was decisive. One at a time, with a breaker as many as it says. */
bool health_trial_is_due(const struct health *health, nanos now);
void health_trial_begin(struct health *health, nanos now);
/* However it ended: health_passed or health_trial_failed follow if it was decisive. */
void health_trial_over(struct health *health);
/* The longest that a trial may take: a few times what this node's answers usually need, so that the
   caller whose request it is hardly notices. It grows while trials time out, lest a node that
   became slow never returns. */
nanos health_trial_limit(const struct health *health);
enum health_change
health_trial_failed(struct health *health, nanos now, uint32_t generation, enum outcome cause);

enum health_change
health_probe_failed(struct health *health, nanos now, uint32_t generation, bool silent);
enum health_change health_probe_passed(struct health *health, nanos now, uint32_t generation);

/* No attempt before that time. */
void health_push_back(struct health *health, nanos until);

/* Out of rotation, without trials and whatever probes say, until released or forgotten. */
enum health_change health_isolate(struct health *health, nanos now);
enum health_change health_release(struct health *health, nanos now);

/* The operator's reset: healthy, as if it had never failed. What the node asked for stays. */
void health_forget(struct health *health, nanos now);

static inline nanos health_ejected_at(const struct health *health)
{
    return health->ejected_until - health->ejection_ns;
}

/* In rotation: takes ordinary requests. */
static inline bool health_is_usable(const struct health *health, nanos now)
{
    return health->belief == BELIEF_HEALTHY && health->pushed_back_until <= now;
}

#endif
