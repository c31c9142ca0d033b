#include "base/nanos.h"

#include "base/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PARSE_MAX (24 * (24 * NANOS_PER_HOUR))

struct time_unit {
    const char *name;
    nanos size;
};

/* Falling order, which nanos_parse enforces through the index. */
static const struct time_unit time_units[] = {
    {"h", NANOS_PER_HOUR}, {"m", NANOS_PER_MINUTE}, {"s", NANOS_PER_S},
    {"ms", NANOS_PER_MS},  {"us", NANOS_PER_US},    {"ns", 1},
};

enum { TIME_UNITS = sizeof(time_units) / sizeof(time_units[0]), FRACTION_DIGITS_MAX = 12 };

struct cursor {
    const char *at;
    const char *end;
};

/* A decimal number as whole + fraction / scale. */
struct decimal {
    int64_t whole;
    int64_t fraction;
    int64_t scale;
};

static bool cursor_at_digit(const struct cursor *cursor)
{
    return cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9';
}

static bool read_decimal(struct cursor *cursor, struct decimal *ret)
{
    struct decimal number = {.scale = 1};

    if (!cursor_at_digit(cursor)) {
        return false;
    }
    while (cursor_at_digit(cursor)) {
        number.whole = 10 * number.whole + (*cursor->at++ - '0');
        if (number.whole > PARSE_MAX) {
            return false;
        }
    }
    if (cursor->at < cursor->end && *cursor->at == '.') {
        cursor->at++;
        if (!cursor_at_digit(cursor)) {
            return false;
        }
        for (int digits = 0; cursor_at_digit(cursor); digits++) {
            if (digits == FRACTION_DIGITS_MAX) {
                return false;
            }
            number.fraction = 10 * number.fraction + (*cursor->at++ - '0');
            number.scale *= 10;
        }
    }
    *ret = number;
    return true;
}

/* Returns the index in time_units, or -1. */
static int read_unit(struct cursor *cursor)
{
    const char *start = cursor->at;

    while (cursor->at < cursor->end && *cursor->at >= 'a' && *cursor->at <= 'z') {
        cursor->at++;
    }
    size_t length = (size_t)(cursor->at - start);
    for (int i = 0; i < TIME_UNITS; i++) {
        if (strlen(time_units[i].name) == length &&
            memcmp(time_units[i].name, start, length) == 0) {
            return i;
        }
    }
    return -1;
}

/* Refuses a fraction that is no whole number of nanoseconds. */
static bool decimal_to_nanos(struct decimal number, nanos unit, nanos *ret)
{
    if (number.whole > PARSE_MAX / unit) {
        return false;
    }
    /* Below 10^12 times 3.6 * 10^12: needs more than 64 bits. */
    __extension__ __int128 part = number.fraction;
    part *= unit;
    if (part % number.scale != 0) {
        return false;
    }
    *ret = number.whole * unit + (nanos)(part / number.scale);
    return true;
}

bool nanos_parse(const char *text, size_t length, nanos *ret)
{
    struct cursor cursor = {.at = text, .end = text + length};
    int last_unit = -1;
    nanos sum = 0;

    if (length == 0) {
        return false;
    }
    while (cursor.at < cursor.end) {
        struct decimal number;
        nanos part = 0;
        if (!read_decimal(&cursor, &number)) {
            return false;
        }
        int unit = read_unit(&cursor);
        if (unit <= last_unit || !decimal_to_nanos(number, time_units[unit].size, &part)) {
            return false;
        }
        last_unit = unit;
        sum += part;
        if (sum > PARSE_MAX) {
            return false;
        }
    }
    *ret = sum;
    return true;
}

/* Hours and minutes only where they are whole, else a decimal of the largest unit that fits. */
static const struct time_unit *unit_for(uint64_t magnitude)
{
    if (magnitude == 0) {
        return &time_units[2];
    }
    for (int i = 0; i < TIME_UNITS - 1; i++) {
        uint64_t size = (uint64_t)time_units[i].size;
        bool whole_only = size > (uint64_t)NANOS_PER_S;
        if (magnitude >= size && (!whole_only || magnitude % size == 0)) {
            return &time_units[i];
        }
    }
    return &time_units[TIME_UNITS - 1];
}

const char *nanos_text(nanos value, char buffer[static NANOS_TEXT_MAX])
{
    if (value == NANOS_NEVER) {
        (void)snprintf(buffer, NANOS_TEXT_MAX, "never");
        return buffer;
    }
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    const struct time_unit *unit = unit_for(magnitude);
    uint64_t size = (uint64_t)unit->size;
    uint64_t fraction = magnitude % size;
    char digits[NANOS_TEXT_MAX] = "";

    if (fraction != 0) {
        int width = 0;
        for (uint64_t rest = size; rest > 1; rest /= 10) {
            width++;
        }
        while (fraction % 10 == 0) {
            fraction /= 10;
            width--;
        }
        (void)snprintf(digits, sizeof(digits), ".%0*" PRIu64, width, fraction);
    }
    int length = snprintf(buffer, NANOS_TEXT_MAX, "%s%" PRIu64 "%s%s", value < 0 ? "-" : "",
                          magnitude / size, digits, unit->name);
    CHECK(length > 0 && length < NANOS_TEXT_MAX);
    return buffer;
}

nanos nanos_add(nanos a, nanos b)
{
    nanos sum;

    if (a == NANOS_NEVER || b == NANOS_NEVER) {
        return NANOS_NEVER;
    }
    if (__builtin_add_overflow(a, b, &sum)) {
        return a > 0 ? NANOS_NEVER : INT64_MIN;
    }
    return sum;
}
