/* One reading of a scenario text, for tests: the scenario or its mistakes, and the arena that holds
 * both. */
#ifndef BASCULE_TESTS_SCENARIO_READING_H
#define BASCULE_TESTS_SCENARIO_READING_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario_read.h"

#include <stdbool.h>
#include <stddef.h>

struct reading {
    struct arena arena;
    struct diagnostics diagnostics;
    struct scenario scenario;
    int result;
};

void reading_take(struct reading *reading,
                  const char *bytes,
                  size_t length,
                  const struct scenario_overrides *overrides);
/* Of a text that must be valid: fails the test with the rendered mistakes, or if it would not come
   back the same when written. The name is put before it. */
void reading_valid(struct reading *reading, const char *text);
/* Of a text with exactly one mistake, which says so at that place; the name is line 1. */
void reading_refused(const char *text, unsigned line, unsigned column, const char *part);
void reading_done(struct reading *reading);

/* A whole file, NUL-terminated, to be freed. Fails the test if it cannot be read. */
char *reading_file(const char *path, size_t *ret_length);

#endif
