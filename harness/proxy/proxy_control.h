/* The messages between harness and bascule-proxy: fixed records over an inherited SOCK_SEQPACKET
   pair, one a packet. Both ends are built together; a packet of the wrong size or version is a bug,
   and the receiver stops. */
#ifndef BASCULE_PROXY_PROXY_CONTROL_H
#define BASCULE_PROXY_PROXY_CONTROL_H

#include "base/error.h"
#include "base/nanos.h"

#include <stdint.h>

#define PROXY_CONTROL_VERSION 2
#define PROXY_CONTROL_FD      3 /* in the proxy: its end of the pair */

/* What the relay can do. Settled: NOT the scenario's enum fault_kind; the harness maps one to the
 * other. */
enum proxy_fault_kind {
    PROXY_FAULT_RESET,
    PROXY_FAULT_DELAY,
    PROXY_FAULT_THROTTLE,
    PROXY_FAULT_CORRUPT,
    PROXY_FAULT_BLACKHOLE,
    PROXY_FAULT_STALL,
    PROXY_FAULT_TRUNCATE,
    PROXY_FAULT_SLOW_CLOSE,
    PROXY_FAULT_REFUSE, /* the listener closes; open connections live */
    PROXY_FAULT_KINDS
};

enum proxy_direction {
    PROXY_BOTH,
    PROXY_IN,  /* from the client to the node */
    PROXY_OUT, /* from the node to the client */
};

/* Harness to proxy. */
enum proxy_order_kind {
    PROXY_RELAY, /* one a node, before START; not answered */
    PROXY_START, /* listen on all; answered by READY or FAILED */
    PROXY_SET,   /* a fault begins on a relay, also for open connections; answered by ACK */
    PROXY_CLEAR, /* it ends; answered by ACK with its hits */
};

struct proxy_relay {
    uint16_t node;          /* index: the relay's name in all orders */
    uint16_t public_port;   /* 127.0.0.1, where clients connect */
    uint16_t upstream_port; /* where the node listens; it may be down: then the client is reset */
    uint32_t upstream_address; /* IPv4, host byte order; 0: 127.0.0.1 */
};

struct proxy_fault {
    uint32_t fault; /* the harness's number of it */
    uint32_t kind;  /* enum proxy_fault_kind */
    uint16_t node;
    uint16_t direction; /* enum proxy_direction: BLACKHOLE */
    uint32_t of_ppm;    /* share of connections that it hits, decided once a connection */
    uint32_t ratio_ppm; /* CORRUPT: chance of each answer byte to be changed */
    nanos by;           /* DELAY, SLOW_CLOSE */
    nanos jitter;
    uint64_t rate_bytes;  /* THROTTLE: bytes a second, each direction */
    uint64_t after_bytes; /* RESET, STALL, TRUNCATE: of what the node sends on a connection; 0: at
                             once */
};

struct proxy_order {
    uint32_t version;
    uint32_t kind;
    uint64_t sequence; /* comes back in the answer */
    union {
        struct proxy_relay relay;
        struct proxy_fault fault;
        struct {
            uint64_t seed; /* of every random choice */
        } start;
        struct {
            uint32_t fault;
            uint16_t node;
        } clear;
    };
};

/* Proxy to harness. Times are CLOCK_MONOTONIC nanoseconds. */
enum proxy_report_kind {
    PROXY_READY,
    PROXY_FAILED, /* node and os_errno; the proxy then exits with status 1 */
    PROXY_ACK,    /* the order is in force for every byte that is relayed from now on */
};

struct proxy_report {
    uint32_t version;
    uint32_t kind;
    uint64_t sequence;
    nanos at;
    uint64_t hits; /* connections that it hit: of SET those open now, of CLEAR all of them */
    uint16_t node;
    int32_t os_errno;
};

/* The proxy's end. proxy_control_receive gives 1 with an order, 0 when the harness is gone, -1 when
   there is none yet (it does not wait) or when the packet is wrong: then *reterr is set. */
int proxy_control_receive(int fd, struct proxy_order *ret, struct error *reterr);
/* Fills in the version. A harness that is gone is no error: the next receive tells. */
void proxy_control_send(int fd, struct proxy_report report);

#endif
