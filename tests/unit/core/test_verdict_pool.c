#include "core/verdict.h"

#include "unit/cmocka_all.h"
#include "unit/core/verdict_series.h"

static const nanos ms = NANOS_PER_MS;
static const nanos second = NANOS_PER_S;

static void test_pool_uses_the_nearest_rank(void **state)
{
    struct series series;
    struct pooled_figure pooled;

    (void)state;
    series_init(&series, 20);
    for (size_t i = 0; i < 20; i++) {
        set_switchover(&series, i, (nanos)(20 - i) * ms);
    }
    pooled = verdict_pool(&series.base.arena, &series.result, METRIC_SWITCHOVER, NODE_NONE);
    assert_int_equal(pooled.n, 20);
    assert_int_equal(pooled.min.value, 1 * ms);
    assert_int_equal(pooled.p50.value, 10 * ms);
    assert_int_equal(pooled.p95.value, 19 * ms);
    assert_int_equal(pooled.max.value, 20 * ms);
    series_done(&series);
}

static void test_pool_takes_active_disturbances_of_counted_runs(void **state)
{
    struct series series;
    struct pooled_figure pooled;

    (void)state;
    series_init(&series, 4);
    for (size_t i = 0; i < 4; i++) {
        series.runs[i].measurement.disturbance_count = 2;
        set_switchover(&series, i, ms);
        series.disturbances[i][1].switchover = figure_of(2 * ms);
    }
    series.disturbances[0][1].was_active = false;
    series.disturbances[1][1].switchover.state = FIGURE_ABSENT;
    series.disturbances[2][0].switchover.state = FIGURE_UNRECOVERED;
    series.runs[3].superseded = true;
    pooled = verdict_pool(&series.base.arena, &series.result, METRIC_SWITCHOVER, NODE_NONE);
    assert_int_equal(pooled.n, 4); /* 1, 1, unrecovered, 2 */
    assert_int_equal(pooled.p50.value, ms);
    assert_int_equal(pooled.p50.state, FIGURE_VALUE);
    assert_int_equal(pooled.p95.state, FIGURE_UNRECOVERED);
    assert_int_equal(pooled.max.state, FIGURE_UNRECOVERED);
    series_done(&series);
}

static void test_pool_of_run_metrics_and_shares(void **state)
{
    struct series series;
    struct figure shares[2] = {figure_of(100), figure_of(200)};

    (void)state;
    series_init(&series, 2);
    series.runs[0].measurement.metrics[METRIC_LOST] = figure_of(0);
    series.runs[1].measurement.metrics[METRIC_LOST] = figure_of(4);
    series.runs[0].measurement.share = shares;
    series.runs[1].measurement.share = shares;
    struct arena *arena = &series.base.arena;
    struct pooled_figure lost = verdict_pool(arena, &series.result, METRIC_LOST, NODE_NONE);
    struct pooled_figure share = verdict_pool(arena, &series.result, METRIC_SHARE, 1);
    struct pooled_figure herd = verdict_pool(arena, &series.result, METRIC_HERD, NODE_NONE);
    assert_int_equal(lost.n, 2);
    assert_int_equal(lost.min.value, 0);
    assert_int_equal(lost.max.value, 4);
    assert_int_equal(share.max.value, 200);
    assert_int_equal(herd.n, 0);
    assert_int_equal(herd.max.state, FIGURE_ABSENT);
    series_done(&series);
}

static void test_pooled_expectation(void **state)
{
    static const struct {
        enum pooled pooled;
        nanos limit_ms;
        bool in_doubt;
        enum verdict verdict;
    } cases[] = {
        /* switchovers: 10, 20, ... 200 ms, error 2 ms */
        {POOLED_P95, 200, false, VERDICT_PASS},
        {POOLED_P95, 180, false, VERDICT_FAIL},
        {POOLED_P95, 189, false, VERDICT_INCONCLUSIVE},
        {POOLED_P95, 180, true, VERDICT_INCONCLUSIVE},
        {POOLED_P50, 101, false, VERDICT_PASS},
        {POOLED_P50, 90, false, VERDICT_FAIL},
        {POOLED_MIN, 11, false, VERDICT_PASS},
        {POOLED_MIN, 5, false, VERDICT_FAIL},
        {POOLED_MAX, 201, false, VERDICT_PASS},
        {POOLED_MAX, 190, false, VERDICT_FAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct series series;
        series_init(&series, 20);
        nanos limit = cases[i].limit_ms * ms;
        fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, limit)->pooled =
            cases[i].pooled;
        for (size_t k = 0; k < 20; k++) {
            set_switchover(&series, k, (nanos)(20 - k) * 10 * ms);
        }
        if (cases[i].in_doubt) {
            put_in_doubt(&series, 5);
        }
        assert_int_equal(series_judge(&series), cases[i].verdict);
        assert_int_equal(series.runs[0].result_count, 0);
        assert_int_equal(series.result.result_count, 1);
        assert_int_equal(series.result.results[0].run, UINT32_MAX);
        assert_int_equal(series.result.results[0].verdict, cases[i].verdict);
        series_done(&series);
    }
}

