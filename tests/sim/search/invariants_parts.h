/* The inside of the invariants: the model, and what its files ask of each other.
     invariants.c           events to their rules; what must be done by the end of a turn
     invariants_requests.c  a request's beginning and end
     invariants_attempts.c  its attempts: how many, after what, how long
     invariants_nodes.c     beliefs and the evidence for them; the operator's commands
     invariants_probes.c    evidence from probes, and their pace
     invariants_budget.c    what extra attempts cost
     invariants_choice.c    which node may be asked, which is preferred
     invariants_alerts.c    when somebody is told of a node
     invariants_streams.c   long-lived callers: their openings, events and waits
     invariants_end.c       executions, and the return after the last fault */
#ifndef BASCULE_TESTS_SIM_INVARIANTS_PARTS_H
#define BASCULE_TESTS_SIM_INVARIANTS_PARTS_H

#include "invariants.h"

#include <stdbool.h>
#include <stdint.h>

/* Far before any time, and safe to subtract. */
#define LONG_AGO       (INT64_MIN / 2)
/* No attempt is given less, unless the deadline is nearer. */
#define ATTEMPT_MIN    (250 * NANOS_PER_MS)
#define VIOLATION_TEXT 512
/* Of a breaker, the most that is drawn. */
#define BREAKER_MAX    8

/* What a client owes after an event, until the end of the turn. */
enum duty {
    DUTY_NONE,
    DUTY_EJECT,
    DUTY_RETURN,
};

/* One client's view of one node. */
struct view {
    nanos healthy_since;
    nanos answered_at; /* its last success */
    nanos ejected_at;
    nanos ejected_until;
    nanos ejection_ns;
    nanos pushed_back_until;
    nanos probe_at;            /* start of the last one ... */
    nanos probe_paced_at;      /* ... that replaced no other */
    nanos released_at;         /* by the operator */
    nanos recent[BREAKER_MAX]; /* the last blames, in a ring */
    uint32_t generation;       /* changes with the belief, and with a reset */
    uint32_t failures;         /* blamed in a row, in this generation */
    uint32_t probe_failures;
    uint32_t probe_passes;
    uint32_t probe;  /* under way, ATTEMPT_NONE */
    uint32_t trials; /* under way */
    uint32_t trials_passed;
    uint32_t beaten; /* in a row, by hedges */
    enum belief belief;
    enum duty duty;
    enum outcome cause; /* of the last blame */
    bool by_probe;
    bool seen_by_probe;
    bool drop_due;
    bool by_breaker;
    bool isolated;
    bool probe_again; /* the probe under way replaces one that a kept connection was lost under */
};

/* By second of the run, from BUDGET_BEFORE seconds before time 0. */
#define BUDGET_SECONDS 64
#define BUDGET_BEFORE  12

struct budget_model {
    uint32_t requests[BUDGET_SECONDS];
    uint32_t spent[BUDGET_SECONDS];
};

struct client_model {
    struct budget_model retries;
    struct budget_model hedges;
    nanos started_at; /* NANOS_NEVER: nobody asked it yet */
    nanos reset_at;
    nanos active_at; /* of the last change */
    uint32_t healthy;
    uint16_t active;
    uint16_t held;   /* by the operator */
    bool panic;      /* as told */
    bool may_switch; /* something happened since the last change that may call for another */
    bool ejected;    /* in this turn */
};

struct tried_model {
    nanos ended; /* where suspected */
    uint32_t generation;
    uint32_t asked; /* attempts before it */
    uint16_t node;
    enum outcome cause;
    bool suspected;
    bool returnable;
};

enum request_phase {
    REQUEST_TO_COME,
    REQUEST_OPEN,
    REQUEST_ENDED,
};

