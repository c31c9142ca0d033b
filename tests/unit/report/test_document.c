#include "report/document.h"

#include "report/report_digest.h"
#include "report/report_json.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct environment machine = {
    .os = "Debian", .kernel = "6.1", .cpus = 2, .isolation = "none"};

static const char *write_report(struct fixture *fixture)
{
    struct error error = {.text = ""};
    const char *path = fixture_path(fixture, "sample.json");

    assert_int_equal(report_json_write(path, &fixture->result, &machine, NULL, &error), 0);
    return path;
}

static const char *write_text(struct fixture *fixture, const char *text, size_t length)
{
    const char *path = fixture_path(fixture, "spoilt.json");
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static struct document read_back(struct fixture *fixture, const char *path)
{
    struct error error = {.text = ""};
    struct document document;

    if (document_read(&document, &fixture->arena, path, &error) != 0) {
        fail_msg("%s", error.text);
    }
    return document;
}

static void assert_refused(struct fixture *fixture, const char *path, const char *expected)
{
    struct error error = {.text = ""};
    struct document document;

    assert_int_equal(document_read(&document, &fixture->arena, path, &error), -1);
    if (strstr(error.text, expected) == NULL || strstr(error.text, path) == NULL) {
        fail_msg("'%s' is not in: %s", expected, error.text);
    }
    for (const char *at = error.text; *at != '\0'; at++) {
        assert_true((unsigned char)*at >= ' ');
    }
}

static void seal(json_t *report)
{
    char digest[REPORT_DIGEST_MAX];

    assert_int_equal(
        json_object_set_new(report, REPORT_DIGEST_KEY, json_string(report_digest(report, digest))),
        0);
}

/* The report with the value at the place replaced, NULL: removed, as if bascule had written it so.
 */
static const char *changed(struct fixture *fixture, const char *place, const char *json)
{
    json_error_t error;
    json_t *report = json_load_file(write_report(fixture), 0, &error);
    char *path = arena_copy(&fixture->arena, place, strlen(place));
    char *key = strrchr(path, '/');

    assert_non_null(report);
    json_t *value = json == NULL ? NULL : json_loads(json, JSON_DECODE_ANY, &error);
    assert_true(json == NULL || value != NULL);
    json_t *holder = report;
    if (key != NULL) {
        *key++ = '\0';
        holder = fixture_at(report, path);
    } else {
        key = path;
    }
    if (json_is_array(holder)) {
        assert_int_equal(json_array_set_new(holder, strtoul(key, NULL, 10), value), 0);
    } else if (value == NULL) {
        assert_int_equal(json_object_del(holder, key), 0);
    } else {
        assert_int_equal(json_object_set_new(holder, key, value), 0);
    }
    seal(report);
    char *text = json_dumps(report, JSON_INDENT(1));
    assert_non_null(text);
    const char *written = write_text(fixture, text, strlen(text));
    free(text);
    json_decref(report);
    return written;
}

static void assert_figure(struct document_figure figure, double expected)
{
    assert_int_equal(figure.state, DOCUMENT_VALUE);
    assert_true(figure.value == expected);
}

static void assert_lateness(const struct document_lateness *lateness, double step)
{
    assert_true(lateness->p50_ms == step && lateness->p99_ms == 2 * step &&
                lateness->max_ms == 3 * step);
}

/* ---- What our writer wrote ---- */

static void test_head_reads_back(void **state)
{
    struct fixture *fixture = *state;
    static const char *const settings[] = {"traffic.rate=50/s", "seed=4"};
    const char *fails[] = {"switchover"};
    struct reason_text reason = {REASON_NODE_DIED, "node_died", "it ended"};

    fixture->scenario.known_why = "it waits";
    fixture->scenario.known_fails = fails;
    fixture->scenario.known_fails_count = 1;
    fixture->result.settings = settings;
    fixture->result.setting_count = 2;
    fixture->result.port_base = 9000;
    fixture->result.seed = UINT64_MAX;
    fixture->result.reasons = (struct reason_list){.items = &reason, .count = 1};
    struct document document = read_back(fixture, write_report(fixture));
    assert_string_equal(document.path, fixture_path(fixture, "sample.json"));
    assert_true(document.tool_version[0] != '\0' && document.tool_commit[0] != '\0');
    assert_string_equal(document.name, "sample");
    assert_string_equal(document.file, "dir/sample.yaml");
    assert_int_equal(strlen(document.sha256), 64);
    assert_string_equal(document.text, fixture->scenario.text);
    assert_int_equal(document.settings.count, 2);
    assert_string_equal(document.settings.items[1], "seed=4");
    assert_int_equal(document.port_base, 9000);
    assert_string_equal(document.seed, "18446744073709551615");
    assert_true(document.target_ms == 3000);
    assert_string_equal(document.os, "Debian");
    assert_string_equal(document.kernel, "6.1");
    assert_int_equal(document.cpus, 2);
    assert_string_equal(document.isolation, "none");
    assert_string_equal(document.started_at, "2026-01-01T12:00:00.987Z");
    assert_figure(document.wall_ms, 11000);
    assert_string_equal(document.verdict, "fail");
    assert_null(document.logs);
    assert_int_equal(document.reasons.count, 1);
    assert_string_equal(document.reasons.items[0].code, "node_died");
    assert_string_equal(document.reasons.items[0].text, "it ended");
    assert_string_equal(document.known_why, "it waits");
    assert_string_equal(document.known_fails.items[0], "switchover");
    assert_true(document_has_reason(&document, "node_died"));
    assert_false(document_has_reason(&document, "node"));
}

static void test_simulated_has_no_times_of_day(void **state)
{
    struct fixture *fixture = *state;

    fixture->result.simulated = true;
    struct document document = read_back(fixture, write_report(fixture));
    assert_null(document.started_at);
    assert_int_equal(document.wall_ms.state, DOCUMENT_ABSENT);
    assert_int_equal(document.port_base, -1);
    assert_null(document.known_why);
}

static void test_expectations_and_summary_read_back(void **state)
{
    struct fixture *fixture = *state;

    fixture->result.results[1].why = "it came again";
    fixture->result.results[1].run = UINT32_MAX;
    struct document document = read_back(fixture, write_report(fixture));
    assert_int_equal(document.expectation_count, 2);
    const struct document_expectation *first = &document.expectations[0];
    assert_string_equal(first->metric, "switchover");
    assert_string_equal(first->op, "<");
    assert_string_equal(first->verdict, "fail");
    assert_string_equal(first->fault, "kill-1");
    assert_true(first->limit == 3000 && first->error == 0.002);
    assert_int_equal(first->actual.state, DOCUMENT_NEVER);
    assert_int_equal(first->run, 0);
    assert_null(first->why);
    const struct document_expectation *second = &document.expectations[1];
    assert_figure(second->actual, 0.994);
    assert_null(second->fault);
    assert_int_equal(second->run, -1);
    assert_string_equal(second->why, "it came again");
    for (size_t i = 0; i < document.summary_count; i++) {
        const struct document_pool *pool = &document.summary[i];
        if (strcmp(pool->metric, "success_ratio") == 0) {
            assert_int_equal(pool->n, 1);
            assert_figure(pool->min, 0.994);
            assert_figure(pool->p50, 0.994);
            assert_figure(pool->p95, 0.994);
            assert_figure(pool->max, 0.994);
            return;
        }
    }
    fail_msg("no pooled success_ratio");
}

static void test_headline_is_the_terminals(void **state)
{
    struct fixture *fixture = *state;
    struct document document = read_back(fixture, write_report(fixture));
    struct document_headline headline = document_headline(&document);

    assert_int_equal(headline.switchover_ms.state, DOCUMENT_NEVER);
    assert_figure(headline.outage_ms, 12);
    assert_figure(headline.worst_latency_ms, 4.2);
    assert_figure(headline.failed_requests, 12);
    fixture->scenario.expectations[0].name = "outage"; /* nobody asked for the switchover */
    document = read_back(fixture, write_report(fixture));
    assert_int_equal(document_headline(&document).switchover_ms.state, DOCUMENT_ABSENT);
}

static void test_faults_and_disturbances_read_back(void **state)
{
    struct fixture *fixture = *state;
    struct document document = read_back(fixture, write_report(fixture));
    const struct document_run *run = &document.runs[0];

    assert_int_equal(run->fault_count, 2);
    const struct document_fault *kill = &run->faults[0];
    assert_string_equal(kill->id, "kill-1");
    assert_string_equal(kill->kind, "kill");
    assert_string_equal(kill->targets.items[0], "primary");
    assert_string_equal(kill->params, "");
    assert_true(kill->planned_ms == 3000);
    assert_figure(kill->applied_ms, 3000.035);
    assert_int_equal(kill->effective_ms.state, DOCUMENT_ABSENT);
    assert_int_equal(kill->cleared_ms.state, DOCUMENT_ABSENT);
    assert_null(kill->confirmed_by);
    assert_int_equal(kill->hits.state, DOCUMENT_ABSENT);
    const struct document_fault *respond = &run->faults[1];
    assert_string_equal(respond->params,
                        "statuses 503, 500, path /a, retry_after 2.000 s, ratio 0.5");
    assert_null(respond->refused);
    assert_string_equal(respond->confirmed_by, "stub");
    assert_figure(respond->hits, 7);
    assert_figure(respond->cleared_ms, 9000);

    assert_int_equal(run->disturbance_count, 1);
    const struct document_disturbance *disturbance = &run->disturbances[0];
    assert_int_equal(disturbance->faults.count, 2);
    assert_string_equal(disturbance->faults.items[1], "respond-2");
    assert_string_equal(disturbance->targets.items[0], "backup-1");
    assert_string_equal(disturbance->served_by.items[0], "backup-1");
    assert_string_equal(disturbance->kind, "fault");
    assert_string_equal(disturbance->unrecovered_why, "no quiet stretch");
    assert_true(disturbance->was_active && !disturbance->recovered);
    assert_true(disturbance->onset_ms == 3000 && disturbance->end_ms == 10000);
    assert_int_equal(disturbance->switchover_ms.state, DOCUMENT_NEVER);
    assert_figure(disturbance->first_success_ms, 1501.034);
    assert_int_equal(disturbance->detection_ms.state, DOCUMENT_ABSENT);
    assert_figure(disturbance->outage_ms, 12);
    assert_figure(disturbance->worst_latency_ms, 4.2);
    assert_figure(disturbance->failed_requests, 12);
    assert_figure(disturbance->slow_requests, 0);
    assert_figure(disturbance->relapses, 0);
    assert_int_equal(disturbance->failback_ms.state, DOCUMENT_ABSENT);
    assert_int_equal(disturbance->stream_switchover_ms.state, DOCUMENT_ABSENT);
}

static void fill_node(struct node_measurement *node)
{
    static const struct state_change believed = {
        .at = -NANOS_PER_MS, .state = 1, .why = "timeout", .client = 3};

    node->requests = 1;
    node->successes = 2;
    node->failures = 3;
    node->retries = 4;
    node->hedges_won = 5;
    node->hedges_lost = 6;
    node->ejections = 7;
    node->breaker_opened = 8;
    node->latency = (struct latency_summary){
        .p50 = figure_of(NANOS_PER_MS),
        .p90 = figure_of(2 * NANOS_PER_MS),
        .p99 = figure_of(3 * NANOS_PER_MS),
        .p999 = figure_of(4 * NANOS_PER_MS),
        .max = figure_of(5 * NANOS_PER_MS),
    };
    node->believed = &believed;
    node->believed_count = 1;
}

static void test_nodes_read_back(void **state)
{
    struct fixture *fixture = *state;

    fill_node(&fixture->result.runs[0].measurement.nodes[0]);
    struct document document = read_back(fixture, write_report(fixture));
    assert_int_equal(document.runs[0].node_count, 2);
    const struct document_node *node = &document.runs[0].nodes[0];
    assert_string_equal(node->name, "primary");
    assert_string_equal(node->url, "http://127.0.0.1:8080");
    assert_true(node->requests == 1 && node->successes == 2 && node->failures == 3 &&
                node->retries == 4 && node->hedges_won == 5 && node->hedges_lost == 6 &&
                node->ejections == 7 && node->breaker_opened == 8);
    assert_figure(node->p50_ms, 1);
    assert_figure(node->p90_ms, 2);
    assert_figure(node->p99_ms, 3);
    assert_figure(node->p999_ms, 4);
    assert_figure(node->max_ms, 5);
    assert_int_equal(node->state_count, 1);
    assert_string_equal(node->states[0].state, "unable");
    assert_string_equal(node->states[0].why, "kill-1");
    assert_int_equal(node->states[0].client, -1);
    assert_int_equal(node->believed_count, 1);
    assert_string_equal(node->believed[0].state, "failed");
    assert_true(node->believed[0].at_ms == -1 && node->believed[0].client == 3);
}

static void test_run_reads_back(void **state)
{
    struct fixture *fixture = *state;
    struct alert_record alerts[] = {
        {.node = 1, .raised = NANOS_PER_S, .cleared = NANOS_NEVER, .why = "timeout"}};
    struct measurement *measurement = &fixture->result.runs[0].measurement;

    measurement->alerts = alerts;
    measurement->alert_count = 1;
    measurement->start_lateness =
        (struct lateness){.p50 = NANOS_PER_MS, .p99 = 2 * NANOS_PER_MS, .max = 3 * NANOS_PER_MS};
    measurement->turn_lateness = measurement->start_lateness;
    struct document document = read_back(fixture, write_report(fixture));
    const struct document_run *run = &document.runs[0];
    assert_int_equal(document.run_count, 1);
    assert_int_equal(run->index, 0);
    assert_string_equal(run->seed, "18446744073709551615");
    assert_string_equal(run->verdict, "fail");
    assert_int_equal(run->rerun_of, -1);
    assert_false(run->superseded);
    assert_int_equal(run->alert_count, 1);
    assert_string_equal(run->alerts[0].node, "backup-1");
    assert_string_equal(run->alerts[0].why, "timeout");
    assert_true(run->alerts[0].raised_ms == 1000);
    assert_int_equal(run->alerts[0].cleared_ms.state, DOCUMENT_ABSENT);
    assert_figure(run->resolution_ms, 5);
    assert_lateness(&run->start_lateness, 1);
    assert_lateness(&run->fault_lateness, 0);
    assert_lateness(&run->turn_lateness, 1);
    assert_figure(document_metric(run, "requests"), 2000);
    assert_figure(document_metric(run, "latency.p50"), 1.301);
    assert_figure(document_metric(run, "share.primary"), 1);
    assert_int_equal(document_metric(run, "request").state, DOCUMENT_ABSENT);
}

static void test_traffic_reads_back(void **state)
{
    struct fixture *fixture = *state;
    struct document document = read_back(fixture, write_report(fixture));
    const struct document_run *run = &document.runs[0];

    assert_true(run->bucket_ms == 100 && run->duration_ms == 200);
    assert_int_equal(run->bucket_count, 2);
    assert_true(run->timeline[0].due == 20 && run->timeline[0].ok == 20);
    assert_true(run->timeline[0].failed == 0 && run->timeline[0].slow == 0);
    assert_figure(run->timeline[0].p99_ms, 1);
    assert_int_equal(run->timeline[1].p99_ms.state, DOCUMENT_ABSENT);
    assert_int_equal(run->mark_count, 2);
    assert_true(run->marks[0].t_ms == 0 && run->marks[0].latency_ms == 1);
    assert_true(run->marks[0].node == 0 && run->marks[0].count == 20);
    assert_string_equal(run->marks[0].outcome, "ok");
    assert_string_equal(run->marks[1].outcome, "failed");
    assert_true(run->marks[1].node == UINT32_MAX);
}

static void test_a_rerun_takes_the_place(void **state)
{
    struct fixture *fixture = *state;
    struct run_result *runs = ARENA_ARRAY(&fixture->arena, struct run_result, 2);

    runs[0] = fixture->result.runs[0];
    runs[1] = fixture->result.runs[0];
    runs[0].superseded = true;
    runs[1].index = 1;
    runs[1].rerun_of = 0;
    fixture->result.runs = runs;
    fixture->result.run_count = 2;
    struct document document = read_back(fixture, write_report(fixture));
    assert_true(document.runs[0].superseded && !document.runs[1].superseded);
    assert_int_equal(document.runs[1].rerun_of, 0);
    assert_refused(fixture, changed(fixture, "runs/1/rerun_of", "1"),
                   "runs[1].rerun_of is no number up to 0");
    assert_refused(fixture, changed(fixture, "runs/0/rerun_of", "1"),
                   "runs[0].rerun_of must be null here");
    assert_refused(fixture, changed(fixture, "runs/1/index", "0"), "runs[1].index is not 1");
}

/* ---- What others left of it ---- */

static void test_edited_scenario(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, changed(fixture, "scenario/text", "\"name: other\\n\""),
                   "the report was edited: scenario.sha256 is ");
    assert_refused(fixture, changed(fixture, "scenario/sha256", "\"\\u001b[2J\""),
                   "the report was edited: scenario.sha256 is ?[2J");
}

