/* The append-only record of everything that happened in a run; every figure is computed from it,
   none beside it. Times are nanoseconds from the run's first due time. An event carries the time of
   what it tells, which may be earlier than its place in the journal (acknowledgements, execution
   logs): readers sort by (at, sequence). */
#ifndef BASCULE_CORE_JOURNAL_H
#define BASCULE_CORE_JOURNAL_H

#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_NONE UINT32_MAX /* of a probe */
#define ATTEMPT_NONE UINT32_MAX

enum outcome {
#define OUTCOME(name, word) OUTCOME_##name,
#include "core/outcomes.def"
#undef OUTCOME
    OUTCOMES
};

enum reason {
#define REASON(name, code, noise) REASON_##name,
#include "scenario/reasons.def"
#undef REASON
    REASONS
};

const char *outcome_word(enum outcome outcome);
const char *reason_code(enum reason reason);
bool reason_is_noise(enum reason reason);

enum attempt_purpose {
    PURPOSE_REQUEST,
    PURPOSE_TRIAL,       /* a request that tests whether an ejected node is able again */
    PURPOSE_PROBE,       /* a health check */
    PURPOSE_HEDGE,       /* a second one beside an attempt that takes long */
    PURPOSE_LAST_RESORT, /* on an ejected node, since no node in rotation is left to the request */
};

enum belief {
    BELIEF_HEALTHY,
    BELIEF_FAILED,  /* out of rotation */
    BELIEF_PROBING, /* its one trial is under way */
};

enum node_state {
    NODE_STATE_STARTING,
    NODE_STATE_READY,
    NODE_STATE_STOPPED, /* paused by SIGSTOP */
    NODE_STATE_EXITED,
};

enum confirmed_by {
    CONFIRMED_BY_NOTHING,
    CONFIRMED_BY_EXIT,      /* exit seen, no member of the group lives, the port refuses */
    CONFIRMED_BY_STOPPED,   /* waitid saw the stop */
    CONFIRMED_BY_CONTINUED, /* waitid saw the continuation */
    CONFIRMED_BY_STUB,      /* acknowledged on the control channel */
    CONFIRMED_BY_READY,     /* the node said that it is ready */
    CONFIRMED_BY_CLIENT,    /* the client said done */
    CONFIRMED_BY_PROXY,     /* acknowledged by the relay between client and node */
    CONFIRMED_BY_RULE,      /* the packet filter of the run's network holds the rule */
};

/* What became of the program that was told of an alert. */
enum hook_end {
    HOOK_EXITED,
    HOOK_SIGNALLED,
    HOOK_TIMED_OUT,   /* and was killed */
    HOOK_NOT_STARTED, /* the system refused */
    HOOK_TOO_MANY,    /* a run has only so many; told once, later ones not at all */
    HOOK_CUT,         /* the run ended first */
};

/* What a client program says that it can do. */
enum {
    CLIENT_FEATURE_STATUS = 1 << 0,
    CLIENT_FEATURE_SWITCH = 1 << 1,
    CLIENT_FEATURE_RESET = 1 << 2,
    CLIENT_FEATURE_CANCEL = 1 << 3,
    CLIENT_FEATURE_STREAMS = 1 << 4,
    CLIENT_FEATURE_TELEMETRY = 1 << 5,
    CLIENT_FEATURES = 6, /* their number */
};

enum phase {
    PHASE_TRAFFIC_BEGIN, /* at 0 */
    PHASE_TRAFFIC_END,   /* planned end: `duration` after 0, or the interruption */
    PHASE_DRAIN_END,     /* what is still open now is unfinished */
};

