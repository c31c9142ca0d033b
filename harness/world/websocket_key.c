#include "world/websocket_key.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 16
#define KEY_TEXT  (WEBSOCKET_KEY_MAX - 1)
#define SALT      "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void websocket_key_draw(struct prng *prng, char ret[static WEBSOCKET_KEY_MAX])
{
    unsigned char bytes[KEY_BYTES];
    unsigned char text[WEBSOCKET_KEY_MAX];

    for (size_t i = 0; i < KEY_BYTES; i += sizeof(uint64_t)) {
        uint64_t random = prng_next(prng);

        memcpy(bytes + i, &random, sizeof random);
    }
    CHECK(EVP_EncodeBlock(text, bytes, KEY_BYTES) == KEY_TEXT);
    memcpy(ret, text, WEBSOCKET_KEY_MAX);
}

bool websocket_key_is_valid(const char *key)
{
    return key != NULL && strlen(key) == KEY_TEXT && strspn(key, alphabet) == KEY_TEXT - 2 &&
           strcmp(key + KEY_TEXT - 2, "==") == 0;
}

void websocket_key_accept(const char *key, char ret[static WEBSOCKET_ACCEPT_MAX])
{
    char salted[WEBSOCKET_KEY_MAX + sizeof SALT];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char text[WEBSOCKET_ACCEPT_MAX];
    unsigned length = 0;

    CHECK(strlen(key) < WEBSOCKET_KEY_MAX);
    (void)snprintf(salted, sizeof salted, "%s" SALT, key);
    CHECK(EVP_Digest(salted, strlen(salted), digest, &length, EVP_sha1(), NULL) == 1);
    CHECK(EVP_EncodeBlock(text, digest, (int)length) == WEBSOCKET_ACCEPT_MAX - 1);
    memcpy(ret, text, WEBSOCKET_ACCEPT_MAX);
}
