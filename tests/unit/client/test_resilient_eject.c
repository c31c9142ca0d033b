/* When a node leaves the rotation, and for how long. Numbers in brackets: invariants of the
   project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* A 5xx may be the request's fault: the node is blamed once another one answered the same request,
   4xx included. */
static void test_5xx_is_blamed_once_another_node_answers(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 503\n"
           "  request 1 on B for 1\n"
           "@2 ended 1 404\n"
           "  A failed: status\n"
           "  drop A\n"
           "  active B\n"
           "  answer 1: 404 from B, attempt 1, 2 in all\n");
}

static void test_two_hung_nodes_are_one_switch(void **state)
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
           "@3002 ended 2 200\n"
           "  A failed: timeout\n"
           "  drop A\n"
           "  B failed: timeout\n"
           "  drop B\n"
           "  active C\n"
           "  answer 1: 200 from C, attempt 2, 3 in all\n");
}

/* [17] */
static void test_poison_request_ejects_none(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 500\n"
           "  request 1 on B for 1\n"
           "@2 ended 1 500\n"
           "  request 2 on C for 1\n"
           "@3 ended 2 500\n"
           "  answer 1: 500 from C, attempt 2, 3 in all\n"
           "@4 request 2\n"
           "  request 3 on A for 2\n");
}

/* Of one node nobody can say that another would have answered. */
static void test_single_node_is_not_ejected_by_5xx_or_timeout(void **state)
{
    (void)state;
    run(1, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 500\n"
           "  answer 1: 500 from A, attempt 0, 1 in all\n"
           "@2 request 2 post\n"
           "  request 1 on A for 2\n"
           "@1502 time\n"
           "  cancel 1 on A: timeout\n"
           "  answer 2: timeout, attempt 1, 1 in all\n");
}

/* Where no request is ever tried twice, waiting for a second answer would be waiting forever. */
static void test_5xx_is_blamed_at_once_without_retries(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.retry_attempts = 1;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 500\n"
               "  A failed: status\n"
               "  drop A\n"
               "  active B\n"
               "  answer 1: 500 from A, attempt 0, 1 in all\n");
}

/* For a while no node could answer. The first answers afterwards tell the suspicions of all that
   time: A is out by one, but B has answered since it was suspected, and nobody else is left. */
static void test_last_node_outlives_what_its_answers_refute(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.retry_backoff = 10 * NANOS_PER_MS;
    settings.retry_attempts = 4;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 500\n"
               "  request 1 on B for 1\n"
               "@2 ended 1 500\n"
               "@7.061948 time\n"
               "  request 2 on A for 1\n"
               "@100 request 2\n"
               "  request 3 on A for 2\n"
               "@101 ended 3 500\n"
               "  request 4 on B for 2\n"
               "@102 ended 4 200\n"
               "  A failed: status\n"
               "  drop A\n"
               "  active B\n"
               "  answer 2: 200 from B, attempt 4, 2 in all\n"
               "@103 ended 2 200\n"
               "  answer 1: 200 from A, attempt 2, 3 in all\n");
}

/* An attempt that the caller's deadline left only 100 ms says nothing about the node. */
static void test_timeout_of_a_cut_attempt_is_blamed_on_nobody(void **state)
{
    (void)state;
    run(2, "@4400 request 1 post due 0\n"
           "  request 0 on A for 1\n"
           "@4500 time\n"
           "  cancel 0 on A: timeout\n"
           "  answer 1: timeout, attempt 0, 1 in all\n");
}

/* [28] F, S, F, S never ejects; F, 4xx, F, F does: a 4xx neither raises nor resets the count. */
static void test_consecutive_means_consecutive(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.eject_after = 3;
    settings.retry_attempts = 1;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 reset\n"
               "  answer 1: reset, attempt 0, 1 in all\n"
               "@2 request 2\n"
               "  request 1 on A for 2\n"
               "@3 ended 1 500\n"
               "  answer 2: 500 from A, attempt 1, 1 in all\n"
               "@4 request 3\n"
               "  request 2 on A for 3\n"
               "@5 ended 2 200\n"
               "  answer 3: 200 from A, attempt 2, 1 in all\n"
               "@6 request 4\n"
               "  request 3 on A for 4\n"
               "@7 ended 3 500\n"
               "  answer 4: 500 from A, attempt 3, 1 in all\n"
               "@8 request 5\n"
               "  request 4 on A for 5\n"
               "@9 ended 4 404\n"
               "  answer 5: 404 from A, attempt 4, 1 in all\n"
               "@10 request 6\n"
               "  request 5 on A for 6\n"
               "@11 ended 5 500\n"
               "  answer 6: 500 from A, attempt 5, 1 in all\n"
               "@12 request 7\n"
               "  request 6 on A for 7\n"
               "@13 ended 6 reset\n"
               "  A failed: reset\n"
               "  drop A\n"
               "  active B\n"
               "  answer 7: reset, attempt 6, 1 in all\n");
}

