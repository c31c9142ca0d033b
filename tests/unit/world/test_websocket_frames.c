#include "world/websocket_frames.h"

#include "base/text.h"
#include "unit/cmocka_all.h"
#include "world/websocket_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_MAX 200
#define SHOWN_MAX   4096

/* One end, what it heard, and what it has to say. */
struct end {
    struct websocket_frames *frames;
    char buffer[MESSAGE_MAX];
    char shown[SHOWN_MAX];
    struct text heard;
    struct error error;
};

/* "t:text;", "b:", "i:" for pings, "o:" for pongs, "c1000:reason;". */
static void hear(void *arg, const struct websocket_message *message)
{
    struct end *end = arg;

    text_printf(&end->heard, "%c", "tbioc"[message->kind]);
    if (message->kind == WEBSOCKET_CLOSE) {
        text_printf(&end->heard, "%u", (unsigned)message->code);
    }
    text_printf(&end->heard, ":%.*s;", (int)message->length, message->bytes);
}

static void begin(struct end *end, enum websocket_role role)
{
    const struct websocket_frames_settings settings = {
        .role = role,
        .seed = 1,
        .buffer = end->buffer,
        .capacity = sizeof end->buffer,
        .arg = end,
        .message = hear,
    };

    text_init(&end->heard, end->shown, sizeof end->shown);
    end->error = (struct error){0};
    end->frames = websocket_frames_new(&settings);
}

static void finish(struct end *end)
{
    end->frames = websocket_frames_free(end->frames);
}

static int feed(struct end *end, const char *bytes, size_t length)
{
    return websocket_frames_feed(end->frames, bytes, length, &end->error);
}

/* All that waits, up to `size`. */
static size_t drain(struct end *end, char *ret, size_t size)
{
    const char *bytes = NULL;
    size_t length = websocket_frames_output(end->frames, &bytes);

    length = length < size ? length : size;
    memcpy(ret, bytes, length);
    websocket_frames_sent(end->frames, length);
    return length;
}

static void pass(struct end *from, struct end *to)
{
    char bytes[WEBSOCKET_OUTPUT_MAX];
    size_t length = drain(from, bytes, sizeof bytes);

    assert_int_equal(feed(to, bytes, length), 0);
}

/* What a client makes of these bytes of a server, cut in two everywhere; the error, or "". */
static void expect(const char *bytes, size_t length, const char *heard, const char *why)
{
    for (size_t cut = 0; cut <= length; cut++) {
        struct end client;

        begin(&client, WEBSOCKET_CLIENT);
        if (feed(&client, bytes, cut) == 0) {
            (void)feed(&client, bytes + cut, length - cut);
        }
        assert_string_equal(client.error.text, why);
        assert_string_equal(client.shown, heard);
        finish(&client);
    }
}

#define EXPECT(bytes, heard, why) expect(bytes, sizeof(bytes) - 1, heard, why)

/* Also: which code the close says, that the client sends in return. */
static void expect_code(const char *bytes, size_t length, unsigned code)
{
    struct end client;
    struct end server;
    char said[32];

    begin(&client, WEBSOCKET_CLIENT);
    begin(&server, WEBSOCKET_SERVER);
    (void)feed(&client, bytes, length);
    pass(&client, &server);
    (void)snprintf(said, sizeof said, "c%u:", code);
    assert_non_null(strstr(server.shown, said));
    finish(&server);
    finish(&client);
}

#define EXPECT_CODE(bytes, code) expect_code(bytes, sizeof(bytes) - 1, code)

static void test_texts_pass_both_ways(void **state)
{
    struct end client;
    struct end server;

    (void)state;
    begin(&client, WEBSOCKET_CLIENT);
    begin(&server, WEBSOCKET_SERVER);
    assert_int_equal(websocket_frames_text(client.frames, "up", 2), 0);
    assert_int_equal(websocket_frames_text(client.frames, "", 0), 0);
    assert_int_equal(websocket_frames_text(server.frames, "down", 4), 0);
    pass(&client, &server);
    pass(&server, &client);
    assert_string_equal(server.shown, "t:up;t:;");
    assert_string_equal(client.shown, "t:down;");
    finish(&client);
    finish(&server);
}

