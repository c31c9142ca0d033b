#include "core/verdict.h"

#include "unit/cmocka_all.h"
#include "unit/core/verdict_fixture.h"

static const nanos ms = NANOS_PER_MS;
static const nanos second = NANOS_PER_S;

/* ---- Fail, inconclusive and what beats what ----------------------------------------------------
 */

static void test_real_fail_beats_the_doubt_about_another_expectation(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 19 * ms);
    fixture_expect(&fixture, METRIC_SLOW_REQUESTS, COMPARISON_EQUAL, 0);
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    assert_int_equal(fixture.run.results[0].verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.results[0].reason, REASON_WITHIN_ERROR);
    assert_int_equal(fixture.run.results[1].verdict, VERDICT_FAIL);
    assert_false(verdict_wants_rerun(&fixture.run));
    fixture_done(&fixture);
}

static void test_doubt_about_the_run_softens_fails(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SLOW_REQUESTS, COMPARISON_EQUAL, 0);
    fixture.run.measurement.start_lateness.p99 = second;
    assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.results[0].verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.results[0].reason, REASON_STARTS_LATE);
    fixture_done(&fixture);
}

static void test_what_noise_cannot_fake_fails_all_the_same(void **state)
{
    static const struct {
        enum metric metric;
        enum comparison comparison;
        int64_t limit;
        int64_t actual;
        enum reason doubt;
        enum verdict verdict;
    } cases[] = {
        {METRIC_DUPLICATES, COMPARISON_EQUAL, 0, 1, REASON_STARTS_LATE, VERDICT_FAIL},
        {METRIC_DUPLICATES, COMPARISON_LESS, 1, 1, REASON_STARTS_LATE, VERDICT_FAIL},
        {METRIC_LOST, COMPARISON_AT_MOST, 0, 1, REASON_STARTS_LATE, VERDICT_FAIL},
        {METRIC_CORRUPTED, COMPARISON_EQUAL, 0, 1, REASON_INTERRUPTED, VERDICT_FAIL},
        {METRIC_LOST, COMPARISON_EQUAL, 0, 1, REASON_LOG_FULL, VERDICT_INCONCLUSIVE},
        {METRIC_DUPLICATES, COMPARISON_EQUAL, 0, 1, REASON_LOG_FULL, VERDICT_FAIL},
        {METRIC_DUPLICATES, COMPARISON_AT_LEAST, 1, 0, REASON_STARTS_LATE, VERDICT_INCONCLUSIVE},
        {METRIC_DUPLICATES, COMPARISON_GREATER, 1, 1, REASON_STARTS_LATE, VERDICT_INCONCLUSIVE},
        {METRIC_FAILED_REQUESTS, COMPARISON_EQUAL, 0, 1, REASON_STARTS_LATE, VERDICT_INCONCLUSIVE},
        {METRIC_DUPLICATES, COMPARISON_EQUAL, 0, 0, REASON_STARTS_LATE, VERDICT_INCONCLUSIVE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_expect(&fixture, cases[i].metric, cases[i].comparison, cases[i].limit);
        fixture.run.measurement.metrics[cases[i].metric] = figure_of(cases[i].actual);
        fixture_problem(&fixture, 0, cases[i].doubt, "doubt");
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        fixture_done(&fixture);
    }
}

static void test_client_that_breaks_after_the_fault_fails(void **state)
{
    static const enum reason reasons[] = {REASON_CLIENT_DIED, REASON_CLIENT_PROTOCOL};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_problem(&fixture, 3 * second + ms, reasons[i], "exit status 1");
        assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
        assert_true(reason_list_has(&fixture.run.reasons, reasons[i]));
        fixture_done(&fixture);
    }
}

