/* Faults between clients and simulated nodes: of the bytes, and of the packets. */
#include "unit/sim/bench.h"

#include <stdio.h>

#define TRAFFIC                                                                                    \
    "duration: 2000s\n"                                                                            \
    "nodes: [{name: primary, port: 8080, stub: {latency: 2ms}}, {name: backup, port: 8081}]\n"     \
    "traffic:\n"                                                                                   \
    "  rate: 10/s\n"                                                                               \
    "  requests:\n"                                                                                \
    "    - {method: GET, path: /api/raft/status}\n"                                                \
    "    - {method: POST, path: /api/reservations, body: {seat: \"$(request)\"}}\n"

enum { GET, POST };

static struct bench bench;

static void open_with(const char *faults)
{
    static char text[2048];
    (void)snprintf(text, sizeof text, TRAFFIC "faults:\n  - {at: 1s, %s}\n", faults);
    bench_open(&bench, text, 1);
}

static void begin(void)
{
    bench_apply(&bench, 0, 0);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_MS);
}

static uint64_t hits_after_clearing(void)
{
    bench_clear(&bench, 0, 0);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_MS);
    const struct occurrence *cleared = bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 0);
    assert_non_null(cleared);
    return cleared->fault.hits;
}

/* ---- bytes ---- */

static void test_reset_at_once(void **state)
{
    (void)state;
    open_with("reset: primary");
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    uint32_t under_way = bench_ask(&bench, 0, GET);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_MS);
    begin();
    ASSERT_OUTCOME(bench_end_of(&bench, under_way), OUTCOME_RESET);
    const struct occurrence *fresh = bench_answer(&bench, 0, GET);
    ASSERT_OUTCOME(fresh, OUTCOME_RESET);
    assert_true(fresh->attempt.sent); /* it was accepted */
    ASSERT_OUTCOME(bench_answer(&bench, 1, GET), OUTCOME_ANSWER);
    assert_int_equal(hits_after_clearing(), 2);
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    bench_close(&bench);
}

/* Head and body together are longer than that, but the head alone is not. */
static void test_reset_in_the_middle_of_an_answer(void **state)
{
    (void)state;
    open_with("reset: primary, after_bytes: 200B");
    begin();
    ASSERT_OUTCOME(bench_answer(&bench, 0, POST), OUTCOME_TRUNCATED);
    bench_finish(&bench);
    assert_true(bench_executed(&bench, 0)->executed.executed);
    bench_close(&bench);
}

static void test_node_that_is_down_behind_the_relay_resets(void **state)
{
    (void)state;
    open_with("delay: backup, by: 1ms}\n  - {at: 2s, kill: primary");
    bench_apply(&bench, 1, 0);
    bench_run(&bench, 10 * NANOS_PER_MS);
    const struct occurrence *end = bench_answer(&bench, 0, GET);
    ASSERT_OUTCOME(end, OUTCOME_RESET);
    assert_true(end->attempt.sent);
    bench_close(&bench);
}

static void test_delay_holds_answers_back(void **state)
{
    (void)state;
    open_with("delay: primary, by: 200ms, jitter: 50ms");
    begin();
    for (int i = 0; i < 10; i++) {
        nanos asked = bench_now(&bench);
        const struct occurrence *end = bench_answer(&bench, 0, GET);
        ASSERT_OUTCOME(end, OUTCOME_ANSWER);
        assert_true(end->at - asked > 150 * NANOS_PER_MS && end->at - asked < 255 * NANOS_PER_MS);
    }
    assert_int_equal(hits_after_clearing(), 1); /* connection */
    bench_close(&bench);
}

static void test_clearing_lets_go_what_was_throttled(void **state)
{
    (void)state;
    open_with("throttle: primary, rate: 100B/s");
    begin();
    nanos asked = bench_now(&bench);
    uint32_t attempt = bench_ask(&bench, 0, GET);
    bench_run(&bench, asked + 2 * NANOS_PER_S); /* a request of 100 and some bytes is through */
    assert_null(bench_end_of(&bench, attempt));
    assert_int_equal(hits_after_clearing(), 1);
    bench_run(&bench, bench_now(&bench) + 10 * NANOS_PER_MS);
    ASSERT_OUTCOME(bench_end_of(&bench, attempt), OUTCOME_ANSWER);
    bench_close(&bench);
}

static void test_throttled_answer_takes_its_time(void **state)
{
    (void)state;
    open_with("throttle: primary, rate: 1000B/s");
    begin();
    nanos asked = bench_now(&bench);
    uint32_t attempt = bench_ask(&bench, 0, GET);
    bench_run(&bench, asked + 2 * NANOS_PER_S);
    const struct occurrence *end = bench_end_of(&bench, attempt);
    ASSERT_OUTCOME(end, OUTCOME_ANSWER); /* some 100 bytes there, some 360 back */
    assert_true(end->at - asked > 400 * NANOS_PER_MS && end->at - asked < 550 * NANOS_PER_MS);
    bench_close(&bench);
}

static void test_corrupt_bytes_show_or_break_the_answer(void **state)
{
    size_t whole = 0;
    size_t changed = 0;
    size_t broken = 0;
    (void)state;
    open_with("corrupt: primary, ratio: 0.2%");
    begin();
    for (size_t i = 0; i < 300; i++) {
        uint32_t attempt = bench_ask(&bench, 0, GET);
        bench_run(&bench, bench_now(&bench) + NANOS_PER_S);
        if (bench_end_of(&bench, attempt) == NULL) {
            bench_cancel(&bench, attempt);
        }
    }
    bench_finish(&bench);
    for (uint32_t i = 0; i < 300; i++) {
        const struct occurrence *end = bench_end_of(&bench, i);
        const struct event *executed = bench_executed(&bench, i);
        assert_int_equal(executed->executed.request, i);
        if (end == NULL || end->attempt.outcome != OUTCOME_ANSWER) {
            broken++;
        } else if (end->attempt.body_hash != executed->executed.answer_hash) {
            changed++;
        } else {
            whole++;
        }
    }
    assert_in_range(whole, 120, 220);
    assert_in_range(changed, 50, 150);
    assert_in_range(broken, 3, 60);
    bench_close(&bench);
}

