#include "report/document.h"

#include "report/document_run.h"
#include "report/report_file.h"

#include <inttypes.h>
#include <string.h>

const char *const document_verdicts[] = {"pass", "fail", "known", "inconclusive", "skipped", NULL};

/* ---- Small things of report and run ---- */

struct document_reasons document_reasons_read(const struct place *object)
{
    size_t count;
    struct place list = take_list(object, "reasons", &count);
    struct document_reason *reasons =
        ARENA_ARRAY(object->taking->arena, struct document_reason, count + 1);

    for (size_t i = 0; i < count; i++) {
        struct place place = take_item(&list, i);
        reasons[i] = (struct document_reason){.code = take_text(&place, "code"),
                                              .text = take_text(&place, "text")};
    }
    return (struct document_reasons){.items = reasons, .count = count};
}

const char *document_seed_read(const struct place *object)
{
    return arena_printf(object->taking->arena, "%" PRIu64, take_seed(object));
}

/* ---- The parts of the report ---- */

/* The scenario's own text has it, but a report need not be read as YAML to be shown. */
static void read_scenario(const struct place *top, struct document *ret)
{
    struct place place = take_object(top, "scenario");
    const char *description = take_text_if_there(&place, "description");
    bool has_instances = take_member(&place, "instances").value != NULL;

    ret->name = take_text(&place, "name");
    ret->description = description == NULL ? "" : description;
    ret->profile = take_text_if_there(&place, "profile");
    ret->instances = has_instances ? take_count(&place, "instances") : 0;
    ret->file = take_text(&place, "file");
    ret->sha256 = take_text(&place, "sha256");
    ret->text = take_scenario_text(&place);
    ret->settings = take_texts(&place, "settings");
    ret->port_base = take_count_or_null(&place, "port_base", UINT16_MAX);
    ret->slow_ms = take_number(&place, "slow_ms");
    ret->seed = document_seed_read(&place);
    ret->target_ms = take_number(&place, "target_ms");
}

static void read_surroundings(const struct place *top, struct document *ret)
{
    struct place tool = take_object(top, "tool");
    struct place environment = take_object(top, "environment");

    ret->tool_version = take_text(&tool, "version");
    ret->tool_commit = take_text(&tool, "commit");
    ret->os = take_text(&environment, "os");
    ret->kernel = take_text(&environment, "kernel");
    ret->cpus = take_count(&environment, "cpus");
    ret->isolation = take_text(&environment, "isolation");
    ret->started_at = take_text_or_null(top, "started_at");
    ret->wall_ms = take_figure(top, "wall_ms");
    ret->logs = take_text_or_null(top, "logs");
}

static void read_known_issue(const struct place *top, struct document *ret)
{
    struct place place = take_member(top, "known_issue");

    if (place.value == NULL) {
        take_complain(&place, "is missing");
    } else if (!json_is_null(place.value)) {
        ret->known_why = take_text(&place, "why");
        ret->known_fails = take_texts(&place, "fails");
    }
}

static void read_expectations(const struct place *top, struct document *ret)
{
    static const char *const verdicts[] = {"pass", "fail", "inconclusive", NULL};
    static const char *const ops[] = {"<", "<=", "==", ">=", ">", NULL};
    struct place list = take_list(top, "expectations", &ret->expectation_count);
    struct document_expectation *expectations =
        ARENA_ARRAY(top->taking->arena, struct document_expectation, ret->expectation_count + 1);

    for (size_t i = 0; i < ret->expectation_count; i++) {
        struct place place = take_item(&list, i);
        expectations[i] = (struct document_expectation){
            .metric = take_text(&place, "metric"),
            .op = take_word(&place, "op", ops),
            .expected = take_text(&place, "expected"),
            .verdict = take_word(&place, "verdict", verdicts),
            .fault = take_text_or_null(&place, "fault"),
            .limit = take_number(&place, "limit"),
            .error = take_number(&place, "error"),
            .actual = take_figure(&place, "actual"),
            .run = take_count_or_null(&place, "run", UINT32_MAX),
            .why = take_text_if_there(&place, "why"),
        };
    }
    ret->expectations = expectations;
}

