/* From what stands on the command line to checked scenarios, or to all mistakes in all files on
   stderr. It starts nothing. */
#ifndef BASCULE_CLI_INPUTS_H
#define BASCULE_CLI_INPUTS_H

#include "base/arena.h"
#include "scenario/scenario.h"
#include "scenario/scenario_read.h"

#include <stdbool.h>
#include <stddef.h>

struct inputs {
    struct scenario **scenarios;
    size_t count;
};

/* paths: files, or folders that are searched for *.yaml and *.yml, hidden ones left out, in order
   of name. A file that comes twice counts once. Also false where two scenarios have one
   name. */
bool inputs_read(struct inputs *ret,
                 struct arena *arena,
                 const char *const *paths,
                 size_t path_count,
                 const struct scenario_overrides *overrides);

/* Prints mistakes in the file of that path, with its lines. */
void inputs_complain(const char *path, const struct diagnostics *diagnostics);

#endif
