/* The operator's word: switch and reset. Numbers in brackets: invariants of the project's
   catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

static void run_probed(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* [31] */
static void test_switch_holds_until_the_node_fails(void **state)
{
    (void)state;
    run(3, "@0 switch B\n"
           "  active B\n"
           "  done 7\n"
           "@1 call 1\n"
           "  request 0 on B for 1\n"
           "  answer 1: 200 from B, attempt 0, 1 in all\n"
           "@60000 call 2 refused\n"
           "  request 1 on B for 2\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  active A\n"
           "  request 2 on A for 2\n"
           "  answer 2: 200 from A, attempt 2, 2 in all\n"
           /* The hold is over for good. */
           "@61000 call 3\n"
           "  B probing: trial\n"
           "  trial 3 on B for 3\n"
           "  B healthy: trial\n"
           "  answer 3: 200 from B, attempt 3, 1 in all\n"
           "@61001 call 4\n"
           "  request 4 on A for 4\n"
           "  answer 4: 200 from A, attempt 4, 1 in all\n");
}

/* [31] A comes back, and is left alone. */
static void test_switch_outlasts_failback(void **state)
{
    (void)state;
    run(3, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 switch C\n"
           "  active C\n"
           "  done 7\n"
           "@1000 call 2\n"
           "  A probing: trial\n"
           "  trial 2 on A for 2\n"
           "  A healthy: trial\n"
           "  answer 2: 200 from A, attempt 2, 1 in all\n"
           "@1001 call 3\n"
           "  request 3 on C for 3\n"
           "  answer 3: 200 from C, attempt 3, 1 in all\n"
           "@1002 switch A\n"
           "  active A\n"
           "  done 7\n");
}

/* [31] Also while its trial is under way. */
static void test_switch_to_an_ejected_node_is_refused(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 switch A\n"
           "  refused 7: node is ejected\n"
           "@1000 request 2\n"
           "  A probing: trial\n"
           "  trial 2 on A for 2\n"
           "@1001 switch A\n"
           "  refused 7: node is ejected\n"
           "@1002 switch B\n"
           "  done 7\n");
}

/* [31] And the ejection begins at its first length again. */
static void test_reset_clears_marks_and_the_next_failure_marks_again(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 reset\n"
           "  A healthy: reset\n"
           "  active A\n"
           "  done 7\n"
           "@2 call 2 refused\n"
           "  request 2 on A for 2\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 3 on B for 2\n"
           "  answer 2: 200 from B, attempt 3, 2 in all\n"
           "@1002 call 3\n"
           "  A probing: trial\n"
           "  trial 4 on A for 3\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 3: 200 from A, attempt 4, 1 in all\n");
}

static void test_reset_clears_counts(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.eject_after = 2;
    script_run(&settings, 2,
               "@0 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@1 reset\n"
               "  done 7\n"
               "@2 call 2 refused\n"
               "  request 2 on A for 2\n"
               "  request 3 on B for 2\n"
               "  answer 2: 200 from B, attempt 3, 2 in all\n");
}

/* [29] [31] Neither a trial, nor a request, nor a probe. */
static void test_what_was_under_way_at_a_reset_does_not_undo_it(void **state)
{
    (void)state;
    run_probed(2, "@0 call 1 truncated\n"
                  "  request 0 on A for 1\n"
                  "  A failed: truncated\n"
                  "  drop A\n"
                  "  active B\n"
                  "  request 1 on B for 1\n"
                  "  answer 1: 200 from B, attempt 1, 2 in all\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@+0 request 2 post\n"
                  "  request 3 on B for 2\n"
                  "@next\n"
                  "  probe 4 on A\n"
                  "@+0 ended 2 200\n"
                  "@+0 ended 4 200\n"
                  "@1100 request 3\n"
                  "  A probing: trial\n"
                  "  trial 5 on A for 3\n"
                  "@1101 reset\n"
                  "  A healthy: reset\n"
                  "  active A\n"
                  "  done 7\n"
                  "@1102 ended 5 refused\n"
                  "  request 6 on B for 3\n"
                  "@1103 ended 6 200\n"
                  "  answer 3: 200 from B, attempt 6, 2 in all\n"
                  "@1104 ended 3 reset\n"
                  "  answer 2: reset, attempt 3, 1 in all\n"
                  "@1105 call 4\n"
                  "  request 7 on A for 4\n"
                  "  answer 4: 200 from A, attempt 7, 1 in all\n");
}

