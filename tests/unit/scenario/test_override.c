#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <string.h>

static const char text[] = "name: case\n"
                           "x-stub: &stub {latency: 2ms}\n"
                           "nodes:\n"
                           "  - {name: a, stub: *stub}\n"
                           "  - {name: b, stub: *stub}\n"
                           "faults:\n"
                           "  - {at: 1s, kill: a}\n"
                           "  - {at: 2s, kill: b}\n"
                           "expect:\n"
                           "  failed_requests: 0\n";

static void take(struct reading *reading, const char *const *settings, size_t count)
{
    struct scenario_overrides overrides = {.settings = settings, .setting_count = count};
    reading_take(reading, text, strlen(text), &overrides);
}

static void test_values_are_replaced(void **state)
{
    static const char *const settings[] = {
        "seed=7", "faults.1.at=3s", "name=other", "expect.failed_requests=at most 3", "tags=[x, y]",
    };
    struct reading reading;
    (void)state;
    take(&reading, settings, 5);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.seed, 7);
    assert_int_equal(reading.scenario.faults[0].at_from, 1 * NANOS_PER_S);
    assert_int_equal(reading.scenario.faults[1].at_from, 3 * NANOS_PER_S);
    assert_string_equal(reading.scenario.name, "other");
    assert_int_equal(reading.scenario.expectations[0].limit, 3);
    assert_int_equal(reading.scenario.tag_count, 2);
    reading_done(&reading);
}

static void test_missing_mappings_are_made(void **state)
{
    static const char *const settings[] = {"traffic.rate=50/s", "client.health_check.interval=3s",
                                           "client.profile=resilient"};
    struct reading reading;
    (void)state;
    take(&reading, settings, 3);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.traffic.rate_micro, 50000000);
    assert_int_equal(reading.scenario.client.health_check.interval, 3 * NANOS_PER_S);
    reading_done(&reading);
}

static void test_metrics_with_dots_are_one_key(void **state)
{
    static const char *const settings[] = {"expect.latency.p99=below 1s"};
    struct reading reading;
    (void)state;
    take(&reading, settings, 1);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.expectation_count, 2);
    assert_int_equal(reading.scenario.expectations[1].metric, METRIC_LATENCY_P99);
    reading_done(&reading);
}

static void test_a_shared_value_changes_in_one_place(void **state)
{
    static const char *const settings[] = {"nodes.1.stub.latency=9ms"};
    struct reading reading;
    (void)state;
    take(&reading, settings, 1);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.nodes[0].stub.latency, 2 * NANOS_PER_MS);
    assert_int_equal(reading.scenario.nodes[1].stub.latency, 9 * NANOS_PER_MS);
    reading_done(&reading);
}

static void test_mistakes_name_the_setting(void **state)
{
    static const struct {
        const char *setting;
        const char *part;
    } samples[] = {
        {"traffic.rate=fast", "'rate' must be a rate"},
        {"client.health_check=1", "'health_check' must be a mapping"},
        {"faults.2.at=1s", "no item '2' in a list of 2"},
        {"faults.first.at=1s", "no item 'first'"},
        {"name.x=1", "neither a mapping nor a list"},
        {"seed", "KEY=VALUE"},
        {"=5", "KEY=VALUE"},
        {"a..b=5", "empty part"},
        {"seed=[", "YAML syntax"},
        {"seed=", "empty"},
        {"seed=!!int 5", "explicit tags"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct reading reading;
        take(&reading, &samples[i].setting, 1);
        assert_int_equal(reading.result, -1);
        assert_int_equal(reading.diagnostics.count, 1);
        const struct diagnostic *first = &reading.diagnostics.items[0];
        assert_memory_equal(first->at.file, "--set ", 6);
        assert_string_equal(first->at.file + 6, samples[i].setting);
        assert_int_equal(first->at.line, 1);
        assert_non_null(strstr(first->text, samples[i].part));
        reading_done(&reading);
    }
}

static void test_the_text_stays_as_it_is(void **state)
{
    static const char *const settings[] = {"seed=7"};
    struct reading reading;
    (void)state;
    take(&reading, settings, 1);
    assert_string_equal(reading.scenario.text, text);
    assert_int_equal(reading.scenario.text_length, strlen(text));
    reading_done(&reading);
}

static void test_port_base_moves_all_nodes(void **state)
{
    struct scenario_overrides overrides = {.port_base = 20000};
    struct reading reading;
    (void)state;
    reading_take(&reading, text, strlen(text), &overrides);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.nodes[0].port, 20000);
    assert_int_equal(reading.scenario.nodes[1].port, 20001);
    reading_done(&reading);
    overrides.port_base = 65535;
    reading_take(&reading, text, strlen(text), &overrides);
    assert_int_equal(reading.result, -1);
    assert_string_equal(reading.diagnostics.items[0].at.file, "--port-base 65535");
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_replaced),
        cmocka_unit_test(test_missing_mappings_are_made),
        cmocka_unit_test(test_metrics_with_dots_are_one_key),
        cmocka_unit_test(test_a_shared_value_changes_in_one_place),
        cmocka_unit_test(test_mistakes_name_the_setting),
        cmocka_unit_test(test_the_text_stays_as_it_is),
        cmocka_unit_test(test_port_base_moves_all_nodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
