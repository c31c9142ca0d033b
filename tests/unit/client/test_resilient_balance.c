/* Clients that spread load: whose turn it is, and how a node that returned gets its share back.
   Numbers in brackets: invariants of the project's catalogue. */
#include "unit/client/script.h"
#include "unit/client/toy.h"
#include "unit/cmocka_all.h"

#define REQUESTS_MAX 8000

static struct client_settings spreading(enum client_order order)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    settings.order = order;
    return settings;
}

/* A hundred requests a second, one after the other, for so long. */
static void ask(struct toy *toy, nanos length)
{
    nanos until = toy->now + length;

    while (toy->now < until) {
        toy_request(toy, true);
        toy_advance(toy, toy->now + 10 * NANOS_PER_MS);
    }
}

/* Answers that a node gave to the requests from that one on. */
static uint32_t served(const struct toy *toy, uint16_t node, uint32_t from)
{
    uint32_t count = 0;

    for (uint32_t i = from; i < toy->request_count; i++) {
        count += toy->requests[i].status == 200 && toy->requests[i].node == node;
    }
    return count;
}

static void test_round_robin_goes_in_a_circle(void **state)
{
    struct client_settings settings = spreading(ORDER_ROUND_ROBIN);

    (void)state;
    script_run(&settings, 3,
               "@0 call 1\n"
               "  request 0 on A for 1\n"
               "  answer 1: 200 from A, attempt 0, 1 in all\n"
               "@1 call 2\n"
               "  request 1 on B for 2\n"
               "  answer 2: 200 from B, attempt 1, 1 in all\n"
               "@2 call 3\n"
               "  request 2 on C for 3\n"
               "  answer 3: 200 from C, attempt 2, 1 in all\n"
               "@3 call 4\n"
               "  request 3 on A for 4\n"
               "  answer 4: 200 from A, attempt 3, 1 in all\n");
}

/* [1] [30] A retry goes to a node that is new to the request; what is out is skipped, and nobody is
   told to be the active one. */
static void test_round_robin_skips_an_ejected_node(void **state)
{
    struct client_settings settings = spreading(ORDER_ROUND_ROBIN);

    (void)state;
    script_run(&settings, 3,
               "@0 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@1 call 2\n"
               "  request 2 on C for 2\n"
               "  answer 2: 200 from C, attempt 2, 1 in all\n"
               "@2 call 3\n"
               "  request 3 on B for 3\n"
               "  answer 3: 200 from B, attempt 3, 1 in all\n"
               "@3 call 4\n"
               "  request 4 on C for 4\n"
               "  answer 4: 200 from C, attempt 4, 1 in all\n");
}

/* [31] */
static void test_held_node_takes_all_until_it_fails(void **state)
{
    struct client_settings settings = spreading(ORDER_ROUND_ROBIN);

    (void)state;
    script_run(&settings, 3,
               "@0 switch C\n"
               "  done 7\n"
               "@1 call 1\n"
               "  request 0 on C for 1\n"
               "  answer 1: 200 from C, attempt 0, 1 in all\n"
               "@2 call 2\n"
               "  request 1 on C for 2\n"
               "  answer 2: 200 from C, attempt 1, 1 in all\n"
               "@3 call 3 refused\n"
               "  request 2 on C for 3\n"
               "  C failed: refused\n"
               "  drop C\n"
               "  request 3 on A for 3\n"
               "  answer 3: 200 from A, attempt 3, 2 in all\n"
               "@1003 call 4\n"
               "  C probing: trial\n"
               "  trial 4 on C for 4\n"
               "  C healthy: trial\n"
               "  answer 4: 200 from C, attempt 4, 1 in all\n"
               "@1004 call 5\n"
               "  request 5 on B for 5\n"
               "  answer 5: 200 from B, attempt 5, 1 in all\n");
}

static void test_every_order_spreads_evenly_over_equals(void **state)
{
    (void)state;
    for (enum client_order order = ORDER_ROUND_ROBIN; order <= ORDER_RANDOM; order++) {
        struct client_settings settings = spreading(order);
        struct arena arena;
        struct toy toy;

        arena_init(&arena, 0);
        toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
        ask(&toy, 30 * NANOS_PER_S);
        for (uint16_t node = 0; node < 3; node++) {
            assert_in_range(served(&toy, node, 0), 900, 1100);
        }
        arena_done(&arena);
    }
}

