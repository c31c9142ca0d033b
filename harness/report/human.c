#include "report/human.h"

#include <inttypes.h>
#include <stdio.h>

/* number / 10^decimals. */
static void
print_decimal(char *buffer, const char *sign, uint64_t number, int decimals, const char *unit)
{
    uint64_t scale = 1;

    for (int i = 0; i < decimals; i++) {
        scale *= 10;
    }
    if (decimals == 0) {
        (void)snprintf(buffer, HUMAN_MAX, "%s%" PRIu64 " %s", sign, number, unit);
    } else {
        (void)snprintf(buffer, HUMAN_MAX, "%s%" PRIu64 ".%0*" PRIu64 " %s", sign, number / scale,
                       decimals, number % scale, unit);
    }
}

const char *human_time(nanos time, char buffer[static HUMAN_MAX])
{
    /* From the finest step to the coarsest: the first whose rounded number stays below its end. */
    static const struct {
        int64_t step_ns;
        uint64_t end;
        int decimals;
        const char *unit;
    } scales[] = {
        {NANOS_PER_US, 1, 0, "ms"},          {10 * NANOS_PER_US, 100, 2, "ms"},
        {100 * NANOS_PER_US, 1000, 1, "ms"}, {NANOS_PER_MS, 1000, 0, "ms"},
        {NANOS_PER_MS, UINT64_MAX, 3, "s"},
    };
    uint64_t exact = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;
    /* To microseconds first, as reports do: read back from one, a time shows as before. */
    uint64_t magnitude = (exact + NANOS_PER_US / 2) / NANOS_PER_US * NANOS_PER_US;
    uint64_t number = 0;
    size_t i = 0;

    if (time == NANOS_NEVER) {
        (void)snprintf(buffer, HUMAN_MAX, "never");
        return buffer;
    }
    for (;; i++) {
        uint64_t step = (uint64_t)scales[i].step_ns;
        number = (magnitude + step / 2) / step;
        if (number < scales[i].end) {
            break;
        }
    }
    print_decimal(buffer, time < 0 && number > 0 ? "-" : "", number, scales[i].decimals,
                  scales[i].unit);
    return buffer;
}

const char *human_count(uint64_t count, char buffer[static HUMAN_MAX])
{
    char digits[HUMAN_MAX];
    size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
    char *out = buffer;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *out++ = ',';
        }
        *out++ = digits[i];
    }
    *out = '\0';
    return buffer;
}

static const char *human_ratio(int64_t ppm, char buffer[static HUMAN_MAX])
{
    int length =
        snprintf(buffer, HUMAN_MAX, "%" PRId64 ".%06" PRId64, ppm / RATIO_ONE, ppm % RATIO_ONE);

    while (length > 0 && buffer[length - 1] == '0') {
        buffer[--length] = '\0';
    }
    if (length > 0 && buffer[length - 1] == '.') {
        buffer[length - 1] = '\0';
    }
    return buffer;
}

const char *human_figure(enum unit unit, struct figure figure, char buffer[static HUMAN_MAX])
{
    if (figure.state != FIGURE_VALUE) {
        (void)snprintf(buffer, HUMAN_MAX, "%s", figure.state == FIGURE_UNRECOVERED ? "never" : "-");
        return buffer;
    }
    switch (unit) {
    case UNIT_NANOS:
        return human_time(figure.value, buffer);
    case UNIT_RATIO:
        return human_ratio(figure.value, buffer);
    case UNIT_COUNT:
    default:
        return human_count((uint64_t)figure.value, buffer);
    }
}
