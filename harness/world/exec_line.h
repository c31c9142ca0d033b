/* The lines that a client program writes (bascule-client/1, docs/your-client.md); it refuses to
   know processes, clocks, and which ids are out. JSON of programs comes in here, and nowhere else:
   what is not of the protocol is an error that says what is wrong, never more. */
#ifndef BASCULE_WORLD_EXEC_LINE_H
#define BASCULE_WORLD_EXEC_LINE_H

#include "base/error.h"
#include "base/text.h"
#include "core/journal.h"
#include "world/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXEC_LINE_MAX  ((size_t)10 * 1024 * 1024) /* bytes, the line feed not counted */
#define EXEC_WHY_MAX   200                        /* bytes of a reason that are kept */
#define EXEC_QUOTE_MAX 160                        /* bytes of a line that are shown */

enum exec_event {
    EXEC_EVENT_READY,
    EXEC_EVENT_RESPONSE,
    EXEC_EVENT_ERROR,
    EXEC_EVENT_NODE,
    EXEC_EVENT_ACTIVE,
    EXEC_EVENT_DONE,
    EXEC_EVENT_REFUSED,
    EXEC_EVENT_STATUS,
    EXEC_EVENT_EVENT,  /* of a stream */
    EXEC_EVENT_CLOSED, /* a stream */
};

/* What a client program wrote. Its texts belong to the document, until exec_line_done. */
struct exec_line {
    enum exec_event event;
    struct json_t *document;
    const char *node;    /* NODE and ACTIVE; STATUS: the active one; RESPONSE and EVENT: who served.
                            NULL: not told */
    const char *why;     /* ERROR, NODE, REFUSED, CLOSED: printable, never NULL */
    size_t status_nodes; /* STATUS: see exec_line_status_node */
    uint64_t body_hash;  /* RESPONSE, if has_body_hash: first 8 bytes of the SHA-256 */
    uint64_t number;     /* EVENT; 0: it has none */
    uint32_t id;         /* RESPONSE, ERROR, EVENT, CLOSED */
    uint16_t http_status;         /* RESPONSE */
    uint16_t attempts;            /* RESPONSE, ERROR; 0: not told */
    uint8_t features;             /* READY: CLIENT_FEATURE_... */
    enum belief belief;           /* NODE */
    enum client_order_kind order; /* DONE and REFUSED */
    bool has_body_hash;
    char why_text[EXEC_WHY_MAX + 1];
};

/* One node of a STATUS. */
struct exec_status {
    const char *node;
    nanos latency; /* 0: not told */
    enum belief belief;
};

/* A line without its line feed. Unknown features and members are let pass: a program may be newer
   than we are. *ret needs no exec_line_done after a failure. */
int exec_line_read(struct exec_line *ret, const char *bytes, size_t length, struct error *reterr);
struct exec_status exec_line_status_node(const struct exec_line *line, size_t index);
void exec_line_done(struct exec_line *line);

/* Adds a line for people: printable, and shortened if need be. */
void exec_line_quote(struct text *text, const char *bytes, size_t length);

#endif