enum event_kind {
    EVENT_REQUEST, /* at = due time */
    EVENT_ATTEMPT, /* at = start */
    EVENT_ATTEMPT_END,
    EVENT_REQUEST_END,   /* node: who served it, NODE_NONE without an answer */
    EVENT_FAULT_PLANNED, /* at = planned time; one a target, before it is hit */
    EVENT_FAULT_APPLIED,
    EVENT_FAULT_EFFECTIVE,
    EVENT_FAULT_CLEARED, /* with hits */
    EVENT_FAULT_FAILED,  /* could not be applied or confirmed, with text */
    EVENT_NODE,          /* what the harness saw of the process */
    EVENT_BELIEF,        /* what a client thinks of a node */
    EVENT_ACTIVE,        /* the node a client now prefers */
    EVENT_PANIC,  /* a client with every node ejected tries one anyway (on), or no longer (off) */
    EVENT_STATUS, /* a client, asked for it, says what it thinks of a node; at = its answer */
    EVENT_ALERT,  /* an incident begins (raised) or is over; at = from when that held */
    EVENT_ALERT_HOOK, /* the program that was told of it came to its end */
    EVENT_EXECUTED,   /* from a node's execution log; at = start of execution */
    EVENT_TURN,       /* an engine turn that woke for a deadline, with its lateness */
    EVENT_STALL,      /* the harness itself stood still for over 250 ms */
    EVENT_PHASE,
    EVENT_COMMAND,       /* switch_to or reset_failed: what the client answered */
    EVENT_PROBLEM,       /* a reason for doubt, with text */
    EVENT_STREAM_OPEN,   /* a client begins to open a stream; number: the last event it has */
    EVENT_STREAM_OPENED, /* the node lets it in */
    EVENT_STREAM_EVENT,
    EVENT_STREAM_END, /* whoever ended it */
    EVENT_CLIENT,     /* a client program is ready, and what it can do */
    EVENT_LEADER,     /* a node said that it leads; at = when its answer came */
    EVENT_VERIFIED,   /* an acknowledged write was looked for after the run */
    EVENT_KINDS
};

const char *event_kind_word(enum event_kind kind);
const char *attempt_purpose_word(enum attempt_purpose purpose);
const char *belief_word(enum belief belief);
const char *node_state_word(enum node_state state);
const char *confirmed_by_word(enum confirmed_by confirmed_by);
const char *hook_end_word(enum hook_end end);
const char *phase_word(enum phase phase);
/* Of the bit of that number. */
const char *client_feature_word(unsigned bit);

