#include "core/verdict.h"

#include "unit/cmocka_all.h"
#include "unit/core/verdict_series.h"

static const nanos ms = NANOS_PER_MS;
static const nanos second = NANOS_PER_S;

/* ---- The runs together -------------------------------------------------------------------------
 */

static void test_fail_beats_inconclusive_beats_pass(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 3);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    assert_int_equal(series.result.reasons.count, 0);
    series_done(&series);

    series_init(&series, 3);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    put_in_doubt(&series, 1);
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    assert_ptr_equal(strstr(reason_of(&series, "starts_late"), "run 1: "),
                     reason_of(&series, "starts_late"));
    series_done(&series);

    series_init(&series, 3);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    put_in_doubt(&series, 1);
    set_switchover(&series, 2, 9 * second);
    assert_int_equal(series_judge(&series), VERDICT_FAIL);
    assert_false(series.result.must_unmet);
    series_done(&series);
}

static void test_superseded_runs_do_not_count(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 2);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    set_switchover(&series, 0, 9 * second);
    series.runs[0].superseded = true;
    series.runs[1].rerun_of = 0;
    put_in_doubt(&series, 0);
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    assert_int_equal(series.result.reasons.count, 0);
    assert_int_equal(series.result.results[0].run, 1);
    series_done(&series);
}

static void test_worst_run_of_each_expectation_is_shown(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 3);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    fixture_expect(&series.base, METRIC_SLOW_REQUESTS, COMPARISON_LESS, 100);
    set_switchover(&series, 1, 700 * ms);
    series.disturbances[2][0].slow_requests = figure_of(50);
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    assert_int_equal(series.result.result_count, 2);
    assert_int_equal(series.result.results[0].run, 1);
    assert_int_equal(series.result.results[0].actual.value, 700 * ms);
    assert_int_equal(series.result.results[1].run, 2);
    series_done(&series);
}

static void test_no_run_is_no_pass(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 0);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    assert_non_null(reason_of(&series, "no_traffic"));
    assert_int_equal(series.result.results[0].verdict, VERDICT_INCONCLUSIVE);
    series_done(&series);
}

static void test_interrupted_series_is_inconclusive(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 2);
    series.result.interrupted = true;
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    assert_non_null(reason_of(&series, "interrupted"));
    series_done(&series);
}

/* ---- known_issue and must ----------------------------------------------------------------------
 */

