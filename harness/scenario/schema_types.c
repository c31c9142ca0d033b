/* The readers of schema.h for values of the usual types. */
#include "base/nanos.h"
#include "base/text.h"
#include "scenario/reader.h"
#include "scenario/schema.h"
#include "scenario/units.h"

#include <inttypes.h>
#include <string.h>

bool schema_take_text(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      const char **ret)
{
    if (yaml_value_is_text(value)) {
        *ret = value->text;
        return true;
    }
    bool unquoted = value->kind == VALUE_SCALAR && yaml_value_type(value) != CORE_NULL;
    if (unquoted) {
        schema_complain(reader, value, "'%s' must be text, not %s: quote it", key,
                        yaml_value_describe(reader->arena, value));
    } else {
        schema_mismatch(reader, value, key, "text");
    }
    return false;
}

SCHEMA_READER(schema_text)
{
    const char **text = target;
    const char *taken = NULL;
    if (!schema_take_text(reader, value, field->key, &taken)) {
        return;
    }
    if (taken[0] == '\0') {
        schema_complain(reader, value, "'%s' is an empty text", field->key);
        return;
    }
    *text = taken;
}

static void complain_about_duration(struct reader *reader,
                                    const struct schema_field *field,
                                    const struct yaml_value *value)
{
    bool scalar = value->kind == VALUE_SCALAR;
    enum core_type type = scalar ? yaml_value_type(value) : CORE_TEXT;
    if (type == CORE_INT || type == CORE_FLOAT) {
        schema_complain(reader, value, "'%s' needs a unit (ms, s, m or h), not %s", field->key,
                        yaml_value_describe(reader->arena, value));
        return;
    }
    schema_mismatch(reader, value, field->key, "a duration like 250ms, 5s or 1m30s");
}

SCHEMA_READER(schema_duration)
{
    nanos *duration = target;
    nanos taken = 0;
    nanos max = field->max != 0 ? field->max : SCENARIO_DURATION_MAX;
    char limit[NANOS_TEXT_MAX];
    if (!yaml_value_is_text(value) || !nanos_parse(value->text, strlen(value->text), &taken)) {
        complain_about_duration(reader, field, value);
        return;
    }
    const char *given = yaml_value_describe(reader->arena, value);
    if (taken < field->min && field->min == 1) {
        schema_complain(reader, value, "'%s' must be above 0s", field->key);
        return;
    }
    if (taken < field->min) {
        nanos_text(field->min, limit);
        schema_complain(reader, value, "'%s' must be at least %s, not %s", field->key, limit,
                        given);
        return;
    }
    if (taken > max) {
        nanos_text(max, limit);
        schema_complain(reader, value, "'%s' must be at most %s, not %s", field->key, limit, given);
        return;
    }
    *duration = taken;
}

bool schema_take_count(struct reader *reader,
                       const struct schema_field *field,
                       const struct yaml_value *value,
                       int64_t *ret)
{
    int64_t taken = 0;
    int64_t max = field->max != 0 ? field->max : UINT32_MAX;
    if (value->kind != VALUE_SCALAR || yaml_value_type(value) != CORE_INT) {
        schema_mismatch(reader, value, field->key, "a whole number");
        return false;
    }
    if (!yaml_value_int(value, &taken) || taken < field->min || taken > max) {
        schema_complain(reader, value,
                        "'%s' must be between %" PRId64 " and %" PRId64 ", not %.40s", field->key,
                        field->min, max, value->text);
        return false;
    }
    *ret = taken;
    return true;
}

SCHEMA_READER(schema_count)
{
    uint32_t *count = target;
    int64_t taken = 0;
    if (schema_take_count(reader, field, value, &taken)) {
        *count = (uint32_t)taken;
    }
}

/* Numbers are written without quotes, ratios in percent are text either way. */
static bool take_ratio(const struct yaml_value *value, int64_t *ret)
{
    if (value->kind != VALUE_SCALAR || !units_parse_ratio(value->text, ret)) {
        return false;
    }
    enum core_type type = yaml_value_type(value);
    return type != CORE_TEXT || strchr(value->text, '%') != NULL;
}

