#include "core/verdict_parts.h"

#include "unit/cmocka_all.h"
#include "unit/core/verdict_fixture.h"

static const nanos ms = NANOS_PER_MS;
static const nanos second = NANOS_PER_S;

static bool holds(struct figure actual, enum comparison comparison, int64_t limit)
{
    return verdict_shortfall(actual, comparison, limit) <= 0;
}

static void test_holds(void **state)
{
    static const struct {
        enum comparison comparison;
        bool below, same, above, unrecovered; /* against 100: 99, 100, 101 */
    } cases[] = {
        {COMPARISON_LESS, true, false, false, false},
        {COMPARISON_AT_MOST, true, true, false, false},
        {COMPARISON_EQUAL, false, true, false, false},
        {COMPARISON_AT_LEAST, false, true, true, true},
        {COMPARISON_GREATER, false, false, true, true},
    };
    struct figure unrecovered = {.state = FIGURE_UNRECOVERED};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum comparison comparison = cases[i].comparison;
        assert_int_equal(holds(figure_of(99), comparison, 100), cases[i].below);
        assert_int_equal(holds(figure_of(100), comparison, 100), cases[i].same);
        assert_int_equal(holds(figure_of(101), comparison, 100), cases[i].above);
        assert_int_equal(holds(unrecovered, comparison, 100), cases[i].unrecovered);
    }
}

static void test_holds_at_the_ends_of_the_range(void **state)
{
    (void)state;
    assert_true(holds(figure_of(INT64_MIN), COMPARISON_LESS, INT64_MAX));
    assert_false(holds(figure_of(INT64_MAX), COMPARISON_AT_MOST, INT64_MIN));
    assert_false(holds(figure_of(INT64_MIN), COMPARISON_AT_LEAST, INT64_MAX));
    assert_true(holds(figure_of(INT64_MAX), COMPARISON_GREATER, INT64_MIN));
}

static void test_words(void **state)
{
    (void)state;
    assert_string_equal(verdict_word(VERDICT_PASS), "pass");
    assert_string_equal(verdict_word(VERDICT_FAIL), "fail");
    assert_string_equal(verdict_word(VERDICT_KNOWN), "known");
    assert_string_equal(verdict_word(VERDICT_INCONCLUSIVE), "inconclusive");
    assert_string_equal(verdict_word(VERDICT_SKIPPED), "skipped");
}

static void test_reason_list_grows_and_says_each_thing_once(void **state)
{
    struct reason_list list = {0};
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (int i = 0; i < 100; i++) {
        const char *text = arena_printf(&arena, "number %d", i / 2);
        reason_list_add(&list, &arena, REASON_NODE_DIED, "node_died", text);
    }
    assert_int_equal(list.count, 50);
    assert_string_equal(list.items[49].text, "number 49");
    assert_true(reason_list_has(&list, REASON_NODE_DIED));
    assert_false(reason_list_has(&list, REASON_NO_TRAFFIC));
    arena_done(&arena);
}

static void test_healthy_run_passes(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 5 * second);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    assert_int_equal(fixture.run.reasons.count, 0);
    assert_int_equal(fixture.run.result_count, 1);
    assert_int_equal(fixture.run.results[0].verdict, VERDICT_PASS);
    assert_int_equal(fixture.run.results[0].actual.value, 20 * ms);
    assert_int_equal(fixture.run.results[0].disturbance, 0);
    assert_false(verdict_wants_rerun(&fixture.run));
    fixture_done(&fixture);
}

static void test_run_without_expectations_passes(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
    fixture_done(&fixture);
}

/* ---- Doubts: each spoils one thing of the healthy run ------------------------------------------
 */

static void none_sent(struct fixture *fixture)
{
    for (size_t i = 0; i < FIXTURE_REQUESTS; i++) {
        fixture->requests[i].started = NANOS_NEVER;
    }
}

static void none_due(struct fixture *fixture)
{
    fixture->run.measurement.request_count = 0;
}

static void baseline_failed(struct fixture *fixture)
{
    fixture->run.measurement.baseline_failed = 1;
}

static void baseline_disturbed(struct fixture *fixture)
{
    fixture->run.measurement.baseline_slow = 4; /* of 300: 1.3 % */
}

