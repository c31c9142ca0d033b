/* Text of unknown origin made fit for HTML, as text and within quoted attributes alike; it refuses
   to let a byte of it be read as markup. */
#ifndef BASCULE_REPORT_MARKUP_H
#define BASCULE_REPORT_MARKUP_H

#include "base/arena.h"

/* A copy with the characters that mean something to HTML written as references. What is not UTF-8,
   and control characters that could hide or reorder text, become U+FFFD; line breaks and tabs stay.
   NULL is "". */
const char *markup_text(struct arena *arena, const char *string);

/* The same, fit to be one segment of a relative link: percent-encoded, and never a scheme or a way
   up. */
const char *markup_link(struct arena *arena, const char *file_name);
/* The same of a relative path, of which slashes, and dots before them, keep their meaning. */
const char *markup_path(struct arena *arena, const char *path);

#endif
