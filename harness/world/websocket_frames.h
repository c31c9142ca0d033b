/* The frames of one WebSocket, for either end of it: bytes in, messages out, and the other way; it
   refuses to know sockets and the opening. The only file that speaks to libwslay. RFC 6455.

   Pings are answered, and so is a close. What the peer may not do ends the connection with the code
   that the RFC names: frames masked by a server or not masked by a client, bad lengths, reserved
   bits and opcodes, broken fragments, bad closes (1002), text that is not UTF-8 (1007), a message
   longer than the caller's buffer (1009). Nothing grows: a message goes into that buffer, what is
   to be sent into WEBSOCKET_OUTPUT_MAX bytes, and a ping that finds them full gets no answer. */
#ifndef BASCULE_WORLD_WEBSOCKET_FRAMES_H
#define BASCULE_WORLD_WEBSOCKET_FRAMES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_MESSAGE_MAX ((size_t)1 << 20)
#define WEBSOCKET_OUTPUT_MAX  1024

enum websocket_code {
    WEBSOCKET_CODE_NORMAL = 1000,
    WEBSOCKET_CODE_GOING_AWAY = 1001,
    WEBSOCKET_CODE_NONE = 1005, /* a close without a code */
};

enum websocket_role {
    WEBSOCKET_CLIENT, /* masks what it sends */
    WEBSOCKET_SERVER,
};

enum websocket_message_kind {
    WEBSOCKET_TEXT,
    WEBSOCKET_BINARY,
    WEBSOCKET_PING,
    WEBSOCKET_PONG,
    WEBSOCKET_CLOSE,
};

/* Lives as long as the call. */
struct websocket_message {
    enum websocket_message_kind kind;
    uint16_t code; /* CLOSE */
    const char *bytes;
    size_t length;
};

struct websocket_frames_settings {
    enum websocket_role role;
    uint64_t seed;   /* of the masks, which need not surprise anybody here */
    char *buffer;    /* of one text or binary message, which may be as long as it; the caller's */
    size_t capacity; /* at most WEBSOCKET_MESSAGE_MAX of it is used */
    void *arg;
    /* Whole messages, in order. Must not free the frames. */
    void (*message)(void *arg, const struct websocket_message *message);
};

struct websocket_frames;

struct websocket_frames *websocket_frames_new(const struct websocket_frames_settings *settings);
struct websocket_frames *websocket_frames_free(struct websocket_frames *frames); /* gives NULL */

/* Bytes from the peer. -1: it broke the rules; what is left to send is the close that says so.
   After a close, bytes are ignored. */
int websocket_frames_feed(struct websocket_frames *frames,
                          const char *bytes,
                          size_t length,
                          struct error *reterr);

/* -1: there is no room before more has left, or the connection is closing. */
int websocket_frames_text(struct websocket_frames *frames, const char *text, size_t length);
int websocket_frames_ping(struct websocket_frames *frames);
/* Nothing happens if a close is on its way already. */
void websocket_frames_close(struct websocket_frames *frames, enum websocket_code code);

/* What is to be sent now, 0: nothing; it stays until websocket_frames_sent says how much of it
   left. */
size_t websocket_frames_output(struct websocket_frames *frames, const char **ret);
void websocket_frames_sent(struct websocket_frames *frames, size_t length);

/* The peer has closed and all has been sent: the socket may be closed. */
bool websocket_frames_is_over(struct websocket_frames *frames);

#endif
