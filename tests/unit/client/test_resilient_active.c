/* Which node new requests prefer: the order, and the way back. Numbers in brackets: invariants of
   the project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* [26] */
static void test_failback_is_immediate_by_default(void **state)
{
    (void)state;
    run(3, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@0 call 2 refused\n"
           "  request 2 on B for 2\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  active C\n"
           "  request 3 on C for 2\n"
           "  answer 2: 200 from C, attempt 3, 2 in all\n"
           /* Both are due; the preferred one is tried first, and C goes on serving. */
           "@1000 request 3\n"
           "  A probing: trial\n"
           "  trial 4 on A for 3\n"
           "@1001 call 4\n"
           "  B probing: trial\n"
           "  trial 5 on B for 4\n"
           "  B healthy: trial\n"
           "  active B\n"
           "  answer 4: 200 from B, attempt 5, 1 in all\n"
           "@1002 ended 4 200\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 3: 200 from A, attempt 4, 1 in all\n");
}

/* [26] [27] */
static void test_failback_sticky_stays(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.failback = FAILBACK_STICKY;
    script_run(&settings, 3,
               "@0 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@1000 call 2\n"
               "  A probing: trial\n"
               "  trial 2 on A for 2\n"
               "  A healthy: trial\n"
               "  answer 2: 200 from A, attempt 2, 1 in all\n"
               "@60000 call 3\n"
               "  request 3 on B for 3\n"
               "  answer 3: 200 from B, attempt 3, 1 in all\n"
               "@60001 call 4 refused\n"
               "  request 4 on B for 4\n"
               "  B failed: refused\n"
               "  drop B\n"
               "  active A\n"
               "  request 5 on A for 4\n"
               "  answer 4: 200 from A, attempt 5, 2 in all\n");
}

/* [26] [27] A must be healthy for 5 s; a flap in between starts them anew. */
static void test_failback_after_a_time_of_health(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.failback = FAILBACK_AFTER;
    settings.failback_after = 5 * NANOS_PER_S;
    script_run(&settings, 3,
               "@0 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@1000 call 2\n"
               "  A probing: trial\n"
               "  trial 2 on A for 2\n"
               "  A healthy: trial\n"
               "  answer 2: 200 from A, attempt 2, 1 in all\n"
               "@5999 call 3\n"
               "  request 3 on B for 3\n"
               "  answer 3: 200 from B, attempt 3, 1 in all\n"
               "@6000 time\n"
               "  active A\n"
               "@6001 call 4\n"
               "  request 4 on A for 4\n"
               "  answer 4: 200 from A, attempt 4, 1 in all\n");
}

/* The time of health is for going back, not for going on. */
static void test_young_node_serves_where_there_is_no_other(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.failback = FAILBACK_AFTER;
    settings.failback_after = 5 * NANOS_PER_S;
    script_run(&settings, 2,
               "@0 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@1000 call 2\n"
               "  A probing: trial\n"
               "  trial 2 on A for 2\n"
               "  A healthy: trial\n"
               "  answer 2: 200 from A, attempt 2, 1 in all\n"
               "@1001 call 3 refused\n"
               "  request 3 on B for 3\n"
               "  B failed: refused\n"
               "  drop B\n"
               "  active A\n"
               "  request 4 on A for 3\n"
               "  answer 3: 200 from A, attempt 4, 2 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failback_is_immediate_by_default),
        cmocka_unit_test(test_failback_sticky_stays),
        cmocka_unit_test(test_failback_after_a_time_of_health),
        cmocka_unit_test(test_young_node_serves_where_there_is_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
