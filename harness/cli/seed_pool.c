#include "cli/seed_pool.h"

#include "base/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A worker never waits for us while it has another order. */
#define QUEUE_MAX     4
#define OUTCOMES_READ 16

_Static_assert(sizeof(struct seed_outcome) <= PIPE_BUF, "records are written whole");
_Static_assert(sizeof(struct seed_order) <= PIPE_BUF, "records are written whole");

struct seed_worker {
    struct loop_watch watch; /* first: of the outcomes; the callback finds the worker from it */
    struct seed_pool *pool;
    int orders;                         /* write end */
    pid_t pid;                          /* 0: not running */
    struct seed_order queue[QUEUE_MAX]; /* oldest first */
    size_t queued;
};

/* ---- in the worker ---- */

_Noreturn static void work(int orders, int outcomes, pid_t parent)
{
    struct seed_order order;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent) {
        _exit(1);
    }
    for (;;) {
        ssize_t length = read(orders, &order, sizeof(order));
        if (length != (ssize_t)sizeof(order)) {
            _exit(0);
        }
        struct seed_outcome outcome = seed_run(order.scenario, order.seed, order.repeat);
        if (write(outcomes, &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome)) {
            _exit(0);
        }
    }
}

/* ---- in the parent ---- */

static void worker_ready(struct loop_watch *watch, unsigned events);

static int watch_outcomes(struct seed_worker *worker, int outcomes, struct error *reterr)
{
    CHECK(fcntl(outcomes, F_SETFL, O_NONBLOCK) == 0);
    worker->watch = (struct loop_watch){.fd = outcomes, .ready = worker_ready};
    return loop_watch(worker->pool->loop, &worker->watch, LOOP_READ, reterr);
}

static void close_both(const int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static int worker_start(struct seed_worker *worker, struct error *reterr)
{
    int down[2];
    int up[2];
    pid_t parent = getpid();

    if (pipe2(down, O_CLOEXEC) < 0) {
        return error_os(reterr, errno, "cannot make a pipe");
    }
    if (pipe2(up, O_CLOEXEC) < 0) {
        close_both(down);
        return error_os(reterr, errno, "cannot make a pipe");
    }
    (void)fflush(NULL); /* or what is buffered would be written twice */
    worker->pid = fork();
    if (worker->pid == 0) {
        (void)close(down[1]);
        (void)close(up[0]);
        work(down[0], up[1], parent);
    }
    if (worker->pid < 0) {
        worker->pid = 0;
        close_both(down);
        close_both(up);
        return error_os(reterr, errno, "cannot make a process");
    }
    (void)close(down[0]);
    (void)close(up[1]);
    worker->orders = down[1];
    return watch_outcomes(worker, up[0], reterr);
}

static int worker_stop(struct seed_worker *worker)
{
    int status = 0;

    (void)loop_watch(worker->pool->loop, &worker->watch, 0, NULL);
    (void)close(worker->watch.fd);
    (void)close(worker->orders);
    (void)kill(worker->pid, SIGKILL);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {
    }
    worker->pid = 0;
    return status;
}

static void send_order(struct seed_worker *worker, const struct seed_order *order)
{
    /* One that died is noticed by its own pipe. */
    ssize_t written = write(worker->orders, order, sizeof(*order));
    (void)written;
}

static void
take_outcome(struct seed_worker *worker, const struct seed_outcome *outcome, const char *died)
{
    struct seed_pool *pool = worker->pool;

    CHECK(worker->queued > 0 && worker->queue[0].seed == outcome->seed);
    worker->queued--;
    memmove(&worker->queue[0], &worker->queue[1], worker->queued * sizeof(worker->queue[0]));
    pool->busy--;
    pool->outcome(pool->context, outcome, died);
}

static void take_broken(struct seed_worker *worker, const char *died)
{
    struct seed_outcome outcome = {.seed = worker->queue[0].seed, .ending = SEED_BROKEN};

    for (unsigned i = 0; i < SEED_FIGURES; i++) {
        outcome.figures[i] = SEED_FIGURE_ABSENT;
    }
    take_outcome(worker, &outcome, died);
}

static void describe(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status)) {
        (void)snprintf(text, size, "ended by signal %d (SIG%s)", WTERMSIG(status),
                       sigabbrev_np(WTERMSIG(status)));
    } else {
        (void)snprintf(text, size, "ended early with status %d", WEXITSTATUS(status));
    }
}

/* The seed that it was at is lost, the others go to its successor. */
static void worker_died(struct seed_worker *worker)
{
    struct error error = {.text = ""};
    char died[64];

    describe(worker_stop(worker), died, sizeof(died));
    if (worker->queued > 0) {
        take_broken(worker, died);
    }
    if (worker_start(worker, &error) < 0) {
        while (worker->queued > 0) {
            take_broken(worker, error.text);
        }
        return;
    }
    for (size_t i = 0; i < worker->queued; i++) {
        send_order(worker, &worker->queue[i]);
    }
}

static void worker_ready(struct loop_watch *watch, unsigned events)
{
    struct seed_worker *worker = (struct seed_worker *)(void *)watch;
    struct seed_outcome outcomes[OUTCOMES_READ];

    (void)events;
    ssize_t length = read(watch->fd, outcomes, sizeof(outcomes));
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (length <= 0) {
        worker_died(worker);
        return;
    }
    CHECK((size_t)length % sizeof(outcomes[0]) == 0);
    for (size_t i = 0; i < (size_t)length / sizeof(outcomes[0]); i++) {
        take_outcome(worker, &outcomes[i], NULL);
    }
}

/* ---- the pool ---- */

static struct seed_worker *idlest(const struct seed_pool *pool)
{
    struct seed_worker *found = NULL;

    for (size_t i = 0; i < pool->count; i++) {
        struct seed_worker *worker = &pool->workers[i];
        if (worker->pid != 0 && (found == NULL || worker->queued < found->queued)) {
            found = worker;
        }
    }
    return found;
}

bool seed_pool_has_room(const struct seed_pool *pool)
{
    const struct seed_worker *worker = idlest(pool);

    return worker != NULL && worker->queued < QUEUE_MAX;
}

void seed_pool_order(struct seed_pool *pool, const struct seed_order *order)
{
    struct seed_worker *worker = idlest(pool);

    CHECK(worker != NULL && worker->queued < QUEUE_MAX);
    worker->queue[worker->queued++] = *order;
    pool->busy++;
    send_order(worker, order);
}

int seed_pool_open(struct seed_pool *pool,
                   struct arena *arena,
                   size_t workers,
                   struct error *reterr)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    pool->workers = ARENA_ARRAY(arena, struct seed_worker, workers);
    pool->loop = loop_new(reterr);
    if (pool->loop == NULL || loop_take_signals(pool->loop, signals, 3, reterr) < 0) {
        return -1;
    }
    while (pool->count < workers) {
        struct seed_worker *worker = &pool->workers[pool->count];
        worker->pool = pool;
        if (worker_start(worker, reterr) < 0) {
            return -1;
        }
        pool->count++;
    }
    return 0;
}

void seed_pool_close(struct seed_pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        if (pool->workers[i].pid != 0) {
            (void)worker_stop(&pool->workers[i]);
        }
    }
    pool->loop = loop_free(pool->loop);
}