SCHEMA_READER(schema_ratio)
{
    uint32_t *ratio = target;
    int64_t taken = 0;
    int64_t max = field->max != 0 ? field->max : RATIO_ONE;
    if (!take_ratio(value, &taken)) {
        schema_mismatch(reader, value, field->key, "a ratio like 0.5 or 50%");
        return;
    }
    if (taken < field->min || taken > max) {
        schema_complain(reader, value,
                        field->min > 0 ? "'%s' must be above 0 and at most 1 (100%%), not %.40s"
                                       : "'%s' must be between 0 and 1 (100%%), not %.40s",
                        field->key, value->text);
        return;
    }
    *ratio = (uint32_t)taken;
}

static void read_bytes(struct reader *reader,
                       const struct schema_field *field,
                       const struct yaml_value *value,
                       bool a_second,
                       uint64_t *bytes)
{
    int64_t taken = 0;
    bool text = yaml_value_is_text(value);
    bool fits = text && (a_second ? units_parse_byte_rate(value->text, &taken)
                                  : units_parse_size(value->text, &taken));
    if (!fits) {
        schema_mismatch(reader, value, field->key,
                        a_second ? "a rate like 100B/s or 64KiB/s" : "a size like 100B or 64KiB");
        return;
    }
    if (taken < field->min || taken > field->max) {
        schema_complain(
            reader, value, "'%s' must be between %" PRId64 " and %" PRId64 " bytes%s, not %.40s",
            field->key, field->min, field->max, a_second ? " a second" : "", value->text);
        return;
    }
    *bytes = (uint64_t)taken;
}

SCHEMA_READER(schema_size)
{
    read_bytes(reader, field, value, false, target);
}

SCHEMA_READER(schema_byte_rate)
{
    read_bytes(reader, field, value, true, target);
}

SCHEMA_READER(schema_bool)
{
    bool *answer = target;
    if (value->kind != VALUE_SCALAR || yaml_value_type(value) != CORE_BOOL) {
        schema_mismatch(reader, value, field->key, "true or false");
        return;
    }
    *answer = yaml_value_bool(value);
}

SCHEMA_READER(schema_skip)
{
    (void)reader;
    (void)field;
    (void)value;
    (void)target;
}

static const char *list_words(struct arena *arena, const char *const *words, size_t count)
{
    char buffer[ERROR_TEXT_MAX / 2];
    struct text list;
    text_init(&list, buffer, sizeof(buffer));
    for (size_t i = 0; i < count; i++) {
        const char *gap = i + 1 == count ? " or " : ", ";
        text_printf(&list, "%s%s", i == 0 ? "" : gap, words[i]);
    }
    return arena_copy(arena, list.data, list.length);
}

bool schema_take_word(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      const char *const *words,
                      size_t count,
                      size_t *ret)
{
    for (size_t i = 0; value->kind == VALUE_SCALAR && i < count; i++) {
        if (strcmp(value->text, words[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    const char *suggestion =
        yaml_value_is_text(value) ? schema_suggest(reader, value->text, words, count) : "";
    const char *expected =
        arena_printf(reader->arena, "%s", list_words(reader->arena, words, count));
    if (suggestion[0] == '\0') {
        schema_mismatch(reader, value, key, expected);
        return false;
    }
    schema_complain(reader, value, "'%s' must be %s, not %s%s", key, expected,
                    yaml_value_describe(reader->arena, value), suggestion);
    return false;
}

bool schema_is_list(struct reader *reader,
                    const struct yaml_value *value,
                    const char *key,
                    const char *expected,
                    size_t max)
{
    if (value->kind != VALUE_LIST) {
        schema_mismatch(reader, value, key, expected);
        return false;
    }
    if (value->count > max) {
        schema_complain(reader, value, "'%s' has %zu items, at most %zu are read", key,
                        value->count, max);
        return false;
    }
    return true;
}
