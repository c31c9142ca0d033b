/* Questions to nodes over real sockets, and readiness, which asks with the same means. */
#include "unit/cmocka_all.h"

#include "raw_server.h"
#include "world/look_up.h"
#include "world/port.h"
#include "world/readiness.h"

#include <stdlib.h>
#include <string.h>

#define PATIENCE (20 * NANOS_PER_S)
#define TOLD_MAX 8

static struct fixture {
    struct arena arena;
    struct loop *loop;
    struct raw_server server;
    struct scenario_node node;
    struct scenario scenario;
    struct node_places places;
    struct http_client *http;
    struct look_ups *look_ups;
    struct readiness readiness;
    struct occurrence told[TOLD_MAX];
    size_t told_count;
    char heard[RAW_REQUEST_MAX];
} fixture;

static void keep(void *context, const struct occurrence *occurrence)
{
    (void)context;
    assert_true(fixture.told_count < TOLD_MAX);
    fixture.told[fixture.told_count++] = *occurrence;
}

static void open_clients(void)
{
    struct error error = {.text = ""};
    assert_int_equal(
        node_places_init(&fixture.places, &fixture.scenario, NULL, false, &fixture.arena, &error),
        0);
    const struct http_client_settings http = {.loop = fixture.loop,
                                              .scenario = &fixture.scenario,
                                              .places = &fixture.places,
                                              .report = keep};
    fixture.http = http_client_new(&http, &error);
    assert_non_null(fixture.http);
    const struct look_ups_settings look_ups = {
        .arena = &fixture.arena, .http = fixture.http, .report = keep};
    fixture.look_ups = look_ups_new(&look_ups);
}

static int set_up(void **state)
{
    struct error error = {.text = ""};
    (void)state;
    fixture = (struct fixture){.told_count = 0};
    arena_init(&fixture.arena, 0);
    fixture.loop = loop_new(&error);
    raw_server_init(&fixture.server, fixture.loop, 16);
    fixture.node =
        (struct scenario_node){.name = "a", .port = fixture.server.port, .url = {.prefix = "/v1"}};
    fixture.scenario = (struct scenario){
        .nodes = &fixture.node,
        .node_count = 1,
        .process_count = 1,
        .client = {.instances = 1, .keepalive = true},
    };
    open_clients();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    readiness_stop(&fixture.readiness);
    look_ups_free(fixture.look_ups);
    http_client_free(fixture.http);
    raw_server_done(&fixture.server);
    loop_free(fixture.loop);
    arena_done(&fixture.arena);
    return 0;
}

static void turn(nanos until)
{
    nanos limit = nanos_min(until, http_client_deadline(fixture.http));
    limit = nanos_min(limit, look_ups_deadline(fixture.look_ups));
    limit = nanos_min(limit, readiness_deadline(&fixture.readiness));
    (void)loop_wait(fixture.loop, limit);
    http_client_poll(fixture.http, loop_clock());
    look_ups_poll(fixture.look_ups, loop_clock());
}

static const struct occurrence *await(size_t count)
{
    nanos limit = loop_clock() + PATIENCE;
    while (fixture.told_count < count) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    return &fixture.told[count - 1];
}

/* Keeps what was asked and answers. */
static void hear(struct raw_connection *connection)
{
    memcpy(fixture.heard, connection->request, sizeof fixture.heard);
    raw_answer(connection);
}

static void answer_with(const char *head, const char *body)
{
    fixture.server.serve = hear;
    fixture.server.answer = arena_printf(
        &fixture.arena, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head, strlen(body), body);
}

static void ask(const struct question *question, uint32_t number, nanos within)
{
    const struct world_lookup what = {
        .question = question,
        .also = "header.me",
        .limit = loop_clock() + within,
        .lookup = number,
        .request = 1000 + number,
    };
    look_ups_ask(fixture.look_ups, &what);
}

