/* The half-open trial: one caller's request tells whether an ejected node is able again. Numbers in
   brackets: invariants of the project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* [25] [21] One trial at a time, of a request that can be repeated; the others go to the healthy
   node. */
static void test_one_trial_at_a_time(void **state)
{
    (void)state;
    run(2, "@0 call 1 truncated\n"
           "  request 0 on A for 1\n"
           "  A failed: truncated\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@999 call 2\n"
           "  request 2 on B for 2\n"
           "  answer 2: 200 from B, attempt 2, 1 in all\n"
           "@1000 request 3 post\n"
           "  request 3 on B for 3\n"
           "@1000 request 4\n"
           "  A probing: trial\n"
           "  trial 4 on A for 4\n"
           "@1001 request 5\n"
           "  request 5 on B for 5\n"
           "@1002 ended 3 200\n"
           "  answer 3: 200 from B, attempt 3, 1 in all\n"
           "@1003 ended 5 200\n"
           "  answer 5: 200 from B, attempt 5, 1 in all\n"
           "@1004 ended 4 500\n"
           "  A failed: status\n"
           "  drop A\n"
           "  request 6 on B for 4\n"
           "@1005 ended 6 200\n"
           "  answer 4: 200 from B, attempt 6, 2 in all\n"
           "@3003 call 6\n"
           "  request 7 on B for 6\n"
           "  answer 6: 200 from B, attempt 7, 1 in all\n"
           "@3004 call 7\n"
           "  A probing: trial\n"
           "  trial 8 on A for 7\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 7: 200 from A, attempt 8, 1 in all\n");
}

/* A 404 proves neither that the node is able nor that it is not: the next one is a trial too. */
static void test_4xx_decides_no_trial(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
           "  request 0 on A for 1\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "  answer 1: 200 from B, attempt 1, 2 in all\n"
           "@1000 call 2 404\n"
           "  A probing: trial\n"
           "  trial 2 on A for 2\n"
           "  answer 2: 404 from A, attempt 2, 1 in all\n"
           "@1001 request 3 post\n"
           "  request 3 on B for 3\n"
           "@1002 call 4 429\n"
           "  trial 4 on A for 4\n"
           "  answer 4: 429 from A, attempt 4, 1 in all\n"
           "@1003 ended 3 200\n"
           "  answer 3: 200 from B, attempt 3, 1 in all\n"
           "@1004 call 5 refused\n"
           "  trial 5 on A for 5\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  request 6 on B for 5\n"
           "  answer 5: 200 from B, attempt 6, 2 in all\n"
           "@3004 call 6\n"
           "  A probing: trial\n"
           "  trial 7 on A for 6\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 6: 200 from A, attempt 7, 1 in all\n");
}

/* A client that only ever posts must not lose the node forever. */
static void test_post_is_a_trial_only_when_nothing_else_came_for_long(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 500\n"
           "  A failed: status\n"
           "  drop A\n"
           "  active B\n"
           "  answer 1: 500 from A, attempt 0, 1 in all\n"
           "@30999 request 2 post\n"
           "  request 1 on B for 2\n"
           "@30999 ended 1 200\n"
           "  answer 2: 200 from B, attempt 1, 1 in all\n"
           "@31000 request 3 post\n"
           "  A probing: trial\n"
           "  trial 2 on A for 3\n");
}

/* The caller whose request is the trial waits for a few usual answer times, not for a whole
   attempt. */
static void test_trial_is_timed_by_the_nodes_usual_answers(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@2 ended 0 200\n"
           "  answer 1: 200 from A, attempt 0, 1 in all\n"
           "@4 call 2 reset\n"
           "  request 1 on A for 2\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "  request 2 on B for 2\n"
           "  answer 2: 200 from B, attempt 2, 2 in all\n"
           "@1004 request 3\n"
           "  A probing: trial\n"
           "  trial 3 on A for 3\n"
           "@1254 time\n"
           "  cancel 3 on A: timeout\n"
           "  A failed: timeout\n"
           "  drop A\n"
           "  request 4 on B for 3\n"
           "@1255 ended 4 200\n"
           "  answer 3: 200 from B, attempt 4, 2 in all\n"
           "@3254 request 4\n"
           "  A probing: trial\n"
           "  trial 5 on A for 4\n"
           "@3504 time\n"
           "  cancel 5 on A: timeout\n"
           "  A failed: timeout\n"
           "  drop A\n"
           "  request 6 on B for 4\n"
           "@3505 ended 6 200\n"
           "  answer 4: 200 from B, attempt 6, 2 in all\n"
           /* Perhaps it only became slower: it gets more time from now on. */
           "@7504 request 5\n"
           "  A probing: trial\n"
           "  trial 7 on A for 5\n"
           "@8004 time\n"
           "  cancel 7 on A: timeout\n"
           "  A failed: timeout\n"
           "  drop A\n"
           "  request 8 on B for 5\n");
}

/* [21] Its node failed again meanwhile: no second one beside it. */
static void test_trial_that_a_reset_orphaned_keeps_its_place(void **state)
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
           "@1001 reset\n"
           "  A healthy: reset\n"
           "  active A\n"
           "  done 7\n"
           "@1002 call 3 refused\n"
           "  request 3 on A for 3\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 4 on B for 3\n"
           "  answer 3: 200 from B, attempt 4, 2 in all\n"
           "@2100 call 4\n"
           "  request 5 on B for 4\n"
           "  answer 4: 200 from B, attempt 5, 1 in all\n"
           "@2101 ended 2 200\n"
           "  answer 2: 200 from A, attempt 2, 1 in all\n"
           "@2102 call 5\n"
           "  A probing: trial\n"
           "  trial 6 on A for 5\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 5: 200 from A, attempt 6, 1 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_trial_at_a_time),
        cmocka_unit_test(test_4xx_decides_no_trial),
        cmocka_unit_test(test_post_is_a_trial_only_when_nothing_else_came_for_long),
        cmocka_unit_test(test_trial_is_timed_by_the_nodes_usual_answers),
        cmocka_unit_test(test_trial_that_a_reset_orphaned_keeps_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
