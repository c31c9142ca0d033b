/* Journal and scenario in, every figure of a run out: pure functions of what was recorded.
   Definitions: docs/metrics.md; where a choice was open it is made there and cited here by heading.
 */
#ifndef BASCULE_CORE_MEASURE_H
#define BASCULE_CORE_MEASURE_H

#include "base/arena.h"
#include "base/figure.h"
#include "base/nanos.h"
#include "core/journal.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISTURBANCE_NONE   UINT32_MAX
#define TIMELINE_BUCKET_NS (100 * NANOS_PER_MS)
#define MARKS_MAX          3000

enum ability {
    ABILITY_ABLE,
    ABILITY_IMPAIRED,
    ABILITY_UNABLE,
};

const char *ability_word(enum ability ability);

/* One request, as the journal tells it; those of the warm-up are left out. */
struct request_record {
    nanos due;
    nanos started; /* given to the client; NANOS_NEVER: unsent */
    nanos ended;   /* UNFINISHED and UNSENT: the end of the drain */
    uint32_t request;
    uint32_t disturbance; /* the one it belongs to, DISTURBANCE_NONE */
    uint16_t client;
    uint16_t mix;
    uint16_t node; /* who served it, NODE_NONE */
    uint16_t status;
    uint16_t attempts;
    uint8_t outcome;
    bool success;     /* 2xx, 3xx */
    bool failed;      /* no answer, or 5xx */
    bool cancelled;   /* its caller gave up: neither of these */
    bool disturbed;   /* dark time taken out */
    bool explained;   /* of a client nobody looks into: a node gave such an answer, by its log */
    bool unavoidable; /* would be disturbed or failed, but dark time excuses it */
};

/* One application of one fault to its targets; each down phase of a flap is one. */
struct fault_record {
    uint32_t fault; /* index into scenario.faults */
    const uint16_t *targets;
    size_t target_count;
    nanos planned;
    nanos applied;   /* earliest of its targets; NANOS_NEVER: not */
    nanos effective; /* latest of its targets; NANOS_NEVER: not all confirmed */
    nanos cleared;   /* latest; NANOS_NEVER: not before the end */
    nanos onset;     /* from which times count; NANOS_NEVER: none */
    uint64_t hits;
    enum confirmed_by confirmed_by;
    bool opens;              /* a disturbance: its kind does and, for restart, the node was up */
    const char *failure;     /* text of FAULT_FAILED, NULL */
    const char *refusal;     /* likewise, of an order to the clients: one of them refused it */
    const char *leader_said; /* what made its target the leader; NULL: nobody was asked */
    nanos leader_asked;      /* when that answer came */
    uint32_t disturbance;    /* the one it opened or joined */
};

enum disturbance_kind {
    DISTURBANCE_FAULT,
    DISTURBANCE_RECOVERY, /* opened by the end of dark time */
};

struct disturbance {
    enum disturbance_kind kind;
    const uint32_t *faults; /* indexes into measurement.faults */
    size_t fault_count;
    const uint16_t *targets; /* united */
    size_t target_count;
    nanos onset;
    nanos end;
    nanos aftermath_end; /* of the harm that came only after the end; end if there was none */
    bool was_active;     /* judged: its target served in the 2 s before (or it comes at 0, or is a
                            recovery) */
    bool untouched; /* none of its requests met it: what figures there are tell of the aftermath */
    bool recovered;
    const char *unrecovered_why; /* static text, NULL if recovered */
    struct figure switchover;    /* UNRECOVERED if not recovered */
    struct figure first_success;
    struct figure detection;
    struct figure outage;
    struct figure worst_latency;
    struct figure failed_requests;
    struct figure slow_requests;
    struct figure relapses;
    struct figure failback;
    struct figure stream_switchover;
    nanos lateness_max; /* of starts, faults and turns inside: the error bar of its figures */
    const uint16_t *served_by; /* nodes that served its requests, by first success */
    size_t served_by_count;
};

struct state_change {
    nanos at;
    uint8_t state;   /* enum ability, or enum belief for believed */
    uint16_t client; /* believed only */
    const char *why;
};

