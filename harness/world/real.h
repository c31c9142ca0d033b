/* The real world: stubs as processes, attempts through libcurl, time from the kernel. */
#ifndef BASCULE_WORLD_REAL_H
#define BASCULE_WORLD_REAL_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"
#include "world/world.h"

#include <stdint.h>

struct real_settings {
    struct arena *arena; /* outlives the world and its journal */
    const struct scenario *scenario;
    const char *stub_program;
    const char *proxy_program;
    uint32_t run; /* number of the run, from 0: part of X-Request-Id */
    uint64_t seed;
};

/* NULL on failure. SIGINT, SIGTERM and SIGHUP are taken over and become OCCURRENCE_INTERRUPT. */
struct world *real_new(const struct real_settings *settings, struct error *reterr);

/* Stops and reaps every process that still lives; accepts NULL, returns NULL. */
struct world *real_free(struct world *world);

#endif
