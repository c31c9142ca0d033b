/* A toy world around one policy, in virtual time: nodes that answer, refuse, hang or fail, and a
   watcher that fails the test at the first step that breaks a rule. Turns go as in the engine: what
   ended first, then deadlines. */
#ifndef BASCULE_TESTS_CLIENT_TOY_H
#define BASCULE_TESTS_CLIENT_TOY_H

#include "base/heap.h"
#include "core/client/policy.h"

#define TOY_NODES_MAX 8

/* How a node treats requests; its health endpoint is as good as the process is, unless it says
   otherwise. */
enum toy_way {
    TOY_WELL,
    TOY_REFUSING,  /* no process */
    TOY_HUNG,      /* stopped: connects, and never answers */
    TOY_DARK,      /* packets vanish: not even connects */
    TOY_STALLED,   /* requests are never answered, health is fine */
    TOY_FAILING,   /* 500, health is fine */
    TOY_BUSY,      /* 503 with Retry-After: 1, health is fine */
    TOY_LIMITING,  /* 429 with Retry-After: 1, health is fine */
    TOY_RESETTING, /* every request's connection is reset */
    TOY_CUTTING,   /* half an answer, health is fine */
    TOY_UNHEALTHY, /* requests are fine, health is 503 */
    TOY_WAYS
};

struct toy_request {
    nanos due;
    nanos ended;
    uint32_t attempts;
    uint32_t sent;      /* attempts that may have reached a node */
    uint32_t under_way; /* attempts */
    enum outcome last;  /* how the last attempt ended that was not moved */
    uint16_t status;
    uint16_t node;
    enum outcome outcome;
    bool idempotent;
    bool answered;
};

struct toy_attempt {
    struct attempt_ref ref;
    nanos started;
    nanos connect_limit;
    uint32_t request;
    uint32_t version; /* of its planned end; an older one is void */
    uint16_t node;
    uint8_t purpose;
    bool under_way;
    bool has_end; /* one is planned */
};

struct toy_node {
    enum toy_way way;
    nanos latency;
    nanos pushed_back_until;
    enum belief belief; /* as the policy told */
    uint32_t failed;    /* how often it was told failed */
    uint32_t probes;    /* under way */
    uint32_t trials;
};

struct toy {
    struct client_settings settings;
    struct policy *policy;
    nanos now;
    struct toy_node nodes[TOY_NODES_MAX];
    uint16_t node_count;
    struct toy_request *requests;
    uint32_t request_count;
    uint32_t request_max;
    struct toy_attempt *attempts;
    uint32_t attempt_count;
    uint32_t attempt_max;
    struct heap ends;
    uint32_t actives; /* changes told */
    uint16_t active;  /* as told */
    uint16_t held;    /* by a switch */
    bool in_panic;
    bool switching; /* what is told as done is a switch */
    uint64_t seed;  /* for messages */
};

void toy_init(struct toy *toy,
              struct arena *arena,
              const struct client_settings *settings,
              uint16_t node_count,
              uint32_t request_max,
              uint64_t seed);
/* What happens up to that time. */
void toy_advance(struct toy *toy, nanos until);
void toy_request(struct toy *toy, bool idempotent);
/* Its caller gives up, unless it is answered. */
void toy_cancel(struct toy *toy, uint32_t request);
void toy_command(struct toy *toy, enum input_kind kind, uint16_t node);
/* As a fault would: a process that goes takes its connections along, one that is continued answers
   what it holds. */
void toy_set(struct toy *toy, uint16_t node, enum toy_way way);

#endif
