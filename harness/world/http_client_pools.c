#include "world/http_client_pools.h"

#include "base/check.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    /* libcurl walks through all connections of a multi handle when an attempt starts or ends.
       Taking another handle when one is full keeps 10,000 in flight from costing 10,000 steps an
       attempt. */
    POOL_ATTEMPTS_MAX = 128,
    POOL_CONNECTIONS_MAX = 2 * POOL_ATTEMPTS_MAX,
};

/* One curl multi handle. */
struct http_client_pool {
    struct http_client_pools *pools;
    CURLM *multi;
    struct http_client_pool *next; /* of its pair, or of the retired ones */
    struct http_client_socket *connected;
    nanos timer; /* what libcurl asked for */
    uint32_t running;
    bool retired; /* takes no attempts, goes with the last one */
};

static int socket_wants(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    struct http_client_pool *pool = context;
    unsigned interest = 0;
    (void)easy;
    (void)unused;
    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT) {
        interest |= LOOP_READ;
    }
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT) {
        interest |= LOOP_WRITE;
    }
    http_client_sockets_watch(&pool->pools->sockets, fd, interest, pool);
    return 0;
}

static int timer_wants(CURLM *multi, long wait_ms, void *context)
{
    struct http_client_pool *pool = context;
    (void)multi;
    pool->timer = wait_ms < 0 ? NANOS_NEVER : loop_clock() + wait_ms * NANOS_PER_MS;
    return 0;
}

#define SET(multi, option, value) CHECK(curl_multi_setopt((multi), (option), (value)) == CURLM_OK)

static struct http_client_pool *pool_new(struct http_client_pools *pools)
{
    struct http_client_pool *pool = calloc(1, sizeof *pool);
    CHECK_MEMORY(pool != NULL);
    pool->pools = pools;
    pool->timer = NANOS_NEVER;
    pool->multi = curl_multi_init();
    CHECK(pool->multi != NULL);
    SET(pool->multi, CURLMOPT_SOCKETFUNCTION, socket_wants);
    SET(pool->multi, CURLMOPT_SOCKETDATA, pool);
    SET(pool->multi, CURLMOPT_TIMERFUNCTION, timer_wants);
    SET(pool->multi, CURLMOPT_TIMERDATA, pool);
    SET(pool->multi, CURLMOPT_MAXCONNECTS, (long)POOL_CONNECTIONS_MAX);
    return pool;
}

static struct http_client_pool *pool_free(struct http_client_pool *pool)
{
    struct http_client_pool *next = pool->next;
    CHECK(pool->running == 0);
    CHECK(curl_multi_cleanup(pool->multi) == CURLM_OK);
    CHECK(pool->connected == NULL);
    free(pool);
    return next;
}

/* The first that is not full. */
static struct http_client_pool *pool_of(struct http_client_pools *pools, size_t pair)
{
    CHECK(pair < pools->pair_count);
    struct http_client_pool **place = &pools->pairs[pair];
    while (*place != NULL && (*place)->running == POOL_ATTEMPTS_MAX) {
        place = &(*place)->next;
    }
    if (*place == NULL) {
        *place = pool_new(pools);
    }
    return *place;
}

static void leave(struct http_client_attempt *attempt)
{
    struct http_client_pool *pool = attempt->pool;
    CHECK(curl_multi_remove_handle(pool->multi, attempt->easy) == CURLM_OK);
    pool->running--;
    attempt->pool = NULL;
}

static void end_attempt(struct http_client_attempt *attempt, enum outcome outcome)
{
    struct http_client_list *told = &attempt->ground->told;

    http_client_attempt_finish(attempt, outcome, loop_clock());
    leave(attempt);
    if (attempt->list != told) {
        http_client_list_remove(attempt);
        http_client_list_insert(told, told->last, attempt);
    }
}

static void take_ended(struct http_client_pool *pool)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(pool->multi, &left); message != NULL;
         message = curl_multi_info_read(pool->multi, &left)) {
        struct http_client_attempt *attempt = NULL;
        CURLcode code = message->data.result;
        CHECK(message->msg == CURLMSG_DONE);
        CHECK(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &attempt) == CURLE_OK);
        end_attempt(attempt, http_client_attempt_outcome(attempt, code));
    }
}

static void leave_retired(struct http_client_pool *pool)
{
    struct http_client_pool **place = &pool->pools->retired;
    while (*place != pool) {
        place = &(*place)->next;
    }
    *place = pool_free(pool);
}

