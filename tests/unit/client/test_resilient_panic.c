/* When all nodes are ejected. Numbers in brackets: invariants of the project's catalogue. */
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

/* [7] Told once; each request goes to nodes in turn until one takes it, and fails at once with the
   true error. */
static void test_all_down_is_panic(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@0 ended 1 refused\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  active C\n"
           "  request 2 on C for 1\n"
           "@0 ended 2 refused\n"
           "  C failed: refused\n"
           "  drop C\n"
           "  panic on\n"
           "  answer 1: refused, attempt 2, 3 in all\n"
           "@10 request 2\n"
           "  request 3 on A for 2\n"
           "@10 ended 3 refused\n"
           "  request 4 on B for 2\n"
           "@10 ended 4 refused\n"
           "  request 5 on C for 2\n"
           "@10 ended 5 refused\n"
           "  answer 2: refused, attempt 5, 3 in all\n"
           "@20 request 3 post\n"
           "  request 6 on A for 3\n"
           "@20 ended 6 refused\n"
           "  request 7 on B for 3\n"
           "@20 ended 7 500\n"
           "  answer 3: 500 from B, attempt 7, 2 in all\n"
           "@30 request 4\n"
           "  request 8 on C for 4\n"
           "@30 ended 8 reset\n"
           "  answer 4: reset, attempt 8, 1 in all\n"
           "@40 request 5\n"
           "  request 9 on A for 5\n"
           "@40 ended 9 500\n"
           "  answer 5: 500 from A, attempt 9, 1 in all\n");
}

/* [8] No probe, no restart of the client: whichever node is back is found by the requests. */
static void test_first_success_ends_panic(void **state)
{
    (void)state;
    run(2, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@0 ended 0 refused\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@0 ended 1 refused\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  panic on\n"
           "  answer 1: refused, attempt 1, 2 in all\n"
           "@100 call 2 refused\n"
           "  request 2 on A for 2\n"
           "  request 3 on B for 2\n"
           "  B healthy: panic\n"
           "  panic off\n"
           "  answer 2: 200 from B, attempt 3, 2 in all\n"
           "@300 call 4\n"
           "  request 4 on B for 4\n"
           "  answer 4: 200 from B, attempt 4, 1 in all\n"
           "@1000 call 5\n"
           "  A probing: trial\n"
           "  trial 5 on A for 5\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 5: 200 from A, attempt 5, 1 in all\n");
}

/* Hundreds of requests may fail in panic; the node is still due after its second. */
static void test_panic_does_not_lengthen_ejections(void **state)
{
    (void)state;
    run(2, "@0 call 1 refused\n"
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
           "  panic on\n"
           "  request 3 on A for 2\n"
           "  A healthy: panic\n"
           "  panic off\n"
           "  active A\n"
           "  answer 2: 200 from A, attempt 3, 2 in all\n"
           "@0 call 3 refused\n"
           "  request 4 on A for 3\n"
           "  A failed: refused\n"
           "  drop A\n"
           "  panic on\n"
           "  request 5 on B for 3\n"
           "  B healthy: panic\n"
           "  panic off\n"
           "  active B\n"
           "  answer 3: 200 from B, attempt 5, 2 in all\n");
}

