/* What an attempt sends, and how each way to answer it, or not to, is called. */
#include "world/http_client.h"

#include "http_fixture.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void assert_report(const struct occurrence *report,
                          struct attempt_ref ref,
                          enum outcome outcome,
                          uint16_t status)
{
    assert_int_equal(report->kind, OCCURRENCE_ATTEMPT_ENDED);
    assert_int_equal(report->attempt.ref.id, ref.id);
    assert_int_equal(report->attempt.ref.slot, ref.slot);
    assert_int_equal(report->attempt.outcome, outcome);
    assert_int_equal(report->attempt.status, status);
    assert_int_equal(report->attempt.client, 0);
    assert_int_equal(report->node, 0);
}

/* One GET of an answer that the node sends so. */
static const struct occurrence *
get(struct http_fixture *fixture, void (*serve)(struct raw_connection *), const char *answer)
{
    fixture->server[0].serve = serve;
    fixture->server[0].answer = answer;
    (void)fixture_start(fixture, GET_THING);
    const struct occurrence *report = fixture_end(fixture);
    assert_int_equal(http_client_in_flight(fixture->http), 0);
    return report;
}

static void test_answer(void **state)
{
    struct http_fixture *fixture = *state;
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);

    nanos before = loop_clock();
    nanos started = http_client_start(fixture->http, &attempt);
    assert_true(started >= before && started <= loop_clock());
    assert_int_equal(http_client_in_flight(fixture->http), 1);
    const struct occurrence *report = fixture_end(fixture);
    assert_report(report, attempt.ref, OUTCOME_ANSWER, 200);
    assert_true(report->attempt.sent);
    assert_int_equal(report->attempt.request, attempt.request);
    assert_int_equal(report->attempt.body_hash, HASH_OF_HELLO);
    assert_int_equal(report->attempt.retry_after, 0);
    assert_true(report->at >= started && report->at <= loop_clock());
    assert_int_equal(http_client_in_flight(fixture->http), 0);
    assert_int_equal(fixture->report_count, 1);
}

static char seen[RAW_REQUEST_MAX];

