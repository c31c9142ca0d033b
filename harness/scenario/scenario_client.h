/* Who asks: the client of a scenario, as plain data. A part of scenario.h. */
#ifndef BASCULE_SCENARIO_SCENARIO_CLIENT_H
#define BASCULE_SCENARIO_SCENARIO_CLIENT_H

#include "base/error.h"
#include "base/nanos.h"
#include "scenario/scenario_nodes.h"

#include <stdbool.h>
#include <stdint.h>

/* Who drives requests. */
enum client_profile {
    PROFILE_RESILIENT,
    PROFILE_APISERVICE,
    PROFILE_NONE,
    PROFILE_DIRECT, /* `direct:` one URL, no failover of its own: a load balancer is under test */
    PROFILE_EXEC,   /* `exec:` a program that speaks bascule-client/1; it has no policy here */
};

enum client_order {
    ORDER_PRIMARY_FIRST,
    ORDER_ROUND_ROBIN,
    ORDER_LEAST_LATENCY,
    ORDER_RANDOM,
};

enum failback_kind {
    FAILBACK_IMMEDIATE,
    FAILBACK_STICKY,
    FAILBACK_AFTER, /* back once able for failback_after */
};

enum {
    FAILOVER_ON_CONNECT = 1 << 0,
    FAILOVER_ON_RESET = 1 << 1, /* also an answer cut off or empty */
    FAILOVER_ON_TIMEOUT = 1 << 2,
    FAILOVER_ON_5XX = 1 << 3,
};

struct health_check_settings {
    bool enabled;
    bool failed_only; /* nodes: failed */
    const char *path;
    nanos interval;
    nanos timeout;
    uint32_t fall;
    uint32_t rise;
    uint32_t jitter_ppm; /* of the interval, to either side */
};

/* Of each node: closed, open for a while, then half-open. */
struct breaker_settings {
    bool enabled;
    uint32_t failures; /* within `window` open it */
    nanos window;
    nanos open;
    uint32_t trials; /* at once while half-open; all must succeed */
};

/* A second attempt of a GET or HEAD beside one that takes long. */
struct hedge_settings {
    bool enabled;
    nanos after;
    uint32_t budget_ppm; /* of requests */
};

#define BUDGET_NONE UINT32_MAX

struct client_settings {
    enum client_profile profile;
    struct scenario_url direct; /* PROFILE_DIRECT */
    struct command_line exec;   /* PROFILE_EXEC */
    bool exec_here;         /* it runs where bascule was started, not in the scenario's folder */
    const char *options;    /* PROFILE_EXEC: a JSON object, "{}" if none */
    nanos request_deadline; /* over all attempts, body included; NANOS_NEVER: none */
    nanos attempt_timeout;
    nanos connect_timeout; /* NANOS_NEVER: only the attempt's own limit */
    enum client_order order;
    nanos slow_start; /* a node that returns takes this long to its whole share; 0: none */
    enum failback_kind failback;
    nanos failback_after;
    unsigned failover_on; /* FAILOVER_ON_... */
    uint32_t eject_after; /* consecutive failures */
    nanos eject_for;      /* doubles for each ejection in a row ... */
    nanos eject_for_max;  /* ... up to this */
    struct breaker_settings breaker;
    struct hedge_settings hedge;
    struct health_check_settings health_check;
    uint32_t retry_attempts;   /* of one request, the first included */
    bool retry_all_methods;    /* also POST and PATCH after they may have been executed */
    bool idempotency_key;      /* POSTs carry one, and are repeated as if idempotent */
    uint32_t retry_budget_ppm; /* of requests; BUDGET_NONE: retries are not counted */
    nanos retry_backoff; /* the first wait of a request that was at every node; 0: it has no more */
    bool keepalive;
    uint32_t instances;
    struct source_at at;
};

/* Is the client a program of the user's, which decides for itself? */
static inline bool scenario_client_is_external(const struct client_settings *client)
{
    return client->profile == PROFILE_EXEC;
}

/* Does the harness itself see which node each attempt goes to? Else execution logs have to tell. */
static inline bool scenario_client_is_seen(const struct client_settings *client)
{
    return client->profile < PROFILE_DIRECT;
}

/* Does it spread load, so that no node is the active one? */
static inline bool scenario_client_spreads(const struct client_settings *client)
{
    return client->order != ORDER_PRIMARY_FIRST;
}

#endif
