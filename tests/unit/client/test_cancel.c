/* [18] Callers that give up: nobody's failure, and nothing is done for them any more. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(enum client_profile profile, const char *script)
{
    struct client_settings settings = script_settings(profile);

    script_run(&settings, 2, script);
}

static void test_cancel_changes_nothing(void **state)
{
    (void)state;
    run(PROFILE_RESILIENT, "@0 request 1\n"
                           "  request 0 on A for 1\n"
                           "@10 cancel 1\n"
                           "  cancel 0 on A: cancelled\n"
                           "  answer 1: cancelled, never asked, 1 in all\n"
                           "@5000 call 2\n"
                           "  request 1 on A for 2\n"
                           "  answer 2: 200 from A, attempt 1, 1 in all\n");
}

/* [38] The next request is the trial. */
static void test_cancelled_trial_is_no_verdict(void **state)
{
    (void)state;
    run(PROFILE_RESILIENT, "@0 call 1 refused\n"
                           "  request 0 on A for 1\n"
                           "  A failed: refused\n"
                           "  drop A\n"
                           "  active B\n"
                           "  request 1 on B for 1\n"
                           "  answer 1: 200 from B, attempt 1, 2 in all\n"
                           "@1000 request 2\n"
                           "  A probing: trial\n"
                           "  trial 2 on A for 2\n"
                           "@1001 cancel 2\n"
                           "  cancel 2 on A: cancelled\n"
                           "  answer 2: cancelled, never asked, 1 in all\n"
                           "@1002 call 3\n"
                           "  trial 3 on A for 3\n"
                           "  A healthy: trial\n"
                           "  active A\n"
                           "  answer 3: 200 from A, attempt 3, 1 in all\n");
}

static void test_waiting_request_is_cancelled(void **state)
{
    (void)state;
    run(PROFILE_RESILIENT, "@0 request 1\n"
                           "  request 0 on A for 1\n"
                           "@1 ended 0 503 retry 3\n"
                           "  active B\n"
                           "  request 1 on B for 1\n"
                           "@2 ended 1 503 retry 3\n"
                           "@10 cancel 1\n"
                           "  answer 1: cancelled, never asked, 2 in all\n"
                           "@3001 time\n"
                           "  active A\n"
                           "@4001 call 2\n"
                           "  request 2 on A for 2\n"
                           "  answer 2: 200 from A, attempt 2, 1 in all\n");
}

static void test_both_legs_are_cancelled(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.hedge =
        (struct hedge_settings){.enabled = true, .after = 100 * NANOS_PER_MS, .budget_ppm = 50000};
    script_run(&settings, 2,
               "@0 request 1\n"
               "  request 0 on A for 1\n"
               "@100 time\n"
               "  hedge 1 on B for 1\n"
               "@150 cancel 1\n"
               "  cancel 0 on A: cancelled\n"
               "  cancel 1 on B: cancelled\n"
               "  answer 1: cancelled, never asked, 2 in all\n"
               "@5000 wait\n");
}

static void test_the_plain_profiles_let_go_too(void **state)
{
    (void)state;
    run(PROFILE_NONE, "@0 request 1\n"
                      "  request 0 on A for 1\n"
                      "@10 cancel 1\n"
                      "  cancel 0 on A: cancelled\n"
                      "  answer 1: cancelled, never asked, 1 in all\n");
    run(PROFILE_APISERVICE, "@0 request 1\n"
                            "  request 0 on A for 1\n"
                            "@10 cancel 1\n"
                            "  cancel 0 on A: cancelled\n"
                            "  answer 1: cancelled, never asked, 1 in all\n"
                            "@11 call 2\n"
                            "  request 1 on A for 2\n"
                            "  answer 2: 200 from A, attempt 1, 1 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel_changes_nothing),
        cmocka_unit_test(test_cancelled_trial_is_no_verdict),
        cmocka_unit_test(test_waiting_request_is_cancelled),
        cmocka_unit_test(test_both_legs_are_cancelled),
        cmocka_unit_test(test_the_plain_profiles_let_go_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
