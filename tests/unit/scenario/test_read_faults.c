#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <stdio.h>
#include <string.h>

/* The only fault of a scenario whose list of faults is that item. */
static const struct fault *read_fault(struct reading *reading, const char *item)
{
    char text[400];
    assert_in_range(snprintf(text, sizeof(text), "faults:\n  - %s\n", item), 1, sizeof(text) - 1);
    reading_valid(reading, text);
    assert_int_equal(reading->scenario.fault_count, 1);
    return &reading->scenario.faults[0];
}

static void test_every_kind_is_known_by_its_key(void **state)
{
    static const char *const rest[FAULT_KINDS] = {
        [FAULT_RESPOND] = ", status: 503", [FAULT_SLOW] = ", by: 1s",
        [FAULT_TRICKLE] = ", rate: 10B/s", [FAULT_FLAP] = ", every: 2s, down: 1s",
        [FAULT_DELAY] = ", by: 1s",        [FAULT_THROTTLE] = ", rate: 10B/s",
        [FAULT_SLOW_CLOSE] = ", by: 1s",
    };
    (void)state;
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        struct reading reading;
        char item[200];
        char id[80];
        const char *word = fault_kind_word((enum fault_kind)kind);
        assert_true(snprintf(item, sizeof(item), "{at: 1500ms, %s: %s%s}", word,
                             kind == FAULT_RESET_FAILED ? "true" : "backup-1",
                             rest[kind] != NULL ? rest[kind] : "") > 0);
        assert_true(snprintf(id, sizeof(id), "%s-1", word) > 0);
        const struct fault *fault = read_fault(&reading, item);
        assert_int_equal(fault->kind, kind);
        assert_string_equal(fault->id, id);
        assert_int_equal(fault->at_from, 1500 * NANOS_PER_MS);
        assert_int_equal(fault->at_to, fault->at_from);
        assert_int_equal(fault->hold, NANOS_NEVER);
        assert_int_equal(fault->target, TARGET_NODES);
        assert_int_equal(fault->node_count, kind == FAULT_RESET_FAILED ? 0 : 1);
        assert_int_equal(fault->parameters.ratio_ppm, kind == FAULT_CORRUPT ? 10000 : 1000000);
        assert_int_equal(fault->parameters.of_ppm, 1000000);
        assert_int_equal(fault->source.line, 3);
        reading_done(&reading);
    }
}

static void test_times(void **state)
{
    struct reading reading;
    (void)state;
    const struct fault *fault =
        read_fault(&reading, "{at: 0s, for: 30s, kill: primary, id: first}");
    assert_int_equal(fault->at_from, 0);
    assert_int_equal(fault->hold, 30 * NANOS_PER_S);
    assert_string_equal(fault->id, "first");
    reading_done(&reading);
    fault = read_fault(&reading, "{at: 3s..4500ms, pause: primary}");
    assert_int_equal(fault->at_from, 3 * NANOS_PER_S);
    assert_int_equal(fault->at_to, 4500 * NANOS_PER_MS);
    reading_done(&reading);
    fault = read_fault(&reading, "{at: 9999ms, pause: primary}");
    assert_int_equal(fault->at_to, 9999 * NANOS_PER_MS);
    reading_done(&reading);
}

static void test_targets(void **state)
{
    static const struct {
        const char *word;
        enum target_kind kind;
    } samples[] = {
        {"current", TARGET_CURRENT}, {"all", TARGET_ALL},           {"others", TARGET_OTHERS},
        {"one", TARGET_ONE},         {"minority", TARGET_MINORITY}, {"majority", TARGET_MAJORITY},
    };
    struct reading reading;
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        char item[100];
        assert_true(snprintf(item, sizeof(item), "{at: 1s, hang: %s}", samples[i].word) > 0);
        const struct fault *fault = read_fault(&reading, item);
        assert_int_equal(fault->target, samples[i].kind);
        assert_int_equal(fault->node_count, 0);
        reading_done(&reading);
    }
    const struct fault *fault = read_fault(&reading, "{at: 1s, hang: [backup-2, primary]}");
    assert_int_equal(fault->target, TARGET_NODES);
    assert_int_equal(fault->node_count, 2);
    assert_int_equal(fault->nodes[0], 2);
    assert_int_equal(fault->nodes[1], 0);
    reading_done(&reading);
    fault = read_fault(&reading, "{at: 1s, switch_to: backup-1}");
    assert_int_equal(fault->nodes[0], 1);
    reading_done(&reading);
    read_fault(&reading, "{at: 1s, reset_failed}");
    reading_done(&reading);
}

