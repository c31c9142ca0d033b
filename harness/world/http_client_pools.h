/* Connection pools: each (client, node) pair has curl multi handles of its own, which run its
   attempts on the loop; it refuses to know requests, time limits and who asks. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_POOLS_H
#define BASCULE_WORLD_HTTP_CLIENT_POOLS_H

#include "base/arena.h"
#include "base/nanos.h"
#include "core/journal.h"
#include "world/http_client_attempt.h"
#include "world/http_client_sockets.h"
#include "world/loop.h"

#include <stddef.h>

struct http_client_pool;

struct http_client_pools {
    struct http_client_sockets sockets;
    struct http_client_pool **pairs; /* chains */
    size_t pair_count;
    struct http_client_pool *retired;
    nanos timer; /* when libcurl wants to run; not later than any pool's */
};

void http_client_pools_init(struct http_client_pools *pools,
                            struct arena *arena,
                            struct loop *loop,
                            size_t pair_count);
/* Closes every connection. No attempt is under way any more. */
void http_client_pools_done(struct http_client_pools *pools);

/* Starts a prepared attempt and returns when. Attempts that end are finished, are out of their pool
   and on the list `told`, here and in the functions below. */
nanos http_client_pools_start(struct http_client_pools *pools,
                              size_t pair,
                              struct http_client_attempt *attempt);
/* Takes it out of its pool; its connection is closed. */
void http_client_pools_abandon(struct http_client_attempt *attempt);
/* Like abandon, and ends it. */
void http_client_pools_end(struct http_client_attempt *attempt, enum outcome outcome);
/* Whether its connection stands is found out now, not when the loop comes to it. */
void http_client_pools_look(struct http_client_attempt *attempt);
/* Closes the idle connections of a pair, and the busy ones when their attempts end. */
void http_client_pools_drop(struct http_client_pools *pools, size_t pair);
/* Runs what libcurl wanted to run by now. */
void http_client_pools_run(struct http_client_pools *pools, nanos now);

#endif
