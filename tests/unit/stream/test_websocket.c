#include "core/stream/websocket.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

/* The pair of RFC 6455, section 1.3. */
#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define STATUS  "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECT "Connection: Upgrade\r\n"
#define PROOF   "Sec-WebSocket-Accept: " ACCEPT "\r\n"

static struct websocket_answer last;

/* In two pieces, cut everywhere; all must agree. `rest` bytes stay untouched. */
static void expect_with_rest(const char *text, enum websocket_step expected, size_t rest)
{
    size_t length = strlen(text);

    for (size_t cut = 0; cut <= length; cut++) {
        struct websocket_answer answer;
        const char *at = text;
        enum websocket_step step = WEBSOCKET_MORE;

        websocket_answer_init(&answer, ACCEPT);
        step = websocket_answer_step(&answer, &at, text + cut);
        if (step == WEBSOCKET_MORE) {
            assert_ptr_equal(at, text + cut);
            step = websocket_answer_step(&answer, &at, text + length);
        }
        assert_int_equal(step, expected);
        assert_int_equal(answer.why != NULL, expected == WEBSOCKET_BROKEN);
        assert_true(expected == WEBSOCKET_BROKEN || at == text + length - rest);
        last = answer;
    }
}

static void expect(const char *text, enum websocket_step expected)
{
    expect_with_rest(text, expected, 0);
}

static void expect_why(const char *text, const char *why)
{
    expect(text, WEBSOCKET_BROKEN);
    assert_string_equal(last.why, why);
}

static void test_the_request(void **state)
{
    char buffer[512];
    struct text text;
    const struct http_header header = {.name = "Authorization", .value = "Bearer x"};
    const struct websocket_request request = {
        .host = "127.0.0.1:8080",
        .path = "/ws?interval=100ms",
        .key = KEY,
        .headers = &header,
        .header_count = 1,
        .id = "1-2",
    };

    (void)state;
    text_init(&text, buffer, sizeof buffer);
    websocket_request_write(&text, &request);
    assert_string_equal(buffer, "GET /ws?interval=100ms HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
                                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n"
                                "X-Request-Id: 1-2\r\nAuthorization: Bearer x\r\n\r\n");
    text_init(&text, buffer, 64);
    websocket_request_write(&text, &request);
    assert_true(text.overflowed);
}

static void test_a_right_answer_opens(void **state)
{
    (void)state;
    expect(STATUS UPGRADE CONNECT PROOF "\r\n", WEBSOCKET_OPEN);
    expect_with_rest(STATUS UPGRADE CONNECT PROOF "\r\n\x81\x01x", WEBSOCKET_OPEN, 3);
    expect("HTTP/1.1 101\r\nUPGRADE:WebSocket\nconnection: keep-alive ,\tupgrade \n"
           "sec-websocket-accept:\t" ACCEPT " \nServer: x\n\n",
           WEBSOCKET_OPEN);
    expect(
        "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Go\r\n\r\n" STATUS UPGRADE CONNECT PROOF
        "\r\n",
        WEBSOCKET_OPEN);
    assert_int_equal(last.status, 101);
}

static void test_an_answer_that_lacks_a_header_is_wrong(void **state)
{
    (void)state;
    expect_why(STATUS CONNECT PROOF "\r\n", "no 'Upgrade: websocket'");
    expect_why(STATUS "Upgrade: h2c\r\n" CONNECT PROOF "\r\n", "no 'Upgrade: websocket'");
    expect_why(STATUS UPGRADE PROOF "\r\n", "no 'Connection: Upgrade'");
    expect_why(STATUS UPGRADE "Connection: Upgraded\r\n" PROOF "\r\n", "no 'Connection: Upgrade'");
    expect_why(STATUS UPGRADE CONNECT "\r\n", "no Sec-WebSocket-Accept");
    expect_why("HTTP/1.0 101 Old\r\n" UPGRADE CONNECT PROOF "\r\n", "the answer is not HTTP/1.1");
}

static void test_the_proof_must_fit(void **state)
{
    (void)state;
    expect_why(STATUS UPGRADE CONNECT "Sec-WebSocket-Accept: " KEY "\r\n\r\n",
               "Sec-WebSocket-Accept does not fit the key");
    expect_why(STATUS UPGRADE CONNECT "Sec-WebSocket-Accept:\r\n\r\n",
               "Sec-WebSocket-Accept does not fit the key");
    expect_why(STATUS UPGRADE CONNECT PROOF "Sec-WebSocket-Accept: x\r\n\r\n",
               "Sec-WebSocket-Accept does not fit the key");
    /* Base64 tells upper from lower case. */
    expect_why(STATUS UPGRADE CONNECT "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
               "Sec-WebSocket-Accept does not fit the key");
}

static void test_what_was_not_asked_for_is_wrong(void **state)
{
    (void)state;
    expect_why(STATUS UPGRADE CONNECT PROOF "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
               "an extension that was not asked for");
    expect_why(STATUS UPGRADE CONNECT PROOF "Sec-WebSocket-Protocol: chat\r\n\r\n",
               "a subprotocol that was not asked for");
}

