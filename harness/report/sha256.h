/* SHA-256 of bytes in memory, as hexadecimal digits. */
#ifndef BASCULE_REPORT_SHA256_H
#define BASCULE_REPORT_SHA256_H

#include <stddef.h>

#define SHA256_HEX_MAX 65

/* Source: FIPS 180-4, by libcrypto. Returns buffer. */
const char *sha256_hex(const void *bytes, size_t length, char buffer[static SHA256_HEX_MAX]);

#endif