struct latency_summary {
    struct figure p50, p90, p99, p999, max;
};

struct node_measurement {
    uint64_t requests;       /* attempts on it for requests (trials too, probes not) */
    uint64_t successes;      /* requests whose success it served */
    uint64_t failures;       /* attempts on it that ended without an answer, or with 5xx */
    uint64_t retries;        /* of those attempts: not the first of their request, no hedge */
    uint64_t hedges_won;     /* of those attempts: hedges whose answer the caller got ... */
    uint64_t hedges_lost;    /* ... or that were beaten by the attempt beside them */
    uint64_t ejections;      /* by clients, not by their operator ... */
    uint64_t breaker_opened; /* ... of these by a breaker */
    struct latency_summary latency; /* of those attempts, failures and timeouts included */
    const struct state_change *states;
    size_t state_count;
    const struct state_change *believed;
    size_t believed_count;
};

/* What came of telling a program of an alert. */
struct hook_result {
    bool known; /* false: there was none to tell */
    uint8_t exit_status;
    enum hook_end end;
};

/* One incident: a node that was out for some client. */
struct alert_record {
    uint16_t node;
    nanos raised;
    nanos cleared;   /* NANOS_NEVER: not before the end */
    const char *why; /* of the belief that began it */
    struct hook_result raised_hook, cleared_hook;
};

struct node_status {
    nanos latency; /* of its answers, smoothed; 0: unknown */
    uint16_t node;
    uint8_t belief;
};

/* What a client said of the nodes, where it is not what it said the time before. */
struct status_record {
    nanos at;
    uint16_t client;
    uint16_t active; /* NODE_NONE: it named none */
    const struct node_status *nodes;
    size_t node_count;
};

struct lateness {
    nanos p50, p99, max;
};

struct timeline_bucket {
    uint32_t due, ok, failed,
        slow;  /* by due time; failed and slow as in the report, 4xx are none of the three */
    nanos p99; /* latency of those due here; 0 if none */
};

/* A cell of due time x log latency x node x outcome. */
struct mark {
    nanos at;      /* start of its time cell */
    nanos latency; /* lower edge of its latency cell */
    uint16_t node;
    uint8_t outcome; /* 0 ok, 1 failed, 2 slow, 3 answered 4xx, 4 unavoidable */
    uint32_t count;
};

const char *mark_outcome_word(unsigned outcome);

struct measurement {
    struct request_record *requests; /* by due time */
    size_t request_count;
    struct fault_record *faults; /* by application */
    size_t fault_count;
    struct disturbance *disturbances; /* by onset */
    size_t disturbance_count;
    struct figure metrics[METRICS]; /* run scope; METRIC_SHARE unused */
    struct figure *share;           /* one a node */
    struct node_measurement *nodes; /* one a node */
    nanos resolution;               /* 1/rate; 0 without traffic */
    struct lateness start_lateness, fault_lateness, turn_lateness;
    nanos traffic_end, drain_end;
    uint64_t baseline_requests, baseline_failed, baseline_slow;
    uint64_t stream_events;                      /* that reached callers since time 0 */
    uint64_t baseline_events, baseline_silences; /* before the first fault; too long ones */
    bool overload_before_fault;                  /* a request unsent before the first fault */
    nanos first_fault;                           /* applied; NANOS_NEVER without any */
    struct timeline_bucket *timeline;
    uint32_t **timeline_by_node; /* [node][bucket]: successes by due time */
    size_t bucket_count;
    struct mark *marks;
    size_t mark_count;
    struct alert_record *alerts; /* by the time at which they were raised */
    size_t alert_count;
    struct status_record *statuses; /* by time */
    size_t status_count;
    size_t statuses_left_out; /* since there were too many */
};

/* scratch may be freed after the call; everything in ret lives in arena. */
void measure(struct arena *arena,
             struct arena *scratch,
             const struct scenario *scenario,
             const struct journal *journal,
             struct measurement *ret);

/* Drops what is large (requests), so that many runs can be kept; the rest stays. */
void measure_forget_requests(struct measurement *measurement);

#endif
