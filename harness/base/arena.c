#include "base/arena.h"

#include "base/check.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ARENA_POISONS 1
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

/* Chunks grow with the arena up to this size, so that a big one needs few calls of calloc. */
enum { CHUNK_SIZE_MIN = 16 * 1024, CHUNK_SIZE_MAX = 4 * 1024 * 1024 };

#define ALIGNMENT alignof(max_align_t)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* bytes at data */
    size_t used;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){.limit = limit};
}

void arena_done(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;

    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->size);
        free(chunk);
        chunk = next;
    }
    arena->chunks = NULL;
    arena->used = 0;
}

static struct arena_chunk *chunk_new(size_t at_least, size_t arena_used)
{
    size_t size = arena_used;

    if (size < CHUNK_SIZE_MIN) {
        size = CHUNK_SIZE_MIN;
    }
    if (size > CHUNK_SIZE_MAX) {
        size = CHUNK_SIZE_MAX;
    }
    if (size < at_least) {
        size = at_least;
    }
    CHECK(size <= SIZE_MAX - sizeof(struct arena_chunk));
    struct arena_chunk *chunk = calloc(1, sizeof(struct arena_chunk) + size);
    CHECK_MEMORY(chunk != NULL);
    chunk->size = size;
    ASAN_POISON_MEMORY_REGION(chunk->data, chunk->size);
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    CHECK(size <= SIZE_MAX - ALIGNMENT);
    /* An empty object still gets an address of its own. */
    size_t wanted = size == 0 ? 1 : size;
    size_t padded = (wanted + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_chunk *chunk = arena->chunks;

    CHECK(padded <= SIZE_MAX - arena->used);
    CHECK(arena->limit == 0 || arena->used + padded <= arena->limit);
    if (chunk == NULL || chunk->size - chunk->used < padded) {
        chunk = chunk_new(padded, arena->used);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    void *memory = chunk->data + chunk->used;
    chunk->used += padded;
    arena->used += padded;
    /* The padding stays poisoned and shows an overrun by a single byte. */
    ASAN_UNPOISON_MEMORY_REGION(memory, wanted);
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t product = 0;

    CHECK(!__builtin_mul_overflow(count, size, &product));
    return arena_alloc(arena, product);
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    CHECK(length < SIZE_MAX);
    char *copy = arena_alloc(arena, length + 1);

    if (length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_list again;

    CHECK(format != NULL);
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    (void)vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
