/* A bump allocator: one lifetime for many objects, freed in one go; it refuses to free one object
 * alone. */
#ifndef BASCULE_BASE_ARENA_H
#define BASCULE_BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used;                /* bytes handed out */
    size_t limit; /* hard cap in bytes; passing it, or malloc failing, is a CHECK failure */
};

/* limit 0 means "no cap". The arena starts empty and takes memory as needed. */
void arena_init(struct arena *arena, size_t limit);

/* Frees everything; the arena may be used again. Accepts an arena that is all zero. */
void arena_done(struct arena *arena);

/* Zeroed memory, aligned for any type, valid until arena_done. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same for count objects, the product checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of length bytes. */
char *arena_copy(struct arena *arena, const char *text, size_t length);

char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
