/* Streams over real sockets to a node that says what it is told to, good or not. */
#include "world/stream_client.h"

#include "raw_server.h"
#include "unit/cmocka_all.h"
#include "world/websocket_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS          NANOS_PER_MS
#define REPORTS_MAX 64
#define ALIVE_MAX   8
#define SSE_HEAD    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define BIG         (2U << 20)

enum { SSE, WEBSOCKET };

static const struct traffic_stream entries[] = {
    [SSE] = {.kind = STREAM_SSE, .path = "/events", .count = 1, .interval = 100 * MS},
    [WEBSOCKET] = {.kind = STREAM_WEBSOCKET, .path = "/ws?a=b", .count = 1, .interval = 100 * MS},
};

struct fixture {
    struct arena arena;
    struct loop *loop;
    struct raw_server server;
    struct scenario_node node;
    struct scenario scenario;
    struct http_client *http;
    struct stream_client *streams;
    struct occurrence reports[REPORTS_MAX];
    size_t count;
    uint32_t next_id;
    char request[RAW_REQUEST_MAX];
    struct raw_connection *connection; /* whose request came last */
    const char *bytes;                 /* that follow the opening of a WebSocket */
    size_t length;
};

static struct fixture fixture;

static size_t seen(enum occurrence_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture.count; i++) {
        count += fixture.reports[i].kind == kind;
    }
    return count;
}

/* Signs of life may be many: some will do. */
static void keep(void *context, const struct occurrence *occurrence)
{
    (void)context;
    if (occurrence->kind == OCCURRENCE_STREAM_ALIVE && seen(OCCURRENCE_STREAM_ALIVE) == ALIVE_MAX) {
        return;
    }
    assert_true(fixture.count < REPORTS_MAX);
    fixture.reports[fixture.count++] = *occurrence;
}

static int set_up(void **state)
{
    struct error error = {.text = ""};

    memset(&fixture, 0, sizeof fixture);
    arena_init(&fixture.arena, 0);
    fixture.loop = loop_new(&error);
    raw_server_init(&fixture.server, fixture.loop, 16);
    fixture.node.port = fixture.server.port;
    fixture.scenario = (struct scenario){
        .nodes = &fixture.node,
        .node_count = 1,
        .process_count = 1,
        .client = {.instances = 1, .keepalive = true},
        .traffic = {.streams = entries, .stream_count = 2},
    };
    const struct http_client_settings http = {
        .loop = fixture.loop, .scenario = &fixture.scenario, .report = keep};
    fixture.http = http_client_new(&http, &error);
    assert_non_null(fixture.http);
    static struct node_places places;
    assert_int_equal(
        node_places_init(&places, &fixture.scenario, NULL, false, &fixture.arena, &error), 0);
    const struct stream_client_settings streams = {
        .arena = &fixture.arena,
        .loop = fixture.loop,
        .http = fixture.http,
        .scenario = &fixture.scenario,
        .places = &places,
        .report = keep,
    };
    fixture.streams = stream_client_new(&streams);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stream_client_free(fixture.streams);
    http_client_free(fixture.http);
    raw_server_done(&fixture.server);
    loop_free(fixture.loop);
    arena_done(&fixture.arena);
    return 0;
}

/* ---- Steps ---- */

static struct stream_ref open_one(uint32_t stream, uint64_t last_event)
{
    const struct world_stream what = {
        .ref = {.id = fixture.next_id++, .stream = stream},
        .connect_limit = loop_clock() + 500 * MS,
        .path = entries[stream].path,
        .interval = entries[stream].interval,
        .last_event = last_event,
        .kind = entries[stream].kind,
    };
    assert_true(stream_client_start(fixture.streams, &what) <= loop_clock());
    return what.ref;
}

static void turn(nanos until)
{
    nanos limit =
        nanos_min(http_client_deadline(fixture.http), stream_client_deadline(fixture.streams));
    (void)loop_wait(fixture.loop, nanos_min(until, limit));
    while (loop_wait(fixture.loop, 0) > 0) {
    }
    http_client_poll(fixture.http, loop_clock());
    stream_client_poll(fixture.streams, loop_clock());
}