static void keep_and_answer(struct raw_connection *connection)
{
    memcpy(seen, connection->request, sizeof seen);
    raw_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static const char *request_of(struct http_fixture *fixture, size_t thing)
{
    fixture->server[0].serve = keep_and_answer;
    (void)fixture_start(fixture, thing);
    assert_int_equal(fixture_end(fixture)->attempt.outcome, OUTCOME_ANSWER);
    return seen;
}

static void test_request_as_sent(void **state)
{
    struct http_fixture *fixture = *state;
    char expected[512];

    fixture->next_id = 41;
    (void)snprintf(expected, sizeof expected,
                   "GET /a/../thing?b=c/../d HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: */*\r\n"
                   "X-Request-Id: 7-142\r\nAuthorization: Bearer x\r\nX-Empty:\r\n\r\n",
                   fixture->server[0].port);
    assert_string_equal(request_of(fixture, GET_THING), expected);
}

static void test_post_as_sent(void **state)
{
    struct http_fixture *fixture = *state;

    fixture->next_id = UINT32_MAX - 102;
    const char *request = request_of(fixture, POST_THING);
    const char *body = strstr(request, "\r\n\r\n") + 4;
    assert_non_null(strstr(request, "Content-Length: 40\r\n"));
    assert_non_null(strstr(request, "X-Request-Id: 7-4294967294\r\n"));
    assert_string_equal(body, "{\"seat\":\"4294967294\",\"again\":4294967294}");
    assert_non_null(strstr(request, "POST /things HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(request, "Connection: close\r\n"));
    assert_null(strstr(request, "Expect"));
}

static size_t keys_in(const char *request)
{
    size_t count = 0;

    for (const char *at = strcasestr(request, "\r\nidempotency-key:"); at != NULL;
         at = strcasestr(at + 1, "\r\nidempotency-key:")) {
        count++;
    }
    return count;
}

/* The scenario's own is the only one, in whatever case it is written. */
static void test_one_idempotency_key(void **state)
{
    static const struct http_header own = {.name = "idempotency-key", .value = "mine"};
    struct traffic_request requests[] = {
        {.method = METHOD_POST, .path = "/things", .idempotent = true},
        {.method = METHOD_POST, .path = "/things", .headers = &own, .header_count = 1},
    };
    struct http_fixture *fixture = *state;

    fixture->scenario.traffic = (struct traffic){.requests = requests, .request_count = 2};
    fixture->scenario.client.idempotency_key = true;
    fixture_renew_client(fixture);
    fixture->server[0].serve = keep_and_answer;
    for (size_t i = 0; i < 2; i++) {
        struct world_attempt attempt = fixture_attempt(fixture, 0);
        attempt.what = &requests[i];
        (void)http_client_start(fixture->http, &attempt);
        assert_int_equal(fixture_end(fixture)->attempt.outcome, OUTCOME_ANSWER);
        assert_int_equal(keys_in(seen), 1);
        assert_int_equal(strstr(seen, "idempotency-key: mine\r\n") != NULL, i == 1);
    }
}

/* One easy handle serves all of these one after another: nothing of one may remain in the next. */
static void test_methods_do_not_leak_into_each_other(void **state)
{
    struct http_fixture *fixture = *state;

    for (int round = 0; round < 2; round++) {
        assert_non_null(strstr(request_of(fixture, POST_THING), "{\"seat\":"));
        assert_null(strstr(request_of(fixture, GET_THING), "Content-"));
        assert_ptr_equal(strstr(request_of(fixture, HEAD_THING), "HEAD /thing HTTP/1.1\r\n"), seen);
        assert_null(strstr(seen, "Content-"));
        const char *put = request_of(fixture, PUT_NOTHING);
        assert_ptr_equal(strstr(put, "PUT /thing HTTP/1.1\r\n"), put);
        assert_non_null(strstr(put, "Content-Length: 0\r\n"));
        assert_null(strstr(put, "Content-Type"));
        assert_null(strstr(put, "Connection"));
        const char *delete = request_of(fixture, DELETE_WITH_BODY);
        assert_ptr_equal(strstr(delete, "DELETE /thing HTTP/1.1\r\n"), delete);
        assert_non_null(strstr(delete, "\r\n\r\nwhy not"));
        assert_null(strstr(delete, "Content-Type"));
        assert_null(strstr(request_of(fixture, GET_THING), "why not"));
    }
    assert_int_equal(fixture->server[0].requests, 12);
}

static void test_probe_as_sent(void **state)
{
    struct http_fixture *fixture = *state;
    struct world_attempt probe = fixture_attempt(fixture, GET_THING);

    fixture->server[0].serve = keep_and_answer;
    probe.what = NULL;
    probe.probe_path = "/api/health";
    probe.request = REQUEST_NONE;
    (void)http_client_start(fixture->http, &probe);
    const struct occurrence *report = fixture_end(fixture);
    assert_report(report, probe.ref, OUTCOME_ANSWER, 200);
    assert_int_equal(report->attempt.request, REQUEST_NONE);
    assert_ptr_equal(strstr(seen, "GET /api/health HTTP/1.1\r\n"), seen);
    assert_null(strstr(seen, "X-Request-Id"));
}

static void test_the_environment_has_no_say(void **state)
{
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(get(*state, raw_answer, "HTTP/1.1 204 No\r\n\r\n")->attempt.status, 204);
    assert_int_equal(unsetenv("http_proxy"), 0);
}

static void test_head_and_empty_answers(void **state)
{
    struct http_fixture *fixture = *state;

    const struct occurrence *none = get(fixture, raw_answer, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_int_equal(none->attempt.outcome, OUTCOME_ANSWER);
    assert_int_equal(none->attempt.body_hash, HASH_OF_NOTHING);
    fixture->server[0].answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    struct attempt_ref ref = fixture_start(fixture, HEAD_THING);
    const struct occurrence *head = fixture_end(fixture);
    assert_report(head, ref, OUTCOME_ANSWER, 200);
    assert_int_equal(head->attempt.body_hash, HASH_OF_NOTHING);
}

static void test_statuses_are_answers(void **state)
{
    static const uint16_t statuses[] = {200, 302, 400, 401, 404, 429, 500, 503, 599};
    char answer[128];

    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        (void)snprintf(answer, sizeof answer,
                       "HTTP/1.1 %u X\r\nLocation: /other\r\nContent-Length: 5\r\n\r\nhello",
                       statuses[i]);
        const struct occurrence *report = get(*state, raw_answer, answer);
        assert_int_equal(report->attempt.outcome, OUTCOME_ANSWER);
        assert_int_equal(report->attempt.status, statuses[i]);
        assert_int_equal(report->attempt.body_hash, HASH_OF_HELLO);
    }
    assert_int_equal(((struct http_fixture *)*state)->server[0].accepted, 1);
}

static void test_retry_after(void **state)
{
    struct http_fixture *fixture = *state;
    static const char two_s[] = "HTTP/1.1 503 X\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n";
    static const char long_ago[] =
        "HTTP/1.1 503 X\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n";
    static const char forever[] =
        "HTTP/1.1 503 X\r\nRetry-After: 9223372036854775807\r\nContent-Length: 0\r\n\r\n";
    static const char junk[] = "HTTP/1.1 503 X\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n";

    assert_int_equal(get(fixture, raw_answer, two_s)->attempt.retry_after, 2 * NANOS_PER_S);
    assert_int_equal(get(fixture, raw_answer, long_ago)->attempt.retry_after, 0);
    assert_int_equal(get(fixture, raw_answer, forever)->attempt.retry_after, 24 * NANOS_PER_HOUR);
    assert_int_equal(get(fixture, raw_answer, junk)->attempt.retry_after, 0);
}

static struct raw_connection *silent;

static void keep_silent(struct raw_connection *connection)
{
    silent = connection;
}

static void test_answer_byte_by_byte(void **state)
{
    struct http_fixture *fixture = *state;
    const char *answer = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: x\r\n\r\n";
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);

    attempt.want_headers = true;
    fixture->server[0].serve = keep_silent;
    (void)http_client_start(fixture->http, &attempt);
    FIXTURE_UNTIL(fixture, fixture->server[0].requests == 1);
    size_t early = (size_t)(strstr(answer, "HTTP/1.1 200") - answer);
    size_t headers = (size_t)(strstr(answer, "2\r\nhe") - answer);
    for (size_t i = 0; i < strlen(answer); i++) {
        assert_int_equal(fixture->report_count, i < headers ? 0 : 1);
        assert_int_equal(raw_send_some(silent, answer + i, 1), 1);
        fixture_turn(fixture, loop_clock() + NANOS_PER_S);
    }
    assert_true(early < headers);
    FIXTURE_UNTIL(fixture, fixture->report_count == 2);
    assert_int_equal(fixture->reports[0].kind, OCCURRENCE_HEADERS);
    assert_int_equal(fixture->reports[0].attempt.status, 200);
    assert_int_equal(fixture->reports[0].attempt.ref.id, attempt.ref.id);
    assert_int_equal(fixture->reports[0].attempt.ref.slot, attempt.ref.slot);
    assert_report(&fixture->reports[1], attempt.ref, OUTCOME_ANSWER, 200);
    assert_int_equal(fixture->reports[1].attempt.body_hash, HASH_OF_HELLO);
    assert_true(fixture->reports[0].at <= fixture->reports[1].at);
}

static void test_headers_come_before_the_end_and_only_where_wanted(void **state)
{
    struct http_fixture *fixture = *state;
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);

    attempt.want_headers = true;
    (void)http_client_start(fixture->http, &attempt);
    (void)fixture_end(fixture);
    assert_int_equal(fixture->report_count, 2);
    assert_int_equal(fixture->reports[0].kind, OCCURRENCE_HEADERS);
    (void)fixture_start(fixture, GET_THING);
    (void)fixture_end(fixture);
    assert_int_equal(fixture->report_count, 3);
}

static void assert_outcome(struct http_fixture *fixture,
                           void (*serve)(struct raw_connection *),
                           const char *answer,
                           enum outcome outcome)
{
    const struct occurrence *report = get(fixture, serve, answer);
    assert_int_equal(report->attempt.outcome, outcome);
    assert_true(report->attempt.sent);
    if (outcome != OUTCOME_ANSWER) {
        assert_int_equal(report->attempt.status, 0);
        assert_int_equal(report->attempt.retry_after, 0);
        assert_int_equal(report->attempt.body_hash, 0);
    }
}

static void test_lost_before_whole_headers_is_a_reset(void **state)
{
    static const char *const beginnings[] = {
        "",
        "HTTP",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX",
        "HTTP/1.1 103 Early Hints\r\n\r\n",
        "HTTP/1.1 503 X\r\nRetry-After: 5\r\nContent-Length: 0\r\n"};

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        assert_outcome(*state, raw_answer_and_close, beginnings[i], OUTCOME_RESET);
        assert_outcome(*state, raw_answer_and_reset, beginnings[i], OUTCOME_RESET);
    }
}