static void test_only_clients_mask(void **state)
{
    struct end end;
    char bytes[32];

    (void)state;
    begin(&end, WEBSOCKET_SERVER);
    assert_int_equal(websocket_frames_text(end.frames, "abc", 3), 0);
    assert_int_equal(drain(&end, bytes, sizeof bytes), 5);
    assert_memory_equal(bytes,
                        "\x81\x03"
                        "abc",
                        5);
    finish(&end);
    begin(&end, WEBSOCKET_CLIENT);
    assert_int_equal(websocket_frames_text(end.frames, "abc", 3), 0);
    assert_int_equal(drain(&end, bytes, sizeof bytes), 9);
    assert_memory_equal(bytes, "\x81\x83", 2);
    assert_memory_not_equal(bytes + 6, "abc", 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(bytes[6 + i] ^ bytes[2 + i], "abc"[i]);
    }
    finish(&end);
}

static void test_fragments_make_one_message(void **state)
{
    (void)state;
    EXPECT("\x01\x02"
           "ab\x00\x00\x80\x01"
           "c",
           "t:abc;", "");
    EXPECT("\x02\x00\x80\x01"
           "c\x82\x01"
           "d",
           "b:c;b:d;", "");
    /* A character may be cut, and pings may come between. */
    EXPECT("\x01\x01\xC3\x89\x01x\x8A\x00\x80\x01\xA9", "i:x;o:;t:\xC3\xA9;", "");
}

static void test_fragments_out_of_place(void **state)
{
    (void)state;
    EXPECT("\x80\x01"
           "a",
           "", "a fragment out of place");
    EXPECT("\x00\x00", "", "a fragment out of place");
    EXPECT("\x01\x01"
           "a\x81\x01"
           "b",
           "", "a fragment out of place");
    EXPECT("\x01\x00\x02\x00", "", "a fragment out of place");
    EXPECT_CODE("\x80\x00", 1002);
}

static void test_what_a_server_may_not_do(void **state)
{
    (void)state;
    EXPECT("\x81\x81mask\x0c", "", "a masked frame");
    EXPECT("\x81\x80mask", "", "a masked frame");
    EXPECT("\xC1\x01"
           "a",
           "", "a frame with reserved bits");
    EXPECT("\x91\x01"
           "a",
           "", "a frame with reserved bits");
    EXPECT("\x83\x00", "", "a frame of an unknown kind");
    EXPECT("\x8B\x00", "", "a frame of an unknown kind");
    EXPECT("\x09\x00", "", "a frame of a wrong length");
    EXPECT("\x89\x7E\x00\x7E", "", "a frame of a wrong length");
    EXPECT("\x81\x7E\x00\x01"
           "a",
           "", "a frame of a wrong length");
    EXPECT("\x81\x7F\x00\x00\x00\x00\x00\x00\x00\x01"
           "a",
           "", "a frame of a wrong length");
    EXPECT("\x81\x7F\x80\x00\x00\x00\x00\x00\x00\x01"
           "a",
           "", "a frame of a wrong length");
    EXPECT_CODE("\x81\x81mask\x0c", 1002);
    EXPECT_CODE("\x89\x7E\x00\x7E", 1002);
}

static void test_a_client_must_mask(void **state)
{
    struct end server;

    (void)state;
    begin(&server, WEBSOCKET_SERVER);
    assert_int_equal(feed(&server,
                          "\x81\x01"
                          "a",
                          3),
                     -1);
    assert_string_equal(server.error.text, "a frame that is not masked");
    finish(&server);
}

static void test_text_must_be_utf8(void **state)
{
    (void)state;
    EXPECT("\x81\x01\xFF", "", "text that is not UTF-8");
    EXPECT("\x81\x02\xC0\x80", "", "text that is not UTF-8");
    EXPECT("\x81\x03\xED\xA0\x80", "", "text that is not UTF-8");
    EXPECT("\x81\x02\xE2\x82", "", "text that is not UTF-8");
    EXPECT("\x81\x04\xF4\x90\x80\x80", "", "text that is not UTF-8");
    EXPECT("\x81\x04\xF4\x8F\xBF\xBF", "t:\xF4\x8F\xBF\xBF;", "");
    EXPECT("\x82\x01\xFF", "b:\xFF;", "");
    EXPECT_CODE("\x81\x01\xFF", 1007);
}