static void test_another_status_refuses(void **state)
{
    (void)state;
    expect_with_rest("HTTP/1.1 503 No\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}",
                     WEBSOCKET_REFUSED, 2);
    assert_int_equal(last.status, 503);
    assert_true(last.retry_after == 2 * NANOS_PER_S);
    expect("HTTP/1.0 404 No\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n\r\n",
           WEBSOCKET_REFUSED);
    assert_true(last.retry_after == 0);
    expect("HTTP/1.1 200 OK\r\n" UPGRADE CONNECT PROOF "\r\n", WEBSOCKET_REFUSED);
    expect("HTTP/1.1 429 No\r\nRetry-After: 99999999999999999999\r\n\r\n", WEBSOCKET_REFUSED);
    assert_true(last.retry_after == 24 * NANOS_PER_HOUR);
}

static void test_what_is_no_http(void **state)
{
    static const char *const wrong[] = {
        "SSH-2.0-OpenSSH\r\n",        "\r\n",
        "HTTP/2 101 x\r\n",           "HTTP/1.1 1\r\n",
        "HTTP/1.1 1011\r\n",          "HTTP/1.1  101\r\n",
        "HTTP/1.1 099 x\r\n",         "HTTP/1.1 101x\r\n",
        STATUS "no colon\r\n",        STATUS ": no name\r\n",
        STATUS "Up grade: x\r\n",     STATUS "Upgrade : websocket\r\n",
        STATUS UPGRADE " folded\r\n", STATUS "A: b\rc\r\n",
        STATUS "A: b\x01\r\n",        "\x16\x03\x01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        expect(wrong[i], WEBSOCKET_BROKEN);
    }
}

static void test_long_headers_that_do_not_matter_are_skipped(void **state)
{
    char text[4 * WEBSOCKET_LINE_MAX];

    (void)state;
    (void)snprintf(text, sizeof text, STATUS "Cookie: %0*d\r\n" UPGRADE CONNECT PROOF "\r\n",
                   2 * WEBSOCKET_LINE_MAX, 1);
    expect(text, WEBSOCKET_OPEN);
    (void)snprintf(text, sizeof text, STATUS "Upgrade: %0*d, websocket\r\n", WEBSOCKET_LINE_MAX, 1);
    expect_why(text, "a header is too long");
    (void)snprintf(text, sizeof text, STATUS "%0*d: x\r\n", 2 * WEBSOCKET_LINE_MAX, 1);
    expect_why(text, "a header without a name");
}

/* length: of the head without its last, empty line. */
static enum websocket_step answer_of_length(size_t length)
{
    struct websocket_answer answer;
    static const char start[] = STATUS UPGRADE CONNECT PROOF;
    size_t sent = strlen(start);
    const char *at = start;

    websocket_answer_init(&answer, ACCEPT);
    assert_int_equal(websocket_answer_step(&answer, &at, start + sent), WEBSOCKET_MORE);
    for (; sent < length; sent += 4) {
        static const char header[] = "a:\r\n";
        enum websocket_step step = WEBSOCKET_MORE;

        at = header;
        step = websocket_answer_step(&answer, &at, header + 4);
        if (step != WEBSOCKET_MORE) {
            return step;
        }
    }
    at = "\r\n";
    return websocket_answer_step(&answer, &at, at + 2);
}

static void test_endless_headers_are_bounded(void **state)
{
    char line[2] = "x";
    struct websocket_answer answer;
    enum websocket_step step = WEBSOCKET_MORE;
    size_t sent = 0;

    (void)state;
    assert_int_equal(answer_of_length(WEBSOCKET_HEAD_MAX - 8), WEBSOCKET_OPEN);
    assert_int_equal(answer_of_length(WEBSOCKET_HEAD_MAX), WEBSOCKET_BROKEN);
    assert_int_equal(answer_of_length(100 * WEBSOCKET_HEAD_MAX), WEBSOCKET_BROKEN);
    websocket_answer_init(&answer, ACCEPT);
    for (; step == WEBSOCKET_MORE && sent < 2 * WEBSOCKET_HEAD_MAX; sent++) {
        const char *at = line;

        step = websocket_answer_step(&answer, &at, line + 1);
    }
    assert_int_equal(step, WEBSOCKET_BROKEN);
    assert_int_equal(sent, WEBSOCKET_HEAD_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_request),
        cmocka_unit_test(test_a_right_answer_opens),
        cmocka_unit_test(test_an_answer_that_lacks_a_header_is_wrong),
        cmocka_unit_test(test_the_proof_must_fit),
        cmocka_unit_test(test_what_was_not_asked_for_is_wrong),
        cmocka_unit_test(test_another_status_refuses),
        cmocka_unit_test(test_what_is_no_http),
        cmocka_unit_test(test_long_headers_that_do_not_matter_are_skipped),
        cmocka_unit_test(test_endless_headers_are_bounded),
    };

    return cmocka_run_group_tests_name("stream/websocket", tests, NULL, NULL);
}
