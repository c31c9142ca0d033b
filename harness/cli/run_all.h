/* What run, simulate and replay do alike once they know their scenarios: get ready, take all of
   them in turn, and tell how it ended. */
#ifndef BASCULE_CLI_RUN_ALL_H
#define BASCULE_CLI_RUN_ALL_H

#include "cli/run_scenario.h"

/* Programs, folder, limits, isolation, whatever the command needs of them; -1: it cannot begin. */
int run_all_prepare(struct run_command *command, struct error *reterr);

/* Signals wait, or are noted, until somebody takes them; the view is ready. */
void run_all_begin(struct run_command *command);

/* Between begin and this the endings were filled in. Prints what is left to say but the last line,
   and writes latest.json where there is one. */
void run_all_finish(struct run_command *command);

/* That a signal came, if one did, and what was not begun for it. */
void run_all_print_interruption(const struct run_command *command);

/* "2 passed, 1 failed", without a line break. */
void run_all_print_totals(const struct run_command *command);

/* "; reports in DIR/" and the line break. */
void run_all_print_folder(const struct run_command *command);

#endif
