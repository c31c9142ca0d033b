#include "report/report_json.h"

#include "report/latest.h"
#include "report/sha256.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <jansson.h>
#include <string.h>

static const struct environment machine = {
    .os = "Debian", .kernel = "6.1", .cpus = 2, .isolation = "none"};

/* The caller frees the value. */
static json_t *written(struct fixture *fixture, const char *logs)
{
    struct error error = {.text = ""};
    json_error_t json_error;
    const char *path = fixture_path(fixture, "sample.json");

    assert_int_equal(report_json_write(path, &fixture->result, &machine, logs, &error), 0);
    assert_int_equal(fixture_files(fixture), 1);
    json_t *report = json_load_file(path, JSON_REJECT_DUPLICATES, &json_error);
    if (report == NULL) {
        fail_msg("line %d: %s", json_error.line, json_error.text);
    }
    return report;
}

static void assert_text(json_t *report, const char *path, const char *expected)
{
    json_t *value = fixture_at(report, path);

    assert_true(json_is_string(value));
    assert_string_equal(json_string_value(value), expected);
}

static void assert_number(json_t *report, const char *path, double expected)
{
    json_t *value = fixture_at(report, path);

    assert_true(json_is_number(value));
    assert_true(json_number_value(value) == expected);
}

static void assert_no_value(json_t *report, const char *path)
{
    assert_true(json_is_null(fixture_at(report, path)));
}

static void test_head_of_a_report(void **state)
{
    struct fixture *fixture = *state;
    char digest[SHA256_HEX_MAX];
    json_t *report = written(fixture, "sample.logs");

    assert_text(report, "schema", "bascule/report/1");
    assert_text(report, "tool/name", "bascule");
    assert_text(report, "scenario/name", "sample");
    assert_text(report, "scenario/file", "dir/sample.yaml");
    assert_text(report, "scenario/text", fixture->scenario.text);
    assert_text(report, "scenario/sha256",
                sha256_hex(fixture->scenario.text, fixture->scenario.text_length, digest));
    assert_number(report, "scenario/seed", 42);
    assert_number(report, "scenario/target_ms", 3000);
    assert_text(report, "environment/isolation", "none");
    assert_number(report, "environment/cpus", 2);
    assert_text(report, "started_at", "2026-01-01T12:00:00.987Z");
    assert_number(report, "wall_ms", 11000);
    assert_text(report, "verdict", "fail");
    assert_text(report, "logs", "sample.logs");
    assert_no_value(report, "known_issue");
    json_decref(report);
}

static void test_target_is_5_s_without_an_upper_bound(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.expectations[0].comparison = COMPARISON_GREATER;
    json_t *report = written(fixture, NULL);
    assert_number(report, "scenario/target_ms", 5000);
    assert_no_value(report, "logs");
    json_decref(report);
}

static void test_expectations(void **state)
{
    json_t *report = written(*state, NULL);

    assert_text(report, "expectations/0/metric", "switchover");
    assert_text(report, "expectations/0/op", "<");
    assert_number(report, "expectations/0/limit", 3000);
    assert_text(report, "expectations/0/actual", "unrecovered");
    assert_number(report, "expectations/0/error", 0.002);
    assert_number(report, "expectations/0/run", 0);
    assert_text(report, "expectations/0/fault", "kill-1");
    assert_number(report, "expectations/1/limit", 0.999);
    assert_number(report, "expectations/1/actual", 0.994);
    assert_no_value(report, "expectations/1/fault");
    json_decref(report);
}

