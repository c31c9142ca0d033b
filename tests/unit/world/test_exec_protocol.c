/* Lines of the client protocol: each event as it is meant, what is not of the protocol with what is
   wrong with it, and what we write ourselves. */
#include "world/exec_line.h"
#include "world/exec_protocol.h"

#include "unit/cmocka_all.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct exec_line line;

static void read_good(const char *text)
{
    struct error error = {.text = ""};
    assert_int_equal(exec_line_read(&line, text, strlen(text), &error), 0);
}

static void test_ready(void **state)
{
    (void)state;
    read_good("{\"ev\":\"ready\",\"features\":[\"status\",\"telemetry\",\"of-later\"]}\r");
    assert_int_equal(line.event, EXEC_EVENT_READY);
    assert_int_equal(line.features, CLIENT_FEATURE_STATUS | CLIENT_FEATURE_TELEMETRY);
    exec_line_done(&line);
    read_good("{\"ev\":\"ready\"}");
    assert_int_equal(line.features, 0);
    exec_line_done(&line);
}

static void test_response(void **state)
{
    (void)state;
    read_good("{\"ev\":\"response\",\"id\":17,\"status\":201,\"node\":\"backup-1\",\"attempts\":2,"
              "\"body_sha256\":"
              "\"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\",\"new\":[]}");
    assert_int_equal(line.event, EXEC_EVENT_RESPONSE);
    assert_int_equal(line.id, 17);
    assert_int_equal(line.http_status, 201);
    assert_int_equal(line.attempts, 2);
    assert_string_equal(line.node, "backup-1");
    assert_true(line.has_body_hash);
    assert_true(line.body_hash == UINT64_C(0x0123456789abcdef));
    exec_line_done(&line);
    read_good("{\"ev\":\"response\",\"id\":0,\"status\":503,\"node\":null,\"body_sha256\":null}");
    assert_null(line.node);
    assert_false(line.has_body_hash);
    assert_int_equal(line.attempts, 0);
    exec_line_done(&line);
}

static void test_error_is_printable_and_bounded(void **state)
{
    char buffer[2048];
    struct text text;
    (void)state;
    text_init(&text, buffer, sizeof buffer);
    text_add(&text, "{\"ev\":\"error\",\"id\":3,\"reason\":\"\\u001b[31m");
    for (int i = 0; i < 300; i++) {
        text_add(&text, "\xc3\xa9"); /* two bytes: the bound may fall between them */
    }
    text_add(&text, "\"}");
    read_good(text.data);
    assert_int_equal(line.event, EXEC_EVENT_ERROR);
    assert_memory_equal(line.why, "?[31m\xc3\xa9", 7);
    assert_true(strlen(line.why) <= EXEC_WHY_MAX && strlen(line.why) > EXEC_WHY_MAX - 3);
    assert_int_equal((strlen(line.why) - 5) % 2, 0);
    exec_line_done(&line);
}

static void test_telemetry_and_orders(void **state)
{
    (void)state;
    read_good("{\"ev\":\"node\",\"name\":\"primary\",\"state\":\"probing\"}");
    assert_int_equal(line.event, EXEC_EVENT_NODE);
    assert_int_equal(line.belief, BELIEF_PROBING);
    assert_string_equal(line.why, "");
    exec_line_done(&line);
    read_good("{\"ev\":\"active\",\"name\":\"backup-1\"}");
    assert_int_equal(line.event, EXEC_EVENT_ACTIVE);
    assert_string_equal(line.node, "backup-1");
    exec_line_done(&line);
    read_good("{\"ev\":\"done\",\"op\":\"reset\"}");
    assert_int_equal(line.event, EXEC_EVENT_DONE);
    assert_int_equal(line.order, CLIENT_ORDER_RESET);
    exec_line_done(&line);
    read_good("{\"ev\":\"refused\",\"op\":\"switch\",\"why\":\"no\"}");
    assert_int_equal(line.event, EXEC_EVENT_REFUSED);
    assert_int_equal(line.order, CLIENT_ORDER_SWITCH);
    assert_string_equal(line.why, "no");
    exec_line_done(&line);
}

