/* The messages between harness and stub: fixed records over an inherited SOCK_SEQPACKET pair, one a
   packet. Both ends are built together; a packet of the wrong size or version is a bug, and the
   receiver stops. */
#ifndef BASCULE_STUB_CONTROL_H
#define BASCULE_STUB_CONTROL_H

#include "base/error.h"
#include "base/nanos.h"
#include "scenario/names.h"

#include <stdbool.h>
#include <stdint.h>

#define CONTROL_VERSION 1
#define CONTROL_FD      3 /* in the stub: its end of the pair */
#define CONTROL_LOG_FD  4 /* in the stub: the memfd of its execution log (execution_log.h) */

#define CONTROL_PATH_MAX     256
#define CONTROL_STATUSES_MAX 16
#define CONTROL_NAME_MAX     72

/* Harness to stub. */
enum control_order_kind {
    CONTROL_SETTINGS, /* the first packet, once; the stub answers READY or FAILED */
    CONTROL_SET,      /* a behaviour begins; answered by ACK */
    CONTROL_CLEAR,    /* it ends; answered by ACK with its hits */
};

struct control_settings {
    char name[CONTROL_NAME_MAX]; /* X-Bascule-Node */
    uint64_t seed;               /* of the stub's random choices */
    nanos latency;
    nanos start_delay;
    nanos idle_close; /* NANOS_NEVER: not */
    nanos exit_after; /* after READY; NANOS_NEVER: not */
    uint32_t backlog;
    uint16_t port;
    uint16_t node;        /* index, for the log */
    uint16_t incarnation; /* how often this node was started before */
    uint16_t
        peer_port;    /* of another node, for the hint of a node of the wrong role; 0: none known */
    uint32_t address; /* IPv4, host byte order, where it listens; 0: 127.0.0.1 */
};

/* Any of FAULT_CLASS_ANSWER. Several may be set at once, told apart by `behaviour`. */
struct control_behaviour {
    uint32_t behaviour; /* the harness's number of the fault */
    uint32_t kind;      /* enum fault_kind */
    uint32_t ratio_ppm;
    uint32_t status_count;
    uint16_t statuses[CONTROL_STATUSES_MAX]; /* in turn; empty: 503 */
    char path[CONTROL_PATH_MAX]; /* exact, without query; "": every path, but for RESPOND never
                                    /api/health */
    nanos retry_after;           /* 0: none */
    nanos by;
    nanos jitter;
    uint64_t after_bytes;
    uint64_t rate_bytes;
    bool after_commit;
};

struct control_order {
    uint32_t version;
    uint32_t kind;
    uint64_t sequence; /* comes back in the answer */
    union {
        struct control_settings settings;
        struct control_behaviour behaviour;
        uint32_t clear; /* behaviour number */
    };
};

/* Stub to harness. Times are CLOCK_MONOTONIC nanoseconds. */
enum control_report_kind {
    CONTROL_READY,  /* listening */
    CONTROL_FAILED, /* could not listen: os_errno; the stub then exits with status 1 */
    CONTROL_ACK,    /* the order is in force for every request read from now on */
};

struct control_report {
    uint32_t version;
    uint32_t kind;
    uint64_t sequence;
    nanos at;
    uint64_t hits; /* ACK of CLEAR: requests that the behaviour changed (refuse: always 0) */
    int32_t os_errno;
};

/* The stub's end. control_receive gives 1 with an order, 0 when the harness is gone, -1 when there
   is none yet (the descriptor does not block) or when the packet is wrong: then *reterr is set. */
int control_receive(int fd, struct control_order *ret, struct error *reterr);
/* Fills in the version. A harness that is gone is no error: the next receive tells. */
void control_send(int fd, struct control_report report);

#endif
