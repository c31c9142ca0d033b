#include "unit/cmocka_all.h"

#include "base/prng.h"
#include "core/stats.h"

#define SAMPLES 3000

static void assert_rising(const int64_t *samples, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        assert_true(samples[i - 1] <= samples[i]);
    }
}

static uint64_t checksum(const int64_t *samples, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += (uint64_t)samples[i] * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)samples[i] >> 7;
    }
    return sum;
}

static void sorts_what_chance_brings(void **state)
{
    static int64_t samples[SAMPLES];
    /* Shifts make narrow and wide ranges, so that every bit leads somewhere. */
    static const int shifts[] = {0, 1, 20, 40, 62, 63};
    struct prng prng;

    (void)state;
    prng_init(&prng, 7, 1);
    for (size_t s = 0; s < sizeof(shifts) / sizeof(shifts[0]); s++) {
        for (size_t count = 0; count < SAMPLES; count += count < 60 ? 1 : 977) {
            for (size_t i = 0; i < count; i++) {
                samples[i] = (int64_t)prng_next(&prng) >> shifts[s];
            }
            uint64_t before = checksum(samples, count);
            stats_sort(samples, count);
            assert_rising(samples, count);
            assert_true(before == checksum(samples, count));
        }
    }
}

static void sorts_patterns(void **state)
{
    static int64_t samples[SAMPLES];

    (void)state;
    for (int64_t i = 0; i < SAMPLES; i++) {
        samples[i] = -i;
    }
    stats_sort(samples, SAMPLES);
    assert_rising(samples, SAMPLES);
    assert_int_equal(samples[0], 1 - SAMPLES);
    for (int64_t i = 0; i < SAMPLES; i++) {
        samples[i] = i % 3;
    }
    stats_sort(samples, SAMPLES);
    assert_rising(samples, SAMPLES);
    int64_t extremes[] = {INT64_MAX, 0, INT64_MIN, -1, 1};
    stats_sort(extremes, 5);
    assert_true(extremes[0] == INT64_MIN && extremes[1] == -1 && extremes[4] == INT64_MAX);
}

static void rank_is_the_nearest(void **state)
{
    int64_t samples[1000];

    (void)state;
    for (int64_t i = 0; i < 1000; i++) {
        samples[i] = i + 1;
    }
    /* Of 1..1000 the k-th per mille is k itself. */
    assert_int_equal(stats_rank(samples, 1000, 500), 500);
    assert_int_equal(stats_rank(samples, 1000, 999), 999);
    assert_int_equal(stats_rank(samples, 1000, 1000), 1000);
    assert_int_equal(stats_rank(samples, 1000, 0), 1);
    /* Of three: ceil(1.5) = 2nd, ceil(2.7) = 3rd, ceil(0.999) = 1st. */
    assert_int_equal(stats_rank(samples, 3, 500), 2);
    assert_int_equal(stats_rank(samples, 3, 900), 3);
    assert_int_equal(stats_rank(samples, 3, 333), 1);
    assert_int_equal(stats_rank(samples, 3, 334), 2);
    assert_int_equal(stats_rank(samples, 1, 1), 1);
}

static void test_below(void **state)
{
    static const int64_t samples[] = {-3, 1, 1, 4};

    (void)state;
    assert_int_equal(stats_below(samples, 4, -3), 0);
    assert_int_equal(stats_below(samples, 4, 1), 1);
    assert_int_equal(stats_below(samples, 4, 2), 3);
    assert_int_equal(stats_below(samples, 4, 5), 4);
    assert_int_equal(stats_below(samples, 0, 5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_below),
        cmocka_unit_test(sorts_what_chance_brings),
        cmocka_unit_test(sorts_patterns),
        cmocka_unit_test(rank_is_the_nearest),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
