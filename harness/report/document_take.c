#include "report/document_take.h"

#include "base/text.h"
#include "report/sha256.h"
#include "report/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Up to which every whole number is a double; no figure of a run comes near. */
#define COUNT_MAX  ((json_int_t)1 << 53)
#define NUMBER_MAX 0x1p53

/* ---- Complaints ---- */

/* "runs[0].faults", "" of the whole. */
static const char *name_of(const struct place *place)
{
    struct arena *arena = place->taking->arena;
    const char *name = "";

    for (; place->up != NULL; place = place->up) {
        const char *dot = name[0] != '\0' && name[0] != '[' ? "." : "";
        name = place->key == NULL ? arena_printf(arena, "[%zu]%s%s", place->index, dot, name)
                                  : arena_printf(arena, "%s%s%s", place->key, dot, name);
    }
    return name;
}

/* Whatever comes out of the report goes to a terminal. */
void take_complain(const struct place *place, const char *format, ...)
{
    struct taking *taking = place->taking;
    const char *name = name_of(place);
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    if (taking->failed) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    taking->failed = true;
    error_plain(taking->reterr, "%s: error: %s%s%s", utf8_printable(taking->arena, taking->path),
                utf8_printable(taking->arena, name), name[0] == '\0' ? "" : " ",
                utf8_printable(taking->arena, text));
}

void take_wrong(const struct place *place, const char *wanted)
{
    if (place->value == NULL) {
        take_complain(place, "is missing");
    } else {
        take_complain(place, "is no %s", wanted);
    }
}

/* ---- Places ---- */

struct place take_member(const struct place *object, const char *key)
{
    return (struct place){
        .taking = object->taking,
        .up = object,
        .value = json_object_get(object->value, key),
        .key = key,
    };
}

struct place take_item(const struct place *list, size_t index)
{
    return (struct place){
        .taking = list->taking,
        .up = list,
        .value = json_array_get(list->value, index),
        .index = index,
    };
}

struct place take_object(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    if (!json_is_object(place.value)) {
        take_wrong(&place, "object");
    }
    return place;
}

struct place take_list(const struct place *object, const char *key, size_t *ret_count)
{
    struct place place = take_member(object, key);

    *ret_count = 0;
    if (!json_is_array(place.value)) {
        take_wrong(&place, "list");
    } else if (!place.taking->failed) {
        *ret_count = json_array_size(place.value);
    }
    return place;
}

/* ---- Values ---- */

const char *take_text_at(const struct place *place)
{
    if (!json_is_string(place->value)) {
        take_wrong(place, "text");
        return "";
    }
    return arena_copy(place->taking->arena, json_string_value(place->value),
                      json_string_length(place->value));
}

const char *take_text(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    return take_text_at(&place);
}

const char *take_text_or_null(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    return json_is_null(place.value) ? NULL : take_text_at(&place);
}

const char *take_text_if_there(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    return place.value == NULL ? NULL : take_text_or_null(object, key);
}

const char *take_word(const struct place *object, const char *key, const char *const *words)
{
    struct place place = take_member(object, key);
    const char *text = take_text_at(&place);

    for (size_t i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            return words[i];
        }
    }
    take_complain(&place, "is '%.60s', which is none of its words", text);
    return words[0];
}

bool take_flag(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    if (!json_is_boolean(place.value)) {
        take_wrong(&place, "truth value");
    }
    return json_is_true(place.value);
}

static double number_at(const struct place *place)
{
    double number = json_number_value(place->value);

    if (!json_is_number(place->value)) {
        take_wrong(place, "number");
        return 0;
    }
    if (!(fabs(number) <= NUMBER_MAX)) {
        take_complain(place, "is beyond what a run can measure");
        return 0;
    }
    return number;
}

double take_number(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    return number_at(&place);
}

static int64_t count_at(const struct place *place)
{
    json_int_t count = json_integer_value(place->value);

    if (!json_is_integer(place->value) || count < 0 || count > COUNT_MAX) {
        take_wrong(place, "count");
        return 0;
    }
    return count;
}

int64_t take_count(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    return count_at(&place);
}

int64_t take_count_or_null(const struct place *object, const char *key, int64_t most)
{
    struct place place = take_member(object, key);
    json_int_t count = json_integer_value(place.value);

    if (json_is_null(place.value)) {
        return -1;
    }
    if (most < 0) {
        take_complain(&place, "must be null here");
        return -1;
    }
    if (!json_is_integer(place.value) || count < 0 || count > most) {
        take_wrong(&place, arena_printf(object->taking->arena, "number up to %" PRId64, most));
        return -1;
    }
    return count;
}

/* A number, or where JSON has no room for it a text of digits. */
uint64_t take_seed(const struct place *object)
{
    struct place place = take_member(object, "seed");
    const char *digits = json_string_value(place.value);

    if (json_is_integer(place.value) && json_integer_value(place.value) >= 0) {
        return (uint64_t)json_integer_value(place.value);
    }
    if (digits != NULL && digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0') {
        errno = 0;
        uint64_t seed = strtoull(digits, NULL, 10);
        if (errno == 0) {
            return seed;
        }
    }
    take_wrong(&place, "seed");
    return 0;
}

struct document_figure take_figure_at(const struct place *place)
{
    const char *text = json_string_value(place->value);

    if (json_is_null(place->value)) {
        return (struct document_figure){.state = DOCUMENT_ABSENT};
    }
    if (text != NULL && strcmp(text, "unrecovered") == 0) {
        return (struct document_figure){.state = DOCUMENT_NEVER};
    }
    return (struct document_figure){.value = number_at(place), .state = DOCUMENT_VALUE};
}

struct document_figure take_figure(const struct place *object, const char *key)
{
    struct place place = take_member(object, key);

    return take_figure_at(&place);
}

struct document_texts take_texts(const struct place *object, const char *key)
{
    size_t count;
    struct place list = take_list(object, key, &count);
    const char **texts = ARENA_ARRAY(object->taking->arena, const char *, count + 1);

    for (size_t i = 0; i < count; i++) {
        struct place place = take_item(&list, i);
        texts[i] = take_text_at(&place);
    }
    return (struct document_texts){.items = texts, .count = count};
}

/* ---- The whole ---- */

const char *take_scenario_text(const struct place *scenario)
{
    const char *text = take_text(scenario, "text");
    const char *recorded = take_text(scenario, "sha256");
    struct place top = *scenario->up;
    char digest[SHA256_HEX_MAX];

    if (!text_equal(recorded, sha256_hex(text, strlen(text), digest))) {
        take_complain(&top,
                      "the report was edited: scenario.sha256 is %.64s, but that of "
                      "scenario.text is %s",
                      recorded, digest);
    }
    return text;
}