static void test_alerts(void **state)
{
    struct fixture *fixture = *state;
    struct alert_record alerts[] = {
        {.node = 1, .raised = 1501034499, .cleared = 2 * NANOS_PER_S, .why = "timeout"},
        {.node = 0,
         .raised = 3 * NANOS_PER_S,
         .cleared = NANOS_NEVER,
         .why = "reset",
         .raised_hook = {.known = true, .end = HOOK_EXITED, .exit_status = 3}},
        {.node = 1,
         .raised = 4 * NANOS_PER_S,
         .cleared = 5 * NANOS_PER_S,
         .why = "reset",
         .raised_hook = {.known = true, .end = HOOK_TIMED_OUT},
         .cleared_hook = {.known = true, .end = HOOK_TOO_MANY}},
    };

    fixture->result.runs[0].measurement.alerts = alerts;
    fixture->result.runs[0].measurement.alert_count = 3;
    json_t *report = written(fixture, NULL);
    assert_text(report, "runs/0/alerts/0/node", "backup-1");
    assert_number(report, "runs/0/alerts/0/raised_ms", 1501.034);
    assert_number(report, "runs/0/alerts/0/cleared_ms", 2000);
    assert_text(report, "runs/0/alerts/0/why", "timeout");
    assert_no_value(report, "runs/0/alerts/0/hook");
    assert_no_value(report, "runs/0/alerts/1/cleared_ms");
    assert_number(report, "runs/0/alerts/1/hook/failed", 3);
    assert_no_value(report, "runs/0/alerts/1/hook/healthy");
    assert_text(report, "runs/0/alerts/2/hook/failed", "timeout");
    assert_text(report, "runs/0/alerts/2/hook/healthy", "too_many");
    json_decref(report);
}

static void test_status(void **state)
{
    struct fixture *fixture = *state;
    const struct node_status nodes[] = {
        {.node = 0, .belief = BELIEF_FAILED},
        {.node = 1, .belief = BELIEF_HEALTHY, .latency = 1501034499},
    };
    struct status_record statuses[] = {
        {.at = 2 * NANOS_PER_S, .client = 3, .active = 1, .nodes = nodes, .node_count = 2},
        {.at = 3 * NANOS_PER_S, .active = NODE_NONE, .nodes = nodes},
    };

    fixture->result.runs[0].measurement.statuses = statuses;
    fixture->result.runs[0].measurement.status_count = 2;
    fixture->result.runs[0].measurement.statuses_left_out = 7;
    json_t *report = written(fixture, NULL);
    assert_number(report, "runs/0/status/0/at_ms", 2000);
    assert_number(report, "runs/0/status/0/client", 3);
    assert_text(report, "runs/0/status/0/active", "backup-1");
    assert_text(report, "runs/0/status/0/nodes/0/name", "primary");
    assert_text(report, "runs/0/status/0/nodes/0/state", "failed");
    assert_no_value(report, "runs/0/status/0/nodes/0/latency_ms");
    assert_number(report, "runs/0/status/0/nodes/1/latency_ms", 1501.034);
    assert_no_value(report, "runs/0/status/1/active");
    assert_number(report, "runs/0/status_left_out", 7);
    json_decref(report);
}

/* Faults that chaos drew are known to the run alone. */
static void test_faults_of_the_run(void **state)
{
    struct fixture *fixture = *state;
    struct scenario resolved = fixture->scenario;

    fixture->scenario.fault_count = 0;
    fixture->scenario.faults = NULL;
    fixture->result.runs[0].scenario = &resolved;
    json_t *report = written(fixture, NULL);
    assert_text(report, "expectations/0/fault", "kill-1");
    assert_text(report, "runs/0/faults/1/id", "respond-2");
    assert_text(report, "runs/0/disturbances/0/faults/1", "respond-2");
    json_decref(report);
}

