/* A report (bascule/report/1) read back whole, as plain data for whoever draws or compares it. It
   trusts nothing: what is missing, of another type, out of range, or does not fit the rest is an
   error with its place. It refuses to know how a report is shown. Times are milliseconds as they
   stand in the report. */
#ifndef BASCULE_REPORT_DOCUMENT_H
#define BASCULE_REPORT_DOCUMENT_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number that may be missing, or larger than any. */
enum document_state {
    DOCUMENT_ABSENT, /* null: not measured */
    DOCUMENT_VALUE,
    DOCUMENT_NEVER, /* "unrecovered": larger than any number */
};

struct document_figure {
    double value;
    enum document_state state;
};

struct document_texts {
    const char *const *items;
    size_t count;
};

struct document_reason {
    const char *code;
    const char *text;
};

struct document_reasons {
    const struct document_reason *items;
    size_t count;
};

struct document_expectation {
    const char *metric; /* "switchover", "share.backup-1", "switchover.p95" */
    const char *op;
    const char *expected; /* op and limit as the scenario writes them: "at least 99.9%" */
    const char *verdict;  /* pass, fail, inconclusive */
    const char *fault;    /* id; NULL: of the run */
    double limit;
    double error;                  /* how far noise may have moved the actual value */
    struct document_figure actual; /* in the metric's unit as the report has it */
    int64_t run;                   /* index; -1: over all runs */
    const char *why;               /* a sentence, where figure and limit do not say it all; NULL */
};

struct document_fault {
    const char *id;
    const char *kind;
    struct document_texts targets;
    const char *params; /* one line for people: "status 503, path /a"; "" if none */
    double planned_ms;
    struct document_figure applied_ms, effective_ms, cleared_ms;
    const char *confirmed_by;    /* NULL: nothing did */
    const char *refused;         /* why a client would not do it; NULL: none refused */
    struct document_figure hits; /* ABSENT where they are not counted */
};

struct document_disturbance {
    struct document_texts faults; /* ids */
    struct document_texts targets;
    struct document_texts served_by;
    const char *kind;
    const char *unrecovered_why; /* NULL if recovered */
    bool was_active;
    bool recovered;
    double onset_ms, end_ms;
    struct document_figure switchover_ms, first_success_ms, detection_ms, outage_ms,
        worst_latency_ms, failed_requests, slow_requests, relapses, failback_ms,
        stream_switchover_ms;
};

struct document_metric {
    const char *name;
    struct document_figure figure;
};

struct document_state_change {
    double at_ms;
    const char *state;
    const char *why;
    int64_t client; /* -1: the harness */
};

struct document_node {
    const char *name;
    const char *url;
    int64_t requests, successes, failures, retries, hedges_won, hedges_lost, ejections,
        breaker_opened;
    struct document_figure p50_ms, p90_ms, p99_ms, p999_ms, max_ms;
    const struct document_state_change *states;
    size_t state_count;
    const struct document_state_change *believed;
    size_t believed_count;
};

struct document_alert {
    const char *node;
    const char *why;
    double raised_ms;
    struct document_figure cleared_ms; /* ABSENT: not before the end */
};

struct document_lateness {
    double p50_ms, p99_ms, max_ms;
};

struct document_mark {
    double t_ms, latency_ms;
    uint32_t node; /* index into the run's nodes; UINT32_MAX: none */
    uint32_t count;
    const char *outcome;
};

struct document_bucket {
    uint32_t due, ok, failed, slow;
    struct document_figure p99_ms;
};

struct document_run {
    int64_t index;
    const char *seed; /* digits */
    const char *verdict;
    struct document_reasons reasons;
    int64_t rerun_of; /* -1: none */
    bool superseded;  /* another run took its place */
    const struct document_fault *faults;
    size_t fault_count;
    const struct document_disturbance *disturbances;
    size_t disturbance_count;
    const struct document_metric *metrics;
    size_t metric_count;
    const struct document_node *nodes;
    size_t node_count;
    const struct document_alert *alerts;
    size_t alert_count;
    struct document_figure resolution_ms;
    struct document_lateness start_lateness, fault_lateness, turn_lateness;
    double bucket_ms;
    const struct document_bucket *timeline;
    size_t bucket_count;
    const struct document_mark *marks;
    size_t mark_count;
    double duration_ms; /* of traffic, as far as the timeline goes */
};

/* Over all runs that count. */
struct document_pool {
    const char *metric;
    int64_t n;
    struct document_figure min, p50, p95, max;
};

struct document {
    const char *path; /* of the file */
    const char *tool_version, *tool_commit;
    const char *name, *file, *sha256, *text; /* of the scenario */
    const char *description;                 /* "" if it has none */
    const char *profile;                     /* of the client under test; NULL: not told */
    int64_t instances;                       /* of it; 0: not told */
    struct document_texts settings;
    int64_t port_base; /* -1: none was given */
    const char *seed;
    double target_ms;
    double slow_ms; /* an answer is late from then on */
    const char *os, *kernel, *isolation;
    int64_t cpus;
    const char *started_at; /* NULL in simulation */
    struct document_figure wall_ms;
    const char *verdict;
    struct document_reasons reasons;
    const char *known_why; /* NULL: nothing is announced */
    struct document_texts known_fails;
    const char *logs; /* a folder; NULL: none */
    const struct document_expectation *expectations;
    size_t expectation_count;
    const struct document_run *runs;
    size_t run_count;
    const struct document_pool *summary;
    size_t summary_count;
};

/* Memory in the arena. Errors are those of report_file.h, and "PATH: error: runs[0].faults[2].kind
   is missing" and the like. Further members of an object are left alone. The text of the scenario
   has the recorded sha256. */
int document_read(struct document *ret,
                  struct arena *arena,
                  const char *path,
                  struct error *reterr);

/* The figure of a metric of one run, ABSENT if it has none of that name. */
struct document_figure document_metric(const struct document_run *run, const char *name);

bool document_has_reason(const struct document *document, const char *code);

/* What the table in the terminal shows: the worst over all runs that count and their active
   disturbances. A switchover that never came is only told where one is expected, and what an
   interruption cut off not at all. */
struct document_headline {
    struct document_figure switchover_ms, outage_ms, worst_latency_ms, failed_requests;
};
struct document_headline document_headline(const struct document *document);

#endif