static void read_runs(const struct place *top, struct document *ret)
{
    struct place list = take_list(top, "runs", &ret->run_count);
    struct document_run *runs =
        ARENA_ARRAY(top->taking->arena, struct document_run, ret->run_count + 1);

    for (size_t i = 0; i < ret->run_count && !top->taking->failed; i++) {
        struct place place = take_item(&list, i);
        document_run_read(&place, &runs[i]);
        if (runs[i].rerun_of >= 0) {
            runs[runs[i].rerun_of].superseded = true;
        }
    }
    ret->runs = runs;
}

static void read_summary(const struct place *top, struct document *ret)
{
    struct place place = take_object(top, "summary");
    struct arena *arena = top->taking->arena;
    struct document_pool *pools =
        ARENA_ARRAY(arena, struct document_pool, json_object_size(place.value) + 1);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)place.value, key, value)
    {
        struct place pool = take_object(&place, key);
        pools[ret->summary_count++] = (struct document_pool){
            .metric = arena_copy(arena, key, strlen(key)),
            .n = take_count(&pool, "n"),
            .min = take_figure(&pool, "min"),
            .p50 = take_figure(&pool, "p50"),
            .p95 = take_figure(&pool, "p95"),
            .max = take_figure(&pool, "max"),
        };
    }
    ret->summary = pools;
}

int document_read(struct document *ret, struct arena *arena, const char *path, struct error *reterr)
{
    json_t *json = report_file_read(arena, path, reterr);
    struct taking taking = {.arena = arena, .path = path, .reterr = reterr};
    struct place top = {.taking = &taking, .value = json};

    if (json == NULL) {
        return -1;
    }
    *ret = (struct document){.path = arena_copy(arena, path, strlen(path))};
    read_scenario(&top, ret);
    read_surroundings(&top, ret);
    ret->verdict = take_word(&top, "verdict", document_verdicts);
    ret->reasons = document_reasons_read(&top);
    read_known_issue(&top, ret);
    read_expectations(&top, ret);
    read_runs(&top, ret);
    read_summary(&top, ret);
    json_decref(json);
    return taking.failed ? -1 : 0;
}

/* ---- What is asked often ---- */

struct document_figure document_metric(const struct document_run *run, const char *name)
{
    for (size_t i = 0; i < run->metric_count; i++) {
        if (strcmp(run->metrics[i].name, name) == 0) {
            return run->metrics[i].figure;
        }
    }
    return (struct document_figure){.state = DOCUMENT_ABSENT};
}

/* Over the runs that count, and their active disturbances. */
static struct document_figure worst_of(const struct document *document, const char *metric)
{
    for (size_t i = 0; i < document->summary_count; i++) {
        if (strcmp(document->summary[i].metric, metric) == 0) {
            return document->summary[i].max;
        }
    }
    return (struct document_figure){.state = DOCUMENT_ABSENT};
}

static bool is_bounded(const struct document *document, const char *metric)
{
    size_t length = strlen(metric);

    for (size_t i = 0; i < document->expectation_count; i++) {
        const char *name = document->expectations[i].metric;
        if (strncmp(name, metric, length) == 0 && (name[length] == '\0' || name[length] == '.')) {
            return true;
        }
    }
    return false;
}

bool document_has_reason(const struct document *document, const char *code)
{
    for (size_t i = 0; i < document->reasons.count; i++) {
        if (strcmp(document->reasons.items[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

struct document_headline document_headline(const struct document *document)
{
    const struct document_figure absent = {.state = DOCUMENT_ABSENT};
    struct document_headline worst = {
        .switchover_ms = worst_of(document, "switchover"),
        .outage_ms = worst_of(document, "outage"),
        .worst_latency_ms = worst_of(document, "worst_latency"),
        .failed_requests = worst_of(document, "failed_requests"),
    };

    if (worst.worst_latency_ms.state == DOCUMENT_ABSENT) {
        worst.worst_latency_ms = worst_of(document, "latency.max");
    }
    if (worst.switchover_ms.state == DOCUMENT_NEVER && !is_bounded(document, "switchover")) {
        worst.switchover_ms = absent;
    }
    if (document_has_reason(document, "interrupted")) {
        worst.switchover_ms = absent;
        worst.failed_requests = absent;
    }
    if (!(worst_of(document, "requests").value > 0)) {
        worst.failed_requests = absent;
    }
    return worst;
}
