/* What the files of measure share, and nobody else sees: the journal taken apart, and what is
   derived on the way. Everything here lives in the scratch arena unless it is part of the
   measurement. */
#ifndef BASCULE_CORE_MEASURE_PARTS_H
#define BASCULE_CORE_MEASURE_PARTS_H

#include "core/measure.h"

#define RECORD_NONE      UINT32_MAX
#define QUIET_NS         NANOS_PER_S
#define QUIET_REQUESTS   10
#define ACTIVE_WITHIN_NS (2 * NANOS_PER_S)

struct event_list {
    const struct event **events; /* by time and sequence */
    size_t count;
};

struct attempt {
    nanos start;
    nanos end; /* NANOS_NEVER: the journal knows none */
    uint64_t body_hash;
    uint32_t sequence; /* of its start */
    uint32_t record;   /* RECORD_NONE: a probe, or of the warm-up */
    uint32_t next;     /* of the same request, ATTEMPT_NONE */
    uint16_t node;
    uint16_t client;
    uint16_t status;
    uint8_t purpose;
    uint8_t outcome; /* OUTCOME_UNFINISHED without an end */
    bool known;      /* ids may have gaps */
    bool has_hash;   /* body_hash is that of the answer as it came to the client */
    bool cut;        /* of an arrival: its answer was not sent whole */
};

/* What a fault, or the lack of a ready process, does to one node from..to. */
struct effect {
    nanos from;
    nanos to;       /* NANOS_NEVER: until after the end */
    uint32_t fault; /* index into measurement.faults; FAULT_NONE: the node is not ready */
    uint16_t node;
    bool unable; /* the node as a whole; else impaired */
};

struct interval {
    nanos from;
    nanos to;
};

struct intervals {
    struct interval *items; /* by time, disjoint */
    size_t count;
};

/* A request or a stream that is disturbed, in order of due time. */
struct disturbed {
    nanos due;
    nanos ended;
    nanos since;          /* the moment from which it was disturbed */
    uint32_t record;      /* RECORD_NONE: the silence of a stream */
    uint32_t caller;      /* then whose */
    uint32_t disturbance; /* the one it belongs to */
};

/* One opening of a stream. */
struct opening {
    nanos from;
    nanos to; /* NANOS_NEVER: the journal knows no end */
    uint16_t node;
};

/* A stream, over all of its openings, by time. */
struct caller {
    const struct event **events; /* that reached it */
    size_t event_count;
    struct opening *openings;
    size_t opening_count;
    size_t ended_count;
    uint16_t entry; /* index into traffic.streams */
};

/* A request that a node served. */
struct serving {
    nanos started;
    nanos ended;
};

/* One mark in the life of a node: effect begins or ends. */
struct edge {
    nanos at;
    uint32_t effect;
    bool begins;
};

struct measuring {
    struct arena *arena;
    struct arena *scratch;
    const struct scenario *scenario;
    const struct journal *journal;
    struct measurement *ret;
    struct event_list events[EVENT_KINDS];

    uint32_t *record_of; /* by request id */
    size_t request_ids;
    uint32_t *first_attempt;  /* by record, ATTEMPT_NONE */
    uint32_t *answer_attempt; /* by record, ATTEMPT_NONE: whose answer the caller got */
    struct attempt *attempts; /* by id */
    size_t attempt_count;

    struct effect *effects;
    size_t effect_count;
    struct edge *edges; /* by time */
    size_t edge_count;

    struct intervals *dark; /* one a mix entry, then one a stream entry */
    size_t dark_count;
    bool *mix_used;
    struct intervals dark_any; /* of the entries in use, united */

    struct disturbed *disturbed;
    size_t disturbed_count;
    nanos *mute_dues; /* of requests that tell of no quiet: unavoidable or cancelled */
    size_t mute_count;

    struct caller *callers; /* the streams */
    uint32_t caller_count;
    nanos *event_times; /* of all of them */
    size_t event_time_count;
    struct disturbed *silences; /* also among the disturbed */
    size_t silence_count;

    struct serving **successes; /* one a node, by their ends */
    size_t *success_counts;
};

/* measure_requests.c */
void measure_requests_read(struct measuring *m);
void measure_requests_classify(struct measuring *m);
/* The first request due no earlier; of those due in [from, to) how many tell of quiet, being
   neither unavoidable nor cancelled. */
