/* What is still to come in a toy world of the engine's tests, in virtual time. */
#ifndef BASCULE_TESTS_AGENDA_H
#define BASCULE_TESTS_AGENDA_H

#include "world/world.h"

#define AGENDA_MAX 4096

struct agenda {
    struct occurrence coming[AGENDA_MAX]; /* in order of time */
    size_t first, count;
    nanos now;
};

/* It will occur at that time; of equals in the order of the calls. */
void agenda_later(struct agenda *agenda, nanos at, struct occurrence occurrence);
/* Lets time pass until then, or until something occurs. */
void agenda_wait(struct agenda *agenda, nanos until);
/* The next one that has occurred by now; false if there is none. */
bool agenda_next(struct agenda *agenda, struct occurrence *ret);

#endif
