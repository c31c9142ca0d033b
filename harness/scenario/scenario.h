/* A scenario as plain data, every default filled in; it refuses to know YAML, processes or clocks.
 */
#ifndef BASCULE_SCENARIO_SCENARIO_H
#define BASCULE_SCENARIO_SCENARIO_H

#include "base/error.h"
#include "base/figure.h"
#include "base/nanos.h"
#include "scenario/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCENARIO_FILE_BYTES_MAX 1048576 /* 1 MiB */
#define SCENARIO_DEPTH_MAX      32
#define SCENARIO_VALUES_MAX     100000 /* YAML values after alias expansion */
#define SCENARIO_NODES_MAX      1000
#define SCENARIO_NAME_MAX       64
#define SCENARIO_DURATION_MAX   (24 * NANOS_PER_HOUR)
#define SCENARIO_REQUESTS_MAX   20000000 /* a run, warm-up included */
#define SCENARIO_CLIENTS_MAX    1000
#define SCENARIO_STATUSES_MAX   16
#define SCENARIO_FAULTS_MAX     10000
#define SCENARIO_PHASES_MAX     10000 /* down phases of all flaps of a run */
#define SCENARIO_GROUPS_MAX     16    /* of a partition */
#define SCENARIO_STREAMS_MAX    1000  /* of one entry, and of all together */

#define NODE_NONE  UINT16_MAX
#define FAULT_NONE UINT32_MAX
#define GROUP_NONE UINT8_MAX

/* Ratios are in parts per million: 50% is 500000. */

struct stub_settings {
    nanos latency;     /* of every answer */
    nanos start_delay; /* before it listens */
    nanos idle_close;  /* an idle connection is closed after this; NANOS_NEVER: not */
    nanos exit_after;  /* the stub ends by itself this long after it is ready; NANOS_NEVER: not. For
                          canaries */
    uint32_t backlog;  /* of listen(2) */
};

/* An argument vector, never a line for a shell. "$(port)", "$(name)", "$(dir)", "$(address)" and
   "$(address.NODE)" in it are replaced when it is run (world/command_line.h). */
struct command_line {
    const char *const *words; /* and a NULL after them */
    size_t count;             /* 0: none */
    struct source_at at;      /* of the program */
};

struct environment_variable {
    const char *name;
    const char *value; /* NULL: the harness's own value of that name, which is never recorded */
    struct source_at at;
};

enum node_kind {
    NODE_STUB,     /* the built-in one */
    NODE_COMMAND,  /* a program of the user's, started and stopped by the harness */
    NODE_EXTERNAL, /* runs already; the harness neither starts nor stops it */
};

/* When a process counts as ready. */
struct ready_settings {
    const char *http; /* this path answers 2xx; NULL: the port accepts a connection */
    nanos within;
};

struct stop_settings {
    int signal;
    nanos within; /* then it is killed */
};

/* Where a node or a load balancer is asked. */
struct scenario_url {
    const char *text;   /* as written, without a slash at its end */
    const char *host;   /* a name in small letters or a numeric IPv4 address; "127.0.0.1" unless a
                           URL says otherwise */
    const char *prefix; /* before every path: "" or "/v1" */
    uint16_t port;
    struct source_at at; /* no line where nothing was written */
};

/* A node, or a service: a process that is no target of the client (a load balancer). */
struct scenario_node {
    const char *name;
    enum node_kind kind;
    uint16_t port; /* url.port; 0: a service without one, which is ready once it runs */
    struct scenario_url url;
    struct stub_settings stub;              /* NODE_STUB */
    struct command_line command;            /* NODE_COMMAND, as the rest */
    const struct environment_variable *env; /* besides PATH, HOME, LANG and TMPDIR */
    size_t env_count;
    const char *cwd; /* as written, from the scenario's folder; NULL: that folder */
    struct ready_settings ready;
    struct stop_settings stop;
    struct source_at at;
};

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

struct http_header {
    const char *name;
    const char *value;
};

/* One kind of request in the mix. */
struct traffic_request {
    enum http_method method;
    const char *path;
    const char *body; /* NULL: none; "$(request)" is replaced by the request's number */
    const struct http_header *headers;
    size_t header_count;
    uint32_t weight;
    bool idempotent;
};

enum stream_kind {
    STREAM_SSE, /* Server-Sent Events */
    STREAM_WEBSOCKET,
};

