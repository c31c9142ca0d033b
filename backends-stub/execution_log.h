/* The execution log: what a stub did, in shared memory that survives its SIGKILL, without a system
   call a record. A memfd sealed against shrinking, made by the harness, one an incarnation; the
   stub appends, the harness reads. */
#ifndef BASCULE_STUB_EXECUTION_LOG_H
#define BASCULE_STUB_EXECUTION_LOG_H

#include "base/error.h"
#include "base/nanos.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXECUTION_LOG_VERSION 2
#define EXECUTION_PATH_MAX    46

/* One record; committed last, with release order, so that a reader never sees half of one.
   Written twice: when the request has executed, all but `end`; `end` when the answer is out or
   given up. The stub executes a request as soon as it is read: latency and lateness come after,
   before the first byte of the answer. */
struct execution_record {
    _Atomic uint32_t committed; /* 0, or 1 once the fields below hold */
    uint32_t run;               /* from X-Request-Id "RUN-NUMBER"; UINT32_MAX if there was none */
    uint32_t request;
    uint16_t status;
    uint8_t method;       /* enum http_method */
    uint8_t flags;        /* EXECUTION_... */
    nanos start;          /* CLOCK_MONOTONIC */
    _Atomic int64_t end;  /* 0 while it is going on */
    uint64_t body_hash;   /* first 8 bytes of SHA-256, big-endian */
    uint64_t answer_hash; /* of the whole body as the node means it, also where it is cut short on
                             the way; HEAD: of nothing */
    char path[EXECUTION_PATH_MAX + 1];
};

enum {
    EXECUTION_EXECUTED = 1 << 0, /* not set: answered so by a fault, without executing */
    EXECUTION_CUT = 1 << 1,      /* the answer was deliberately not sent whole */
};

/* How often an answer fault changed a request, kept where it survives the process that counted. */
struct execution_hits {
    _Atomic uint32_t fault; /* the harness's number of it plus 1; 0: a free place */
    _Atomic uint64_t hits;
};

#define EXECUTION_HITS_MAX 256

struct execution_log_header {
    uint32_t version;
    uint32_t capacity;      /* records */
    _Atomic uint32_t count; /* records begun; may pass capacity, then `full` */
    _Atomic uint32_t full;
    uint16_t node;
    uint16_t incarnation;
    struct execution_hits hits[EXECUTION_HITS_MAX];
};

struct execution_log {
    struct execution_log_header *header;
    struct execution_record *records;
    size_t bytes;
};

/* Harness: a new log. Gives a close-on-exec descriptor (ownership to the caller) and the mapping.
 */
int execution_log_create(struct execution_log *log,
                         uint32_t capacity,
                         uint16_t node,
                         uint16_t incarnation,
                         int *ret_fd,
                         struct error *reterr);
/* Stub: maps an inherited descriptor, after checking size, version and seal. */
int execution_log_open(struct execution_log *log, int fd, struct error *reterr);
void execution_log_close(struct execution_log *log);

/* Stub: a fresh record, NULL when full (and `full` is set). The caller fills it and calls commit.
 */
struct execution_record *execution_log_begin(struct execution_log *log);
void execution_record_commit(struct execution_record *record);

/* Stub: what the fault has hit so far. Nothing happens once there is no place for another fault. */
void execution_log_note_hits(struct execution_log *log, uint32_t fault, uint64_t hits);

/* Harness: that number; 0 for a fault that was never set. */
uint64_t execution_log_hits(const struct execution_log *log, uint32_t fault);

/* Harness: number of records that may be read (each may still be uncommitted: skip those). */
uint32_t execution_log_count(const struct execution_log *log);
bool execution_log_is_full(const struct execution_log *log);

#endif
