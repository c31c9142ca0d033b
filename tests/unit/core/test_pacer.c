#include "core/pacer.h"

#include "unit/cmocka_all.h"

static const struct traffic_request two_kinds[] = {
    {.method = METHOD_GET, .path = "/a", .weight = 9},
    {.method = METHOD_POST, .path = "/b", .weight = 1},
};

static struct scenario scenario_of(uint64_t rate_micro, nanos warmup, nanos duration)
{
    return (struct scenario){
        .warmup = warmup,
        .duration = duration,
        .traffic = {.rate_micro = rate_micro,
                    .requests = two_kinds,
                    .request_count = 2,
                    .weight_total = 10},
    };
}

static void test_due_times_are_exact(void **state)
{
    static const struct {
        uint64_t rate_micro;
        int64_t number;
        nanos due;
    } cases[] = {
        {200 * 1000000ULL, 0, 0},
        {200 * 1000000ULL, 1, 5 * NANOS_PER_MS},
        {3 * 1000000ULL, 1, 333333333},
        {3 * 1000000ULL, 2, 666666666},
        {3 * 1000000ULL, 3, NANOS_PER_S},
        {3 * 1000000ULL, -1, -333333334},
        {500000, 1, 2 * NANOS_PER_S},
        {1, 1, 1000000 * NANOS_PER_S},
        /* A running sum of rounded steps would be off by 0.4 ms here. */
        {3 * 1000000ULL, 1200001, 400000 * NANOS_PER_S + 333333333},
        {7 * 1000000ULL, 19999999, 2857142714285714},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scenario scenario = scenario_of(cases[i].rate_micro, 0, NANOS_PER_S);
        struct pacer pacer;
        pacer_init(&pacer, &scenario, 1);
        pacer.number = cases[i].number;
        pacer.end = INT64_MAX;
        assert_int_equal(pacer_due(&pacer), cases[i].due);
    }
}

static void test_first_and_last(void **state)
{
    static const struct {
        uint64_t rate_micro;
        nanos warmup;
        nanos duration;
        int64_t first;
        int64_t end;
    } cases[] = {
        {200 * 1000000ULL, NANOS_PER_S, 14 * NANOS_PER_S, -200, 2800},
        {200 * 1000000ULL, 0, NANOS_PER_S, 0, 200},
        {200 * 1000000ULL, 0, NANOS_PER_S + 1, 0, 201},
        {200 * 1000000ULL, NANOS_PER_S - 1, NANOS_PER_S, -199, 200},
        {3 * 1000000ULL, 333333333, NANOS_PER_S, 0, 3},
        {3 * 1000000ULL, 333333334, NANOS_PER_S, -1, 3},
        {3 * 1000000ULL, 0, 333333333, 0, 1},
        {3 * 1000000ULL, 0, 333333334, 0, 2},
        {100000, NANOS_PER_S, 14 * NANOS_PER_S, 0, 2},
        {5000 * 1000000ULL, NANOS_PER_S, 30 * NANOS_PER_S, -5000, 150000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scenario scenario =
            scenario_of(cases[i].rate_micro, cases[i].warmup, cases[i].duration);
        struct pacer pacer;
        pacer_init(&pacer, &scenario, 1);
        assert_int_equal(pacer.first, cases[i].first);
        assert_int_equal(pacer.end, cases[i].end);
        assert_true(pacer_due(&pacer) >= -cases[i].warmup);
        pacer.number = pacer.end - 1;
        assert_true(pacer_due(&pacer) < cases[i].duration);
    }
}

static void test_ids_count_from_the_warmup(void **state)
{
    struct scenario scenario = scenario_of(10 * 1000000ULL, NANOS_PER_S, NANOS_PER_S);
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, &scenario, 1);
    for (uint32_t expected = 0; expected < 20; expected++) {
        uint32_t request = UINT32_MAX;
        uint16_t mix = UINT16_MAX;
        assert_int_equal(pacer_due(&pacer), ((int64_t)expected - 10) * 100 * NANOS_PER_MS);
        pacer_take(&pacer, &request, &mix);
        assert_int_equal(request, expected);
        assert_true(mix < 2);
    }
    assert_int_equal(pacer_due(&pacer), NANOS_NEVER);
}

