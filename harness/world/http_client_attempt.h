/* One attempt on one libcurl easy handle: its options, what its callbacks record, and how it ended;
   it refuses to know multi handles, pools and time limits. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_ATTEMPT_H
#define BASCULE_WORLD_HTTP_CLIENT_ATTEMPT_H

#include "base/arena.h"
#include "core/journal.h"
#include "world/http_client_list.h"
#include "world/http_client_message.h"
#include "world/http_client_sockets.h"
#include "world/http_client_target.h"
#include "world/world.h"

#include <curl/curl.h>
#include <openssl/types.h>
#include <stdbool.h>
#include <stdint.h>

#define ATTEMPT_BODY_BYTES_MAX   (UINT64_C(16) * 1024 * 1024) /* of an answer; past it TRUNCATED */
#define ATTEMPT_HEADER_BYTES_MAX (UINT32_C(256) * 1024)       /* likewise */

struct http_client_attempt;
struct http_client_pool;
struct http_client_sink;

/* What all attempts of a client share. */
struct http_client_ground {
    struct arena *arena;
    struct http_client_sockets *sockets;
    uint32_t run;
    size_t body_max; /* bytes of the longest body that is written for each request */
    EVP_MD *sha256;
    char *address; /* scratch */
    size_t address_size;
    struct http_client_list idle; /* ready for reuse */
    struct http_client_list told; /* to be reported */
    uint32_t starved;
};

/* Used again and again; whoever it is under way for is in `what`. */
struct http_client_attempt {
    struct http_client_ground *ground;
    struct http_client_list *list; /* the one list that it is on, NULL: none */
    struct http_client_attempt *next;
    struct http_client_attempt *previous;
    struct http_client_attempt *older; /* all that were ever made */
    CURL *easy;
    EVP_MD_CTX *digest;
    struct curl_slist id_line;
    char id_text[sizeof "X-Request-Id: 4294967295-4294967295"];
    struct curl_slist key_line;
    char key_text[sizeof "Idempotency-Key: 4294967295-4294967295"];
    char *body; /* body_max bytes once they are needed */

    const struct http_client_message
        *message;     /* what the handle is set up for, NULL: nothing yet */
    const char *path; /* NULL: it is to be set */
    const struct http_client_target *target;

    struct http_client_pool *pool;         /* NULL: not under way */
    struct http_client_socket **connected; /* chain for the connection it opens */
    struct world_attempt what;
    const struct http_client_sink *sink; /* NULL: the body is only hashed */
    const char *own_body;                /* instead of the message's, NULL: none */
    uint64_t last_event;                 /* for Last-Event-ID; 0: none */
    int fd;                              /* of the connection that it opened, -1: none */
    bool sent;                           /* the request may have left */
    bool headers_done;
    bool headers_untold;
    uint32_t header_bytes;
    uint64_t body_bytes;
    uint16_t headers_status;
    nanos headers_at;
    struct occurrence end; /* once pool is NULL */
};

/* Memory from the ground's arena, handles until http_client_attempt_free. */
struct http_client_attempt *http_client_attempt_new(struct http_client_ground *ground);
void http_client_attempt_free(struct http_client_attempt *attempt);

/* http_client_attempt_prepare.c: the message's lines as libcurl takes them, in the arena. */
struct curl_slist *http_client_attempt_lines(struct arena *arena,
                                             const struct http_client_message *message);
/* Sets the handle up. */
void http_client_attempt_prepare(struct http_client_attempt *attempt,
                                 const struct world_attempt *what,
                                 const struct http_client_message *message,
                                 const struct http_client_target *target);

/* What libcurl's verdict means here. */
enum outcome http_client_attempt_outcome(struct http_client_attempt *attempt, CURLcode code);

/* Fills `end`. Before the handle is used for anything else. */
void http_client_attempt_finish(struct http_client_attempt *attempt,
                                enum outcome outcome,
                                nanos at);

/* The occurrence that tells of its headers. */
struct occurrence http_client_attempt_headers(const struct http_client_attempt *attempt);

#endif
