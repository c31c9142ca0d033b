/* Faults on the real nodes: a fault becomes signals and control messages, and is told as applied,
   effective and cleared only as each is seen. It refuses to know when a fault is due, and clients.
 */
#ifndef BASCULE_WORLD_INJECTOR_H
#define BASCULE_WORLD_INJECTOR_H

#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"
#include "world/node_networks.h"
#include "world/packet_filter.h"
#include "world/proxy_link.h"
#include "world/supervisor.h"
#include "world/world.h"

#include <stdint.h>

/* A node that was asked to terminate and has not ended by then is killed. */
#define INJECTOR_STOP_WITHIN (5 * NANOS_PER_S)

struct injector;

struct injector_settings {
    struct arena *arena; /* outlives the injector */
    const struct scenario *scenario;
    struct supervisor *supervisor;
    struct proxy_link *proxy;             /* NULL in a run without faults on the wire */
    struct packet_filter *filter;         /* NULL in a run without faults on packets */
    const struct node_networks *networks; /* NULL in a run without faults between nodes */
    /* Occurrences of kind FAULT_..., NODE and PROBLEM, with CLOCK_MONOTONIC times. */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context;
};

struct injector *injector_new(const struct injector_settings *settings);

void injector_apply(struct injector *injector, uint32_t fault, uint16_t node);
void injector_clear(struct injector *injector, uint32_t fault, uint16_t node);

/* Every event of the supervisor goes through here. */
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
