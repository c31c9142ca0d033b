/* UTF-8 as a scenario file must be written: decoding, and the first byte that does not belong; it
 * refuses to repair. */
#ifndef BASCULE_SCENARIO_ENCODING_H
#define BASCULE_SCENARIO_ENCODING_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* The shape of a text, in lines and characters from 1; a final line break opens no further line. */
struct encoding_extent {
    uint32_t lines;
    uint32_t last_columns; /* characters of the last line */
};

/* Bytes of the character at the start of bytes (length above 0), or 0 if it is not well-formed
 * UTF-8. */
size_t encoding_decode(const char *bytes, size_t length, uint32_t *ret_code);

/* Bytes of the byte order mark at the start: 3 or 0. */
size_t encoding_mark_length(const char *bytes, size_t length);

/* Refuses NUL bytes, UTF-16, malformed UTF-8, and the control characters and line separators that
   editors and YAML count differently. file is for the place of the error. */
int encoding_check(const char *file,
                   const char *bytes,
                   size_t length,
                   struct encoding_extent *ret_extent,
                   struct error *reterr);

#endif
