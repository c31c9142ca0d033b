#include "report/report_json.h"

#include "base/check.h"
#include "report/atomic_file.h"
#include "report/report_digest.h"
#include "report/report_run.h"
#include "report/sha256.h"
#include "report/value.h"
#include "scenario/defaults.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TARGET_DEFAULT (5 * NANOS_PER_S)

/* ---- The value ---- */

const char *report_json_comparison(enum comparison comparison)
{
    static const char *const words[] = {
        [COMPARISON_LESS] = "<",      [COMPARISON_AT_MOST] = "<=", [COMPARISON_EQUAL] = "==",
        [COMPARISON_AT_LEAST] = ">=", [COMPARISON_GREATER] = ">",
    };

    CHECK((unsigned)comparison < sizeof(words) / sizeof(words[0]));
    return words[comparison];
}

/* The strictest upper bound of a switchover that the scenario states. */
static nanos target_of(const struct scenario *scenario)
{
    nanos target = NANOS_NEVER;

    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        bool upper = expectation->comparison == COMPARISON_LESS ||
                     expectation->comparison == COMPARISON_AT_MOST;
        if (expectation->metric == METRIC_SWITCHOVER && upper) {
            target = nanos_min(target, expectation->limit);
        }
    }
    return target == NANOS_NEVER ? TARGET_DEFAULT : target;
}

static json_t *tool_value(void)
{
    json_t *tool = json_object();

    value_put(tool, "name", value_text("bascule"));
    value_put(tool, "version", value_text(BASCULE_VERSION));
    value_put(tool, "commit", value_text(BASCULE_COMMIT));
    return tool;
}

static json_t *scenario_value(const struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;
    char digest[SHA256_HEX_MAX];
    json_t *value = json_object();

    value_put(value, "name", value_text(scenario->name));
    value_put(value, "description", value_text(scenario->description));
    value_put(value, "file", value_text(scenario->file));
    value_put(value, "sha256",
              value_text(sha256_hex(scenario->text, scenario->text_length, digest)));
    value_put(value, "text", value_text(scenario->text));
    value_put(value, "settings", value_texts(result->settings, result->setting_count));
    value_put(value, "port_base",
              result->port_base == 0 ? json_null() : value_count(result->port_base));
    value_put(value, "client", result->client == NULL ? json_null() : value_text(result->client));
    value_put(value, "profile", value_text(client_profile_words[scenario->client.profile]));
    value_put(value, "instances", value_count(scenario->client.instances));
    value_put(value, "slow_ms", value_ms(scenario->traffic.slow));
    value_put(value, "seed", value_seed(result->seed));
    value_put(value, "target_ms", value_ms(target_of(scenario)));
    return value;
}

static json_t *environment_value(const struct environment *environment)
{
    json_t *value = json_object();

    value_put(value, "os", value_text(environment->os));
    value_put(value, "kernel", value_text(environment->kernel));
    value_put(value, "cpus", value_count(environment->cpus));
    value_put(value, "isolation", value_text(environment->isolation));
    return value;
}

static json_t *known_issue_value(const struct scenario *scenario)
{
    if (scenario->known_why == NULL) {
        return json_null();
    }
    json_t *value = json_object();
    value_put(value, "why", value_text(scenario->known_why));
    value_put(value, "fails", value_texts(scenario->known_fails, scenario->known_fails_count));
    return value;
}

static const struct run_result *find_run(const struct scenario_result *result, uint32_t index)
{
    for (size_t i = 0; i < result->run_count; i++) {
        if (result->runs[i].index == index) {
            return &result->runs[i];
        }
    }
    return NULL;
}

/* The fault that carries the expectation, or the first of the disturbance that it was judged by. */
const char *report_json_fault(const struct scenario_result *result,
                              const struct expectation_result *judged)
{
    const struct run_result *run = find_run(result, judged->run);

    if (judged->expectation->fault != FAULT_NONE) {
        return result->scenario->faults[judged->expectation->fault].id;
    }
    if (run == NULL || judged->disturbance >= run->measurement.disturbance_count) {
        return NULL;
    }
    const struct disturbance *disturbance = &run->measurement.disturbances[judged->disturbance];
    if (disturbance->fault_count == 0) {
        return NULL;
    }
    return run->scenario->faults[run->measurement.faults[disturbance->faults[0]].fault].id;
}

static json_t *expectation_value(const struct scenario_result *result,
                                 const struct expectation_result *judged)
{
    const struct expectation *expectation = judged->expectation;
    enum unit unit = metric_unit(expectation->metric);
    bool pooled = judged->run == UINT32_MAX;
    json_t *value = json_object();

    value_put(value, "metric", value_text(expectation->name));
    value_put(value, "op", value_text(report_json_comparison(expectation->comparison)));
    value_put(value, "expected", value_text(expectation->limit_text));
    value_put(value, "limit", value_figure(unit, figure_of(expectation->limit)));
    value_put(value, "actual", value_figure(unit, judged->actual));
    value_put(value, "error", value_ms(judged->error));
    value_put(value, "verdict", value_text(verdict_word(judged->verdict)));
    value_put(value, "run", pooled ? json_null() : value_count(judged->run));
    value_put(value, "fault", value_text(report_json_fault(result, judged)));
    value_put(value, "why", value_text(judged->why));
    return value;
}

static void
put_pooled(json_t *summary, const char *key, enum unit unit, const struct pooled_figure *pooled)
{
    json_t *value = json_object();

    value_put(value, "n", value_count(pooled->n));
    value_put(value, "min", value_figure(unit, pooled->min));
    value_put(value, "p50", value_figure(unit, pooled->p50));
    value_put(value, "p95", value_figure(unit, pooled->p95));
    value_put(value, "max", value_figure(unit, pooled->max));
    value_put(summary, key, value);
}