/* Of each kind one, at every depth. */
static void test_missing_and_other_types(void **state)
{
    static const struct {
        const char *place;
        const char *json; /* NULL: removed */
        const char *error;
    } cases[] = {
        {"tool", NULL, "tool is missing"},
        {"tool/version", "1", "tool.version is no text"},
        {"scenario/name", "null", "scenario.name is no text"},
        {"scenario/settings", "[1]", "scenario.settings[0] is no text"},
        {"scenario/port_base", "65536", "scenario.port_base is no number up to 65535"},
        {"scenario/seed", "\"18446744073709551616\"", "scenario.seed is no seed"},
        {"scenario/seed", "-1", "scenario.seed is no seed"},
        {"scenario/target_ms", "\"5s\"", "scenario.target_ms is no number"},
        {"environment", "[]", "environment is no object"},
        {"environment/cpus", "1.5", "environment.cpus is no count"},
        {"environment/cpus", "-1", "environment.cpus is no count"},
        {"started_at", NULL, "started_at is missing"},
        {"wall_ms", "true", "wall_ms is no number"},
        {"verdict", "\"good\"", "verdict is 'good', which is none of its words"},
        {"reasons", "{}", "reasons is no list"},
        {"reasons", "[1]", "reasons[0].code is missing"},
        {"known_issue", NULL, "known_issue is missing"},
        {"known_issue", "{\"why\":1}", "known_issue.why is no text"},
        {"expectations/1/op", "\"!=\"", "expectations[1].op is '!='"},
        {"expectations/0/actual", "\"recovered\"", "expectations[0].actual is no number"},
        {"expectations/0/run", "-1", "expectations[0].run is no number up to 4294967295"},
        {"expectations/0/why", "1", "expectations[0].why is no text"},
        {"runs", "null", "runs is no list"},
        {"runs/0", "1", "runs[0].harness is missing"},
        {"runs/0/verdict", "\"\\u001b[31m\"", "runs[0].verdict is '?[31m'"},
        {"runs/0/faults/1/params", "[]", "runs[0].faults[1].params is no object"},
        {"runs/0/faults/0/targets/0", "null", "runs[0].faults[0].targets[0] is no text"},
        {"runs/0/faults/0/hits", "\"many\"", "runs[0].faults[0].hits is no number"},
        {"runs/0/disturbances/0/kind", "\"x\"", "runs[0].disturbances[0].kind is 'x'"},
        {"runs/0/disturbances/0/recovered", "0", "runs[0].disturbances[0].recovered is no truth"},
        {"runs/0/nodes/0/states/0/at_ms", "null", "runs[0].nodes[0].states[0].at_ms is no number"},
        {"runs/0/nodes/1/latency", "1", "runs[0].nodes[1].latency is no object"},
        {"runs/0/alerts", "[{}]", "runs[0].alerts[0].node is missing"},
        {"runs/0/metrics/requests", "[]", "runs[0].metrics.requests is no number"},
        {"runs/0/harness/start_lateness_ms/max", "null",
         "runs[0].harness.start_lateness_ms.max is no number"},
        {"runs/0/timeline/due", "[1]", "runs[0].timeline has lists of different lengths"},
        {"runs/0/timeline/ok", "[1, -1]", "runs[0].timeline.ok[1] is no count"},
        {"runs/0/timeline/bucket_ms", "0", "runs[0].timeline.bucket_ms is no length of a bucket"},
        {"runs/0/marks/0/node", "\"nobody\"", "runs[0].marks[0].node is 'nobody', which is none"},
        {"runs/0/marks/1/outcome", "\"bad\"", "runs[0].marks[1].outcome is 'bad'"},
        {"summary", "[]", "summary is no object"},
        {"summary/requests", "1", "summary.requests is no object"},
        {"summary/requests/p95", NULL, "summary.requests.p95 is missing"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(fixture, changed(fixture, cases[i].place, cases[i].json), cases[i].error);
    }
}

static void test_huge_numbers(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, changed(fixture, "wall_ms", "1e300"),
                   "wall_ms is beyond what a run can measure");
    assert_refused(fixture, changed(fixture, "runs/0/faults/0/planned_ms", "-1e16"),
                   "planned_ms is beyond what a run can measure");
    assert_refused(fixture, changed(fixture, "environment/cpus", "9007199254740993"),
                   "environment.cpus is no count");
    assert_refused(fixture, changed(fixture, "runs/0/marks/0/count", "-5"), "count is no count");
    const char *whole = fixture_read(fixture, write_report(fixture));
    const char *at = strstr(whole, "\"wall_ms\": 11000");
    assert_non_null(at);
    const char *text = arena_printf(&fixture->arena, "%.*s\"wall_ms\": 1e999%s", (int)(at - whole),
                                    whole, at + strlen("\"wall_ms\": 11000"));
    assert_refused(fixture, write_text(fixture, text, strlen(text)), "this is no JSON: ");
}

