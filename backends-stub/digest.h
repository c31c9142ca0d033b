/* The first 8 bytes of a SHA-256 (FIPS 180-4), which is how bodies are compared; nothing secret. */
#ifndef BASCULE_STUB_DIGEST_H
#define BASCULE_STUB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/* Big-endian, so that it reads like the start of the hex digest. data may be NULL if length is 0.
 */
uint64_t digest_first8(const void *data, size_t length);

#endif