static const struct question get = {.method = METHOD_GET, .path = "/status", .field = "leader"};
static const struct question post = {.method = METHOD_POST,
                                     .path = "/range?n=$(request)",
                                     .body = "{\"key\":\"$(request)-$(request)\"}",
                                     .field = "kvs.0.value"};

static void test_a_field_and_another(void **state)
{
    (void)state;
    answer_with("200 OK", "{\"leader\":\"17\",\"header\":{\"me\":17}}");
    ask(&get, 3, PATIENCE);
    const struct occurrence *told = await(1);
    assert_int_equal(told->kind, OCCURRENCE_LOOKED_UP);
    assert_int_equal(told->node, 0);
    assert_int_equal(told->looked_up.lookup, 3);
    assert_int_equal(told->looked_up.status, 200);
    assert_string_equal(told->looked_up.value, "17");
    assert_string_equal(told->looked_up.other, "17");
    assert_true(told->looked_up.holds);
    assert_non_null(strstr(fixture.heard, "GET /v1/status HTTP/1.1\r\n"));
}

static void test_a_post_with_the_number(void **state)
{
    (void)state;
    answer_with("404 Not Found", "{}");
    ask(&post, 5, PATIENCE);
    const struct occurrence *told = await(1);
    assert_int_equal(told->looked_up.status, 404);
    assert_null(told->looked_up.value);
    assert_non_null(strstr(fixture.heard, "POST /v1/range?n=1005 HTTP/1.1\r\n"));
    assert_non_null(strstr(fixture.heard, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(fixture.heard, "\r\n\r\n{\"key\":\"1005-1005\"}"));
}

static void test_several_at_once(void **state)
{
    (void)state;
    answer_with("200 OK", "{\"leader\":true}");
    ask(&get, 1, PATIENCE);
    ask(&get, 2, PATIENCE);
    ask(&get, 3, PATIENCE);
    (void)await(3);
    unsigned seen = 0;
    for (size_t i = 0; i < 3; i++) {
        seen |= 1U << fixture.told[i].looked_up.lookup;
        assert_string_equal(fixture.told[i].looked_up.value, "true");
    }
    assert_int_equal(seen, 14);
}

static void stay_silent(struct raw_connection *connection)
{
    (void)connection;
}

static void test_nobody_answers_in_time(void **state)
{
    (void)state;
    fixture.server.serve = stay_silent;
    ask(&get, 1, 20 * NANOS_PER_MS);
    assert_int_equal(await(1)->looked_up.status, 0);
    assert_null(fixture.told[0].looked_up.value);
    assert_false(fixture.told[0].looked_up.holds);
}

static void test_zero_is_told_as_nothing(void **state)
{
    (void)state;
    answer_with("200 OK", "{\"leader\":0,\"header\":{\"me\":1}}");
    ask(&get, 1, PATIENCE);
    assert_string_equal(await(1)->looked_up.value, "0");
    assert_false(fixture.told[0].looked_up.holds);
}

static void test_a_refusal(void **state)
{
    (void)state;
    raw_server_close_listener(&fixture.server);
    ask(&get, 1, PATIENCE);
    assert_int_equal(await(1)->looked_up.status, 0);
}

static void test_a_kept_connection_that_died_is_asked_for_anew(void **state)
{
    (void)state;
    answer_with("200 OK", "{\"leader\":1}");
    ask(&get, 1, PATIENCE);
    (void)await(1);
    fixture.server.serve = raw_reset; /* the second request of that connection */
    ask(&get, 2, PATIENCE);
    nanos limit = loop_clock() + PATIENCE;
    while (fixture.server.requests < 2) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    answer_with("200 OK", "{\"leader\":2}");
    assert_string_equal(await(2)->looked_up.value, "2");
    assert_int_equal(fixture.server.accepted, 2);
}

static void test_an_answer_beyond_the_limit_is_none(void **state)
{
    (void)state;
    size_t length = HTTP_QUESTION_BODY_MAX;
    char *body = arena_alloc(&fixture.arena, length + 2);
    memset(body, ' ', length + 1);
    const char *head =
        arena_printf(&fixture.arena, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", length + 1);
    struct http_question question = {.attempt = NULL};
    const struct http_question_what what = {.path = "/", .limit = loop_clock() + PATIENCE};
    fixture.server.serve = raw_answer;
    fixture.server.answer = head;
    http_question_ask(&question, fixture.http, &what);
    nanos limit = loop_clock() + PATIENCE;
    while (question.status == 0) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    for (size_t sent = 0; sent <= length && !question.over;) {
        long more = raw_send_some(fixture.server.connections, body + sent, length + 1 - sent);
        sent += more > 0 ? (size_t)more : 0;
        assert_true(loop_clock() < limit);
        turn(0);
    }
    while (!question.over) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    assert_int_equal(question.outcome, OUTCOME_TRUNCATED);
    http_question_done(&question);
}

/* ---- readiness ---- */

static void begin(const char *path)
{
    const struct readiness_settings settings = {
        .loop = fixture.loop, .http = fixture.http, .place = &fixture.places.own[0], .path = path};
    readiness_begin(&fixture.readiness, &settings, loop_clock());
}

static void await_ready(void)
{
    nanos limit = loop_clock() + PATIENCE;
    while (!readiness_poll(&fixture.readiness, loop_clock())) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    assert_true(readiness_deadline(&fixture.readiness) == NANOS_NEVER);
}

static void expect_why(const char *wanted)
{
    char buffer[200];
    struct text text;
    text_init(&text, buffer, sizeof buffer);
    readiness_why(&fixture.readiness, &text);
    if (strstr(buffer, wanted) == NULL) {
        fail_msg("'%s' is not in '%s'", wanted, buffer);
    }
}

static void test_ready_by_a_connection(void **state)
{
    (void)state;
    begin(NULL);
    await_ready();
}

/* Several tries, until something changes or the reason is known. */
static void try_until(unsigned requests)
{
    nanos limit = loop_clock() + PATIENCE;
    while (fixture.server.requests < requests) {
        assert_true(loop_clock() < limit);
        assert_false(readiness_poll(&fixture.readiness, loop_clock()));
        turn(limit);
    }
}

static void test_ready_by_a_path(void **state)
{
    (void)state;
    answer_with("503 Not Yet", "");
    begin("/health");
    try_until(3);
    expect_why("GET /health at 127.0.0.1:");
    expect_why("answered 503");
    answer_with("204 Fine", "");
    await_ready();
    assert_non_null(strstr(fixture.heard, "GET /v1/health HTTP/1.1"));
}

static void test_refused_and_then_there(void **state)
{
    (void)state;
    unsigned port = fixture.server.port;
    raw_server_close_listener(&fixture.server);
    begin(NULL);
    nanos limit = loop_clock() + PATIENCE;
    while (fixture.readiness.os_errno == 0) {
        assert_true(loop_clock() < limit);
        assert_false(readiness_poll(&fixture.readiness, loop_clock()));
        turn(limit);
    }
    expect_why(arena_printf(&fixture.arena, "port %u is refused", port));
}

static void test_a_process_without_a_port_is_ready_at_once(void **state)
{
    (void)state;
    const struct node_place nowhere = {.port = 0};
    const struct readiness_settings settings = {.loop = fixture.loop, .place = &nowhere};
    readiness_begin(&fixture.readiness, &settings, loop_clock());
    assert_true(readiness_poll(&fixture.readiness, loop_clock()));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_field_and_another),
        TEST(test_a_post_with_the_number),
        TEST(test_several_at_once),
        TEST(test_nobody_answers_in_time),
        TEST(test_zero_is_told_as_nothing),
        TEST(test_a_refusal),
        TEST(test_a_kept_connection_that_died_is_asked_for_anew),
        TEST(test_an_answer_beyond_the_limit_is_none),
        TEST(test_ready_by_a_connection),
        TEST(test_ready_by_a_path),
        TEST(test_refused_and_then_there),
        TEST(test_a_process_without_a_port_is_ready_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
