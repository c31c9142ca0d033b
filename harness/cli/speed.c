#include "cli/speed.h"

#include "report/human.h"

#include <inttypes.h>

const char *speed_ratio(struct arena *arena, double dividend, double divisor)
{
    double quotient = divisor > 0 ? dividend / divisor : 0;
    char count[HUMAN_MAX];

    if (quotient < 10) {
        return arena_printf(arena, "%.1f", quotient);
    }
    return arena_printf(arena, "%s", human_count((uint64_t)(quotient + 0.5), count));
}

const char *speed_time(struct arena *arena, nanos time)
{
    char text[HUMAN_MAX];

    if (time < NANOS_PER_MINUTE) {
        return arena_printf(arena, "%s", human_time(time, text));
    }
    if (time < NANOS_PER_HOUR) {
        return arena_printf(arena, "%" PRId64 " min %" PRId64 " s", time / NANOS_PER_MINUTE,
                            time % NANOS_PER_MINUTE / NANOS_PER_S);
    }
    return arena_printf(arena, "%" PRId64 " h %" PRId64 " min", time / NANOS_PER_HOUR,
                        time % NANOS_PER_HOUR / NANOS_PER_MINUTE);
}
