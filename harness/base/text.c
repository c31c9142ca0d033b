#include "base/text.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 63 };

void text_init(struct text *text, char *buffer, size_t capacity)
{
    CHECK(capacity > 0);
    buffer[0] = '\0';
    *text = (struct text){.data = buffer, .capacity = capacity};
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    size_t room = text->capacity - text->length - 1;

    if (text->overflowed || length == 0) {
        return;
    }
    if (length > room) {
        text->overflowed = true;
        length = room;
    }
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_printf(struct text *text, const char *format, ...)
{
    size_t room = text->capacity - text->length;
    va_list arguments;

    if (text->overflowed) {
        return;
    }
    va_start(arguments, format);
    int length = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    if ((size_t)length >= room) {
        text->overflowed = true;
        text->length = text->capacity - 1;
    } else {
        text->length += (size_t)length;
    }
}

bool text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return strcmp(a, b) == 0;
}

static char lowered(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool text_equal_caseless(const char *a, const char *b)
{
    while (*a != '\0' && lowered(*a) == lowered(*b)) {
        a++;
        b++;
    }
    return lowered(*a) == lowered(*b);
}

bool text_has_prefix(const char *string, const char *prefix)
{
    return strncmp(string, prefix, strlen(prefix)) == 0;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of the table: `before` is two above `row`, `above` one; cell j compares b's first j bytes.
 */
static void fill_row(const char *a, const char *b, size_t i, size_t *const rows[3])
{
    const size_t *before = rows[0];
    const size_t *above = rows[1];
    size_t *row = rows[2];

    row[0] = i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
        row[j] = smaller(replace, smaller(above[j], row[j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
            row[j] = smaller(row[j], before[j - 2] + 1);
        }
    }
}

size_t text_distance(const char *a, const char *b)
{
    size_t length_a = strnlen(a, WORD_MAX + 1);
    size_t length_b = strnlen(b, WORD_MAX + 1);
    size_t cells[3][WORD_MAX + 1] = {{0}};

    if (length_a > WORD_MAX || length_b > WORD_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= length_b; j++) {
        cells[0][j] = j;
    }
    for (size_t i = 1; i <= length_a; i++) {
        fill_row(a, b, i, (size_t *const[3]){cells[(i + 1) % 3], cells[(i + 2) % 3], cells[i % 3]});
    }
    return cells[length_a % 3][length_b];
}

const char *text_nearest(const char *word, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(word, words[i]);
        if (distance < best) {
            best = distance;
            nearest = words[i];
        }
    }
    return best <= 1 + strlen(word) / 4 ? nearest : NULL;
}