/* 64 bytes at most; texts live as long as the journal's arena. */
struct event {
    nanos at;
    uint32_t sequence;
    uint16_t node; /* NODE_NONE where none is meant */
    uint8_t kind;  /* enum event_kind */
    uint8_t pad;
    union {
        struct {
            nanos started; /* when it was given to the client; NANOS_NEVER: unsent */
            uint32_t request;
            uint16_t client;
            uint16_t mix; /* index into traffic.requests */
        } request;
        struct {
            uint32_t attempt; /* unique in the run */
            uint32_t request; /* REQUEST_NONE: probe */
            uint16_t client;
            uint8_t purpose;
        } attempt;
        struct {
            uint64_t
                body_hash; /* first 8 bytes of the body's SHA-256, big-endian; of an ANSWER only */
            uint32_t attempt;
            uint32_t request;
            uint16_t client;
            uint16_t status; /* 0 without an answer */
            uint8_t outcome;
            bool sent;   /* the request may have reached the node */
            bool reused; /* its connection had carried an attempt before; false where the client
                            ended it */
        } attempt_end;
        struct {
            uint64_t body_hash; /* as an external client tells it, if has_body_hash */
            const char *why;    /* OUTCOME_CLIENT_ERROR: the client's word, else NULL */
            uint32_t request;
            uint32_t attempt; /* whose answer the caller got, ATTEMPT_NONE */
            uint16_t status;
            uint16_t attempts;
            uint16_t client;
            uint8_t outcome;
            bool has_body_hash;
        } request_end; /* node: of an external client its word, which measures nothing */
        struct {
            uint32_t fault; /* index into scenario.faults */
            uint8_t confirmed_by;
            bool was_up;      /* FAULT_APPLIED of restart, kill, terminate: the node was up */
            uint64_t hits;    /* FAULT_CLEARED */
            const char *text; /* FAULT_FAILED */
        } fault;
        struct {
            const char *why; /* never NULL */
            uint8_t state;
            bool planned; /* a fault did it, or the harness itself */
        } node_change;
        struct {
            const char *why; /* never NULL: an outcome's word, "probe", "status", "passed", "trial",
                                "reset" ... */
            uint16_t client;
            uint8_t belief;
        } belief;
        struct {
            uint16_t client;
            bool on; /* PANIC */
        } client;
        struct {
            nanos asked;
            nanos latency; /* of the node's answers, smoothed; 0: unknown */
            uint16_t client;
            uint8_t belief;
            bool active; /* it is the node that the client prefers */
        } status;
        struct {
            const char *why; /* never NULL: of the belief that began it, or ended it */
            uint32_t alert;  /* its number in the run, from 0 */
            bool raised;
        } alert;
        struct {
            uint32_t alert;
            uint8_t end;         /* enum hook_end */
            uint8_t exit_status; /* EXITED only */
        } hook;
        struct {
            nanos end;
            uint64_t body_hash;   /* of the request's body, as above */
            uint64_t answer_hash; /* of the answer's body, whole, as the node means it */
            uint32_t request;
            uint16_t incarnation; /* of the node, from 0 */
            uint16_t status;
            uint8_t method; /* enum http_method */
            bool executed;  /* false: answered so without executing (respond, gray, wrong_role) */
            bool cut;       /* the answer was deliberately not sent whole */
        } executed;
        struct {
            nanos lateness; /* TURN: after the time it was to wake; STALL: length of the gap */
        } turn;
        struct {
            uint8_t phase;
        } phase;
        struct {
            const char *why; /* of a refusal, else "" */
            uint32_t fault;
            uint16_t client;
            bool done;
        } command;
        struct {
            const char *why;  /* STREAM_END: static text, never NULL */
            uint64_t number;  /* of the event; 0: it has none */
            uint32_t stream;  /* the caller's number, from 0 */
            uint32_t opening; /* unique in the run */
            uint16_t client;
            uint16_t status; /* of the HTTP answer; 0 without one */
            uint8_t outcome; /* STREAM_END: TIMEOUT, MOVED and UNFINISHED if the client ended it,
                                ANSWER if the node said no, or goodbye */
            bool dropped; /* STREAM_EVENT: the client knew it already and kept it from the caller */
        } stream;
        struct {
            const char *text; /* never NULL */
            uint8_t reason;
        } problem;
        struct {
            uint16_t client;
            uint8_t features; /* CLIENT_FEATURE_... */
        } program;
        struct {
            const char *text; /* what it answered; never NULL */
            uint32_t fault;   /* for which it was asked */
        } leader;
        struct {
            uint32_t request;
            uint16_t status; /* 0: nobody answered */
            bool found;
        } verified; /* node: who said so */
    };
};

#define JOURNAL_CHUNK_EVENTS 4096

/* Grows by chunks from the arena, up to count_max; past it events are dropped and `full` is set
 * (REASON_LOG_FULL). */
struct journal {
    struct arena *arena;
    struct event **chunks;
    size_t chunk_capacity;
    size_t count;
    size_t count_max;
    bool full;
    int64_t t0_realtime; /* nanoseconds of both clocks at time 0; 0 in simulation */
    int64_t t0_monotonic;
};

void journal_init(struct journal *journal, struct arena *arena, size_t count_max);
/* Copies the event and gives it its sequence number. */
void journal_append(struct journal *journal, struct event event);
const struct event *journal_at(const struct journal *journal, size_t index);
/* Sorts by time; events of one time keep their order, which for events in order of the journal is
 * the sequence. */
void journal_sort_events(const struct event **events, size_t count, struct arena *scratch);
/* An array of all events sorted by (at, sequence), in the given arena. */
const struct event **journal_sorted(const struct journal *journal, struct arena *arena);

#endif
