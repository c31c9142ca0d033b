/* What is done to nodes, client and network: the faults of a scenario and its chaos, as plain data.
   A part of scenario.h. */
#ifndef BASCULE_SCENARIO_SCENARIO_FAULTS_H
#define BASCULE_SCENARIO_SCENARIO_FAULTS_H

#include "base/error.h"
#include "base/nanos.h"
#include "scenario/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCENARIO_STATUSES_MAX 16

#define FAULT_NONE UINT32_MAX
#define GROUP_NONE UINT8_MAX

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

#endif
