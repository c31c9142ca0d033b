#include "base/prng.h"

#include "unit/aborts.h"
#include "unit/cmocka_all.h"

/* The published sequence of xoshiro256++ for the state 1 2 3 4. */
static void test_generator_gives_the_published_sequence(void **state)
{
    static const uint64_t expected[] = {
        UINT64_C(41943041),
        UINT64_C(58720359),
        UINT64_C(3588806011781223),
        UINT64_C(3591011842654386),
        UINT64_C(9228616714210784205),
        UINT64_C(9973669472204895162),
        UINT64_C(14011001112246962877),
        UINT64_C(12406186145184390807),
        UINT64_C(15849039046786891736),
        UINT64_C(10450023813501588000),
    };
    struct prng prng = {.state = {1, 2, 3, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_true(prng_next(&prng) == expected[i]);
    }
}

/* Frozen: a seed in an old report must give the same run for ever. */
static void test_seeding_never_changes(void **state)
{
    struct prng prng;

    (void)state;
    prng_init(&prng, 0, 0);
    assert_true(prng_next(&prng) == UINT64_C(4526510421850589242));
    prng_init(&prng, 42, 7);
    assert_true(prng_next(&prng) == UINT64_C(6144688783203113279));
    assert_true(prng_next(&prng) == UINT64_C(6582333671749428606));
}

static void test_same_seed_same_sequence(void **state)
{
    struct prng a;
    struct prng b;

    (void)state;
    prng_init(&a, 99, 3);
    prng_init(&b, 99, 3);
    for (int i = 0; i < 100; i++) {
        assert_true(prng_next(&a) == prng_next(&b));
    }
}

/* Over many pairs of neighbours: no common value, and half of the bits differ on average. */
static void test_streams_are_independent(void **state)
{
    enum { STREAMS = 64, VALUES = 64 };
    uint64_t values[STREAMS][VALUES];
    int64_t differing = 0;

    (void)state;
    for (size_t stream = 0; stream < STREAMS; stream++) {
        struct prng prng;
        /* Half differ in the seed, half in the stream. */
        prng_init(&prng, stream % 2, stream / 2);
        for (size_t i = 0; i < VALUES; i++) {
            values[stream][i] = prng_next(&prng);
        }
    }
    for (size_t stream = 1; stream < STREAMS; stream++) {
        for (size_t i = 0; i < VALUES; i++) {
            uint64_t bits = values[stream][i] ^ values[stream - 1][i];
            assert_true(bits != 0);
            differing += __builtin_popcountll(bits);
        }
    }
    /* 63 * 64 words: mean 32 bits each, standard deviation of the sum 254. */
    int64_t expected = INT64_C(63) * VALUES * 32;
    assert_in_range((uint64_t)differing, (uint64_t)(expected - 1500), (uint64_t)(expected + 1500));
}

static void test_below_stays_below(void **state)
{
    static const uint64_t bounds[] = {1, 2, 3, 10, 1000000, (UINT64_C(1) << 63) + 1, UINT64_MAX};
    struct prng prng;

    (void)state;
    prng_init(&prng, 5, 0);
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        for (int j = 0; j < 1000; j++) {
            assert_true(prng_below(&prng, bounds[i]) < bounds[i]);
        }
    }
}

static void test_below_is_uniform(void **state)
{
    enum { CELLS = 10, DRAWS = 100000 };
    struct prng prng;
    int64_t cells[CELLS] = {0};
    int64_t square_sum = 0;

    (void)state;
    prng_init(&prng, 1, 1);
    for (int i = 0; i < DRAWS; i++) {
        cells[prng_below(&prng, CELLS)]++;
    }
    for (int i = 0; i < CELLS; i++) {
        int64_t distance = cells[i] - DRAWS / CELLS;
        square_sum += distance * distance;
    }
    /* Chi-squared with 9 degrees of freedom stays below 33.7 in 9,999 of 10,000 cases. */
    assert_true(square_sum * 10 < INT64_C(337) * (DRAWS / CELLS));
}

/* A bound of 3/4 of the range: plain modulo would give the lower third twice the weight, the plain
   product every third value. */
static void test_below_has_no_modulo_bias(void **state)
{
    const uint64_t bound = UINT64_C(3) << 62;
    struct prng prng;
    int low = 0;
    int third = 0;

    (void)state;
    prng_init(&prng, 2, 2);
    for (int i = 0; i < 30000; i++) {
        uint64_t value = prng_below(&prng, bound);
        low += value < bound / 3 ? 1 : 0;
        third += value % 3 == 0 ? 1 : 0;
    }
    /* Mean 10,000, standard deviation 82. */
    assert_in_range(low, 9600, 10400);
    assert_in_range(third, 9600, 10400);
}

static void test_between_includes_both_ends(void **state)
{
    struct prng prng;
    int seen[5] = {0};

    (void)state;
    prng_init(&prng, 3, 3);
    for (int i = 0; i < 1000; i++) {
        int64_t value = prng_between(&prng, -2, 2);
        assert_true(value >= -2 && value <= 2);
        seen[value + 2]++;
    }
    for (int i = 0; i < 5; i++) {
        assert_true(seen[i] > 100);
    }
    assert_int_equal(prng_between(&prng, 7, 7), 7);
    assert_true(prng_between(&prng, INT64_MIN, INT64_MIN) == INT64_MIN);
}

static void test_between_spans_the_whole_range(void **state)
{
    struct prng prng;
    int negative = 0;

    (void)state;
    prng_init(&prng, 4, 4);
    for (int i = 0; i < 1000; i++) {
        negative += prng_between(&prng, INT64_MIN, INT64_MAX) < 0 ? 1 : 0;
        assert_true(prng_between(&prng, INT64_MIN, INT64_MAX - 1) < INT64_MAX);
    }
    assert_in_range(negative, 400, 600);
}

static void test_chance_follows_ppm(void **state)
{
    struct prng prng;
    int hits = 0;

    (void)state;
    prng_init(&prng, 6, 6);
    for (int i = 0; i < 10000; i++) {
        assert_false(prng_chance(&prng, 0));
        assert_true(prng_chance(&prng, 1000000));
        hits += prng_chance(&prng, 250000) ? 1 : 0;
    }
    /* Mean 2,500, standard deviation 43. */
    assert_in_range(hits, 2300, 2700);
}

static void below_zero_bound(void *argument)
{
    (void)prng_below(argument, 0);
}

static void between_turned_around(void *argument)
{
    (void)prng_between(argument, 2, 1);
}

static void test_empty_ranges_are_check_failures(void **state)
{
    struct prng prng;

    (void)state;
    prng_init(&prng, 0, 0);
    assert_true(call_aborts(below_zero_bound, &prng));
    assert_true(call_aborts(between_turned_around, &prng));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generator_gives_the_published_sequence),
        cmocka_unit_test(test_seeding_never_changes),
        cmocka_unit_test(test_same_seed_same_sequence),
        cmocka_unit_test(test_streams_are_independent),
        cmocka_unit_test(test_below_stays_below),
        cmocka_unit_test(test_below_is_uniform),
        cmocka_unit_test(test_below_has_no_modulo_bias),
        cmocka_unit_test(test_between_includes_both_ends),
        cmocka_unit_test(test_between_spans_the_whole_range),
        cmocka_unit_test(test_chance_follows_ppm),
        cmocka_unit_test(test_empty_ranges_are_check_failures),
    };

    return cmocka_run_group_tests_name("base/prng", tests, NULL, NULL);
}
