#include "world/http_client_attempt.h"

#include "base/check.h"
#include "world/http_client.h"
#include "world/loop.h"

#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stddef.h>

#define RETRY_AFTER_S_MAX INT64_C(86400)

enum {
    RECEIVE_BYTES = 4096, /* held by every attempt in flight; libcurl's own choice is 16 KiB */
    UPLOAD_BYTES = 16 * 1024,
};

#define SET(easy, option, value) CHECK(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* libcurl calls this when the connection stands and the request is next. A second call within an
   attempt means that a reused connection died and libcurl is about to send the request again by
   itself, which it must never do. */
static int about_to_send(void *context, char *to, char *from, int to_port, int from_port)
{
    struct http_client_attempt *attempt = context;
    (void)to;
    (void)from;
    (void)to_port;
    (void)from_port;
    if (attempt->sent) {
        return CURL_PREREQFUNC_ABORT;
    }
    attempt->sent = true;
    http_client_list_remove(attempt); /* its connect limit is over */
    if (attempt->fd >= 0) {
        http_client_sockets_connected(attempt->ground->sockets, attempt->fd, attempt->connected);
    }
    return CURL_PREREQFUNC_OK;
}

static bool is_want(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL || error == EAGAIN;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_client_attempt *attempt = context;
    (void)purpose;
    (void)address;
    if (attempt->sent) {
        return CURL_SOCKET_BAD; /* for sending again, see above */
    }
    attempt->fd = http_client_sockets_open();
    if (attempt->fd < 0) {
        CHECK(is_want(errno));
        attempt->ground->starved++;
        return CURL_SOCKET_BAD;
    }
    return attempt->fd;
}

static int close_socket(void *context, curl_socket_t fd)
{
    http_client_sockets_close(context, fd);
    return 0;
}