static void test_a_run(void **state)
{
    json_t *report = written(*state, NULL);
    json_t *params = fixture_at(report, "runs/0/faults/1/params");

    /* Beyond what JSON readers hold exactly. */
    assert_text(report, "runs/0/seed", "18446744073709551615");
    assert_no_value(report, "runs/0/rerun_of");
    assert_number(report, "runs/0/faults/0/applied_ms", 3000.035);
    assert_no_value(report, "runs/0/faults/0/effective_ms");
    assert_no_value(report, "runs/0/faults/0/confirmed_by");
    assert_no_value(report, "runs/0/faults/0/hits");
    assert_int_equal(json_object_size(fixture_at(report, "runs/0/faults/0/params")), 0);
    assert_text(report, "runs/0/faults/1/confirmed_by", "stub");
    assert_number(report, "runs/0/faults/1/hits", 7);
    assert_number(params, "statuses/1", 500);
    assert_number(params, "ratio", 0.5);
    assert_number(params, "for_ms", 4000);
    assert_number(params, "retry_after_ms", 2000);
    assert_text(report, "runs/0/disturbances/0/faults/1", "respond-2");
    assert_text(report, "runs/0/disturbances/0/switchover_ms", "unrecovered");
    assert_number(report, "runs/0/disturbances/0/first_success_ms", 1501.034);
    assert_no_value(report, "runs/0/disturbances/0/detection_ms");
    assert_text(report, "runs/0/disturbances/0/served_by/0", "backup-1");
    assert_text(report, "runs/0/nodes/0/url", "http://127.0.0.1:8080");
    assert_text(report, "runs/0/nodes/0/states/0/state", "unable");
    assert_no_value(report, "runs/0/nodes/1/latency/p50");
    assert_number(report, "runs/0/harness/resolution_ms", 5);
    assert_number(report, "runs/0/timeline/by_node/primary/0", 20);
    assert_no_value(report, "runs/0/timeline/p99_ms/1");
    assert_text(report, "runs/0/marks/0/node", "primary");
    assert_no_value(report, "runs/0/marks/1/node");
    json_decref(report);
}

static void test_metrics_of_a_run(void **state)
{
    json_t *report = written(*state, NULL);
    json_t *metrics = fixture_at(report, "runs/0/metrics");

    assert_number(metrics, "requests", 2000);
    assert_number(metrics, "latency.p50", 1.301);
    assert_number(metrics, "share.primary", 1);
    assert_number(metrics, "share.backup-1", 0.000001);
    assert_null(json_object_get(metrics, "share"));
    assert_null(json_object_get(metrics, "switchover"));
    json_decref(report);
}

static void test_summary_pools_what_has_values(void **state)
{
    json_t *report = written(*state, NULL);
    json_t *summary = fixture_at(report, "summary");

    assert_number(summary, "requests/n", 1);
    assert_number(summary, "requests/p95", 2000);
    assert_text(summary, "switchover/max", "unrecovered");
    assert_number(summary, "share.primary/min", 1);
    assert_null(json_object_get(summary, "detection"));
    json_decref(report);
}

static void test_times_are_written_as_by_hand(void **state)
{
    struct fixture *fixture = *state;

    json_decref(written(fixture, NULL));
    const char *text = fixture_read(fixture, fixture_path(fixture, "sample.json"));
    assert_non_null(strstr(text, "\"applied_ms\": 3000.035,"));
    assert_non_null(strstr(text, "\"first_success_ms\": 1501.034,"));
    assert_non_null(strstr(text, "\"worst_latency_ms\": 4.2,"));
    assert_non_null(strstr(text, "\"wall_ms\": 11000.0,"));
    assert_non_null(strstr(text, "\"success_ratio\": 0.994,"));
    assert_null(strstr(text, "000000001"));
}

static void test_the_same_result_gives_the_same_bytes(void **state)
{
    struct fixture *fixture = *state;

    json_decref(written(fixture, NULL));
    const char *first = fixture_read(fixture, fixture_path(fixture, "sample.json"));
    json_decref(written(fixture, NULL));
    assert_string_equal(first, fixture_read(fixture, fixture_path(fixture, "sample.json")));
}

