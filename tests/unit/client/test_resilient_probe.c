/* Health checks: what they eject, what they bring back, and what they may not. Numbers in brackets:
   invariants of the project's catalogue. Probes begin somewhere in their interval: "@next" goes
   there. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

static void run_probed(uint16_t node_count, const char *script)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);

    script_run(&settings, node_count, script);
}

/* [22] [25] Without any traffic: two failures eject, two passes bring back; a probe has its own
   limit. */
static void test_probes_eject_and_bring_back(void **state)
{
    (void)state;
    run_probed(1, "@next\n"
                  "  probe 0 on A\n"
                  "@+1 ended 0 503\n"
                  "@next\n"
                  "  probe 1 on A\n"
                  "@next\n"
                  "  cancel 1 on A: timeout\n"
                  "  A failed: probe\n"
                  "  drop A\n"
                  "  panic on\n"
                  "@next\n"
                  "  probe 2 on A\n"
                  "@+1 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+1 ended 3 404\n"
                  "@next\n"
                  "  probe 4 on A\n"
                  "@+1 ended 4 200\n"
                  "@next\n"
                  "  probe 5 on A\n"
                  "@+1 ended 5 204\n"
                  "  A healthy: passed\n"
                  "  panic off\n");
}

/* [28] */
static void test_probe_failures_must_be_consecutive(void **state)
{
    (void)state;
    run_probed(1, "@next\n"
                  "  probe 0 on A\n"
                  "@+1 ended 0 reset\n"
                  "@next\n"
                  "  probe 1 on A\n"
                  "@+1 ended 1 200\n"
                  "@next\n"
                  "  probe 2 on A\n"
                  "@+1 ended 2 reset\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+1 ended 3 301\n"
                  "  A failed: probe\n"
                  "  drop A\n"
                  "  panic on\n");
}

/* A closed port is what a probe sees as well as a request does. */
static void test_probes_bring_back_a_refused_node(void **state)
{
    (void)state;
    run_probed(2, "@0 call 1 refused\n"
                  "  request 0 on A for 1\n"
                  "  A failed: refused\n"
                  "  drop A\n"
                  "  active B\n"
                  "  request 1 on B for 1\n"
                  "  answer 1: 200 from B, attempt 1, 2 in all\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+0 ended 2 200\n"
                  "@+0 ended 3 200\n"
                  "@next\n"
                  "  probe 4 on B\n"
                  "@+0 ended 4 200\n"
                  "@next\n"
                  "  probe 5 on A\n"
                  "@+0 ended 5 200\n"
                  "  A healthy: passed\n"
                  "  active A\n");
}

/* Gray: requests get 5xx, the health endpoint is fine. Without a trial it stays out. */
static void test_probes_do_not_bring_back_what_they_do_not_exercise(void **state)
{
    (void)state;
    run_probed(2, "@0 call 1 500\n"
                  "  request 0 on A for 1\n"
                  "  request 1 on B for 1\n"
                  "  A failed: status\n"
                  "  drop A\n"
                  "  active B\n"
                  "  answer 1: 200 from B, attempt 1, 2 in all\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+0 ended 2 200\n"
                  "@+0 ended 3 200\n"
                  "@next\n"
                  "  probe 4 on B\n"
                  "@+0 ended 4 200\n"
                  "@next\n"
                  "  probe 5 on A\n"
                  "@+0 ended 5 200\n"
                  "@+0 call 2\n"
                  "  A probing: trial\n"
                  "  trial 6 on A for 2\n"
                  "  A healthy: trial\n"
                  "  active A\n"
                  "  answer 2: 200 from A, attempt 6, 1 in all\n");
}

/* Requests hang, the health endpoint answers: it must not come back to hang callers again. */
static void test_timeout_that_no_probe_saw_ends_by_trial(void **state)
{
    (void)state;
    run_probed(2, "@0 request 1\n"
                  "  request 0 on A for 1\n"
                  "@next\n"
                  "  probe 1 on B\n"
                  "@next\n"
                  "  probe 2 on A\n"
                  "@+0 ended 1 200\n"
                  "@+0 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on B\n"
                  "@+0 ended 3 200\n"
                  "@1500 time\n"
                  "  cancel 0 on A: timeout\n"
                  "  request 4 on B for 1\n"
                  "@1500 ended 4 200\n"
                  "  A failed: timeout\n"
                  "  drop A\n"
                  "  active B\n"
                  "  answer 1: 200 from B, attempt 4, 2 in all\n"
                  "@next\n"
                  "  probe 5 on A\n"
                  "@+0 ended 5 200\n"
                  "@next\n"
                  "  probe 6 on B\n"
                  "@+0 ended 6 200\n"
                  "@next\n"
                  "  probe 7 on A\n"
                  "@+0 ended 7 200\n"
                  "@+0 call 2\n"
                  "  A probing: trial\n"
                  "  trial 8 on A for 2\n"
                  "  A healthy: trial\n"
                  "  active A\n"
                  "  answer 2: 200 from A, attempt 8, 1 in all\n");
}

