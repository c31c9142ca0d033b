/* Connections of the simulated world: kept, refused, lost, dropped, queued in the kernel; and what
 * a node does with requests that it could not see in time. */
#include "unit/sim/bench.h"

#define TRAFFIC                                                                                    \
    "duration: 200s\n"                                                                             \
    "traffic:\n"                                                                                   \
    "  rate: 10/s\n"                                                                               \
    "  requests:\n"                                                                                \
    "    - {method: GET, path: /api/raft/status}\n"                                                \
    "    - {method: POST, path: /api/reservations, body: {seat: \"$(request)\"}}\n"                \
    "faults:\n"                                                                                    \
    "  - {at: 1s, kill: primary}\n"                                                                \
    "  - {at: 2s, pause: primary}\n"                                                               \
    "  - {at: 3s, refuse: primary}\n"

enum { GET, POST };
enum { KILL, PAUSE, REFUSE };

static struct bench bench;

/* What starts at once may arrive in any order. */
static uint32_t ask_apart(uint16_t node, size_t mix)
{
    uint32_t attempt = bench_ask(&bench, node, mix);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_MS);
    return attempt;
}

/* From its start until the answer: two hops less on a connection that stands. */
static nanos duration_of(uint16_t node, size_t mix)
{
    nanos begin = bench_now(&bench);
    const struct occurrence *end = bench_answer(&bench, node, mix);
    ASSERT_OUTCOME(end, OUTCOME_ANSWER);
    return end->at - begin;
}

static void test_connections_are_kept_but_not_for_what_must_not_run_twice(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    nanos first = duration_of(0, GET);
    nanos second = duration_of(0, GET);
    nanos third = duration_of(0, POST);
    nanos fourth = duration_of(0, POST);
    assert_true(second < first);
    assert_true(second < third && second < fourth);
    bench_close(&bench);
}

static void test_dropped_connections_are_not_used_again(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    duration_of(0, GET);
    nanos kept = duration_of(0, GET);
    bench.world->ops->drop_connections(bench.world, 0, 0);
    assert_true(duration_of(0, GET) > kept);
    uint32_t busy = bench_ask(&bench, 0, GET);
    bench.world->ops->drop_connections(bench.world, 0, 0);
    bench_run(&bench, bench_now(&bench) + NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, busy), OUTCOME_ANSWER);
    assert_true(duration_of(0, GET) > kept);
    bench_close(&bench);
}

static void test_kill_resets_what_is_under_way(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    duration_of(0, GET);
    uint32_t reused = bench_ask(&bench, 0, GET);
    uint32_t fresh = bench_ask(&bench, 0, POST);
    bench_run(&bench, bench_now(&bench) + 500 * NANOS_PER_US);
    bench_apply(&bench, KILL, 0);
    bench_run(&bench, bench_now(&bench) + 10 * NANOS_PER_MS);
    ASSERT_OUTCOME(bench_end_of(&bench, reused), OUTCOME_RESET);
    ASSERT_OUTCOME(bench_end_of(&bench, fresh), OUTCOME_RESET);
    assert_true(bench_end_of(&bench, reused)->attempt.sent);
    assert_true(bench_end_of(&bench, reused)->attempt.reused);
    assert_false(bench_end_of(&bench, reused)->attempt.begun);
    assert_false(bench_end_of(&bench, fresh)->attempt.reused);
    const struct occurrence *refused = bench_answer(&bench, 0, GET);
    ASSERT_OUTCOME(refused, OUTCOME_REFUSED);
    assert_false(refused->attempt.sent);
    bench_finish(&bench);
    assert_non_null(bench_executed(&bench, 2)); /* the work was done, the answer lost */
    assert_int_equal(bench_executed(&bench, 2)->executed.end, NANOS_NEVER);
    bench_close(&bench);
}

