/* Server-Sent Events out of the bytes of a body, however they are cut into pieces; it refuses to
   know connections, HTTP and time.

   Rules: WHATWG HTML, "Interpreting an event stream". Lines end with CR, LF or CRLF; one byte order
   mark at the start is skipped; what the end of the body cuts off is no event. Malformed UTF-8 is
   passed on as it came. Nothing is allocated: data goes into the caller's buffer, and an event that
   does not fit is an error, never a shorter event. Comments and unknown fields take no memory and
   may be of any length. */
#ifndef BASCULE_CORE_STREAM_SSE_PARSER_H
#define BASCULE_CORE_STREAM_SSE_PARSER_H

#include "base/nanos.h"

#include <stdbool.h>
#include <stddef.h>

#define SSE_DATA_MAX  ((size_t)1 << 20) /* bytes, line ends between its lines included */
#define SSE_TYPE_MAX  ((size_t)256)
#define SSE_ID_MAX    ((size_t)256)
#define SSE_RETRY_MAX (24 * NANOS_PER_HOUR) /* a longer one counts as this */

/* Texts end with NUL and live until the next step; data and type may have NULs of their own. */
struct sse_event {
    const char *type; /* "message" unless the stream says otherwise */
    size_t type_length;
    const char
        *id; /* the last one that the stream gave, of this event or an earlier one; "": none */
    const char *data;
    size_t data_length;
};

enum sse_step {
    SSE_MORE,   /* all bytes are used up */
    SSE_EVENT,  /* *ret is one */
    SSE_BROKEN, /* past a limit: see `why`; for good */
};

enum sse_place {
    SSE_IN_NAME,
    SSE_AFTER_COLON,
    SSE_IN_VALUE,
    SSE_IN_COMMENT,
};

enum sse_field {
    SSE_FIELD_DATA,
    SSE_FIELD_EVENT,
    SSE_FIELD_ID,
    SSE_FIELD_RETRY,
    SSE_FIELD_UNKNOWN,
};

struct sse_parser {
    const char *why;              /* it is broken: lives for ever; else NULL */
    nanos retry;                  /* the reconnection time that was asked for; NANOS_NEVER: none */
    char last_id[SSE_ID_MAX + 1]; /* of the last event: what Last-Event-ID is to say */

    /* The rest is the parser's own. */
    char *data;
    size_t capacity;
    size_t data_length; /* each line with its end */
    char type[SSE_TYPE_MAX + 1];
    size_t type_length;
    char id[SSE_ID_MAX + 1]; /* for the next event */
    char line_id[SSE_ID_MAX + 1];
    size_t line_id_length;
    nanos line_retry_ms;
    enum sse_place place;
    enum sse_field field;
    char name[8]; /* no field of ours is that long */
    size_t name_length;
    unsigned bom;     /* bytes of the mark seen; all: past it */
    bool after_cr;    /* an LF now belongs to it */
    bool line_is_bad; /* id with a NUL, retry with another byte than a digit */
    bool given;       /* an event went out: the next step begins a fresh one */
};

/* buffer: for the data of one event and its last line end, at most SSE_DATA_MAX + 1 of it is used;
   it belongs to the caller and outlives the parser. capacity above 0. */
void sse_parser_init(struct sse_parser *parser, char *buffer, size_t capacity);

/* Uses up bytes from *at to end, and stops behind the first that completes an event. */
enum sse_step
sse_parser_step(struct sse_parser *parser, const char **at, const char *end, struct sse_event *ret);

#endif
