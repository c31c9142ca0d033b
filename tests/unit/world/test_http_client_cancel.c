/* Attempts that are given up, by the caller, by their connect limit, or since the client ends. */
#include "http_fixture.h"
#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void keep_quiet(struct raw_connection *connection)
{
    (void)connection;
}

static void test_cancel_while_waiting(void **state)
{
    struct http_fixture *fixture = *state;
    struct attempt_ref refs[2];

    fixture_hold(fixture, 2, refs);
    assert_true(http_client_cancel(fixture->http, refs[0]));
    assert_int_equal(http_client_in_flight(fixture->http), 1);
    FIXTURE_UNTIL(fixture, fixture->held[0]->ended);
    raw_answer(fixture->held[1]);
    assert_int_equal(fixture_end(fixture)->attempt.ref.id, refs[1].id);
    fixture_settle(fixture);
    assert_int_equal(fixture->report_count, 1);
    fixture->server[0].serve = raw_answer;
    fixture_answered(fixture, GET_THING, 2);
}

static void test_cancel_last_of_a_dropped_pool(void **state)
{
    struct http_fixture *fixture = *state;
    struct attempt_ref refs[2];

    fixture_hold(fixture, 2, refs);
    http_client_drop(fixture->http, 0, 0);
    assert_true(http_client_cancel(fixture->http, refs[1]));
    assert_true(http_client_cancel(fixture->http, refs[0]));
    FIXTURE_UNTIL(fixture, fixture->server[0].ended == 2);
    assert_int_equal(fixture->report_count, 0);
}

static void test_cancel_in_the_body(void **state)
{
    struct http_fixture *fixture = *state;
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);

    fixture->server[0].answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell";
    attempt.want_headers = true;
    (void)http_client_start(fixture->http, &attempt);
    FIXTURE_UNTIL(fixture, fixture->report_count == 1);
    assert_true(http_client_cancel(fixture->http, attempt.ref));
    FIXTURE_UNTIL(fixture, fixture->server[0].ended == 1);
    fixture_settle(fixture);
    assert_int_equal(fixture->report_count, 1);
}

/* What is known, but not told yet, is never told. */
static void cancel_untold(struct http_fixture *fixture, const char *answer)
{
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);
    nanos limit = loop_clock() + 10 * NANOS_PER_S;

    fixture->server[0].answer = answer;
    attempt.want_headers = true;
    (void)http_client_start(fixture->http, &attempt);
    while (http_client_deadline(fixture->http) != 0) {
        assert_true(loop_clock() < limit);
        (void)loop_wait(fixture->loop, limit);
    }
    assert_int_equal(http_client_in_flight(fixture->http), 1);
    assert_true(http_client_cancel(fixture->http, attempt.ref));
    assert_int_equal(http_client_in_flight(fixture->http), 0);
    assert_true(http_client_deadline(fixture->http) != 0);
    fixture_settle(fixture);
    assert_int_equal(fixture->report_count, 0);
}