static void test_status(void **state)
{
    (void)state;
    read_good(
        "{\"ev\":\"status\",\"active\":\"b\",\"nodes\":[{\"name\":\"a\",\"state\":\"failed\"},"
        "{\"name\":\"b\",\"state\":\"healthy\",\"latency_ms\":1.5}]}");
    assert_int_equal(line.event, EXEC_EVENT_STATUS);
    assert_string_equal(line.node, "b");
    assert_int_equal(line.status_nodes, 2);
    assert_int_equal(exec_line_status_node(&line, 0).belief, BELIEF_FAILED);
    assert_int_equal(exec_line_status_node(&line, 0).latency, 0);
    assert_string_equal(exec_line_status_node(&line, 1).node, "b");
    assert_int_equal(exec_line_status_node(&line, 1).latency, 1500 * NANOS_PER_US);
    exec_line_done(&line);
}

static void test_streams(void **state)
{
    (void)state;
    read_good("{\"ev\":\"event\",\"id\":3,\"event\":\"1041\",\"node\":\"a\"}");
    assert_int_equal(line.event, EXEC_EVENT_EVENT);
    assert_int_equal(line.number, 1041);
    exec_line_done(&line);
    read_good("{\"ev\":\"event\",\"id\":3,\"event\":\"99999999999999999999\"}");
    assert_int_equal(line.number, 0);
    exec_line_done(&line);
    read_good("{\"ev\":\"event\",\"id\":3,\"event\":\"12a\"}");
    assert_int_equal(line.number, 0);
    exec_line_done(&line);
    read_good("{\"ev\":\"closed\",\"id\":3}");
    assert_int_equal(line.event, EXEC_EVENT_CLOSED);
    exec_line_done(&line);
}

static void test_what_is_not_of_the_protocol(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } lines[] = {
        {"", "no JSON object"},
        {"hello", "no JSON object"},
        {"[1]", "no JSON object"},
        {"{\"ev\":\"ready\"} {}", "no JSON object"},
        {"{\"ev\":\"ready\"", "no JSON object"},
        {"{\"ev\":7}", "'ev' must be a string"},
        {"{\"op\":\"request\"}", "'ev' must be a string"},
        {"{\"ev\":\"answer\",\"id\":1}", "no event is called so"},
        {"{\"ev\":\"ready\",\"features\":\"status\"}", "'features' must be a list"},
        {"{\"ev\":\"ready\",\"features\":[1]}", "'features' must be a list"},
        {"{\"ev\":\"response\",\"status\":200}", "'id' must be a whole number"},
        {"{\"ev\":\"response\",\"id\":\"1\",\"status\":200}", "'id' must be a whole number"},
        {"{\"ev\":\"response\",\"id\":-1,\"status\":200}", "'id' must be a whole number"},
        {"{\"ev\":\"response\",\"id\":4294967295,\"status\":200}", "'id' must be"},
        {"{\"ev\":\"response\",\"id\":1}", "'status' must be an HTTP status"},
        {"{\"ev\":\"response\",\"id\":1,\"status\":99}", "'status' must be an HTTP status"},
        {"{\"ev\":\"response\",\"id\":1,\"status\":600}", "'status' must be an HTTP status"},
        {"{\"ev\":\"response\",\"id\":1,\"status\":200.5}", "'status' must be an HTTP status"},
        {"{\"ev\":\"response\",\"id\":1,\"status\":200,\"attempts\":65536}", "'attempts' must"},
        {"{\"ev\":\"response\",\"id\":1,\"status\":200,\"node\":2}", "'node' must be a string"},
        {"{\"ev\":\"response\",\"id\":1,\"status\":200,\"body_sha256\":\"12\"}", "64 hexadecimal"},
        {"{\"ev\":\"error\",\"id\":1}", "'reason' must be a string"},
        {"{\"ev\":\"node\",\"name\":\"a\",\"state\":\"down\"}", "'state' must be"},
        {"{\"ev\":\"done\",\"op\":\"status\"}", "'op' must be"},
        {"{\"ev\":\"status\"}", "'nodes' must be a list"},
        {"{\"ev\":\"status\",\"nodes\":[1]}", "'nodes' must be a list"},
        {"{\"ev\":\"event\",\"id\":1}", "'event' must be a string"},
        {"{\"ev\":\"closed\"}", "'id' must be a whole number"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct error error = {.text = ""};
        assert_int_equal(exec_line_read(&line, lines[i].text, strlen(lines[i].text), &error), -1);
        if (strstr(error.text, lines[i].why) == NULL) {
            fail_msg("%s: %s", lines[i].text, error.text);
        }
    }
}

