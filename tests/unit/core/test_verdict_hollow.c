/* Runs that keep every bound and prove nothing by it. */
#include "unit/core/verdict_series.h"

#include "unit/cmocka_all.h"

static const nanos ms = NANOS_PER_MS;

static void without_success(struct fixture *fixture)
{
    for (size_t i = 0; i < FIXTURE_REQUESTS; i++) {
        fixture->requests[i].success = false;
    }
    fixture->run.measurement.first_fault = 0; /* no baseline to ask for one */
}

static void without_faults(struct fixture *fixture)
{
    fixture->scenario.fault_count = 0;
    fixture->run.measurement.fault_count = 0;
    fixture->run.measurement.disturbance_count = 0;
    fixture->run.measurement.first_fault = NANOS_NEVER;
}

static void without_a_success(void **state)
{
    (void)state;
    for (int failing = 0; failing < 2; failing++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_expect(&fixture, METRIC_FAILED_REQUESTS, COMPARISON_EQUAL, 0);
        fixture.run.measurement.metrics[METRIC_FAILED_REQUESTS] = figure_of(failing);
        without_success(&fixture);
        assert_int_equal(fixture_judge(&fixture),
                         failing == 1 ? VERDICT_FAIL : VERDICT_INCONCLUSIVE);
        const char *text = fixture_reason(&fixture.run.reasons, "baseline_unhealthy");
        assert_int_equal(text != NULL, failing == 0);
        assert_true(text == NULL || strstr(text, "not one request succeeded") != NULL);
        assert_int_equal(fixture.run.hollow, failing == 0);
        fixture_done(&fixture);
    }
}

/* Streams are callers too. */
static void events_are_successes(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    without_success(&fixture);
    fixture.run.measurement.stream_events = 1;
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture_done(&fixture);
}

static void fail_one(struct measurement *measurement)
{
    measurement->baseline_failed = 1;
}

static void slow_down(struct measurement *measurement)
{
    measurement->baseline_slow = 4; /* of 300: 1.3 % */
}

static void silence(struct measurement *measurement)
{
    measurement->baseline_silences = 2;
}

static const struct {
    void (*spoil)(struct measurement *measurement);
    const char *text;
    enum metric bounding; /* it is no doubt where this is bounded ... */
    enum metric other;    /* ... but this is not enough */
} cases[] = {
    {fail_one, "1 of 300 requests failed without any fault", METRIC_FAILED_REQUESTS,
     METRIC_LATENCY_P99},
    {fail_one, "1 of 300 requests failed", METRIC_SUCCESS_RATIO, METRIC_ANSWERED_4XX},
    {fail_one, "1 of 300 requests failed", METRIC_SUCCESSES, METRIC_SWITCHES},
    {slow_down, "4 of 300 requests were slow without any fault, more than 1 %", METRIC_LATENCY_P50,
     METRIC_FAILED_REQUESTS},
    {slow_down, "4 of 300 requests were slow", METRIC_SERVICE_MAX, METRIC_ATTEMPTS_PER_REQUEST},
    {slow_down, "4 of 300 requests were slow", METRIC_LATENCY_OK_P90, METRIC_SUCCESS_RATIO},
    {silence, "silent for too long 2 times without any fault", METRIC_STREAM_GAP,
     METRIC_STREAM_LOST},
};

static void undisturbed_and_unhealthy(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        bool is_bounded = i % 2 == 1;
        enum metric metric = is_bounded ? cases[i / 2].bounding : cases[i / 2].other;
        struct fixture fixture;
        fixture_init(&fixture);
        without_faults(&fixture);
        cases[i / 2].spoil(&fixture.run.measurement);
        fixture_expect(&fixture, metric, COMPARISON_AT_MOST, 0);
        fixture.run.measurement.metrics[metric] = figure_of(0);
        assert_int_equal(fixture_judge(&fixture), is_bounded ? VERDICT_PASS : VERDICT_INCONCLUSIVE);
        const char *text = fixture_reason(&fixture.run.reasons, "baseline_unhealthy");
        assert_true(is_bounded ? text == NULL : strstr(text, cases[i / 2].text) != NULL);
        fixture_done(&fixture);
    }
}

static void at_the_limit(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    without_faults(&fixture);
    fixture.run.measurement.baseline_slow = 3; /* of 300: 1 % */
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture_done(&fixture);
}

/* What fails needs no baseline to be believed, whether in a run or pooled. */
static void a_fail_stays_a_fail(void **state)
{
    (void)state;
    for (int pooled = 0; pooled < 2; pooled++) {
        struct series series;
        series_init(&series, 2);
        without_faults(&series.base);
        fixture_expect(&series.base, METRIC_LATENCY_P99, COMPARISON_LESS, 10 * ms)->pooled =
            pooled == 1 ? POOLED_P95 : POOLED_NONE;
        for (size_t i = 0; i < 2; i++) {
            series.runs[i].measurement = series.base.run.measurement;
            series.runs[i].measurement.baseline_failed = 5;
            series.runs[i].measurement.metrics[METRIC_LATENCY_P99] = figure_of(20 * ms);
        }
        assert_int_equal(series_judge(&series), VERDICT_FAIL);
        assert_int_equal(series.result.results[0].verdict, VERDICT_FAIL);
        series_done(&series);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_success),         cmocka_unit_test(events_are_successes),
        cmocka_unit_test(undisturbed_and_unhealthy), cmocka_unit_test(at_the_limit),
        cmocka_unit_test(a_fail_stays_a_fail),
    };
    return cmocka_run_group_tests_name("verdict hollow", tests, NULL, NULL);
}
