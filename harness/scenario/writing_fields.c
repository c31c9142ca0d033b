/* Structs as entries of a mapping, by a table of their members: what differs from the defaults. */
#include "base/text.h"
#include "scenario/writing.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

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
