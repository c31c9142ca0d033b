#include "scenario/write_parts.h"

#include "base/check.h"
#include "base/text.h"
#include "scenario/encoding.h"
#include "scenario/yaml_value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CAPACITY_FIRST 1024
#define LINE_BYTES_MAX 92
#define PIECE_MAX      128
/* Longer text is quoted without a closer look. */
#define PLAIN_MAX      1000
/* libyaml takes a key for one only if its colon comes within 1024 characters. */
#define KEY_PLAIN_MAX  1000

void writing_init(struct writing *writing, struct arena *arena)
{
    *writing = (struct writing){.arena = arena, .capacity = CAPACITY_FIRST};
    writing->data = arena_alloc(arena, writing->capacity);
}

static void add_bytes(struct writing *writing, const char *bytes, size_t length)
{
    if (writing->length + length >= writing->capacity) {
        size_t capacity = 2 * writing->capacity + length;
        char *data = arena_alloc(writing->arena, capacity);
        memcpy(data, writing->data, writing->length);
        writing->data = data;
        writing->capacity = capacity;
    }
    memcpy(writing->data + writing->length, bytes, length);
    writing->length += length;
    writing->data[writing->length] = '\0';
}

void writing_add(struct writing *writing, const char *text)
{
    add_bytes(writing, text, strlen(text));
}

void writing_printf(struct writing *writing, const char *format, ...)
{
    char buffer[PIECE_MAX];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    CHECK(length >= 0 && (size_t)length < sizeof(buffer));
    add_bytes(writing, buffer, (size_t)length);
}

void writing_open(struct writing *writing, const char *bracket)
{
    writing_add(writing, bracket);
    writing->flow++;
}

void writing_close(struct writing *writing, const char *bracket)
{
    writing_add(writing, bracket);
    writing->flow--;
}

/* What ends in an opening bracket has just been opened: values that do are quoted. */
void writing_item(struct writing *writing)
{
    char last = writing->data[writing->length - 1];
    if (last != '[' && last != '{') {
        writing_add(writing, ", ");
    }
}

static void add_key(struct writing *writing, const char *key)
{
    if (writing->flow > 0) {
        writing_item(writing);
    } else {
        writing_printf(writing, "%s%*s", writing->length > 0 ? "\n" : "", (int)writing->indent, "");
    }
    writing_add(writing, strlen(key) > KEY_PLAIN_MAX ? "? " : "");
    writing_text(writing, key);
    writing_add(writing, ":");
}

void writing_key(struct writing *writing, const char *key)
{
    add_key(writing, key);
    writing_add(writing, " ");
}

void writing_begin(struct writing *writing, const char *key)
{
    add_key(writing, key);
    writing->indent += 2;
}

void writing_end(struct writing *writing)
{
    writing->indent -= 2;
}

static bool is_plain_character(char c)
{
    static const char others[] = "-_./<=>%+()$;^~'";
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || (c != '\0' && strchr(others, c) != NULL);
}

/* Text that a reader takes for itself without quotes, inside brackets as well as outside. */
static bool is_plain(const struct writing *writing, const char *text)
{
    static const char never_first[] = "->%',";
    const struct yaml_value bare = {.kind = VALUE_SCALAR, .style = VALUE_PLAIN, .text = text};
    size_t length = strlen(text);
    if (length == 0 || length > PLAIN_MAX || text[0] == ' ' || text[length - 1] == ' ' ||
        strchr(never_first, text[0]) != NULL || yaml_value_type(&bare) != CORE_TEXT) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        bool comma = text[i] == ',' && writing->flow == 0;
        if (!is_plain_character(text[i]) && text[i] != ' ' && !comma) {
            return false;
        }
    }
    return true;
}

/* Invisible or treated as a line break by somebody; generous, for an escape is always right. */
static bool needs_escape(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0xA0) || (code >= 0x2000 && code <= 0x206F) ||
           (code >= 0xFE00 && code <= 0xFEFF) || (code >= 0xFFF0 && code <= 0xFFFF);
}