static uint16_t status_of(const struct http_client_attempt *attempt)
{
    long status = 0;
    CHECK(curl_easy_getinfo(attempt->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
    return status > 0 && status <= UINT16_MAX ? (uint16_t)status : 0;
}

static void headers_end(struct http_client_attempt *attempt)
{
    attempt->headers_done = true;
    if (attempt->what.want_headers) {
        attempt->headers_untold = true;
        attempt->headers_status = status_of(attempt);
        attempt->headers_at = loop_clock();
        http_client_list_insert(&attempt->ground->told, attempt->ground->told.last, attempt);
    }
}

static bool sink_wants(const struct http_client_attempt *attempt)
{
    const char *type = NULL;
    CHECK(curl_easy_getinfo(attempt->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK);
    return attempt->sink->headers(attempt->sink->context, status_of(attempt), type);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_client_attempt *attempt = context;
    size_t length = size * count;

    if (length > ATTEMPT_HEADER_BYTES_MAX - attempt->header_bytes) {
        return CURL_WRITEFUNC_ERROR;
    }
    attempt->header_bytes += (uint32_t)length;
    bool last = bytes[0] == '\r' || bytes[0] == '\n';
    if (last && !attempt->headers_done && status_of(attempt) >= 200) {
        headers_end(attempt);
        return attempt->sink == NULL || sink_wants(attempt) ? length : CURL_WRITEFUNC_ERROR;
    }
    return length;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_client_attempt *attempt = context;
    size_t length = size * count;

    if (attempt->sink != NULL) {
        bool wants = attempt->sink->body(attempt->sink->context, bytes, length);
        return wants ? length : CURL_WRITEFUNC_ERROR;
    }
    if (length > ATTEMPT_BODY_BYTES_MAX - attempt->body_bytes) {
        return CURL_WRITEFUNC_ERROR;
    }
    attempt->body_bytes += length;
    CHECK(EVP_DigestUpdate(attempt->digest, bytes, length) == 1);
    return length;
}

static void set_lasting_options(struct http_client_attempt *attempt)
{
    CURL *easy = attempt->easy;
    SET(easy, CURLOPT_PRIVATE, attempt);
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    SET(easy, CURLOPT_PROXY, "");
    SET(easy, CURLOPT_PROTOCOLS_STR, "http");
    SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_PATH_AS_IS, 1L);
    SET(easy, CURLOPT_TCP_NODELAY, 1L);
    SET(easy, CURLOPT_IPRESOLVE, (long)CURL_IPRESOLVE_V4);
    SET(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
    SET(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
    /* Limits are judged by http_client.c, once all that is ready was read; 0 would mean 300 s. */
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)INT_MAX);
    SET(easy, CURLOPT_PREREQFUNCTION, about_to_send);
    SET(easy, CURLOPT_PREREQDATA, attempt);
    SET(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(easy, CURLOPT_OPENSOCKETDATA, attempt);
    /* A connection outlives the attempt that opened it. */
    SET(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    SET(easy, CURLOPT_CLOSESOCKETDATA, attempt->ground->sockets);
    SET(easy, CURLOPT_HEADERFUNCTION, take_header);
    SET(easy, CURLOPT_HEADERDATA, attempt);
    SET(easy, CURLOPT_WRITEFUNCTION, take_body);
    SET(easy, CURLOPT_WRITEDATA, attempt);
}

struct http_client_attempt *http_client_attempt_new(struct http_client_ground *ground)
{
    struct http_client_attempt *attempt = ARENA_NEW(ground->arena, struct http_client_attempt);
    attempt->ground = ground;
    attempt->easy = curl_easy_init();
    attempt->digest = EVP_MD_CTX_new();
    CHECK(attempt->easy != NULL && attempt->digest != NULL);
    set_lasting_options(attempt);
    return attempt;
}

void http_client_attempt_free(struct http_client_attempt *attempt)
{
    curl_easy_cleanup(attempt->easy);
    EVP_MD_CTX_free(attempt->digest);
}

/* libcurl calls it no connection, too, if one stood and was reset before libcurl had a look. */
static enum outcome not_connected(struct http_client_attempt *attempt)
{
    long error = 0;
    CHECK(curl_easy_getinfo(attempt->easy, CURLINFO_OS_ERRNO, &error) == CURLE_OK);
    if (attempt->fd >= 0 && is_want((int)error)) {
        attempt->ground->starved++; /* this machine's fault, not the node's */
    }
    return error == ECONNRESET || error == EPIPE ? OUTCOME_RESET : OUTCOME_REFUSED;
}

enum outcome http_client_attempt_outcome(struct http_client_attempt *attempt, CURLcode code)
{
    if (attempt->headers_done) {
        return code == CURLE_OK ? OUTCOME_ANSWER : OUTCOME_TRUNCATED;
    }
    if (!attempt->sent && code == CURLE_COULDNT_CONNECT) {
        return not_connected(attempt);
    }
    if (!attempt->sent && code == CURLE_OPERATION_TIMEDOUT) {
        return OUTCOME_CONNECT_TIMEOUT;
    }
    bool no_http = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY ||
                   code == CURLE_WRITE_ERROR || code == CURLE_BAD_CONTENT_ENCODING;
    return attempt->sent && no_http ? OUTCOME_TRUNCATED : OUTCOME_RESET;
}

static uint64_t body_hash_of(const struct http_client_attempt *attempt)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    uint64_t first_bytes = 0;

    CHECK(EVP_DigestFinal_ex(attempt->digest, hash, NULL) == 1);
    for (size_t i = 0; i < sizeof first_bytes; i++) {
        first_bytes = first_bytes << 8 | hash[i];
    }
    return first_bytes;
}

static nanos retry_after_of(const struct http_client_attempt *attempt)
{
    curl_off_t seconds = 0;
    CHECK(curl_easy_getinfo(attempt->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK);
    if (seconds <= 0) {
        return 0;
    }
    return nanos_min(seconds, RETRY_AFTER_S_MAX) * NANOS_PER_S;
}

static struct occurrence occurrence_of(const struct http_client_attempt *attempt)
{
    return (struct occurrence){
        .node = attempt->what.node,
        .attempt =
            {
                .ref = attempt->what.ref,
                .request = attempt->what.request,
                .client = attempt->what.client,
                .sent = attempt->sent,
            },
    };
}

void http_client_attempt_finish(struct http_client_attempt *attempt, enum outcome outcome, nanos at)
{
    struct occurrence *end = &attempt->end;

    *end = occurrence_of(attempt);
    end->at = at;
    end->kind = OCCURRENCE_ATTEMPT_ENDED;
    end->attempt.outcome = outcome;
    end->attempt.reused = attempt->sent && attempt->fd < 0;
    end->attempt.begun = attempt->header_bytes > 0;
    if (outcome == OUTCOME_ANSWER) {
        end->attempt.status = status_of(attempt);
        end->attempt.retry_after = retry_after_of(attempt);
        end->attempt.body_hash = body_hash_of(attempt);
    }
}

struct occurrence http_client_attempt_headers(const struct http_client_attempt *attempt)
{
    struct occurrence headers = occurrence_of(attempt);

    headers.at = attempt->headers_at;
    headers.kind = OCCURRENCE_HEADERS;
    headers.attempt.status = attempt->headers_status;
    return headers;
}