static void test_hostile_strings(void **state)
{
    struct fixture *fixture = *state;
    struct reason_text reason = {.reason = REASONS, .code = "must", .text = "a\"b\\c\n\x01\xFF"};

    fixture->scenario.file = "\xC3(\x1b[2J\".yaml";
    fixture->scenario.known_why = "\xF0\x9F\x92\xA5 \xED\xA0\x80";
    fixture->result.reasons = (struct reason_list){.items = &reason, .count = 1};
    json_t *report = written(fixture, NULL);
    assert_text(report, "reasons/0/text", "a\"b\\c\n\x01\xEF\xBF\xBD");
    assert_text(report, "scenario/file", "\xEF\xBF\xBD(\x1b[2J\".yaml");
    assert_text(report, "known_issue/why", "\xF0\x9F\x92\xA5 \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    json_decref(report);
}

static void test_a_scenario_that_was_not_run(void **state)
{
    struct fixture *fixture = *state;

    fixture->result = (struct scenario_result){
        .scenario = &fixture->scenario,
        .verdict = VERDICT_SKIPPED,
    };
    json_t *report = written(fixture, NULL);
    assert_text(report, "verdict", "skipped");
    assert_int_equal(json_array_size(fixture_at(report, "runs")), 0);
    assert_int_equal(json_object_size(fixture_at(report, "summary")), 0);
    json_decref(report);
}

static void test_a_run_without_any_measurement(void **state)
{
    struct fixture *fixture = *state;

    fixture->result.runs[0].measurement = (struct measurement){.resolution = 0};
    json_t *report = written(fixture, NULL);
    assert_no_value(report, "runs/0/harness/resolution_ms");
    assert_number(report, "runs/0/nodes/1/requests", 0);
    json_decref(report);
}

static void test_a_failure_names_path_and_reason(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    const char *path = fixture_path(fixture, "missing/sample.json");

    assert_int_equal(report_json_write(path, &fixture->result, &machine, NULL, &error), -1);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, "No such file or directory"));
}

static void test_latest_names_the_reports(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    const struct latest_report reports[] = {{"a", "a.json", VERDICT_PASS},
                                            {"b", "b.json", VERDICT_INCONCLUSIVE}};
    const struct latest latest = {
        .started_realtime = 0,
        .exit_status = 3,
        .reports = reports,
        .report_count = 2,
    };

    assert_int_equal(latest_write(fixture->folder, &latest, &error), 0);
    json_t *value = json_load_file(fixture_path(fixture, "latest.json"), 0, NULL);
    assert_non_null(value);
    assert_text(value, "schema", "bascule/latest/1");
    assert_text(value, "started_at", "1970-01-01T00:00:00.000Z");
    assert_number(value, "exit", 3);
    assert_text(value, "reports/0/file", "a.json");
    assert_text(value, "reports/1/verdict", "inconclusive");
    json_decref(value);
}

/* The schema is written by hand: it must not forget a metric. */
static void test_the_schema_knows_every_metric(void **state)
{
    json_t *schema = json_load_file("schemas/report.schema.json", 0, NULL);
    json_t *of_run = fixture_at(schema, "definitions/run/properties/metrics/properties");
    json_t *pooled = fixture_at(schema, "properties/summary/properties");

    (void)state;
    for (unsigned i = 0; i < METRICS; i++) {
        enum metric metric = (enum metric)i;
        if (metric == METRIC_SHARE) {
            continue;
        }
        assert_non_null(json_object_get(pooled, metric_word(metric)));
        bool run = metric_scope(metric) == METRIC_SCOPE_RUN;
        assert_int_equal(json_object_get(of_run, metric_word(metric)) != NULL, run);
    }
    json_decref(schema);
}

static void test_sha256(void **state)
{
    char digest[SHA256_HEX_MAX];

    (void)state;
    assert_string_equal(sha256_hex("abc", 3, digest),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_head_of_a_report),
        WITH_FIXTURE(test_target_is_5_s_without_an_upper_bound),
        WITH_FIXTURE(test_expectations),
        WITH_FIXTURE(test_alerts),
        WITH_FIXTURE(test_status),
        WITH_FIXTURE(test_faults_of_the_run),
        WITH_FIXTURE(test_a_run),
        WITH_FIXTURE(test_metrics_of_a_run),
        WITH_FIXTURE(test_summary_pools_what_has_values),
        WITH_FIXTURE(test_times_are_written_as_by_hand),
        WITH_FIXTURE(test_the_same_result_gives_the_same_bytes),
        WITH_FIXTURE(test_hostile_strings),
        WITH_FIXTURE(test_a_scenario_that_was_not_run),
        WITH_FIXTURE(test_a_run_without_any_measurement),
        WITH_FIXTURE(test_a_failure_names_path_and_reason),
        WITH_FIXTURE(test_latest_names_the_reports),
        cmocka_unit_test(test_the_schema_knows_every_metric),
        cmocka_unit_test(test_sha256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
