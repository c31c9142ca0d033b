#include "report/report_read.h"

#include "base/text.h"
#include "report/json_file.h"
#include "report/report_params.h"
#include "report/sha256.h"
#include "report/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA         "bascule/report/1"
/* Of a time in a report, in microseconds: 24 h and more. */
#define PLANNED_US_MAX 1e12

/* What all below need. */
struct reading {
    struct arena *arena;
    const char *path;
    struct error *reterr;
};

/* A value, and where in the report it stands: "runs[0].faults". */
struct spot {
    const json_t *value;
    const char *name;
};

/* ---- Complaints and members ---- */

static int complain(const struct reading *r, const struct spot *spot, const char *text)
{
    return error_plain(r->reterr, "%s: %s %s", r->path, spot->name, text);
}

static struct spot member(const struct reading *r, const struct spot *object, const char *key)
{
    bool top = object->name[0] == '\0';

    return (struct spot){
        .value = json_object_get(object->value, key),
        .name = arena_printf(r->arena, "%s%s%s", object->name, top ? "" : ".", key),
    };
}

static struct spot item(const struct reading *r, const struct spot *array, size_t index)
{
    return (struct spot){
        .value = json_array_get(array->value, index),
        .name = arena_printf(r->arena, "%s[%zu]", array->name, index),
    };
}

static int wrong_type(const struct reading *r, const struct spot *spot, const char *wanted)
{
    return complain(
        r, spot, spot->value == NULL ? "is missing" : arena_printf(r->arena, "is no %s", wanted));
}

static int
take_text(const struct reading *r, const struct spot *object, const char *key, const char **ret)
{
    struct spot spot = member(r, object, key);

    if (!json_is_string(spot.value)) {
        return wrong_type(r, &spot, "string");
    }
    *ret = arena_copy(r->arena, json_string_value(spot.value), json_string_length(spot.value));
    return 0;
}

static int
take_list(const struct reading *r, const struct spot *object, const char *key, struct spot *ret)
{
    *ret = member(r, object, key);
    return json_is_array(ret->value) ? 0 : wrong_type(r, ret, "list");
}

static int take_texts(const struct reading *r,
                      const struct spot *object,
                      const char *key,
                      const char *const **ret,
                      size_t *ret_count)
{
    struct spot list;

    if (take_list(r, object, key, &list) < 0) {
        return -1;
    }
    size_t count = json_array_size(list.value);
    const char **texts = ARENA_ARRAY(r->arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        struct spot text = item(r, &list, i);
        if (!json_is_string(text.value)) {
            return wrong_type(r, &text, "string");
        }
        texts[i] =
            arena_copy(r->arena, json_string_value(text.value), json_string_length(text.value));
    }
    *ret = texts;
    *ret_count = count;
    return 0;
}

/* A number, or where JSON has no room for it a string of digits. */
static int take_seed(const struct reading *r, const struct spot *object, uint64_t *ret)
{
    struct spot spot = member(r, object, "seed");
    const char *digits = json_string_value(spot.value);

    if (json_is_integer(spot.value) && json_integer_value(spot.value) >= 0) {
        *ret = (uint64_t)json_integer_value(spot.value);
        return 0;
    }
    if (digits == NULL || digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0') {
        return wrong_type(r, &spot, "seed");
    }
    errno = 0;
    *ret = strtoull(digits, NULL, 10);
    return errno == 0 ? 0 : wrong_type(r, &spot, "seed");
}

/* null: none. With `most` below 0 nothing else is possible. */
static int take_optional(const struct reading *r,
                         const struct spot *object,
                         const char *key,
                         json_int_t most,
                         json_int_t *ret)
{
    struct spot spot = member(r, object, key);

    if (json_is_null(spot.value)) {
        return 0;
    }
    json_int_t number = json_integer_value(spot.value);
    if (most < 0) {
        return complain(r, &spot, "must be null here");
    }
    if (!json_is_integer(spot.value) || number < 0 || number > most) {
        return wrong_type(r, &spot, arena_printf(r->arena, "number up to %" PRId64, (int64_t)most));
    }
    *ret = number;
    return 0;
}

/* ---- Runs ---- */

static int take_planned(const struct reading *r, const struct spot *object, int64_t *ret)
{
    struct spot spot = member(r, object, "planned_ms");

    if (!json_is_number(spot.value)) {
        return wrong_type(r, &spot, "time");
    }
    double us = json_number_value(spot.value) * 1000;
    if (!(us > -PLANNED_US_MAX && us < PLANNED_US_MAX)) {
        return wrong_type(r, &spot, "time of a run");
    }
    *ret = (int64_t)(us < 0 ? us - 0.5 : us + 0.5);
    return 0;
}

static int take_fault(const struct reading *r, const struct spot *spot, struct recorded_fault *ret)
{
    struct spot params = member(r, spot, "params");

    if (!json_is_object(spot->value)) {
        return wrong_type(r, spot, "fault");
    }
    if (!json_is_object(params.value)) {
        return wrong_type(r, &params, "object");
    }
    ret->params = report_params_dump(r->arena, params.value);
    if (take_text(r, spot, "id", &ret->id) < 0 || take_text(r, spot, "kind", &ret->kind) < 0 ||
        take_texts(r, spot, "targets", &ret->targets, &ret->target_count) < 0) {
        return -1;
    }
    return take_planned(r, spot, &ret->planned_us);
}

static int take_faults(const struct reading *r, const struct spot *run, struct recorded_run *ret)
{
    struct spot list;

    if (take_list(r, run, "faults", &list) < 0) {
        return -1;
    }
    ret->fault_count = json_array_size(list.value);
    struct recorded_fault *faults = ARENA_ARRAY(r->arena, struct recorded_fault, ret->fault_count);
    for (size_t i = 0; i < ret->fault_count; i++) {
        struct spot fault = item(r, &list, i);
        if (take_fault(r, &fault, &faults[i]) < 0) {
            return -1;
        }
    }
    ret->faults = faults;
    return 0;
}

