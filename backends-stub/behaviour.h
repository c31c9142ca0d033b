/* What the active answer faults make of a request: pure decisions, counted; it refuses to know HTTP
   libraries, sockets and clocks.

   Of several faults that say something about the same part of an answer (what is answered, how
   late, where it is cut, how fast it leaves) the one set last wins; faults about different parts
   add up. A fault counts a hit for a request only if it changed it. */
#ifndef BASCULE_STUB_BEHAVIOUR_H
#define BASCULE_STUB_BEHAVIOUR_H

#include "backends-stub/control.h"
#include "base/nanos.h"
#include "base/prng.h"
#include "scenario/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEHAVIOURS_MAX        256 /* active at once */
#define BEHAVIOUR_HEALTH_PATH "/api/health"

struct behaviour {
    struct control_behaviour order;
    uint64_t hits;
    struct prng prng; /* of its own, so that one fault does not shift the choices of another */
};

struct behaviours {
    uint64_t seed;
    struct behaviour items[BEHAVIOURS_MAX]; /* in the order in which they were set */
    size_t count;
};

enum decision_answer {
    DECISION_NORMAL,
    DECISION_STATUS,     /* `status` with a body that says so */
    DECISION_WRONG_ROLE, /* the same, with a hint where the leader is */
    DECISION_SILENCE,    /* the connection stays open, nothing ever comes */
};

enum decision_cut {
    CUT_NONE,
    CUT_STALL,    /* stops, the connection stays open */
    CUT_TRUNCATE, /* closes */
};

struct decision {
    enum decision_answer answer;
    bool execute;
    uint16_t status;   /* unless DECISION_NORMAL */
    nanos retry_after; /* 0: none */
    nanos delay;       /* besides the node's own latency */
    enum decision_cut cut;
    uint64_t after_bytes; /* of the body, before the cut */
    uint64_t rate_bytes;  /* per second, of the body; 0: as fast as it goes */
};

/* What a decision looks at. method HTTP_METHODS stands for one that has no name here. */
struct behaviour_request {
    enum http_method method;
    const char *path; /* without the query */
};

/* -1 if the number is taken already, the kind is none of an answer, a status is none of an answer
   either (200 to 599), or there are too many. */
int behaviours_set(struct behaviours *behaviours, const struct control_behaviour *order);
/* Gives its hits; 0 if there is none of that number. */
uint64_t behaviours_clear(struct behaviours *behaviours, uint32_t behaviour);
bool behaviours_have(const struct behaviours *behaviours, enum fault_kind kind);

struct decision behaviours_decide(struct behaviours *behaviours, struct behaviour_request request);

/* RFC 9110: answers to HEAD and those of these statuses have no body that could be cut. */
bool answer_has_body(enum http_method method, unsigned status);

/* Bytes of a body of that length that are sent; the whole body can be had by no cut. */
uint64_t decision_limit(const struct decision *decision, uint64_t length);

/* At that rate: how many bytes may have left so long after the first, and when the next one may
   once that many have. The first leaves at once. */
uint64_t trickle_allowed(nanos elapsed, uint64_t rate_bytes);
nanos trickle_due(uint64_t sent, uint64_t rate_bytes);

#endif