static void add_to_summary(json_t *summary,
                           const struct scenario_result *result,
                           enum metric metric,
                           uint16_t node)
{
    struct arena scratch;
    char key[sizeof("share.") + SCENARIO_NAME_MAX];

    arena_init(&scratch, 0);
    struct pooled_figure pooled = verdict_pool(&scratch, result, metric, node);
    if (pooled.n > 0) {
        (void)snprintf(key, sizeof(key), "%s%s%s", metric_word(metric),
                       node == NODE_NONE ? "" : ".",
                       node == NODE_NONE ? "" : result->scenario->nodes[node].name);
        put_pooled(summary, key, metric_unit(metric), &pooled);
    }
    arena_done(&scratch);
}

static json_t *summary_value(const struct scenario_result *result)
{
    json_t *summary = json_object();

    for (unsigned i = 0; i < METRICS; i++) {
        if (i != METRIC_SHARE) {
            add_to_summary(summary, result, (enum metric)i, NODE_NONE);
        }
    }
    for (size_t i = 0; i < result->scenario->node_count; i++) {
        add_to_summary(summary, result, METRIC_SHARE, (uint16_t)i);
    }
    return summary;
}

static json_t *report_value(const struct scenario_result *result,
                            const struct environment *environment,
                            const char *logs)
{
    char time[VALUE_TIME_MAX];
    char digest[REPORT_DIGEST_MAX];
    json_t *report = json_object();
    json_t *expectations = json_array();
    json_t *runs = json_array();

    for (size_t i = 0; i < result->result_count; i++) {
        value_push(expectations, expectation_value(result, &result->results[i]));
    }
    for (size_t i = 0; i < result->run_count; i++) {
        value_push(runs, report_run_value(result->runs[i].scenario, &result->runs[i]));
    }
    value_put(report, "schema", value_text("bascule/report/1"));
    value_put(report, "tool", tool_value());
    value_put(report, "scenario", scenario_value(result));
    value_put(report, "environment", environment_value(environment));
    value_put(
        report, "started_at",
        value_text(result->simulated ? NULL : value_time_text(result->started_realtime, time)));
    value_put(report, "wall_ms", result->simulated ? json_null() : value_ms(result->wall_ns));
    value_put(report, "verdict", value_text(verdict_word(result->verdict)));
    value_put(report, "reasons", value_reasons(&result->reasons));
    value_put(report, "known_issue", known_issue_value(result->scenario));
    value_put(report, "logs", value_text(logs));
    value_put(report, "expectations", expectations);
    value_put(report, "runs", runs);
    value_put(report, "summary", summary_value(result));
    value_put(report, REPORT_DIGEST_KEY, value_text(report_digest(report, digest)));
    return report;
}

/* ---- The text: one line for what one looks at as one, such as a fault or a mark ---- */

static void print_leaf(FILE *out, const json_t *value)
{
    /* A failure to write shows in the stream's error flag. */
    (void)json_dumpf(value, out, VALUE_DUMP_FLAGS);
}

/* Opens the next member of an object. */
static void print_key(FILE *out, bool first, const char *indent, const char *key)
{
    json_t *quoted = value_text(key);

    (void)fprintf(out, "%s\n%s", first ? "" : ",", indent);
    print_leaf(out, quoted);
    (void)fputs(": ", out);
    json_decref(quoted);
}

/* An array of objects, one a line; anything else on one line. */
static void print_rows(FILE *out, const char *indent, const json_t *value)
{
    if (!json_is_object(json_array_get(value, 0))) {
        print_leaf(out, value);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        (void)fprintf(out, "%s\n%s  ", i == 0 ? "[" : ",", indent);
        print_leaf(out, json_array_get(value, i));
    }
    (void)fprintf(out, "\n%s]", indent);
}

/* An object, one member a line. */
static void print_members(FILE *out, const char *indent, json_t *value)
{
    const char *key;
    json_t *member;
    bool first = true;

    (void)fputs("{", out);
    json_object_foreach(value, key, member)
    {
        print_key(out, first, indent, key);
        print_rows(out, indent, member);
        first = false;
    }
    (void)fprintf(out, "\n%.*s}", (int)strlen(indent) - 2, indent);
}

static void print_runs(FILE *out, const json_t *runs)
{
    (void)fputs("[", out);
    for (size_t i = 0; i < json_array_size(runs); i++) {
        (void)fputs(i == 0 ? "\n    " : ",\n    ", out);
        print_members(out, "      ", json_array_get(runs, i));
    }
    (void)fputs(json_array_size(runs) == 0 ? "]" : "\n  ]", out);
}

static void print_report(FILE *out, json_t *report)
{
    const char *key;
    json_t *member;
    bool first = true;

    (void)fputs("{", out);
    json_object_foreach(report, key, member)
    {
        print_key(out, first, "  ", key);
        if (strcmp(key, "runs") == 0) {
            print_runs(out, member);
        } else if (strcmp(key, "summary") == 0) {
            print_members(out, "    ", member);
        } else {
            print_rows(out, "  ", member);
        }
        first = false;
    }
    (void)fputs("\n}\n", out);
}

int report_json_write(const char *path,
                      const struct scenario_result *result,
                      const struct environment *environment,
                      const char *logs,
                      struct error *reterr)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    CHECK(out != NULL);
    json_t *report = report_value(result, environment, logs);
    print_report(out, report);
    json_decref(report);
    CHECK(fclose(out) == 0);

    int written = atomic_file_put(path, text, length, reterr);
    free(text);
    return written;
}
