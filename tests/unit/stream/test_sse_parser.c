#include "core/stream/sse_parser.h"

#include "base/text.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 2048
#define DATA_MAX  64

/* Each event as "type/id/data;", line ends in the data as '~', an error as "!". */
static void show(struct sse_parser *parser, const char *bytes, size_t length, struct text *shown)
{
    const char *at = bytes;
    struct sse_event event;
    enum sse_step step = sse_parser_step(parser, &at, bytes + length, &event);

    for (; step == SSE_EVENT; step = sse_parser_step(parser, &at, bytes + length, &event)) {
        assert_int_equal(strlen(event.type), event.type_length);
        assert_int_equal(event.data[event.data_length], '\0');
        text_printf(shown, "%s/%s/", event.type, event.id);
        for (size_t i = 0; i < event.data_length; i++) {
            text_add_bytes(shown, event.data[i] == '\n' ? "~" : &event.data[i], 1);
        }
        text_add(shown, ";");
    }
    if (step == SSE_BROKEN) {
        assert_non_null(parser->why);
        text_add(shown, "!");
    } else {
        assert_ptr_equal(at, bytes + length);
    }
}

/* In three pieces, each of which may be empty. */
static void feed_in_pieces(const char *bytes, size_t length, const size_t cuts[2], char *ret)
{
    char data[DATA_MAX];
    struct sse_parser parser;
    struct text shown;

    text_init(&shown, ret, SHOWN_MAX);
    sse_parser_init(&parser, data, sizeof data);
    show(&parser, bytes, cuts[0], &shown);
    if (parser.why == NULL) {
        show(&parser, bytes + cuts[0], cuts[1] - cuts[0], &shown);
    }
    if (parser.why == NULL) {
        show(&parser, bytes + cuts[1], length - cuts[1], &shown);
    }
}

static void expect_bytes(const char *bytes, size_t length, const char *expected)
{
    char shown[SHOWN_MAX];

    for (size_t first = 0; first <= length; first++) {
        for (size_t second = first; second <= length; second++) {
            feed_in_pieces(bytes, length, (const size_t[]){first, second}, shown);
            assert_string_equal(shown, expected);
        }
    }
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), expected);
}

static void test_an_event_needs_data_and_an_empty_line(void **state)
{
    (void)state;
    expect("data: one\n\n", "message//one;");
    expect("data: one\n", "");
    expect("data: one", "");
    expect("event: a\nid: 1\n\n", "");
    expect("\n\n\ndata:1\n\n\n\n", "message//1;");
}

static void test_line_ends(void **state)
{
    (void)state;
    expect("data: a\rdata: b\r\rdata: c\r\n\r\ndata: d\n\n", "message//a~b;message//c;message//d;");
    expect("data: a\r\ndata: b\r\n\r\n", "message//a~b;");
    expect("data: a\r\n\ndata: b\n\r\n", "message//a;message//b;");
    expect("data: a\n\rdata: b\n\r", "message//a;message//b;");
    expect("data: a\r\r\ndata: b\r\n\r", "message//a;message//b;");
}

static void test_one_byte_order_mark_is_skipped(void **state)
{
    (void)state;
    expect("\xEF\xBB\xBF"
           "data: a\n\n",
           "message//a;");
    expect("\xEF\xBB\xBF\xEF\xBB\xBF"
           "data: a\n\n",
           "");
    expect("\xEF\xBB"
           "data: a\n\ndata: b\n\n",
           "message//b;");
    expect("\xEF\n\xBB\xBF\ndata: a\n\n", "message//a;");
    expect("data: \xEF\xBB\xBF\n\n", "message//\xEF\xBB\xBF;");
}

static void test_data_of_several_lines(void **state)
{
    (void)state;
    expect("data: a\ndata\ndata:\ndata:b\n\n", "message//a~~~b;");
    expect("data\n\n", "message//;");
    expect("data\ndata\n\n", "message//~;");
    expect("data:  two\tblanks \n\n", "message// two\tblanks ;");
    expect("data: a:b: c\n\n", "message//a:b: c;");
    expect_bytes("data: a\0b\n\n", 11, "message//a\0b;");
}

static void test_comments_and_unknown_fields(void **state)
{
    (void)state;
    expect(": comment\n:\n:data: no\ndata: a\n: comment\ndata: b\n\n", "message//a~b;");
    expect("Data: a\ndata : b\n data: c\ndatas: d\nunknown-and-long: e\nunknown\n\n", "");
    expect(":\n\n:\n\n", "");
}

static void test_the_type_is_of_one_event(void **state)
{
    (void)state;
    expect("event: add\ndata: 1\n\ndata: 2\n\n", "add//1;message//2;");
    expect("event: add\n\ndata: 1\n\n", "message//1;");
    expect("event: one\nevent: two\ndata: 1\n\n", "two//1;");
    expect("event: one\nevent\ndata: 1\n\n", "message//1;");
}

static void test_the_id_stays(void **state)
{
    (void)state;
    expect("id: 7\ndata: a\n\ndata: b\n\n", "message/7/a;message/7/b;");
    expect("id: 7\ndata: a\n\nid\ndata: b\n\n", "message/7/a;message//b;");
    expect("id: 7\ndata: a\n\nid:\ndata: b\n\n", "message/7/a;message//b;");
    expect("id: 7\n\ndata: b\n\n", "message/7/b;");
    expect("id: 7\nid: 8\ndata: b\n\n", "message/8/b;");
    expect_bytes("id: 7\nid: 8\0x\ndata: b\n\n", 24, "message/7/b;");
}

