/* Text as YAML: bare, quoted, escaped or folded, so that a reader gets the same bytes back. */
#include "base/check.h"
#include "scenario/encoding.h"
#include "scenario/writing.h"
#include "scenario/yaml_value.h"

#include <stdbool.h>
#include <string.h>

#define LINE_BYTES_MAX 92
/* Longer text is quoted without a closer look. */
#define PLAIN_MAX      1000

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
        writing_bytes(writing, c, 1);
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
        writing_bytes(writing, bytes, byte_count);
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
            writing_bytes(writing, json + i, count);
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
        writing_bytes(writing, rest, length);
        rest += length + (rest[length] == ' ');
    }
}
