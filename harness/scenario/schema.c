#include "scenario/schema.h"

#include "base/check.h"
#include "base/text.h"
#include "scenario/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SUGGEST_WORDS_MAX 64

static bool is_known_mistake(const struct diagnostics *list, struct source_at at, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct diagnostic *item = &list->items[i];
        if (item->at.line == at.line && item->at.column == at.column && item->at.file == at.file &&
            strcmp(item->text, text) == 0) {
            return true;
        }
    }
    return false;
}

__attribute__((format(printf, 3, 0))) static void
complain(struct reader *reader, struct source_at at, const char *format, va_list arguments)
{
    char text[ERROR_TEXT_MAX];
    int length = vsnprintf(text, sizeof(text), format, arguments);
    CHECK(length > 0);
    if (!is_known_mistake(reader->diagnostics, at, text)) {
        diagnostics_add(reader->diagnostics, at, "%s", text);
    }
}

void schema_complain(struct reader *reader, const struct yaml_value *value, const char *format, ...)
{
    reader->mistakes++;
    if (value->tag != NULL) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    complain(reader, value->at, format, arguments);
    va_end(arguments);
}

void schema_complain_at(struct reader *reader, struct source_at at, const char *format, ...)
{
    reader->mistakes++;
    va_list arguments;
    va_start(arguments, format);
    complain(reader, at, format, arguments);
    va_end(arguments);
}

void schema_mismatch(struct reader *reader,
                     const struct yaml_value *value,
                     const char *key,
                     const char *expected)
{
    if (yaml_value_is_null(value)) {
        schema_complain(reader, value, "'%s' is empty: it must be %s", key, expected);
        return;
    }
    schema_complain(reader, value, "'%s' must be %s, not %s", key, expected,
                    yaml_value_describe(reader->arena, value));
}

const char *
schema_suggest(struct reader *reader, const char *word, const char *const *words, size_t count)
{
    if (count > SUGGEST_WORDS_MAX || reader->diagnostics->count == DIAGNOSTICS_MAX) {
        return "";
    }
    const char *nearest = text_nearest(word, words, count);
    return nearest != NULL ? arena_printf(reader->arena, " (did you mean '%s'?)", nearest) : "";
}

static const struct schema_field *find_field(const struct schema *schema, const char *key)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (strcmp(schema->fields[i].key, key) == 0) {
            return &schema->fields[i];
        }
    }
    return NULL;
}

static bool is_taken(const struct schema *schema, const struct schema_field *field)
{
    return field->only == 0 || schema->variant == 0 || (field->only & schema->variant) != 0;
}

static void
complain_about_key(struct reader *reader, const struct schema *schema, const struct yaml_value *key)
{
    const char *words[SCHEMA_FIELDS_MAX];
    size_t count = 0;
    CHECK(schema->field_count <= SCHEMA_FIELDS_MAX);
    for (size_t i = 0; i < schema->field_count; i++) {
        if (is_taken(schema, &schema->fields[i])) {
            words[count++] = schema->fields[i].key;
        }
    }
    schema_complain(reader, key, "unknown key %s%s%s%s", yaml_text_quote(reader->arena, key->text),
                    schema->where != NULL ? " in " : "", schema->where != NULL ? schema->where : "",
                    schema_suggest(reader, key->text, words, count));
}

static void read_pair(struct reader *reader,
                      const struct schema *schema,
                      const struct yaml_pair *pair,
                      char *ret)
{
    const struct schema_field *field = find_field(schema, pair->key->text);
    if (field != NULL && is_taken(schema, field)) {
        field->read(reader, field, pair->value, ret + field->offset);
        return;
    }
    if (field != NULL) {
        schema_complain(reader, pair->key, "%s takes no '%s'", schema->variant_name, field->key);
        return;
    }
    if (schema->free_prefix == NULL || !text_has_prefix(pair->key->text, schema->free_prefix)) {
        complain_about_key(reader, schema, pair->key);
    }
}

bool schema_read(struct reader *reader,
                 const struct schema *schema,
                 const struct yaml_value *value,
                 void *ret)
{
    const char *where = schema->where != NULL ? schema->where : "a scenario";
    if (value->kind != VALUE_MAP) {
        schema_complain(reader, value, "%s must be a mapping, not %s", where,
                        yaml_value_describe(reader->arena, value));
        return false;
    }
    for (size_t i = 0; i < value->count; i++) {
        read_pair(reader, schema, &value->pairs[i], ret);
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct schema_field *field = &schema->fields[i];
        if (field->required && yaml_value_get(value, field->key) == NULL) {
            schema_complain(reader, value, "%s needs the key '%s'", where, field->key);
        }
    }
    return true;
}
