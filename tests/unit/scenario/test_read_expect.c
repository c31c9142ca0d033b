#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <stdio.h>
#include <string.h>

#define FAULTS                                                                                     \
    "traffic: {streams: [{kind: sse, path: /s, interval: 100ms}]}\n"                               \
    "faults:\n"                                                                                    \
    "  - {at: 1s, kill: primary, for: 8s}\n"                                                       \
    "  - {at: 2s, switch_to: backup-1}\n"

static const struct expectation *read_one(struct reading *reading, const char *pair)
{
    char text[400];
    assert_in_range(snprintf(text, sizeof(text), FAULTS "expect:\n  %s\n", pair), 1,
                    sizeof(text) - 1);
    reading_valid(reading, text);
    assert_int_equal(reading->scenario.expectation_count, 1);
    return &reading->scenario.expectations[0];
}

static void test_comparisons(void **state)
{
    static const struct {
        const char *pair;
        enum comparison comparison;
        int64_t limit;
    } samples[] = {
        {"switchover: < 5s", COMPARISON_LESS, 5 * NANOS_PER_S},
        {"switchover: <5s", COMPARISON_LESS, 5 * NANOS_PER_S},
        {"switchover: <= 250ms", COMPARISON_AT_MOST, 250 * NANOS_PER_MS},
        {"switchover: \"> 1s\"", COMPARISON_GREATER, NANOS_PER_S},
        {"switchover: '>= 1s'", COMPARISON_AT_LEAST, NANOS_PER_S},
        {"switchover: == 1s", COMPARISON_EQUAL, NANOS_PER_S},
        {"worst_latency: below 5s", COMPARISON_LESS, 5 * NANOS_PER_S},
        {"worst_latency: at most 1.5s", COMPARISON_AT_MOST, 1500 * NANOS_PER_MS},
        {"worst_latency: above 1s", COMPARISON_GREATER, NANOS_PER_S},
        {"worst_latency: at least 1s", COMPARISON_AT_LEAST, NANOS_PER_S},
        {"worst_latency: exactly 1s", COMPARISON_EQUAL, NANOS_PER_S},
        {"failed_requests: 0", COMPARISON_EQUAL, 0},
        {"failed_requests: \"3\"", COMPARISON_EQUAL, 3},
        {"failed_requests: == 12", COMPARISON_EQUAL, 12},
        {"failed_requests: at most   7", COMPARISON_AT_MOST, 7},
        {"failed_requests: < 1", COMPARISON_LESS, 1},
        {"success_ratio: at least 99.9%", COMPARISON_AT_LEAST, 999000},
        {"success_ratio: \">= 0.5\"", COMPARISON_AT_LEAST, 500000},
        {"attempts_per_request: < 1.5", COMPARISON_LESS, 1500000},
        {"herd: at most 100%", COMPARISON_AT_MOST, 1000000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct reading reading;
        const struct expectation *expectation = read_one(&reading, samples[i].pair);
        assert_int_equal(expectation->comparison, samples[i].comparison);
        assert_int_equal(expectation->limit, samples[i].limit);
        reading_done(&reading);
    }
}

static void test_every_metric_by_its_name(void **state)
{
    static const char *const bounds[] = {
        [UNIT_NANOS] = "below 5s", [UNIT_COUNT] = "below 5", [UNIT_RATIO] = "below 50%"};
    (void)state;
    for (unsigned metric = 0; metric < METRICS; metric++) {
        struct reading reading;
        char pair[100];
        const char *node = metric == METRIC_SHARE ? ".backup-1" : "";
        assert_true(snprintf(pair, sizeof(pair), "%s%s: %s", metric_word((enum metric)metric), node,
                             bounds[metric_unit((enum metric)metric)]) > 0);
        const struct expectation *expectation = read_one(&reading, pair);
        assert_int_equal(expectation->metric, metric);
        assert_int_equal(expectation->pooled, POOLED_NONE);
        assert_int_equal(expectation->fault, FAULT_NONE);
        assert_int_equal(expectation->node, metric == METRIC_SHARE ? 1 : NODE_NONE);
        reading_done(&reading);
    }
}

static void test_pooled_figures(void **state)
{
    static const struct {
        const char *name;
        enum metric metric;
        enum pooled pooled;
    } samples[] = {
        {"switchover.min", METRIC_SWITCHOVER, POOLED_MIN},
        {"switchover.p50", METRIC_SWITCHOVER, POOLED_P50},
        {"switchover.p95", METRIC_SWITCHOVER, POOLED_P95},
        {"switchover.max", METRIC_SWITCHOVER, POOLED_MAX},
        {"latency.max", METRIC_LATENCY_MAX, POOLED_NONE},
        {"latency.p50", METRIC_LATENCY_P50, POOLED_NONE},
        {"latency.max.max", METRIC_LATENCY_MAX, POOLED_MAX},
        {"service.p99.p95", METRIC_SERVICE_P99, POOLED_P95},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct reading reading;
        char pair[100];
        assert_true(snprintf(pair, sizeof(pair), "%s: below 5s", samples[i].name) > 0);
        const struct expectation *expectation = read_one(&reading, pair);
        assert_int_equal(expectation->metric, samples[i].metric);
        assert_int_equal(expectation->pooled, samples[i].pooled);
        assert_string_equal(expectation->name, samples[i].name);
        assert_string_equal(expectation->limit_text, "below 5s");
        assert_int_equal(expectation->at.line, 7);
        reading_done(&reading);
    }
}

static void test_pooled_share(void **state)
{
    struct reading reading;
    (void)state;
    const struct expectation *expectation = read_one(&reading, "share.backup-2.p95: below 50%");
    assert_int_equal(expectation->metric, METRIC_SHARE);
    assert_int_equal(expectation->node, 2);
    assert_int_equal(expectation->pooled, POOLED_P95);
    reading_done(&reading);
}

static void test_expectations_of_faults_come_last(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading,
                  "faults:\n"
                  "  - {at: 1s, kill: primary, expect: {switchover: < 1s, failed_requests: 0}}\n"
                  "  - {at: 2s, pause: backup-1, expect: {outage: < 1s}}\n"
                  "expect:\n  requests: above 10\n");
    const struct expectation *expectations = reading.scenario.expectations;
    assert_int_equal(reading.scenario.expectation_count, 4);
    assert_int_equal(expectations[0].metric, METRIC_REQUESTS);
    assert_int_equal(expectations[0].fault, FAULT_NONE);
    assert_int_equal(expectations[1].metric, METRIC_SWITCHOVER);
    assert_int_equal(expectations[1].fault, 0);
    assert_int_equal(expectations[2].metric, METRIC_FAILED_REQUESTS);
    assert_int_equal(expectations[2].fault, 0);
    assert_int_equal(expectations[3].fault, 1);
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_every_metric_by_its_name),
        cmocka_unit_test(test_pooled_figures),
        cmocka_unit_test(test_pooled_share),
        cmocka_unit_test(test_expectations_of_faults_come_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