#define UNTIL(condition)                                                                           \
    for (nanos limit_ = loop_clock() + 10 * NANOS_PER_S; !(condition); turn(limit_)) {             \
        assert_true(loop_clock() < limit_);                                                        \
    }

static const struct occurrence *nth(enum occurrence_kind kind, size_t number)
{
    for (size_t i = 0; i < fixture.count; i++) {
        if (fixture.reports[i].kind == kind && number-- == 0) {
            return &fixture.reports[i];
        }
    }
    fail();
    return NULL;
}

static void assert_ends(enum outcome outcome, uint16_t status, const char *why)
{
    UNTIL(seen(OCCURRENCE_STREAM_ENDED) > 0);
    const struct occurrence *end = nth(OCCURRENCE_STREAM_ENDED, 0);
    assert_string_equal(outcome_word(end->stream.outcome), outcome_word(outcome));
    assert_int_equal(end->stream.status, status);
    if (why == NULL) {
        assert_null(end->stream.why);
    } else {
        assert_non_null(end->stream.why);
        assert_non_null(strstr(end->stream.why, why));
    }
}

static void remember(struct raw_connection *connection)
{
    memcpy(fixture.request, connection->request, sizeof fixture.request);
    fixture.connection = connection;
}

static void answer(struct raw_connection *connection)
{
    remember(connection);
    raw_answer(connection);
}

static void answer_and_close(struct raw_connection *connection)
{
    answer(connection);
    raw_close(connection);
}

static void sse(void (*serve)(struct raw_connection *), const char *bytes)
{
    fixture.server.serve = serve;
    fixture.server.answer = bytes;
    open_one(SSE, 0);
}

static void accept_with(struct raw_connection *connection, const char *proof)
{
    char head[300];
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                   proof);
    raw_send(connection, head);
    if (fixture.length > 0) {
        assert_int_equal(raw_send_some(connection, fixture.bytes, fixture.length),
                         (long)fixture.length);
    }
}

static void upgrade(struct raw_connection *connection)
{
    char key[WEBSOCKET_KEY_MAX];
    char proof[WEBSOCKET_ACCEPT_MAX];
    remember(connection);
    const char *at = strstr(fixture.request, "Sec-WebSocket-Key: ");
    assert_non_null(at);
    memcpy(key, at + strlen("Sec-WebSocket-Key: "), sizeof key - 1);
    key[sizeof key - 1] = '\0';
    websocket_key_accept(key, proof);
    accept_with(connection, proof);
}

