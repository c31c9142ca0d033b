/* Strings of unknown origin made fit for JSON and for a terminal; it refuses to lose or to trust a
   byte of them. What is not UTF-8 becomes U+FFFD. */
#ifndef BASCULE_REPORT_UTF8_H
#define BASCULE_REPORT_UTF8_H

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A well-formed copy. */
char *utf8_repaired(struct arena *arena, const char *string);

/* Control characters, those that only change the order in which others are shown, and what no text
   has. */
bool utf8_misleads(uint32_t code);

/* A well-formed copy without characters that mislead, each shown as '?': a file cannot move the
   cursor. */
char *utf8_printable(struct arena *arena, const char *string);

/* Characters, each malformed byte counted as one. */
size_t utf8_width(const char *string);

/* The bytes of the first `width` characters at most. */
size_t utf8_prefix(const char *string, size_t width);

/* Adds the string as a JSON string, quotes included. */
void utf8_add_json(struct text *text, const char *string);

#endif
