/* Retry-After: a node that asked to be left alone is, and requests wait where all have asked.
   Numbers in brackets: invariants of the project's catalogue. */
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

/* [13] [14] Its answer stays the caller's; the node is not blamed, but rests for as long as it
   asked. */
static void test_429_is_delivered_and_the_node_left_alone(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 429 retry 2\n"
           "  active B\n"
           "  answer 1: 429 from A, attempt 0, 1 in all\n"
           "@2 call 2\n"
           "  request 1 on B for 2\n"
           "  answer 2: 200 from B, attempt 1, 1 in all\n"
           "@2000 call 3\n"
           "  request 2 on B for 3\n"
           "  answer 3: 200 from B, attempt 2, 1 in all\n"
           "@2001 time\n"
           "  active A\n"
           "@2001 call 4\n"
           "  request 3 on A for 4\n"
           "  answer 4: 200 from A, attempt 3, 1 in all\n");
}

/* [14] Blamed as any 5xx; no trial before the time it asked for, though its ejection is over
   sooner. */
static void test_503_with_retry_after_goes_elsewhere(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 503 retry 2\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@1 ended 1 200\n"
           "  A failed: status\n"
           "  drop A\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1999 call 2\n"
           "  request 2 on B for 2\n"
           "  answer 2: 200 from B, attempt 2, 1 in all\n"
           "@2000 call 3\n"
           "  A probing: trial\n"
           "  trial 3 on A for 3\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 3: 200 from A, attempt 3, 1 in all\n");
}

/* [14] New requests wait for the first node whose time is over. */
static void test_all_pushed_back_waits(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 429 retry 3\n"
           "  active B\n"
           "  answer 1: 429 from A, attempt 0, 1 in all\n"
           "@0 request 2 post\n"
           "  request 1 on B for 2\n"
           "@0 ended 1 429 retry 2\n"
           "  answer 2: 429 from B, attempt 1, 1 in all\n"
           "@10 request 3\n"
           "@20 request 4 post\n"
           "@2000 time\n"
           "  request 2 on B for 3\n"
           "  request 3 on B for 4\n"
           "@2001 ended 2 200\n"
           "  answer 3: 200 from B, attempt 2, 1 in all\n"
           "@2002 ended 3 200\n"
           "  answer 4: 200 from B, attempt 3, 1 in all\n"
           "@3000 time\n"
           "  active A\n");
}

/* [3] [14] The caller gets the last true answer, or a timeout if there was none. */
static void test_wait_is_capped_by_the_deadline(void **state)
{
    (void)state;
    run(1, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 503 retry 60\n"
           "@2 request 2\n"
           "@4500 time\n"
           "  answer 1: 503 from A, attempt 0, 1 in all\n"
           "@4502 time\n"
           "  answer 2: timeout, never asked, 0 in all\n");
}

/* It invited the client to come back: once, never a third time. */
static void test_node_may_be_asked_once_more_after_its_time(void **state)
{
    (void)state;
    run(1, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 503 retry 1\n"
           "@1001 time\n"
           "  request 1 on A for 1\n"
           "@1002 ended 1 503 retry 1\n"
           "  answer 1: 503 from A, attempt 1, 2 in all\n");
}

/* B is back by probes long before A's time is over. */
static void test_waiting_request_goes_where_a_node_returned(void **state)
{
    (void)state;
    run_probed(2, "@0 request 1\n"
                  "  request 0 on A for 1\n"
                  "@0 ended 0 429 retry 4\n"
                  "  active B\n"
                  "  answer 1: 429 from A, attempt 0, 1 in all\n"
                  "@0 request 2 post\n"
                  "  request 1 on B for 2\n"
                  "@0 ended 1 reset\n"
                  "  B failed: reset\n"
                  "  drop B\n"
                  "  answer 2: reset, attempt 1, 1 in all\n"
                  "@1 request 3\n"
                  "@2 request 4 post\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@+0 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+0 ended 3 200\n"
                  "@next\n"
                  "  probe 4 on B\n"
                  "@+1 ended 4 200\n"
                  "  B healthy: passed\n"
                  "  request 5 on B for 3\n"
                  "  request 6 on B for 4\n");
}

/* [14] All ejected and all pushed back: wait. */
static void test_no_early_attempt_even_in_panic(void **state)
{
    (void)state;
    run(1, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 503 retry 2\n"
           "  answer 1: 503 from A, attempt 0, 1 in all\n"
           "@100 request 2 post\n"
           "@2000 time\n"
           "  request 1 on A for 2\n"
           "@2001 ended 1 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  panic on\n"
           "  answer 2: refused, attempt 1, 1 in all\n");
}

/* [14] Two answers crossed on the wire. */
static void test_a_shorter_rest_does_not_end_a_longer_one(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@0 request 2\n"
           "  request 1 on A for 2\n"
           "@1 ended 0 429 retry 4\n"
           "  active B\n"
           "  answer 1: 429 from A, attempt 0, 1 in all\n"
           "@2 ended 1 429 retry 1\n"
           "  answer 2: 429 from A, attempt 1, 1 in all\n"
           "@4001 time\n"
           "  active A\n");
}

/* The only healthy node has said no; the other is out, whatever it asked for. */
static void test_nobody_waits_for_an_ejected_node_to_have_rested(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 503 retry 3\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@0 ended 1 200\n"
           "  A failed: status\n"
           "  drop A\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 request 2\n"
           "  request 2 on B for 2\n"
           "@2 ended 2 500\n"
           "  answer 2: 500 from B, attempt 2, 1 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_429_is_delivered_and_the_node_left_alone),
        cmocka_unit_test(test_503_with_retry_after_goes_elsewhere),
        cmocka_unit_test(test_all_pushed_back_waits),
        cmocka_unit_test(test_wait_is_capped_by_the_deadline),
        cmocka_unit_test(test_node_may_be_asked_once_more_after_its_time),
        cmocka_unit_test(test_waiting_request_goes_where_a_node_returned),
        cmocka_unit_test(test_no_early_attempt_even_in_panic),
        cmocka_unit_test(test_a_shorter_rest_does_not_end_a_longer_one),
        cmocka_unit_test(test_nobody_waits_for_an_ejected_node_to_have_rested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
