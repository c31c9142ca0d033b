/* One scenario of a `bascule run`: required programs, the runs themselves, journal, report, and
 * what to show of it. */
#ifndef BASCULE_CLI_RUN_SCENARIO_H
#define BASCULE_CLI_RUN_SCENARIO_H

#include "base/arena.h"
#include "cli/ending.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/run_view.h"
#include "report/environment.h"
#include "report/latest.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole command; its memory lives to the end. */
struct run_command {
    struct arena *arena;
    const struct options *options;
    struct inputs inputs;
    struct scenario_overrides overrides;
    const char *folder;
    const char *stub_program;
    bool has_seed; /* from the command line */
    uint64_t seed; /* that, or the drawn one */
    uint32_t repeat;
    bool journal;
    struct environment environment;
    struct run_view view;
    struct ending_list endings;
    struct latest_report *reports;
    size_t report_count;
    int64_t started_realtime;
};

/* Adds the scenario's ending and, if its report was written, the report; sets endings.signal and
   endings.write_failed where due. */
void run_scenario(struct run_command *command, const struct scenario *scenario);

/* Tells on stderr and remembers it for the exit status. */
void run_scenario_unwritten(struct run_command *command, const struct error *error);

/* Nanoseconds since 1970. */
int64_t run_scenario_clock(void);

#endif
