/* The real world: stubs as processes, attempts through libcurl, time from the kernel. */
#ifndef BASCULE_WORLD_REAL_H
#define BASCULE_WORLD_REAL_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

struct real_settings {
    struct arena *arena; /* outlives the world and its journal */
    const struct scenario *scenario;
    const char *stub_program;
    const char *proxy_program; /* NULL: only if none is needed */
    uint32_t run;              /* number of the run, from 0: part of X-Request-Id */
    uint64_t seed;
};

/* What the scenario's faults need besides stubs: bascule-proxy; and a packet filter, which there is
   only inside isolation_fork. */
bool real_needs_proxy(const struct scenario *scenario);
bool real_needs_filter(const struct scenario *scenario);

/* In the namespaces of isolation_fork: would the kernel do what a scenario that needs a packet
   filter will ask of it? It is tried, not guessed, and nothing stays. -1 and the reason if not. */
int real_try_filter(const struct scenario *scenario, struct error *reterr);

/* NULL on failure. SIGINT, SIGTERM and SIGHUP are taken over and become OCCURRENCE_INTERRUPT. */
struct world *real_new(const struct real_settings *settings, struct error *reterr);

/* Stops and reaps every process that still lives; accepts NULL, returns NULL. */
struct world *real_free(struct world *world);

#endif