/* The two expectations of the cases below: switchover < 1 s, slow_requests < 10. */
static void expect_two(struct series *series)
{
    fixture_expect(&series->base, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    fixture_expect(&series->base, METRIC_SLOW_REQUESTS, COMPARISON_LESS, 10);
}

enum spoiling {
    SPOIL_SWITCHOVER = 1 << 0,
    SPOIL_SLOW = 1 << 1,
    SPOIL_DOUBT = 1 << 2,     /* starts_late */
    SPOIL_TRAFFIC = 1 << 3,   /* no_traffic */
    SPOIL_CLIENT = 1 << 4,    /* breaks after the fault */
    SPOIL_INTERRUPT = 1 << 5, /* no doubt of a run, but of the series */
};

static void spoil(struct series *series, size_t run, unsigned spoiling)
{
    if (spoiling & SPOIL_SWITCHOVER) {
        set_switchover(series, run, 9 * second);
    }
    if (spoiling & SPOIL_SLOW) {
        series->disturbances[run][0].slow_requests = figure_of(99);
    }
    if (spoiling & SPOIL_DOUBT) {
        put_in_doubt(series, run);
    }
    if (spoiling & SPOIL_TRAFFIC) {
        series->runs[run].measurement.request_count = 0;
    }
    if (spoiling & SPOIL_CLIENT) {
        fixture_problem(&series->base, 4 * second, REASON_CLIENT_DIED, "exit status 1");
    }
    series->result.interrupted |= (spoiling & SPOIL_INTERRUPT) != 0;
}

static void test_known_issue(void **state)
{
    static const char *const fails[] = {"switchover"};
    static const struct {
        unsigned first, second; /* what is spoiled in which run */
        enum verdict verdict;
        const char *text;
    } cases[] = {
        {SPOIL_SWITCHOVER, SPOIL_SWITCHOVER, VERDICT_KNOWN, NULL},
        {SPOIL_SWITCHOVER, 0, VERDICT_KNOWN, NULL},
        {0, 0, VERDICT_FAIL, "remove known_issue"},
        {SPOIL_SLOW, 0, VERDICT_FAIL, "announced: slow_requests; announced but did not fail: swi"},
        {SPOIL_SWITCHOVER, SPOIL_SLOW, VERDICT_FAIL, "without being announced: slow_requests"},
        {SPOIL_SWITCHOVER, SPOIL_CLIENT, VERDICT_FAIL, "without being announced: the client"},
        {SPOIL_DOUBT, SPOIL_DOUBT, VERDICT_INCONCLUSIVE, NULL},
        {SPOIL_DOUBT, 0, VERDICT_INCONCLUSIVE, NULL},
        {SPOIL_SWITCHOVER, SPOIL_INTERRUPT, VERDICT_INCONCLUSIVE, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct series series;
        series_init(&series, 2);
        expect_two(&series);
        series.base.scenario.known_why = "it waits for its timeout";
        series.base.scenario.known_fails = fails;
        series.base.scenario.known_fails_count = 1;
        spoil(&series, 0, cases[i].first);
        spoil(&series, 1, cases[i].second);
        assert_int_equal(series_judge(&series), cases[i].verdict);
        assert_int_equal(series.result.must_unmet, cases[i].text != NULL);
        if (cases[i].text != NULL) {
            assert_non_null(strstr(reason_of(&series, "known_issue"), cases[i].text));
        }
        series_done(&series);
    }
}

static void test_known_issue_that_fails_less_than_announced(void **state)
{
    static const char *const fails[] = {"switchover", "slow_requests"};
    struct series series;

    (void)state;
    series_init(&series, 1);
    expect_two(&series);
    series.base.scenario.known_why = "it waits for its timeout";
    series.base.scenario.known_fails = fails;
    series.base.scenario.known_fails_count = 2;
    spoil(&series, 0, SPOIL_SWITCHOVER);
    assert_int_equal(series_judge(&series), VERDICT_FAIL);
    assert_string_equal(reason_of(&series, "known_issue"),
                        "announced as failing but did not fail: slow_requests");
    series_done(&series);
}

/* Of one announcement nobody can tell whether it came true. */
static void test_known_issue_in_doubt(void **state)
{
    static const char *const fails[] = {"switchover", "slow_requests"};
    struct series series;

    (void)state;
    series_init(&series, 1);
    expect_two(&series);
    series.base.scenario.known_why = "it waits for its timeout";
    series.base.scenario.known_fails = fails;
    series.base.scenario.known_fails_count = 2;
    spoil(&series, 0, SPOIL_SWITCHOVER);
    series.disturbances[0][0].slow_requests = (struct figure){.state = FIGURE_ABSENT};
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    series_done(&series);
}

static void test_must(void **state)
{
    static const struct {
        const char *code;
        const char *text;
        enum must must;
        unsigned first, second;
        bool met;
    } cases[] = {
        {NULL, "failed, as it must: switchover was 9s (limit < 5s)", MUST_FAIL, SPOIL_SWITCHOVER,
         SPOIL_SLOW, true},
        {NULL, "failed, as it must: the client broke", MUST_FAIL, SPOIL_CLIENT, SPOIL_CLIENT, true},
        {NULL, "it had to fail in every run, but run 1 passed", MUST_FAIL, SPOIL_SLOW, 0, false},
        {NULL, "it had to fail in every run, but run 0 was inconclusive", MUST_FAIL, SPOIL_DOUBT,
         SPOIL_SLOW, false},
        {NULL, "it had to fail, but it passed", MUST_FAIL, 0, 0, false},
        {NULL, "but it was inconclusive: starts_late", MUST_FAIL, SPOIL_DOUBT, 0, false},
        {NULL, "inconclusive, as it must", MUST_INCONCLUSIVE, SPOIL_DOUBT, SPOIL_TRAFFIC, true},
        {NULL, "it had to be inconclusive, but", MUST_INCONCLUSIVE, SPOIL_DOUBT, 0, false},
        {NULL, "it had to be inconclusive, but it passed", MUST_INCONCLUSIVE, 0, 0, false},
        {NULL, "but it failed: slow_requests was 99", MUST_INCONCLUSIVE, SPOIL_SLOW, 0, false},
        {"no_traffic", "inconclusive for 'no_traffic', as it must", MUST_INCONCLUSIVE,
         SPOIL_TRAFFIC, SPOIL_TRAFFIC, true},
        {"no_traffic", "for 'no_traffic', but", MUST_INCONCLUSIVE, SPOIL_TRAFFIC, SPOIL_DOUBT,
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct series series;
        series_init(&series, 2);
        expect_two(&series);
        series.base.scenario.must = cases[i].must;
        series.base.scenario.must_reason = cases[i].code;
        spoil(&series, 0, cases[i].first);
        spoil(&series, 1, cases[i].second);
        assert_int_equal(series_judge(&series), cases[i].met ? VERDICT_PASS : VERDICT_FAIL);
        assert_int_equal(series.result.must_unmet, !cases[i].met);
        assert_non_null(strstr(reason_of(&series, "must"), cases[i].text));
        series_done(&series);
    }
}

/* That is about all runs together, whatever each of them did. */
static void test_must_fail_is_met_by_a_pooled_failure(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 2);
    fixture_expect(&series.base, METRIC_SWITCHOVER, COMPARISON_LESS, 10 * NANOS_PER_MS)->pooled =
        POOLED_P50;
    series.base.scenario.must = MUST_FAIL;
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    series_done(&series);
}

static void test_must_tells_figures_in_their_unit(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 1);
    fixture_expect(&series.base, METRIC_SUCCESS_RATIO, COMPARISON_AT_LEAST, RATIO_ONE);
    fixture_expect(&series.base, METRIC_ATTEMPTS_PER_REQUEST, COMPARISON_LESS, RATIO_ONE);
    series.runs[0].measurement.metrics[METRIC_SUCCESS_RATIO] = figure_of(980100);
    series.runs[0].measurement.metrics[METRIC_ATTEMPTS_PER_REQUEST] = figure_of(2 * RATIO_ONE);
    series.base.scenario.must = MUST_FAIL;
    assert_int_equal(series_judge(&series), VERDICT_PASS);
    assert_string_equal(reason_of(&series, "must"),
                        "failed, as it must: success_ratio was 0.9801 (limit < 5s), "
                        "attempts_per_request was 2 (limit < 5s)");
    series_done(&series);
}

static void test_reason_of_a_single_run_needs_no_number(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 1);
    fixture_problem(&series.base, second, REASON_NODE_DIED, "by itself");
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    assert_string_equal(reason_of(&series, "node_died"), "by itself");
    series_done(&series);
}

static void test_interrupted_canary_is_not_judged(void **state)
{
    struct series series;

    (void)state;
    series_init(&series, 1);
    series.base.scenario.must = MUST_FAIL;
    series.result.interrupted = true;
    assert_int_equal(series_judge(&series), VERDICT_INCONCLUSIVE);
    assert_null(reason_of(&series, "must"));
    assert_false(series.result.must_unmet);
    series_done(&series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_beats_inconclusive_beats_pass),
        cmocka_unit_test(test_superseded_runs_do_not_count),
        cmocka_unit_test(test_worst_run_of_each_expectation_is_shown),
        cmocka_unit_test(test_no_run_is_no_pass),
        cmocka_unit_test(test_interrupted_series_is_inconclusive),
        cmocka_unit_test(test_known_issue),
        cmocka_unit_test(test_known_issue_that_fails_less_than_announced),
        cmocka_unit_test(test_known_issue_in_doubt),
        cmocka_unit_test(test_must),
        cmocka_unit_test(test_must_fail_is_met_by_a_pooled_failure),
        cmocka_unit_test(test_must_tells_figures_in_their_unit),
        cmocka_unit_test(test_reason_of_a_single_run_needs_no_number),
        cmocka_unit_test(test_interrupted_canary_is_not_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