static void test_pooled_expectation_that_nothing_measured(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 2);
    fixture_expect(&series.base, METRIC_HERD, COMPARISON_LESS, 500000)->pooled = POOLED_P95;
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    assert_non_null(reason_of(&series, "not_measured"));
    series_done(&series);
}

/* In one of three runs the fault hit nobody who served: its figure is missed. */
static void test_pooled_expectation_needs_all_runs(void **state)
{
    static const struct {
        nanos limit;
        enum verdict verdict;
    } cases[] = {{second, VERDICT_INCONCLUSIVE}, {10 * ms, VERDICT_FAIL}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct series series;
        series_init(&series, 3);
        fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, cases[i].limit)->pooled =
            POOLED_P95;
        series.disturbances[1][0].was_active = false;
        assert_int_equal(series_judge(&series), cases[i].verdict);
        if (i == 0) {
            assert_non_null(strstr(reason_of(&series, "not_measured"), "only 2 of 3 runs"));
        } else {
            assert_string_equal(series.result.results[0].why, "pooled from 2");
        }
        series.runs[1].superseded = true; /* nobody misses that one */
        assert_int_equal(series_judge(&series), i == 0 ? VERDICT_PASS : VERDICT_FAIL);
        series_done(&series);
    }
}

static void test_pooled_switchover_fails_for_relapses(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 3);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second)->pooled = POOLED_P95;
    series.disturbances[2][0].relapses = figure_of(1);
    assert_int_equal(series_judge(&series), VERDICT_FAIL);
    series.runs[2].superseded = true;
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    series_done(&series);
}

static void test_pooled_expectation_of_a_fault(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 2);
    struct expectation *expectation =
        fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    expectation->pooled = POOLED_MAX;
    expectation->fault = 0; /* which opened the first disturbance */
    for (size_t i = 0; i < 2; i++) {
        series.runs[i].measurement.disturbance_count = 2;
        series.disturbances[i][1].switchover = figure_of(9 * second);
    }
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    set_switchover(&series, 1, 9 * second);
    assert_int_equal(series_judge(&series), VERDICT_FAIL);
    series_done(&series);
}

static void test_pooled_failed_requests_of_run_and_of_fault(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 2);
    fixture_expect(&series.base, METRIC_FAILED_REQUESTS, COMPARISON_EQUAL, 9)->pooled = POOLED_MAX;
    struct expectation *of_fault =
        fixture_expect(&series.base, METRIC_FAILED_REQUESTS, COMPARISON_EQUAL, 2);
    of_fault->pooled = POOLED_MAX;
    of_fault->fault = 0;
    for (size_t i = 0; i < 2; i++) {
        series.runs[i].measurement.metrics[METRIC_FAILED_REQUESTS] = figure_of(9);
    }
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    assert_int_equal(series.result.results[0].actual.value, 9);
    assert_int_equal(series.result.results[1].actual.value, 2);
    series_done(&series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_uses_the_nearest_rank),
        cmocka_unit_test(test_pool_takes_active_disturbances_of_counted_runs),
        cmocka_unit_test(test_pool_of_run_metrics_and_shares),
        cmocka_unit_test(test_pooled_expectation),
        cmocka_unit_test(test_pooled_expectation_that_nothing_measured),
        cmocka_unit_test(test_pooled_expectation_needs_all_runs),
        cmocka_unit_test(test_pooled_switchover_fails_for_relapses),
        cmocka_unit_test(test_pooled_expectation_of_a_fault),
        cmocka_unit_test(test_pooled_failed_requests_of_run_and_of_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
