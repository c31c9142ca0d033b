/* Inside of a policy, for the profiles only: what they share, and the table by which policy.c
   calls them. */
#ifndef BASCULE_CORE_CLIENT_POLICY_PARTS_H
#define BASCULE_CORE_CLIENT_POLICY_PARTS_H

#include "base/prng.h"
#include "core/client/inflight.h"
#include "core/client/outbox.h"
#include "core/client/policy.h"

#include <stdbool.h>
#include <stdint.h>

/* One profile of client. Each function handles one thing at policy->now. */
struct profile {
    void (*create)(struct policy *policy, struct arena *arena);
    void (*start)(struct policy *policy); /* before the first input */
    void (*request)(struct policy *policy, uint32_t slot);
    void (*headers)(struct policy *policy,
                    struct attempt_ref ref,
                    uint16_t status); /* NULL: not wanted */
    void (*ended)(struct policy *policy, const struct input *input);
    /* Its caller gave up: before its attempts are taken back. NULL: nothing hangs on it. */
    void (*cancelled)(struct policy *policy, uint32_t slot);
    void (*timer)(struct policy *policy, uint32_t id); /* it rang, and is cleared */
    /* Does something that waits only for its turn; false if there was nothing. NULL: never. */
    bool (*urgent)(struct policy *policy);
    bool (*has_urgent)(const struct policy *policy);
    const char *(*switch_to)(struct policy *policy, uint16_t node); /* why it refuses, or NULL */
    void (*reset)(struct policy *policy);
    void (*isolate)(struct policy *policy, uint16_t node, bool on); /* NULL: it refuses */
    enum belief (*belief)(const struct policy *policy, uint16_t node);
    nanos (*latency)(const struct policy *policy, uint16_t node); /* NULL: it measures none */
    uint16_t (*active)(const struct policy *policy);
};

extern const struct profile profile_resilient;
extern const struct profile profile_apiservice;
extern const struct profile profile_none;

/* The belief of a node that was last told. */
struct told {
    const char *why;
    nanos at;
};

struct policy {
    const struct profile *profile;
    struct client_settings settings;
    nanos now; /* of the step that runs, or of the last one */
    uint32_t next_attempt;
    uint16_t node_count;
    bool started;
    struct prng prng;
    struct inflight inflight;
    struct outbox outbox;
    struct told *told; /* by node */
    union {
        struct resilient *resilient;
        struct apiservice *apiservice;
    };
};

/* How an attempt ended, whoever ended it. */
struct ending {
    nanos retry_after;
    uint16_t status; /* of an ANSWER, else 0 */
    enum outcome outcome;
    bool sent;   /* the request may have reached the node */
    bool reused; /* its connection had carried an attempt before */
    bool begun;  /* some of an answer was there */
};

/* Begins the request's next attempt; limit is absolute, and already cut at the deadline. */
void policy_begin(
    struct policy *policy, uint32_t slot, uint16_t node, enum attempt_purpose purpose, nanos limit);
/* The attempt under way is over, and this is the request's last word until another one follows. */
void policy_note_end(struct policy *policy, uint32_t slot, const struct ending *ending);
/* Tells the world to forget the attempt under way; policy_note_end follows. */
void policy_cancel(struct policy *policy, uint32_t slot, enum outcome cancelled_as);
/* Cancelled, and never the request's last word. */
void policy_abandon(struct policy *policy, uint32_t slot, enum outcome cancelled_as);
/* Gives the caller the request's last word and closes the slot. */
void policy_answer(struct policy *policy, uint32_t slot);

/* Sets the probe's timer to its own limit. */
void policy_probe_begin(struct policy *policy, uint16_t node, uint32_t generation);
void policy_probe_cancel(struct policy *policy, uint16_t node);
static inline bool policy_probe_is_good(const struct ending *ending)
{
    return ending->outcome == OUTCOME_ANSWER && ending->status >= 200 && ending->status < 300;
}

void policy_tell_belief(struct policy *policy, uint16_t node, enum belief belief, const char *why);
void policy_tell_active(struct policy *policy, uint16_t node);

/* Which of the settings' failover_on this ending is: one of FAILOVER_ON_..., 0 for an answer below
   500. */
unsigned policy_failure_kind(const struct ending *ending);

#endif