static void test_late_execution_in_order_of_arrival(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_MS);
    uint32_t given_up = ask_apart(0, POST);
    uint32_t waited_for = bench_ask(&bench, 0, GET);
    bench_run(&bench, 2 * NANOS_PER_S);
    assert_true(bench_cancel(&bench, given_up));
    bench_run(&bench, 3 * NANOS_PER_S);
    bench_clear(&bench, PAUSE, 0);
    bench_run(&bench, 4 * NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, waited_for), OUTCOME_ANSWER);
    assert_null(bench_end_of(&bench, given_up));
    bench_finish(&bench);
    const struct event *first = bench_executed(&bench, 0);
    const struct event *second = bench_executed(&bench, 1);
    assert_int_equal(first->executed.request, given_up);
    assert_int_equal(second->executed.request, waited_for);
    assert_true(first->at >= 3 * NANOS_PER_S && second->at > first->at);
    assert_null(bench_executed(&bench, 2));
    bench_close(&bench);
}

/* Nothing but the seed tells these runs apart. */
static void test_what_starts_at_once_arrives_in_any_order(void **state)
{
    size_t swapped = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        bench_open(&bench, TRAFFIC, seed);
        uint32_t first = bench_ask(&bench, 0, GET);
        bench_ask(&bench, 0, GET);
        bench_run(&bench, NANOS_PER_S);
        bench_finish(&bench);
        swapped += bench_executed(&bench, 0)->executed.request != first;
        bench_close(&bench);
    }
    assert_in_range(swapped, 8, 32);
}

static void test_killed_node_loses_what_it_held(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_MS);
    uint32_t held = bench_ask(&bench, 0, POST);
    bench_run(&bench, NANOS_PER_S);
    bench_apply(&bench, KILL, 0);
    bench_run(&bench, 2 * NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, held), OUTCOME_RESET);
    bench_finish(&bench);
    assert_null(bench_executed(&bench, 0));
    bench_close(&bench);
}

/* At the end of a run, too: what was held comes out. */
static void test_finish_lets_paused_nodes_go_on(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_MS);
    bench_cancel(&bench, bench_ask(&bench, 0, GET)); /* before its SYN was there */
    uint32_t held = bench_ask(&bench, 0, POST);
    bench_run(&bench, NANOS_PER_S);
    bench_cancel(&bench, held);
    bench_finish(&bench);
    assert_non_null(bench_seen(&bench, OCCURRENCE_FAULT_CLEARED, 0));
    assert_int_equal(bench_executed(&bench, 0)->executed.request, held);
    assert_null(bench_executed(&bench, 1));
    bench_close(&bench);
}

static void test_full_backlog_swallows_connects(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC "nodes: [{name: primary, port: 8080, stub: {backlog: 2}}]\n", 1);
    bench.connect_limit = 500 * NANOS_PER_MS;
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_MS);
    uint32_t fits[3];
    for (size_t i = 0; i < 3; i++) {
        fits[i] = ask_apart(0, GET);
    }
    uint32_t swallowed = bench_ask(&bench, 0, GET);
    bench_run(&bench, NANOS_PER_S);
    ASSERT_OUTCOME(bench_end_of(&bench, swallowed), OUTCOME_CONNECT_TIMEOUT);
    assert_false(bench_end_of(&bench, swallowed)->attempt.sent);
    assert_int_equal(bench_end_of(&bench, swallowed)->at, 504 * NANOS_PER_MS);
    for (size_t i = 0; i < 3; i++) {
        assert_null(bench_end_of(&bench, fits[i]));
    }
    bench_close(&bench);
}

static void test_swallowed_connect_is_tried_again(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC "nodes: [{name: primary, port: 8080, stub: {backlog: 1}}]\n", 1);
    bench_apply(&bench, PAUSE, 0);
    bench_run(&bench, NANOS_PER_MS);
    ask_apart(0, GET);
    ask_apart(0, GET);
    uint32_t swallowed = bench_ask(&bench, 0, GET);
    bench_run(&bench, 1500 * NANOS_PER_MS);
    bench_clear(&bench, PAUSE, 0);
    bench_run(&bench, 2900 * NANOS_PER_MS);
    assert_null(bench_end_of(&bench, swallowed));
    bench_run(&bench, 3100 * NANOS_PER_MS); /* SYNs at 0, 1 and 3 s */
    ASSERT_OUTCOME(bench_end_of(&bench, swallowed), OUTCOME_ANSWER);
    bench_close(&bench);
}

