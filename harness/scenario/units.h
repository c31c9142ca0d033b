/* Ratios, rates and sizes as a scenario writes them, turned into integers; it refuses to round.
 * Pure. */
#ifndef BASCULE_SCENARIO_UNITS_H
#define BASCULE_SCENARIO_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* All return false and leave *ret alone if the text is not of the form, or does not fit. */

/* "0.5" or "12": in millionths, at most six digits after the point. No sign. */
bool units_parse_decimal(const char *text, int64_t *ret_micro);
/* "0.5" or "50%": in millionths. */
bool units_parse_ratio(const char *text, int64_t *ret_ppm);
/* "200/s", "0.5/s": in millionths a second. */
bool units_parse_rate(const char *text, int64_t *ret_micro);
/* "100B", "64KiB", "1MiB", "1GiB": in bytes. */
bool units_parse_size(const char *text, int64_t *ret_bytes);
/* "64KiB/s": in bytes a second. */
bool units_parse_byte_rate(const char *text, int64_t *ret_bytes);
/* "12": digits only, no leading zero. */
bool units_parse_whole(const char *text, int64_t *ret);

#endif
