/* Searches for a seed that breaks an invariant: random scenarios in virtual time, on some processes
   at once. See the usage below for how to repeat one. */
#include "checking_world.h"
#include "engine.h"
#include "random_scenario.h"
#include "report/journal_event.h"
#include "scenario/scenario_write.h"
#include "world/sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS_MAX  64
#define EVENTS_MAX   4194304
#define MESSAGE      512
/* Of processor time. No run takes a second, slow builds included: this one is caught in a loop. */
#define SEED_LIMIT_S 10

struct worker {
    pid_t pid;
    uint64_t seed; /* that runs, or the one that failed */
    uint64_t seeds_run;
    uint64_t turns;
    uint64_t events;
    nanos virtual_ns;
    bool failed;
    char message[MESSAGE];
};

struct shared {
    _Atomic uint64_t next;
    _Atomic uint64_t end; /* sinks to the first failing seed */
    struct worker workers[WORKERS_MAX];
};

struct options {
    uint64_t first;
    uint64_t count;
    uint32_t workers;
    const char *only; /* rule */
    bool one;
    bool trace; /* of one */
};

/* The scenario as a file, then the journal, a line an event. */
static void
print_trace(struct arena *arena, const struct scenario *scenario, const struct journal *journal)
{
    char *buffer = arena_alloc(arena, JOURNAL_EVENT_BYTES_MAX);
    struct text line;

    (void)fputs(scenario_write(arena, scenario, NULL, NULL), stdout);
    for (size_t i = 0; i < journal->count; i++) {
        text_init(&line, buffer, JOURNAL_EVENT_BYTES_MAX);
        journal_event_add(&line, scenario, journal_at(journal, i));
        (void)fputs(line.data, stdout);
    }
}

static void run_seed(const struct options *options, uint64_t seed, struct worker *worker)
{
    struct arena arena;
    struct journal journal;
    uint16_t unharmed = NODE_NONE;

    arena_init(&arena, 0);
    journal_init(&journal, &arena, EVENTS_MAX);
    const struct scenario *scenario = random_scenario(&arena, seed, &unharmed);
    struct invariants *invariants = invariants_new(&arena, scenario, unharmed);
    invariants_only(invariants, options->only);
    const struct world_settings world_settings = {
        .arena = &arena, .scenario = scenario, .seed = seed};
    struct world *world =
        checking_world_new(&arena, sim_new(&world_settings), &journal, invariants);
    const struct engine_settings settings = {
        .scenario = scenario, .seed = seed, .world = world, .journal = &journal};
    struct engine_end end = engine_run(&arena, &settings);
    checking_world_finish(world);
    const char *violation = invariants_violation(invariants);
    if (violation != NULL) {
        worker->failed = true;
        (void)snprintf(worker->message, sizeof worker->message, "%s", violation);
    }
    worker->seeds_run++;
    worker->turns += end.turns;
    worker->events += journal.count;
    worker->virtual_ns += scenario->warmup + scenario->duration;
    if (options->trace) {
        print_trace(&arena, scenario, &journal);
    }
    world->ops->close(world);
    arena_done(&arena);
}

static void lower_end(struct shared *shared, uint64_t seed)
{
    uint64_t end = atomic_load(&shared->end);

    while (seed < end && !atomic_compare_exchange_weak(&shared->end, &end, seed)) {
    }
}

static void work(const struct options *options, struct shared *shared, struct worker *worker)
{
    const struct itimerval limit = {.it_value = {.tv_sec = SEED_LIMIT_S}};

    while (!worker->failed) {
        uint64_t seed = atomic_fetch_add(&shared->next, 1);
        if (seed >= atomic_load(&shared->end)) {
            return;
        }
        worker->seed = seed;
        setitimer(ITIMER_VIRTUAL, &limit, NULL);
        run_seed(options, seed, worker);
        if (worker->failed) {
            lower_end(shared, seed);
        }
    }
}