struct request_model {
    nanos due;
    nanos deadline;
    nanos last_ended; /* of its last attempt */
    uint32_t number;
    uint32_t attempt; /* under way, ATTEMPT_NONE */
    uint32_t beside;  /* a second one under way, ATTEMPT_NONE: a hedge, or what is hedged */
    uint32_t last_attempt;
    uint32_t executions;
    uint32_t place; /* in open */
    uint32_t attempts;
    uint32_t spent; /* without those that were moved */
    uint32_t moves;
    uint32_t tried_count;
    uint16_t client;
    uint16_t last_node;
    uint16_t last_status;
    uint16_t server; /* whose answer the caller got, NODE_NONE */
    uint16_t status;
    enum outcome last_outcome;
    enum request_phase phase;
    struct tried_model tried[INVARIANTS_NODES_MAX];
    bool renewed[INVARIANTS_NODES_MAX]; /* a kept connection to that node was lost under it */
    uint32_t renewals;
    bool last_unsent; /* the last attempt certainly never reached its node */
    bool last_moved;
    bool may_be_executed; /* some attempt may have reached its node */
    bool repeatable;
    bool safe;   /* GET or HEAD */
    bool hedged; /* had its hedge */
    bool cancelled;
    bool returned;
    bool panicked;
    uint32_t panic_attempt; /* that one on an ejected node, ATTEMPT_NONE */
};

struct attempt_model {
    nanos started;
    nanos limit;     /* by when it ends */
    nanos limit_min; /* no timeout before */
    nanos retry_after;
    uint32_t request;
    uint32_t generation;
    uint16_t client;
    uint16_t node;
    enum attempt_purpose purpose;
    bool begun; /* some of an answer was there */
    bool under_way;
};

/* One long-lived caller. */
struct stream_model {
    nanos interval;
    nanos begun_at;
    nanos open_by;        /* without an opening; NANOS_NEVER: none is due */
    nanos waits_from;     /* before the next opening; NANOS_NEVER: it does not wait */
    nanos wait_most;      /* so long at most */
    nanos opened_from;    /* of the last opening, as are the next ones */
    nanos life_at;        /* the last sign of it */
    nanos first_event_at; /* NANOS_NEVER: none */
    nanos event_at;       /* the last one */
    nanos lost_from;    /* beginning of the last one that was neither moved nor closed at the end */
    nanos displaced_at; /* at the end of a turn its node was out; NANOS_NEVER: it was not */
    uint64_t last_event;
    uint32_t opening; /* under way, OPENING_NONE */
    uint32_t waits;   /* in a row */
    enum outcome lost_by;
    uint16_t client;
    uint16_t node;                    /* of the last opening */
    bool tried[INVARIANTS_NODES_MAX]; /* since the last wait */
    bool opened;
    bool over;
};

/* Of all streams: each wait's share of the most that it might last, less a half. */
struct wait_model {
    uint32_t count;
    double sum;
    double squares;
};

struct invariants {
    struct arena *arena;
    const struct scenario *scenario;
    const struct client_settings *settings;
    nanos now;
    struct view *views; /* nodes of client 0, of client 1 ... */
    struct client_model *clients;
    struct request_model *requests;
    struct request_model **open;
    struct attempt_model *attempts;
    struct stream_model *streams; /* by number */
    struct wait_model waits;
    uint32_t stream_count;
    uint32_t attempt_count; /* highest id seen + 1 */
    uint32_t attempt_capacity;
    uint32_t *begun; /* attempts in the order in which they began */
    uint32_t begun_count;
    uint32_t begun_oldest; /* those before it are over */
    uint32_t open_count;
    uint32_t idle_count; /* of the open ones, without an attempt under way */
    uint32_t request_count;
    uint32_t request_oldest;
    uint32_t turns_here; /* at turn_at */
    nanos turn_at;
    uint16_t node_count;
    uint16_t unharmed;
    nanos troubled_until; /* the last that was heard of a fault or a process */
    nanos traffic_end;
    nanos calm_since[INVARIANTS_NODES_MAX]; /* healthy for all clients */
    bool alert_stands[INVARIANTS_NODES_MAX];
    bool over;        /* the drain is at its end */
    const char *only; /* the one rule that counts, NULL: all */
    bool violated;
    char text[VIOLATION_TEXT];
};