static void test_share_of_connections(void **state)
{
    size_t reset = 0;
    (void)state;
    open_with("reset: primary, of: 50%");
    begin();
    for (int i = 0; i < 200; i++) {
        reset += bench_answer(&bench, 0, POST)->attempt.outcome == OUTCOME_RESET;
    }
    assert_in_range(reset, 70, 130);
    bench_close(&bench);
}

/* ---- packets ---- */

static void test_blackhole_swallows_connects_until_it_heals(void **state)
{
    (void)state;
    open_with("blackhole: primary");
    begin();
    nanos asked = bench_now(&bench);
    uint32_t patient = bench_ask(&bench, 0, GET);
    bench.connect_limit = 500 * NANOS_PER_MS;
    uint32_t hasty = bench_ask(&bench, 0, GET);
    bench_run(&bench, asked + 2 * NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, hasty), OUTCOME_CONNECT_TIMEOUT);
    assert_int_equal(bench_end_of(&bench, hasty)->at, asked + 500 * NANOS_PER_MS);
    assert_null(bench_end_of(&bench, patient));
    assert_int_equal(hits_after_clearing(), 3);
    bench_run(&bench, asked + 4 * NANOS_PER_S); /* SYNs at 0, 1 and 3 s */
    const struct occurrence *end = bench_end_of(&bench, patient);
    ASSERT_OUTCOME(end, OUTCOME_ANSWER);
    assert_true(end->at > asked + 3 * NANOS_PER_S);
    bench_close(&bench);
}

/* Sent again 200 ms later, then after twice as long each time: 0, 0.2, 0.6 and 1.4 s. */
static void test_packets_to_the_node_vanish(void **state)
{
    (void)state;
    open_with("blackhole: primary, direction: in");
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    begin();
    nanos asked = bench_now(&bench);
    uint32_t attempt = bench_ask(&bench, 0, GET);
    bench_run(&bench, asked + NANOS_PER_S);
    assert_int_equal(hits_after_clearing(), 3);
    bench_run(&bench, asked + 3 * NANOS_PER_S);
    const struct occurrence *end = bench_end_of(&bench, attempt);
    ASSERT_OUTCOME(end, OUTCOME_ANSWER);
    assert_true(end->at > asked + 1400 * NANOS_PER_MS && end->at < asked + 1410 * NANOS_PER_MS);
    bench_finish(&bench);
    assert_true(bench_executed(&bench, 1)->at > asked + 1400 * NANOS_PER_MS);
    bench_close(&bench);
}

static void test_packets_from_the_node_vanish(void **state)
{
    (void)state;
    open_with("blackhole: primary, direction: out");
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    begin();
    nanos asked = bench_now(&bench);
    uint32_t attempt = bench_ask(&bench, 0, GET);
    bench_run(&bench, asked + NANOS_PER_S);
    assert_null(bench_end_of(&bench, attempt));
    bench_clear(&bench, 0, 0);
    bench_run(&bench, asked + 3 * NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, attempt), OUTCOME_ANSWER);
    bench_finish(&bench);
    assert_true(bench_executed(&bench, 1)->at < asked + 10 * NANOS_PER_MS);
    bench_close(&bench);
}

/* The kernel goes on for a client that has given up. */
static void test_request_given_up_in_the_dark_is_executed_late(void **state)
{
    (void)state;
    open_with("blackhole: primary, direction: in");
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    begin();
    uint32_t attempt = bench_ask(&bench, 0, GET);
    nanos asked = bench_now(&bench);
    bench_run(&bench, asked + NANOS_PER_S);
    assert_true(bench_cancel(&bench, attempt));
    bench_clear(&bench, 0, 0);
    bench_run(&bench, asked + 5 * NANOS_PER_S);
    bench_finish(&bench);
    assert_non_null(bench_executed(&bench, 1));
    assert_int_equal(bench_executed(&bench, 1)->executed.request, attempt);
    bench_close(&bench);
}

static void test_partition_spares_callers(void **state)
{
    (void)state;
    open_with("partition: primary");
    begin();
    bench_run(&bench, bench_now(&bench) + NANOS_PER_MS);
    const struct occurrence *effective = bench_seen(&bench, OCCURRENCE_FAULT_EFFECTIVE, 0);
    assert_int_equal(effective->fault.confirmed_by, CONFIRMED_BY_RULE);
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    assert_int_equal(hits_after_clearing(), 0);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset_at_once),
        cmocka_unit_test(test_reset_in_the_middle_of_an_answer),
        cmocka_unit_test(test_node_that_is_down_behind_the_relay_resets),
        cmocka_unit_test(test_delay_holds_answers_back),
        cmocka_unit_test(test_clearing_lets_go_what_was_throttled),
        cmocka_unit_test(test_throttled_answer_takes_its_time),
        cmocka_unit_test(test_corrupt_bytes_show_or_break_the_answer),
        cmocka_unit_test(test_share_of_connections),
        cmocka_unit_test(test_blackhole_swallows_connects_until_it_heals),
        cmocka_unit_test(test_packets_to_the_node_vanish),
        cmocka_unit_test(test_packets_from_the_node_vanish),
        cmocka_unit_test(test_request_given_up_in_the_dark_is_executed_late),
        cmocka_unit_test(test_partition_spares_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
