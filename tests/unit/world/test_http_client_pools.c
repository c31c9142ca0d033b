/* Connections of the client: which are reused, what libcurl may not do on them, and when they
 * close. */
#include "http_fixture.h"
#include "unit/cmocka_all.h"

#include <sys/resource.h>

static void test_connections_are_reused(void **state)
{
    struct http_fixture *fixture = *state;

    for (int i = 0; i < 5; i++) {
        fixture_answered(fixture, i % 2 == 0 ? GET_THING : POST_REPEATABLE, 1);
        assert_int_equal(fixture->reports[fixture->report_count - 1].attempt.reused, i > 0);
    }
    fixture_answered(fixture, POST_THING, 2);
    assert_false(fixture->reports[fixture->report_count - 1].attempt.reused);
}

static void test_without_keepalive_each_has_its_own(void **state)
{
    struct http_fixture *fixture = *state;

    fixture->scenario.client.keepalive = false;
    fixture_renew_client(fixture);
    for (unsigned i = 1; i <= 3; i++) {
        fixture_answered(fixture, GET_THING, i);
        FIXTURE_UNTIL(fixture, fixture->server[0].ended == i);
    }
}

/* A request that must not run twice never depends on an idle connection, and leaves none behind. */
static void test_not_repeatable_has_its_own(void **state)
{
    struct http_fixture *fixture = *state;

    fixture_answered(fixture, GET_THING, 1);
    fixture_answered(fixture, POST_THING, 2);
    FIXTURE_UNTIL(fixture, fixture->server[0].ended == 1);
    fixture_answered(fixture, POST_THING, 3);
    fixture_answered(fixture, GET_THING, 3);
    assert_int_equal(fixture->server[0].connections->next->next->requests, 2);
}

static void test_clients_and_nodes_share_nothing(void **state)
{
    struct http_fixture *fixture = *state;

    for (int round = 0; round < 2; round++) {
        for (uint16_t pair = 0; pair < 4; pair++) {
            struct world_attempt attempt = fixture_attempt(fixture, GET_THING);
            attempt.client = pair / 2;
            attempt.node = pair % 2;
            (void)http_client_start(fixture->http, &attempt);
            const struct occurrence *report = fixture_end(fixture);
            assert_int_equal(report->attempt.client, attempt.client);
            assert_int_equal(report->node, attempt.node);
        }
    }
    assert_int_equal(fixture->server[0].accepted, 2);
    assert_int_equal(fixture->server[1].accepted, 2);
    assert_int_equal(fixture->server[0].requests, 4);
}

static void answer_once_then_close(struct raw_connection *connection)
{
    if (connection->requests == 1) {
        raw_answer(connection);
        return;
    }
    raw_close(connection);
}

static void answer_once_then_reset(struct raw_connection *connection)
{
    if (connection->requests == 1) {
        raw_answer(connection);
        return;
    }
    raw_reset(connection);
}

/* libcurl would send the request again on a new connection, and nobody would know that it ran
 * twice. */
static void assert_not_sent_again(struct http_fixture *fixture,
                                  void (*serve)(struct raw_connection *),
                                  size_t thing)
{
    struct raw_server *server = &fixture->server[0];
    unsigned accepted = server->accepted;
    unsigned requests = server->requests;

    server->serve = serve;
    http_client_drop(fixture->http, 0, 0);
    fixture_answered(fixture, GET_THING, accepted + 1);
    (void)fixture_start(fixture, thing);
    const struct occurrence *report = fixture_end(fixture);
    assert_int_equal(report->attempt.outcome, OUTCOME_RESET);
    assert_true(report->attempt.sent);
    assert_true(report->attempt.reused);
    assert_false(report->attempt.begun);
    fixture_settle(fixture);
    assert_int_equal(server->requests, requests + 2);
    assert_int_equal(server->accepted, accepted + 1);
    fixture_answered(fixture, GET_THING, accepted + 2);
}

static void test_nothing_is_sent_again(void **state)
{
    static const size_t reusing[] = {GET_THING, HEAD_THING, PUT_NOTHING, POST_REPEATABLE};

    for (size_t i = 0; i < sizeof reusing / sizeof *reusing; i++) {
        assert_not_sent_again(*state, answer_once_then_close, reusing[i]);
        assert_not_sent_again(*state, answer_once_then_reset, reusing[i]);
    }
}

/* ... also where the node is gone by then: that is no proof that the request was never sent. */
static void test_a_refusal_after_sending_is_a_reset(void **state)
{
    struct http_fixture *fixture = *state;

    fixture->server[0].serve = answer_once_then_close;
    fixture_answered(fixture, GET_THING, 1);
    raw_server_close_listener(&fixture->server[0]);
    (void)fixture_start(fixture, GET_THING);
    const struct occurrence *report = fixture_end(fixture);
    assert_int_equal(report->attempt.outcome, OUTCOME_RESET);
    assert_true(report->attempt.sent);
}

/* Of several idle connections each may be dead, and not one may hide it. */
static void test_other_idle_connections_do_not_help(void **state)
{
    struct http_fixture *fixture = *state;
    struct attempt_ref refs[3];

    fixture_hold(fixture, 3, refs);
    for (size_t i = 0; i < 3; i++) {
        raw_answer(fixture->held[i]);
        (void)fixture_end(fixture);
    }
    fixture->server[0].serve = answer_once_then_close;
    (void)fixture_start(fixture, GET_THING);
    assert_int_equal(fixture_end(fixture)->attempt.outcome, OUTCOME_RESET);
    fixture_settle(fixture);
    assert_int_equal(fixture->server[0].requests, 4);
    assert_int_equal(fixture->server[0].accepted, 3);
}