/* invariants.c */
/* client, node and request may be -1: none is meant. The first violation is kept. */
void violated(struct invariants *invariants,
              const char *rule,
              int64_t client,
              int64_t node,
              int64_t request,
              const char *format,
              ...) __attribute__((format(printf, 6, 7)));

static inline struct view *
view_of(const struct invariants *invariants, uint16_t client, uint16_t node)
{
    return &invariants->views[(uint32_t)client * invariants->node_count + node];
}

/* invariants_requests.c */
void request_begins(struct invariants *invariants, const struct event *event);
void request_ends(struct invariants *invariants, const struct event *event);
/* invariants_attempts.c */
void attempt_begins(struct invariants *invariants, const struct event *event);
void attempt_ends(struct invariants *invariants, const struct event *event);
bool is_stale(const struct attempt_model *attempt, const struct event *event);
struct attempt_model *attempt_of(struct invariants *invariants, uint32_t id);
struct tried_model *tried_of(struct request_model *request, uint16_t node); /* or NULL */

/* invariants_budget.c */
void budget_counts_request(struct invariants *invariants, uint16_t client);
/* Does the next attempt of it repeat one that may have been executed? */
bool is_repeat(const struct request_model *request);
void repeat_paid(struct invariants *invariants, const struct request_model *request);
/* Could it be paid for, if the request were to go on now? */
void hedge_paid(struct invariants *invariants, const struct request_model *request);
bool could_pay(const struct invariants *invariants, const struct request_model *request);

/* invariants_nodes.c */
unsigned failure_kind(enum outcome outcome, uint16_t status);
void belief_told(struct invariants *invariants, const struct event *event);
void isolation_ordered(struct invariants *invariants, const struct event *event);
void reset_ordered(struct invariants *invariants);
void command_told(struct invariants *invariants, const struct event *event);
void request_attempt_judged(struct invariants *invariants,
                            struct request_model *request,
                            const struct attempt_model *attempt,
                            const struct event *event);
/* Its attempt was given up since another one of the request got `status`. */
void attempt_beaten(struct invariants *invariants,
                    const struct attempt_model *attempt,
                    uint16_t status);
void duties_checked(struct invariants *invariants);

/* invariants_probes.c */
void probe_begins(struct invariants *invariants, const struct event *event);
void probe_ends(struct invariants *invariants,
                const struct attempt_model *attempt,
                const struct event *event);
void probes_checked(struct invariants *invariants);

/* invariants_alerts.c */
void alerts_hear(struct invariants *invariants, const struct event *belief);
void alert_told(struct invariants *invariants, const struct event *event);
void alerts_checked(struct invariants *invariants);

/* invariants_streams.c */
void streams_init(struct invariants *invariants);
void streams_begin(struct invariants *invariants); /* with traffic */
void streams_end(struct invariants *invariants);
void stream_opens(struct invariants *invariants, const struct event *event);
void stream_opened(struct invariants *invariants, const struct event *event);
void stream_event(struct invariants *invariants, const struct event *event);
void stream_ends(struct invariants *invariants, const struct event *event);
void streams_checked(struct invariants *invariants);

/* invariants_choice.c */
uint32_t trials_max(const struct invariants *invariants);
void hedge_checked(struct invariants *invariants,
                   struct request_model *request,
                   const struct event *event);
bool view_usable(const struct invariants *invariants, const struct view *view);
bool trial_due(const struct invariants *invariants, const struct view *view);
/* Could the request go to some node now? Or at least wait for one that asked for peace? */
bool may_go_on(const struct invariants *invariants, struct request_model *request, bool wait);
void choice_checked(struct invariants *invariants,
                    struct request_model *request,
                    const struct event *event);
void open_requests_checked(struct invariants *invariants);

/* invariants_active.c */
void active_told(struct invariants *invariants, const struct event *event);
void panic_told(struct invariants *invariants, const struct event *event);
void preferences_checked(struct invariants *invariants);

/* invariants_end.c */
void executed(struct invariants *invariants, const struct event *event);

#endif