static void no_success_before(struct fixture *fixture)
{
    for (size_t i = 0; i < 4; i++) {
        fixture->requests[i].success = false;
    }
}

static void fault_has_no_effect(struct fixture *fixture)
{
    fixture->records[0].effective = NANOS_NEVER;
}

static void inactive_fault_has_no_effect(struct fixture *fixture)
{
    fixture->disturbances[0].was_active = false;
    fixture->records[0].effective = NANOS_NEVER;
}

static void fault_failed(struct fixture *fixture)
{
    fixture->records[0].failure = "no such process";
}

static void fault_not_applied(struct fixture *fixture)
{
    fixture->records[0].applied = NANOS_NEVER;
    fixture->records[0].effective = NANOS_NEVER;
}

static void fault_not_recorded(struct fixture *fixture)
{
    fixture->run.measurement.fault_count = 0;
}

static void active_fault_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_RESPOND;
}

static void wrong_role_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_WRONG_ROLE;
}

static void unhealthy_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_UNHEALTHY;
}

static void wire_fault_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_RESET;
}

static void blackhole_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_BLACKHOLE;
}

static void nobody_asked(struct fixture *fixture)
{
    static uint32_t faults[] = {0};

    fixture->disturbances[0].faults = faults;
    fixture->disturbances[0].fault_count = 1;
    fixture->disturbances[0].untouched = true;
}

static void make_flap(struct fixture *fixture, nanos every)
{
    fixture->faults[0].kind = FAULT_FLAP;
    fixture->faults[0].hold = NANOS_NEVER;
    fixture->faults[0].parameters.every = every;
}

/* From 3 s of 14 s on every 6 s is twice. */
static void down_phase_forgotten(struct fixture *fixture)
{
    make_flap(fixture, 6 * second);
}

static void down_phase_failed(struct fixture *fixture)
{
    make_flap(fixture, 6 * second);
    fixture->records[1].fault = 0;
    fixture->records[1].planned = 9 * second;
    fixture->records[1].failure = "the node was down already";
    fixture->run.measurement.fault_count = 2;
}

static void fault_applied_late(struct fixture *fixture)
{
    fixture->records[0].applied = fixture->records[0].planned + 100 * ms + 1;
}

static void starts_late(struct fixture *fixture)
{
    fixture->run.measurement.start_lateness.p99 = 50 * ms + 1;
}

static void overload(struct fixture *fixture)
{
    fixture->run.measurement.overload_before_fault = true;
}

/* All requests wait for a program, until after everything. */
static void fall_behind(struct fixture *fixture)
{
    fixture->scenario.client.profile = PROFILE_EXEC;
    fixture->scenario.traffic.rate_micro = 1000000;
    fixture->scenario.traffic.slow = 500 * ms;
    for (size_t i = 0; i < FIXTURE_REQUESTS; i++) {
        fixture->requests[i].ended = 20 * second;
        fixture->requests[i].attempts = 1;
    }
}

static void client_falls_behind(struct fixture *fixture)
{
    fall_behind(fixture);
    fixture->run.measurement.baseline_slow = 4;
}

static void client_falls_behind_without_a_fault(struct fixture *fixture)
{
    fall_behind(fixture);
    fixture->scenario.fault_count = 0;
    fixture->run.measurement.fault_count = 0;
    fixture->run.measurement.disturbance_count = 0;
    fixture->run.measurement.first_fault = NANOS_NEVER;
}

static void journal_full(struct fixture *fixture)
{
    fixture->journal.full = true;
}

static void node_died(struct fixture *fixture)
{
    fixture_problem(fixture, 5 * second, REASON_NODE_DIED, "node 'primary' ended by itself");
}

static void interrupted(struct fixture *fixture)
{
    fixture_problem(fixture, 5 * second, REASON_INTERRUPTED, "SIGINT");
}

static void client_died_early(struct fixture *fixture)
{
    fixture_problem(fixture, 3 * second, REASON_CLIENT_DIED, "exit status 1");
}

static void never_measured(struct fixture *fixture)
{
    fixture->disturbances[0].switchover.state = FIGURE_ABSENT;
}

static void none_active(struct fixture *fixture)
{
    fixture->disturbances[0].was_active = false;
}

static void missed_within_error(struct fixture *fixture)
{
    fixture->disturbances[0].switchover = figure_of(5 * second + ms);
}