static bool has_escapes(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t count = encoding_decode(text + i, length - i, &code);
        if (count == 0 || needs_escape(code)) {
            return true;
        }
        i += count;
    }
    return false;
}

static void add_single_quoted(struct writing *writing, const char *text)
{
    writing_add(writing, "'");
    for (const char *c = text; *c != '\0'; c++) {
        add_bytes(writing, c, 1);
        writing_add(writing, *c == '\'' ? "'" : "");
    }
    writing_add(writing, "'");
}

static void
add_escaped(struct writing *writing, uint32_t code, const char *bytes, size_t byte_count)
{
    if (code == '\n') {
        writing_add(writing, "\\n");
    } else if (code == '"' || code == '\\') {
        writing_printf(writing, "\\%c", (char)code);
    } else if (needs_escape(code)) {
        writing_printf(writing, code < 0x100 ? "\\x%02X" : "\\u%04X", (unsigned)code);
    } else {
        add_bytes(writing, bytes, byte_count);
    }
}

static void add_double_quoted(struct writing *writing, const char *text)
{
    size_t length = strlen(text);
    writing_add(writing, "\"");
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t count = encoding_decode(text + i, length - i, &code);
        CHECK(count > 0);
        add_escaped(writing, code, text + i, count);
        i += count;
    }
    writing_add(writing, "\"");
}

void writing_text(struct writing *writing, const char *text)
{
    bool escapes = has_escapes(text);
    if (is_plain(writing, text)) {
        writing_add(writing, text);
    } else if (!escapes && strpbrk(text, "\"\\") != NULL) {
        add_single_quoted(writing, text);
    } else {
        add_double_quoted(writing, text);
    }
}

void writing_texts(struct writing *writing, const char *const *texts, size_t count)
{
    writing_open(writing, "[");
    for (size_t i = 0; i < count; i++) {
        writing_item(writing);
        writing_text(writing, texts[i]);
    }
    writing_close(writing, "]");
}

void writing_json(struct writing *writing, const char *json)
{
    size_t length = strlen(json);
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        size_t count = encoding_decode(json + i, length - i, &code);
        CHECK(count > 0);
        if (needs_escape(code)) {
            add_escaped(writing, code, json + i, count);
        } else {
            add_bytes(writing, json + i, count);
        }
        i += count;
    }
}

/* Bytes of the next line: up to the last blank that fits, else up to the first one. */
static size_t line_length(const char *text)
{
    size_t length = strcspn(text, " ");
    for (size_t word = 0; text[length] == ' '; length += word) {
        word = 1 + strcspn(text + length + 1, " ");
        if (length + word > LINE_BYTES_MAX) {
            break;
        }
    }
    return length;
}

void writing_prose(struct writing *writing, const char *text)
{
    bool folds = strlen(text) > LINE_BYTES_MAX && !has_escapes(text) &&
                 strstr(text, "  ") == NULL && text[0] != ' ' && text[strlen(text) - 1] != ' ';
    if (!folds) {
        writing_text(writing, text);
        return;
    }
    writing_add(writing, ">-");
    for (const char *rest = text; *rest != '\0';) {
        size_t length = line_length(rest);
        writing_printf(writing, "\n%*s", (int)writing->indent + 2, "");
        add_bytes(writing, rest, length);
        rest += length + (rest[length] == ' ');
    }
}

void writing_duration(struct writing *writing, nanos duration)
{
    char buffer[NANOS_TEXT_MAX];
    writing_add(writing, nanos_text(duration, buffer));
}

/* A number of 10^-places, without zeros at its end. */
static void add_fixed(struct writing *writing, uint64_t value, int places)
{
    uint64_t one = 1;
    for (int i = 0; i < places; i++) {
        one *= 10;
    }
    writing_printf(writing, "%" PRIu64, value / one);
    uint64_t fraction = value % one;
    if (fraction == 0) {
        return;
    }
    while (fraction % 10 == 0) {
        fraction /= 10;
        places--;
    }
    writing_printf(writing, ".%0*" PRIu64, places, fraction);
}