/* Its nodes keep logs, and some answers are in none of them. */
static void invent(struct fixture *fixture, uint32_t first, uint32_t end)
{
    static struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}};

    fixture->scenario.client.profile = PROFILE_EXEC;
    fixture->scenario.nodes = nodes;
    fixture->scenario.node_count = fixture->scenario.process_count = 2;
    fixture->scenario.traffic.rate_micro = 1000000;
    fixture->scenario.traffic.slow = second;
    for (uint32_t i = 0; i < FIXTURE_REQUESTS; i++) {
        fixture->requests[i].attempts = i < first || i >= end;
        fixture->requests[i].explained = i < first || i >= end;
    }
}

static void test_client_that_invents_answers(void **state)
{
    static const struct {
        uint32_t first, end;
        enum verdict verdict;
    } cases[] = {
        {0, 0, VERDICT_PASS},
        {4, 6, VERDICT_FAIL},         /* once the fault was there */
        {1, 2, VERDICT_INCONCLUSIVE}, /* undisturbed */
        {2, 6, VERDICT_INCONCLUSIVE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        invent(&fixture, cases[i].first, cases[i].end);
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        const char *text = fixture_reason(&fixture.run.reasons, "client_protocol");
        if (cases[i].verdict == VERDICT_PASS) {
            assert_null(text);
        } else {
            char wanted[100];
            struct text out;
            text_init(&out, wanted, sizeof(wanted));
            text_printf(&out, "the client answered %u requests that no node has seen",
                        cases[i].end - cases[i].first);
            assert_non_null(strstr(text, wanted));
        }
        fixture_done(&fixture);
    }
}

/* As if the nodes had seen them, and answered otherwise than the client says. */
static void misquote(struct fixture *fixture, uint32_t first, uint32_t end, uint16_t status)
{
    invent(fixture, first, end);
    for (uint32_t i = first; i < end; i++) {
        struct request_record *record = &fixture->requests[i];
        record->attempts = status < 400;
        record->request = 100 + i;
        record->outcome = OUTCOME_ANSWER;
        record->status = status;
        record->success = status < 400;
        record->failed = status >= 500;
    }
}

static void test_client_that_tells_other_statuses(void **state)
{
    static const struct {
        uint32_t first, end;
        uint16_t status;
        enum verdict verdict;
        const char *text;
    } cases[] = {
        {4, 6, 404, VERDICT_FAIL,
         "2 requests with a status that no node gave in a whole answer, the first of them request "
         "104 with 404"},
        {5, 6, 200, VERDICT_FAIL,
         "1 requests with a status that no node gave in a whole answer, the first of them request "
         "105 with 200"},
        {1, 2, 302, VERDICT_INCONCLUSIVE, "request 101 with 302"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        misquote(&fixture, cases[i].first, cases[i].end, cases[i].status);
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        const char *text = fixture_reason(&fixture.run.reasons, "client_protocol");
        assert_non_null(text);
        assert_non_null(strstr(text, cases[i].text));
        fixture_done(&fixture);
    }
}

/* A 5xx may be the client's own; behind a service and on a damaged wire no status is proof. */
static void test_statuses_that_prove_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        misquote(&fixture, 4, 6, i == 0 ? 503 : 404);
        if (i == 1) {
            fixture.scenario.process_count = 3;
        } else if (i == 2) {
            fixture.faults[0].kind = FAULT_CORRUPT;
        }
        (void)fixture_judge(&fixture);
        assert_false(reason_list_has(&fixture.run.reasons, REASON_CLIENT_PROTOCOL));
        fixture_done(&fixture);
    }
}

/* Nobody can say so where a node keeps no log, a log is full, or a load balancer may answer itself.
 */
static void test_answers_that_may_not_be_invented(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        invent(&fixture, 4, 6);
        if (i == 0) {
            fixture.scenario.nodes[1].kind = NODE_COMMAND;
        } else if (i == 1) {
            fixture_problem(&fixture, 13 * second, REASON_LOG_FULL, "full");
        } else {
            fixture.scenario.client.profile = PROFILE_DIRECT;
        }
        assert_int_not_equal(fixture_judge(&fixture), VERDICT_FAIL);
        assert_false(reason_list_has(&fixture.run.reasons, REASON_CLIENT_PROTOCOL));
        fixture.scenario.nodes[1].kind = NODE_STUB;
        fixture_done(&fixture);
    }
}

