/* Faults on nodes: a fault becomes signals, control messages and rules for packets, and is told as
   applied, effective and cleared only as each is seen. The same for every world, through hands that
   it is given; pure itself. It refuses to know when a fault is due, and clients. */
#ifndef BASCULE_WORLD_INJECTOR_H
#define BASCULE_WORLD_INJECTOR_H

#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"
#include "world/proxy_link.h"
#include "world/supervisor.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

/* A stub that was asked to terminate and has not ended by then is killed; a command has its own
   stop.within. */
#define INJECTOR_STOP_WITHIN (5 * NANOS_PER_S)

struct injector;

/* What the injector does to nodes and to the ways between them. Processes and orders behave as
   supervisor.h and proxy_link.h tell, rules for packets as packet_filter.h does. */
struct injector_hands {
    nanos (*now)(void *context); /* on the clock of all events */
    enum process_state (*state)(void *context, uint16_t node);
    void (*start)(void *context, uint16_t node);
    bool (*signal)(void *context, uint16_t node, int signal);
    /* Both: the order's sequence, 0 if it cannot be taken. */
    uint64_t (*order)(void *context, uint16_t node, struct control_order *order);
    uint64_t (*order_proxy)(void *context, struct proxy_order *order);
    uint64_t (*hits)(void *context, uint16_t node, uint32_t fault); /* of a fault of the answer */
    int (*drop)(void *context,
                uint32_t rule,
                uint16_t node,
                const struct fault_parameters *parameters,
                struct error *reterr);
    /* groups: one a node. */
    int (*part)(void *context,
                uint32_t rule,
                const uint8_t *groups,
                enum direction direction,
                struct error *reterr);
    int (*pass)(void *context, uint32_t rule, uint64_t *ret_packets, struct error *reterr);
};

struct injector_settings {
    struct arena *arena; /* outlives the injector */
    const struct scenario *scenario;
    const struct injector_hands *hands;
    /* Occurrences of kind FAULT_..., NODE and PROBLEM, with times of the hands' clock. */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context; /* of report and of the hands */
};

struct injector *injector_new(const struct injector_settings *settings);

void injector_apply(struct injector *injector, uint32_t fault, uint16_t node);
void injector_clear(struct injector *injector, uint32_t fault, uint16_t node);

/* Every event of a process goes through here. */
void injector_see(struct injector *injector, const struct process_event *event);

/* And every event of the proxy. */
void injector_see_proxy(struct injector *injector, const struct proxy_event *event);

nanos injector_deadline(const struct injector *injector);
/* Kills what did not terminate in time, and parts the nodes that a partition was told to part. */
void injector_poll(struct injector *injector, nanos now);

/* Undoes what needs no new process: stopped nodes go on, behaviours are cleared (and tell their
   hits), whether they hold yet or not. injector_awaited: how many of them are still not over. */
void injector_release(struct injector *injector);
uint32_t injector_awaited(const struct injector *injector);

#endif
