#include "world/http_question.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BYTES = 4096,
};

static bool take_headers(void *context, uint16_t status, const char *content_type)
{
    struct http_question *question = context;
    (void)content_type;
    question->status = status;
    return !question->what.status_only;
}

static void grow(struct http_question *question, size_t needed)
{
    size_t capacity = question->capacity == 0 ? FIRST_BYTES : question->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    if (capacity > question->capacity) {
        question->bytes = realloc(question->bytes, capacity);
        CHECK_MEMORY(question->bytes != NULL);
        question->capacity = capacity;
    }
}

static bool take_body(void *context, const char *bytes, size_t length)
{
    struct http_question *question = context;
    if (length > HTTP_QUESTION_BODY_MAX - question->length) {
        return false;
    }
    grow(question, question->length + length + 1);
    memcpy(question->bytes + question->length, bytes, length);
    question->length += length;
    question->bytes[question->length] = '\0';
    return true;
}

static void take_end(void *context, enum outcome outcome, nanos at)
{
    struct http_question *question = context;
    (void)at;
    question->attempt = NULL;
    question->over = true;
    question->outcome =
        question->what.status_only && question->status != 0 ? OUTCOME_ANSWER : outcome;
}

void http_question_ask(struct http_question *question,
                       struct http_client *http,
                       const struct http_question_what *what)
{
    nanos started;
    CHECK(question->attempt == NULL);
    char *bytes = question->bytes;
    size_t capacity = question->capacity;
    *question = (struct http_question){
        .http = http,
        .how = {.method = what->body != NULL ? METHOD_POST : METHOD_GET,
                .body = what->body,
                .fresh = what->fresh},
        .sink = {.headers = take_headers, .body = take_body, .ended = take_end},
        .what = *what,
        .bytes = bytes,
        .capacity = capacity,
    };
    question->sink.context = question;
    const struct http_client_opening opening = {
        .path = what->path,
        .connect_limit = NANOS_NEVER,
        .node = what->node,
        .question = &question->how,
        .sink = &question->sink,
    };
    question->attempt = http_client_open(http, &opening, &started);
}

bool http_question_poll(struct http_question *question, nanos now)
{
    if (question->attempt != NULL && question->what.limit <= now) {
        http_client_close(question->http, question->attempt);
        question->attempt = NULL;
        question->over = true;
        question->outcome = OUTCOME_TIMEOUT;
    }
    return question->over;
}

nanos http_question_deadline(const struct http_question *question)
{
    if (question->over) {
        return 0;
    }
    return question->attempt == NULL ? NANOS_NEVER : question->what.limit;
}

void http_question_done(struct http_question *question)
{
    if (question->attempt != NULL) {
        http_client_close(question->http, question->attempt);
    }
    free(question->bytes);
    *question = (struct http_question){.attempt = NULL};
}