static void test_further_members_are_no_error(void **state)
{
    struct fixture *fixture = *state;

    (void)read_back(fixture, changed(fixture, "colour", "{\"a\": [1]}"));
    (void)read_back(fixture, changed(fixture, "runs/0/status", "7"));
    (void)read_back(fixture, changed(fixture, "runs/0/faults/0/leader", "{}"));
    struct document document =
        read_back(fixture, changed(fixture, "expectations/0/why", NULL)); /* an older one */
    assert_null(document.expectations[0].why);
}

static void test_hostile_text_stays_as_it_is(void **state)
{
    struct fixture *fixture = *state;
    struct document document =
        read_back(fixture, changed(fixture, "scenario/name", "\"<script>\\u001b\\\"'&\\uFFFF\""));

    assert_string_equal(document.name, "<script>\x1b\"'&\xEF\xBF\xBF");
    assert_refused(fixture, changed(fixture, "summary/\x1b[2J", "1"), "summary.?[2J is no object");
}

static void test_deep_places(void **state)
{
    enum { DEEP = 100000 };
    struct fixture *fixture = *state;
    char *text = arena_alloc(&fixture->arena, DEEP + 1);

    memset(text, '[', DEEP);
    assert_refused(fixture, write_text(fixture, text, DEEP), "this is no JSON: maximum");
    struct document document = read_back(fixture, changed(fixture, "runs/0/faults/1/params",
                                                          "{\"groups\": [[[[1]], 2], [], \"a\"]}"));
    assert_string_equal(document.runs[0].faults[1].params, "groups [0, 2], [], a");
}

