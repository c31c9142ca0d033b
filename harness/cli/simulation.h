/* The simulated world as commands open it: one that a signal interrupts like a real one, and what
   cannot be simulated at all. */
#ifndef BASCULE_CLI_SIMULATION_H
#define BASCULE_CLI_SIMULATION_H

#include "core/verdict.h"
#include "world/world.h"

/* From here on SIGINT, SIGTERM and SIGHUP interrupt runs instead of ending the process, but for
   those that are ignored. */
void simulation_note_signals(void);
/* And from here on they end the process again, also where somebody blocked them. */
void simulation_leave_signals(void);
/* The first of them that came, 0. */
int simulation_signal(void);

/* Of the heap: a run gives its memory back in one go, and the next one wants it at once. */
void simulation_keep_memory(void);

struct world *simulation_open(const struct world_settings *settings);

/* Why this scenario has no simulation; NULL: it has one. */
const char *simulation_cannot(const struct scenario *scenario);

/* Virtual time of a run, warm-up and drain included. */
nanos simulation_span(const struct run_result *run);

#endif
