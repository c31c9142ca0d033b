/* Errors with a place, and the list of all mistakes found in one file; it refuses to print or to
 * exit. */
#ifndef BASCULE_BASE_ERROR_H
#define BASCULE_BASE_ERROR_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ERROR_TEXT_MAX  400
#define DIAGNOSTICS_MAX 1000 /* past it only a count is kept */

/* A place in a file; line and column count from 1, line 0 means "no place". width is in characters,
 * for the caret. */
struct source_at {
    const char *file;
    uint32_t line;
    uint32_t column;
    uint32_t width;
};

struct error {
    struct source_at at;
    int os_errno; /* 0 where the system was not asked */
    char text[ERROR_TEXT_MAX];
};

/* Fill *reterr (the first error wins: a filled one is left alone) and return -1, for `return
 * error_...(...)`. */
int error_at(struct error *reterr, struct source_at at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int error_plain(struct error *reterr, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends ": " and strerror(os_errno). */
int error_os(struct error *reterr, int os_errno, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static inline bool error_is_set(const struct error *error)
{
    return error->text[0] != '\0';
}

/* All mistakes of one file. Texts live in the arena. */
struct diagnostic {
    struct source_at at;
    const char *text;
};

struct diagnostics {
    struct arena *arena;
    struct diagnostic *items; /* DIAGNOSTICS_MAX of them, allocated by the first add */
    size_t count;
    size_t dropped;
};

void diagnostics_init(struct diagnostics *list, struct arena *arena);
void diagnostics_add(struct diagnostics *list, struct source_at at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* By file, line, column, then order of arrival. */
void diagnostics_sort(struct diagnostics *list);

#endif
