#include "report/markup.h"

#include "report/utf8.h"
#include "scenario/encoding.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REFERENCE_MAX   6 /* of "&quot;" and its like */
#define REPLACEMENT     "\xEF\xBF\xBD"
#define REFERENCE_COUNT (sizeof(references) / sizeof(references[0]))

static const struct {
    char character;
    const char *reference;
} references[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}, {'`', "&#96;"},
};

static bool misleads(uint32_t code)
{
    return code != '\n' && code != '\t' && utf8_misleads(code);
}

static const char *reference_of(char character)
{
    for (size_t i = 0; i < REFERENCE_COUNT; i++) {
        if (references[i].character == character) {
            return references[i].reference;
        }
    }
    return NULL;
}

const char *markup_text(struct arena *arena, const char *string)
{
    const char *at = string == NULL ? "" : string;
    const char *end = at + strlen(at);
    char *result = arena_alloc(arena, (size_t)(end - at) * REFERENCE_MAX + 1);
    char *out = result;

    while (at < end) {
        uint32_t code = 0;
        size_t bytes = encoding_decode(at, (size_t)(end - at), &code);
        const char *reference = bytes == 0 || misleads(code) ? REPLACEMENT : reference_of(*at);
        size_t length = reference == NULL ? bytes : strlen(reference);
        memcpy(out, reference == NULL ? at : reference, length);
        out += length;
        at += bytes == 0 ? 1 : bytes;
    }
    *out = '\0';
    return result;
}

/* In front: "./", so that no colon makes a scheme of it, unless it goes up anyway. */
static const char *encoded(struct arena *arena, const char *text, bool slashes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(text);
    char *result = arena_alloc(arena, 3 * length + sizeof("./"));
    char *out = result;

    if (!slashes || strncmp(text, "../", 3) != 0) {
        memcpy(out, "./", 2);
        out += 2;
    }
    for (size_t i = 0; i < length; i++) {
        if (strchr(plain, text[i]) != NULL || (slashes && text[i] == '/')) {
            *out++ = text[i];
        } else {
            out += snprintf(out, 4, "%%%02X", (unsigned)(unsigned char)text[i]);
        }
    }
    *out = '\0';
    return result;
}

const char *markup_link(struct arena *arena, const char *file_name)
{
    return encoded(arena, file_name, false);
}

const char *markup_path(struct arena *arena, const char *path)
{
    return encoded(arena, path, true);
}
