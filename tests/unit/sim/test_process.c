/* What becomes of the simulated nodes' processes, and how the harness sees it. */
#include "unit/sim/bench.h"

#define FAULTS                                                                                     \
    "duration: 60s\n"                                                                              \
    "faults:\n"                                                                                    \
    "  - {at: 1s, kill: primary}\n"                                                                \
    "  - {at: 2s, terminate: primary}\n"                                                           \
    "  - {at: 3s, pause: primary}\n"                                                               \
    "  - {at: 4s, restart: primary}\n"                                                             \
    "  - {at: 5s, hang: primary}\n"

enum { KILL, TERMINATE, PAUSE, RESTART, HANG };

static struct bench bench;

static void assert_kind(size_t number, enum occurrence_kind kind, uint16_t node)
{
    assert_true(number < bench.count);
    assert_int_equal(bench.seen[number].kind, kind);
    assert_int_equal(bench.seen[number].node, node);
}

static void test_kill_is_seen_and_then_confirmed(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS, 1);
    bench_apply(&bench, KILL, 0);
    bench_run(&bench, NANOS_PER_S);
    assert_int_equal(bench.count, 3);
    assert_kind(0, OCCURRENCE_FAULT_APPLIED, 0);
    assert_true(bench.seen[0].fault.was_up);
    assert_kind(1, OCCURRENCE_FAULT_EFFECTIVE, 0);
    assert_int_equal(bench.seen[1].fault.confirmed_by, CONFIRMED_BY_EXIT);
    assert_true(bench.seen[1].at > 0 && bench.seen[1].at < 5 * NANOS_PER_MS);
    assert_kind(2, OCCURRENCE_NODE, 0);
    assert_int_equal(bench.seen[2].node_change.state, NODE_STATE_EXITED);
    assert_true(bench.seen[2].node_change.planned);
    assert_string_equal(bench.seen[2].node_change.why, "ended by signal 9 (Killed)");
    bench_close(&bench);
}

static void test_killed_node_refuses_and_started_one_serves(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS, 1);
    bench_apply(&bench, KILL, 0);
    bench_run(&bench, NANOS_PER_S);
    ASSERT_OUTCOME(bench_answer(&bench, 0, 0), OUTCOME_REFUSED);
    ASSERT_OUTCOME(bench_answer(&bench, 1, 0), OUTCOME_ANSWER);
    bench_clear(&bench, KILL, 0);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_S);
    const struct occurrence *cleared = bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 0);
    assert_non_null(cleared);
    assert_int_equal(cleared->fault.confirmed_by, CONFIRMED_BY_READY);
    ASSERT_OUTCOME(bench_answer(&bench, 0, 0), OUTCOME_ANSWER);
    bench_close(&bench);
}

static void test_a_second_kill_finds_nothing(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS, 1);
    bench_apply(&bench, KILL, 0);
    bench_run(&bench, NANOS_PER_S);
    bench_apply(&bench, TERMINATE, 0);
    bench_run(&bench, 2 * NANOS_PER_S);
    const struct occurrence *failed = bench_seen(&bench, OCCURRENCE_FAULT_FAILED, 0);
    assert_non_null(failed);
    assert_string_equal(failed->fault.text, "the node was down already");
    bench_close(&bench);
}

static void test_pause_holds_answers_back(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS, 1);
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_MS);
    const struct occurrence *effective = bench_seen(&bench, OCCURRENCE_FAULT_EFFECTIVE, 0);
    assert_int_equal(effective->fault.confirmed_by, CONFIRMED_BY_STOPPED);
    uint32_t attempt = bench_ask(&bench, 0, 0);
    bench_run(&bench, 3 * NANOS_PER_S);
    assert_null(bench_end_of(&bench, attempt));
    bench_clear(&bench, PAUSE, 0);
    bench_run(&bench, 3 * NANOS_PER_S + 10 * NANOS_PER_MS);
    ASSERT_OUTCOME(bench_end_of(&bench, attempt), OUTCOME_ANSWER);
    assert_int_equal(bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 0)->fault.confirmed_by,
                     CONFIRMED_BY_CONTINUED);
    bench_close(&bench);
}

