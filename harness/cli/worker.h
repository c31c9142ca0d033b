/* A scenario in a process of its own, in namespaces of its own unless it needs the host's network,
   and what it tells its parent: progress, complaints and how it ended. The report is written by the
   worker. */
#ifndef BASCULE_CLI_WORKER_H
#define BASCULE_CLI_WORKER_H

#include "base/error.h"
#include "cli/run_scenario.h"
#include "world/loop.h"

#include <stdbool.h>
#include <sys/types.h>

struct worker;

struct worker_events {
    void (*progress)(void *context, struct worker *worker, const struct progress *progress);
    void (*complaint)(void *context, struct worker *worker, const char *text);
    /* The last one: its process is reaped, its namespaces are gone. ended is false if it broke off
       (died says how, and ending is not set). signal: that interrupted it, 0. */
    void (*over)(void *context, struct worker *worker);
    void *context;
};

/* Embedded by its user; zero but for `events` before the start. */
struct worker {
    struct loop_watch watch; /* first: the callback finds the worker from it */
    const struct worker_events *events;
    struct run_command *command;
    struct loop *loop;
    const struct scenario *scenario;
    pid_t pid; /* 0: not running */
    bool ended;
    struct ending ending; /* texts in the command's arena */
    int signal;
    bool write_failed;
    char died[64];
    char *details; /* what has come of ending.details */
    size_t details_length;
};

/* What runs already is on the host's network, and there the scenario has to run as well. */
bool worker_needs_host(const struct scenario *scenario);

/* The worker's messages come through the loop. In the new process this does not return. */
int worker_start(struct worker *worker,
                 struct run_command *command,
                 struct loop *loop,
                 const struct scenario *scenario,
                 struct error *reterr);

void worker_signal(const struct worker *worker, int signal);

#endif
