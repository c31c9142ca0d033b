/* Tells the program that the scenario names of every alert, beside the run and never in its way:
   one line of JSON on its standard input. It refuses to start processes itself (hook_runner.h
   does), and to care what the program makes of it.

   The line, schema bascule/alert/1: schema, scenario, run, node, state ("failed" or "healthy"),
   at_ms, why. docs/scenarios.md has an example. */
#ifndef BASCULE_WORLD_NOTIFIER_H
#define BASCULE_WORLD_NOTIFIER_H

#include "world/loop.h"
#include "world/world.h"

#define NOTIFIER_HOOK_LIMIT (5 * NANOS_PER_S) /* then it is killed */
#define NOTIFIER_HOOKS_MAX  100               /* of a run */

struct notifier_settings {
    struct loop *loop;
    struct arena *arena; /* outlives the notifier */
    const struct scenario *scenario;
    uint32_t run;
    const char *program; /* absolute path of alerts.command's first word */
    const char *folder;  /* where it runs */
    nanos hook_limit;    /* NOTIFIER_HOOK_LIMIT, but in tests */
    /* Of one OCCURRENCE_HOOK for each alert told, in CLOCK_MONOTONIC time; of those past
       NOTIFIER_HOOKS_MAX only for the first. */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context;
};

struct notifier;

struct notifier *notifier_new(const struct notifier_settings *settings, struct error *reterr);

void notifier_tell(struct notifier *notifier, const struct world_alert *alert);

/* Alerts whose program has not ended yet, waiting ones included. */
uint32_t notifier_under_way(const struct notifier *notifier);

/* Kills what is under way and reports it as cut; nobody is told any more. */
void notifier_stop(struct notifier *notifier);

/* The same without a word. Accepts NULL, returns NULL. */
struct notifier *notifier_free(struct notifier *notifier);

#endif
