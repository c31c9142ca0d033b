#include "scenario/writing.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CAPACITY_FIRST 1024
#define PIECE_MAX      128
/* libyaml takes a key for one only if its colon comes within 1024 characters. */
#define KEY_PLAIN_MAX  1000

void writing_init(struct writing *writing, struct arena *arena)
{
    *writing = (struct writing){.arena = arena, .capacity = CAPACITY_FIRST};
    writing->data = arena_alloc(arena, writing->capacity);
}

void writing_bytes(struct writing *writing, const char *bytes, size_t length)
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
    writing_bytes(writing, text, strlen(text));
}

void writing_printf(struct writing *writing, const char *format, ...)
{
    char buffer[PIECE_MAX];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    CHECK(length >= 0 && (size_t)length < sizeof(buffer));
    writing_bytes(writing, buffer, (size_t)length);
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