static void test_quote(void **state)
{
    char buffer[EXEC_QUOTE_MAX * 2];
    char longer[1000];
    struct text text;
    (void)state;
    text_init(&text, buffer, sizeof buffer);
    exec_line_quote(&text, "a\tb\xff\xe2\x80\xa8z", 8);
    assert_string_equal(text.data, "a?b??z");
    memset(longer, 'x', sizeof longer);
    text_init(&text, buffer, sizeof buffer);
    exec_line_quote(&text, longer, sizeof longer);
    assert_string_equal(text.data + EXEC_QUOTE_MAX, "... (1000 bytes)");
}

static const char *string_at(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void test_request_is_written_with_its_number(void **state)
{
    struct arena arena;
    char bytes[1024];
    const struct http_header headers[] = {{.name = "Authorization", .value = "a \"b\""}};
    const struct traffic_request request = {
        .method = METHOD_POST,
        .path = "/caf\xc3\xa9?a=\"b\"",
        .body = "{\"seat\":\"$(request)\",\"\\n\":$(request)}",
        .headers = headers,
        .header_count = 1,
    };
    (void)state;
    arena_init(&arena, 0);
    struct http_client_body cut = exec_protocol_request(&arena, &request, 3);
    assert_true(cut.length_max < sizeof bytes);
    size_t length = http_client_body_write(&cut, 4000000000, bytes);
    assert_int_equal(bytes[length - 1], '\n');
    assert_null(memchr(bytes, '\n', length - 1));
    json_t *value = json_loadb(bytes, length, 0, NULL);
    assert_non_null(value);
    assert_string_equal(string_at(value, "op"), "request");
    assert_int_equal(json_integer_value(json_object_get(value, "id")), 4000000000);
    assert_string_equal(string_at(value, "method"), "POST");
    assert_string_equal(string_at(value, "path"), request.path);
    assert_string_equal(string_at(value, "body"), "{\"seat\":\"4000000000\",\"\\n\":4000000000}");
    const json_t *told = json_object_get(value, "headers");
    assert_string_equal(string_at(told, "X-Request-Id"), "3-4000000000");
    assert_string_equal(string_at(told, "Authorization"), "a \"b\"");
    assert_string_equal(string_at(told, "Content-Type"), "application/json");
    json_decref(value);
    arena_done(&arena);
}

static void test_start_is_written(void **state)
{
    struct arena arena;
    struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}};
    const char *const urls[] = {"http://127.0.0.1:1/x", "http://127.0.0.1:2"};
    const struct scenario scenario = {.nodes = nodes, .node_count = 2, .process_count = 2};
    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(exec_protocol_start(&arena, &scenario, urls, "{\"k\":[1,{}]}"),
                        "{\"op\":\"start\",\"protocol\":1,\"nodes\":["
                        "{\"name\":\"a\",\"url\":\"http://127.0.0.1:1/x\"},"
                        "{\"name\":\"b\",\"url\":\"http://127.0.0.1:2\"}],"
                        "\"options\":{\"k\":[1,{}]}}\n");
    arena_done(&arena);
}

static void test_orders_are_written(void **state)
{
    struct arena arena;
    char buffer[EXEC_ORDER_MAX];
    struct text text;
    const struct traffic_stream stream = {
        .kind = STREAM_WEBSOCKET, .path = "/ws?x=1", .interval = 100 * NANOS_PER_MS};
    (void)state;
    text_init(&text, buffer, sizeof buffer);
    exec_protocol_order(&text, CLIENT_ORDER_SWITCH, "backup-1");
    exec_protocol_order(&text, CLIENT_ORDER_STATUS, NULL);
    exec_protocol_cancel(&text, 17);
    exec_protocol_close(&text, 3);
    exec_protocol_stop(&text);
    assert_string_equal(text.data, "{\"op\":\"switch\",\"name\":\"backup-1\"}\n"
                                   "{\"op\":\"status\"}\n"
                                   "{\"op\":\"cancel\",\"id\":17}\n"
                                   "{\"op\":\"close\",\"id\":3}\n"
                                   "{\"op\":\"stop\"}\n");
    arena_init(&arena, 0);
    assert_string_equal(exec_protocol_stream(&arena, 3, &stream),
                        "{\"op\":\"stream\",\"id\":3,\"kind\":\"websocket\",\"path\":\"/"
                        "ws?x=1&interval=100ms\"}\n");
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready),
        cmocka_unit_test(test_response),
        cmocka_unit_test(test_error_is_printable_and_bounded),
        cmocka_unit_test(test_telemetry_and_orders),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_what_is_not_of_the_protocol),
        cmocka_unit_test(test_quote),
        cmocka_unit_test(test_request_is_written_with_its_number),
        cmocka_unit_test(test_start_is_written),
        cmocka_unit_test(test_orders_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