/* A worker that was killed found something too: a CHECK that failed, or a loop without an end. */
static void reap(struct shared *shared, uint32_t count)
{
    for (uint32_t left = count; left > 0; left--) {
        int status = 0;
        pid_t pid = wait(&status);
        for (uint32_t i = 0; i < count; i++) {
            struct worker *worker = &shared->workers[i];
            if (worker->pid == pid && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
                worker->failed = true;
                lower_end(shared, worker->seed);
                (void)snprintf(worker->message, sizeof worker->message, "%s",
                               WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM
                                   ? "hang: the run never ends"
                                   : "crash: a CHECK failed, or worse");
            }
        }
    }
}

static const struct worker *first_failure(const struct shared *shared, uint32_t count)
{
    const struct worker *first = NULL;

    for (uint32_t i = 0; i < count; i++) {
        const struct worker *worker = &shared->workers[i];
        if (worker->failed && (first == NULL || worker->seed < first->seed)) {
            first = worker;
        }
    }
    return first;
}

static void print_totals(const struct shared *shared, uint32_t count, double wall_s)
{
    uint64_t seeds = 0;
    uint64_t turns = 0;
    double virtual_s = 0;

    for (uint32_t i = 0; i < count; i++) {
        seeds += shared->workers[i].seeds_run;
        turns += shared->workers[i].turns;
        virtual_s += (double)shared->workers[i].virtual_ns / 1e9;
    }
    printf("%" PRIu64 " seeds in %.1f s: %.0f seeds/s, %.0f turns/s, %.0f times real time\n", seeds,
           wall_s, (double)seeds / wall_s, (double)turns / wall_s, virtual_s / wall_s);
}

static double wall_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int search(const struct options *options, const char *program)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        (void)fprintf(stderr, "%s: %s\n", program, strerror(errno));
        return 3;
    }
    double begin = wall_s();
    atomic_store(&shared->next, options->first);
    atomic_store(&shared->end, options->first + options->count);
    for (uint32_t i = 0; i < options->workers; i++) {
        struct worker *worker = &shared->workers[i];
        pid_t pid = fork();
        if (pid == 0) {
            work(options, shared, worker);
            _exit(0);
        }
        worker->pid = pid;
    }
    reap(shared, options->workers);
    print_totals(shared, options->workers, wall_s() - begin);
    const struct worker *failure = first_failure(shared, options->workers);
    if (failure == NULL) {
        return 0;
    }
    printf("seed %" PRIu64 ": %s\n", failure->seed, failure->message);
    printf("again: %s --seed %" PRIu64 " --trace\n", program, failure->seed);
    return 1;
}

static int run_one(const struct options *options)
{
    struct worker worker = {0};

    run_seed(options, options->first, &worker);
    printf("seed %" PRIu64 ": %s\n", options->first,
           worker.failed ? worker.message : "no invariant is broken");
    return worker.failed ? 1 : 0;
}

static int usage(void)
{
    (void)fputs(
        "usage: search [--first N] [--seeds N] [--jobs N] [--only RULE]   look for a seed that "
        "breaks a rule\n"
        "       search --seed N [--trace] [--only RULE]               run one seed\n",
        stderr);
    return 2;
}

static bool take_number(const char *text, uint64_t *ret)
{
    char *end = NULL;

    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0';
}

/* An option with a value. */
static bool take_option(struct options *options, const char *name, const char *value)
{
    uint64_t jobs = 0;

    if (strcmp(name, "--only") == 0) {
        options->only = value;
        return true;
    }
    if (strcmp(name, "--jobs") == 0) {
        bool good = take_number(value, &jobs) && jobs >= 1 && jobs <= WORKERS_MAX;
        options->workers = (uint32_t)jobs;
        return good;
    }
    if (strcmp(name, "--seeds") == 0) {
        return take_number(value, &options->count) && options->count > 0;
    }
    options->one |= strcmp(name, "--seed") == 0;
    return (options->one || strcmp(name, "--first") == 0) && take_number(value, &options->first);
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct options options = {
        .first = 1,
        .count = 1000,
        .workers = cores < 1             ? 1
                   : cores > WORKERS_MAX ? WORKERS_MAX
                                         : (uint32_t)cores,
    };

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            options.trace = true;
        } else if (i + 1 == argc || !take_option(&options, argv[i], argv[i + 1])) {
            return usage();
        } else {
            i++;
        }
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    return options.one ? run_one(&options) : search(&options, argv[0]);
}
