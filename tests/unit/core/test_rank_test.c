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

/* The largest U that is significant at 2.5 % on one side, from the table of Mann and Whitney (1947)
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
        assert_true(significant.above.p <= 0.025);
        assert_true(not_yet.above.p > 0.025);
        assert_true(significant.below.p > 0.97);
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
    assert_near(test.above.p, 0.1272, 1e-4);
    assert_near(test.delta, 2 * 35.0 / 50 - 1, 1e-12);
    struct rank_test other_way = rank_test(&arena, term, weeks);
    assert_near(other_way.u, 15, 0);
    assert_near(other_way.below.p, test.above.p, 1e-12);
    assert_near(other_way.above.p, test.below.p, 1e-12);
    assert_near(sample_shift(&arena, weeks, term), 0.305, 1e-9);
}

/* Pairs in which one of the chosen values lies above one of the others. */
static double u_of(const double *values, size_t count, unsigned chosen)
{
    double u = 0;

    for (size_t b = 0; b < count; b++) {
        for (size_t a = 0; a < count; a++) {
            if ((chosen >> b & 1) == 1 && (chosen >> a & 1) == 0) {
                u += values[b] > values[a] ? 1 : 0;
                u += values[b] < values[a] || values[b] > values[a] ? 0 : 0.5;
            }
        }
    }
    return u;
}

/* All ways to deal out the values, the first of which are those of b, counted one by one. */
static struct rank_test counted(const double *values, size_t count, size_t count_b)
{
    double seen = u_of(values, count, (1U << count_b) - 1);
    double all = 0;
    double as_high = 0;
    double as_low = 0;
    double highest = -1;
    double lowest = 1e9;
    double at_highest = 0;
    double at_lowest = 0;

    for (unsigned chosen = 0; chosen < 1U << count; chosen++) {
        if ((size_t)__builtin_popcount(chosen) == count_b) {
            double u = u_of(values, count, chosen);
            all++;
            as_high += u >= seen ? 1 : 0;
            as_low += u <= seen ? 1 : 0;
            at_highest = u > highest ? 1 : at_highest + (u >= highest ? 1 : 0);
            at_lowest = u < lowest ? 1 : at_lowest + (u <= lowest ? 1 : 0);
            highest = fmax(highest, u);
            lowest = fmin(lowest, u);
        }
    }
    return (struct rank_test){
        .u = seen,
        .above = {.p = as_high / all, .least_p = at_highest / all},
        .below = {.p = as_low / all, .least_p = at_lowest / all},
    };
}

static void assert_counted(const double *values, size_t count, size_t count_b)
{
    struct rank_test wanted = counted(values, count, count_b);
    struct rank_test test = rank_test(&arena, sample_of(&arena, values + count_b, count - count_b),
                                      sample_of(&arena, values, count_b));

    assert_true(test.exact);
    assert_near(test.u, wanted.u, 0);
    assert_near(test.above.p, wanted.above.p, 1e-9);
    assert_near(test.below.p, wanted.below.p, 1e-9);
    assert_near(test.above.least_p, wanted.above.least_p, 1e-9);
    assert_near(test.below.least_p, wanted.below.least_p, 1e-9);
}

static void is_exact_with_ties_and_unequal_sizes(void **state)
{
    struct prng prng;

    (void)state;
    prng_init(&prng, 11, 1);
    for (int trial = 0; trial < 400; trial++) {
        double values[10];
        size_t count = 2 + prng_below(&prng, 8);
        size_t count_b = 1 + prng_below(&prng, count - 1);
        uint64_t kinds = 2 + prng_below(&prng, 8);
        for (size_t i = 0; i < count; i++) {
            uint64_t drawn = prng_below(&prng, kinds);
            values[i] = drawn == 4 ? (double)INFINITY : (double)drawn;
        }
        assert_counted(values, count, count_b);
    }
}

/* The more runs have the one usual value, the less the normal distribution has to do with it. Here
   by the hypergeometric distribution: k of the 6 others, of 400 and 200 runs, are in b. */
static void mostly_equal_values_are_exact_however_many(void **state)
{
    enum { COUNT_A = 400, COUNT_B = 200, OTHERS = 6 };
    double a[COUNT_A];
    double b[COUNT_B];

    (void)state;
    for (int usual = 0; usual <= 1; usual++) {
        for (size_t i = 0; i < COUNT_A; i++) {
            a[i] = usual;
        }
        for (size_t i = 0; i < COUNT_B; i++) {
            b[i] = i < OTHERS ? 1 - usual : usual;
        }
        double all_in_b = 1;
        for (int i = 0; i < OTHERS; i++) {
            all_in_b *= (double)(COUNT_B - i) / (double)(COUNT_A + COUNT_B - i);
        }
        struct rank_test test =
            rank_test(&arena, sample_of(&arena, a, COUNT_A), sample_of(&arena, b, COUNT_B));
        struct rank_tail far = usual == 0 ? test.above : test.below;
        struct rank_tail near = usual == 0 ? test.below : test.above;
        assert_true(test.exact);
        assert_near(far.p / all_in_b, 1, 1e-9);
        assert_near(far.least_p / all_in_b, 1, 1e-9);
        assert_near(near.p, 1, 1e-12);
    }
}

static void never_is_above_all_and_equal_to_itself(void **state)
{
    const double never = (double)INFINITY;

    (void)state;
    struct rank_test test = rank_test(&arena, SAMPLE(1, 2, 3), SAMPLE(never, never, 1e300));
    assert_near(test.u, 9, 0);
    assert_near(test.delta, 1, 0);
    assert_near(test.above.p, 0.05, 1e-12);
    test = rank_test(&arena, SAMPLE(never, never), SAMPLE(never, never));
    assert_near(test.u, 2, 0);
    assert_near(test.above.p, 1, 0);
    assert_near(test.below.p, 1, 0);
    assert_near(test.above.least_p, 1, 0);
}

