/* A simulated world on a bench: a scenario from text, attempts by hand, and what the world told. */
#ifndef BASCULE_TESTS_SIM_BENCH_H
#define BASCULE_TESTS_SIM_BENCH_H

#include "unit/cmocka_all.h"

#include "world/sim/sim.h"

#include <stdbool.h>

#define BENCH_SEEN_MAX 4096

struct bench {
    struct arena arena;
    struct scenario scenario;
    struct world *world;
    uint32_t attempts;
    nanos connect_limit; /* of attempts, after their start; NANOS_NEVER */
    bool want_headers;
    struct occurrence seen[BENCH_SEEN_MAX];
    size_t count;
    struct journal journal;
};

/* Warmed up: all nodes are ready, it is time 0. Beside `text` the scenario has only defaults. */
void bench_open(struct bench *bench, const char *text, uint64_t seed);
void bench_close(struct bench *bench);

/* An attempt of that request of the mix (and of that number); gives its id. */
uint32_t bench_ask(struct bench *bench, uint16_t node, size_t mix);
uint32_t bench_probe(struct bench *bench, uint16_t node);
bool bench_cancel(struct bench *bench, uint32_t attempt);
void bench_apply(struct bench *bench, uint32_t fault, uint16_t node);
void bench_clear(struct bench *bench, uint32_t fault, uint16_t node);
/* Time passes until then; what the world tells is kept. */
void bench_run(struct bench *bench, nanos until);
nanos bench_now(const struct bench *bench);

/* How the attempt ended; NULL: not yet. */
const struct occurrence *bench_end_of(const struct bench *bench, uint32_t attempt);
/* The n-th, from 0, of that kind; NULL: there are fewer. */
const struct occurrence *
bench_seen(const struct bench *bench, enum occurrence_kind kind, size_t number);

/* The next attempt's answer, within a second. */
const struct occurrence *bench_answer(struct bench *bench, uint16_t node, size_t mix);

/* The world finishes; its execution log is in the journal then. */
void bench_finish(struct bench *bench);
/* The n-th execution of all, in order of the logs. */
const struct event *bench_executed(const struct bench *bench, size_t number);

#define ASSERT_OUTCOME(end, wanted)                                                                \
    do {                                                                                           \
        const struct occurrence *ended = (end);                                                    \
        assert_non_null(ended);                                                                    \
        assert_string_equal(outcome_word(ended->attempt.outcome), outcome_word(wanted));           \
    } while (0)

#endif