static void test_round_robin_is_fair_to_the_last_request(void **state)
{
    struct client_settings settings = spreading(ORDER_ROUND_ROBIN);
    struct arena arena;
    struct toy toy;

    (void)state;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 4, REQUESTS_MAX, 1);
    ask(&toy, 10 * NANOS_PER_S);
    for (uint16_t node = 0; node < 4; node++) {
        assert_int_equal(served(&toy, node, 0), 250);
    }
    arena_done(&arena);
}

/* A slow node is hardly asked, but not forgotten: when it is fast again it has its share back. */
static void test_least_latency_avoids_the_slow_and_forgives(void **state)
{
    struct client_settings settings = spreading(ORDER_LEAST_LATENCY);
    struct arena arena;
    struct toy toy;

    (void)state;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
    toy.nodes[1].latency = 200 * NANOS_PER_MS;
    ask(&toy, 10 * NANOS_PER_S);
    assert_in_range(served(&toy, 1, 0), 1, 50);
    toy.nodes[1].latency = 2 * NANOS_PER_MS;
    ask(&toy, 40 * NANOS_PER_S);
    uint32_t from = toy.request_count;
    ask(&toy, 10 * NANOS_PER_S);
    assert_in_range(served(&toy, 1, from), 200, 450);
    arena_done(&arena);
}

/* [23] From a tenth to the whole in a line: half of the time gives 55 % of its share in the mean of
   the whole ramp. */
static void test_returning_node_starts_slowly(void **state)
{
    (void)state;
    for (enum client_order order = ORDER_ROUND_ROBIN; order <= ORDER_RANDOM; order++) {
        struct client_settings settings = spreading(order);
        struct arena arena;
        struct toy toy;

        settings.slow_start = 10 * NANOS_PER_S;
        arena_init(&arena, 0);
        toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
        ask(&toy, NANOS_PER_S);
        toy_set(&toy, 1, TOY_REFUSING);
        ask(&toy, NANOS_PER_S);
        toy_set(&toy, 1, TOY_WELL);
        while (toy.nodes[1].belief != BELIEF_HEALTHY) {
            ask(&toy, 10 * NANOS_PER_MS);
        }
        uint32_t from = toy.request_count;
        ask(&toy, NANOS_PER_S);
        assert_in_range(served(&toy, 1, from), 2, 14);
        ask(&toy, 9 * NANOS_PER_S);
        from = toy.request_count;
        ask(&toy, 3 * NANOS_PER_S);
        assert_in_range(served(&toy, 1, from), 80, 120);
        arena_done(&arena);
    }
}

/* [23] [26] */
static void test_preferred_node_starts_slowly_too(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);
    struct arena arena;
    struct toy toy;

    (void)state;
    settings.slow_start = 10 * NANOS_PER_S;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
    ask(&toy, NANOS_PER_S);
    assert_int_equal(served(&toy, 0, 0), 100);
    toy_set(&toy, 0, TOY_REFUSING);
    ask(&toy, NANOS_PER_S);
    toy_set(&toy, 0, TOY_WELL);
    while (toy.active != 0) {
        ask(&toy, 10 * NANOS_PER_MS);
    }
    uint32_t from = toy.request_count;
    ask(&toy, 10 * NANOS_PER_S);
    assert_in_range(served(&toy, 0, from), 530, 570);
    assert_int_equal(served(&toy, 0, from) + served(&toy, 1, from), toy.request_count - from);
    from = toy.request_count;
    ask(&toy, NANOS_PER_S);
    assert_int_equal(served(&toy, 0, from), toy.request_count - from);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_robin_goes_in_a_circle),
        cmocka_unit_test(test_round_robin_skips_an_ejected_node),
        cmocka_unit_test(test_held_node_takes_all_until_it_fails),
        cmocka_unit_test(test_every_order_spreads_evenly_over_equals),
        cmocka_unit_test(test_round_robin_is_fair_to_the_last_request),
        cmocka_unit_test(test_least_latency_avoids_the_slow_and_forgives),
        cmocka_unit_test(test_returning_node_starts_slowly),
        cmocka_unit_test(test_preferred_node_starts_slowly_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
