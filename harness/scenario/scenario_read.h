/* From a file's bytes to a checked scenario, or to every mistake in it with its place; it starts
 * nothing. */
#ifndef BASCULE_SCENARIO_SCENARIO_READ_H
#define BASCULE_SCENARIO_SCENARIO_READ_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"

#include <stddef.h>

/* Overrides from the command line, applied to the tree before it is read: "traffic.rate=50/s",
 * "seed=7". */
struct scenario_overrides {
    const char *const *settings; /* KEY=VALUE, VALUE is read as YAML */
    size_t setting_count;
    uint16_t port_base; /* 0: as the scenario says; else node i listens on port_base + i */
    const char *client; /* a program and its arguments in the place of the client; NULL: none */
};

/* What is read, and what complaints call it. */
struct scenario_source {
    const char *file; /* as given on the command line; must stay valid as long as the scenario */
    const char *bytes;
    size_t length;
};

/* All other data lives in the arena, scenario->text too (without NULs: a NUL byte is a mistake).
   The arena must be the one of the diagnostics. Returns 0, or -1 with at least one diagnostic,
   sorted. */
int scenario_read(struct arena *arena,
                  const struct scenario_source *source,
                  const struct scenario_overrides *overrides,
                  struct diagnostics *diagnostics,
                  struct scenario *ret);

/* Reads the file (bounded by SCENARIO_FILE_BYTES_MAX) and then scenario_read. A missing or
   unreadable file is a diagnostic without a line. */
int scenario_load(struct arena *arena,
                  const char *file,
                  const struct scenario_overrides *overrides,
                  struct diagnostics *diagnostics,
                  struct scenario *ret);

/* Writes "file:line:column: error: text", the source line and a caret, for each diagnostic, into
   one string of the arena. source may be NULL (no lines are shown then). Control characters of the
   source are made visible. */
const char *diagnostics_render(struct arena *arena,
                               const struct diagnostics *diagnostics,
                               const char *source,
                               size_t source_length);

#endif