static void test_nothing_is_due_without_rate_or_requests(void **state)
{
    struct scenario no_rate = scenario_of(0, NANOS_PER_S, NANOS_PER_S);
    struct scenario no_requests = scenario_of(1000000, NANOS_PER_S, NANOS_PER_S);
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, &no_rate, 1);
    assert_int_equal(pacer_due(&pacer), NANOS_NEVER);
    no_requests.traffic.request_count = 0;
    pacer_init(&pacer, &no_requests, 1);
    assert_int_equal(pacer_due(&pacer), NANOS_NEVER);
}

static void take_all(uint64_t seed, uint16_t mixes[static 10000])
{
    struct scenario scenario = scenario_of(10000 * 1000000ULL, 0, NANOS_PER_S);
    struct pacer pacer;

    pacer_init(&pacer, &scenario, seed);
    for (size_t i = 0; i < 10000; i++) {
        uint32_t request = 0;
        pacer_take(&pacer, &request, &mixes[i]);
    }
    assert_int_equal(pacer_due(&pacer), NANOS_NEVER);
}

static void test_mix_follows_weights_and_seed(void **state)
{
    static uint16_t first[10000];
    static uint16_t again[10000];
    static uint16_t other[10000];
    size_t posts = 0;

    (void)state;
    take_all(1, first);
    take_all(1, again);
    take_all(2, other);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, other, sizeof(first));
    for (size_t i = 0; i < 10000; i++) {
        posts += first[i];
    }
    assert_in_range(posts, 850, 1150); /* five standard deviations */
}

/* So many callers give up, always the same of a seed; which does not change the mix. */
static void test_callers_give_up_by_ratio_and_seed(void **state)
{
    struct scenario scenario = scenario_of(1000 * UINT64_C(1000000), NANOS_PER_S, 9 * NANOS_PER_S);
    struct pacer plain;
    struct pacer pacer;
    struct pacer again;
    uint32_t request = 0;
    uint16_t mix[3] = {0};
    uint32_t count = 0;

    (void)state;
    pacer_init(&plain, &scenario, 7);
    scenario.traffic.cancel_ppm = 200000;
    pacer_init(&pacer, &scenario, 7);
    pacer_init(&again, &scenario, 7);
    for (uint32_t i = 0; i < 10000; i++) {
        nanos due = pacer_due(&pacer);
        pacer_take(&plain, &request, &mix[0]);
        pacer_take(&pacer, &request, &mix[1]);
        pacer_take(&again, &request, &mix[2]);
        bool gives_up = pacer_gives_up(&pacer);
        assert_int_equal(pacer_gives_up(&again), gives_up);
        assert_int_equal(mix[0], mix[1]);
        assert_int_equal(pacer_due_of(&pacer, request), due);
        assert_int_equal(pacer_taken(&pacer), i + 1);
        count += gives_up;
    }
    assert_in_range(count, 1900, 2100);
}

static void test_weight_zero_is_never_drawn(void **state)
{
    const struct traffic_request requests[] = {{.weight = 0}, {.weight = 1}, {.weight = 0}};
    struct scenario scenario = scenario_of(100 * 1000000ULL, 0, NANOS_PER_S);
    struct pacer pacer;

    (void)state;
    scenario.traffic.requests = requests;
    scenario.traffic.request_count = 3;
    scenario.traffic.weight_total = 1;
    pacer_init(&pacer, &scenario, 1);
    while (pacer_due(&pacer) != NANOS_NEVER) {
        uint32_t request = 0;
        uint16_t mix = 0;
        pacer_take(&pacer, &request, &mix);
        assert_int_equal(mix, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due_times_are_exact),
        cmocka_unit_test(test_first_and_last),
        cmocka_unit_test(test_ids_count_from_the_warmup),
        cmocka_unit_test(test_nothing_is_due_without_rate_or_requests),
        cmocka_unit_test(test_mix_follows_weights_and_seed),
        cmocka_unit_test(test_callers_give_up_by_ratio_and_seed),
        cmocka_unit_test(test_weight_zero_is_never_drawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
