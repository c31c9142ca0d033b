/* What becomes of the requests that are on a node when it is ejected, and of news that comes too
   late. Numbers in brackets: invariants of the project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* [6] Those that wait on the node are moved as soon as one of them has found out; a sent POST
   cannot be. */
static void test_ejection_moves_what_waits_there(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@500 request 2\n"
           "  request 1 on A for 2\n"
           "@900 request 3 post\n"
           "  request 2 on A for 3\n"
           "@1000 request 4\n"
           "  request 3 on A for 4\n"
           "@1500 time\n"
           "  cancel 0 on A: timeout\n"
           "  request 4 on B for 1\n"
           "@1502 ended 4 200\n"
           "  A failed: timeout\n"
           "  drop A\n"
           "  active B\n"
           "  answer 1: 200 from B, attempt 4, 2 in all\n"
           "  cancel 1 on A: moved\n"
           "  request 5 on B for 2\n"
           "  cancel 3 on A: moved\n"
           "  request 6 on B for 4\n"
           "@1504 ended 5 200\n"
           "  answer 2: 200 from B, attempt 5, 2 in all\n"
           "@1505 ended 6 200\n"
           "  answer 4: 200 from B, attempt 6, 2 in all\n"
           "@2400 time\n"
           "  cancel 2 on A: timeout\n"
           "  answer 3: timeout, attempt 2, 1 in all\n");
}

/* Being moved costs the request none of its attempts. */
static void test_moved_attempt_is_not_spent(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.retry_attempts = 2;
    script_run(&settings, 4,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 request 2\n"
               "  request 1 on A for 2\n"
               "@2 ended 1 reset\n"
               "  A failed: reset\n"
               "  drop A\n"
               "  active B\n"
               "  request 2 on B for 2\n"
               "  cancel 0 on A: moved\n"
               "  request 3 on B for 1\n"
               "@3 ended 3 500\n"
               "  request 4 on C for 1\n"
               "@4 ended 4 500\n"
               "  answer 1: 500 from C, attempt 4, 3 in all\n");
}

/* With nowhere to go, the answer may still come. */
static void test_nothing_is_moved_in_panic(void **state)
{
    (void)state;
    run(1, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 request 2\n"
           "  request 1 on A for 2\n"
           "@2 ended 1 reset\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  panic on\n"
           "  answer 2: reset, attempt 1, 1 in all\n"
           "@3 ended 0 200\n"
           "  answer 1: 200 from A, attempt 0, 1 in all\n");
}

/* An answer is an answer, also from a node that was ejected meanwhile, but no reason to trust it
   again. */
static void test_late_success_of_an_ejected_node_is_delivered(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@1 request 2\n"
           "  request 1 on A for 2\n"
           "@2 ended 1 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 2 on B for 2\n"
           "@3 ended 0 200\n"
           "  answer 1: 200 from A, attempt 0, 1 in all\n"
           "@4 request 3\n"
           "  request 3 on B for 3\n");
}

/* [29] The POST was sent before A was ejected and came back; its timeout is old news then. */
static void test_stale_failure_is_ignored(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@100 request 2\n"
           "  request 1 on A for 2\n"
           "@101 ended 1 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 2 on B for 2\n"
           "@102 ended 2 200\n"
           "  answer 2: 200 from B, attempt 2, 2 in all\n"
           "@1101 request 3\n"
           "  A probing: trial\n"
           "  trial 3 on A for 3\n"
           "@1102 ended 3 200\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 3: 200 from A, attempt 3, 1 in all\n"
           "@1500 time\n"
           "  cancel 0 on A: timeout\n"
           "  answer 1: timeout, attempt 0, 1 in all\n"
           "@1501 request 4\n"
           "  request 4 on A for 4\n");
}

static uint32_t count_of(const struct outputs *outputs, enum output_kind kind)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < outputs->count; i++) {
        count += outputs->item[i].kind == kind;
    }
    return count;
}

/* [30] All in one turn of the engine, before any deadline is looked at. */
static void test_200_failures_at_once_are_one_switch(void **state)
{
    enum { REQUESTS = 200 };
    struct client_settings settings = script_settings(PROFILE_RESILIENT);
    struct outputs outputs[REQUESTS];
    struct outputs after;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    struct policy *policy = policy_new(&arena, &settings, 3, 0, REQUESTS, 1);
    for (uint32_t i = 0; i < REQUESTS; i++) {
        policy_step(policy, 0,
                    &(struct input){.kind = INPUT_REQUEST,
                                    .request = {.request = i, .idempotent = i % 4 != 0}},
                    &outputs[i]);
        assert_int_equal(outputs[i].item[0].node, 0);
    }
    for (uint32_t i = 0; i < REQUESTS; i++) {
        policy_step(policy, 1,
                    &(struct input){.kind = INPUT_ATTEMPT_ENDED,
                                    .ended = {.ref = outputs[i].item[0].attempt.ref,
                                              .outcome = OUTCOME_REFUSED}},
                    &after);
        assert_int_equal(count_of(&after, OUTPUT_BELIEF), i == 0);
        assert_int_equal(count_of(&after, OUTPUT_DROP), i == 0);
        assert_int_equal(count_of(&after, OUTPUT_ACTIVE), i == 0);
        assert_int_equal(after.item[after.count - 1].kind, OUTPUT_ATTEMPT);
        assert_int_equal(after.item[after.count - 1].node, 1);
    }
    assert_int_equal(policy_active(policy), 1);
    arena_done(&arena);
}

/* The operator's reset comes before it was moved: its node counts as healthy again. */
static void test_nothing_is_moved_off_a_node_that_a_reset_brought_back(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);
    struct outputs outputs;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    struct policy *policy = policy_new(&arena, &settings, 2, 0, 2, 1);
    for (uint32_t i = 0; i < 2; i++) {
        policy_step(
            policy, 0,
            &(struct input){.kind = INPUT_REQUEST, .request = {.request = i, .idempotent = true}},
            &outputs);
    }
    policy_step(
        policy, 1,
        &(struct input){.kind = INPUT_ATTEMPT_ENDED,
                        .ended = {.ref = outputs.item[0].attempt.ref, .outcome = OUTCOME_REFUSED}},
        &outputs);
    assert_int_equal(policy_deadline(policy), 1);
    policy_step(policy, 1, &(struct input){.kind = INPUT_RESET}, &outputs);
    policy_step(policy, 1, &(struct input){.kind = INPUT_DEADLINE}, &outputs);
    assert_int_equal(outputs.count, 0);
    assert_true(policy_deadline(policy) > 1);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ejection_moves_what_waits_there),
        cmocka_unit_test(test_moved_attempt_is_not_spent),
        cmocka_unit_test(test_nothing_is_moved_in_panic),
        cmocka_unit_test(test_late_success_of_an_ejected_node_is_delivered),
        cmocka_unit_test(test_stale_failure_is_ignored),
        cmocka_unit_test(test_200_failures_at_once_are_one_switch),
        cmocka_unit_test(test_nothing_is_moved_off_a_node_that_a_reset_brought_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
