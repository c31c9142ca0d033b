/* The circuit breaker of a node, and the operator's isolation. Numbers in brackets: invariants of
   the project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static struct client_settings with_breaker(uint32_t failures, uint32_t trials)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    settings.breaker = (struct breaker_settings){
        .enabled = true,
        .failures = failures,
        .window = 10 * NANOS_PER_S,
        .open = 5 * NANOS_PER_S,
        .trials = trials,
    };
    return settings;
}

/* [28] Successes in between do not count, the window does. */
static void test_opens_after_failures_inside_the_window(void **state)
{
    struct client_settings settings = with_breaker(3, 1);

    (void)state;
    script_run(&settings, 2,
               "@0 call 1 reset\n"
               "  request 0 on A for 1\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@4000 call 2 reset\n"
               "  request 2 on A for 2\n"
               "  request 3 on B for 2\n"
               "  answer 2: 200 from B, attempt 3, 2 in all\n"
               "@5000 call 3\n"
               "  request 4 on A for 3\n"
               "  answer 3: 200 from A, attempt 4, 1 in all\n"
               "@10001 call 4 reset\n" /* the first is no longer in the window */
               "  request 5 on A for 4\n"
               "  request 6 on B for 4\n"
               "  answer 4: 200 from B, attempt 6, 2 in all\n"
               "@14000 call 5 reset\n"
               "  request 7 on A for 5\n"
               "  A failed: breaker\n"
               "  drop A\n"
               "  active B\n"
               "  request 8 on B for 5\n"
               "  answer 5: 200 from B, attempt 8, 2 in all\n");
}

/* [38] [39] Half-open for two at once; both must succeed. */
static void test_half_open_lets_so_many_through(void **state)
{
    struct client_settings settings = with_breaker(1, 2);

    (void)state;
    script_run(&settings, 2,
               "@0 call 1 reset\n"
               "  request 0 on A for 1\n"
               "  A failed: breaker\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@4999 call 2\n"
               "  request 2 on B for 2\n"
               "  answer 2: 200 from B, attempt 2, 1 in all\n"
               "@5000 request 3\n"
               "  A probing: trial\n"
               "  trial 3 on A for 3\n"
               "@5001 request 4\n"
               "  trial 4 on A for 4\n"
               "@5002 request 5\n"
               "  request 5 on B for 5\n"
               "@5003 ended 4 200\n"
               "  answer 4: 200 from A, attempt 4, 1 in all\n"
               "@5004 request 6\n" /* one has passed, one is under way */
               "  request 6 on B for 6\n"
               "@5005 ended 3 404\n" /* no verdict */
               "  answer 3: 404 from A, attempt 3, 1 in all\n"
               "@5006 request 7\n"
               "  trial 7 on A for 7\n"
               "@5007 ended 7 200\n"
               "  A healthy: trial\n"
               "  active A\n"
               "  answer 7: 200 from A, attempt 7, 1 in all\n");
}

static void test_one_failed_trial_opens_it_again(void **state)
{
    struct client_settings settings = with_breaker(1, 2);

    (void)state;
    script_run(&settings, 2,
               "@0 call 1 reset\n"
               "  request 0 on A for 1\n"
               "  A failed: breaker\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@5000 request 2\n"
               "  A probing: trial\n"
               "  trial 2 on A for 2\n"
               "@5001 request 3\n"
               "  trial 3 on A for 3\n"
               "@5002 ended 2 reset\n"
               "  A failed: breaker\n"
               "  drop A\n"
               "  request 4 on B for 2\n"
               "@5003 ended 4 200\n"
               "  answer 2: 200 from B, attempt 4, 2 in all\n"
               "@5003 ended 3 200\n" /* begun before: it closes nothing */
               "  answer 3: 200 from A, attempt 3, 1 in all\n"
               "@10001 call 4\n" /* not longer than before */
               "  request 5 on B for 4\n"
               "  answer 4: 200 from B, attempt 5, 1 in all\n"
               "@10002 call 5\n"
               "  A probing: trial\n"
               "  trial 6 on A for 5\n"
               "  answer 5: 200 from A, attempt 6, 1 in all\n");
}

/* [19] [29] [31] */
static void test_isolated_node_is_left_alone_until_released(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@1 isolate A\n"
               "  A failed: isolated\n"
               "  drop A\n"
               "  active B\n"
               "  done 7\n"
               "@2 ended 0 200\n" /* what was under way may end, and says nothing */
               "  answer 1: 200 from A, attempt 0, 1 in all\n"
               "@60000 call 2\n"
               "  request 1 on B for 2\n"
               "  answer 2: 200 from B, attempt 1, 1 in all\n"
               "@60001 switch A\n"
               "  refused 7: node is ejected\n"
               "@60002 release A\n"
               "  A healthy: released\n"
               "  active A\n"
               "  done 7\n"
               "@60003 call 3\n"
               "  request 2 on A for 3\n"
               "  answer 3: 200 from A, attempt 2, 1 in all\n");
}

static void test_reset_releases(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    script_run(&settings, 2,
               "@0 isolate A\n"
               "  A failed: isolated\n"
               "  drop A\n"
               "  active B\n"
               "  done 7\n"
               "@1 reset\n"
               "  A healthy: reset\n"
               "  active A\n"
               "  done 7\n"
               "@2 release A\n"
               "  done 7\n");
}

/* [7] In panic the isolated one is not asked; if all are isolated, they are: no lockout. */
static void test_isolation_is_kept_in_panic_unless_all_are(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    script_run(&settings, 2,
               "@0 isolate A\n"
               "  A failed: isolated\n"
               "  drop A\n"
               "  active B\n"
               "  done 7\n"
               "@1 call 1 refused\n"
               "  request 0 on B for 1\n"
               "  B failed: refused\n"
               "  drop B\n"
               "  panic on\n"
               "  answer 1: refused, attempt 0, 1 in all\n"
               "@2 call 2 refused\n"
               "  request 1 on B for 2\n"
               "  answer 2: refused, attempt 1, 1 in all\n"
               "@3 isolate B\n"
               "  done 7\n"
               "@4 call 3\n"
               "  request 2 on A for 3\n"
               "  answer 3: 200 from A, attempt 2, 1 in all\n"
               "@5 release B\n"
               "  B healthy: released\n"
               "  panic off\n"
               "  done 7\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_after_failures_inside_the_window),
        cmocka_unit_test(test_half_open_lets_so_many_through),
        cmocka_unit_test(test_one_failed_trial_opens_it_again),
        cmocka_unit_test(test_isolated_node_is_left_alone_until_released),
        cmocka_unit_test(test_reset_releases),
        cmocka_unit_test(test_isolation_is_kept_in_panic_unless_all_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