static void test_lost_in_the_body_is_truncated(void **state)
{
    static const char *const beginnings[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 503 X\r\nRetry-After: 5\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    };

    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        assert_outcome(*state, raw_answer_and_close, beginnings[i], OUTCOME_TRUNCATED);
    }
    assert_outcome(*state, raw_answer_and_close, "HTTP/1.1 200 OK\r\n\r\nhello", OUTCOME_ANSWER);
}

static void reset_in_the_body(struct raw_connection *connection)
{
    raw_send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
    silent = connection;
}

/* The client has read the headers by the time of the reset: what lies unread would be thrown away
 * with it. */
static void test_reset_in_the_body_is_truncated(void **state)
{
    struct http_fixture *fixture = *state;
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);

    fixture->server[0].serve = reset_in_the_body;
    attempt.want_headers = true;
    (void)http_client_start(fixture->http, &attempt);
    FIXTURE_UNTIL(fixture, fixture->report_count == 1);
    raw_reset(silent);
    assert_report(fixture_end(fixture), attempt.ref, OUTCOME_TRUNCATED, 0);
}

static void test_what_is_not_http_is_truncated(void **state)
{
    assert_outcome(*state, raw_answer_and_close, "\x16\x03\x01\x02 this is not it\r\n\r\n",
                   OUTCOME_TRUNCATED);
    assert_outcome(*state, raw_answer, "<html>hello, this is not it either</html>\r\n",
                   OUTCOME_TRUNCATED);
    assert_outcome(*state, raw_answer,
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
                   OUTCOME_TRUNCATED);
}

