#include "world/json_field.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIGITS_SAFE = 18, /* of an integer that fits into 63 bits in any case */
};

#define REAL_DIGITS JSON_REAL_PRECISION(15) /* 0.1 stays 0.1 */

static bool is_index(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)name[i])) {
            return false;
        }
    }
    return length > 0 && length < 10;
}

static const json_t *step(const json_t *value, const char *name, size_t length)
{
    if (json_is_array(value)) {
        return is_index(name, length) ? json_array_get(value, strtoul(name, NULL, 10)) : NULL;
    }
    return json_object_getn(value, name, length);
}

static const json_t *find(const json_t *value, const char *path)
{
    while (value != NULL && path[0] != '\0') {
        size_t length = strcspn(path, ".");
        value = step(value, path, length);
        path += length;
        path += path[0] == '.';
    }
    return value;
}

static const char *kept(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    return arena_copy(arena, text, length < JSON_FIELD_TEXT_MAX ? length : JSON_FIELD_TEXT_MAX);
}

static const char *text_of(struct arena *arena, const json_t *value)
{
    if (value == NULL || json_is_null(value)) {
        return NULL;
    }
    if (json_is_string(value)) {
        return kept(arena, json_string_value(value));
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | REAL_DIGITS);
    const char *result = text == NULL ? NULL : kept(arena, text);
    free(text);
    return result;
}

static bool holds(const json_t *value)
{
    if (json_is_string(value)) {
        return json_string_length(value) > 0;
    }
    if (json_is_number(value)) {
        return json_number_value(value) != 0;
    }
    return json_is_true(value) || json_array_size(value) > 0 || json_object_size(value) > 0;
}

/* Bytes of the number that begins there. */
static size_t number_length(const char *at, const char *end)
{
    size_t length = 0;
    while (at + length < end && strchr("+-.eE0123456789", at[length]) != NULL &&
           at[length] != '\0') {
        length++;
    }
    return length;
}

static bool is_long_integer(const char *at, size_t length)
{
    size_t sign = at[0] == '-';
    for (size_t i = sign; i < length; i++) {
        if (!isdigit((unsigned char)at[i])) {
            return false;
        }
    }
    return length - sign > DIGITS_SAFE;
}

/* A copy with quotes around long integers, which the library would not take. */
static size_t quote_integers(const char *bytes, size_t length, char *ret_copy)
{
    const char *end = bytes + length;
    char *to = ret_copy;
    bool in_text = false;
    for (const char *at = bytes; at < end; at++) {
        bool begins = !in_text && (*at == '-' || isdigit((unsigned char)*at));
        size_t number = begins ? number_length(at, end) : 0;
        if (number > 0) {
            bool quoted = is_long_integer(at, number);
            *to = '"';
            to += quoted;
            memcpy(to, at, number);
            to += number;
            *to = '"';
            to += quoted;
            at += number - 1;
            continue;
        }
        in_text = in_text != (*at == '"');
        *to++ = *at;
        if (in_text && *at == '\\' && at + 1 < end) {
            *to++ = *++at;
        }
    }
    return (size_t)(to - ret_copy);
}

static json_t *load_quoted(const char *bytes, size_t length)
{
    char *copy = malloc(2 * length + 4);
    json_t *root =
        copy == NULL ? NULL
                     : json_loadb(copy, quote_integers(bytes, length, copy), JSON_DECODE_ANY, NULL);
    free(copy);
    return root;
}

const char *
json_field(struct arena *arena, const char *bytes, size_t length, const char *path, bool *ret_holds)
{
    json_t *root = json_loadb(bytes, length, JSON_DECODE_ANY, NULL);
    if (root == NULL) { /* perhaps for an integer beyond 63 bits */
        root = load_quoted(bytes, length);
    }
    const json_t *value = find(root, path);
    const char *text = text_of(arena, value);
    if (ret_holds != NULL) {
        *ret_holds = holds(value);
    }
    json_decref(root);
    return text;
}
