/* What a simulated stub answers, whole and broken. */
#include "unit/sim/bench.h"

#include <stdio.h>

#define TRAFFIC                                                                                    \
    "duration: 200s\n"                                                                             \
    "nodes: [{name: primary, port: 8080, stub: {latency: 2ms}}, {name: backup, port: 8081}]\n"     \
    "traffic:\n"                                                                                   \
    "  rate: 10/s\n"                                                                               \
    "  requests:\n"                                                                                \
    "    - {method: GET, path: /api/raft/status}\n"                                                \
    "    - {method: POST, path: /api/reservations, body: {seat: \"$(request)\"}}\n"                \
    "    - {method: GET, path: /nowhere}\n"                                                        \
    "    - {method: HEAD, path: /api/providers/3/seats}\n"                                         \
    "    - {method: DELETE, path: /api/providers}\n"                                               \
    "    - {method: POST, path: /api/reservations, body: nonsense}\n"                              \
    "    - {method: OPTIONS, path: /api/providers}\n"

enum { GET, POST, NOWHERE, HEAD, DELETE, NONSENSE, OPTIONS };

static struct bench bench;

static void open_with(const char *fault)
{
    static char text[2048];
    (void)snprintf(text, sizeof text, TRAFFIC "faults:\n  - {at: 1s, %s}\n", fault);
    bench_open(&bench, text, 1);
    bench_apply(&bench, 0, 0);
    bench_run(&bench, NANOS_PER_MS);
}

static void test_statuses_are_those_of_the_stub(void **state)
{
    static const struct {
        size_t mix;
        uint16_t status;
    } wanted[] = {{GET, 200},    {POST, 201},     {NOWHERE, 404}, {HEAD, 200},
                  {DELETE, 405}, {NONSENSE, 400}, {OPTIONS, 204}};
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const struct occurrence *end = bench_answer(&bench, 0, wanted[i].mix);
        ASSERT_OUTCOME(end, OUTCOME_ANSWER);
        assert_int_equal(end->attempt.status, wanted[i].status);
    }
    bench_close(&bench);
}

static void test_log_tells_what_the_client_saw(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    uint64_t hashes[3];
    hashes[0] = bench_answer(&bench, 0, GET)->attempt.body_hash;
    hashes[1] = bench_answer(&bench, 0, GET)->attempt.body_hash;
    hashes[2] = bench_answer(&bench, 0, POST)->attempt.body_hash;
    bench_probe(&bench, 0);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_S);
    bench_finish(&bench);
    for (size_t i = 0; i < 3; i++) {
        const struct event *executed = bench_executed(&bench, i);
        assert_int_equal(executed->executed.answer_hash, hashes[i]);
        assert_int_equal(executed->executed.request, i);
        assert_true(executed->executed.executed);
        assert_true(executed->executed.end - executed->at >= 2 * NANOS_PER_MS);
    }
    assert_null(bench_executed(&bench, 3)); /* nobody's request */
    assert_true(hashes[0] != hashes[1]);
    bench_close(&bench);
}

static void test_respond_in_turn_with_retry_after(void **state)
{
    (void)state;
    open_with("respond: primary, statuses: [503, 500], retry_after: 2s");
    const struct occurrence *first = bench_answer(&bench, 0, GET);
    const struct occurrence *second = bench_answer(&bench, 0, GET);
    assert_int_equal(first->attempt.status, 503);
    assert_int_equal(second->attempt.status, 500);
    assert_int_equal(first->attempt.retry_after, 2 * NANOS_PER_S);
    bench_clear(&bench, 0, 0);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_MS);
    assert_int_equal(bench_answer(&bench, 0, GET)->attempt.status, 200);
    assert_int_equal(bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 0)->fault.hits, 2);
    bench_finish(&bench);
    assert_false(bench_executed(&bench, 0)->executed.executed);
    bench_close(&bench);
}

static void test_slow_answers_are_late_and_right(void **state)
{
    (void)state;
    open_with("slow: primary, by: 300ms");
    nanos begin = bench_now(&bench);
    const struct occurrence *end = bench_answer(&bench, 0, GET);
    ASSERT_OUTCOME(end, OUTCOME_ANSWER);
    assert_true(end->at - begin > 302 * NANOS_PER_MS && end->at - begin < 303 * NANOS_PER_MS);
    bench_close(&bench);
}

static void test_stalled_answer_has_headers_and_no_end(void **state)
{
    (void)state;
    open_with("stall: primary, after_bytes: 20B");
    bench.want_headers = true;
    uint32_t attempt = bench_ask(&bench, 0, GET);
    bench_run(&bench, 10 * NANOS_PER_S);
    const struct occurrence *headers = bench_seen(&bench, OCCURRENCE_HEADERS, 0);
    assert_non_null(headers);
    assert_int_equal(headers->attempt.ref.id, attempt);
    assert_int_equal(headers->attempt.status, 200);
    assert_null(bench_end_of(&bench, attempt));
    assert_true(bench_cancel(&bench, attempt));
    bench_run(&bench, 11 * NANOS_PER_S);
    bench_finish(&bench);
    assert_true(bench_executed(&bench, 0)->executed.cut);
    assert_true(bench_executed(&bench, 0)->executed.end != NANOS_NEVER);
    bench_close(&bench);
}

