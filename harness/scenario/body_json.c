#include "scenario/body_json.h"

#include "scenario/substitutions.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is made into JSON, and what may be substituted in it. */
struct source {
    struct reader *reader;
    const char *key;
    unsigned substitutions;
};

static bool check_text(const struct source *source, const struct yaml_value *value)
{
    return substitutions_check(source->reader, value, source->key, source->substitutions);
}

static json_t *text_json(const struct source *source, const struct yaml_value *value)
{
    return check_text(source, value) ? json_string(value->text) : NULL;
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

static json_t *scalar_json(const struct source *source, const struct yaml_value *value)
{
    switch (yaml_value_type(value)) {
    case CORE_NULL:
        return json_null();
    case CORE_BOOL:
        return json_boolean(yaml_value_bool(value));
    case CORE_INT:
    case CORE_FLOAT:
        return number_json(source->reader, value);
    case CORE_TEXT:
        break;
    }
    return text_json(source, value);
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
static json_t *value_json(const struct source *source, const struct yaml_value *value);

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *list_json(const struct source *source, const struct yaml_value *value)
{
    json_t *list = json_array();
    for (size_t i = 0; i < value->count; i++) {
        json_t *item = value_json(source, value->items[i]);
        if (item != NULL) {
            json_array_append_new(list, item);
        }
    }
    return list;
}

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *map_json(const struct source *source, const struct yaml_value *value)
{
    json_t *map = json_object();
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_pair *pair = &value->pairs[i];
        bool fits = count_bytes(source->reader, pair->key) && check_text(source, pair->key);
        json_t *item = fits ? value_json(source, pair->value) : NULL;
        if (item != NULL) {
            json_object_set_new(map, pair->key->text, item);
        }
    }
    return map;
}

// NOLINTNEXTLINE(misc-no-recursion)
static json_t *value_json(const struct source *source, const struct yaml_value *value)
{
    if (!count_bytes(source->reader, value)) {
        return NULL;
    }
    if (value->kind == VALUE_LIST) {
        return list_json(source, value);
    }
    return value->kind == VALUE_MAP ? map_json(source, value) : scalar_json(source, value);
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

const char *body_json(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      unsigned substitutions)
{
    const struct source source = {.reader = reader, .key = key, .substitutions = substitutions};
    size_t before = reader->mistakes;
    const char *body = NULL;
    if (yaml_value_is_null(value)) {
        schema_mismatch(reader, value, key, "text, a mapping or a list");
        return NULL;
    }
    if (yaml_value_is_text(value)) {
        bool fits = count_bytes(reader, value);
        body = fits && check_text(&source, value) ? value->text : NULL;
    } else if (reader->body_bytes <= BODY_BYTES_MAX) {
        json_t *json = value_json(&source, value);
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
