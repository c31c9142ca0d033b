#include "unit/cmocka_all.h"

#include "base/prng.h"
#include "core/rank_test.h"

#include <math.h>

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

static void assert_near(double value, double wanted, double error)
{
    if (!(fabs(value - wanted) <= error)) {
        fail_msg("%.12g, wanted %.12g", value, wanted);
    }
}

#define SAMPLE(...)                                                                                \
    sample_of(&arena, (const double[]){__VA_ARGS__},                                               \
              sizeof((double[]){__VA_ARGS__}) / sizeof(double))

/* count values without ties so that exactly `below` pairs have b below a. */
static struct rank_test with_u(size_t count, size_t below)
{
    double a[64];
    double b[64];

    assert_true(count <= 64 && below <= count * count);
    for (size_t i = 0; i < count; i++) {
        a[i] = 2 * (double)i;
        b[i] = 2 * (double)count + 2 * (double)i;
    }
    for (size_t i = 0; i < count; i++) {
        size_t step = below < count ? below : count;
        below -= step;
        /* The i-th of b goes down past `step` of a; all keep their own place among the gaps. */
        b[i] = 2 * (double)(count - step) - 1 + (double)i / 1000;
    }
    return rank_test(&arena, sample_of(&arena, a, count), sample_of(&arena, b, count));
}

/* The largest U that is significant at 5 % on two sides, from the table of Mann and Whitney (1947)
   as extended by Milton (1964). */
static void finds_the_critical_values_of_the_tables(void **state)
{
    static const struct {
        size_t count;
        size_t critical;
    } table[] = {{4, 0},   {5, 2},   {6, 5},   {7, 8},   {8, 13},  {9, 17},   {10, 23},
                 {12, 37}, {14, 55}, {15, 64}, {16, 75}, {18, 99}, {19, 113}, {20, 127}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct rank_test significant = with_u(table[i].count, table[i].critical);
        struct rank_test not_yet = with_u(table[i].count, table[i].critical + 1);
        size_t pairs = table[i].count * table[i].count;

        assert_true(significant.exact && not_yet.exact);
        assert_near(significant.u, (double)(pairs - table[i].critical), 0);
        assert_true(significant.p <= 0.05);
        assert_true(not_yet.p > 0.05);
    }
}

/* Permeability constants of the human chorioamnion, of term and of 12 to 26 weeks: Hollander and
   Wolfe, Nonparametric Statistical Methods, 1973, page 69. */
static void agrees_with_a_published_example(void **state)
{
    struct sample term = SAMPLE(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46);
    struct sample weeks = SAMPLE(1.15, 0.88, 0.90, 0.74, 1.21);

    (void)state;
    struct rank_test test = rank_test(&arena, weeks, term);
    assert_near(test.u, 35, 0);
    assert_near(test.p, 2 * 0.1272, 1e-4);
    assert_near(test.delta, 2 * 35.0 / 50 - 1, 1e-12);
    struct rank_test other_way = rank_test(&arena, term, weeks);
    assert_near(other_way.u, 15, 0);
    assert_near(other_way.p, test.p, 1e-12);
    assert_near(sample_shift(&arena, weeks, term), 0.305, 1e-9);
}

/* All ways to deal out the values, counted one by one. */
static double counted_p(const double *values, size_t count, size_t count_b, double seen_u)
{
    double mean = (double)(count_b * (count - count_b)) / 2;
    double all = 0;
    double uneven = 0;

    for (unsigned chosen = 0; chosen < 1U << count; chosen++) {
        double u = 0;
        if ((size_t)__builtin_popcount(chosen) != count_b) {
            continue;
        }
        for (size_t i = 0; i < count * count; i++) {
            size_t b = i / count;
            size_t a = i % count;
            if ((chosen >> b & 1) == 1 && (chosen >> a & 1) == 0) {
                u += values[b] > values[a] ? 1 : 0;
                u += values[b] < values[a] || values[b] > values[a] ? 0 : 0.5;
            }
        }
        all++;
        uneven += fabs(u - mean) >= fabs(seen_u - mean) ? 1 : 0;
    }
    return uneven / all;
}

static void is_exact_with_ties_and_unequal_sizes(void **state)
{
    struct prng prng;

    (void)state;
    prng_init(&prng, 11, 1);
    for (int trial = 0; trial < 60; trial++) {
        double values[10];
        size_t count = 2 + prng_below(&prng, 8);
        size_t count_b = 1 + prng_below(&prng, count - 1);
        for (size_t i = 0; i < count; i++) {
            uint64_t drawn = prng_below(&prng, 5);
            values[i] = drawn == 4 ? (double)INFINITY : (double)drawn;
        }
        struct rank_test test =
            rank_test(&arena, sample_of(&arena, values + count_b, count - count_b),
                      sample_of(&arena, values, count_b));
        assert_near(test.p, counted_p(values, count, count_b, test.u), 1e-9);
    }
}

