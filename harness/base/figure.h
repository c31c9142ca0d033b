/* A measured or demanded number with its unit, always an integer; it refuses floating point. */
#ifndef BASCULE_BASE_FIGURE_H
#define BASCULE_BASE_FIGURE_H

#include <stdint.h>

enum unit {
    UNIT_NANOS, /* printed as milliseconds with microsecond digits in reports */
    UNIT_COUNT,
    UNIT_RATIO, /* in millionths, rounded down: 1,000,000 means 1 exactly */
};

#define RATIO_ONE INT64_C(1000000)

enum figure_state {
    FIGURE_ABSENT,      /* not measurable here: null in reports, never 0 */
    FIGURE_VALUE,       /* value holds */
    FIGURE_UNRECOVERED, /* worse than any limit: upper bounds fail, lower ones hold */
};

struct figure {
    enum figure_state state;
    int64_t value; /* in the unit of its metric */
};

static inline struct figure figure_of(int64_t value)
{
    return (struct figure){.state = FIGURE_VALUE, .value = value};
}

#endif
