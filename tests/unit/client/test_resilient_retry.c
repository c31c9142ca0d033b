/* Which failure is tried again, where, and what the caller gets. Numbers in brackets: invariants of
   a perfect failover client, by the number that the project's catalogue gives them. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static struct client_settings resilient(void)
{
    return script_settings(PROFILE_RESILIENT);
}

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = resilient();

    script_run(&settings, node_count, script);
}

/* [5] */
static void test_success_takes_one_attempt(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@2 ended 0 200\n"
           "  answer 1: 200 from A, attempt 0, 1 in all\n"
           "@60000 wait\n");
}

/* [1] [2] */
static void test_refused_goes_to_the_next_node(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@0.1 ended 0 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@2 ended 1 200\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@3 request 2\n"
           "  request 2 on B for 2\n");
}

static void test_reset_and_truncated_are_tried_again(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@2 ended 1 truncated\n"
           "  B failed: truncated\n"
           "  drop B\n"
           "  active C\n"
           "  request 2 on C for 1\n"
           "@3 ended 2 200\n"
           "  answer 1: 200 from C, attempt 2, 3 in all\n");
}

/* [3] 1.5 s each, and no attempt outlives the caller's 4.5 s. */
static void test_hung_nodes_share_the_deadline(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1500 time\n"
           "  cancel 0 on A: timeout\n"
           "  request 1 on B for 1\n"
           "@3000 time\n"
           "  cancel 1 on B: timeout\n"
           "  request 2 on C for 1\n"
           "@4500 time\n"
           "  cancel 2 on C: timeout\n"
           "  answer 1: timeout, attempt 2, 3 in all\n"
           "@9000 wait\n");
}

/* [3] The deadline counts from the due time, and each attempt gets its share of what is left. */
static void test_late_start_shortens_the_attempts(void **state)
{
    (void)state;
    run(3, "@2100 request 1 due 0\n"
           "  request 0 on A for 1\n"
           "@2900 time\n"
           "  cancel 0 on A: timeout\n"
           "  request 1 on B for 1\n"
           "@3700 time\n"
           "  cancel 1 on B: timeout\n"
           "  request 2 on C for 1\n"
           "@4500 time\n"
           "  cancel 2 on C: timeout\n"
           "  answer 1: timeout, attempt 2, 3 in all\n");
}

static void test_an_attempt_gets_250_ms_unless_the_deadline_comes_first(void **state)
{
    (void)state;
    run(3, "@4100 request 1 due 0\n"
           "  request 0 on A for 1\n"
           "@4350 time\n"
           "  cancel 0 on A: timeout\n"
           "  request 1 on B for 1\n"
           "@4500 time\n"
           "  cancel 1 on B: timeout\n"
           "  answer 1: timeout, attempt 1, 2 in all\n");
}

static void test_request_that_comes_after_its_deadline_is_not_sent(void **state)
{
    (void)state;
    run(3, "@4500 request 1 due 0\n"
           "  answer 1: timeout, never asked, 0 in all\n");
}

/* [20] Each node once, whatever retry.attempts allows. */
static void test_no_node_is_asked_twice(void **state)
{
    struct client_settings settings = resilient();

    (void)state;
    settings.retry_attempts = 10;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 500\n"
               "  request 1 on B for 1\n"
               "@2 ended 1 500\n"
               "  answer 1: 500 from B, attempt 1, 2 in all\n");
}

static void test_retry_attempts_bound_the_attempts(void **state)
{
    struct client_settings settings = resilient();

    (void)state;
    settings.retry_attempts = 2;
    script_run(&settings, 4,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 503\n"
               "  request 1 on B for 1\n"
               "@2 ended 1 502\n"
               "  answer 1: 502 from B, attempt 1, 2 in all\n");
}

/* [10] */
static void test_sent_post_is_never_sent_again(void **state)
{
    (void)state;
    run(3, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "  answer 1: reset, attempt 0, 1 in all\n"
           "@2 request 2 post\n"
           "  request 1 on B for 2\n"
           "@1502 time\n"
           "  cancel 1 on B: timeout\n"
           "  B failed: timeout\n"
           "  drop B\n"
           "  active C\n"
           "  answer 2: timeout, attempt 1, 1 in all\n"
           "@1503 request 3 post\n"
           "  request 2 on C for 3\n"
           "@1504 ended 2 503\n"
           "  C failed: status\n"
           "  drop C\n"
           "  panic on\n"
           "  answer 3: 503 from C, attempt 2, 1 in all\n");
}

/* [11] */
static void test_unsent_post_goes_to_the_next_node(void **state)
{
    (void)state;
    run(4, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@500 ended 1 connect_timeout\n"
           "  B failed: connect_timeout\n"
           "  drop B\n"
           "  active C\n"
           "  request 2 on C for 1\n"
           "@501 ended 2 reset unsent\n"
           "  C failed: reset\n"
           "  drop C\n"
           "  active D\n"
           "  answer 1: reset, attempt 2, 3 in all\n");
}

/* An answer or half of one proves that the request was sent, whatever the flag says. */
static void test_answered_post_counts_as_sent(void **state)
{
    (void)state;
    run(3, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 truncated unsent\n"
           "  A failed: truncated\n"
           "  drop A\n"
           "  active B\n"
           "  answer 1: truncated, attempt 0, 1 in all\n"
           "@2 request 2 post\n"
           "  request 1 on B for 2\n"
           "@3 ended 1 500 unsent\n"
           "  B failed: status\n"
           "  drop B\n"
           "  active C\n"
           "  answer 2: 500 from B, attempt 1, 1 in all\n");
}