static nanos retry_after(const char *text)
{
    char data[DATA_MAX];
    struct sse_parser parser;
    struct sse_event event;
    const char *at = text;

    sse_parser_init(&parser, data, sizeof data);
    assert_int_equal(sse_parser_step(&parser, &at, text + strlen(text), &event), SSE_MORE);
    return parser.retry;
}

static void test_retry_takes_digits_only(void **state)
{
    (void)state;
    assert_true(retry_after("retry: 250\n") == 250 * NANOS_PER_MS);
    assert_true(retry_after("retry:0\n") == 0);
    assert_true(retry_after("retry: 250") == NANOS_NEVER);
    assert_true(retry_after("retry: 10\nretry: 20x\nretry: \nretry\nretry: -1\nretry: +1\n") ==
                10 * NANOS_PER_MS);
    assert_true(retry_after("retry: 99999999999999999999999999\n") == SSE_RETRY_MAX);
}

static void test_what_does_not_fit_is_an_error(void **state)
{
    char text[2 * DATA_MAX];
    char shown[SHOWN_MAX];

    (void)state;
    /* The buffer takes the last line end too. */
    (void)snprintf(text, sizeof text, "data: %0*d\n\n", DATA_MAX - 1, 1);
    feed_in_pieces(text, strlen(text), (const size_t[]){0, 0}, shown);
    assert_int_equal(strlen(shown), strlen("message//;") + DATA_MAX - 1);
    (void)snprintf(text, sizeof text, "data: %0*d\n\n", DATA_MAX, 1);
    expect(text, "!");
    (void)snprintf(text, sizeof text, "data: %0*d", DATA_MAX + 1, 1);
    expect(text, "!");
}

static void test_long_types_and_ids_are_errors(void **state)
{
    char text[SSE_ID_MAX + 32];
    char data[DATA_MAX];
    struct sse_parser parser;
    struct sse_event event;
    static const char *const fields[] = {"id", "event"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int length = snprintf(text, sizeof text, "%s: %0*d\ndata: a\n\n", fields[i / 2],
                              (int)(SSE_ID_MAX + i % 2), 1);
        const char *at = text;

        sse_parser_init(&parser, data, sizeof data);
        assert_int_equal(sse_parser_step(&parser, &at, text + length, &event),
                         i % 2 == 0 ? SSE_EVENT : SSE_BROKEN);
    }
}

static void test_a_broken_parser_stays_so(void **state)
{
    char data[4];
    char buffer[SHOWN_MAX];
    struct sse_parser parser;
    struct text shown;

    (void)state;
    text_init(&shown, buffer, sizeof buffer);
    sse_parser_init(&parser, data, sizeof data);
    show(&parser, "id: 5\nretry: 9\ndata: a\n\nid: 6\ndata: abcdef\n\n", 45, &shown);
    show(&parser, "data: b\n\n", 9, &shown);
    assert_string_equal(buffer, "message/5/a;!!");
    assert_string_equal(parser.last_id, "5");
    assert_true(parser.retry == 9 * NANOS_PER_MS);
}

static void test_comments_of_any_length_cost_nothing(void **state)
{
    char data[4];
    char block[4096];
    struct sse_parser parser;
    struct sse_event event;

    (void)state;
    sse_parser_init(&parser, data, sizeof data);
    memset(block, ':', sizeof block);
    for (unsigned i = 0; i < 1024; i++) {
        const char *at = block;

        assert_int_equal(sse_parser_step(&parser, &at, block + sizeof block, &event), SSE_MORE);
    }
    const char *at = "\ndata: a\n\n";
    assert_int_equal(sse_parser_step(&parser, &at, at + 10, &event), SSE_EVENT);
    assert_string_equal(event.data, "a");
}

static enum sse_step step_over(size_t data_length)
{
    char *text = malloc(data_length + 8);
    char *data = malloc(2 * SSE_DATA_MAX);
    struct sse_parser parser;
    struct sse_event event = {.data_length = 0};
    enum sse_step step = SSE_MORE;
    const char *at = text;

    assert_non_null(text);
    assert_non_null(data);
    memset(text, 'x', data_length + 8);
    text[4] = ':';
    text[5] = ' ';
    text[0] = 'd';
    text[1] = text[3] = 'a';
    text[2] = 't';
    text[data_length + 6] = text[data_length + 7] = '\n';
    sse_parser_init(&parser, data, 2 * SSE_DATA_MAX);
    step = sse_parser_step(&parser, &at, text + data_length + 8, &event);
    assert_true(step != SSE_EVENT || event.data_length == data_length);
    free(data);
    free(text);
    return step;
}

static void test_a_mebibyte_is_taken_and_no_more(void **state)
{
    (void)state;
    assert_int_equal(step_over(SSE_DATA_MAX), SSE_EVENT);
    assert_int_equal(step_over(SSE_DATA_MAX + 1), SSE_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_needs_data_and_an_empty_line),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_one_byte_order_mark_is_skipped),
        cmocka_unit_test(test_data_of_several_lines),
        cmocka_unit_test(test_comments_and_unknown_fields),
        cmocka_unit_test(test_the_type_is_of_one_event),
        cmocka_unit_test(test_the_id_stays),
        cmocka_unit_test(test_retry_takes_digits_only),
        cmocka_unit_test(test_what_does_not_fit_is_an_error),
        cmocka_unit_test(test_long_types_and_ids_are_errors),
        cmocka_unit_test(test_a_broken_parser_stays_so),
        cmocka_unit_test(test_comments_of_any_length_cost_nothing),
        cmocka_unit_test(test_a_mebibyte_is_taken_and_no_more),
    };

    return cmocka_run_group_tests_name("stream/sse_parser", tests, NULL, NULL);
}
