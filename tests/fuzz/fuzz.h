/* What the fuzz targets share with whoever feeds them: libFuzzer, or replay.c in `make test`. */
#ifndef BASCULE_TESTS_FUZZ_H
#define BASCULE_TESTS_FUZZ_H

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FUZZ_INPUT_MAX 4096

/* Aborts where something is wrong; gives 0. The name is libFuzzer's.
   NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was heard, for comparing two ways to get there. */
struct fuzz_log {
    size_t length;
    char bytes[1 << 21];
};

static inline void fuzz_log_add(struct fuzz_log *log, const void *bytes, size_t length)
{
    CHECK(length + sizeof length <= sizeof log->bytes - log->length);
    memcpy(log->bytes + log->length, &length, sizeof length);
    if (length > 0) {
        memcpy(log->bytes + log->length + sizeof length, bytes, length);
    }
    log->length += sizeof length + length;
}

static inline void fuzz_log_add_text(struct fuzz_log *log, const char *text)
{
    fuzz_log_add(log, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

static inline void fuzz_log_compare(const struct fuzz_log *a, const struct fuzz_log *b)
{
    CHECK(a->length == b->length);
    CHECK(memcmp(a->bytes, b->bytes, a->length) == 0);
}

/* Lengths of pieces, from a seed; most are short. */
static inline size_t fuzz_piece(uint32_t *seed, size_t left)
{
    size_t piece = 0;

    *seed = *seed * 1664525U + 1013904223U;
    piece = (*seed >> 16) % 4 == 0 ? (*seed >> 18) % 64 : (*seed >> 18) % 3;
    return piece < left ? piece : left;
}

#endif
