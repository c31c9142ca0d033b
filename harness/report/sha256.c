#include "report/sha256.h"

#include "base/check.h"

#include <openssl/evp.h>

const char *sha256_hex(const void *bytes, size_t length, char buffer[static SHA256_HEX_MAX])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned count = 0;

    CHECK(EVP_Digest(bytes, length, digest, &count, EVP_sha256(), NULL) == 1);
    CHECK(2 * count + 1 == SHA256_HEX_MAX);
    for (size_t i = 0; i < count; i++) {
        buffer[2 * i] = digits[digest[i] >> 4];
        buffer[2 * i + 1] = digits[digest[i] & 0xF];
    }
    buffer[SHA256_HEX_MAX - 1] = '\0';
    return buffer;
}
