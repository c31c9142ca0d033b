/* A toy world for the engine's tests, in virtual time: what is still to come in it. A test's own
   toy begins with it, and says what becomes of attempts, requests and faults. */
#ifndef BASCULE_TESTS_AGENDA_H
#define BASCULE_TESTS_AGENDA_H

#include "world/world.h"

#define AGENDA_MAX 4096

struct agenda {
    struct world world;
    struct occurrence coming[AGENDA_MAX]; /* in order of time */
    size_t first, count;
    nanos now;
};

/* It will occur at that time; of equals in the order of the calls. */
void agenda_later(struct agenda *agenda, nanos at, struct occurrence occurrence);
/* That attempt does not end any more. */
void agenda_cancel(struct agenda *agenda, struct attempt_ref ref);

/* For world_ops: a world that is ready at once, and leaves nothing behind. */
bool agenda_prepare(struct world *world);
void agenda_start_clock(struct world *world, nanos lead);
nanos agenda_now(struct world *world);
void agenda_wait(struct world *world, nanos until);
bool agenda_next(struct world *world, struct occurrence *ret);
void agenda_finish(struct world *world, struct journal *journal);

#endif
