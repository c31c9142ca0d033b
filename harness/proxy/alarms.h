/* Who wants to be woken when: a binary heap of the users' own structures, so that changing or
   dropping an alarm needs no search; it refuses to know clocks. */
#ifndef BASCULE_PROXY_ALARMS_H
#define BASCULE_PROXY_ALARMS_H

#include "base/nanos.h"

#include <stddef.h>

/* Embedded by its user; all zero but for `ring` at the start; must stay in place while set. */
struct alarm {
    void (*ring)(struct alarm *alarm, nanos now); /* the alarm is off by then */
    nanos at;
    size_t place; /* in the heap, from 1; 0: off */
};

struct alarms {
    struct alarm **items;
    size_t count;
    size_t capacity;
};

void alarms_set(struct alarms *alarms, struct alarm *alarm, nanos at); /* NANOS_NEVER: off */
nanos alarms_next(const struct alarms *alarms);                        /* NANOS_NEVER: none */
/* Rings all that are due; those that are set meanwhile for a time not after now ring as well. */
void alarms_ring(struct alarms *alarms, nanos now);
void alarms_done(struct alarms *alarms);

#endif
