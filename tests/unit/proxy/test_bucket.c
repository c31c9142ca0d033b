#include "proxy/bucket.h"

#include "base/prng.h"
#include "unit/cmocka_all.h"

static void test_starts_full_and_refills_to_the_brim(void **state)
{
    struct bucket bucket = bucket_of(100000, 0);

    (void)state;
    assert_int_equal(bucket_tokens(&bucket, 0), 1000); /* 10 ms of it */
    bucket_take(&bucket, 1000);
    assert_int_equal(bucket_tokens(&bucket, 0), 0);
    assert_int_equal(bucket_tokens(&bucket, 5 * NANOS_PER_MS), 500);
    assert_int_equal(bucket_tokens(&bucket, NANOS_PER_S), 1000);
    assert_int_equal(bucket_tokens(&bucket, 5 * NANOS_PER_MS), 1000); /* time does not go back */
}

static void test_limits(void **state)
{
    struct bucket slow = bucket_of(1, 0);
    struct bucket fast = bucket_of(UINT64_MAX, 0);

    (void)state;
    assert_int_equal(bucket_tokens(&slow, 0), 1);
    bucket_take(&slow, 1);
    assert_int_equal(bucket_tokens(&slow, NANOS_PER_S - 1), 0);
    assert_int_equal(bucket_tokens(&slow, NANOS_PER_S), 1);
    assert_int_equal(bucket_tokens(&fast, 0), 65536);
    bucket_take(&fast, 65536);
    assert_int_equal(bucket_tokens(&fast, NANOS_NEVER), 65536);
}

/* Whatever the steps in which somebody looks, the sum is rate x time. */
static void test_rate_is_kept_in_the_long_run(void **state)
{
    static const uint64_t rates[] = {1, 7, 333, 65536, 10000019, UINT64_C(1000000007)};
    struct prng prng;

    (void)state;
    prng_init(&prng, 1, 0);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct bucket bucket = bucket_of(rates[i], 0);
        uint64_t passed = 0;
        nanos now = 0;

        bucket_take(&bucket, bucket_tokens(&bucket, 0));
        while (now < 10 * NANOS_PER_S) {
            uint64_t tokens = bucket_tokens(&bucket, now);

            bucket_take(&bucket, tokens);
            passed += tokens;
            now += tokens > 0 ? prng_between(&prng, 1, 30000) : bucket_again(&bucket) - now;
        }
        assert_true(passed + rates[i] / 200 + 1 >= rates[i] * 10); /* half a burst is waited for */
        assert_true(passed <= rates[i] * 10 + rates[i] / 100 + 1);
    }
}

/* Who waits until then finds something, and never waits for a moment that is past. */
static void test_again_is_after_now_and_finds_tokens(void **state)
{
    static const uint64_t rates[] = {1, 3, 1000, 999999937, UINT64_C(1) << 40};
    struct prng prng;

    (void)state;
    prng_init(&prng, 2, 0);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct bucket bucket = bucket_of(rates[i], 0);
        nanos now = 0;

        for (int round = 0; round < 1000; round++) {
            bucket_take(&bucket, bucket_tokens(&bucket, now));
            assert_true(bucket_again(&bucket) > now);
            now = bucket_again(&bucket);
            assert_true(bucket_tokens(&bucket, now) > 0);
            now += prng_between(&prng, 0, 1000);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_full_and_refills_to_the_brim),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_rate_is_kept_in_the_long_run),
        cmocka_unit_test(test_again_is_after_now_and_finds_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