/* Some long-lived callers that are alike. */
struct traffic_stream {
    enum stream_kind kind;
    const char *path;
    uint32_t count;
    nanos interval; /* an event is due this long after the one before */
};

struct traffic {
    uint64_t rate_micro; /* requests a second, in millionths; 0: none */
    nanos slow;
    uint32_t max_in_flight;
    uint32_t cancel_ppm; /* of requests: their callers give up ... */
    nanos cancel_after;  /* ... if they have no answer that long after the due time */
    const struct traffic_request *requests;
    size_t request_count; /* 0: no traffic */
    uint64_t weight_total;
    const struct traffic_stream *streams;
    size_t stream_count; /* entries; of callers see scenario_stream_callers */
};

enum target_kind {
    TARGET_NODES, /* the listed ones */
    TARGET_CURRENT,
    TARGET_ALL,
    TARGET_OTHERS, /* all but the current one */
    TARGET_ONE,
    TARGET_MINORITY, /* (nodes - 1) / 2 of them */
    TARGET_MAJORITY, /* nodes / 2 + 1 of them */
    TARGET_LEADER,   /* the node that says so of itself just before, see leader_settings */
};

enum comparison {
    COMPARISON_LESS,
    COMPARISON_AT_MOST,
    COMPARISON_EQUAL,
    COMPARISON_AT_LEAST,
    COMPARISON_GREATER,
};

enum pooled {
    POOLED_NONE, /* must hold in every run */
    POOLED_MIN,
    POOLED_P50,
    POOLED_P95,
    POOLED_MAX, /* the figure over all runs */
};

struct expectation {
    enum metric metric;
    enum comparison comparison;
    int64_t limit; /* in the metric's unit */
    enum pooled pooled;
    uint16_t node;          /* of share.NODE, else NODE_NONE */
    uint32_t fault;         /* index of the fault that carries it, else FAULT_NONE */
    const char *name;       /* as written: "switchover", "switchover.p95", "share.backup-1" */
    const char *limit_text; /* as written: "< 5s" */
    struct source_at at;
};

enum direction {
    DIRECTION_BOTH,
    DIRECTION_IN,  /* to the node that is hit */
    DIRECTION_OUT, /* from it */
};

enum flap_how {
    FLAP_KILL,
    FLAP_PAUSE,
};

struct fault_parameters {
    uint16_t statuses[SCENARIO_STATUSES_MAX]; /* in turn */
    uint32_t status_count;
    uint32_t ratio_ppm;   /* of requests, 1,000,000 unless given; corrupt: of bytes */
    const char *path;     /* only requests of exactly this path; NULL: every path but /api/health */
    nanos retry_after;    /* whole seconds; 0: no header */
    bool after_commit;    /* the request is executed before it is answered so */
    nanos by;             /* slow, delay, slow_close */
    nanos jitter;         /* those: up to this much more or less, at most `by` */
    uint64_t after_bytes; /* stall, truncate: of the body; reset: of what the node sends */
    uint64_t rate_bytes;  /* trickle, throttle: bytes a second */
    uint32_t of_ppm;      /* wire faults, blackhole: share of connections, 1,000,000 unless given */
    enum direction direction; /* blackhole, partition (then of exactly two groups) */
    nanos every;              /* flap: from the beginning of one down phase to that of the next */
    nanos down;               /* flap: length of a down phase, below `every` */
    enum flap_how how;        /* flap */
    /* partition: the number of each node's group, or GROUP_NONE (it may talk to all); the nodes
       that are hit are group 0, the rest as in the file. NULL: those that are hit against all
       others. */
    const uint8_t *groups;
};

struct fault {
    enum fault_kind kind;
    enum target_kind target;
    const char *id; /* unique; "KIND-N" (N counts all faults from 1) unless given */
    nanos at_from;
    nanos at_to;           /* equal to at_from unless a range */
    nanos hold;            /* `for`; NANOS_NEVER: not undone */
    const uint16_t *nodes; /* of TARGET_NODES; switch_to: exactly one; reset_failed: none */
    size_t node_count;
    struct fault_parameters parameters;
    bool by_chance; /* drawn by chaos, aimed by nobody: that it hits nothing is no doubt */
    struct source_at source;
};

/* A random schedule: in each stretch of `every` between `from` and `until` one fault of a kind
   drawn by weight, undone `heal` later. */
