/* The long-lived callers of one client as a pure machine, beside the policy of its requests: inputs
   with their time go in, intentions come out. It asks the policy what it believes of the nodes, and
   tells it nothing: what a stream suffers ejects no node. It knows no clock, socket or format.

   `resilient` holds at most one opening a stream (the old one is closed before the next begins):
   - it begins on the node that requests prefer; where load is spread, stream n on node n;
   - it moves on an error, an end, a status that is no final answer, silence (no event and no sign
     of life for STREAM_SILENCE_INTERVALS intervals, at least STREAM_SILENCE_MIN), and when the node
     is ejected while another one is in rotation; it does not move back;
   - it asks each node in rotation once, the others only where none is; after the last of them it
     waits: full jitter, base STREAM_BACKOFF_BASE, doubled up to STREAM_BACKOFF_MAX. What went well
   for STREAM_STABLE since its first event makes it begin anew. Source of the backoff: AWS
     Architecture Blog, "Exponential Backoff And Jitter";
   - it resumes after the last event that it has, and keeps from the caller what has a number that
   is not above the last one;
   - 204 and 4xx (but 408, 425 and 429) are final: the stream is over.

   `apiservice` and `none` are a browser's: an EventSource stays with its node and comes back
   STREAM_BROWSER_RETRY (or what the node said last in `retry:`) after an error or an end, a status
   other than 200 is final, silence and duplicates are not noticed (WHATWG HTML, "Server-sent
   events"); a WebSocket that closes stays closed. */
#ifndef BASCULE_CORE_CLIENT_STREAMS_H
#define BASCULE_CORE_CLIENT_STREAMS_H

#include "base/arena.h"
#include "base/nanos.h"
#include "core/client/policy.h"
#include "core/journal.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

#define STREAM_SILENCE_INTERVALS 3
#define STREAM_SILENCE_MIN       (1 * NANOS_PER_S)
#define STREAM_BACKOFF_BASE      (100 * NANOS_PER_MS)
#define STREAM_BACKOFF_MAX       (5 * NANOS_PER_S)
#define STREAM_STABLE            (5 * NANOS_PER_S)
#define STREAM_BROWSER_RETRY     (3 * NANOS_PER_S)

#define OPENING_NONE UINT32_MAX

/* One opening of one stream. */
struct stream_ref {
    uint32_t id;     /* unique in the run */
    uint32_t stream; /* the caller's number in the scenario */
};

enum stream_input_kind {
    STREAM_INPUT_BEGIN, /* traffic begins */
    STREAM_INPUT_OPENED,
    STREAM_INPUT_EVENT,
    STREAM_INPUT_ALIVE,    /* a sign of life that is no event */
    STREAM_INPUT_ENDED,    /* the world is done with an opening; never one that was closed */
    STREAM_INPUT_BELIEFS,  /* the policy changed its mind about a node */
    STREAM_INPUT_DEADLINE, /* time has come: handles one thing that is due, if any is */
};

struct stream_input {
    enum stream_input_kind kind;
    struct stream_ref ref; /* OPENED to ENDED */
    uint64_t number;       /* EVENT; 0: it has none */
    nanos retry;           /* ENDED: the node asked for so long a pause; 0: it did not */
    uint16_t status;       /* ENDED: 0 without an HTTP answer */
    enum outcome outcome;  /* ENDED */
};

enum stream_output_kind {
    STREAM_OUTPUT_OPEN,
    STREAM_OUTPUT_CLOSE, /* the world forgets the opening at once; nothing more is heard of it */
    STREAM_OUTPUT_EVENT, /* the caller gets it, unless it is dropped */
};

struct stream_output {
    enum stream_output_kind kind;
    struct stream_ref ref;
    union {
        struct {
            nanos connect_limit; /* absolute; NANOS_NEVER: none */
            uint64_t last_event; /* 0: none */
            uint16_t node;
        } open;
        struct {
            const char *why; /* static text */
            enum outcome outcome;
        } close;
        struct {
            bool dropped;
        } event;
    };
};

#define STREAM_OUTPUTS_MAX 2 /* close, open */

struct stream_outputs {
    struct stream_output item[STREAM_OUTPUTS_MAX];
    uint32_t count;
};

struct streams;

/* Everything is allocated here: of the scenario's streams those whose number is client + k *
   instances, and opening ids likewise. policy is the client's own and outlives the streams. */
struct streams *streams_new(struct arena *arena,
                            const struct scenario *scenario,
                            const struct policy *policy,
                            uint16_t client,
                            uint64_t seed);

/* Earliest time at which DEADLINE has something to do, NANOS_NEVER if none. */
nanos streams_deadline(const struct streams *streams);

/* now never falls. outputs is emptied first. */
void streams_step(struct streams *streams,
                  nanos now,
                  const struct stream_input *input,
                  struct stream_outputs *outputs);

#endif
