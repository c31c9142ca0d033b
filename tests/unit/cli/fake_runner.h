/* Takes the place of the runner: a scenario's name says how it ends, and nothing is started. */
#ifndef BASCULE_TESTS_CLI_FAKE_RUNNER_H
#define BASCULE_TESTS_CLI_FAKE_RUNNER_H

#include <stddef.h>
#include <stdint.h>

enum { FAKE_RUNS_MAX = 16 };

/* The first word of a name: pass, fail, doubt, stop (as if by SIGTERM), broken (the runner itself
   fails), and block (passes, while the report's place is taken by a folder). */
struct fake_runner {
    char names[FAKE_RUNS_MAX][65];
    uint64_t seeds[FAKE_RUNS_MAX];
    uint32_t repeats[FAKE_RUNS_MAX];
    size_t count;
    const char *block_folder; /* the report folder */
};

extern struct fake_runner fake_runner;

#endif