static void test_reset_ends_panic(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@0 request 2 post\n"
           "  request 2 on B for 2\n"
           "@0 ended 2 reset\n"
           "  B failed: reset\n"
           "  drop B\n"
           "  panic on\n"
           "  answer 2: reset, attempt 2, 1 in all\n"
           "@1 reset\n"
           "  A healthy: reset\n"
           "  B healthy: reset\n"
           "  panic off\n"
           "  active A\n"
           "  done 7\n");
}

/* A rest that it asked for is no failure: the hold stays. */
static void test_held_node_that_pushed_back_is_returned_to(void **state)
{
    (void)state;
    run(2, "@0 switch B\n"
           "  active B\n"
           "  done 7\n"
           "@1 request 1\n"
           "  request 0 on B for 1\n"
           "@2 ended 0 429 retry 1\n"
           "  active A\n"
           "  answer 1: 429 from B, attempt 0, 1 in all\n"
           "@1002 time\n"
           "  active B\n");
}

/* More marks than one step can tell of: the rest comes with the next steps, in order, at the same
   time. */
static void test_reset_of_many_nodes_is_told_in_full(void **state)
{
    enum { NODES = 1000 };
    struct client_settings settings = script_settings(PROFILE_RESILIENT);
    struct outputs outputs;
    struct arena arena;
    uint16_t healthy = 0;
    uint32_t done = 0;

    (void)state;
    settings.retry_attempts = NODES;
    arena_init(&arena, 0);
    struct policy *policy = policy_new(&arena, &settings, NODES, 0, 1, 1);
    policy_step(policy, 0, &(struct input){.kind = INPUT_REQUEST, .request = {.idempotent = true}},
                &outputs);
    while (outputs.item[outputs.count - 1].kind == OUTPUT_ATTEMPT) {
        policy_step(policy, 0,
                    &(struct input){.kind = INPUT_ATTEMPT_ENDED,
                                    .ended = {.ref = outputs.item[outputs.count - 1].attempt.ref,
                                              .outcome = OUTCOME_REFUSED}},
                    &outputs);
    }
    assert_int_equal(outputs.item[outputs.count - 1].answer.attempts, NODES);

    policy_step(policy, 1, &(struct input){.kind = INPUT_RESET}, &outputs);
    while (outputs.count > 0) {
        for (uint32_t i = 0; i < outputs.count; i++) {
            if (outputs.item[i].kind == OUTPUT_BELIEF) {
                assert_int_equal(outputs.item[i].node, healthy++);
            }
            done += outputs.item[i].kind == OUTPUT_DONE;
        }
        assert_true(healthy == NODES || policy_deadline(policy) <= 1);
        policy_step(policy, 1, &(struct input){.kind = INPUT_DEADLINE}, &outputs);
    }
    assert_int_equal(healthy, NODES);
    assert_int_equal(done, 1);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switch_holds_until_the_node_fails),
        cmocka_unit_test(test_switch_outlasts_failback),
        cmocka_unit_test(test_switch_to_an_ejected_node_is_refused),
        cmocka_unit_test(test_reset_clears_marks_and_the_next_failure_marks_again),
        cmocka_unit_test(test_reset_clears_counts),
        cmocka_unit_test(test_what_was_under_way_at_a_reset_does_not_undo_it),
        cmocka_unit_test(test_reset_ends_panic),
        cmocka_unit_test(test_held_node_that_pushed_back_is_returned_to),
        cmocka_unit_test(test_reset_of_many_nodes_is_told_in_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
