/* Our figures as JSON values: milliseconds with microsecond digits, ratios with six digits,
   "unrecovered", null. Running out of memory is a CHECK, as in an arena. */
#ifndef BASCULE_REPORT_VALUE_H
#define BASCULE_REPORT_VALUE_H

#include "base/figure.h"
#include "base/nanos.h"
#include "core/verdict.h"

#include <jansson.h>
#include <stdint.h>

/* Three digits after the point of a millisecond, and six of a ratio, come out as written by hand.
 */
#define VALUE_DUMP_FLAGS (JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

#define VALUE_TIME_MAX 32

json_t *value_ms(nanos time); /* NANOS_NEVER: null */
json_t *value_figure(enum unit unit, struct figure figure);
json_t *value_count(uint64_t count); /* saturates at INT64_MAX */
json_t *value_seed(uint64_t seed);   /* above 2^53, which most JSON readers lose, as a string */
json_t *value_ratio(uint64_t ppm);
json_t *value_text(const char *text); /* NULL: null; what is not UTF-8 is replaced */
json_t *value_texts(const char *const *texts, size_t count);
json_t *value_reasons(const struct reason_list *reasons);

/* Both take the value over. */
void value_put(json_t *object, const char *key, json_t *value);
void value_push(json_t *array, json_t *value);

/* "2026-01-31T12:00:00.123Z" of nanoseconds since 1970. Returns buffer. */
const char *value_time_text(int64_t realtime, char buffer[static VALUE_TIME_MAX]);

#endif