/* A restart of a user's program may be over before anybody can show anything. */
static void test_restart_that_was_over_too_soon(void **state)
{
    static struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}};
    static const uint16_t first_node[] = {0};
    static const struct {
        enum node_kind kind;
        nanos length;
        enum verdict verdict;
    } cases[] = {
        {NODE_COMMAND, 5999 * ms, VERDICT_INCONCLUSIVE},
        {NODE_COMMAND, 6000 * ms, VERDICT_FAIL},
        {NODE_STUB, 5999 * ms, VERDICT_FAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        nodes[0].kind = cases[i].kind;
        fixture.scenario.nodes = nodes;
        fixture.scenario.node_count = fixture.scenario.process_count = 2;
        fixture.faults[0].kind = FAULT_RESTART;
        fixture.records[0].targets = (uint16_t *)(uintptr_t)first_node;
        fixture.records[0].target_count = 1;
        fixture.disturbances[0].faults = (uint32_t[]){0};
        fixture.disturbances[0].fault_count = 1;
        fixture.disturbances[0].end = fixture.disturbances[0].onset + cases[i].length;
        fixture.disturbances[0].recovered = false;
        fixture.disturbances[0].switchover = (struct figure){.state = FIGURE_UNRECOVERED};
        fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 5 * second);
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        if (cases[i].verdict == VERDICT_INCONCLUSIVE) {
            assert_int_equal(fixture.run.results[0].reason, REASON_NOT_MEASURED);
            assert_non_null(strstr(fixture_reason(&fixture.run.reasons, "not_measured"),
                                   "the restart was over after 5.999s"));
        }
        fixture_done(&fixture);
    }
}

static void test_client_that_breaks_leaves_real_fails_standing(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SLOW_REQUESTS, COMPARISON_EQUAL, 0);
    fixture_problem(&fixture, 4 * second, REASON_CLIENT_DIED, "exit status 1");
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    assert_int_equal(fixture.run.results[0].verdict, VERDICT_FAIL);
    fixture_done(&fixture);
}

static void test_client_that_breaks_in_a_run_in_doubt(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SLOW_REQUESTS, COMPARISON_EQUAL, 0);
    fixture_problem(&fixture, 4 * second, REASON_CLIENT_PROTOCOL, "not JSON");
    fixture_problem(&fixture, 5 * second, REASON_NODE_DIED, "by itself");
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    assert_int_equal(fixture.run.results[0].verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.results[0].reason, REASON_NODE_DIED);
    fixture_done(&fixture);
}

/* ---- Time bounds and the error bar -------------------------------------------------------------
 */

