#include "backends-stub/api_stream.h"

#include "unit/cmocka_all.h"

static nanos interval_of(const char *text)
{
    const struct api_wish wish = {.interval = text};
    nanos interval = -1;

    return api_wish_interval(&wish, &interval) ? interval : -1;
}

static void test_intervals(void **state)
{
    static const char *const wrong[] = {"", "100", "0s", "999us", "61m", "-1s", "1s ", "x"};

    (void)state;
    assert_true(interval_of(NULL) == NANOS_PER_S);
    assert_true(interval_of("1ms") == NANOS_PER_MS);
    assert_true(interval_of("1h") == NANOS_PER_HOUR);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_true(interval_of(wrong[i]) == -1);
    }
}

static uint64_t last_event_of(const char *text)
{
    const struct api_wish wish = {.last_event = text};

    return api_wish_last_event(&wish);
}

static void test_last_events(void **state)
{
    static const char *const none[] = {
        "", "x", "1x", "-1", "+1", " 1", "18446744073709551616", "99999999999999999999999"};

    (void)state;
    assert_true(last_event_of("0") == 0);
    assert_true(last_event_of("0041") == 41);
    assert_true(last_event_of("18446744073709551614") == UINT64_MAX - 1);
    assert_true(last_event_of(NULL) == UINT64_MAX);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_true(last_event_of(none[i]) == UINT64_MAX);
    }
}

static const struct api_wish right = {
    .upgrade = "websocket",
    .connection = "keep-alive, Upgrade",
    .key = "dGhlIHNhbXBsZSBub25jZQ==",
    .version = "13",
};

static unsigned refused(struct api_wish wish, enum http_method method)
{
    const char *why = NULL;
    unsigned status = api_wish_refused(&wish, API_WEBSOCKET, method, &why);

    assert_int_equal(status != 0, why != NULL);
    return status;
}

static void test_what_opens_a_websocket(void **state)
{
    struct api_wish wish = right;

    (void)state;
    assert_int_equal(refused(right, METHOD_GET), 0);
    wish.upgrade = "h2c ,WebSocket";
    assert_int_equal(refused(wish, METHOD_GET), 0);
    wish.upgrade = "websockets";
    assert_int_equal(refused(wish, METHOD_GET), 426);
    wish = right;
    wish.connection = "keep-alive";
    assert_int_equal(refused(wish, METHOD_GET), 426);
    wish = right;
    wish.version = "8";
    assert_int_equal(refused(wish, METHOD_GET), 426);
    wish = right;
    wish.key = "short==";
    assert_int_equal(refused(wish, METHOD_GET), 400);
    wish = right;
    wish.interval = "x";
    assert_int_equal(refused(wish, METHOD_GET), 400);
    assert_int_equal(refused(right, METHOD_HEAD), 400);
    assert_int_equal(refused((struct api_wish){0}, METHOD_GET), 426);
}

static void test_events_need_no_upgrade(void **state)
{
    const struct api_wish nothing = {0};
    const char *why = NULL;

    (void)state;
    assert_int_equal(api_wish_refused(&nothing, API_RAFT_EVENTS, METHOD_GET, &why), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_last_events),
        cmocka_unit_test(test_what_opens_a_websocket),
        cmocka_unit_test(test_events_need_no_upgrade),
    };

    return cmocka_run_group_tests_name("stub/api_stream", tests, NULL, NULL);
}