static void test_terminate_ends_a_paused_node_at_once(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS, 1);
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_S);
    bench_apply(&bench, TERMINATE, 0);
    bench_run(&bench, NANOS_PER_S + 10 * NANOS_PER_MS);
    const struct occurrence *stopped = bench_seen(&bench, OCCURRENCE_NODE, 0);
    const struct occurrence *continued = bench_seen(&bench, OCCURRENCE_NODE, 1);
    const struct occurrence *exited = bench_seen(&bench, OCCURRENCE_NODE, 2);
    assert_int_equal(stopped->node_change.state, NODE_STATE_STOPPED);
    assert_string_equal(continued->node_change.why, "continued by SIGCONT");
    assert_int_equal(exited->node_change.state, NODE_STATE_EXITED);
    assert_string_equal(exited->node_change.why, "exited with status 0");
    bench_close(&bench);
}

static void test_restart_of_a_node_that_is_up(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS "nodes: [{name: primary, port: 8080, stub: {start_delay: 200ms}}]\n",
               1);
    bench_apply(&bench, RESTART, 0);
    bench_run(&bench, 100 * NANOS_PER_MS);
    assert_true(bench_seen(&bench, OCCURRENCE_FAULT_APPLIED, 0)->fault.was_up);
    ASSERT_OUTCOME(bench_answer(&bench, 0, 0), OUTCOME_REFUSED);
    const struct occurrence *cleared = bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 0);
    assert_non_null(cleared);
    assert_true(cleared->at > 200 * NANOS_PER_MS && cleared->at < 220 * NANOS_PER_MS);
    bench_close(&bench);
}

static void test_node_that_ends_by_itself_is_a_problem(void **state)
{
    (void)state;
    bench_open(&bench, "nodes: [{name: primary, port: 8080, stub: {exit_after: 500ms}}]\n", 1);
    bench_run(&bench, NANOS_PER_S);
    assert_false(bench_seen(&bench, OCCURRENCE_NODE, 0)->node_change.planned);
    const struct occurrence *problem = bench_seen(&bench, OCCURRENCE_PROBLEM, 0);
    assert_non_null(problem);
    assert_int_equal(problem->problem.reason, REASON_NODE_DIED);
    bench_close(&bench);
}

static void test_kill_while_starting_is_the_reason_why(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS "nodes: [{name: primary, port: 8080, stub: {start_delay: 1s}}]\n", 1);
    bench_apply(&bench, KILL, 0);
    bench_run(&bench, NANOS_PER_MS);
    bench_clear(&bench, KILL, 0);
    bench_run(&bench, 100 * NANOS_PER_MS);
    bench_apply(&bench, TERMINATE, 0);
    bench_run(&bench, 200 * NANOS_PER_MS);
    assert_null(bench_seen(&bench, OCCURRENCE_PROBLEM, 0));
    assert_null(bench_seen(&bench, OCCURRENCE_FAULT_FAILED, 0));
    ASSERT_OUTCOME(bench_answer(&bench, 0, 0), OUTCOME_REFUSED);
    bench_close(&bench);
}

/* A condition of the node, not of one process of it. */
static void test_fault_of_the_answer_survives_a_restart(void **state)
{
    (void)state;
    bench_open(&bench, FAULTS, 1);
    bench_apply(&bench, HANG, 0);
    bench_run(&bench, 10 * NANOS_PER_MS);
    uint32_t before = bench_ask(&bench, 0, 0);
    bench_run(&bench, NANOS_PER_S);
    assert_null(bench_end_of(&bench, before));
    bench_apply(&bench, RESTART, 0);
    bench_run(&bench, 2 * NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, before), OUTCOME_RESET);
    uint32_t after = bench_ask(&bench, 0, 0);
    bench_run(&bench, 3 * NANOS_PER_S);
    assert_null(bench_end_of(&bench, after));
    bench_clear(&bench, HANG, 0);
    bench_run(&bench, 4 * NANOS_PER_S);
    const struct occurrence *cleared = bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 1);
    assert_int_equal(cleared->fault.fault, HANG);
    assert_int_equal(cleared->fault.hits, 2);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill_is_seen_and_then_confirmed),
        cmocka_unit_test(test_killed_node_refuses_and_started_one_serves),
        cmocka_unit_test(test_a_second_kill_finds_nothing),
        cmocka_unit_test(test_pause_holds_answers_back),
        cmocka_unit_test(test_terminate_ends_a_paused_node_at_once),
        cmocka_unit_test(test_restart_of_a_node_that_is_up),
        cmocka_unit_test(test_node_that_ends_by_itself_is_a_problem),
        cmocka_unit_test(test_kill_while_starting_is_the_reason_why),
        cmocka_unit_test(test_fault_of_the_answer_survives_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
