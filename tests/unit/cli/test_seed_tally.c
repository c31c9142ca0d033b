#include "cli/seed_tally.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;
static const struct scenario scenario = {.name = "sample"};

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct seed_outcome outcome(uint64_t seed, enum seed_ending ending, int64_t switchover)
{
    return (struct seed_outcome){
        .seed = seed,
        .virtual_ns = 10 * NANOS_PER_S,
        .figures = {[SEED_SWITCHOVER] = switchover,
                    [SEED_OUTAGE] = SEED_FIGURE_ABSENT,
                    [SEED_WORST_LATENCY] = SEED_FIGURE_ABSENT,
                    [SEED_FAILED_REQUESTS] = (int64_t)seed},
        .ending = ending,
    };
}

static void add(struct seed_tally *tally, uint64_t seed, enum seed_ending ending)
{
    struct seed_outcome one = outcome(seed, ending, SEED_FIGURE_ABSENT);

    seed_tally_add(tally, &one);
}

/* What is printed, in the arena. */
static const char *line_of(const struct seed_tally *tally, nanos wall, bool figures)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    if (figures) {
        seed_tally_figures(out, &arena, tally);
    } else {
        seed_tally_line(out, &arena, tally, wall);
    }
    assert_int_equal(fclose(out), 0);
    const char *kept = arena_copy(&arena, text, length);
    free(text);
    return kept;
}

static void test_the_first_seed_is_the_lowest_in_any_order(void **state)
{
    struct seed_tally tally;

    (void)state;
    seed_tally_init(&tally, &arena, &scenario, 4);
    add(&tally, 9, SEED_FAILED);
    add(&tally, 7, SEED_PASSED);
    add(&tally, 8, SEED_FAILED);
    add(&tally, 10, SEED_FAILED);
    assert_int_equal(tally.first[SEED_FAILED], 8);
    assert_string_equal(line_of(&tally, 2 * NANOS_PER_S, false),
                        "sample: 4 seeds, 3 failed, the first at seed 8, 1 passed (2.0 runs/s, 20 "
                        "x real time)\n");
}

static void test_lines(void **state)
{
    struct seed_tally tally;

    (void)state;
    seed_tally_init(&tally, &arena, &scenario, 1);
    assert_string_equal(line_of(&tally, 1, false), "sample: 0 of 1 seed\n");
    add(&tally, 3, SEED_PASSED);
    assert_string_equal(line_of(&tally, 0, false), "sample: 1 seed, all passed\n");
    seed_tally_init(&tally, &arena, &scenario, 3);
    add(&tally, 4, SEED_BROKEN);
    add(&tally, 5, SEED_KNOWN);
    assert_string_equal(line_of(&tally, 0, false),
                        "sample: 2 of 3 seeds, 1 broke off at seed 4, 1 failed as known\n");
}

static enum verdict verdict_of(const enum seed_ending *endings, size_t count, bool strict)
{
    struct seed_tally tally;

    seed_tally_init(&tally, &arena, &scenario, count);
    for (size_t i = 0; i < count; i++) {
        add(&tally, i, endings[i]);
    }
    return seed_tally_verdict(&tally, strict);
}

static void test_verdicts(void **state)
{
    static const struct {
        enum seed_ending endings[2];
        enum verdict plain;
        enum verdict strict;
    } cases[] = {
        {{SEED_PASSED, SEED_PASSED}, VERDICT_PASS, VERDICT_PASS},
        {{SEED_KNOWN, SEED_KNOWN}, VERDICT_KNOWN, VERDICT_KNOWN},
        {{SEED_KNOWN, SEED_PASSED}, VERDICT_PASS, VERDICT_PASS},
        {{SEED_PASSED, SEED_FAILED}, VERDICT_FAIL, VERDICT_FAIL},
        {{SEED_BROKEN, SEED_FAILED}, VERDICT_FAIL, VERDICT_FAIL},
        {{SEED_PASSED, SEED_BROKEN}, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
        {{SEED_PASSED, SEED_INCONCLUSIVE}, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
        {{SEED_PASSED, SEED_IDLE}, VERDICT_PASS, VERDICT_INCONCLUSIVE},
        {{SEED_IDLE, SEED_IDLE}, VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(verdict_of(cases[i].endings, 2, false), cases[i].plain);
        assert_int_equal(verdict_of(cases[i].endings, 2, true), cases[i].strict);
    }
}

static void test_a_part_is_no_pass(void **state)
{
    struct seed_tally tally;

    (void)state;
    seed_tally_init(&tally, &arena, &scenario, 2);
    add(&tally, 1, SEED_PASSED);
    assert_int_equal(seed_tally_verdict(&tally, false), VERDICT_INCONCLUSIVE);
}

static void test_figures_are_pooled_and_never_is_the_worst(void **state)
{
    struct seed_tally tally;

    (void)state;
    seed_tally_init(&tally, &arena, &scenario, 21);
    for (uint64_t seed = 21; seed > 0; seed--) {
        int64_t switchover = seed == 5   ? SEED_FIGURE_NEVER
                             : seed == 6 ? SEED_FIGURE_ABSENT
                                         : (int64_t)seed * NANOS_PER_MS;
        struct seed_outcome one = outcome(seed, SEED_PASSED, switchover);
        seed_tally_add(&tally, &one);
    }
    assert_string_equal(
        line_of(&tally, 0, true),
        "  switchover     min    1.0 ms  p50   12.0 ms  p95   21.0 ms  max     never\n"
        "  failed         min         1  p50        11  p95        20  max        21\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_seed_is_the_lowest_in_any_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verdicts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_part_is_no_pass, setup, teardown),
        cmocka_unit_test_setup_teardown(test_figures_are_pooled_and_never_is_the_worst, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