static void test_parameters_of_respond(void **state)
{
    struct reading reading;
    (void)state;
    const struct fault_parameters *parameters =
        &read_fault(&reading, "{at: 1s, respond: primary, statuses: [500, 200, 599], ratio: 1%, "
                              "path: /api/health, retry_after: 2s, after_commit: true}")
             ->parameters;
    assert_int_equal(parameters->status_count, 3);
    assert_int_equal(parameters->statuses[0], 500);
    assert_int_equal(parameters->statuses[1], 200);
    assert_int_equal(parameters->statuses[2], 599);
    assert_int_equal(parameters->ratio_ppm, 10000);
    assert_string_equal(parameters->path, "/api/health");
    assert_int_equal(parameters->retry_after, 2 * NANOS_PER_S);
    assert_true(parameters->after_commit);
    reading_done(&reading);
    parameters = &read_fault(&reading, "{at: 1s, respond: primary, status: 404}")->parameters;
    assert_int_equal(parameters->status_count, 1);
    assert_int_equal(parameters->statuses[0], 404);
    assert_null(parameters->path);
    assert_int_equal(parameters->retry_after, 0);
    assert_false(parameters->after_commit);
    reading_done(&reading);
}

static void test_parameters_of_others(void **state)
{
    struct reading reading;
    (void)state;
    const struct fault_parameters *parameters =
        &read_fault(&reading, "{at: 1s, slow: primary, by: 200ms, jitter: 200ms, ratio: 0.5}")
             ->parameters;
    assert_int_equal(parameters->by, 200 * NANOS_PER_MS);
    assert_int_equal(parameters->jitter, 200 * NANOS_PER_MS);
    assert_int_equal(parameters->ratio_ppm, 500000);
    reading_done(&reading);
    assert_int_equal(
        read_fault(&reading, "{at: 1s, stall: primary, after_bytes: 1KiB}")->parameters.after_bytes,
        1024);
    reading_done(&reading);
    assert_int_equal(read_fault(&reading, "{at: 1s, truncate: primary}")->parameters.after_bytes,
                     1);
    reading_done(&reading);
    assert_int_equal(read_fault(&reading, "{at: 1s, truncate: primary, after_bytes: 0B}")
                         ->parameters.after_bytes,
                     0);
    reading_done(&reading);
    assert_int_equal(
        read_fault(&reading, "{at: 1s, trickle: primary, rate: 64KiB/s}")->parameters.rate_bytes,
        65536);
    reading_done(&reading);
    assert_int_equal(read_fault(&reading, "{at: 1s, gray: primary}")->parameters.statuses[0], 503);
    reading_done(&reading);
    parameters = &read_fault(&reading, "{at: 1s, gray: primary, status: 500}")->parameters;
    assert_int_equal(parameters->status_count, 1);
    assert_int_equal(parameters->statuses[0], 500);
    reading_done(&reading);
}

static void test_parameters_on_the_wire(void **state)
{
    struct reading reading;
    (void)state;
    const struct fault_parameters *parameters =
        &read_fault(&reading, "{at: 1s, reset: primary, after_bytes: 2KiB, of: 50%}")->parameters;
    assert_int_equal(parameters->after_bytes, 2048);
    assert_int_equal(parameters->of_ppm, 500000);
    reading_done(&reading);
    assert_int_equal(read_fault(&reading, "{at: 1s, reset: primary}")->parameters.after_bytes, 0);
    reading_done(&reading);
    parameters = &read_fault(&reading, "{at: 1s, delay: all, by: 100ms, jitter: 20ms}")->parameters;
    assert_int_equal(parameters->by, 100 * NANOS_PER_MS);
    assert_int_equal(parameters->jitter, 20 * NANOS_PER_MS);
    reading_done(&reading);
    parameters = &read_fault(&reading, "{at: 1s, throttle: one, rate: 1MiB/s, of: 1}")->parameters;
    assert_int_equal(parameters->rate_bytes, 1048576);
    assert_int_equal(parameters->of_ppm, 1000000);
    reading_done(&reading);
    assert_int_equal(
        read_fault(&reading, "{at: 1s, corrupt: primary, ratio: 0.0001%}")->parameters.ratio_ppm,
        1);
    reading_done(&reading);
    parameters =
        &read_fault(&reading, "{at: 1s, slow_close: one, by: 2s, jitter: 1s, of: 5%}")->parameters;
    assert_int_equal(parameters->by, 2 * NANOS_PER_S);
    assert_int_equal(parameters->jitter, NANOS_PER_S);
    assert_int_equal(parameters->of_ppm, 50000);
    reading_done(&reading);
    parameters =
        &read_fault(&reading, "{at: 1s, blackhole: current, direction: out, of: 10%}")->parameters;
    assert_int_equal(parameters->direction, DIRECTION_OUT);
    assert_int_equal(parameters->of_ppm, 100000);
    reading_done(&reading);
    parameters = &read_fault(&reading, "{at: 1s, blackhole: current}")->parameters;
    assert_int_equal(parameters->direction, DIRECTION_BOTH);
    reading_done(&reading);
}