static void test_idle_connections_are_closed_by_the_node(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC "nodes: [{name: primary, port: 8080, stub: {idle_close: 1500ms}}]\n",
               1);
    duration_of(0, GET);
    nanos kept = duration_of(0, GET);
    bench_run(&bench, bench_now(&bench) + 500 * NANOS_PER_MS);
    assert_true(duration_of(0, GET) < kept + 60 * NANOS_PER_US);
    bench_run(&bench, bench_now(&bench) + 3 * NANOS_PER_S); /* whole seconds, rounded up */
    assert_true(duration_of(0, GET) > kept + 60 * NANOS_PER_US);
    bench_close(&bench);
}

static void test_refuse_closes_idle_connections_and_the_listener(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    duration_of(0, GET);
    uint32_t under_way = bench_ask(&bench, 0, GET);
    bench_run(&bench, bench_now(&bench) + 500 * NANOS_PER_US);
    bench_apply(&bench, REFUSE, 0);
    bench_run(&bench, bench_now(&bench) + 100 * NANOS_PER_MS);
    ASSERT_OUTCOME(bench_end_of(&bench, under_way), OUTCOME_ANSWER);
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_REFUSED);
    bench_clear(&bench, REFUSE, 0);
    bench_run(&bench, bench_now(&bench) + 10 * NANOS_PER_MS);
    ASSERT_OUTCOME(bench_answer(&bench, 0, GET), OUTCOME_ANSWER);
    bench_close(&bench);
}

static void test_cancelled_attempt_is_not_heard_of_again(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    uint32_t attempt = bench_ask(&bench, 0, GET);
    assert_false(bench_cancel(&bench, attempt));
    attempt = bench_ask(&bench, 0, GET);
    bench.world->ops->wait(bench.world, NANOS_PER_S); /* its end is queued now */
    assert_true(bench_now(&bench) < NANOS_PER_S);
    assert_true(bench_cancel(&bench, attempt));
    bench_run(&bench, NANOS_PER_S);
    assert_null(bench_end_of(&bench, attempt));
    bench_close(&bench);
}

static void test_memory_stays_as_it_is(void **state)
{
    (void)state;
    bench_open(&bench, TRAFFIC, 1);
    for (int i = 0; i < 200; i++) {
        bench_probe(&bench, 0);
        bench_probe(&bench, 1);
        bench_run(&bench, bench_now(&bench) + 10 * NANOS_PER_MS);
    }
    size_t used = bench.arena.used;
    for (int i = 0; i < 500; i++) {
        bench_probe(&bench, 0);
        bench_probe(&bench, 1);
        bench_run(&bench, bench_now(&bench) + 10 * NANOS_PER_MS);
    }
    assert_int_equal(bench.arena.used, used);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_are_kept_but_not_for_what_must_not_run_twice),
        cmocka_unit_test(test_dropped_connections_are_not_used_again),
        cmocka_unit_test(test_kill_resets_what_is_under_way),
        cmocka_unit_test(test_late_execution_in_order_of_arrival),
        cmocka_unit_test(test_what_starts_at_once_arrives_in_any_order),
        cmocka_unit_test(test_killed_node_loses_what_it_held),
        cmocka_unit_test(test_finish_lets_paused_nodes_go_on),
        cmocka_unit_test(test_full_backlog_swallows_connects),
        cmocka_unit_test(test_swallowed_connect_is_tried_again),
        cmocka_unit_test(test_idle_connections_are_closed_by_the_node),
        cmocka_unit_test(test_refuse_closes_idle_connections_and_the_listener),
        cmocka_unit_test(test_cancelled_attempt_is_not_heard_of_again),
        cmocka_unit_test(test_memory_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