static void test_truncated_answer(void **state)
{
    (void)state;
    open_with("truncate: primary, after_bytes: 20B");
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_TRUNCATED);
    ASSERT_OUTCOME(bench_answer(&bench, 0, HEAD), OUTCOME_ANSWER); /* nothing to cut */
    bench_close(&bench);
}

static void test_trickle_takes_as_long_as_its_bytes(void **state)
{
    (void)state;
    open_with("trickle: primary, rate: 1000B/s");
    nanos begin = bench_now(&bench);
    const struct occurrence *end = bench_answer(&bench, 0, GET);
    ASSERT_OUTCOME(end, OUTCOME_ANSWER);
    assert_true(end->at - begin > 190 * NANOS_PER_MS && end->at - begin < 210 * NANOS_PER_MS);
    bench_close(&bench);
}

static void test_hang_answers_nothing_and_is_not_logged(void **state)
{
    (void)state;
    open_with("hang: primary");
    uint32_t attempt = bench_ask(&bench, 0, POST);
    bench_run(&bench, 5 * NANOS_PER_S);
    assert_null(bench_end_of(&bench, attempt));
    bench_cancel(&bench, attempt);
    bench_finish(&bench);
    assert_null(bench_executed(&bench, 0));
    bench_close(&bench);
}

static void test_gray_node_looks_healthy(void **state)
{
    (void)state;
    open_with("gray: primary, status: 502");
    uint32_t probe = bench_probe(&bench, 0);
    assert_int_equal(bench_answer(&bench, 0, GET)->attempt.status, 502);
    assert_int_equal(bench_end_of(&bench, probe)->attempt.status, 200);
    bench_close(&bench);
}

static void test_wrong_role_turns_writes_away(void **state)
{
    (void)state;
    open_with("wrong_role: primary");
    assert_int_equal(bench_answer(&bench, 0, GET)->attempt.status, 200);
    assert_int_equal(bench_answer(&bench, 0, POST)->attempt.status, 503);
    bench_close(&bench);
}

/* An order that a stopped node cannot obey waits, as in its socket. */
static void test_order_to_a_stopped_node_waits(void **state)
{
    (void)state;
    bench_open(&bench,
               TRAFFIC "faults: [{at: 1s, pause: primary}, {at: 2s, respond: primary, status: "
                       "500}]\n",
               1);
    bench_apply(&bench, 0, 0);
    bench_run(&bench, NANOS_PER_MS);
    uint32_t held = bench_ask(&bench, 0, GET);
    bench_apply(&bench, 1, 0);
    bench_run(&bench, NANOS_PER_S);
    assert_null(bench_seen(&bench, OCCURRENCE_FAULT_EFFECTIVE, 1));
    bench_clear(&bench, 0, 0);
    bench_run(&bench, 2 * NANOS_PER_S);
    assert_int_equal(bench_seen(&bench, OCCURRENCE_FAULT_EFFECTIVE, 1)->fault.fault, 1);
    assert_int_equal(bench_end_of(&bench, held)->attempt.status, 500);
    bench_close(&bench);
}

static void test_one_request_at_a_time(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    for (int i = 0; i < 100; i++) {
        bench_ask(&bench, 1, GET);
    }
    bench_run(&bench, NANOS_PER_S);
    bench_finish(&bench);
    nanos last = 0;
    for (size_t i = 0; i < 100; i++) {
        const struct event *executed = bench_executed(&bench, i);
        assert_true(i == 0 || executed->at >= last + 30 * NANOS_PER_US);
        last = executed->at;
    }
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses_are_those_of_the_stub),
        cmocka_unit_test(test_log_tells_what_the_client_saw),
        cmocka_unit_test(test_respond_in_turn_with_retry_after),
        cmocka_unit_test(test_slow_answers_are_late_and_right),
        cmocka_unit_test(test_stalled_answer_has_headers_and_no_end),
        cmocka_unit_test(test_truncated_answer),
        cmocka_unit_test(test_trickle_takes_as_long_as_its_bytes),
        cmocka_unit_test(test_hang_answers_nothing_and_is_not_logged),
        cmocka_unit_test(test_gray_node_looks_healthy),
        cmocka_unit_test(test_wrong_role_turns_writes_away),
        cmocka_unit_test(test_order_to_a_stopped_node_waits),
        cmocka_unit_test(test_one_request_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
