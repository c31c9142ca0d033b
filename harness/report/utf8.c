#include "report/utf8.h"

#include "scenario/encoding.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD";

enum { REPLACEMENT_BYTES = sizeof(replacement) - 1 };

/* The next character of a string that is not at its end. */
struct character {
    uint32_t code;
    size_t bytes; /* at least 1 */
    bool malformed;
};

static struct character next_character(const char *at, const char *end)
{
    struct character character = {.code = 0};

    character.bytes = encoding_decode(at, (size_t)(end - at), &character.code);
    if (character.bytes == 0) {
        character.bytes = 1;
        character.malformed = true;
    }
    return character;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

bool utf8_misleads(uint32_t code)
{
    return is_control(code) || (code >= 0x200E && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0xFEFF || (code & 0xFFFE) == 0xFFFE;
}

static char *copy(struct arena *arena, const char *string, bool printable)
{
    const char *end = string + strlen(string);
    char *result = arena_alloc(arena, (size_t)(end - string) * REPLACEMENT_BYTES + 1);
    char *out = result;

    for (const char *at = string; at < end;) {
        struct character character = next_character(at, end);
        if (character.malformed) {
            memcpy(out, replacement, REPLACEMENT_BYTES);
            out += REPLACEMENT_BYTES;
        } else if (printable && utf8_misleads(character.code)) {
            *out++ = '?';
        } else {
            memcpy(out, at, character.bytes);
            out += character.bytes;
        }
        at += character.bytes;
    }
    *out = '\0';
    return result;
}

char *utf8_repaired(struct arena *arena, const char *string)
{
    return copy(arena, string, false);
}

char *utf8_printable(struct arena *arena, const char *string)
{
    return copy(arena, string, true);
}

size_t utf8_width(const char *string)
{
    const char *end = string + strlen(string);
    size_t width = 0;

    for (const char *at = string; at < end; width++) {
        at += next_character(at, end).bytes;
    }
    return width;
}

size_t utf8_prefix(const char *string, size_t width)
{
    const char *end = string + strlen(string);
    const char *at = string;

    for (; at < end && width > 0; width--) {
        at += next_character(at, end).bytes;
    }
    return (size_t)(at - string);
}

static void add_escaped(struct text *text, uint32_t code)
{
    switch (code) {
    case '"':
        text_add(text, "\\\"");
        return;
    case '\\':
        text_add(text, "\\\\");
        return;
    case '\n':
        text_add(text, "\\n");
        return;
    case '\t':
        text_add(text, "\\t");
        return;
    default:
        text_printf(text, "\\u%04x", (unsigned)code);
    }
}

void utf8_add_json(struct text *text, const char *string)
{
    const char *end = string + strlen(string);

    text_add(text, "\"");
    for (const char *at = string; at < end;) {
        struct character character = next_character(at, end);
        if (character.malformed) {
            text_add(text, replacement);
        } else if (is_control(character.code) || character.code == '"' || character.code == '\\') {
            add_escaped(text, character.code);
        } else {
            text_add_bytes(text, at, character.bytes);
        }
        at += character.bytes;
    }
    text_add(text, "\"");
}