static void test_bytes_past_the_answer_do_not_reach_the_next(void **state)
{
    assert_outcome(*state, raw_answer,
                   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 500 X\r\n\r\n",
                   OUTCOME_ANSWER);
    const struct occurrence *report = get(*state, raw_answer, "HTTP/1.1 204 No\r\n\r\n");
    assert_int_equal(report->attempt.outcome, OUTCOME_ANSWER);
    assert_int_equal(report->attempt.status, 204);
}

static void close_at_once(struct raw_connection *connection)
{
    raw_close(connection);
}

static void reset_at_once(struct raw_connection *connection)
{
    raw_reset(connection);
}

static void test_accepted_and_thrown_out(void **state)
{
    struct http_fixture *fixture = *state;

    fixture->server[0].greet = close_at_once;
    assert_outcome(*state, raw_answer, "", OUTCOME_RESET);
    fixture->server[0].greet = reset_at_once; /* seen before the request goes out, or after */
    assert_int_equal(get(*state, raw_answer, "")->attempt.outcome, OUTCOME_RESET);
    assert_int_equal(fixture->server[0].accepted, 2);
}

static void test_refused_was_not_sent(void **state)
{
    struct http_fixture *fixture = *state;

    raw_server_close_listener(&fixture->server[0]);
    for (size_t thing = 0; thing < THINGS; thing++) {
        struct attempt_ref ref = fixture_start(fixture, thing);
        assert_int_equal(fixture->report_count, thing); /* never from within start */
        const struct occurrence *report = fixture_end(fixture);
        assert_report(report, ref, OUTCOME_REFUSED, 0);
        assert_false(report->attempt.sent);
    }
    assert_int_equal(http_client_starved(fixture->http), 0);
}

/* Answers until the other side has had enough. */
static void pour(struct http_fixture *fixture, const char *head, const char *block)
{
    fixture->server[0].serve = keep_silent;
    struct attempt_ref ref = fixture_start(fixture, GET_THING);
    FIXTURE_UNTIL(fixture, fixture->server[0].requests == 1);
    raw_send(silent, head);
    nanos limit = loop_clock() + 30 * NANOS_PER_S;
    while (fixture->report_count == 0) {
        assert_true(loop_clock() < limit);
        (void)raw_send_some(silent, block, strlen(block));
        fixture_turn(fixture, 0);
    }
    assert_report(&fixture->reports[0], ref, OUTCOME_TRUNCATED, 0);
}

static char block[64 * 1024 + 1];

static void test_body_without_end(void **state)
{
    memset(block, 'x', sizeof block - 1);
    pour(*state, "HTTP/1.1 200 OK\r\n\r\n", block);
}

static void test_headers_without_end(void **state)
{
    for (size_t i = 0; i + 16 < sizeof block; i += 16) {
        memcpy(block + i, "X-Header: 12345\n", 17);
    }
    pour(*state, "HTTP/1.1 200 OK\r\n", block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, http_fixture_setup, http_fixture_teardown)
        TEST(test_answer),
        TEST(test_request_as_sent),
        TEST(test_post_as_sent),
        TEST(test_one_idempotency_key),
        TEST(test_methods_do_not_leak_into_each_other),
        TEST(test_probe_as_sent),
        TEST(test_the_environment_has_no_say),
        TEST(test_head_and_empty_answers),
        TEST(test_statuses_are_answers),
        TEST(test_retry_after),
        TEST(test_answer_byte_by_byte),
        TEST(test_headers_come_before_the_end_and_only_where_wanted),
        TEST(test_lost_before_whole_headers_is_a_reset),
        TEST(test_lost_in_the_body_is_truncated),
        TEST(test_reset_in_the_body_is_truncated),
        TEST(test_what_is_not_http_is_truncated),
        TEST(test_bytes_past_the_answer_do_not_reach_the_next),
        TEST(test_accepted_and_thrown_out),
        TEST(test_refused_was_not_sent),
        TEST(test_body_without_end),
        TEST(test_headers_without_end),
    };
    return cmocka_run_group_tests_name("http_client", tests, NULL, NULL);
}
