/* A second attempt beside one that takes long. Numbers in brackets: invariants of the project's
   catalogue. */
#include "unit/client/script.h"
#include "unit/client/toy.h"
#include "unit/cmocka_all.h"

#define REQUESTS_MAX 4000

static struct client_settings with_hedge(void)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    settings.hedge = (struct hedge_settings){
        .enabled = true,
        .after = 100 * NANOS_PER_MS,
        .budget_ppm = 50000,
    };
    return settings;
}

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = with_hedge();

    script_run(&settings, node_count, script);
}

static void test_hedge_wins_and_the_slow_one_is_given_up(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@100 time\n"
           "  hedge 1 on B for 1\n"
           "@102 ended 1 200\n"
           "  cancel 0 on A: beaten\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n");
}

static void test_first_one_wins_and_the_hedge_is_given_up(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@100 time\n"
           "  hedge 1 on B for 1\n"
           "@102 ended 0 404\n"
           "  cancel 1 on B: beaten\n"
           "  answer 1: 404 from A, attempt 0, 2 in all\n"
           "@103 request 2\n"
           "  request 2 on A for 2\n"
           "@200 ended 2 200\n"
           "  answer 2: 200 from A, attempt 2, 1 in all\n"
           "@400 wait\n");
}

/* The other one goes on; only when both have failed the request is tried again. */
static void test_failure_of_one_leaves_the_other(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@100 time\n"
           "  hedge 1 on B for 1\n"
           "@102 ended 0 reset\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "@103 ended 1 503\n"
           "  request 2 on C for 1\n"
           "@104 ended 2 200\n"
           "  B failed: status\n"
           "  drop B\n"
           "  active C\n"
           "  answer 1: 200 from C, attempt 2, 3 in all\n");
}

static void test_failed_hedge_leaves_the_first(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@100 time\n"
           "  hedge 1 on B for 1\n"
           "@101 ended 1 refused\n"
           "  B failed: refused\n"
           "  drop B\n"
           "@300 ended 0 200\n"
           "  answer 1: 200 from A, attempt 0, 2 in all\n");
}

/* Three races lost in a row are a timeout; what else waits there goes to its hedge, or is moved. */
static void test_three_lost_races_are_one_timeout(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 request 2\n"
           "  request 1 on A for 2\n"
           "@2 request 3\n"
           "  request 2 on A for 3\n"
           "@3 request 4\n"
           "  request 3 on A for 4\n"
           "@90 request 5\n"
           "  request 4 on A for 5\n"
           "@100 time\n"
           "  hedge 5 on B for 1\n"
           "@101 time\n"
           "  hedge 6 on B for 2\n"
           "@102 time\n"
           "  hedge 7 on B for 3\n"
           "@103 time\n"
           "  hedge 8 on B for 4\n"
           "@104 ended 5 200\n"
           "  cancel 0 on A: beaten\n"
           "  answer 1: 200 from B, attempt 5, 2 in all\n"
           "@105 ended 6 200\n"
           "  cancel 1 on A: beaten\n"
           "  answer 2: 200 from B, attempt 6, 2 in all\n"
           "@106 ended 7 200\n"
           "  cancel 2 on A: beaten\n"
           "  A failed: timeout\n"
           "  drop A\n"
           "  active B\n"
           "  answer 3: 200 from B, attempt 7, 2 in all\n"
           "  cancel 4 on A: moved\n"
           "  request 9 on B for 5\n"
           "  cancel 3 on A: moved\n"
           "@107 ended 8 200\n"
           "  answer 4: 200 from B, attempt 8, 2 in all\n"
           "@108 ended 9 200\n"
           "  answer 5: 200 from B, attempt 9, 2 in all\n");
}

/* [10] POST is never doubled; and a request has one hedge. */
static void test_post_is_not_hedged(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@300 ended 0 200\n"
           "  answer 1: 200 from A, attempt 0, 1 in all\n"
           "@400 request 2\n"
           "  request 1 on A for 2\n"
           "@500 time\n"
           "  hedge 2 on B for 2\n"
           "@1900 time\n"
           "  cancel 1 on A: timeout\n"
           "@2000 time\n"
           "  cancel 2 on B: timeout\n"
           "  answer 2: timeout, attempt 2, 2 in all\n");
}

/* Nobody is left to go to, or nobody that is in rotation. */
static void test_no_hedge_to_an_ejected_node(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 request 2\n"
           "  request 2 on B for 2\n"
           "@900 ended 2 200\n"
           "  answer 2: 200 from B, attempt 2, 1 in all\n");
}

static uint32_t extra_attempts(const struct toy *toy, uint32_t from)
{
    uint32_t extra = 0;

    for (uint32_t i = from; i < toy->request_count; i++) {
        assert_int_equal(toy->requests[i].status, 200);
        extra += toy->requests[i].attempts - 1;
    }
    return extra;
}

/* [5] Every answer takes longer than the hedge waits: extra load stays inside the budget. */
static void test_hedges_keep_to_their_budget(void **state)
{
    struct client_settings settings = with_hedge();
    struct arena arena;
    struct toy toy;

    (void)state;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
    for (uint16_t node = 0; node < 3; node++) {
        toy.nodes[node].latency = 150 * NANOS_PER_MS;
    }
    for (int i = 0; i < 3000; i++) {
        toy_request(&toy, true);
        toy_advance(&toy, toy.now + 5 * NANOS_PER_MS);
    }
    toy_advance(&toy, toy.now + NANOS_PER_S);
    assert_in_range(extra_attempts(&toy, 0), 120, 150 + 10);
    arena_done(&arena);
}

/* [1] [2] A node that hangs costs no caller more than the wait and an answer, twice at most. */
static void test_hang_is_hidden(void **state)
{
    struct client_settings settings = with_hedge();
    struct arena arena;
    struct toy toy;

    (void)state;
    settings.health_check.enabled = true;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
    for (int i = 0; i < 3000; i++) {
        if (i == 1000) {
            toy_set(&toy, 0, TOY_HUNG);
        }
        toy_request(&toy, true);
        toy_advance(&toy, toy.now + 5 * NANOS_PER_MS);
    }
    toy_advance(&toy, toy.now + NANOS_PER_S);
    for (uint32_t i = 0; i < toy.request_count; i++) {
        assert_true(toy.requests[i].ended - toy.requests[i].due < 250 * NANOS_PER_MS);
    }
    assert_true(extra_attempts(&toy, 0) <= 3000 / 20);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hedge_wins_and_the_slow_one_is_given_up),
        cmocka_unit_test(test_first_one_wins_and_the_hedge_is_given_up),
        cmocka_unit_test(test_failure_of_one_leaves_the_other),
        cmocka_unit_test(test_failed_hedge_leaves_the_first),
        cmocka_unit_test(test_three_lost_races_are_one_timeout),
        cmocka_unit_test(test_post_is_not_hedged),
        cmocka_unit_test(test_no_hedge_to_an_ejected_node),
        cmocka_unit_test(test_hedges_keep_to_their_budget),
        cmocka_unit_test(test_hang_is_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