static const struct {
    void (*spoil)(struct fixture *fixture);
    const char *code;
    const char *text; /* part of the sentence */
    bool is_noise;
} doubt_cases[] = {
    {none_sent, "no_traffic", "not one request was sent", false},
    {none_due, "no_traffic", "no request was due", false},
    {baseline_failed, "baseline_unhealthy", "1 of 300 requests failed", true},
    {baseline_disturbed, "baseline_unhealthy", "4 of 300 requests were disturbed", true},
    {no_success_before, "baseline_unhealthy", "no request succeeded in the 3.001s", true},
    {fault_has_no_effect, "fault_unconfirmed", "'kill-1' was applied at 3.001s", false},
    {inactive_fault_has_no_effect, "fault_unconfirmed", "nothing confirmed", false},
    {fault_failed, "fault_unconfirmed", "fault 'kill-1' failed: no such process", false},
    {fault_not_applied, "fault_unconfirmed", "due at 3s but never applied", false},
    {fault_not_recorded, "fault_unconfirmed", "due by 3s but never applied", false},
    {active_fault_without_hits, "fault_unconfirmed", "(respond) hit no request", false},
    {wrong_role_without_hits, "fault_unconfirmed", "did not bite", false},
    {unhealthy_without_hits, "fault_unconfirmed", "did not bite", false},
    {wire_fault_without_hits, "fault_unconfirmed", "(reset) hit no connection", false},
    {blackhole_without_hits, "fault_unconfirmed", "(blackhole) hit no packet", false},
    {nobody_asked, "fault_unconfirmed", "no request met fault 'kill-1'", false},
    {down_phase_forgotten, "fault_unconfirmed", "due by 9s but never applied", false},
    {down_phase_failed, "fault_unconfirmed", "failed at 9s: the node was down already", false},
    {fault_applied_late, "fault_late", "'kill-1' was applied 100ms late", true},
    {starts_late, "starts_late", "1 % of the requests started 50ms late", true},
    {overload, "overload", "with 10000 in flight", false},
    {client_falls_behind, "baseline_unhealthy", "4 waited for the client by then", true},
    {client_falls_behind_without_a_fault, "overload", "the client is the bottleneck; 8 waited",
     false},
    {journal_full, "log_full", "the journal was full after 1 events", false},
    {node_died, "node_died", "node 'primary' ended by itself", false},
    {interrupted, "interrupted", "SIGINT", false},
    {client_died_early, "client_died", "exit status 1", false},
    {never_measured, "not_measured", "'switchover' could not be measured", false},
    {none_active, "not_measured", "no fault disturbed a node that was serving", false},
    {missed_within_error, "within_error", "'switchover' was 5.001s against < 5s: missed by", true},
};

static void test_each_doubt_makes_a_run_inconclusive(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(doubt_cases) / sizeof(doubt_cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 5 * second);
        doubt_cases[i].spoil(&fixture);
        assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);

        const char *text = fixture_reason(&fixture.run.reasons, doubt_cases[i].code);
        assert_non_null(text);
        assert_non_null(strstr(text, doubt_cases[i].text));
        assert_int_equal(verdict_wants_rerun(&fixture.run), doubt_cases[i].is_noise);
        fixture_done(&fixture);
    }
}

static void test_no_rerun_if_one_reason_is_no_noise(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    starts_late(&fixture);
    fault_failed(&fixture);
    assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.reasons.count, 2);
    assert_false(verdict_wants_rerun(&fixture.run));
    fixture_done(&fixture);
}

/* ---- What looks doubtful and is not ------------------------------------------------------------
 */

static void at_the_limits(struct fixture *fixture)
{
    fixture->run.measurement.baseline_slow = 3; /* of 300: 1 % */
    fixture->run.measurement.start_lateness.p99 = 50 * ms;
    fixture->records[0].applied = fixture->records[0].planned + 100 * ms;
}

static void inactive_fault_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_RESPOND;
    fixture->disturbances[0].was_active = false;
}

/* Nobody aimed it. */
static void random_fault_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_RESPOND;
    fixture->faults[0].by_chance = true;
}

static void active_fault_with_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_RESPOND;
    fixture->records[0].hits = 1;
}

