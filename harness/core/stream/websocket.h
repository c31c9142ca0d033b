/* The opening of a WebSocket, seen from the client: the text of its request, and the answer's head
   out of bytes that may be cut anywhere; it refuses to know sockets, hashes and frames.

   Source: RFC 6455, section 4; RFC 9110 and 9112 for the head. Bounded: WEBSOCKET_HEAD_MAX bytes in
   all, however many answers of 1xx come first. The client offers neither extensions nor
   subprotocols, so an answer that names one is wrong. */
#ifndef BASCULE_CORE_STREAM_WEBSOCKET_H
#define BASCULE_CORE_STREAM_WEBSOCKET_H

#include "base/nanos.h"
#include "base/text.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_HEAD_MAX  ((size_t)16 * 1024)
#define WEBSOCKET_LINE_MAX  512 /* of a header that matters here */
#define WEBSOCKET_PROOF_MAX 29  /* Sec-WebSocket-Accept, with its NUL */

struct websocket_request {
    const char *host; /* with the port */
    const char *path; /* with the query */
    const char *key;
    const struct http_header *headers;
    size_t header_count;
    const char *id; /* X-Request-Id; NULL: none */
};

/* Adds the whole request; the text overflows where it is too small. */
void websocket_request_write(struct text *text, const struct websocket_request *request);

enum websocket_step {
    WEBSOCKET_MORE,    /* all bytes are used up */
    WEBSOCKET_OPEN,    /* what follows are frames */
    WEBSOCKET_REFUSED, /* another status than 101; what follows is its body */
    WEBSOCKET_BROKEN,  /* see `why`; for good */
};

struct websocket_answer {
    const char *why;   /* it is broken: lives for ever; else NULL */
    uint16_t status;   /* 0: not known yet */
    nanos retry_after; /* 0: none, or given as a date */

    /* The rest is the parser's own. */
    char accept[WEBSOCKET_PROOF_MAX]; /* what the answer must say */
    size_t length;                    /* of all that came */
    char line[WEBSOCKET_LINE_MAX + 1];
    size_t line_length; /* may be more than was kept */
    bool has_upgrade;
    bool has_connection;
    bool has_accept;
    bool is_11;
    bool after_cr;
};

/* accept: made of the key that was sent. */
void websocket_answer_init(struct websocket_answer *answer, const char *accept);

/* Uses up bytes from *at to end, and stops behind the head. */
enum websocket_step
websocket_answer_step(struct websocket_answer *answer, const char **at, const char *end);

#endif
