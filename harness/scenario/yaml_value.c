#include "scenario/yaml_value.h"

#include "base/text.h"
#include "scenario/encoding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define QUOTE_CHARACTERS 48
#define QUOTE_BYTES_MAX  (QUOTE_CHARACTERS * 8 + 16)
/* A longer plain scalar is text without a look: one that thousands of aliases name must not be
 * scanned each time. */
#define TYPED_BYTES_MAX  256

static bool is_one_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_null_word(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    return is_one_of(text, words, sizeof(words) / sizeof(words[0]));
}

static bool is_true_word(const char *text)
{
    static const char *const words[] = {"true", "True", "TRUE"};
    return is_one_of(text, words, sizeof(words) / sizeof(words[0]));
}

static bool is_false_word(const char *text)
{
    static const char *const words[] = {"false", "False", "FALSE"};
    return is_one_of(text, words, sizeof(words) / sizeof(words[0]));
}

static const char *after_sign(const char *text)
{
    return *text == '-' || *text == '+' ? text + 1 : text;
}

static bool is_all(const char *text, const char *alphabet)
{
    return *text != '\0' && text[strspn(text, alphabet)] == '\0';
}

static bool is_based(const char *text)
{
    return (text_has_prefix(text, "0x") && is_all(text + 2, "0123456789abcdefABCDEF")) ||
           (text_has_prefix(text, "0o") && is_all(text + 2, "01234567"));
}

static bool is_int(const char *text)
{
    if (is_based(text)) {
        return true;
    }
    const char *digits = after_sign(text);
    bool padded = digits[0] == '0' && digits[1] != '\0';
    return is_all(digits, "0123456789") && !padded;
}

static bool is_special_float(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"};
    return is_one_of(after_sign(text), words, sizeof(words) / sizeof(words[0]));
}

static bool is_float(const char *text)
{
    if (is_special_float(text)) {
        return true;
    }
    const char *rest = after_sign(text);
    size_t whole = strspn(rest, "0123456789");
    rest += whole;
    size_t fraction = 0;
    bool point = *rest == '.';
    if (point) {
        fraction = strspn(rest + 1, "0123456789");
        rest += 1 + fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    bool exponent = *rest == 'e' || *rest == 'E';
    if (!exponent) {
        return point && *rest == '\0';
    }
    return is_all(after_sign(rest + 1), "0123456789");
}

enum core_type yaml_value_type(const struct yaml_value *scalar)
{
    size_t length = strnlen(scalar->text, TYPED_BYTES_MAX + 1);
    if (scalar->style != VALUE_PLAIN || length > TYPED_BYTES_MAX) {
        return CORE_TEXT;
    }
    if (is_null_word(scalar->text)) {
        return CORE_NULL;
    }
    if (is_true_word(scalar->text) || is_false_word(scalar->text)) {
        return CORE_BOOL;
    }
    if (is_int(scalar->text)) {
        return CORE_INT;
    }
    return is_float(scalar->text) ? CORE_FLOAT : CORE_TEXT;
}

bool yaml_value_is_null(const struct yaml_value *value)
{
    return value->kind == VALUE_SCALAR && yaml_value_type(value) == CORE_NULL;
}

bool yaml_value_is_text(const struct yaml_value *value)
{
    return value->kind == VALUE_SCALAR && yaml_value_type(value) == CORE_TEXT;
}

bool yaml_value_unsigned(const struct yaml_value *scalar, uint64_t *ret)
{
    const char *text = scalar->text;
    int base = 10;
    if (is_based(text)) {
        base = text[1] == 'x' ? 16 : 8;
        text += 2;
    }
    if (*text == '-') {
        return false;
    }
    errno = 0;
    unsigned long long value = strtoull(text, NULL, base);
    if (errno != 0) {
        return false;
    }
    *ret = value;
    return true;
}

bool yaml_value_int(const struct yaml_value *scalar, int64_t *ret)
{
    if (is_based(scalar->text)) {
        uint64_t value = 0;
        if (!yaml_value_unsigned(scalar, &value) || value > INT64_MAX) {
            return false;
        }
        *ret = (int64_t)value;
        return true;
    }
    errno = 0;
    long long value = strtoll(scalar->text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *ret = value;
    return true;
}

bool yaml_value_bool(const struct yaml_value *scalar)
{
    return is_true_word(scalar->text);
}

const struct yaml_pair *yaml_value_pair(const struct yaml_value *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++) {
        if (strcmp(map->pairs[i].key->text, key) == 0) {
            return &map->pairs[i];
        }
    }
    return NULL;
}

const struct yaml_value *yaml_value_get(const struct yaml_value *map, const char *key)
{
    const struct yaml_pair *pair = yaml_value_pair(map, key);
    return pair != NULL ? pair->value : NULL;
}

static bool is_invisible(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x2069) ||
           code == 0xFEFF;
}

const char *yaml_text_quote(struct arena *arena, const char *text)
{
    char buffer[QUOTE_BYTES_MAX];
    struct text out;
    text_init(&out, buffer, sizeof(buffer));
    text_add(&out, "'");
    size_t length = strnlen(text, sizeof(buffer));
    size_t shown = 0;
    for (size_t i = 0; i < length; shown++) {
        uint32_t code = 0;
        size_t count = encoding_decode(text + i, length - i, &code);
        if (shown == QUOTE_CHARACTERS) {
            text_add(&out, "...");
            break;
        }
        if (count == 0) {
            text_printf(&out, "\\x%02X", (unsigned)(unsigned char)text[i]);
            i++;
            continue;
        }
        if (is_invisible(code)) {
            text_printf(&out, code < 0x100 ? "\\x%02X" : "\\u%04X", (unsigned)code);
        } else {
            text_add_bytes(&out, text + i, count);
        }
        i += count;
    }
    text_add(&out, "'");
    return arena_copy(arena, out.data, out.length);
}

const char *yaml_value_describe(struct arena *arena, const struct yaml_value *value)
{
    if (value->kind == VALUE_LIST) {
        return "a list";
    }
    if (value->kind == VALUE_MAP) {
        return "a mapping";
    }
    switch (yaml_value_type(value)) {
    case CORE_NULL:
        return "empty";
    case CORE_BOOL:
        return arena_printf(arena, "the boolean %s", value->text);
    case CORE_INT:
    case CORE_FLOAT:
        return arena_printf(arena, "the number %.40s", value->text);
    case CORE_TEXT:
        break;
    }
    return yaml_text_quote(arena, value->text);
}
