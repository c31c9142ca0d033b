/* Incidents: when a node is out for any client, and when it is back for all. One alert begins an
   incident and one ends it, however often beliefs change meanwhile. It knows what clients believe,
   and refuses to know why they do, and whom it is told.

   An alert is raised at once. It is cleared only when every client has believed the node healthy
   for ALERTS_CALM_NS on end: what fails again sooner is the same incident (a hold-down, as in
   Prometheus' `keep_firing_for`). */
#ifndef BASCULE_CORE_ALERTS_H
#define BASCULE_CORE_ALERTS_H

#include "base/arena.h"
#include "base/nanos.h"
#include "core/journal.h"

#include <stdbool.h>
#include <stdint.h>

#define ALERTS_CALM_NS NANOS_PER_S

struct alert {
    nanos at;
    const char *why; /* of the belief that raised it, or of the last one before it was cleared */
    uint16_t node;
    bool raised;
};

struct alerts;

/* Everything is allocated here. All nodes begin as healthy. */
struct alerts *alerts_new(struct arena *arena, uint16_t node_count, uint32_t client_count);

/* Earliest time at which alerts_next has one, NANOS_NEVER if none. */
nanos alerts_deadline(const struct alerts *alerts);

/* The next alert that time alone brings by now, with the time from which it held; false if there is
   none. To be asked until then before a belief of that moment is told. */
bool alerts_next(struct alerts *alerts, nanos now, struct alert *ret);

/* A client's new belief. */
struct alert_belief {
    nanos at;
    const char *why; /* lives as long as the alerts */
    uint16_t client;
    uint16_t node;
    enum belief belief;
};

/* True if it raises an alert. */
bool alerts_believe(struct alerts *alerts, const struct alert_belief *told, struct alert *ret);

#endif
