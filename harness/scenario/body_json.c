#include "scenario/body_json.h"

#include "base/text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char substitution[] = "$(request)";

bool body_check_substitutions(struct reader *reader,
                              const struct yaml_value *value,
                              const char *key,
                              bool allow_request)
{
    const char *found = strstr(value->text, "$(");
    while (found != NULL && allow_request && text_has_prefix(found, substitution)) {
        found = strstr(found + strlen(substitution), "$(");
    }
    if (found == NULL) {
        return true;
    }
    const char *end = strchr(found, ')');
    size_t length = end != NULL ? (size_t)(end - found) + 1 : strlen(found);
    const char *word = arena_copy(reader->arena, found, length < 64 ? length : 64);
    schema_complain(reader, value, "unknown substitution %s in '%s'%s",
                    yaml_text_quote(reader->arena, word), key,
                    allow_request ? " (there is $(request))" : "");
    return false;
}

static json_t *text_json(struct reader *reader, const struct yaml_value *value)
{
    return body_check_substitutions(reader, value, "body", true) ? json_string(value->text) : NULL;
}

static json_t *number_json(struct reader *reader, const struct yaml_value *value)
{
    int64_t whole = 0;
    if (yaml_value_type(value) == CORE_INT && yaml_value_int(value, &whole)) {
        return json_integer(whole);
    }
    double real = strtod(value->text, NULL);
    if (yaml_value_type(value) == CORE_INT || strpbrk(value->text, "nN") != NULL ||
        !isfinite(real)) {
        schema_complain(reader, value, "JSON cannot hold %s: quote it",
                        yaml_value_describe(reader->arena, value));
        return NULL;
    }
    return json_real(real);
}

static json_t *scalar_json(struct reader *reader, const struct yaml_value *value)
{
    switch (yaml_value_type(value)) {
    case CORE_NULL:
        return json_null();
    case CORE_BOOL:
        return json_boolean(yaml_value_bool(value));
    case CORE_INT:
    case CORE_FLOAT:
        return number_json(reader, value);
    case CORE_TEXT:
        break;
    }
    return text_json(reader, value);
}

/* Text may be shared by many aliases: what JSON would copy is counted first. */
static bool count_bytes(struct reader *reader, const struct yaml_value *value)
{
    if (value->kind == VALUE_SCALAR) {
        reader->body_bytes += strlen(value->text);
    }
    return reader->body_bytes <= BODY_BYTES_MAX;
}

/* Depth is capped by the tree's (SCENARIO_DEPTH_MAX). NULL: a mistake, or too many bytes. */
static json_t *value_json(struct reader *reader, const struct yaml_value *value);

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *list_json(struct reader *reader, const struct yaml_value *value)
{
    json_t *list = json_array();
    for (size_t i = 0; i < value->count; i++) {
        json_t *item = value_json(reader, value->items[i]);
        if (item != NULL) {
            json_array_append_new(list, item);
        }
    }
    return list;
}

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *map_json(struct reader *reader, const struct yaml_value *value)
{
    json_t *map = json_object();
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_pair *pair = &value->pairs[i];
        bool fits = count_bytes(reader, pair->key) &&
                    body_check_substitutions(reader, pair->key, "body", true);
        json_t *item = fits ? value_json(reader, pair->value) : NULL;
        if (item != NULL) {
            json_object_set_new(map, pair->key->text, item);
        }
    }
    return map;
}

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *value_json(struct reader *reader, const struct yaml_value *value)
{
    if (!count_bytes(reader, value)) {
        return NULL;
    }
    if (value->kind == VALUE_LIST) {
        return list_json(reader, value);
    }
    return value->kind == VALUE_MAP ? map_json(reader, value) : scalar_json(reader, value);
}

static const char *dump(struct reader *reader, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL) {
        return NULL;
    }
    const char *body = arena_copy(reader->arena, text, strlen(text));
    free(text);
    return body;
}

const char *body_json(struct reader *reader, const struct yaml_value *value)
{
    size_t before = reader->mistakes;
    const char *body = NULL;
    if (yaml_value_is_null(value)) {
        schema_mismatch(reader, value, "body", "text, a mapping or a list");
        return NULL;
    }
    if (yaml_value_is_text(value)) {
        bool fits = count_bytes(reader, value);
        body = fits && body_check_substitutions(reader, value, "body", true) ? value->text : NULL;
    } else if (reader->body_bytes <= BODY_BYTES_MAX) {
        json_t *json = value_json(reader, value);
        body = json != NULL ? dump(reader, json) : NULL;
        json_decref(json);
    }
    if (reader->body_bytes > BODY_BYTES_MAX) {
        schema_complain(reader, value,
                        "the bodies of all requests, aliases expanded, exceed %zu bytes",
                        BODY_BYTES_MAX);
        return NULL;
    }
    return reader->mistakes == before ? body : NULL;
}