/* Due after each call into libcurl, whose callbacks only write things down. The pool may be gone
 * afterwards. */
static void settle(struct http_client_pool *pool)
{
    struct http_client_pools *pools = pool->pools;

    take_ended(pool);
    if (pool->retired && pool->running == 0) {
        leave_retired(pool);
        return;
    }
    if (pool->retired) {
        http_client_sockets_end_idle(pool->connected);
    }
    pools->timer = nanos_min(pools->timer, pool->timer);
}

static void drive(struct http_client_pool *pool, curl_socket_t fd, int events)
{
    int running = 0;
    CHECK(curl_multi_socket_action(pool->multi, fd, events, &running) == CURLM_OK);
    settle(pool);
}

static void socket_ready(void *owner, int fd, unsigned events)
{
    int curl_events = 0;

    if (events & LOOP_READ) {
        curl_events |= CURL_CSELECT_IN;
    }
    if (events & LOOP_WRITE) {
        curl_events |= CURL_CSELECT_OUT;
    }
    drive(owner, fd, curl_events);
}

void http_client_pools_init(struct http_client_pools *pools,
                            struct arena *arena,
                            struct loop *loop,
                            size_t pair_count)
{
    *pools = (struct http_client_pools){
        .pairs = ARENA_ARRAY(arena, struct http_client_pool *, pair_count),
        .pair_count = pair_count,
        .timer = NANOS_NEVER,
    };
    http_client_sockets_init(&pools->sockets, arena, loop, socket_ready);
}

void http_client_pools_done(struct http_client_pools *pools)
{
    for (size_t i = 0; i < pools->pair_count; i++) {
        while (pools->pairs[i] != NULL) {
            pools->pairs[i] = pool_free(pools->pairs[i]);
        }
    }
    while (pools->retired != NULL) {
        pools->retired = pool_free(pools->retired);
    }
}

nanos http_client_pools_start(struct http_client_pools *pools,
                              size_t pair,
                              struct http_client_attempt *attempt)
{
    struct http_client_pool *pool = pool_of(pools, pair);

    attempt->pool = pool;
    attempt->connected = &pool->connected;
    pool->running++;
    CHECK(curl_multi_add_handle(pool->multi, attempt->easy) == CURLM_OK);
    nanos started = loop_clock();
    drive(pool, CURL_SOCKET_TIMEOUT, 0);
    return started;
}

void http_client_pools_abandon(struct http_client_attempt *attempt)
{
    struct http_client_pool *pool = attempt->pool;
    leave(attempt);
    settle(pool);
}

void http_client_pools_end(struct http_client_attempt *attempt, enum outcome outcome)
{
    struct http_client_pool *pool = attempt->pool;
    end_attempt(attempt, outcome);
    settle(pool);
}

void http_client_pools_look(struct http_client_attempt *attempt)
{
    struct pollfd look = {.fd = attempt->fd, .events = POLLOUT};

    if (attempt->fd >= 0 && poll(&look, 1, 0) > 0) {
        drive(attempt->pool, attempt->fd, CURL_CSELECT_OUT);
    }
}

void http_client_pools_drop(struct http_client_pools *pools, size_t pair)
{
    CHECK(pair < pools->pair_count);
    struct http_client_pool *pool = pools->pairs[pair];
    pools->pairs[pair] = NULL;
    while (pool != NULL) {
        struct http_client_pool *next = pool->next;
        pool->retired = true;
        pool->next = pools->retired;
        pools->retired = pool;
        settle(pool);
        pool = next;
    }
}

static void run_chain(struct http_client_pool *pool, nanos now)
{
    while (pool != NULL) {
        struct http_client_pool *next = pool->next;
        struct http_client_pools *pools = pool->pools;
        if (pool->timer <= now) {
            pool->timer = NANOS_NEVER;
            drive(pool, CURL_SOCKET_TIMEOUT, 0);
        } else {
            pools->timer = nanos_min(pools->timer, pool->timer);
        }
        pool = next;
    }
}

void http_client_pools_run(struct http_client_pools *pools, nanos now)
{
    if (pools->timer > now) {
        return;
    }
    pools->timer = NANOS_NEVER;
    for (size_t i = 0; i < pools->pair_count; i++) {
        run_chain(pools->pairs[i], now);
    }
    run_chain(pools->retired, now);
}
