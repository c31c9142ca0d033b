/* What the files of trace share, and nobody else sees: the story while it is told. */
#ifndef BASCULE_CORE_TRACE_PARTS_H
#define BASCULE_CORE_TRACE_PARTS_H

#include "base/text.h"
#include "core/trace.h"

enum {
    TRACE_LINE_BYTES = 1024, /* longer ones are cut */
    TRACE_FOLDS_MAX = 32,    /* kinds of folded lines at a time; past it they are told early */
};

struct told_attempt {
    nanos start;
    nanos end;     /* NANOS_NEVER: none known */
    uint32_t next; /* of the same request, ATTEMPT_NONE */
    uint16_t node;
    uint16_t status;
    uint8_t outcome;
    uint8_t purpose;
};

struct told_request {
    nanos due;
    nanos ended; /* NANOS_NEVER: no end known */
    uint32_t first_attempt;
    uint32_t last_attempt;
    uint32_t executions;
    uint16_t mix;
    uint8_t outcome;
    bool disturbed;
    bool unavoidable;
};

enum fold_kind {
    FOLD_REQUEST,
    FOLD_PROBE_PASSED, /* of whatever node */
    FOLD_PROBE_FAILED,
    FOLD_EXECUTION,
    FOLD_STREAM,
};

/* Events that would be told in the same words, counted. */
struct fold {
    uint64_t words; /* equal for equal words */
    enum fold_kind kind;
    const struct event *first;
    const char *told; /* of an execution */
    nanos last_at;
    nanos worst; /* latency of a request */
    uint64_t count;
};

struct story {
    const struct run_result *run;
    const struct scenario *scenario;
    const struct journal *journal;
    void (*line)(void *context, const char *text);
    void *context;
    struct told_request *requests; /* by id */
    size_t request_count;
    struct told_attempt *attempts; /* by id */
    size_t attempt_count;
    struct fold folds[TRACE_FOLDS_MAX]; /* since the last thing that is told alone */
    size_t fold_count;
    struct text text; /* the line under way */
    char bytes[TRACE_LINE_BYTES];
};

/* trace_line.c: a line begins with its time, or the blanks of one; then it is passed on. */
void trace_begin(struct story *story, nanos at);
void trace_begin_range(struct story *story, nanos from, nanos to);
void trace_begin_untimed(struct story *story);
void trace_end(struct story *story);
void trace_add_time(struct story *story, nanos at);     /* "3.000000" */
void trace_add_length(struct story *story, nanos time); /* "1.500 ms" */
const char *trace_node(const struct story *story, uint16_t node);
const char *trace_fault(const struct story *story, uint32_t fault);

/* trace_event.c: an event that is told alone, in words. */
void trace_add_event(struct story *story, const struct event *event);

/* trace_fold.c: what happens all the time. */
void trace_fold(struct story *story, const struct event *event);
void trace_unfold(struct story *story);

/* trace_fault.c: what a fault does, as in "respond, status 503, ratio 50%, for 4s". */
void trace_add_fault(struct story *story, const struct fault *fault);

/* trace_summary.c: what came of it. */
void trace_summary(struct story *story);

/* trace_digest.c: changes with any field of any event. */
uint64_t trace_digest(const struct journal *journal);

#endif