static void upgrade_falsely(struct raw_connection *connection)
{
    remember(connection);
    accept_with(connection, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

static void websocket(void (*serve)(struct raw_connection *), const char *bytes, size_t length)
{
    fixture.server.serve = serve;
    fixture.bytes = bytes;
    fixture.length = length;
    open_one(WEBSOCKET, 0);
}

/* ---- Server-Sent Events ---- */

static void sse_asks_for_its_interval(void **state)
{
    (void)state;
    sse(answer, SSE_HEAD "id: 7\ndata: x\n\n");
    UNTIL(seen(OCCURRENCE_STREAM_EVENT) == 1);
    assert_non_null(strstr(fixture.request, "GET /events?interval=100ms HTTP/1.1\r\n"));
    assert_non_null(strstr(fixture.request, "Accept: text/event-stream\r\n"));
    assert_null(strstr(fixture.request, "Last-Event-ID"));
    assert_int_equal(nth(OCCURRENCE_STREAM_OPENED, 0)->stream.status, 200);
    assert_int_equal(nth(OCCURRENCE_STREAM_EVENT, 0)->stream.number, 7);
}

static void sse_resumes_by_last_event_id(void **state)
{
    (void)state;
    fixture.server.serve = answer;
    fixture.server.answer = SSE_HEAD ": hello\n\n";
    open_one(SSE, UINT64_MAX - 1);
    UNTIL(seen(OCCURRENCE_STREAM_ALIVE) == 1);
    assert_non_null(strstr(fixture.request, "Last-Event-ID: 18446744073709551614\r\n"));
}

static void sse_events_may_be_cut_anywhere(void **state)
{
    static const char rest[] = "\r\ndata: y\r\n\r\nid: nine\ndata: z\n\ndata: w\n\n";
    (void)state;
    sse(answer, SSE_HEAD "retry: 250\n\nid: 8");
    UNTIL(seen(OCCURRENCE_STREAM_ALIVE) == 1);
    for (size_t i = 0; i < sizeof rest - 1; i++) {
        assert_int_equal(raw_send_some(fixture.connection, rest + i, 1), 1);
        turn(loop_clock() + MS);
    }
    UNTIL(seen(OCCURRENCE_STREAM_EVENT) == 3);
    assert_int_equal(nth(OCCURRENCE_STREAM_EVENT, 0)->stream.number, 8);
    assert_int_equal(nth(OCCURRENCE_STREAM_EVENT, 1)->stream.number, 0); /* "nine" is none */
    raw_close(fixture.connection);
    UNTIL(seen(OCCURRENCE_STREAM_ENDED) == 1);
    assert_int_equal(nth(OCCURRENCE_STREAM_ENDED, 0)->stream.retry, 250 * MS);
}

static void sse_ends_as_the_body_does(void **state)
{
    (void)state;
    sse(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream;charset=utf-8\r\n"
                "Transfer-Encoding: chunked\r\n\r\n5\r\nid: 1\r\n0\r\n\r\n");
    assert_ends(OUTCOME_ANSWER, 200, NULL);
}

static void sse_that_breaks_off_is_truncated(void **state)
{
    (void)state;
    sse(answer_and_close, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                          "Content-Length: 100\r\n\r\nid: 1\ndata: x\n\n");
    assert_ends(OUTCOME_TRUNCATED, 200, NULL);
    assert_int_equal(seen(OCCURRENCE_STREAM_EVENT), 1);
}

static void sse_takes_no_other_answer(void **state)
{
    (void)state;
    sse(answer, "HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\nid: 1\ndata: x\n\n");
    assert_ends(OUTCOME_ANSWER, 503, NULL);
    assert_int_equal(seen(OCCURRENCE_STREAM_OPENED), 0);
}

static void sse_takes_no_other_type(void **state)
{
    (void)state;
    sse(answer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\n\r\nid: 1\n\n");
    assert_ends(OUTCOME_TRUNCATED, 200, "no event stream");
}

static void endless(struct raw_connection *connection)
{
    char line[1024];
    remember(connection);
    memset(line, 'x', sizeof line);
    raw_send(connection, fixture.server.answer);
    while (raw_send_some(connection, line, sizeof line) > 0) {
    }
}

/* More than any event may have, unless it ends before. */
static void flood(void)
{
    char *bytes = malloc(BIG);
    size_t sent = 0;
    assert_non_null(bytes);
    memset(bytes, 'x', BIG);
    while (seen(OCCURRENCE_STREAM_ENDED) == 0 && sent < BIG) {
        long some = raw_send_some(fixture.connection, bytes + sent, BIG - sent);
        sent += some > 0 ? (size_t)some : 0;
        turn(loop_clock() + MS);
    }
    free(bytes);
}

static void sse_bounds_an_event(void **state)
{
    (void)state;
    sse(answer, SSE_HEAD "data: ");
    UNTIL(fixture.connection != NULL);
    flood();
    UNTIL(seen(OCCURRENCE_STREAM_ENDED) == 1);
    const struct occurrence *end = nth(OCCURRENCE_STREAM_ENDED, 0);
    assert_int_equal(end->stream.outcome, OUTCOME_TRUNCATED);
    assert_non_null(end->stream.why);
}

static void sse_bounds_the_headers(void **state)
{
    (void)state;
    sse(endless, "HTTP/1.1 200 OK\r\nX-Long: ");
    UNTIL(fixture.connection != NULL);
    char line[1024];
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 4096 && seen(OCCURRENCE_STREAM_ENDED) == 0; i++) {
        (void)raw_send_some(fixture.connection, line, sizeof line);
        turn(loop_clock());
    }
    UNTIL(seen(OCCURRENCE_STREAM_ENDED) == 1);
    assert_int_equal(seen(OCCURRENCE_STREAM_OPENED), 0);
}

static void what_is_closed_is_never_heard_of(void **state)
{
    (void)state;
    for (uint32_t stream = SSE; stream <= WEBSOCKET; stream++) {
        unsigned ended = fixture.server.ended;
        fixture.server.serve = stream == SSE ? answer : upgrade;
        fixture.server.answer = SSE_HEAD ":\n\n";
        struct stream_ref ref = open_one(stream, 0);
        UNTIL(seen(OCCURRENCE_STREAM_OPENED) == stream + 1);
        size_t before = fixture.count;
        stream_client_close(fixture.streams, ref);
        UNTIL(fixture.server.ended == ended + 1);
        assert_int_equal(seen(OCCURRENCE_STREAM_ENDED), 0);
        assert_true(fixture.count <= before + 1);
    }
}

static void a_port_that_refuses(void **state)
{
    (void)state;
    raw_server_close_listener(&fixture.server);
    open_one(SSE, 0);
    open_one(WEBSOCKET, 0);
    UNTIL(seen(OCCURRENCE_STREAM_ENDED) == 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(nth(OCCURRENCE_STREAM_ENDED, i)->stream.outcome, OUTCOME_REFUSED);
        assert_int_equal(nth(OCCURRENCE_STREAM_ENDED, i)->stream.status, 0);
    }
}

/* ---- WebSocket ---- */

static const char event_5[] = "\x81\x16{\"event\":5,\"node\":\"a\"}";

static void websocket_opens_and_hears(void **state)
{
    (void)state;
    websocket(upgrade, event_5, 2 + 0x16 - 1);
    UNTIL(seen(OCCURRENCE_STREAM_OPENED) == 1);
    assert_non_null(strstr(fixture.request, "GET /ws?a=b&interval=100ms HTTP/1.1\r\n"));
    assert_int_equal(seen(OCCURRENCE_STREAM_EVENT), 0);
    assert_int_equal(raw_send_some(fixture.connection, event_5 + 2 + 0x16 - 1, 1), 1);
    UNTIL(seen(OCCURRENCE_STREAM_EVENT) == 1);
    assert_int_equal(nth(OCCURRENCE_STREAM_OPENED, 0)->stream.status, 101);
    assert_int_equal(nth(OCCURRENCE_STREAM_EVENT, 0)->stream.number, 5);
}

/* What comes before the node says that it has resumed is not after the event that was named. */
static void websocket_waits_for_its_resume(void **state)
{
    static const char resumed[] = "\x81\x0d{\"resumed\":3}";
    (void)state;
    fixture.server.serve = upgrade;
    fixture.bytes = event_5;
    fixture.length = sizeof event_5 - 1;
    open_one(WEBSOCKET, 3);
    UNTIL(seen(OCCURRENCE_STREAM_ALIVE) == 1);
    assert_int_equal(seen(OCCURRENCE_STREAM_EVENT), 0);
    raw_send(fixture.connection, resumed);
    raw_send(fixture.connection, event_5);
    UNTIL(seen(OCCURRENCE_STREAM_EVENT) == 1);
    UNTIL(fixture.connection->length == 2 + 4 + strlen("{\"resume\":3}")); /* masked */
}

static void websocket_checks_the_proof(void **state)
{
    (void)state;
    websocket(upgrade_falsely, NULL, 0);
    assert_ends(OUTCOME_TRUNCATED, 101, "Accept");
    assert_int_equal(seen(OCCURRENCE_STREAM_OPENED), 0);
}

static void websocket_takes_a_no(void **state)
{
    (void)state;
    fixture.server.answer = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    websocket(answer, NULL, 0);
    assert_ends(OUTCOME_ANSWER, 503, NULL);
}

static void websocket_bounds_the_headers(void **state)
{
    (void)state;
    fixture.server.answer = "HTTP/1.1 101 Switching Protocols\r\nX-Long: ";
    websocket(endless, NULL, 0);
    UNTIL(seen(OCCURRENCE_STREAM_ENDED) == 1);
    assert_int_equal(nth(OCCURRENCE_STREAM_ENDED, 0)->stream.outcome, OUTCOME_TRUNCATED);
}

static void websocket_refuses_masked_frames(void **state)
{
    static const char masked[] = "\x81\x82\x01\x02\x03\x04\x69\x6b";
    (void)state;
    websocket(upgrade, masked, sizeof masked - 1);
    assert_ends(OUTCOME_TRUNCATED, 101, "rules");
}

static void websocket_bounds_a_message(void **state)
{
    static const char huge[] = "\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00";
    (void)state;
    websocket(upgrade, huge, sizeof huge - 1);
    UNTIL(seen(OCCURRENCE_STREAM_OPENED) == 1);
    flood();
    assert_ends(OUTCOME_TRUNCATED, 101, "rules");
}

static void websocket_says_goodbye(void **state)
{
    static const char goodbye[] = "\x88\x02\x03\xe9"; /* 1001 */
    (void)state;
    websocket(upgrade, goodbye, sizeof goodbye - 1);
    assert_ends(OUTCOME_ANSWER, 101, "closed");
}

static void websocket_pings_are_signs_of_life(void **state)
{
    static const char ping[] = "\x89\x00";
    (void)state;
    websocket(upgrade, ping, sizeof ping - 1);
    UNTIL(seen(OCCURRENCE_STREAM_ALIVE) == 1);
    UNTIL(fixture.connection->length == 2 + 4); /* its pong, masked */
}

static void websocket_that_breaks_off_is_truncated(void **state)
{
    (void)state;
    websocket(upgrade, NULL, 0);
    UNTIL(seen(OCCURRENCE_STREAM_OPENED) == 1);
    raw_reset(fixture.connection);
    assert_ends(OUTCOME_TRUNCATED, 101, NULL);
}

static void websocket_text_need_not_be_an_event(void **state)
{
    static const char junk[] = "\x81\x02{}\x81\x03[1]\x81\x01x\x82\x01x";
    (void)state;
    websocket(upgrade, junk, sizeof junk - 1);
    UNTIL(seen(OCCURRENCE_STREAM_ALIVE) == 4);
    assert_int_equal(seen(OCCURRENCE_STREAM_EVENT), 0);
}

static void a_thousand_openings_leave_nothing(void **state)
{
    (void)state;
    fixture.server.serve = upgrade_falsely;
    for (int i = 0; i < 1000; i++) {
        fixture.count = 0;
        open_one(WEBSOCKET, 0);
        UNTIL(seen(OCCURRENCE_STREAM_ENDED) == 1);
    }
    assert_true(fixture.arena.used < 65536);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sse_asks_for_its_interval),
        TEST(sse_resumes_by_last_event_id),
        TEST(sse_events_may_be_cut_anywhere),
        TEST(sse_ends_as_the_body_does),
        TEST(sse_that_breaks_off_is_truncated),
        TEST(sse_takes_no_other_answer),
        TEST(sse_takes_no_other_type),
        TEST(sse_bounds_an_event),
        TEST(sse_bounds_the_headers),
        TEST(what_is_closed_is_never_heard_of),
        TEST(a_port_that_refuses),
        TEST(websocket_opens_and_hears),
        TEST(websocket_waits_for_its_resume),
        TEST(websocket_checks_the_proof),
        TEST(websocket_takes_a_no),
        TEST(websocket_bounds_the_headers),
        TEST(websocket_refuses_masked_frames),
        TEST(websocket_bounds_a_message),
        TEST(websocket_says_goodbye),
        TEST(websocket_pings_are_signs_of_life),
        TEST(websocket_that_breaks_off_is_truncated),
        TEST(websocket_text_need_not_be_an_event),
        TEST(a_thousand_openings_leave_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