static void test_parameters_of_flap(void **state)
{
    struct reading reading;
    (void)state;
    const struct fault *fault =
        read_fault(&reading, "{at: 1s, flap: primary, every: 2s, down: 1999ms, how: pause}");
    assert_int_equal(fault->hold, NANOS_NEVER);
    assert_int_equal(fault->parameters.every, 2 * NANOS_PER_S);
    assert_int_equal(fault->parameters.down, 1999 * NANOS_PER_MS);
    assert_int_equal(scenario_fault_acts_as(fault), FAULT_PAUSE);
    /* At 1, 3, 5 and 7 s of 10 s; one that began with the end of traffic is none. */
    assert_int_equal(scenario_fault_applications(&reading.scenario, fault, 2 * NANOS_PER_S), 4);
    assert_int_equal(scenario_fault_applications(&reading.scenario, fault, 2 * NANOS_PER_S - 1), 5);
    reading_done(&reading);
    fault = read_fault(&reading, "{at: 1s, for: 4s, flap: primary, every: 2s, down: 1s}");
    assert_int_equal(scenario_fault_acts_as(fault), FAULT_KILL);
    assert_int_equal(scenario_fault_applications(&reading.scenario, fault, NANOS_PER_S), 2);
    reading_done(&reading);
    fault = read_fault(&reading, "{at: 1s, for: 4s, kill: primary}");
    assert_int_equal(scenario_fault_acts_as(fault), FAULT_KILL);
    assert_int_equal(scenario_fault_applications(&reading.scenario, fault, NANOS_PER_S), 1);
    reading_done(&reading);
}

static void assert_groups(const char *item, const uint8_t *expected)
{
    struct reading reading;
    const struct fault *fault = read_fault(&reading, item);
    if (expected == NULL) {
        assert_null(fault->parameters.groups);
    } else {
        assert_memory_equal(fault->parameters.groups, expected, 3);
    }
    reading_done(&reading);
}

/* Whoever is cut off is group 0. */
static void test_groups_of_partition(void **state)
{
    (void)state;
    assert_groups("{at: 1s, partition: primary}", (const uint8_t[]){0, 1, 1});
    assert_groups("{at: 1s, partition: [backup-2, primary]}", (const uint8_t[]){0, 1, 0});
    assert_groups("{at: 1s, partition: minority}", NULL);
    assert_groups("{at: 1s, partition: majority, direction: in}", NULL);
    assert_groups("{at: 1s, partition: primary, groups: [[primary], [backup-1, backup-2]]}",
                  (const uint8_t[]){0, 1, 1});
    assert_groups("{at: 1s, partition: backup-2, groups: [[primary], [backup-1], [backup-2]]}",
                  (const uint8_t[]){1, 2, 0});
    assert_groups("{at: 1s, partition: [backup-1, primary], direction: out, "
                  "groups: [[backup-2], [primary, backup-1]]}",
                  (const uint8_t[]){0, 0, 1});
    assert_groups("{at: 1s, partition: backup-1, groups: [[primary], [backup-1]]}",
                  (const uint8_t[]){1, 0, GROUP_NONE});
}

static void test_merged_and_aliased_faults(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "x-hold: &hold {for: 3s, expect: {relapses: 0}}\n"
                            "faults:\n"
                            "  - {at: 1s, pause: primary, <<: *hold}\n"
                            "  - &again {at: 5s, hang: backup-1, <<: *hold, for: 2s}\n"
                            "  - {<<: *again, at: 8s}\n");
    const struct scenario *scenario = &reading.scenario;
    assert_int_equal(scenario->fault_count, 3);
    assert_int_equal(scenario->faults[0].hold, 3 * NANOS_PER_S);
    assert_int_equal(scenario->faults[1].hold, 2 * NANOS_PER_S);
    assert_int_equal(scenario->faults[2].kind, FAULT_HANG);
    assert_int_equal(scenario->faults[2].at_from, 8 * NANOS_PER_S);
    assert_string_equal(scenario->faults[2].id, "hang-3");
    assert_int_equal(scenario->expectation_count, 3);
    assert_int_equal(scenario->expectations[2].fault, 2);
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_is_known_by_its_key),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_parameters_of_respond),
        cmocka_unit_test(test_parameters_of_others),
        cmocka_unit_test(test_parameters_on_the_wire),
        cmocka_unit_test(test_parameters_of_flap),
        cmocka_unit_test(test_groups_of_partition),
        cmocka_unit_test(test_merged_and_aliased_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
