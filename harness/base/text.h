/* A bounded string builder with sticky overflow, and small string questions; it refuses to
 * allocate. */
#ifndef BASCULE_BASE_TEXT_H
#define BASCULE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data; /* always NUL-terminated */
    size_t length;
    size_t capacity; /* bytes at data, the NUL included */
    bool overflowed; /* sticky: later additions are ignored */
};

void text_init(struct text *text, char *buffer, size_t capacity);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
/* Neither NULL; upper and lower case of ASCII letters are the same. */
bool text_equal_caseless(const char *a, const char *b);
bool text_has_prefix(const char *string, const char *prefix);

/* Edits (insert, delete, replace, swap of neighbours) between two short words; for "did you mean".
   Source: Damerau-Levenshtein, optimal string alignment. Words over 63 bytes count as infinitely
   far (SIZE_MAX). */
size_t text_distance(const char *a, const char *b);

/* The nearest of count words if it is near enough to be meant (distance at most 1 + length / 4),
 * else NULL. */
const char *text_nearest(const char *word, const char *const *words, size_t count);

#endif