/* A stopped process answers no probe either. */
static void test_timeout_that_probes_saw_ends_by_probes(void **state)
{
    (void)state;
    run_probed(2, "@next\n"
                  "  probe 0 on B\n"
                  "@+0 ended 0 200\n"
                  "@next\n"
                  "  probe 1 on A\n"
                  "@+1 request 1\n"
                  "  request 2 on A for 1\n"
                  "@next\n"
                  "  cancel 1 on A: timeout\n"
                  "@next\n"
                  "  probe 3 on B\n"
                  "@+0 ended 3 200\n"
                  "@next\n"
                  "  probe 4 on A\n"
                  "@next\n"
                  "  cancel 4 on A: timeout\n"
                  "  A failed: probe\n"
                  "  drop A\n"
                  "  active B\n"
                  "  cancel 2 on A: moved\n"
                  "  request 5 on B for 1\n"
                  "@+1 ended 5 200\n"
                  "  answer 1: 200 from B, attempt 5, 2 in all\n"
                  "@next\n"
                  "  probe 6 on B\n"
                  "@+0 ended 6 200\n"
                  "@next\n"
                  "  probe 7 on A\n"
                  "@+0 ended 7 200\n"
                  "@next\n"
                  "  probe 8 on B\n"
                  "@+0 ended 8 200\n"
                  "@next\n"
                  "  probe 9 on A\n"
                  "@+0 ended 9 200\n"
                  "  A healthy: passed\n"
                  "  active A\n");
}

/* While probes run, no caller is sent to a node that they could not reach. */
static void test_no_trial_before_a_passed_probe(void **state)
{
    (void)state;
    run_probed(2, "@0 call 1 500\n"
                  "  request 0 on A for 1\n"
                  "  request 1 on B for 1\n"
                  "  A failed: status\n"
                  "  drop A\n"
                  "  active B\n"
                  "  answer 1: 200 from B, attempt 1, 2 in all\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@+0 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+0 ended 3 refused\n"
                  "@next\n"
                  "  probe 4 on B\n"
                  "@+0 ended 4 200\n"
                  "@1200 call 2\n"
                  "  request 5 on B for 2\n"
                  "  answer 2: 200 from B, attempt 5, 1 in all\n"
                  "@next\n"
                  "  probe 6 on A\n"
                  "@+0 ended 6 200\n"
                  "@+1 call 3\n"
                  "  A probing: trial\n"
                  "  trial 7 on A for 3\n"
                  "  A healthy: trial\n"
                  "  active A\n"
                  "  answer 3: 200 from A, attempt 7, 1 in all\n");
}

/* [29] [31] It was begun while all was well. */
static void test_probe_from_before_the_ejection_is_ignored(void **state)
{
    (void)state;
    run_probed(1, "@next\n"
                  "  probe 0 on A\n"
                  "@+0 request 1\n"
                  "  request 1 on A for 1\n"
                  "@+1 ended 1 refused\n"
                  "  A failed: refused\n"
                  "  drop A\n"
                  "  panic on\n"
                  "  answer 1: refused, attempt 1, 1 in all\n"
                  "@+1 ended 0 200\n"
                  "@next\n"
                  "  probe 2 on A\n"
                  "@+1 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+1 ended 3 200\n"
                  "  A healthy: passed\n"
                  "  panic off\n");
}

