/* Fields of JSON texts. */
#include "unit/cmocka_all.h"

#include "world/json_field.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

static const char text[] =
    "{\"role\":\"LEADER\",\"up\":true,\"down\":false,\"none\":null,\"term\":7,\"load\":0.1,"
    "\"big\":18446744073709551615,\"odd\":\"say \\\"99999999999999999999\\\" "
    "\\\\\",\"empty\":\"\",\"header\":{\"member_id\":\"42\"},"
    "\"kvs\":[{\"value\":\"a\"},{\"value\": [1, {\"x\": 2}]}],\"list\":[],\"map\":{}}";

static void expect(const char *path, const char *wanted)
{
    const char *value = json_field(&arena, text, strlen(text), path, NULL);
    assert_non_null(value);
    assert_string_equal(value, wanted);
}

static void expect_nothing(const char *path)
{
    assert_null(json_field(&arena, text, strlen(text), path, NULL));
}

static void test_scalars(void **state)
{
    (void)state;
    expect("role", "LEADER");
    expect("up", "true");
    expect("down", "false");
    expect("load", "0.1");
    expect("big", "18446744073709551615"); /* beyond what the library takes */
    expect("term", "7");
    expect("odd", "say \"99999999999999999999\" \\");
    expect("empty", "");
}

static void test_inside(void **state)
{
    (void)state;
    expect("header.member_id", "42");
    expect("kvs.0.value", "a");
    expect("kvs.1.value", "[1,{\"x\":2}]");
    expect("kvs.1.value.1.x", "2");
    expect("list", "[]");
    expect("map", "{}");
}

static void test_not_there(void **state)
{
    (void)state;
    expect_nothing("none");
    expect_nothing("other");
    expect_nothing("role.x");
    expect_nothing("kvs.2.value");
    expect_nothing("kvs.x");
    expect_nothing("kvs.-1");
    expect_nothing("header.member_id.0");
}

static void test_numbers(void **state)
{
    (void)state;
    static const char numbers[] = "{\"term\":7,\"id\":9223372036854775807}";
    assert_string_equal(json_field(&arena, numbers, strlen(numbers), "term", NULL), "7");
    assert_string_equal(json_field(&arena, numbers, strlen(numbers), "id", NULL),
                        "9223372036854775807");
}

static void test_no_json(void **state)
{
    (void)state;
    assert_null(json_field(&arena, "<html>", 6, "role", NULL));
    assert_null(json_field(&arena, "99999999999999999999", 20, "role", NULL));
    assert_null(json_field(&arena, "{\"a\\\"1", 6, "a", NULL));
    assert_null(json_field(&arena, "{\"role\":1", 9, "role", NULL));
    assert_null(json_field(&arena, "", 0, "role", NULL));
    assert_null(json_field(&arena, "7", 1, "role", NULL));
}

static bool holds(const char *value)
{
    char bytes[100];
    bool result = true;
    int length = snprintf(bytes, sizeof bytes, "{\"a\":%s}", value);
    (void)json_field(&arena, bytes, (size_t)length, "a", &result);
    return result;
}

static void test_what_holds_nothing(void **state)
{
    (void)state;
    static const char *const nothing[] = {"null", "false", "0", "-0", "0.0", "\"\"", "[]", "{}"};
    static const char *const something[] = {
        "true", "1", "-1", "0.5", "\"0\"", "\"false\"", "[0]", "{\"b\":null}",
    };
    bool there = true;
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        assert_false(holds(nothing[i]));
    }
    for (size_t i = 0; i < sizeof something / sizeof something[0]; i++) {
        assert_true(holds(something[i]));
    }
    (void)json_field(&arena, text, strlen(text), "other", &there);
    assert_false(there);
    (void)json_field(&arena, "<html>", 6, "role", &there);
    assert_false(there);
}

static void test_a_long_value_is_cut_off(void **state)
{
    (void)state;
    static char long_text[3 * JSON_FIELD_TEXT_MAX];
    int length =
        snprintf(long_text, sizeof long_text, "{\"a\":\"%*s\"}", 2 * JSON_FIELD_TEXT_MAX, "x");
    const char *value = json_field(&arena, long_text, (size_t)length, "a", NULL);
    assert_int_equal(strlen(value), JSON_FIELD_TEXT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_no_json),
        cmocka_unit_test(test_a_long_value_is_cut_off),
        cmocka_unit_test(test_what_holds_nothing),
    };
    arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_done(&arena);
    return failed;
}
