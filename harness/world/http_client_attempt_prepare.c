/* What an attempt sends: the handle is set up anew only as far as it differs from its last use. */
#include "base/check.h"
#include "world/http_client_attempt.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define SET(easy, option, value) CHECK(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

static void set_method(const struct http_client_attempt *attempt)
{
    const struct http_client_message *message = attempt->message;
    CURL *easy = attempt->easy;
    SET(easy, CURLOPT_HTTPGET, 1L); /* undoes the two below */
    if (message->sends_body) {
        SET(easy, CURLOPT_POST, 1L);
    }
    if (message->is_head) {
        SET(easy, CURLOPT_NOBODY, 1L);
    }
    SET(easy, CURLOPT_CUSTOMREQUEST, message->method);
    SET(easy, CURLOPT_FRESH_CONNECT, message->own_connection ? 1L : 0L);
    SET(easy, CURLOPT_FORBID_REUSE, message->own_connection ? 1L : 0L);
}

static void set_address(const struct http_client_attempt *attempt)
{
    struct http_client_ground *ground = attempt->ground;
    const struct node_place *place = attempt->target->place;
    size_t needed =
        sizeof "http://" + strlen(place->authority) + strlen(place->prefix) + strlen(attempt->path);

    if (needed > ground->address_size) {
        ground->address_size = needed;
        ground->address = arena_alloc(ground->arena, needed);
    }
    int length = snprintf(ground->address, ground->address_size, "http://%s%s%s", place->authority,
                          place->prefix, attempt->path);
    CHECK(length > 0 && (size_t)length < ground->address_size);
    SET(attempt->easy, CURLOPT_URL, ground->address);
    SET(attempt->easy, CURLOPT_CONNECT_TO, attempt->target->connect_to);
}

static void set_body(struct http_client_attempt *attempt, uint32_t number)
{
    const struct http_client_body *body = &attempt->message->body;
    const char *bytes = body->pieces[0];
    size_t length = body->lengths[0];

    if (attempt->own_body != NULL) {
        bytes = attempt->own_body;
        length = strlen(bytes);
    } else if (body->piece_count > 1) {
        if (attempt->body == NULL) {
            attempt->body = arena_alloc(attempt->ground->arena, attempt->ground->body_max);
        }
        CHECK(body->length_max <= attempt->ground->body_max);
        length = http_client_body_write(body, number, attempt->body);
        bytes = attempt->body;
    }
    SET(attempt->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    SET(attempt->easy, CURLOPT_POSTFIELDS, bytes); /* not copied */
}

struct curl_slist *http_client_attempt_lines(struct arena *arena,
                                             const struct http_client_message *message)
{
    struct curl_slist *first = NULL;
    struct curl_slist **end = &first;
    for (size_t i = 0; i < message->line_count; i++) {
        *end = ARENA_NEW(arena, struct curl_slist);
        (*end)->data = arena_copy(arena, message->lines[i], strlen(message->lines[i]));
        end = &(*end)->next;
    }
    return first;
}

/* List nodes of our own in front of the message's: libcurl only reads it. */
static void set_lines(struct http_client_attempt *attempt)
{
    struct curl_slist *lines = attempt->message->list;
    if (attempt->last_event != 0) {
        int length = snprintf(attempt->key_text, sizeof attempt->key_text, "Last-Event-ID: %llu",
                              (unsigned long long)attempt->last_event);
        CHECK(length > 0 && (size_t)length < sizeof attempt->key_text);
        attempt->key_line = (struct curl_slist){.data = attempt->key_text, .next = lines};
        lines = &attempt->key_line;
    }
    if (attempt->what.request == REQUEST_NONE) {
        SET(attempt->easy, CURLOPT_HTTPHEADER, lines);
        return;
    }
    int length = snprintf(attempt->id_text, sizeof attempt->id_text, "X-Request-Id: %u-%u",
                          attempt->ground->run, attempt->what.request);
    CHECK(length > 0 && (size_t)length < sizeof attempt->id_text);
    if (attempt->message->keyed) {
        length = snprintf(attempt->key_text, sizeof attempt->key_text, "Idempotency-Key: %u-%u",
                          attempt->ground->run, attempt->what.request);
        CHECK(length > 0 && (size_t)length < sizeof attempt->key_text);
        attempt->key_line = (struct curl_slist){.data = attempt->key_text, .next = lines};
        lines = &attempt->key_line;
    }
    attempt->id_line = (struct curl_slist){.data = attempt->id_text, .next = lines};
    SET(attempt->easy, CURLOPT_HTTPHEADER, &attempt->id_line);
}

static void forget_last_use(struct http_client_attempt *attempt)
{
    attempt->fd = -1;
    attempt->sent = false;
    attempt->headers_done = false;
    attempt->headers_untold = false;
    attempt->header_bytes = 0;
    attempt->body_bytes = 0;
    CHECK(EVP_DigestInit_ex(attempt->digest, attempt->ground->sha256, NULL) == 1);
}

void http_client_attempt_prepare(struct http_client_attempt *attempt,
                                 const struct world_attempt *what,
                                 const struct http_client_message *message,
                                 const struct http_client_target *target)
{
    const char *path = message->path != NULL ? message->path : what->probe_path;

    forget_last_use(attempt);
    attempt->what = *what;
    if (attempt->message != message) {
        attempt->message = message;
        set_method(attempt);
    }
    if (attempt->path != path || attempt->target != target) {
        attempt->path = path;
        attempt->target = target;
        set_address(attempt);
    }
    if (message->sends_body) {
        set_body(attempt, what->request);
    }
    set_lines(attempt);
}
