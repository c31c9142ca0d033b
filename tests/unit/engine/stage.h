/* Where the engine's tests run it: a scenario, a journal, and memory that lives for one test. */
#ifndef BASCULE_TESTS_STAGE_H
#define BASCULE_TESTS_STAGE_H

#include "core/journal.h"
#include "scenario/scenario.h"
#include "world/world.h"

struct stage {
    struct arena arena;
    struct journal journal;
    struct scenario scenario;
};

extern struct stage stage;

/* For each test. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

/* Reads the scenario of that text; gives the simulated world for it. */
struct world *stage_read(const char *text);
/* The scenario in that world, to its end; the signal that ended it, 0: none. */
int stage_run(struct world *world);

/* What the journal holds then. */
size_t stage_count(enum event_kind kind);
size_t stage_count_ends(enum outcome outcome);
/* The first one, NULL: none. */
const struct event *stage_first(enum event_kind kind);

#endif