/* A node that costs a whole timeout is no choice while another one at least answers at once. */
static void test_panic_asks_silent_nodes_last(void **state)
{
    (void)state;
    run(3, "@0 request 1\n"
           "  request 0 on A for 1\n"
           "@500 ended 0 connect_timeout\n"
           "  A failed: connect_timeout\n"
           "  drop A\n"
           "  active B\n"
           "  request 1 on B for 1\n"
           "@500 ended 1 refused\n"
           "  B failed: refused\n"
           "  drop B\n"
           "  active C\n"
           "  request 2 on C for 1\n"
           "@500 ended 2 reset\n"
           "  C failed: reset\n"
           "  drop C\n"
           "  panic on\n"
           "  answer 1: reset, attempt 2, 3 in all\n"
           "@510 request 2\n"
           "  request 3 on B for 2\n"
           "@510 ended 3 reset\n"
           "  answer 2: reset, attempt 3, 1 in all\n"
           "@520 request 3\n"
           "  request 4 on C for 3\n"
           "@520 ended 4 reset\n"
           "  answer 3: reset, attempt 4, 1 in all\n"
           /* Who is refused goes on, and to the silent one when no other is left. */
           "@530 request 4\n"
           "  request 5 on B for 4\n"
           "@530 ended 5 refused\n"
           "  request 6 on C for 4\n"
           "@530 ended 6 refused\n"
           "  request 7 on A for 4\n"
           "@540 ended 7 reset\n"
           "  answer 4: reset, attempt 7, 3 in all\n"
           /* All are due again: their trials come first, the silent one's too. */
           "@1500 request 5\n"
           "  A probing: trial\n"
           "  trial 8 on A for 5\n"
           "@1510 request 6\n"
           "  B probing: trial\n"
           "  trial 9 on B for 6\n"
           "@1511 ended 9 reset\n"
           "  B failed: reset\n"
           "  drop B\n"
           "  answer 6: reset, attempt 9, 1 in all\n"
           "@1520 request 7\n"
           "  C probing: trial\n"
           "  trial 10 on C for 7\n"
           "@1521 ended 10 200\n"
           "  C healthy: trial\n"
           "  panic off\n"
           "  answer 7: 200 from C, attempt 10, 1 in all\n"
           "@1522 ended 8 200\n"
           "  A healthy: trial\n"
           "  active A\n"
           "  answer 5: 200 from A, attempt 8, 1 in all\n");
}

/* [8] One good probe is not yet enough to return (rise 2), but reason enough to ask there first. */
static void test_panic_prefers_a_node_whose_probe_passed(void **state)
{
    (void)state;
    run_probed(2, "@0 request 1\n"
                  "  request 0 on A for 1\n"
                  "@0 ended 0 refused\n"
                  "  A failed: refused\n"
                  "  drop A\n"
                  "  active B\n"
                  "  request 1 on B for 1\n"
                  "@0 ended 1 refused\n"
                  "  B failed: refused\n"
                  "  drop B\n"
                  "  panic on\n"
                  "  answer 1: refused, attempt 1, 2 in all\n"
                  "@next\n"
                  "  probe 2 on B\n"
                  "@+0 ended 2 200\n"
                  "@+1 call 2\n"
                  "  request 3 on B for 2\n"
                  "  B healthy: panic\n"
                  "  panic off\n"
                  "  answer 2: 200 from B, attempt 3, 1 in all\n");
}

/* Nothing else will follow it. */
static void test_one_attempt_in_panic_gets_all_the_time(void **state)
{
    (void)state;
    run(2, "@0 request 1 post\n"
           "  request 0 on A for 1\n"
           "@0 request 2 post\n"
           "  request 1 on A for 2\n"
           "@0 ended 0 reset\n"
           "  A failed: reset\n"
           "  drop A\n"
           "  active B\n"
           "  answer 1: reset, attempt 0, 1 in all\n"
           "@0 request 3 post\n"
           "  request 2 on B for 3\n"
           "@0 ended 2 reset\n"
           "  B failed: reset\n"
           "  drop B\n"
           "  panic on\n"
           "  answer 3: reset, attempt 2, 1 in all\n"
           "@0 ended 1 reset\n"
           "  answer 2: reset, attempt 1, 1 in all\n"
           "@5000 request 4 post due 2000\n"
           "  request 3 on A for 4\n"
           "@6500 time\n"
           "  cancel 3 on A: timeout\n"
           "  answer 4: timeout, attempt 3, 1 in all\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_down_is_panic),
        cmocka_unit_test(test_first_success_ends_panic),
        cmocka_unit_test(test_panic_does_not_lengthen_ejections),
        cmocka_unit_test(test_panic_asks_silent_nodes_last),
        cmocka_unit_test(test_panic_prefers_a_node_whose_probe_passed),
        cmocka_unit_test(test_one_attempt_in_panic_gets_all_the_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