static void the_normal_distribution_is_right(void **state)
{
    (void)state;
    assert_near(rank_test_upper_tail(0), 0.5, 0);
    assert_near(rank_test_upper_tail(1), 0.317310507863 / 2, 1e-11);
    assert_near(rank_test_upper_tail(-1), 1 - 0.317310507863 / 2, 1e-11);
    assert_near(rank_test_upper_tail(1.959963984540), 0.025, 1e-11);
    assert_near(rank_test_upper_tail(2.575829303549), 0.005, 1e-11);
    assert_near(rank_test_upper_tail(2.9999999), rank_test_upper_tail(3.0000001), 1e-8);
    assert_near(2 * rank_test_upper_tail(5) / 5.733031437583878e-7, 1, 1e-9);
    assert_near(2 * rank_test_upper_tail(10) / 1.523970604832105e-23, 1, 1e-9);
    assert_near(rank_test_upper_tail(60), 0, 0);
}

/* On both sides of the size from which on the normal distribution is taken; with ties, that of all
   but the largest group, which is one of 10. */
static void large_samples_go_on_where_exact_ones_end(void **state)
{
    enum { MORE = 3, MOST = 34 };
    double a[MOST + MORE];
    double b[MOST];

    (void)state;
    for (int ties = 0; ties <= 1; ties++) {
        size_t count = ties == 1 ? MOST : RANK_TEST_EXACT_MAX / 2;
        size_t more = ties == 1 ? MORE : 1;
        for (size_t i = 0; i < count; i++) {
            size_t group = i / 5;
            a[i] = (double)(ties == 1 ? group : i);
            b[i] = ties == 1 ? (double)group + 1 : (double)i + 5.5;
        }
        for (size_t i = 0; i < more; i++) {
            /* In the middle of both, where it says nothing. */
            a[count + i] = (ties == 1 ? 3.25 : 17.25) + (double)i / 100;
        }
        struct rank_test exact =
            rank_test(&arena, sample_of(&arena, a, count), sample_of(&arena, b, count));
        struct rank_test normal =
            rank_test(&arena, sample_of(&arena, a, count + more), sample_of(&arena, b, count));
        assert_true(exact.exact && !normal.exact);
        assert_true(exact.above.p > 0.001 && exact.above.p < 0.1);
        assert_near(normal.above.p / exact.above.p, 1, 0.2);
        assert_near(normal.below.p / exact.below.p, 1, 0.02);
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
    assert_near(test.above.p, 0.00349548588997 / 2, 1e-10);
    for (size_t i = 0; i < 40; i++) {
        size_t group = i / 4;
        a[i] = (double)group;
        b[i] = (double)group + 2;
    }
    test = rank_test(&arena, sample_of(&arena, a, 40), sample_of(&arena, b, 40));
    assert_near(test.above.p, 0.0054680150074 / 2, 1e-10);
}

static void sizes_bound_what_can_be_significant(void **state)
{
    (void)state;
    assert_near(rank_test_least_p(1, 1), 0.5, 0);
    assert_near(rank_test_least_p(3, 3), 0.05, 1e-12);
    assert_near(rank_test_least_p(4, 4), 1.0 / 70, 1e-12);
    assert_near(rank_test_least_p(20, 3), 1.0 / 1771, 1e-12);
    assert_near(rank_test_least_p(3, 20), rank_test_least_p(20, 3), 0);
    assert_true(rank_test_least_p(100000, 100000) < 1e-200);
    for (size_t count = 1; count < 12; count++) {
        struct rank_test apart = with_u(count, 0);
        assert_near(apart.above.p, rank_test_least_p(count, count), 1e-12);
        assert_near(apart.above.least_p, rank_test_least_p(count, count), 1e-12);
    }
    assert_int_equal(rank_test_least_count(0.05), 3);
    assert_int_equal(rank_test_least_count(0.05 / 5), 5);
    assert_int_equal(rank_test_least_count(0.05 / 200), 8);
}

/* Against the exact test, to a few of the pairs. */
static void the_critical_part_is_where_p_falls_below_the_level(void **state)
{
    static const size_t counts[] = {8, 20};
    static const double levels[] = {0.05, 0.01, 0.002};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 3; k++) {
            size_t pairs = counts[i] * counts[i];
            double u = rank_test_critical_part(counts[i], counts[i], levels[k]) * (double)pairs;
            size_t below = pairs - (size_t)ceil(u);
            assert_true(with_u(counts[i], below - 1).above.p <= levels[k]);
            assert_true(with_u(counts[i], below + 3).above.p > levels[k]);
        }
    }
    assert_near(rank_test_critical_part(3, 3, 0.001), 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_critical_values_of_the_tables),
        cmocka_unit_test(agrees_with_a_published_example),
        cmocka_unit_test(is_exact_with_ties_and_unequal_sizes),
        cmocka_unit_test(mostly_equal_values_are_exact_however_many),
        cmocka_unit_test(never_is_above_all_and_equal_to_itself),
        cmocka_unit_test(the_normal_distribution_is_right),
        cmocka_unit_test(large_samples_go_on_where_exact_ones_end),
        cmocka_unit_test(corrects_for_ties_and_continuity),
        cmocka_unit_test(sizes_bound_what_can_be_significant),
        cmocka_unit_test(the_critical_part_is_where_p_falls_below_the_level),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
