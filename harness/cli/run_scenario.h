/* One scenario of a `bascule run`, for real or simulated: required programs, the runs themselves,
 * journal, report, and what to show of it. */
#ifndef BASCULE_CLI_RUN_SCENARIO_H
#define BASCULE_CLI_RUN_SCENARIO_H

#include "base/arena.h"
#include "cli/ending.h"
#include "cli/formats.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/run_view.h"
#include "report/environment.h"
#include "report/latest.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/* Who hears of a scenario while it goes on: the view, or the parent of a worker process. Neither
   may make us wait. */
struct run_listener {
    void (*progress)(void *context, const struct progress *progress);
    void (*complain)(void *context, const char *text);
    void *context;
};

enum isolate {
    ISOLATE_AUTO, /* where it is permitted */
    ISOLATE_ALWAYS,
    ISOLATE_NEVER,
};

/* The whole command; its memory lives to the end. */
struct run_command {
    const char *name; /* "run", "simulate", "replay" */
    struct arena *arena;
    const struct options *options;
    struct inputs inputs;
    struct scenario_overrides overrides;
    const char *folder;
    const char *stub_program;
    const char *proxy_program;
    bool has_seed; /* from the command line */
    uint64_t seed; /* that, or the drawn one */
    uint32_t repeat;
    uint32_t jobs; /* scenarios at once */
    enum isolate isolate;
    bool isolated;  /* each scenario gets namespaces of its own */
    bool simulated; /* in virtual time: nothing is started */
    bool report;    /* is written */
    bool latest;    /* is written at the end */
    bool journal;
    struct formats formats; /* besides JSON */
    bool trace;             /* each run's story goes to stdout */
    /* One a run of the only scenario: what is run in its place; NULL: none. */
    const struct scenario *const *schedules;
    const char *again; /* the whole command that does this again; NULL: as options and file tell */
    bool colour;
    struct environment environment;
    struct run_listener listener;
    struct run_view view;
    struct ending_list endings; /* in the order of the inputs */
    bool write_failed;          /* so far, in this process */
    int signal;                 /* that interrupted, in this process; 0 */
    int64_t started_realtime;
    nanos virtual_ns; /* of the runs made in this process, warm-up and drain included */
    uint64_t turns;   /* of the engine in them */
};

/* Runs it in this process and writes its report and journal; sets write_failed and signal where
   due. Texts of the ending live in the command's arena. */
struct ending run_scenario(struct run_command *command, const struct scenario *scenario);

/* The ending, and the report, of one that was never begun. */
struct ending run_scenario_not_run(struct run_command *command,
                                   const struct scenario *scenario,
                                   enum verdict verdict,
                                   const char *code,
                                   const char *text);

/* Tells the listener and remembers it for the exit status. */
void run_scenario_unwritten(struct run_command *command, const struct error *error);

/* Nanoseconds since 1970. */
int64_t run_scenario_clock(void);

#endif