static void test_error_bar_of_times(void **state)
{
    static const struct {
        enum metric metric; /* switchover: error 2 ms; latency.p99: error 4 ms */
        enum comparison comparison;
        nanos limit;
        nanos actual;
        enum verdict verdict;
    } cases[] = {
        {METRIC_SWITCHOVER, COMPARISON_AT_MOST, 100, 100, VERDICT_PASS},
        {METRIC_SWITCHOVER, COMPARISON_AT_MOST, 100, 100 + 2000000, VERDICT_INCONCLUSIVE},
        {METRIC_SWITCHOVER, COMPARISON_AT_MOST, 100, 101 + 2000000, VERDICT_FAIL},
        {METRIC_SWITCHOVER, COMPARISON_LESS, 100, 100, VERDICT_INCONCLUSIVE},
        {METRIC_SWITCHOVER, COMPARISON_LESS, 100, 99 + 2000000, VERDICT_INCONCLUSIVE},
        {METRIC_SWITCHOVER, COMPARISON_LESS, 100, 100 + 2000000, VERDICT_FAIL},
        {METRIC_SWITCHOVER, COMPARISON_AT_LEAST, 9000000, 7000000, VERDICT_INCONCLUSIVE},
        {METRIC_SWITCHOVER, COMPARISON_AT_LEAST, 9000000, 6999999, VERDICT_FAIL},
        {METRIC_SWITCHOVER, COMPARISON_GREATER, 9000000, 9000001, VERDICT_PASS},
        {METRIC_SWITCHOVER, COMPARISON_GREATER, 9000000, 7000001, VERDICT_INCONCLUSIVE},
        {METRIC_SWITCHOVER, COMPARISON_GREATER, 9000000, 7000000, VERDICT_FAIL},
        {METRIC_SWITCHOVER, COMPARISON_EQUAL, 9000000, 7000000, VERDICT_INCONCLUSIVE},
        {METRIC_SWITCHOVER, COMPARISON_EQUAL, 9000000, 11000001, VERDICT_FAIL},
        {METRIC_LATENCY_P99, COMPARISON_AT_MOST, 100, 100 + 4000000, VERDICT_INCONCLUSIVE},
        {METRIC_LATENCY_P99, COMPARISON_AT_MOST, 100, 101 + 4000000, VERDICT_FAIL},
        {METRIC_SLOW_REQUESTS, COMPARISON_AT_MOST, 100, 101, VERDICT_FAIL},
        {METRIC_SUCCESS_RATIO, COMPARISON_AT_LEAST, 1000000, 999999, VERDICT_FAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_expect(&fixture, cases[i].metric, cases[i].comparison, cases[i].limit);
        fixture.disturbances[0].switchover = figure_of(cases[i].actual);
        fixture.disturbances[0].slow_requests = figure_of(cases[i].actual);
        fixture.run.measurement.metrics[cases[i].metric] = figure_of(cases[i].actual);
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        fixture_done(&fixture);
    }
}

static void test_error_is_shown_for_times_only(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 5 * second);
    fixture_expect(&fixture, METRIC_SWITCH_TIME, COMPARISON_LESS, 5 * second);
    fixture_expect(&fixture, METRIC_SLOW_REQUESTS, COMPARISON_LESS, 5);
    fixture.run.measurement.metrics[METRIC_SWITCH_TIME] = figure_of(ms);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    assert_int_equal(fixture.run.results[0].error, 2 * ms);
    assert_int_equal(fixture.run.results[1].error, 4 * ms);
    assert_int_equal(fixture.run.results[2].error, 0);
    fixture_done(&fixture);
}

static void test_unrecovered_is_never_within_error(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 5 * second);
    fixture.disturbances[0].switchover.state = FIGURE_UNRECOVERED;
    fixture.disturbances[0].lateness_max = second;
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    fixture.expectations[0].comparison = COMPARISON_GREATER;
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture_done(&fixture);
}

/* ---- Which disturbance -------------------------------------------------------------------------
 */

static void with_three_disturbances(struct fixture *fixture)
{
    fixture_init(fixture);
    fixture->scenario.fault_count = 3;
    fixture->run.measurement.fault_count = 3;
    fixture->run.measurement.disturbance_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        fixture->records[i].disturbance = i;
        fixture->records[i].hits = 1;
    }
}