static void test_messages_are_bounded(void **state)
{
    char bytes[3 * MESSAGE_MAX] = {'\x82', '\x7E', '\x00', (char)MESSAGE_MAX};
    char *heard = malloc(MESSAGE_MAX + 8);

    (void)state;
    assert_non_null(heard);
    memset(bytes + 4, 'x', MESSAGE_MAX);
    (void)snprintf(heard, MESSAGE_MAX + 8, "b:%.*s;", MESSAGE_MAX, bytes + 4);
    expect(bytes, 4 + MESSAGE_MAX, heard, "");
    bytes[3]++;
    expect(bytes, 4 + MESSAGE_MAX + 1, "", "a message is too long");
    expect_code(bytes, 5, 1009);
    free(heard);
    /* In fragments; and one that announces more than there is memory. */
    bytes[3]--;
    bytes[0] = '\x02';
    bytes[4 + MESSAGE_MAX] = '\x80';
    bytes[4 + MESSAGE_MAX + 1] = '\x01';
    expect(bytes, 4 + MESSAGE_MAX + 3, "", "a message is too long");
    EXPECT("\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFx", "", "a message is too long");
}

static void test_pings_are_answered_with_what_they_said(void **state)
{
    struct end client;
    struct end server;

    (void)state;
    begin(&client, WEBSOCKET_CLIENT);
    begin(&server, WEBSOCKET_SERVER);
    assert_int_equal(websocket_frames_ping(server.frames), 0);
    pass(&server, &client);
    pass(&client, &server);
    assert_string_equal(client.shown, "i:;");
    assert_string_equal(server.shown, "o:;");
    assert_int_equal(feed(&client, "\x89\x02hi", 4), 0);
    pass(&client, &server);
    assert_string_equal(server.shown, "o:;o:hi;");
    finish(&client);
    finish(&server);
}

static void test_a_flood_of_pings_costs_a_bounded_room(void **state)
{
    struct end client;
    char bytes[WEBSOCKET_OUTPUT_MAX];

    (void)state;
    begin(&client, WEBSOCKET_CLIENT);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(feed(&client, "\x89\x04ping", 6), 0);
    }
    assert_true(drain(&client, bytes, sizeof bytes) > 10);
    assert_int_equal(drain(&client, bytes, sizeof bytes), 0);
    assert_int_equal(feed(&client, "\x89\x04ping", 6), 0);
    assert_int_equal(drain(&client, bytes, sizeof bytes), 10);
    finish(&client);
}

static void test_closing(void **state)
{
    struct end client;
    struct end server;

    (void)state;
    begin(&client, WEBSOCKET_CLIENT);
    begin(&server, WEBSOCKET_SERVER);
    assert_int_equal(websocket_frames_text(server.frames, "last", 4), 0);
    websocket_frames_close(server.frames, WEBSOCKET_CODE_GOING_AWAY);
    websocket_frames_close(server.frames, WEBSOCKET_CODE_NORMAL);
    assert_int_equal(websocket_frames_text(server.frames, "late", 4), -1);
    pass(&server, &client);
    assert_string_equal(client.shown, "t:last;c1001:;");
    assert_false(websocket_frames_is_over(client.frames));
    pass(&client, &server);
    assert_true(websocket_frames_is_over(client.frames));
    assert_true(websocket_frames_is_over(server.frames));
    assert_string_equal(server.shown, "c1001:;");
    assert_int_equal(feed(&client, "\xFF\xFF", 2), 0); /* nobody listens any more */
    finish(&client);
    finish(&server);
}