/* A failure that is not enough to eject still sends the request elsewhere. */
static void test_retry_goes_elsewhere_before_ejection(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.eject_after = 2;
    script_run(&settings, 3,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 refused\n"
               "  request 1 on B for 1\n"
               "@2 ended 1 200\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@3 call 2\n"
               "  request 2 on A for 2\n"
               "  answer 2: 200 from A, attempt 2, 1 in all\n");
}

/* 1 s, 2 s, 4 s while it keeps failing; from the start once it was healthy for as long as it was
   last ejected. */
static void test_ejections_in_a_row_double(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.eject_for_max = 3 * NANOS_PER_S;
    script_run(&settings, 2,
               "@0 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@999 call 2\n"
               "  request 2 on B for 2\n"
               "  answer 2: 200 from B, attempt 2, 1 in all\n"
               "@1000 call 3 refused\n"
               "  A probing: trial\n"
               "  trial 3 on A for 3\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  request 4 on B for 3\n"
               "  answer 3: 200 from B, attempt 4, 2 in all\n"
               "@2999 call 4\n"
               "  request 5 on B for 4\n"
               "  answer 4: 200 from B, attempt 5, 1 in all\n"
               "@3000 call 5\n"
               "  A probing: trial\n"
               "  trial 6 on A for 5\n"
               "  A healthy: trial\n"
               "  active A\n"
               "  answer 5: 200 from A, attempt 6, 1 in all\n"
               /* Healthy for 1.999 s after an ejection of 2 s: the row goes on, at its maximum. */
               "@4999 call 6 refused\n"
               "  request 7 on A for 6\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 8 on B for 6\n"
               "  answer 6: 200 from B, attempt 8, 2 in all\n"
               "@7998 call 7\n"
               "  request 9 on B for 7\n"
               "  answer 7: 200 from B, attempt 9, 1 in all\n"
               "@7999 call 8\n"
               "  A probing: trial\n"
               "  trial 10 on A for 8\n"
               "  A healthy: trial\n"
               "  active A\n"
               "  answer 8: 200 from A, attempt 10, 1 in all\n"
               /* Healthy for 3 s: a new row. */
               "@10999 call 9 refused\n"
               "  request 11 on A for 9\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 12 on B for 9\n"
               "  answer 9: 200 from B, attempt 12, 2 in all\n"
               "@11999 call 10\n"
               "  A probing: trial\n"
               "  trial 13 on A for 10\n"
               "  A healthy: trial\n"
               "  active A\n"
               "  answer 10: 200 from A, attempt 13, 1 in all\n");
}

/* [19] */
static void test_failure_of_one_node_leaves_the_others_counts_alone(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.eject_after = 2;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 refused\n"
               "  request 1 on B for 1\n"
               "@2 ended 1 refused\n"
               "  answer 1: refused, attempt 1, 2 in all\n"
               "@3 request 2\n"
               "  request 2 on A for 2\n"
               "@4 ended 2 refused\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 3 on B for 2\n"
               "@5 ended 3 200\n"
               "  answer 2: 200 from B, attempt 3, 2 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_5xx_is_blamed_once_another_node_answers),
        cmocka_unit_test(test_two_hung_nodes_are_one_switch),
        cmocka_unit_test(test_poison_request_ejects_none),
        cmocka_unit_test(test_single_node_is_not_ejected_by_5xx_or_timeout),
        cmocka_unit_test(test_5xx_is_blamed_at_once_without_retries),
        cmocka_unit_test(test_last_node_outlives_what_its_answers_refute),
        cmocka_unit_test(test_timeout_of_a_cut_attempt_is_blamed_on_nobody),
        cmocka_unit_test(test_consecutive_means_consecutive),
        cmocka_unit_test(test_retry_goes_elsewhere_before_ejection),
        cmocka_unit_test(test_ejections_in_a_row_double),
        cmocka_unit_test(test_failure_of_one_node_leaves_the_others_counts_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
