/* The failover client under test as a pure machine: inputs with their time go in, intentions come
   out. It knows no clock, no socket and no library; the same object runs in both worlds. One policy
   is one independent client with its own view of the nodes. */
#ifndef BASCULE_CORE_CLIENT_POLICY_H
#define BASCULE_CORE_CLIENT_POLICY_H

#include "base/arena.h"
#include "base/check.h"
#include "base/nanos.h"
#include "core/journal.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/* An attempt's run-wide id, and the policy's own handle for it; the world carries both back
   untouched. */
struct attempt_ref {
    uint32_t id;
    uint32_t slot;
};

enum input_kind {
    INPUT_REQUEST, /* a caller asks */
    INPUT_CANCEL,  /* the caller of an open request gives up; its ANSWER is CANCELLED, and nothing
                      else comes of it */
    INPUT_HEADERS, /* the headers of an attempt's answer are there, its body is not (only where
                      wanted) */
    INPUT_ATTEMPT_ENDED, /* the world is done with an attempt; never one that was cancelled */
    INPUT_DEADLINE,      /* time has come: handles one thing that is due, if any is */
    INPUT_SWITCH,        /* the operator moves the client to a node */
    INPUT_RESET,         /* the operator clears all marks */
    INPUT_ISOLATE,       /* the operator takes a node out of rotation ... */
    INPUT_RELEASE,       /* ... and lets it go again */
};

struct input {
    enum input_kind kind;
    union {
        struct {
            nanos due; /* the deadline counts from here */
            uint32_t request;
            bool idempotent; /* by its method, or since it carries a key */
            bool safe;       /* GET or HEAD: may be hedged */
        } request;
        struct {
            uint32_t request;
        } cancel;
        struct {
            struct attempt_ref ref;
            uint16_t status;
        } headers;
        struct {
            struct attempt_ref ref;
            nanos retry_after; /* from the answer's header, 0 without */
            uint16_t status;
            enum outcome outcome; /* ANSWER, REFUSED, CONNECT_TIMEOUT, RESET or TRUNCATED */
            bool sent;
            bool reused; /* its connection had carried an attempt before */
            bool begun;  /* some of an answer was there */
        } ended;
        struct {
            uint16_t node;
            uint32_t fault; /* comes back with DONE or REFUSED */
        } command;          /* SWITCH, RESET, ISOLATE and RELEASE */
    };
};

enum output_kind {
    OUTPUT_ATTEMPT,
    OUTPUT_CANCEL, /* the world forgets the attempt at once; nothing more is heard of it */
    OUTPUT_ANSWER, /* the caller gets this; exactly one a request */
    OUTPUT_BELIEF,
    OUTPUT_ACTIVE,
    OUTPUT_DROP, /* close this client's connections to the node: idle ones now, busy ones when they
                    end */
    OUTPUT_PANIC,
    OUTPUT_DONE,
    OUTPUT_REFUSED,
};

struct output {
    enum output_kind kind;
    uint16_t node; /* NODE_NONE where none is meant */
    union {
        struct {
            struct attempt_ref ref;
            nanos connect_limit; /* absolute; NANOS_NEVER: none */
            uint32_t request;    /* REQUEST_NONE: probe, GET of health_check.path */
            enum attempt_purpose purpose;
            bool want_headers;
        } attempt;
        struct {
            struct attempt_ref ref;
            enum outcome outcome; /* TIMEOUT, MOVED, BEATEN or CANCELLED */
        } cancel;
        struct {
            uint32_t request;
            uint32_t attempt; /* id; ATTEMPT_NONE without any */
            uint16_t status;
            uint16_t attempts;
            enum outcome outcome; /* the true last error of the last attempt, ANSWER or CANCELLED */
        } answer;                 /* node: who answered */
        struct {
            const char *why; /* static text */
            enum belief belief;
        } belief;
        struct {
            bool on;
        } panic;
        struct {
            const char *why; /* static text, REFUSED only */
            uint32_t fault;
        } command;
    };
};

#define OUTPUTS_MAX 12

struct outputs {
    struct output item[OUTPUTS_MAX];
    uint32_t count;
};

static inline void outputs_add(struct outputs *outputs, struct output output)
{
    CHECK(outputs->count < OUTPUTS_MAX);
    outputs->item[outputs->count++] = output;
}

struct policy;

/* Everything is allocated here. client of settings->instances; attempt ids are client + k *
   instances. At most in_flight_max requests are open at once (the engine's duty). */
struct policy *policy_new(struct arena *arena,
                          const struct client_settings *settings,
                          uint16_t node_count,
                          uint16_t client,
                          uint32_t in_flight_max,
                          uint64_t seed);

/* Earliest time at which INPUT_DEADLINE has something to do, NANOS_NEVER if none. Probes start at
   the first step. */
nanos policy_deadline(const struct policy *policy);

/* now never falls. outputs is emptied first. Handles one input; DEADLINE handles one due thing, and
   the engine repeats it while policy_deadline is not after now. */
void policy_step(struct policy *policy,
                 nanos now,
                 const struct input *input,
                 struct outputs *outputs);

/* What the policy thinks of one node now, as whoever asks the client would be told. */
struct policy_status {
    const char *why; /* of the belief: static text, as it was last told; "" before */
    nanos since;     /* when that was; INT64_MIN: it never changed */
    nanos latency;   /* of the node's answers, smoothed (RFC 6298); 0: unknown */
    enum belief belief;
};

void policy_status(const struct policy *policy, uint16_t node, struct policy_status *ret);
/* The belief of it alone, for whoever decides by it. */
enum belief policy_belief(const struct policy *policy, uint16_t node);
/* The node that new requests prefer; NODE_NONE where load is spread. */
uint16_t policy_active(const struct policy *policy);

#endif