struct chaos {
    bool enabled;
    nanos from;
    nanos until; /* every fault begins before; at least `heal` before the end of traffic */
    nanos every; /* the last stretch may be shorter */
    nanos heal;
    uint32_t keep_healthy;         /* nodes that no fault holds at any moment, below their number */
    uint32_t weights[FAULT_KINDS]; /* 0: never */
    struct source_at at;
};

/* The program that is told of every alert. */
struct alert_settings {
    struct command_line command;
};

/* A question to a node, and what its answer has to say. */
struct question {
    enum http_method method;
    const char *path;
    const char *body;  /* NULL: none; "$(request)" in it and in the path is replaced (verify) */
    const char *field; /* dotted path into the JSON answer: "header.member_id", "kvs.0.value" */
    struct source_at at;
};

/* How the target `leader` is found: each node is asked, and is the leader if it says so. */
struct leader_settings {
    bool enabled;
    struct question question;
    const char *is;      /* the field's text; NULL: same_as */
    const char *same_as; /* another field of the same answer that must be equal, NULL */
};

/* After the run: is each acknowledged write there? It is if the answer is 2xx and has the field,
   neither null, false, 0, "0", "", [] nor {}. */
struct verify_settings {
    bool enabled;
    struct question question;
};

enum must {
    MUST_NOTHING,
    MUST_FAIL,
    MUST_INCONCLUSIVE, /* must_reason: for this reason only, NULL for any */
};

struct scenario {
    const char *file; /* as given on the command line */
    const char *text; /* whole, NUL-terminated */
    size_t text_length;
    const char *name;
    const char *description; /* "" if none */
    const char *const *tags;
    size_t tag_count;
    const char *const *requires; /* programs */
    size_t requires_count;
    const char *known_why;          /* NULL: no known_issue */
    const char *const *known_fails; /* expectation names */
    size_t known_fails_count;
    enum must must;
    const char *must_reason;
    bool has_seed;
    uint64_t seed;
    uint32_t repeat;
    nanos warmup;
    nanos duration;
    struct scenario_node *nodes; /* the nodes, and the services behind them */
    size_t node_count;
    size_t process_count; /* nodes and services */
    struct client_settings client;
    struct traffic traffic;
    struct fault *faults; /* in the order of the file */
    size_t fault_count;
    struct chaos chaos;
    struct alert_settings alerts;
    struct leader_settings leader;
    struct verify_settings verify;
    struct expectation *expectations; /* of the scenario, then of the faults */
    size_t expectation_count;
};

/* Requests of warm-up plus duration: those due at n/rate with -warmup <= n/rate < duration. */
uint64_t scenario_request_count(const struct scenario *scenario);

/* Does it write something that its number tells from all others, so that it can be read back? */
bool scenario_request_is_numbered_write(const struct traffic_request *request);

/* The value of a header that the scenario gives the request, whatever its case, or NULL. */
const char *scenario_header(const struct traffic_request *request, const char *name);

/* Long-lived callers, numbered from 0 in the order of the file. */
uint32_t scenario_stream_callers(const struct traffic *traffic);
/* What the caller of that number reads. */
const struct traffic_stream *scenario_stream(const struct traffic *traffic, uint32_t caller);

/* The times at which a fault is applied if its first time is `at`: 1, or the down phases of a flap
   that begin before its `for` and before traffic ends. */
uint64_t
scenario_fault_applications(const struct scenario *scenario, const struct fault *fault, nanos at);

/* What the fault does to its node: the kind itself, but of a flap what its down phases are. */
enum fault_kind scenario_fault_acts_as(const struct fault *fault);

/* The parameters of a fault of that kind where nothing is said of them. */
struct fault_parameters scenario_fault_defaults(enum fault_kind kind);

bool scenario_has_fault(const struct scenario *scenario, enum fault_kind kind);

/* Is there a fault of that class, or may the seed draw one? */
bool scenario_may_have(const struct scenario *scenario, enum fault_class class);

/* The most faults that chaos draws: one a stretch. */
uint64_t scenario_chaos_stretches(const struct chaos *chaos);

/* Is it on this machine: "localhost", or an address of 127.0.0.0/8? */
bool scenario_url_is_local(const struct scenario_url *url);

/* Does the scenario have a node or service of that kind? */
bool scenario_has_node(const struct scenario *scenario, enum node_kind kind);

/* Index of the node or service of that name, NODE_NONE if there is none. */
uint16_t scenario_node_index(const struct scenario *scenario, const char *name);

#endif
