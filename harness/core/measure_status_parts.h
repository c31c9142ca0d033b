/* What clients said when they were asked, for the two files that look at it. Lives in the scratch
   arena. */
#ifndef BASCULE_CORE_MEASURE_STATUS_PARTS_H
#define BASCULE_CORE_MEASURE_STATUS_PARTS_H

#include "core/measure_parts.h"

/* One answer of one client: its events follow one another. */
struct poll {
    const struct event *const *events;
    size_t count;
    nanos at;
    uint16_t client;
    uint16_t active; /* NODE_NONE: it named none */
};

struct polls {
    struct measuring *m;
    struct poll *items; /* by time */
    size_t count;
    size_t clients;
    nanos stalest; /* the longest time for which something was said that was not so */
};

/* measure_status_stale.c: finds the stalest. */
void measure_status_judge(struct polls *polls);

#endif