size_t measure_requests_first_due(const struct measurement *ret, nanos from);
size_t measure_requests_countable(const struct measuring *m, nanos from, nanos to);
bool measure_requests_is_success(const struct event *request_end);

/* measure_arrivals.c: the attempts of a client that the harness cannot look into. */
void measure_arrivals_read(struct measuring *m);
/* Does every node keep an execution log, and is there any entry? */
bool measure_arrivals_testify(const struct measuring *m);
/* Is it known which node served a request? */
bool measure_arrivals_servers_known(const struct measuring *m);

/* measure_streams.c */
void measure_streams_read(struct measuring *m);
/* After the requests. */
void measure_streams_classify(struct measuring *m);
void measure_streams_fill(struct measuring *m);
/* Events of all streams in [from, to). */
size_t measure_streams_events(const struct measuring *m, nanos from, nanos to);

/* measure_totals.c */
void measure_totals_fill(struct measuring *m);
/* Sorts the samples. */
struct latency_summary measure_totals_summary(int64_t *samples, size_t count);

/* measure_faults.c */
void measure_faults_read(struct measuring *m);

/* measure_harm.c */
/* Can this effect keep every answer to that kind of request from coming? */
bool measure_harm_blocks(const struct measuring *m,
                         const struct effect *effect,
                         const struct traffic_request *request);
/* Does this fault leave its targets unable as a whole? */
bool measure_harm_disables(const struct fault *fault);

/* measure_ability.c */
void measure_ability_sweep(struct measuring *m);
/* Of the node's states, the one that holds then. */
size_t measure_ability_index(const struct measuring *m, uint16_t node, nanos at);
enum ability
measure_ability_at(const struct measuring *m, uint16_t node, nanos at, nanos *ret_since);

/* measure_dark.c */
void measure_dark_find(struct measuring *m);
const struct intervals *measure_dark_of(const struct measuring *m, uint16_t mix);
const struct intervals *measure_dark_of_stream(const struct measuring *m, uint16_t entry);
/* Did what ended then end in the dark, or at most `grace` after it? */
bool measure_dark_excuses(const struct intervals *dark, nanos end, nanos grace);
/* The moment at which that much time outside the dark has passed since from. */
nanos measure_dark_advance(const struct intervals *dark, nanos from, nanos by);
/* Index of the first interval that ends after at. */
size_t measure_dark_after(const struct intervals *dark, nanos at);

/* measure_disturbances.c */
void measure_disturbances_find(struct measuring *m);
bool measure_disturbances_targets(const struct disturbance *disturbance, uint16_t node);
/* How many of the targets are nodes; the others are services. */
size_t measure_disturbances_nodes(const struct measuring *m, const uint16_t *targets, size_t count);

/* measure_quiet.c: have callers recovered between onset and end? */
struct recovery {
    bool recovered;
    bool quiet_found;
    nanos quiet_from; /* of the first quiet stretch; end if there is none */
    nanos last_end;   /* completion of the last disturbed request before it; onset if none */
    uint32_t relapses;
};

/* cut: the end is the onset of the next disturbance, to which what is disturbed only later belongs.
 */
struct recovery measure_quiet_judge(const struct measuring *m, nanos onset, nanos end, bool cut);
/* Gives the disturbed requests of onset..end to a disturbance. */
void measure_quiet_claim(struct measuring *m, uint32_t index, bool cut);
/* Once all are found: gives each the disturbed requests that came after its end and belong to none,
   and counts its relapses anew. */
void measure_quiet_add_aftermaths(struct measuring *m);

/* measure_figures.c, measure_failback.c: of each disturbance */
void measure_figures_fill(struct measuring *m);
struct figure measure_failback_of(const struct measuring *m, const struct disturbance *disturbance);
/* The larger one; UNRECOVERED is larger than any value, ABSENT smaller. */
struct figure measure_figures_worse(struct figure a, struct figure b);

/* measure_client.c, measure_executions.c, measure_nodes.c, measure_lateness.c, measure_timeline.c:
 * of the run */
void measure_client_fill(struct measuring *m);
void measure_executions_fill(struct measuring *m);
void measure_nodes_fill(struct measuring *m);
void measure_lateness_fill(struct measuring *m);
void measure_timeline_fill(struct measuring *m);

/* measure_status.c */
void measure_status_fill(struct measuring *m);

/* measure_alerts.c */
void measure_alerts_fill(struct measuring *m);

#endif
