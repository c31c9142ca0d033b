/* A hand-made scenario with one judged run, for the tests of what reports say. */
#ifndef BASCULE_TESTS_REPORT_FIXTURE_H
#define BASCULE_TESTS_REPORT_FIXTURE_H

#include "base/arena.h"
#include "core/verdict.h"
#include "scenario/scenario.h"

#include <jansson.h>

struct fixture {
    struct arena arena;
    char *folder; /* a private one */
    struct scenario scenario;
    struct scenario_result result;
};

/* cmocka fixtures; *state is a struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state); /* removes the folder and all in it */

/* "FOLDER/name", in the arena. */
const char *fixture_path(struct fixture *fixture, const char *name);

/* Files in the folder, the hidden ones too. */
size_t fixture_files(const struct fixture *fixture);

/* The whole file, NUL-terminated, in the arena. */
char *fixture_read(struct fixture *fixture, const char *path);

/* What a path of keys and indexes leads to: "runs/0/faults/1/id". Fails the test if there is
 * nothing. */
json_t *fixture_at(json_t *root, const char *path);

#endif
