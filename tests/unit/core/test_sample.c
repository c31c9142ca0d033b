#include "unit/cmocka_all.h"

#include "core/sample.h"

#include <math.h>

#define NEVER ((double)INFINITY)

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

#define SAMPLE(...)                                                                                \
    sample_of(&arena, (const double[]){__VA_ARGS__},                                               \
              sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static struct sample count_to(size_t count)
{
    double *values = ARENA_ARRAY(&arena, double, count);

    for (size_t i = 0; i < count; i++) {
        values[i] = (double)(count - i);
    }
    return sample_of(&arena, values, count);
}

static void assert_is(double value, double wanted)
{
    if (!(value >= wanted && value <= wanted)) {
        fail_msg("%.17g, wanted %.17g", value, wanted);
    }
}

static void the_median_is_the_middle(void **state)
{
    (void)state;
    assert_is(sample_median(SAMPLE(3, 1, 2)), 2);
    assert_is(sample_median(SAMPLE(4, 1, 3, 2)), 2.5);
    assert_is(sample_median(SAMPLE(NEVER, 1, NEVER)), NEVER);
    assert_is(sample_median(SAMPLE(NEVER, 1)), NEVER);
    assert_is(sample_median(SAMPLE(NEVER, NEVER)), NEVER);
    assert_is(sample_mean(SAMPLE(1, 2, 6)), 3);
    assert_is(sample_mean(SAMPLE(1, NEVER)), NEVER);
}

/* Ranks from the table of sign-test intervals at 95 %: Hollander and Wolfe, 1973, table A.2. */
static void the_interval_of_the_median_is_that_of_the_tables(void **state)
{
    static const struct {
        size_t count;
        double low;
    } table[] = {{6, 1},  {8, 1},  {9, 2},  {11, 2}, {12, 3},
                 {15, 4}, {17, 5}, {20, 6}, {25, 8}, {50, 18}};

    (void)state;
    for (size_t count = 1; count < 6; count++) {
        assert_false(sample_median_interval(count_to(count)).known);
    }
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct sample_interval interval = sample_median_interval(count_to(table[i].count));
        assert_true(interval.known);
        assert_is(interval.low, table[i].low);
        assert_is(interval.high, (double)table[i].count + 1 - table[i].low);
    }
}

static void the_interval_of_many_follows_that_of_few(void **state)
{
    (void)state;
    struct sample_interval few = sample_median_interval(count_to(1000));
    struct sample_interval many = sample_median_interval(count_to(1001));
    assert_is(few.low, 469);
    assert_true(many.low >= 468 && many.low <= 470);
    assert_true(many.high >= 532 && many.high <= 534);
    assert_true(sample_median_interval(count_to(100000)).known);
}

static void the_shift_is_the_middle_of_all_differences(void **state)
{
    (void)state;
    assert_is(sample_shift(&arena, SAMPLE(1, 2, 3), SAMPLE(11, 12, 13)), 10);
    assert_is(sample_shift(&arena, SAMPLE(5), SAMPLE(1, 2)), -3.5);
    assert_is(sample_shift(&arena, SAMPLE(1, 2, 3), SAMPLE(1, NEVER, NEVER)), NEVER);
    assert_is(sample_shift(&arena, SAMPLE(NEVER), SAMPLE(1)), -NEVER);
    assert_is(sample_shift(&arena, SAMPLE(NEVER, NEVER), SAMPLE(NEVER)), 0);
    assert_is(sample_shift(&arena, SAMPLE(1, NEVER), SAMPLE(1, NEVER)), 0);
    assert_is(sample_shift(&arena, SAMPLE(1, NEVER), SAMPLE(3)), 2);
}

static void the_shift_of_many_needs_no_more_memory(void **state)
{
    struct sample small = count_to(3000);
    struct sample large;
    double *values = ARENA_ARRAY(&arena, double, 3000);

    (void)state;
    for (size_t i = 0; i < 3000; i++) {
        values[i] = (double)i + 101;
    }
    large = sample_of(&arena, values, 3000);
    size_t before = arena.used;
    assert_is(sample_shift(&arena, small, large), 100);
    assert_true(arena.used - before <=
                ((size_t)SAMPLE_SHIFT_MAX + 3) * SAMPLE_SHIFT_MAX * sizeof(double));
}

static void ratios_are_those_of_all_pairs(void **state)
{
    struct sample a = SAMPLE(2, 4);
    struct sample b = SAMPLE(1, 8);

    (void)state; /* 1/4, 1/2, 2, 4 */
    assert_is(sample_ratio(&arena, a, b, 0), 0.25);
    assert_is(sample_ratio(&arena, a, b, 0.25), 0.25);
    assert_is(sample_ratio(&arena, a, b, 0.26), 0.5);
    assert_is(sample_ratio(&arena, a, b, 0.75), 2);
    assert_is(sample_ratio(&arena, a, b, 1), 4);
    assert_is(sample_ratio(&arena, SAMPLE(0, 1), b, 1), 0);
    assert_is(sample_ratio(&arena, a, SAMPLE(0, 1), 1), 0);
    assert_is(sample_ratio(&arena, SAMPLE(1, NEVER), b, 0.5), 0);
    assert_is(sample_ratio(&arena, a, SAMPLE(1, NEVER), 0.5), 0);
    assert_is(sample_ratio(&arena, count_to(3000), count_to(3000), 0.5), 1);
}

static void roots_are_right(void **state)
{
    (void)state;
    assert_is(sample_root(0), 0);
    double root = 1e-6;
    for (int i = 0; i < 100; i++) {
        root *= 1.37;
        assert_true(fabs(sample_root(root * root) / root - 1) < 1e-14);
    }
}

static void equal_is_value_by_value(void **state)
{
    (void)state;
    assert_true(sample_equal(SAMPLE(2, 1, NEVER), SAMPLE(NEVER, 1, 2)));
    assert_false(sample_equal(SAMPLE(1, 2), SAMPLE(1, 2, 2)));
    assert_false(sample_equal(SAMPLE(1, 2), SAMPLE(1, NEVER)));
    assert_true(sample_equal((struct sample){.count = 0}, (struct sample){.count = 0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_median_is_the_middle),
        cmocka_unit_test(the_interval_of_the_median_is_that_of_the_tables),
        cmocka_unit_test(the_interval_of_many_follows_that_of_few),
        cmocka_unit_test(the_shift_is_the_middle_of_all_differences),
        cmocka_unit_test(the_shift_of_many_needs_no_more_memory),
        cmocka_unit_test(ratios_are_those_of_all_pairs),
        cmocka_unit_test(roots_are_right),
        cmocka_unit_test(equal_is_value_by_value),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
