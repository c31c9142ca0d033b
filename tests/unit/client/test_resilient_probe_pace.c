/* When health checks are sent. Numbers in brackets: invariants of the project's catalogue. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

/* health_check: {nodes: failed} */
static void test_only_failed_nodes_are_probed(void **state)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);

    (void)state;
    settings.health_check.failed_only = true;
    script_run(&settings, 2,
               "@5000 call 1 refused\n"
               "  request 0 on A for 1\n"
               "  A failed: refused\n"
               "  drop A\n"
               "  active B\n"
               "  request 1 on B for 1\n"
               "  answer 1: 200 from B, attempt 1, 2 in all\n"
               "@6000 time\n"
               "  probe 2 on A\n"
               "@6001 ended 2 200\n"
               "@7000 time\n"
               "  probe 3 on A\n"
               "@7001 ended 3 200\n"
               "  A healthy: passed\n"
               "  active A\n"
               "@20000 wait\n");
}

/* [22] A timeout longer than the interval: the next one starts when the last one ended. */
static void test_slow_probes_never_overlap(void **state)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);

    (void)state;
    settings.health_check.timeout = 3 * NANOS_PER_S;
    script_run(&settings, 1,
               "@next\n"
               "  probe 0 on A\n"
               "@next\n"
               "  cancel 0 on A: timeout\n"
               "  probe 1 on A\n"
               "@+700 ended 1 200\n"
               "@next\n"
               "  probe 2 on A\n");
}

static nanos next_probe(struct policy *policy, struct outputs *outputs)
{
    nanos at = NANOS_NEVER;

    do {
        at = policy_deadline(policy);
        policy_step(policy, at, &(struct input){.kind = INPUT_DEADLINE}, outputs);
    } while (outputs->count == 0 || outputs->item[0].kind != OUTPUT_ATTEMPT);
    return at;
}

/* [21] [22] Within a tenth of the interval to either side, and spread over all of that. */
static void test_probes_are_jittered(void **state)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);
    struct outputs outputs;
    struct arena arena;
    nanos least = NANOS_NEVER;
    nanos most = 0;

    (void)state;
    settings.health_check.jitter_ppm = 100000;
    arena_init(&arena, 0);
    struct policy *policy = policy_new(&arena, &settings, 1, 0, 1, 1);
    policy_step(policy, 0, &(struct input){.kind = INPUT_DEADLINE}, &outputs);
    nanos last = next_probe(policy, &outputs);
    assert_true(last <= NANOS_PER_S);
    for (int i = 0; i < 1000; i++) {
        policy_step(policy, last,
                    &(struct input){.kind = INPUT_ATTEMPT_ENDED,
                                    .ended = {.ref = outputs.item[0].attempt.ref,
                                              .outcome = OUTCOME_ANSWER,
                                              .status = 200}},
                    &outputs);
        nanos at = next_probe(policy, &outputs);
        least = nanos_min(least, at - last);
        most = nanos_max(most, at - last);
        last = at;
    }
    assert_in_range(least, 900 * NANOS_PER_MS, 905 * NANOS_PER_MS);
    assert_in_range(most, 1095 * NANOS_PER_MS, 1100 * NANOS_PER_MS);
    arena_done(&arena);
}

/* [21] Two clients of one seed do not probe in step. */
static void test_clients_begin_to_probe_at_different_times(void **state)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);
    struct outputs outputs;
    struct arena arena;
    nanos first[2] = {0};

    (void)state;
    settings.instances = 2;
    arena_init(&arena, 0);
    for (uint16_t client = 0; client < 2; client++) {
        struct policy *policy = policy_new(&arena, &settings, 1, client, 1, 1);
        policy_step(policy, 0, &(struct input){.kind = INPUT_DEADLINE}, &outputs);
        first[client] = policy_deadline(policy);
    }
    assert_true(first[0] != first[1]);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_failed_nodes_are_probed),
        cmocka_unit_test(test_slow_probes_never_overlap),
        cmocka_unit_test(test_probes_are_jittered),
        cmocka_unit_test(test_clients_begin_to_probe_at_different_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
