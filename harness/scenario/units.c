#include "scenario/units.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

#define MICRO_DIGITS 6
#define TEXT_MAX     40 /* no number of ours is longer; longer text is not even looked at */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool append_digit(int64_t *value, char digit)
{
    return !__builtin_mul_overflow(*value, 10, value) &&
           !__builtin_add_overflow(*value, digit - '0', value);
}

/* Digits with at most `places` after a point, as a whole number of 10^-places. */
static bool parse_fixed(const char *text, size_t length, unsigned places, int64_t *ret)
{
    int64_t value = 0;
    size_t i = 0;
    for (; i < length && is_digit(text[i]); i++) {
        if (!append_digit(&value, text[i])) {
            return false;
        }
    }
    if (i == 0) {
        return false;
    }
    unsigned used = 0;
    if (i < length && text[i] == '.') {
        size_t first = ++i;
        for (; i < length && is_digit(text[i]) && used < places; i++, used++) {
            if (!append_digit(&value, text[i])) {
                return false;
            }
        }
        if (i == first) {
            return false;
        }
    }
    for (; used < places; used++) {
        if (!append_digit(&value, '0')) {
            return false;
        }
    }
    if (i != length) {
        return false;
    }
    *ret = value;
    return true;
}

/* The length of text without that ending, 0 if it has another one. */
static size_t length_before(const char *text, const char *ending)
{
    size_t length = strnlen(text, TEXT_MAX);
    size_t tail = strlen(ending);
    if (length == TEXT_MAX || length <= tail || strcmp(text + length - tail, ending) != 0) {
        return 0;
    }
    return length - tail;
}

bool units_parse_decimal(const char *text, int64_t *ret_micro)
{
    return parse_fixed(text, length_before(text, ""), MICRO_DIGITS, ret_micro);
}

bool units_parse_ratio(const char *text, int64_t *ret_ppm)
{
    size_t length = length_before(text, "%");
    if (length > 0) {
        return parse_fixed(text, length, MICRO_DIGITS - 2, ret_ppm);
    }
    return units_parse_decimal(text, ret_ppm);
}

bool units_parse_rate(const char *text, int64_t *ret_micro)
{
    return parse_fixed(text, length_before(text, "/s"), MICRO_DIGITS, ret_micro);
}

static bool parse_size(const char *text, const char *after, int64_t *ret_bytes)
{
    static const struct {
        const char *word;
        int64_t bytes;
    } units[] = {
        {"KiB", INT64_C(1) << 10},
        {"MiB", INT64_C(1) << 20},
        {"GiB", INT64_C(1) << 30},
        {"B", 1},
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        char ending[8];
        struct text built;
        text_init(&built, ending, sizeof(ending));
        text_add(&built, units[i].word);
        text_add(&built, after);
        int64_t count = 0;
        int64_t bytes = 0;
        if (parse_fixed(text, length_before(text, ending), 0, &count)) {
            if (__builtin_mul_overflow(count, units[i].bytes, &bytes)) {
                return false;
            }
            *ret_bytes = bytes;
            return true;
        }
    }
    return false;
}

bool units_parse_size(const char *text, int64_t *ret_bytes)
{
    return parse_size(text, "", ret_bytes);
}

bool units_parse_byte_rate(const char *text, int64_t *ret_bytes)
{
    return parse_size(text, "/s", ret_bytes);
}

bool units_parse_whole(const char *text, int64_t *ret)
{
    bool padded = text[0] == '0' && text[1] != '\0';
    return !padded && parse_fixed(text, length_before(text, ""), 0, ret);
}