static void test_worst_active_disturbance_is_shown(void **state)
{
    static const struct {
        nanos limit_ms;
        nanos actual_ms[3];
        enum comparison comparison;
        enum verdict verdict;
        uint32_t shown;
        bool active[3];
    } cases[] = {
        {5000, {20, 900, 30}, COMPARISON_LESS, VERDICT_PASS, 1, {true, true, true}},
        {500, {20, 900, 3000}, COMPARISON_LESS, VERDICT_FAIL, 2, {true, true, true}},
        {500, {20, 900, 3000}, COMPARISON_LESS, VERDICT_FAIL, 1, {true, true, false}},
        {500, {20, 900, 3000}, COMPARISON_LESS, VERDICT_PASS, 0, {true, false, false}},
        {500, {900, 20, 3000}, COMPARISON_GREATER, VERDICT_FAIL, 1, {true, true, true}},
        {500, {500, 400, 650}, COMPARISON_EQUAL, VERDICT_FAIL, 2, {true, true, true}},
        {500, {-1, 900, 20}, COMPARISON_LESS, VERDICT_FAIL, 1, {true, true, true}},
        {500, {20, -1, 30}, COMPARISON_LESS, VERDICT_INCONCLUSIVE, 1, {true, true, true}},
        {500, {20, -1, 30}, COMPARISON_LESS, VERDICT_PASS, 2, {true, false, true}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        with_three_disturbances(&fixture);
        fixture_expect(&fixture, METRIC_OUTAGE, cases[i].comparison, cases[i].limit_ms * ms);
        for (size_t k = 0; k < 3; k++) {
            struct disturbance *disturbance = &fixture.disturbances[k];
            disturbance->outage = figure_of(cases[i].actual_ms[k] * ms);
            if (cases[i].actual_ms[k] < 0) {
                disturbance->outage.state = FIGURE_ABSENT;
            }
            disturbance->was_active = cases[i].active[k];
        }
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        assert_int_equal(fixture.run.results[0].disturbance, cases[i].shown);
        fixture_done(&fixture);
    }
}

static void test_recovery_is_not_asked_for_what_it_cannot_have(void **state)
{
    struct fixture fixture;

    (void)state;
    with_three_disturbances(&fixture);
    fixture_expect(&fixture, METRIC_FAILBACK, COMPARISON_LESS, second);
    fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, second);
    fixture.records[2].disturbance = DISTURBANCE_NONE;
    fixture.disturbances[2].kind = DISTURBANCE_RECOVERY;
    fixture.disturbances[2].failback.state = FIGURE_ABSENT;
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture.disturbances[2].switchover = figure_of(2 * second);
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    assert_int_equal(fixture.run.results[1].disturbance, 2);
    fixture_done(&fixture);
}

static void test_expectation_of_a_fault_is_judged_at_its_disturbance(void **state)
{
    struct fixture fixture;
    struct expectation *expectation;

    (void)state;
    with_three_disturbances(&fixture);
    expectation = fixture_expect(&fixture, METRIC_OUTAGE, COMPARISON_LESS, second);
    expectation->fault = 1;
    fixture.disturbances[0].outage = figure_of(9 * second);
    fixture.disturbances[1].outage = figure_of(7 * ms);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    assert_int_equal(fixture.run.results[0].actual.value, 7 * ms);
    fixture.disturbances[1].outage = figure_of(2 * second);
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    fixture.disturbances[1].was_active = false;
    assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);
    assert_non_null(strstr(fixture_reason(&fixture.run.reasons, "not_measured"), "'restart-2'"));
    fixture_done(&fixture);
}

static void test_failed_requests_of_run_and_of_fault(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_FAILED_REQUESTS, COMPARISON_EQUAL, 9);
    fixture_expect(&fixture, METRIC_FAILED_REQUESTS, COMPARISON_EQUAL, 2)->fault = 0;
    fixture.run.measurement.metrics[METRIC_FAILED_REQUESTS] = figure_of(9);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    assert_int_equal(fixture.run.results[0].disturbance, DISTURBANCE_NONE);
    assert_int_equal(fixture.run.results[1].disturbance, 0);
    fixture_done(&fixture);
}

static void test_run_metric_of_a_fault_needs_no_disturbance(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SWITCH_TIME, COMPARISON_LESS, second)->fault = 0;
    fixture.records[0].disturbance = DISTURBANCE_NONE;
    fixture.run.measurement.disturbance_count = 0;
    fixture.run.measurement.metrics[METRIC_SWITCH_TIME] = figure_of(30 * ms);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture_done(&fixture);
}

