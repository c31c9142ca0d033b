/* Worker processes that run seeds: orders go down a pipe, outcomes come up another. A worker that
   dies takes one seed with it and is replaced. */
#ifndef BASCULE_CLI_SEED_POOL_H
#define BASCULE_CLI_SEED_POOL_H

#include "base/arena.h"
#include "base/error.h"
#include "cli/seed_run.h"
#include "world/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct seed_order {
    const struct scenario *scenario; /* read before the pool was opened */
    uint64_t seed;
    uint32_t repeat;
};

struct seed_worker;

struct seed_pool {
    struct loop *loop;
    struct seed_worker *workers;
    size_t count;
    size_t busy; /* orders without an outcome */
    /* died: how its process ended; NULL, unless the seed broke it. */
    void (*outcome)(void *context, const struct seed_outcome *outcome, const char *died);
    void *context;
};

/* outcome and context are the caller's, the rest zero. Memory from the arena. SIGINT, SIGTERM and
   SIGHUP come through the loop from here on; workers do not hear them. */
int seed_pool_open(struct seed_pool *pool,
                   struct arena *arena,
                   size_t workers,
                   struct error *reterr);

/* Can take another order without making anybody wait. */
bool seed_pool_has_room(const struct seed_pool *pool);
void seed_pool_order(struct seed_pool *pool, const struct seed_order *order);

/* Ends the workers, whatever they are at. */
void seed_pool_close(struct seed_pool *pool);

#endif
