/* Time as signed 64-bit nanoseconds: reading, writing and adding durations; it refuses to know any
 * clock. */
#ifndef BASCULE_BASE_NANOS_H
#define BASCULE_BASE_NANOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t nanos;

#define NANOS_NEVER      INT64_MAX
#define NANOS_PER_US     INT64_C(1000)
#define NANOS_PER_MS     INT64_C(1000000)
#define NANOS_PER_S      INT64_C(1000000000)
#define NANOS_PER_MINUTE (60 * NANOS_PER_S)
#define NANOS_PER_HOUR   (60 * NANOS_PER_MINUTE)

#define NANOS_TEXT_MAX 32

/* Reads "250ms", "5s", "1m30s", "1.5s", "0s" (units h m s ms us ns, each at most once, in falling
   order). A sign, a missing unit, blanks or more than 24 days are refused. Returns false and leaves
   *ret alone. */
bool nanos_parse(const char *text, size_t length, nanos *ret);

/* Writes the shortest exact form ("1.5s", "250ms", "-3us", "never"); returns buffer. */
const char *nanos_text(nanos value, char buffer[static NANOS_TEXT_MAX]);

/* Saturates at NANOS_NEVER; NANOS_NEVER plus anything stays NANOS_NEVER. */
nanos nanos_add(nanos a, nanos b);

static inline nanos nanos_min(nanos a, nanos b)
{
    return a < b ? a : b;
}

static inline nanos nanos_max(nanos a, nanos b)
{
    return a > b ? a : b;
}

#endif