static void test_share_is_that_of_its_node(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SHARE, COMPARISON_AT_LEAST, 300000)->node = 1;
    fixture.share[0] = figure_of(100000);
    fixture.share[1] = figure_of(400000);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture.expectations[0].node = 0;
    assert_int_equal(fixture_judge(&fixture), VERDICT_FAIL);
    fixture_done(&fixture);
}

/* ---- Relapses ----------------------------------------------------------------------------------
 */

static void test_relapses_fail_a_switchover_bound(void **state)
{
    static const struct {
        enum comparison comparison;
        uint32_t bound_by; /* FAULT_NONE: the scenario; else that fault; 99: nobody */
        enum verdict verdict;
    } cases[] = {
        {COMPARISON_LESS, 99, VERDICT_FAIL},         {COMPARISON_AT_MOST, 99, VERDICT_FAIL},
        {COMPARISON_AT_LEAST, 99, VERDICT_PASS},     {COMPARISON_GREATER, 99, VERDICT_PASS},
        {COMPARISON_LESS, FAULT_NONE, VERDICT_PASS}, {COMPARISON_LESS, 0, VERDICT_PASS},
        {COMPARISON_LESS, 1, VERDICT_FAIL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        bool is_lower = cases[i].comparison >= COMPARISON_AT_LEAST;
        with_three_disturbances(&fixture);
        fixture_expect(&fixture, METRIC_SWITCHOVER, cases[i].comparison, is_lower ? ms : second);
        if (cases[i].bound_by != 99) {
            fixture_expect(&fixture, METRIC_RELAPSES, COMPARISON_AT_MOST, 3)->fault =
                cases[i].bound_by;
        }
        fixture.disturbances[0].relapses = figure_of(1);
        assert_int_equal(fixture_judge(&fixture), cases[i].verdict);
        if (cases[i].verdict == VERDICT_FAIL) {
            assert_non_null(strstr(fixture.run.results[0].why, "1 relapses"));
        }
        fixture_done(&fixture);
    }
}

static void test_relapses_fail_no_other_metric(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_OUTAGE, COMPARISON_LESS, second);
    fixture.disturbances[0].relapses = figure_of(1);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_fail_beats_the_doubt_about_another_expectation),
        cmocka_unit_test(test_doubt_about_the_run_softens_fails),
        cmocka_unit_test(test_what_noise_cannot_fake_fails_all_the_same),
        cmocka_unit_test(test_client_that_breaks_after_the_fault_fails),
        cmocka_unit_test(test_client_that_invents_answers),
        cmocka_unit_test(test_client_that_tells_other_statuses),
        cmocka_unit_test(test_statuses_that_prove_nothing),
        cmocka_unit_test(test_answers_that_may_not_be_invented),
        cmocka_unit_test(test_restart_that_was_over_too_soon),
        cmocka_unit_test(test_client_that_breaks_leaves_real_fails_standing),
        cmocka_unit_test(test_client_that_breaks_in_a_run_in_doubt),
        cmocka_unit_test(test_error_bar_of_times),
        cmocka_unit_test(test_error_is_shown_for_times_only),
        cmocka_unit_test(test_unrecovered_is_never_within_error),
        cmocka_unit_test(test_worst_active_disturbance_is_shown),
        cmocka_unit_test(test_recovery_is_not_asked_for_what_it_cannot_have),
        cmocka_unit_test(test_expectation_of_a_fault_is_judged_at_its_disturbance),
        cmocka_unit_test(test_failed_requests_of_run_and_of_fault),
        cmocka_unit_test(test_run_metric_of_a_fault_needs_no_disturbance),
        cmocka_unit_test(test_share_is_that_of_its_node),
        cmocka_unit_test(test_relapses_fail_a_switchover_bound),
        cmocka_unit_test(test_relapses_fail_no_other_metric),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