static void test_what_a_close_may_say(void **state)
{
    (void)state;
    EXPECT("\x88\x00", "c1005:;", "");
    EXPECT("\x88\x02\x03\xE8", "c1000:;", "");
    EXPECT("\x88\x05\x0F\xA0"
           "bye",
           "c4000:bye;", "");
    EXPECT("\x88\x04\x03\xE8\xC3\xA9", "c1000:\xC3\xA9;", "");
    EXPECT("\x88\x04\x03\xE8\xC3\x28", "", "text that is not UTF-8");
    EXPECT("\x88\x01\x03", "", "a close without a right code");
    EXPECT("\x88\x02\x03\xED", "", "a close without a right code"); /* 1005 */
    EXPECT("\x88\x02\x03\xEE", "", "a close without a right code"); /* 1006 */
    EXPECT("\x88\x02\x00\x00", "", "a close without a right code");
    EXPECT("\x88\x02\x07\xD0", "", "a close without a right code"); /* 2000 */
    EXPECT_CODE("\x88\x05\x0F\xA0"
                "bye",
                4000);
}

static void test_a_close_finds_room_in_a_full_output(void **state)
{
    struct end client;
    struct end server;
    char long_text[300];

    (void)state;
    begin(&client, WEBSOCKET_CLIENT);
    begin(&server, WEBSOCKET_SERVER);
    memset(long_text, 'x', sizeof long_text);
    while (websocket_frames_text(client.frames, long_text, 100) == 0) {
    }
    assert_int_equal(websocket_frames_text(client.frames, long_text, WEBSOCKET_OUTPUT_MAX), -1);
    websocket_frames_close(client.frames, WEBSOCKET_CODE_NORMAL);
    pass(&client, &server);
    assert_non_null(strstr(server.shown, "c1000:;"));
    finish(&client);
    finish(&server);
}

static void test_an_error_stays(void **state)
{
    struct end client;

    (void)state;
    begin(&client, WEBSOCKET_CLIENT);
    assert_int_equal(feed(&client, "\x83\x00", 2), -1);
    client.error = (struct error){0};
    assert_int_equal(feed(&client, "\x81\x01x", 3), -1);
    assert_string_equal(client.shown, "");
    finish(&client);
}

static void test_keys(void **state)
{
    struct prng prng;
    char key[WEBSOCKET_KEY_MAX];
    char other[WEBSOCKET_KEY_MAX];
    char accept[WEBSOCKET_ACCEPT_MAX];

    (void)state;
    /* RFC 6455, section 1.3. */
    websocket_key_accept("dGhlIHNhbXBsZSBub25jZQ==", accept);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    prng_init(&prng, 1, 1);
    websocket_key_draw(&prng, key);
    websocket_key_draw(&prng, other);
    assert_true(websocket_key_is_valid(key));
    assert_true(websocket_key_is_valid(other));
    assert_string_not_equal(key, other);
    assert_false(websocket_key_is_valid(NULL));
    assert_false(websocket_key_is_valid(""));
    assert_false(websocket_key_is_valid("dGhlIHNhbXBsZSBub25jZQ="));
    assert_false(websocket_key_is_valid("dGhlIHNhbXBsZSBub25jZQ==="));
    assert_false(websocket_key_is_valid("dGhlIHNhbXBsZSBub25jZ?=="));
    assert_false(websocket_key_is_valid("dGhlIHNhbXBsZSBub25jZQQQ"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_pass_both_ways),
        cmocka_unit_test(test_only_clients_mask),
        cmocka_unit_test(test_fragments_make_one_message),
        cmocka_unit_test(test_fragments_out_of_place),
        cmocka_unit_test(test_what_a_server_may_not_do),
        cmocka_unit_test(test_a_client_must_mask),
        cmocka_unit_test(test_text_must_be_utf8),
        cmocka_unit_test(test_messages_are_bounded),
        cmocka_unit_test(test_pings_are_answered_with_what_they_said),
        cmocka_unit_test(test_a_flood_of_pings_costs_a_bounded_room),
        cmocka_unit_test(test_closing),
        cmocka_unit_test(test_what_a_close_may_say),
        cmocka_unit_test(test_a_close_finds_room_in_a_full_output),
        cmocka_unit_test(test_an_error_stays),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests_name("world/websocket_frames", tests, NULL, NULL);
}