/* One probe failed, then a request timed out: two passes bring it back. */
static void test_probe_that_failed_before_the_ejection_was_a_witness(void **state)
{
    (void)state;
    run_probed(2, "@0 request 1\n"
                  "  request 0 on A for 1\n"
                  "@next\n"
                  "  probe 1 on B\n"
                  "@+0 ended 1 200\n"
                  "@next\n"
                  "  probe 2 on A\n"
                  "@+1 ended 2 reset\n"
                  "@next\n"
                  "  probe 3 on B\n"
                  "@+0 ended 3 200\n"
                  "@1500 time\n"
                  "  cancel 0 on A: timeout\n"
                  "  request 4 on B for 1\n"
                  "@1500 ended 4 200\n"
                  "  A failed: timeout\n"
                  "  drop A\n"
                  "  active B\n"
                  "  answer 1: 200 from B, attempt 4, 2 in all\n"
                  "@next\n"
                  "  probe 5 on A\n"
                  "@+0 ended 5 200\n"
                  "@next\n"
                  "  probe 6 on B\n"
                  "@+0 ended 6 200\n"
                  "@next\n"
                  "  probe 7 on A\n"
                  "@+0 ended 7 200\n"
                  "  A healthy: passed\n"
                  "  active A\n");
}

/* Too old to count against the node, but it shows that probes see what requests see. */
static void test_probe_that_was_under_way_at_the_ejection_is_a_witness(void **state)
{
    (void)state;
    run_probed(2, "@100 request 1\n"
                  "  request 0 on A for 1\n"
                  "@next\n"
                  "  probe 1 on B\n"
                  "@+0 ended 1 200\n"
                  "@next\n"
                  "  probe 2 on A\n"
                  "@+1 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on B\n"
                  "@+0 ended 3 200\n"
                  "@next\n"
                  "  probe 4 on A\n"
                  "@1600 time\n"
                  "  cancel 0 on A: timeout\n"
                  "  request 5 on B for 1\n"
                  "@1600 ended 5 200\n"
                  "  A failed: timeout\n"
                  "  drop A\n"
                  "  active B\n"
                  "  answer 1: 200 from B, attempt 5, 2 in all\n"
                  "@next\n"
                  "  cancel 4 on A: timeout\n"
                  "@next\n"
                  "  probe 6 on B\n"
                  "@+0 ended 6 200\n"
                  "@next\n"
                  "  probe 7 on A\n"
                  "@+0 ended 7 200\n"
                  "@next\n"
                  "  probe 8 on B\n"
                  "@+0 ended 8 200\n"
                  "@next\n"
                  "  probe 9 on A\n"
                  "@+0 ended 9 200\n"
                  "  A healthy: passed\n"
                  "  active A\n");
}

/* Callers only ever get 4xx, so no trial decides. */
static void test_probes_decide_where_no_trial_does(void **state)
{
    (void)state;
    run_probed(2, "@0 call 1 refused\n"
                  "  request 0 on A for 1\n"
                  "  A failed: refused\n"
                  "  drop A\n"
                  "  active B\n"
                  "  request 1 on B for 1\n"
                  "  answer 1: 200 from B, attempt 1, 2 in all\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@+0 ended 2 200\n"
                  "@next\n"
                  "  probe 3 on A\n"
                  "@+0 ended 3 200\n"
                  "@1000 call 2 404\n"
                  "  A probing: trial\n"
                  "  trial 4 on A for 2\n"
                  "  answer 2: 404 from A, attempt 4, 1 in all\n"
                  "@next\n"
                  "  probe 5 on B\n"
                  "@+0 ended 5 200\n"
                  "@next\n"
                  "  probe 6 on A\n"
                  "@+0 ended 6 200\n"
                  "@next\n"
                  "  probe 7 on B\n"
                  "@+0 ended 7 200\n"
                  "@next\n"
                  "  probe 8 on A\n"
                  "@+0 ended 8 200\n"
                  "  A healthy: passed\n"
                  "  active A\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probes_eject_and_bring_back),
        cmocka_unit_test(test_probe_failures_must_be_consecutive),
        cmocka_unit_test(test_probes_bring_back_a_refused_node),
        cmocka_unit_test(test_probes_do_not_bring_back_what_they_do_not_exercise),
        cmocka_unit_test(test_timeout_that_no_probe_saw_ends_by_trial),
        cmocka_unit_test(test_timeout_that_probes_saw_ends_by_probes),
        cmocka_unit_test(test_no_trial_before_a_passed_probe),
        cmocka_unit_test(test_probe_from_before_the_ejection_is_ignored),
        cmocka_unit_test(test_probe_that_failed_before_the_ejection_was_a_witness),
        cmocka_unit_test(test_probe_that_was_under_way_at_the_ejection_is_a_witness),
        cmocka_unit_test(test_probes_decide_where_no_trial_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