static void refuse_counts_no_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_REFUSE;
}

static void partition_without_hits(struct fixture *fixture)
{
    fixture->faults[0].kind = FAULT_PARTITION;
}

static void streams_asked(struct fixture *fixture)
{
    nobody_asked(fixture);
    fixture->scenario.traffic.stream_count = 1;
}

static void every_down_phase_applied(struct fixture *fixture)
{
    make_flap(fixture, 11 * second);
}

static void fault_at_the_start(struct fixture *fixture)
{
    fixture->run.measurement.first_fault = 999 * ms;
    for (size_t i = 0; i + 1 < FIXTURE_REQUESTS; i++) {
        fixture->requests[i].success = false;
    }
}

static void no_fault_at_all(struct fixture *fixture)
{
    fixture->scenario.fault_count = 0;
    fixture->run.measurement.fault_count = 0;
    fixture->run.measurement.disturbance_count = 0;
    fixture->run.measurement.first_fault = NANOS_NEVER;
}

static void fault_after_an_early_end(struct fixture *fixture)
{
    fault_not_recorded(fixture);
    fixture->run.measurement.traffic_end = 3 * second;
}

static void planned_fault_after_an_early_end(struct fixture *fixture)
{
    fault_not_applied(fixture);
    fixture->run.measurement.traffic_end = 3 * second;
}

static void test_no_doubt(void **state)
{
    static void (*const cases[])(struct fixture *) = {
        at_the_limits,
        inactive_fault_without_hits,
        random_fault_without_hits,
        active_fault_with_hits,
        partition_without_hits,
        streams_asked,
        every_down_phase_applied,
        refuse_counts_no_hits,
        fault_at_the_start,
        no_fault_at_all,
        fault_after_an_early_end,
        planned_fault_after_an_early_end,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        fixture_init(&fixture);
        cases[i](&fixture);
        assert_int_equal(fixture_judge(&fixture), VERDICT_PASS);
        assert_int_equal(fixture.run.reasons.count, 0);
        fixture_done(&fixture);
    }
}

static void test_doubts_of_journal_and_figures_are_united(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    node_died(&fixture);
    starts_late(&fixture);
    assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.reasons.count, 2);
    assert_true(reason_list_has(&fixture.run.reasons, REASON_NODE_DIED));
    assert_true(reason_list_has(&fixture.run.reasons, REASON_STARTS_LATE));
    fixture_done(&fixture);
}

/* Nobody knows how often a fault of the proxy hit once the proxy is gone. */
static void test_hits_that_died_with_the_proxy_are_not_missed(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    wire_fault_without_hits(&fixture);
    fixture_problem(&fixture, 5 * second, REASON_PROXY_DIED, "bascule-proxy ended by itself");
    assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.reasons.count, 1);
    assert_string_equal(fixture.run.reasons.items[0].code, "proxy_died");
    fixture_done(&fixture);
}

static void test_run_that_never_began_says_only_why(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    fixture_expect(&fixture, METRIC_SWITCHOVER, COMPARISON_LESS, 5 * second);
    journal_init(&fixture.journal, &fixture.arena, 100);
    none_due(&fixture);
    fault_not_recorded(&fixture);
    fixture.run.measurement.disturbance_count = 0;
    fixture_problem(&fixture, 0, REASON_PORT_TAKEN, "port 8080 belongs to nginx");
    assert_int_equal(fixture_judge(&fixture), VERDICT_INCONCLUSIVE);
    assert_int_equal(fixture.run.reasons.count, 1);
    assert_string_equal(fixture.run.reasons.items[0].code, "port_taken");
    fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_holds_at_the_ends_of_the_range),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_reason_list_grows_and_says_each_thing_once),
        cmocka_unit_test(test_healthy_run_passes),
        cmocka_unit_test(test_run_without_expectations_passes),
        cmocka_unit_test(test_each_doubt_makes_a_run_inconclusive),
        cmocka_unit_test(test_no_rerun_if_one_reason_is_no_noise),
        cmocka_unit_test(test_no_doubt),
        cmocka_unit_test(test_doubts_of_journal_and_figures_are_united),
        cmocka_unit_test(test_hits_that_died_with_the_proxy_are_not_missed),
        cmocka_unit_test(test_run_that_never_began_says_only_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
