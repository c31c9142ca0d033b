/* The key of a WebSocket's opening and the proof that the server read it: RFC 6455, section 4; it
   refuses to know headers. The hash is libcrypto's. */
#ifndef BASCULE_WORLD_WEBSOCKET_KEY_H
#define BASCULE_WORLD_WEBSOCKET_KEY_H

#include "base/prng.h"

#include <stdbool.h>

#define WEBSOCKET_KEY_MAX    25 /* both with their NUL */
#define WEBSOCKET_ACCEPT_MAX 29

void websocket_key_draw(struct prng *prng, char ret[static WEBSOCKET_KEY_MAX]);
/* Sixteen bytes in Base64. NULL is none. */
bool websocket_key_is_valid(const char *key);
void websocket_key_accept(const char *key, char ret[static WEBSOCKET_ACCEPT_MAX]);

#endif