void writing_ratio(struct writing *writing, uint32_t ppm)
{
    add_fixed(writing, ppm, 4);
    writing_add(writing, "%");
}

void writing_rate(struct writing *writing, uint64_t micro)
{
    add_fixed(writing, micro, 6);
    writing_add(writing, "/s");
}

void writing_size(struct writing *writing, uint64_t bytes)
{
    static const char *const words[] = {"B", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    while (bytes > 0 && bytes % 1024 == 0 && unit < 3) {
        bytes /= 1024;
        unit++;
    }
    writing_printf(writing, "%" PRIu64 "%s", bytes, words[unit]);
}

_Static_assert(sizeof(enum written_type) == sizeof(unsigned), "enums are read as numbers");

static size_t size_of(enum written_type type)
{
    switch (type) {
    case WRITTEN_COUNT:
    case WRITTEN_RATIO:
    case WRITTEN_WORD:
        return sizeof(uint32_t);
    case WRITTEN_BOOL:
        return sizeof(bool);
    case WRITTEN_TEXT:
        return sizeof(const char *);
    case WRITTEN_DURATION:
    case WRITTEN_RATE:
    case WRITTEN_SIZE:
    case WRITTEN_BYTE_RATE:
        break;
    }
    return sizeof(uint64_t);
}

static bool is_default(enum written_type type, const void *value, const void *fallback)
{
    if (type != WRITTEN_TEXT) {
        return memcmp(value, fallback, size_of(type)) == 0;
    }
    const char *text = *(const char *const *)value;
    return text == NULL || text_equal(text, *(const char *const *)fallback);
}

static void add_value(struct writing *writing, const struct written_field *field, const void *value)
{
    static const char *const truths[] = {"false", "true"};
    switch (field->type) {
    case WRITTEN_DURATION:
        writing_duration(writing, *(const nanos *)value);
        return;
    case WRITTEN_COUNT:
        writing_printf(writing, "%" PRIu32, *(const uint32_t *)value);
        return;
    case WRITTEN_RATIO:
        writing_ratio(writing, *(const uint32_t *)value);
        return;
    case WRITTEN_RATE:
        writing_rate(writing, *(const uint64_t *)value);
        return;
    case WRITTEN_SIZE:
    case WRITTEN_BYTE_RATE:
        writing_size(writing, *(const uint64_t *)value);
        writing_add(writing, field->type == WRITTEN_BYTE_RATE ? "/s" : "");
        return;
    case WRITTEN_BOOL:
        writing_add(writing, (field->words != NULL ? field->words : truths)[*(const bool *)value]);
        return;
    case WRITTEN_WORD:
        writing_add(writing, field->words[*(const unsigned *)value]);
        return;
    case WRITTEN_TEXT:
        writing_text(writing, *(const char *const *)value);
        return;
    }
}

void writing_fields(struct writing *writing,
                    const struct written_field *fields,
                    size_t field_count,
                    const void *value,
                    const void *defaults)
{
    for (size_t i = 0; i < field_count; i++) {
        const void *member = (const char *)value + fields[i].offset;
        if (is_default(fields[i].type, member, (const char *)defaults + fields[i].offset)) {
            continue;
        }
        writing_key(writing, fields[i].key);
        add_value(writing, &fields[i], member);
    }
}

void writing_map(struct writing *writing,
                 const char *key,
                 const struct written_field *fields,
                 size_t field_count,
                 const void *value,
                 const void *defaults)
{
    size_t before = writing->length;
    writing_key(writing, key);
    writing_open(writing, "{");
    size_t empty = writing->length;
    writing_fields(writing, fields, field_count, value, defaults);
    bool is_empty = writing->length == empty;
    writing_close(writing, "}");
    if (is_empty) {
        writing->length = before;
        writing->data[before] = '\0';
    }
}
