/* A scenario as plain data, every default filled in; it refuses to know YAML, processes or clocks.
   Ratios, here and in the headers of its parts, are in parts per million: 50% is 500000. */
#ifndef BASCULE_SCENARIO_SCENARIO_H
#define BASCULE_SCENARIO_SCENARIO_H

#include "base/error.h"
#include "base/figure.h"
#include "base/nanos.h"
#include "scenario/names.h"
#include "scenario/scenario_client.h"
#include "scenario/scenario_faults.h"
#include "scenario/scenario_nodes.h"

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
#define SCENARIO_FAULTS_MAX     10000
#define SCENARIO_PHASES_MAX     10000 /* down phases of all flaps of a run */
#define SCENARIO_GROUPS_MAX     16    /* of a partition */
#define SCENARIO_STREAMS_MAX    1000  /* of one entry, and of all together */

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