static void never_is_above_all_and_equal_to_itself(void **state)
{
    const double never = (double)INFINITY;

    (void)state;
    struct rank_test test = rank_test(&arena, SAMPLE(1, 2, 3), SAMPLE(never, never, 1e300));
    assert_near(test.u, 9, 0);
    assert_near(test.delta, 1, 0);
    assert_near(test.p, 0.1, 1e-12);
    test = rank_test(&arena, SAMPLE(never, never), SAMPLE(never, never));
    assert_near(test.u, 2, 0);
    assert_near(test.p, 1, 0);
}

static void the_normal_distribution_is_right(void **state)
{
    (void)state;
    assert_near(rank_test_two_tails(0), 1, 0);
    assert_near(rank_test_two_tails(1), 0.317310507863, 1e-11);
    assert_near(rank_test_two_tails(1.959963984540), 0.05, 1e-11);
    assert_near(rank_test_two_tails(2.575829303549), 0.01, 1e-11);
    assert_near(rank_test_two_tails(2.9999999), rank_test_two_tails(3.0000001), 1e-8);
    assert_near(rank_test_two_tails(5) / 5.733031437583878e-7, 1, 1e-9);
    assert_near(rank_test_two_tails(10) / 1.523970604832105e-23, 1, 1e-9);
    assert_near(rank_test_two_tails(60), 0, 0);
}

/* On both sides of the size from which on the normal distribution is taken. */
static void large_samples_go_on_where_exact_ones_end(void **state)
{
    enum { HALF = RANK_TEST_EXACT_MAX / 2 };
    double a[HALF + 1];
    double b[HALF + 1];

    (void)state;
    for (int ties = 0; ties <= 1; ties++) {
        for (size_t i = 0; i <= HALF; i++) {
            size_t group = i / 5;
            a[i] = (double)(ties == 1 ? group : i);
            b[i] = ties == 1 ? (double)group + 1 : (double)i + 5.5;
        }
        a[HALF] = ties == 1 ? 3.25 : 17.25; /* in the middle of both, where it says nothing */
        struct rank_test exact =
            rank_test(&arena, sample_of(&arena, a, HALF), sample_of(&arena, b, HALF));
        struct rank_test normal =
            rank_test(&arena, sample_of(&arena, a, HALF + 1), sample_of(&arena, b, HALF));
        assert_true(exact.exact && !normal.exact);
        assert_true(exact.p > 0.001 && exact.p < 0.1);
        assert_near(normal.p / exact.p, 1, 0.2);
    }
}

/* By hand: (|U - 800| - 0.5) / sd with sd^2 = 1600 / 12 * (81 - ties / (80 * 79)). */
static void corrects_for_ties_and_continuity(void **state)
{
    double a[40];
    double b[40];

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        a[i] = (double)i;
        b[i] = (double)i + 8.5;
    }
    struct rank_test test = rank_test(&arena, sample_of(&arena, a, 40), sample_of(&arena, b, 40));
    assert_false(test.exact);
    assert_near(test.p, 0.00349548588997, 1e-10);
    for (size_t i = 0; i < 40; i++) {
        size_t group = i / 4;
        a[i] = (double)group;
        b[i] = (double)group + 2;
    }
    test = rank_test(&arena, sample_of(&arena, a, 40), sample_of(&arena, b, 40));
    assert_near(test.p, 0.0054680150074, 1e-10);
}

static void sizes_bound_what_can_be_significant(void **state)
{
    (void)state;
    assert_near(rank_test_least_p(1, 1), 1, 0);
    assert_near(rank_test_least_p(3, 3), 0.1, 1e-12);
    assert_near(rank_test_least_p(4, 4), 2.0 / 70, 1e-12);
    assert_near(rank_test_least_p(20, 3), 2.0 / 1771, 1e-12);
    assert_near(rank_test_least_p(3, 20), rank_test_least_p(20, 3), 0);
    assert_true(rank_test_least_p(100000, 100000) < 1e-200);
    for (size_t count = 1; count < 12; count++) {
        struct rank_test apart = with_u(count, 0);
        assert_near(apart.p, rank_test_least_p(count, count), 1e-12);
    }
    assert_int_equal(rank_test_least_count(0.05), 4);
    assert_int_equal(rank_test_least_count(0.05 / 5), 5);
    assert_int_equal(rank_test_least_count(0.05 / 200), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_critical_values_of_the_tables),
        cmocka_unit_test(agrees_with_a_published_example),
        cmocka_unit_test(is_exact_with_ties_and_unequal_sizes),
        cmocka_unit_test(never_is_above_all_and_equal_to_itself),
        cmocka_unit_test(the_normal_distribution_is_right),
        cmocka_unit_test(large_samples_go_on_where_exact_ones_end),
        cmocka_unit_test(corrects_for_ties_and_continuity),
        cmocka_unit_test(sizes_bound_what_can_be_significant),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
