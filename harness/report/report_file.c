#include "report/report_file.h"

#include "base/text.h"
#include "report/json_file.h"
#include "report/report_digest.h"
#include "report/utf8.h"
#include "scenario/input_file.h"

#include <stdio.h>
#include <string.h>

#define HEAD_BYTES    256 /* our own files begin with their schema */
#define SCHEMA        "bascule/report/1"
#define SCHEMA_FAMILY "bascule/report/"

/* ---- Whose it is ---- */

/* What else bascule writes as JSON. */
static const char *other_kind(const char *schema)
{
    static const struct {
        const char *family;
        const char *what;
    } kinds[] = {
        {"bascule/comparison/", "a comparison, made by bascule compare"},
        {"bascule/history/", "a history, made by bascule history"},
        {"bascule/latest/", "the list of a run's reports"},
        {"bascule/journal/", "a journal"},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (text_has_prefix(schema, kinds[i].family)) {
            return kinds[i].what;
        }
    }
    return NULL;
}

bool report_file_is_other(const char *path)
{
    char head[HEAD_BYTES + 1];
    FILE *file = input_file_is_regular(path) ? fopen(path, "re") : NULL;

    if (file == NULL) {
        return false;
    }
    size_t length = fread(head, 1, HEAD_BYTES, file);
    (void)fclose(file);
    head[length] = '\0';
    const char *key = strstr(head, "\"schema\"");
    const char *schema = key == NULL ? NULL : strstr(key, "\"bascule/");
    return schema != NULL && other_kind(schema + 1) != NULL;
}

static bool is_newer(const char *schema)
{
    const char *digits = schema + strlen(SCHEMA_FAMILY);

    return text_has_prefix(schema, SCHEMA_FAMILY) && digits[0] >= '1' && digits[0] <= '9' &&
           digits[strspn(digits, "0123456789")] == '\0' && !text_equal(schema, SCHEMA);
}

static int check_schema(const struct json_file *file, struct arena *arena, struct error *reterr)
{
    const char *schema = json_string_value(json_object_get(file->value, "schema"));
    const char *version =
        json_string_value(json_object_get(json_object_get(file->value, "tool"), "version"));
    size_t at = json_file_member(file, "schema");

    if (schema == NULL) {
        return json_file_complain(file, at < file->length ? at : 0, reterr,
                                  "this is no report of bascule's: its schema is not '" SCHEMA "'");
    }
    if (text_equal(schema, SCHEMA)) {
        return 0;
    }
    if (other_kind(schema) != NULL) {
        return json_file_complain(file, at, reterr, "this is %s, and no report",
                                  other_kind(schema));
    }
    if (is_newer(schema)) {
        return json_file_complain(
            file, at, reterr,
            "written by a newer bascule, %.60s, as '%.60s'; this one reads '" SCHEMA "'",
            version == NULL ? "of unknown version" : utf8_printable(arena, version), schema);
    }
    return json_file_complain(
        file, at, reterr, "this is no report of bascule's: its schema is '%.60s', not '" SCHEMA "'",
        utf8_printable(arena, schema));
}

/* ---- Whether it is as it was ---- */

static int check_digest(const struct json_file *file, struct error *reterr)
{
    const json_t *member = json_object_get(file->value, REPORT_DIGEST_KEY);
    const char *recorded = json_string_value(member);
    char digest[REPORT_DIGEST_MAX];

    if (recorded != NULL && text_equal(recorded, report_digest(file->value, digest))) {
        return 0;
    }
    return json_file_complain(file, json_file_member(file, REPORT_DIGEST_KEY), reterr,
                              "changed since bascule wrote it: its digest %s; "
                              "take the original, or run the scenario again",
                              member == NULL ? "is missing" : "does not match");
}

json_t *report_file_read(struct arena *arena, const char *path, struct error *reterr)
{
    struct json_file file;
    json_t *report = NULL;

    if (json_file_read(&file, arena, path, REPORT_FILE_MAX, reterr) < 0) {
        return NULL;
    }
    if (check_schema(&file, arena, reterr) == 0 && check_digest(&file, reterr) == 0) {
        report = json_incref(file.value);
    }
    json_file_done(&file);
    return report;
}