static void test_long_parameters_are_cut_visibly(void **state)
{
    struct fixture *fixture = *state;
    char *path = arena_alloc(&fixture->arena, 4001);

    for (size_t i = 0; i < 4000; i += 2) {
        path[i] = '\xC3';
        path[i + 1] = '\xA9';
    }
    const char *json = arena_printf(&fixture->arena, "{\"path\": \"%s\"}", path);
    struct document document = read_back(fixture, changed(fixture, "runs/0/faults/1/params", json));
    const char *params = document.runs[0].faults[1].params;
    assert_true(strlen(params) < 1100);
    assert_string_equal(params + strlen(params) - 4, " ...");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_head_reads_back),
        WITH_FIXTURE(test_simulated_has_no_times_of_day),
        WITH_FIXTURE(test_expectations_and_summary_read_back),
        WITH_FIXTURE(test_headline_is_the_terminals),
        WITH_FIXTURE(test_faults_and_disturbances_read_back),
        WITH_FIXTURE(test_nodes_read_back),
        WITH_FIXTURE(test_run_reads_back),
        WITH_FIXTURE(test_traffic_reads_back),
        WITH_FIXTURE(test_a_rerun_takes_the_place),
        WITH_FIXTURE(test_edited_scenario),
        WITH_FIXTURE(test_missing_and_other_types),
        WITH_FIXTURE(test_huge_numbers),
        WITH_FIXTURE(test_further_members_are_no_error),
        WITH_FIXTURE(test_hostile_text_stays_as_it_is),
        WITH_FIXTURE(test_deep_places),
        WITH_FIXTURE(test_long_parameters_are_cut_visibly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
