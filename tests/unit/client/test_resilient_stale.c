/* Attempts that are reset with a kept connection, and the last resort. Numbers in brackets:
   invariants of the project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* The node closed an idle connection in the instant of its use: it keeps its standing, and is asked
   at once over a new one. */
static void test_an_idle_race_blames_nobody(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused\n"
           "  drop A\n"
           "  request 1 on A for 1\n"
           "@2 ended 1 200\n"
           "  answer 1: 200 from A, attempt 1, 2 in all\n");
}

/* A killed node resets what it kept, too, and refuses what is new. */
static void test_a_dead_node_is_blamed_by_the_next_connection(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused\n"
           "  drop A\n"
           "  request 1 on A for 1\n"
           "@1 ended 1 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 2 on B for 1\n"
           "@2 ended 2 200\n"
           "  answer 1: 200 from B, attempt 2, 3 in all\n");
}

static void test_a_second_reset_is_the_node_s(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused\n"
           "  drop A\n"
           "  request 1 on A for 1\n"
           "@2 ended 1 reset\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "  request 2 on B for 1\n"
           "@3 ended 2 200\n"
           "  answer 1: 200 from B, attempt 2, 3 in all\n");
}

/* Once is a race. A request that is reset again over a kept connection goes elsewhere. */
static void test_each_node_is_asked_anew_once(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused\n"
           "  drop A\n"
           "  request 1 on A for 1\n"
           "@2 ended 1 reset reused\n"
           "  drop A\n"
           "  request 2 on B for 1\n"
           "@3 ended 2 200\n"
           "  answer 1: 200 from B, attempt 2, 3 in all\n");
}

/* Whoever had begun to answer did not close an idle connection. */
static void test_a_reset_within_an_answer_is_the_node_s(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused begun\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@2 ended 1 200\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n");
}

/* [10] It may have been executed. */
static void test_what_must_not_be_repeated_is_not(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused\n"
           "  drop A\n"
           "  answer 1: reset, attempt 0, 1 in all\n"
           "@2 call 2\n"
           "  request 1 on A for 2\n"
           "  answer 2: 200 from A, attempt 1, 1 in all\n");
}

/* Three attempts are enough for three nodes, also where each one loses a connection. */
static void test_lost_connections_cost_no_attempt(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@1 ended 0 reset reused\n"
           "  drop A\n"
           "  request 1 on A for 1\n"
           "@1 ended 1 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 2 on B for 1\n"
           "@2 ended 2 reset reused\n"
           "  drop B\n"
           "  request 3 on B for 1\n"
           "@2 ended 3 refused\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  active C\n"
           "  request 4 on C for 1\n"
           "@3 ended 4 reset reused\n"
           "  drop C\n"
           "  request 5 on C for 1\n"
           "@4 ended 5 200\n"
           "  answer 1: 200 from C, attempt 5, 6 in all\n");
}

static void test_who_wants_one_attempt_gets_one(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.retry_attempts = 1;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 reset reused\n"
               "  drop A\n"
               "  answer 1: reset, attempt 0, 1 in all\n"
               "@2 call 2\n"
               "  request 1 on A for 2\n"
               "  answer 2: 200 from A, attempt 1, 1 in all\n");
}

/* A trial that was lost with its connection told nothing: the next request is one. */
static void test_a_lost_trial_proves_nothing(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1000 request 2\n"
           "  A probing: trial\n"
           "  trial 2 on A for 2\n"
           "@1001 ended 2 reset reused\n"
           "  drop A\n"
           "  request 3 on B for 2\n"
           "@1002 ended 3 200\n"
           "  answer 2: 200 from B, attempt 3, 2 in all\n"
           "@1003 call 3\n"
           "  trial 4 on A for 3\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 3: 200 from A, attempt 4, 1 in all\n");
}

/* The others of profile apiservice are blamed as ever: that is what it does. */
static void test_apiservice_does_not_ask(void **state)
{
    struct client_settings settings = script_settings(PROFILE_APISERVICE);

    (void)state;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 ended 0 reset reused\n"
               "  A failed: reset\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "@2 ended 1 200\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n");
}