static void test_cancel_untold(void **state)
{
    cancel_untold(*state, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    cancel_untold(*state, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell");
    http_client_drop(((struct http_fixture *)*state)->http, 0, 0);
}

/* A listener whose backlog is full: connections to it stay under way. */
static void fill_backlog(struct http_fixture *fixture, int fds[2])
{
    raw_server_done(&fixture->server[0]);
    raw_server_init(&fixture->server[0], fixture->loop, 0);
    struct error error = {0};
    assert_int_equal(loop_watch(fixture->loop, &fixture->server[0].listener, 0, &error), 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(fixture->server[0].port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    for (int i = 0; i < 2; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(fds[i], (struct sockaddr *)&address, sizeof address);
    }
    fixture_renew_client(fixture);
}

static void test_connect_limit(void **state)
{
    struct http_fixture *fixture = *state;
    static const nanos limits[] = {60, 20, 40};
    static const uint32_t order[] = {2, 3, 1};
    int fds[2];

    fill_backlog(fixture, fds);
    nanos now = loop_clock();
    for (size_t i = 0; i < 3; i++) {
        struct world_attempt attempt = fixture_attempt(fixture, i == 1 ? POST_THING : GET_THING);
        attempt.connect_limit = now + limits[i] * NANOS_PER_MS;
        (void)http_client_start(fixture->http, &attempt);
    }
    assert_int_equal(http_client_deadline(fixture->http), now + 20 * NANOS_PER_MS);
    FIXTURE_UNTIL(fixture, fixture->report_count == 3);
    for (size_t i = 0; i < 3; i++) {
        const struct occurrence *report = &fixture->reports[i];
        assert_int_equal(report->attempt.ref.id, order[i]);
        assert_int_equal(report->attempt.outcome, OUTCOME_CONNECT_TIMEOUT);
        assert_false(report->attempt.sent);
        assert_true(report->at >= now + limits[order[i] - 1] * NANOS_PER_MS);
    }
    assert_int_equal(http_client_in_flight(fixture->http), 0);
    close(fds[0]);
    close(fds[1]);
}

static void test_cancel_while_connecting(void **state)
{
    struct http_fixture *fixture = *state;
    int fds[2];

    fill_backlog(fixture, fds);
    int before = open_descriptors();
    for (int round = 0; round < 3; round++) {
        struct world_attempt attempt = fixture_attempt(fixture, GET_THING);
        attempt.connect_limit = loop_clock() + 3600 * NANOS_PER_S;
        (void)http_client_start(fixture->http, &attempt);
        fixture_settle(fixture);
        assert_false(http_client_cancel(fixture->http, attempt.ref));
        http_client_drop(fixture->http, 0, 0);
        fixture_settle(fixture);
        assert_int_equal(open_descriptors(), before);
    }
    assert_int_equal(fixture->report_count, 0);
    close(fds[0]);
    close(fds[1]);
}

/* The process stood still past the limit while the connection stood long since. */
static void test_connected_in_time_but_seen_late(void **state)
{
    struct http_fixture *fixture = *state;
    struct world_attempt attempt = fixture_attempt(fixture, GET_THING);

    attempt.connect_limit = loop_clock() + NANOS_PER_MS;
    (void)http_client_start(fixture->http, &attempt);
    while (loop_clock() <= attempt.connect_limit) {
    }
    http_client_poll(fixture->http, loop_clock());
    assert_int_equal(fixture->report_count, 0);
    assert_int_equal(fixture_end(fixture)->attempt.outcome, OUTCOME_ANSWER);
}

static void test_want_of_descriptors_is_our_own_fault(void **state)
{
    struct http_fixture *fixture = *state;
    struct rlimit before;

    fixture_answered(fixture, GET_THING, 1);
    http_client_drop(fixture->http, 0, 1);
    (void)fixture_start(fixture, POST_THING);
    assert_int_equal(fixture_end(fixture)->attempt.outcome, OUTCOME_ANSWER);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    (void)fixture_start(fixture, POST_THING);
    const struct occurrence *report = fixture_end(fixture);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(report->attempt.outcome, OUTCOME_REFUSED);
    assert_false(report->attempt.sent);
    assert_int_equal(http_client_starved(fixture->http), 1);
}

static void test_free_with_attempts_under_way(void **state)
{
    struct http_fixture *fixture = *state;
    struct attempt_ref refs[3];

    fixture_hold(fixture, 3, refs);
    raw_answer(fixture->held[0]);
    (void)fixture_end(fixture);
    http_client_drop(fixture->http, 0, 0);
    (void)fixture_start(fixture, GET_THING);
    fixture->http = http_client_free(fixture->http);
    assert_null(http_client_free(NULL));
}

/* The report may start, cancel and drop. */
struct chain {
    struct http_fixture *fixture;
    struct attempt_ref other;
    unsigned left;
};

static void go_on(void *context, const struct occurrence *occurrence)
{
    struct chain *chain = context;
    struct http_client *http = chain->fixture->http;
    if (chain->left > 0) {
        chain->left--;
        if (occurrence->attempt.ref.id != chain->other.id) {
            (void)http_client_cancel(http, chain->other);
        }
        http_client_drop(http, 0, 0);
        chain->other = fixture_start(chain->fixture, GET_THING);
        (void)fixture_start(chain->fixture, POST_THING);
    }
}

static void test_report_may_act(void **state)
{
    struct http_fixture *fixture = *state;
    struct chain chain = {.fixture = fixture, .left = 50};
    struct error error = {0};

    http_client_free(fixture->http);
    fixture->http = http_client_new(
        &(struct http_client_settings){
            .loop = fixture->loop,
            .scenario = &fixture->scenario,
            .report = go_on,
            .context = &chain,
        },
        &error);
    assert_non_null(fixture->http);
    fixture->server[0].serve = keep_quiet;
    chain.other = fixture_start(fixture, GET_THING);
    fixture_settle(fixture);
    fixture->server[0].serve = raw_answer_and_close;
    (void)fixture_start(fixture, POST_THING);
    FIXTURE_UNTIL(fixture, chain.left == 0);
    FIXTURE_UNTIL(fixture, http_client_in_flight(fixture->http) == 0);
}

static void cancel_twice(void *context)
{
    struct http_fixture *fixture = context;
    struct attempt_ref ref = fixture_start(fixture, GET_THING);
    (void)http_client_cancel(fixture->http, ref);
    (void)http_client_cancel(fixture->http, ref);
}

static void test_cancel_of_nothing_is_a_check_failure(void **state)
{
    assert_true(call_aborts(cancel_twice, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, http_fixture_setup, http_fixture_teardown)
        TEST(test_cancel_while_waiting),
        TEST(test_cancel_last_of_a_dropped_pool),
        TEST(test_cancel_in_the_body),
        TEST(test_cancel_untold),
        TEST(test_connect_limit),
        TEST(test_cancel_while_connecting),
        TEST(test_connected_in_time_but_seen_late),
        TEST(test_want_of_descriptors_is_our_own_fault),
        TEST(test_free_with_attempts_under_way),
        TEST(test_report_may_act),
        TEST(test_cancel_of_nothing_is_a_check_failure),
    };
    return cmocka_run_group_tests_name("http_client_cancel", tests, NULL, NULL);
}
