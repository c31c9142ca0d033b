/* A scenario as a YAML file again: complete, commented, and read back as the same scenario. It
   refuses to keep the words of the original: what counts is the data. */
#ifndef BASCULE_SCENARIO_SCENARIO_WRITE_H
#define BASCULE_SCENARIO_SCENARIO_WRITE_H

#include "base/arena.h"
#include "scenario/scenario.h"

/* The text, in the arena. comment: lines for the head of the file, NULL: none. fault_comments: one
   line for each fault, NULL entries or NULL: none. Without chaos only (chaos_resolve). */
const char *scenario_write(struct arena *arena,
                           const struct scenario *scenario,
                           const char *comment,
                           const char *const *fault_comments);

#endif