/* [22] Again at once, once; then it says nothing, and the next one comes in its time. */
static void test_a_lost_probe_is_repeated_once(void **state)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);

    (void)state;
    settings.health_check.fall = 1;
    script_run(&settings, 1,
               "@next\n"
               "  probe 0 on A\n"
               "@+1 ended 0 reset reused\n"
               "  drop A\n"
               "  probe 1 on A\n"
               "@+1 ended 1 200\n"
               "@next\n"
               "  probe 2 on A\n"
               "@+1 ended 2 reset reused\n"
               "  drop A\n"
               "  probe 3 on A\n"
               "@+1 ended 3 reset reused\n"
               "  drop A\n"
               "@next\n"
               "  probe 4 on A\n"
               "@+1 ended 4 reset reused\n"
               "  drop A\n"
               "  probe 5 on A\n"
               "@+1 ended 5 reset\n"
               "  A failed: probe\n"
               "  drop A\n"
               "  panic on\n");
}

/* ---- The last resort ---- */

/* [1] B is in rotation and fails; A, which is out, may be well again, and is. */
static void test_a_request_with_nothing_to_lose_asks_an_ejected_node(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@10 request 2\n"
           "  request 2 on B for 2\n"
           "@11 ended 2 500\n"
           "  last_resort 3 on A for 2\n"
           "@12 ended 3 200\n"
           "  A healthy: panic\n"
           "  B failed: status\n"
           "  drop B\n"
           "  active A\n"
           "  answer 2: 200 from A, attempt 3, 2 in all\n");
}

/* One of them, unless it is refused; the one that failed longest ago first. */
static void test_one_ejected_node_is_asked(void **state)
{
    (void)state;
    run(4, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 call 2 refused\n"
           "  request 2 on B for 2\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  active C\n"
           "  request 3 on C for 2\n"
           "  answer 2: 200 from C, attempt 3, 2 in all\n"
           "@2 call 3 refused\n"
           "  request 4 on C for 3\n"
           "  C failed: refused\n"
           "  drop C\n"
           "  active D\n"
           "  request 5 on D for 3\n"
           "  answer 3: 200 from D, attempt 5, 2 in all\n"
           "@10 request 4\n"
           "  request 6 on D for 4\n"
           "@11 ended 6 500\n"
           "  last_resort 7 on A for 4\n"
           "@11 ended 7 refused\n"
           "  last_resort 8 on B for 4\n"
           "@12 ended 8 500\n"
           "  answer 4: 500 from B, attempt 8, 3 in all\n"
           "@20 request 5\n"
           "  request 9 on D for 5\n"
           "@21 ended 9 500\n"
           "  last_resort 10 on C for 5\n"
           "@22 ended 10 500\n"
           "  answer 5: 500 from C, attempt 10, 2 in all\n");
}

/* What the operator holds out, or what asked for peace, is no resort. */
static void test_some_are_no_last_resort(void **state)
{
    (void)state;
    run(2, "@0 isolate A\n"
           "  A failed: isolated\n"
           "  drop A\n"
           "  active B\n"
           "  done 7\n"
           "@10 request 1\n"
           "  request 0 on B for 1\n"
           "@11 ended 0 500\n"
           "  answer 1: 500 from B, attempt 0, 1 in all\n");
}

/* [10] After a 500 it may have been executed. */
static void test_no_last_resort_for_what_must_not_be_repeated(void **state)
{
    (void)state;
    run(3, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1 isolate C\n"
           "  C failed: isolated\n"
           "  drop C\n"
           "  done 7\n"
           "@10 request 2 post\n"
           "  request 2 on B for 2\n"
           "@11 ended 2 500\n"
           "  B failed: status\n"
           "  drop B\n"
           "  panic on\n"
           "  answer 2: 500 from B, attempt 2, 1 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_idle_race_blames_nobody),
        cmocka_unit_test(test_a_dead_node_is_blamed_by_the_next_connection),
        cmocka_unit_test(test_a_second_reset_is_the_node_s),
        cmocka_unit_test(test_each_node_is_asked_anew_once),
        cmocka_unit_test(test_a_reset_within_an_answer_is_the_node_s),
        cmocka_unit_test(test_what_must_not_be_repeated_is_not),
        cmocka_unit_test(test_lost_connections_cost_no_attempt),
        cmocka_unit_test(test_who_wants_one_attempt_gets_one),
        cmocka_unit_test(test_a_lost_trial_proves_nothing),
        cmocka_unit_test(test_apiservice_does_not_ask),
        cmocka_unit_test(test_a_lost_probe_is_repeated_once),
        cmocka_unit_test(test_a_request_with_nothing_to_lose_asks_an_ejected_node),
        cmocka_unit_test(test_one_ejected_node_is_asked),
        cmocka_unit_test(test_some_are_no_last_resort),
        cmocka_unit_test(test_no_last_resort_for_what_must_not_be_repeated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
