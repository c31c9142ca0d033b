#include "report/value.h"

#include "base/check.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static json_t *made(json_t *value)
{
    CHECK(value != NULL);
    return value;
}

json_t *value_ms(nanos time)
{
    if (time == NANOS_NEVER) {
        return json_null();
    }
    nanos half = time < 0 ? -NANOS_PER_US / 2 : NANOS_PER_US / 2;
    int64_t microseconds = (time + half) / NANOS_PER_US;
    return made(json_real((double)microseconds / 1000.0));
}

json_t *value_count(uint64_t count)
{
    return made(json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count));
}

/* Up to which a double, as which most programs read a number, is exact. */
#define SEED_NUMBER_MAX (UINT64_C(1) << 53)

json_t *value_seed(uint64_t seed)
{
    char digits[24];

    if (seed <= SEED_NUMBER_MAX) {
        return value_count(seed);
    }
    (void)snprintf(digits, sizeof(digits), "%" PRIu64, seed);
    return value_text(digits);
}

json_t *value_ratio(uint64_t ppm)
{
    return made(json_real((double)ppm / (double)RATIO_ONE));
}

json_t *value_figure(enum unit unit, struct figure figure)
{
    if (figure.state == FIGURE_ABSENT) {
        return json_null();
    }
    if (figure.state == FIGURE_UNRECOVERED) {
        return made(json_string("unrecovered"));
    }
    switch (unit) {
    case UNIT_NANOS:
        return value_ms(figure.value);
    case UNIT_RATIO:
        return made(json_real((double)figure.value / (double)RATIO_ONE));
    case UNIT_COUNT:
    default:
        return made(json_integer(figure.value));
    }
}

json_t *value_text(const char *text)
{
    if (text == NULL) {
        return json_null();
    }
    json_t *value = json_string(text);
    if (value == NULL) {
        struct arena arena;
        arena_init(&arena, 0);
        value = json_string(utf8_repaired(&arena, text));
        arena_done(&arena);
    }
    return made(value);
}

json_t *value_texts(const char *const *texts, size_t count)
{
    json_t *array = made(json_array());

    for (size_t i = 0; i < count; i++) {
        value_push(array, value_text(texts[i]));
    }
    return array;
}

json_t *value_reasons(const struct reason_list *reasons)
{
    json_t *array = made(json_array());

    for (size_t i = 0; i < reasons->count; i++) {
        json_t *reason = made(json_object());
        value_put(reason, "code", value_text(reasons->items[i].code));
        value_put(reason, "text", value_text(reasons->items[i].text));
        value_push(array, reason);
    }
    return array;
}

void value_put(json_t *object, const char *key, json_t *value)
{
    CHECK(json_object_set_new(object, key, value) == 0);
}

void value_push(json_t *array, json_t *value)
{
    CHECK(json_array_append_new(array, value) == 0);
}

const char *value_time_text(int64_t realtime, char buffer[static VALUE_TIME_MAX])
{
    time_t seconds = (time_t)(realtime / NANOS_PER_S);
    struct tm parts;
    char date[VALUE_TIME_MAX];

    CHECK(gmtime_r(&seconds, &parts) != NULL);
    CHECK(strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts) > 0);
    (void)snprintf(buffer, VALUE_TIME_MAX, "%.20s.%03dZ", date,
                   (int)(realtime % NANOS_PER_S / NANOS_PER_MS));
    return buffer;
}
