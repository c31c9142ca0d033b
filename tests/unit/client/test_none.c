/* The control: no failover at all. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(const char *script)
{
    struct client_settings settings = script_settings(PROFILE_NONE);

    script_run(&settings, 3, script);
}

static void test_one_attempt_on_the_first_node(void **state)
{
    (void)state;
    run("@0 call 1\n"
        "  request 0 on A for 1\n"
        "  answer 1: 200 from A, attempt 0, 1 in all\n"
        "@1 call 2 refused\n"
        "  request 1 on A for 2\n"
        "  answer 2: refused, attempt 1, 1 in all\n"
        "@2 call 3 503\n"
        "  request 2 on A for 3\n"
        "  answer 3: 503 from A, attempt 2, 1 in all\n"
        "@60000 wait\n");
}

static void test_attempt_timeout_and_deadline_end_it(void **state)
{
    (void)state;
    run("@0 request 1\n"
        "  request 0 on A for 1\n"
        "@1500 time\n"
        "  cancel 0 on A: timeout\n"
        "  answer 1: timeout, attempt 0, 1 in all\n"
        "@4000 request 2 due 0\n"
        "  request 1 on A for 2\n"
        "@4500 time\n"
        "  cancel 1 on A: timeout\n"
        "  answer 2: timeout, attempt 1, 1 in all\n");
}

static void test_cannot_be_switched_away(void **state)
{
    (void)state;
    run("@0 switch A\n"
        "  done 7\n"
        "@0 switch B\n"
        "  refused 7: the client has no failover\n"
        "@0 reset\n"
        "  done 7\n"
        "@1 call 1\n"
        "  request 0 on A for 1\n"
        "  answer 1: 200 from A, attempt 0, 1 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_attempt_on_the_first_node),
        cmocka_unit_test(test_attempt_timeout_and_deadline_end_it),
        cmocka_unit_test(test_cannot_be_switched_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
