/* What attempts send, worked out once for each kind of request: address, header lines, body; it
   refuses to know sockets and libcurl. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_MESSAGE_H
#define BASCULE_WORLD_HTTP_CLIENT_MESSAGE_H

#include "base/arena.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_NUMBER_DIGITS_MAX 10

/* A body cut at each "$(request)": between one piece and the next stands the request's number. */
struct http_client_body {
    const char *const *pieces;
    const size_t *lengths;
    size_t piece_count; /* 1: the same body for every request */
    size_t length_max;
};

struct curl_slist;

struct http_client_message {
    const char *method;
    const char *path; /* NULL: of the attempt (a probe) */
    struct http_client_body body;
    const char *const
        *lines; /* header lines "Name: value"; "Name:" keeps libcurl from adding its own */
    size_t line_count;
    struct curl_slist *list; /* the lines as libcurl takes them; by http_client_attempt_lines */
    bool is_head;
    bool sends_body;     /* perhaps an empty one, so that Content-Length goes along */
    bool own_connection; /* a new one, closed afterwards */
    bool keyed;          /* the attempt adds an Idempotency-Key */
};

/* request NULL: a probe. Texts belong to the scenario and the arena. */
void http_client_message_init(struct http_client_message *message,
                              struct arena *arena,
                              const struct traffic_request *request,
                              bool keepalive);

/* The text is the body of the longest life: the pieces point into it. */
struct http_client_body http_client_body_cut(struct arena *arena, const char *text);

/* Writes at most length_max bytes, no NUL; returns how many. */
size_t
http_client_body_write(const struct http_client_body *body, uint32_t number, char *ret_bytes);

#endif