static void test_idle_connection_closed_by_the_node(void **state)
{
    struct http_fixture *fixture = *state;

    fixture_answered(fixture, GET_THING, 1);
    raw_close(fixture->server[0].connections);
    fixture_answered(fixture, GET_THING, 2);
    raw_close(fixture->server[0].connections);
    fixture_settle(fixture);
    fixture_answered(fixture, GET_THING, 3);
}

/* libcurl alone would use these two, and fail. */
static void test_idle_connection_reset_by_the_node(void **state)
{
    struct http_fixture *fixture = *state;

    fixture_answered(fixture, GET_THING, 1);
    raw_reset(fixture->server[0].connections);
    fixture_settle(fixture);
    fixture_answered(fixture, GET_THING, 2);
}

static void test_idle_connection_with_unasked_bytes(void **state)
{
    struct http_fixture *fixture = *state;

    fixture_answered(fixture, GET_THING, 1);
    raw_send(fixture->server[0].connections, "HTTP/1.1 408 Request Timeout\r\n\r\n");
    fixture_settle(fixture);
    fixture_answered(fixture, GET_THING, 2);
    assert_int_equal(fixture->server[0].ended, 1);
}

static void test_drop_closes_idle_connections_now(void **state)
{
    struct http_fixture *fixture = *state;

    http_client_drop(fixture->http, 0, 0);
    fixture_answered(fixture, GET_THING, 1);
    http_client_drop(fixture->http, 1, 0);
    http_client_drop(fixture->http, 0, 1);
    fixture_settle(fixture);
    assert_int_equal(fixture->server[0].ended, 0);
    http_client_drop(fixture->http, 0, 0);
    FIXTURE_UNTIL(fixture, fixture->server[0].ended == 1);
    fixture_answered(fixture, GET_THING, 2);
    fixture_answered(fixture, GET_THING, 2);
}

static void test_drop_lets_busy_ones_finish(void **state)
{
    struct http_fixture *fixture = *state;
    struct raw_server *server = &fixture->server[0];
    struct attempt_ref refs[3];

    fixture_hold(fixture, 3, refs);
    raw_answer(fixture->held[0]);
    (void)fixture_end(fixture);
    http_client_drop(fixture->http, 0, 0);
    FIXTURE_UNTIL(fixture, fixture->held[0]->ended); /* idle: now, although others are busy */
    assert_int_equal(server->ended, 1);

    server->serve = raw_answer;
    fixture_answered(fixture, GET_THING, 4);
    for (size_t i = 1; i < 3; i++) {
        raw_answer(fixture->held[i]);
        const struct occurrence *report = fixture_end(fixture);
        assert_int_equal(report->attempt.outcome, OUTCOME_ANSWER);
        assert_int_equal(report->attempt.ref.id, refs[i].id);
        FIXTURE_UNTIL(fixture, fixture->held[i]->ended); /* as soon as its own attempt is over */
        assert_int_equal(server->ended, 1 + i);
    }
    fixture_answered(fixture, GET_THING, 4);
}

static unsigned most_attempts(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur >= 4500 ? 2000 : (unsigned)(limit.rlim_cur - 200) / 2;
}

static void keep_quiet(struct raw_connection *connection)
{
    (void)connection;
}

static void test_two_thousand_at_once(void **state)
{
    struct http_fixture *fixture = *state;
    struct raw_server *server = &fixture->server[0];
    unsigned count = most_attempts();
    unsigned char told[2001] = {0};

    server->serve = keep_quiet;
    for (unsigned i = 0; i < count; i++) {
        (void)fixture_start(fixture, i % 10 == 0 ? POST_THING : GET_THING);
    }
    assert_int_equal(http_client_in_flight(fixture->http), count);
    FIXTURE_UNTIL(fixture, server->requests == count);
    assert_int_equal(server->accepted, count);
    for (struct raw_connection *each = server->connections; each != NULL; each = each->next) {
        raw_answer(each);
    }
    FIXTURE_UNTIL(fixture, fixture->report_count == count);
    for (unsigned i = 0; i < count; i++) {
        assert_int_equal(fixture->reports[i].attempt.outcome, OUTCOME_ANSWER);
        assert_int_equal(fixture->reports[i].attempt.body_hash, HASH_OF_HELLO);
        told[fixture->reports[i].attempt.ref.id]++;
    }
    for (unsigned id = 1; id <= count; id++) {
        assert_int_equal(told[id], 1);
    }
    server->serve = raw_answer;
    fixture_answered(fixture, GET_THING, count);
    http_client_drop(fixture->http, 0, 0);
    FIXTURE_UNTIL(fixture, server->ended == count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, http_fixture_setup, http_fixture_teardown)
        TEST(test_connections_are_reused),
        TEST(test_without_keepalive_each_has_its_own),
        TEST(test_not_repeatable_has_its_own),
        TEST(test_clients_and_nodes_share_nothing),
        TEST(test_nothing_is_sent_again),
        TEST(test_a_refusal_after_sending_is_a_reset),
        TEST(test_other_idle_connections_do_not_help),
        TEST(test_idle_connection_closed_by_the_node),
        TEST(test_idle_connection_reset_by_the_node),
        TEST(test_idle_connection_with_unasked_bytes),
        TEST(test_drop_closes_idle_connections_now),
        TEST(test_drop_lets_busy_ones_finish),
        TEST(test_two_thousand_at_once),
    };
    return cmocka_run_group_tests_name("http_client_pools", tests, NULL, NULL);
}
