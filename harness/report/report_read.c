#include "report/report_read.h"

#include "base/text.h"
#include "report/document_take.h"
#include "report/report_file.h"
#include "report/report_params.h"
#include "report/utf8.h"

#include <jansson.h>
#include <string.h>

/* Of a time in a report, in microseconds: 24 h and more. */
#define PLANNED_US_MAX 1e12

/* ---- Runs ---- */

static int64_t planned_of(const struct place *fault)
{
    struct place place = take_member(fault, "planned_ms");
    double us = json_number_value(place.value) * 1000;

    if (!json_is_number(place.value) || !(us > -PLANNED_US_MAX && us < PLANNED_US_MAX)) {
        take_wrong(&place, "time of a run");
        return 0;
    }
    return (int64_t)(us < 0 ? us - 0.5 : us + 0.5);
}

static void take_fault(const struct place *fault, struct recorded_fault *ret)
{
    struct arena *arena = fault->taking->arena;
    struct place params = take_object(fault, "params");
    struct document_texts targets = take_texts(fault, "targets");

    *ret = (struct recorded_fault){
        .id = take_text(fault, "id"),
        .kind = take_text(fault, "kind"),
        .targets = targets.items,
        .target_count = targets.count,
        .params = params.taking->failed ? "" : report_params_dump(arena, params.value),
        .planned_us = planned_of(fault),
    };
}

static void take_faults(const struct place *run, struct recorded_run *ret)
{
    struct place list = take_list(run, "faults", &ret->fault_count);
    struct recorded_fault *faults =
        ARENA_ARRAY(run->taking->arena, struct recorded_fault, ret->fault_count + 1);

    for (size_t i = 0; i < ret->fault_count && !run->taking->failed; i++) {
        struct place fault = take_item(&list, i);
        take_fault(&fault, &faults[i]);
    }
    ret->faults = faults;
}

static void take_run(const struct place *run, struct recorded_run *runs)
{
    struct recorded_run *ret = &runs[run->index];
    struct place index = take_member(run, "index");

    if (!json_is_object(run->value)) {
        take_wrong(run, "run");
        return;
    }
    *ret = (struct recorded_run){
        .seed = take_seed(run),
        .rerun_of = UINT32_MAX,
        .inconclusive = text_equal(take_text(run, "verdict"), "inconclusive"),
    };
    if (take_count_or_null(run, "index", UINT32_MAX) != (int64_t)run->index) {
        take_complain(&index, "is not %zu", run->index);
    }
    int64_t rerun_of = take_count_or_null(run, "rerun_of", (int64_t)run->index - 1);
    if (rerun_of >= 0) {
        ret->rerun_of = (uint32_t)rerun_of;
        runs[rerun_of].superseded = true;
    }
    take_faults(run, ret);
}

static void take_runs(const struct place *top, struct recorded_report *ret)
{
    struct place list = take_list(top, "runs", &ret->run_count);
    struct recorded_run *runs =
        ARENA_ARRAY(top->taking->arena, struct recorded_run, ret->run_count + 1);

    for (size_t i = 0; i < ret->run_count && !top->taking->failed; i++) {
        struct place run = take_item(&list, i);
        take_run(&run, runs);
    }
    ret->runs = runs;
}

/* ---- The whole ---- */

static void take_scenario(const struct place *top, struct recorded_report *ret)
{
    struct place scenario = take_object(top, "scenario");

    ret->file = take_text(&scenario, "file");
    ret->text = take_scenario_text(&scenario);
    ret->text_length = strlen(ret->text);
    ret->seed = take_seed(&scenario);
    struct document_texts settings = take_texts(&scenario, "settings");
    ret->settings = settings.items;
    ret->setting_count = settings.count;
    int64_t port_base = take_count_or_null(&scenario, "port_base", UINT16_MAX);
    ret->port_base = port_base < 0 ? 0 : (uint16_t)port_base;
    ret->client = take_text_or_null(&scenario, "client");
}

static const char *version_of(struct arena *arena, const json_t *report)
{
    const char *version =
        json_string_value(json_object_get(json_object_get(report, "tool"), "version"));

    return version == NULL ? "unknown" : utf8_printable(arena, version);
}

int report_read(struct recorded_report *ret,
                struct arena *arena,
                const char *path,
                struct error *reterr)
{
    json_t *json = report_file_read(arena, path, reterr);
    struct taking taking = {.arena = arena, .path = path, .reterr = reterr};
    struct place top = {.taking = &taking, .value = json};

    if (json == NULL) {
        return -1;
    }
    *ret = (struct recorded_report){.version = version_of(arena, json)};
    ret->verdict = take_text(&top, "verdict");
    take_scenario(&top, ret);
    take_runs(&top, ret);
    json_decref(json);
    return taking.failed ? -1 : 0;
}