static int
take_run(const struct reading *r, const struct spot *spot, struct recorded_run *runs, size_t index)
{
    struct recorded_run *ret = &runs[index];
    json_int_t number = -1;
    json_int_t rerun_of = -1;
    const char *verdict = NULL;

    if (!json_is_object(spot->value)) {
        return wrong_type(r, spot, "run");
    }
    if (take_seed(r, spot, &ret->seed) < 0 || take_text(r, spot, "verdict", &verdict) < 0 ||
        take_optional(r, spot, "index", UINT32_MAX, &number) < 0 ||
        take_optional(r, spot, "rerun_of", (json_int_t)index - 1, &rerun_of) < 0) {
        return -1;
    }
    if (number != (json_int_t)index) {
        struct spot place = member(r, spot, "index");
        return complain(r, &place, arena_printf(r->arena, "is not %zu", index));
    }
    ret->inconclusive = text_equal(verdict, "inconclusive");
    ret->rerun_of = rerun_of < 0 ? UINT32_MAX : (uint32_t)rerun_of;
    if (rerun_of >= 0) {
        runs[rerun_of].superseded = true;
    }
    return take_faults(r, spot, ret);
}

static int take_runs(const struct reading *r, const struct spot *top, struct recorded_report *ret)
{
    struct spot list;

    if (take_list(r, top, "runs", &list) < 0) {
        return -1;
    }
    ret->run_count = json_array_size(list.value);
    struct recorded_run *runs = ARENA_ARRAY(r->arena, struct recorded_run, ret->run_count);
    for (size_t i = 0; i < ret->run_count; i++) {
        struct spot run = item(r, &list, i);
        if (take_run(r, &run, runs, i) < 0) {
            return -1;
        }
    }
    ret->runs = runs;
    return 0;
}

/* ---- The whole ---- */

static int check_digest(const struct reading *r,
                        const struct spot *scenario,
                        const struct recorded_report *report)
{
    char digest[SHA256_HEX_MAX];
    const char *recorded = NULL;

    if (take_text(r, scenario, "sha256", &recorded) < 0) {
        return -1;
    }
    (void)sha256_hex(report->text, report->text_length, digest);
    if (text_equal(recorded, digest)) {
        return 0;
    }
    return error_plain(r->reterr,
                       "%s: the report was edited: scenario.sha256 is %.64s, but that of "
                       "scenario.text is %s",
                       r->path, utf8_printable(r->arena, recorded), digest);
}

/* null, or not there as in older reports: none. */
static int take_client(const struct reading *r, const struct spot *scenario, const char **ret)
{
    struct spot client = member(r, scenario, "client");

    return client.value == NULL || json_is_null(client.value)
               ? 0
               : take_text(r, scenario, "client", ret);
}

static int
take_scenario(const struct reading *r, const struct spot *top, struct recorded_report *ret)
{
    struct spot scenario = member(r, top, "scenario");
    json_int_t port_base = 0;

    if (!json_is_object(scenario.value)) {
        return wrong_type(r, &scenario, "object");
    }
    if (take_text(r, &scenario, "file", &ret->file) < 0 ||
        take_text(r, &scenario, "text", &ret->text) < 0) {
        return -1;
    }
    ret->text_length = strlen(ret->text);
    if (check_digest(r, &scenario, ret) < 0 || take_seed(r, &scenario, &ret->seed) < 0 ||
        take_texts(r, &scenario, "settings", &ret->settings, &ret->setting_count) < 0 ||
        take_optional(r, &scenario, "port_base", UINT16_MAX, &port_base) < 0) {
        return -1;
    }
    ret->port_base = (uint16_t)port_base;
    return take_client(r, &scenario, &ret->client);
}

static int check_schema(const struct reading *r, const struct spot *top, const char *version)
{
    const char *schema = json_string_value(json_object_get(top->value, "schema"));

    if (schema == NULL || !text_has_prefix(schema, "bascule/report/")) {
        return error_plain(r->reterr, "%s: this is no report of bascule's: its schema is not '%s'",
                           r->path, SCHEMA);
    }
    if (!text_equal(schema, SCHEMA)) {
        return error_plain(r->reterr,
                           "%s: its schema is '%s', written by version %s; this reads '%s'",
                           r->path, utf8_printable(r->arena, schema), version, SCHEMA);
    }
    return 0;
}

static const char *version_of(const struct reading *r, const json_t *top)
{
    const char *version =
        json_string_value(json_object_get(json_object_get(top, "tool"), "version"));

    return version == NULL ? "unknown" : utf8_printable(r->arena, version);
}

static int take_report(const struct reading *r, const json_t *json, struct recorded_report *ret)
{
    struct spot top = {.value = json, .name = ""};

    *ret = (struct recorded_report){.version = version_of(r, json)};
    if (check_schema(r, &top, ret->version) < 0 ||
        take_text(r, &top, "verdict", &ret->verdict) < 0 || take_scenario(r, &top, ret) < 0) {
        return -1;
    }
    return take_runs(r, &top, ret);
}

int report_read(struct recorded_report *ret,
                struct arena *arena,
                const char *path,
                struct error *reterr)
{
    const struct reading r = {
        .arena = arena,
        .path = utf8_printable(arena, path),
        .reterr = reterr,
    };
    json_t *json = json_file_read(arena, path, REPORT_BYTES_MAX, reterr);

    if (json == NULL) {
        return -1;
    }
    int taken = take_report(&r, json, ret);
    json_decref(json);
    return taken;
}
