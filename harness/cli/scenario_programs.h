/* The programs that a scenario names: commands of nodes and services, the client, and who is told
   of alerts; where they are, and that they are there. It starts none. */
#ifndef BASCULE_CLI_SCENARIO_PROGRAMS_H
#define BASCULE_CLI_SCENARIO_PROGRAMS_H

#include "base/arena.h"
#include "cli/inputs.h"
#include "scenario/scenario.h"
#include "world/real.h"

#include <stdbool.h>
#include <stdio.h>

/* The folder of the scenario's file, where they run. */
const char *scenario_programs_folder(struct arena *arena, const struct scenario *scenario);

/* All of *ret but our own programs and the folder of the logs. What is missing is NULL. */
void scenario_programs_find(struct arena *arena,
                            const struct scenario *scenario,
                            struct real_programs *ret);

/* False after a complaint with its place about each program that is missing, unless the scenario
   `requires` it and so will be skipped. */
bool scenario_programs_check(const struct inputs *inputs);

/* False after a complaint with its place about each URL that is not of this machine. */
bool scenario_programs_are_local(const struct inputs *inputs);

/* Does it start anything of the user's whose words go to a log? */
bool scenario_programs_need_logs(const struct scenario *scenario);

bool scenario_programs_any(const struct scenario *scenario);

/* What would be started, and how: a line each, "  node etcd-1: etcd --name n1  (A=b, in dir)". */
void scenario_programs_show(FILE *out, const struct scenario *scenario);

/* Would both start the same, word for word, in the same environment? */
bool scenario_programs_are_same(const struct scenario *a, const struct scenario *b);

#endif
