/* When the written faults may hold a node, at the worst: what random faults keep away from. It
   refuses to know what chaos draws. */
#ifndef BASCULE_SCENARIO_HELD_H
#define BASCULE_SCENARIO_HELD_H

#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>

/* Of one node. A fault whose target is chosen during the run may hold any of them. */
struct held {
    const struct held_span {
        nanos from;
        nanos until; /* the time until the node answers again included; NANOS_NEVER: to the end */
    } * spans;       /* in rising order, apart from each other */
    size_t count;
};

/* One a node. */
struct held *held_find(struct arena *arena, const struct scenario *scenario);

/* How long a node may take to answer again after a fault of that kind is undone. */
nanos held_return(const struct scenario *scenario, uint16_t node, enum fault_kind kind);

/* Is the node held from the beginning to the end of that time? */
bool held_throughout(const struct held *held, nanos from, nanos until);

#endif
