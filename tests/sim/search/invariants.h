/* What must hold in every run of the `resilient` client, checked event by event from the journal
   and from what the world is told besides. It refuses to know the client's code: it keeps a model
   of its own of what a client may believe from the evidence that it had, and compares.
   docs/simulation.md lists the rules; the name of each is at the place that checks it. Pure. Times
   in nanoseconds. */
#ifndef BASCULE_TESTS_SIM_INVARIANTS_H
#define BASCULE_TESTS_SIM_INVARIANTS_H

#include "base/arena.h"
#include "core/client/policy.h"
#include "core/journal.h"
#include "scenario/scenario.h"

#define INVARIANTS_NODES_MAX 8

struct invariants;

/* unharmed: a node that no fault ever touches, NODE_NONE: none is known. Everything in the arena.
 */
struct invariants *
invariants_new(struct arena *arena, const struct scenario *scenario, uint16_t unharmed);

/* From now on only that rule counts: to see that it finds by itself what others see earlier. */
void invariants_only(struct invariants *invariants, const char *rule);

/* The journal's next event; now: the time of the engine's turn. */
void invariants_event(struct invariants *invariants, nanos now, const struct event *event);
/* The engine's turn is over: everything that is due at `now` must have been done. */
void invariants_turn_end(struct invariants *invariants, nanos now);
/* Before an attempt's ATTEMPT_END: some of an answer was there; it carries that Retry-After. */
void invariants_begun(struct invariants *invariants, uint32_t attempt);
void invariants_retry_after(struct invariants *invariants, uint32_t attempt, nanos retry_after);
/* The client closes its connections to the node. */
void invariants_dropped(struct invariants *invariants, uint16_t client, uint16_t node);
/* Before the event of the attempt, or of the stream's opening. */
void invariants_connect_limit(
    struct invariants *invariants, nanos now, uint16_t client, uint16_t node, nanos limit);
/* A sign of life of a stream that is no event; before anything that is done at `now`. */
void invariants_stream_alive(struct invariants *invariants, nanos now, uint32_t stream);
/* After the last event. */
void invariants_finish(struct invariants *invariants);

/* The first rule that was broken, as a sentence with time, client, node, request and values; NULL:
   none. */
const char *invariants_violation(const struct invariants *invariants);

#endif
