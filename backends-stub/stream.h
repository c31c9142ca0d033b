/* One stream of events from its opening to its end: which event comes when, how much of it may
   leave now, and what the faults make of it; pure. It refuses to know HTTP, WebSockets and clocks.

   Events are numbered by a clock that all nodes share (CLOCK_MONOTONIC): number n is due at n times
   the interval, on every node. A stream begins with the first event due after its opening, or
   behind the one that the caller saw last. Between events that are far apart it says that it lives.
   What it says, events and signs of life alike, are its items; faults decide about each item anew.
 */
#ifndef BASCULE_STUB_STREAM_H
#define BASCULE_STUB_STREAM_H

#include "backends-stub/behaviour.h"
#include "base/nanos.h"

#include <stddef.h>
#include <stdint.h>

#define STREAM_SILENCE_MAX  NANOS_PER_S     /* then a sign of life */
#define STREAM_CATCH_UP_MAX UINT64_C(10000) /* older events are gone */
#define STREAM_BYTES_MAX    512             /* of one item */
#define STREAM_EVENT_NONE   UINT64_MAX

enum stream_phase {
    STREAM_RUNS,
    STREAM_SILENT, /* nothing comes any more, the connection stays open */
    STREAM_CLOSED, /* the connection is to be closed as it is */
};

struct stream {
    nanos interval;
    uint64_t next; /* the event that comes next */
    nanos since;   /* what was due before counts as due then */
    nanos said_at; /* the last item left */
    enum stream_phase phase;
    enum decision_cut cut; /* once decided, for good, after so many more bytes */
    uint64_t left;
    char bytes[STREAM_BYTES_MAX];
    size_t length;
    size_t sent;
    nanos begin; /* no byte of the item leaves before */
    uint64_t rate_bytes;
};

/* interval: above 0. last_event: the one that the caller saw last, or STREAM_EVENT_NONE. decision:
   of the request that opens it. */
void stream_open(struct stream *stream,
                 nanos interval,
                 uint64_t last_event,
                 const struct decision *decision,
                 nanos now);
/* Goes on behind that event; gives the event that it goes on behind, a later one where some are
 * gone. */
uint64_t stream_resume(struct stream *stream, uint64_t last_event, nanos now);

enum stream_turn {
    STREAM_SEND,   /* stream_ready says what */
    STREAM_DECIDE, /* the next item is due: stream_decide, and stream_put what it says */
    STREAM_WAIT,   /* until stream_wake */
    STREAM_OVER,   /* see phase */
};

enum stream_turn stream_turn(struct stream *stream, nanos now);
nanos stream_wake(const struct stream *stream);

/* The number of the event, or STREAM_EVENT_NONE for a sign of life; -1 if the fault ends the
 * stream. */
int stream_decide(struct stream *stream,
                  const struct decision *decision,
                  nanos now,
                  uint64_t *ret_event);
/* The bytes of the item that was decided, or others that go between items. */
void stream_put(struct stream *stream, const char *bytes, size_t length, nanos now);

/* What may leave now; above 0 after STREAM_SEND. */
size_t stream_ready(const struct stream *stream, nanos now, const char **ret);
void stream_sent(struct stream *stream, size_t length, nanos now);

#endif
