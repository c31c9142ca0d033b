/* One question of the harness's own to a process, over HTTP: asked once, its answer collected up to
   a limit in bytes and time. It refuses to know what the answer means. */
#ifndef BASCULE_WORLD_HTTP_QUESTION_H
#define BASCULE_WORLD_HTTP_QUESTION_H

#include "base/nanos.h"
#include "core/journal.h"
#include "world/http_client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_QUESTION_BODY_MAX 1048576 /* past it the answer is TRUNCATED */

struct http_question_what {
    const char *path; /* these stay where they are until the question is over */
    const char *body; /* NULL: GET, else POST */
    nanos limit;      /* CLOCK_MONOTONIC; no answer later than that */
    uint16_t node;    /* or service */
    bool fresh;       /* over a connection of its own */
    bool status_only; /* over as soon as the status is known */
};

/* Stays in place while it is under way. All zero before the first. */
struct http_question {
    struct http_client *http;
    struct http_client_attempt *attempt; /* NULL: not under way */
    struct http_client_question how;
    struct http_client_sink sink;
    struct http_question_what what;
    char *bytes; /* of the answer, a NUL after them; NULL: none */
    size_t length;
    size_t capacity;
    uint16_t status; /* 0: none yet */
    enum outcome outcome;
    bool over;
};

/* It is not under way. */
void http_question_ask(struct http_question *question,
                       struct http_client *http,
                       const struct http_question_what *what);
/* Is it over? Then the fields hold the answer. After each http_client_poll. */
bool http_question_poll(struct http_question *question, nanos now);
nanos http_question_deadline(const struct http_question *question);
/* Ends it if it is under way, and frees the answer. */
void http_question_done(struct http_question *question);

#endif