static void test_all_methods_are_tried_again_where_the_scenario_says_so(void **state)
{
    struct client_settings settings = resilient();

    (void)state;
    settings.retry_all_methods = true;
    script_run(&settings, 3,
               "@0 request 1 post\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 reset\n"
               "  A failed: reset\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n");
}

/* [13] */
static void test_4xx_is_an_answer(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 404\n"
           "  answer 1: 404 from A, attempt 0, 1 in all\n"
           "@2 request 2 post\n"
           "  request 1 on A for 2\n"
           "@3 ended 1 429\n"
           "  answer 2: 429 from A, attempt 1, 1 in all\n"
           "@4 request 3\n"
           "  request 2 on A for 3\n"
           "@5 ended 2 304\n"
           "  answer 3: 304 from A, attempt 2, 1 in all\n");
}

/* [15] */
static void test_caller_gets_the_last_true_error(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@2 ended 1 500\n"
           "  request 2 on C for 1\n"
           "@3 ended 2 502\n"
           "  answer 1: 502 from C, attempt 2, 3 in all\n");
}

/* What the scenario does not call a reason for failover is handed on, and blamed on nobody. */
static void test_only_failover_on_fails_over(void **state)
{
    struct client_settings settings = resilient();

    (void)state;
    settings.failover_on = FAILOVER_ON_CONNECT;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 500\n"
               "  answer 1: 500 from A, attempt 0, 1 in all\n"
               "@2 request 2\n"
               "  request 1 on A for 2\n"
               "@3 ended 1 truncated\n"
               "  answer 2: truncated, attempt 1, 1 in all\n"
               "@4 request 3\n"
               "  request 2 on A for 3\n"
               "@1504 time\n"
               "  cancel 2 on A: timeout\n"
               "  answer 3: timeout, attempt 2, 1 in all\n"
               "@1505 request 4\n"
               "  request 3 on A for 4\n"
               "@1506 ended 3 refused\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 4 on B for 4\n");
}

static void test_no_deadline_means_only_the_attempt_limit(void **state)
{
    struct client_settings settings = resilient();

    (void)state;
    settings.request_deadline = NANOS_NEVER;
    settings.connect_timeout = NANOS_NEVER;
    script_run(&settings, 1,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1500 time\n"
               "  cancel 0 on A: timeout\n"
               "  answer 1: timeout, attempt 0, 1 in all\n");
}

/* Warm-up runs before time 0. */
static void test_attempts_carry_the_connect_limit_and_the_clients_ids(void **state)
{
    struct client_settings settings = resilient();
    struct outputs outputs;
    struct arena arena;

    (void)state;
    settings.instances = 10;
    arena_init(&arena, 0);
    struct policy *policy = policy_new(&arena, &settings, 2, 3, 4, 1);
    for (uint32_t i = 0; i < 3; i++) {
        nanos now = -NANOS_PER_S + i;
        policy_step(policy, now,
                    &(struct input){.kind = INPUT_REQUEST,
                                    .request = {.due = now, .request = i, .idempotent = true}},
                    &outputs);
        assert_int_equal(outputs.count, 1);
        assert_int_equal(outputs.item[0].attempt.ref.id, 3 + 10 * i);
        assert_int_equal(outputs.item[0].attempt.connect_limit, now + settings.connect_timeout);
        assert_false(outputs.item[0].attempt.want_headers);
    }
    assert_int_equal(policy_deadline(policy), NANOS_PER_S / 2);
    arena_done(&arena);
}

/* Three attempts are allowed, but there are only two nodes to share the time. */
static void test_share_is_of_the_nodes_that_are_left(void **state)
{
    (void)state;
    run(2, "@2100 request 1 due 0\n"
           "  request 0 on A for 1\n"
           "@3300 time\n"
           "  cancel 0 on A: timeout\n"
           "  request 1 on B for 1\n"
           "@4500 time\n"
           "  cancel 1 on B: timeout\n"
           "  answer 1: timeout, attempt 1, 2 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success_takes_one_attempt),
        cmocka_unit_test(test_refused_goes_to_the_next_node),
        cmocka_unit_test(test_reset_and_truncated_are_tried_again),
        cmocka_unit_test(test_hung_nodes_share_the_deadline),
        cmocka_unit_test(test_late_start_shortens_the_attempts),
        cmocka_unit_test(test_an_attempt_gets_250_ms_unless_the_deadline_comes_first),
        cmocka_unit_test(test_request_that_comes_after_its_deadline_is_not_sent),
        cmocka_unit_test(test_no_node_is_asked_twice),
        cmocka_unit_test(test_retry_attempts_bound_the_attempts),
        cmocka_unit_test(test_sent_post_is_never_sent_again),
        cmocka_unit_test(test_unsent_post_goes_to_the_next_node),
        cmocka_unit_test(test_answered_post_counts_as_sent),
        cmocka_unit_test(test_all_methods_are_tried_again_where_the_scenario_says_so),
        cmocka_unit_test(test_4xx_is_an_answer),
        cmocka_unit_test(test_caller_gets_the_last_true_error),
        cmocka_unit_test(test_only_failover_on_fails_over),
        cmocka_unit_test(test_no_deadline_means_only_the_attempt_limit),
        cmocka_unit_test(test_attempts_carry_the_connect_limit_and_the_clients_ids),
        cmocka_unit_test(test_share_is_of_the_nodes_that_are_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
