#include "report/utf8.h"

#include "unit/cmocka_all.h"

#include <string.h>

static void test_repair_touches_only_what_is_broken(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(utf8_repaired(&arena, ""), "");
    assert_string_equal(utf8_repaired(&arena, "a\n\xC3\xA9\xF0\x9F\x92\xA5"),
                        "a\n\xC3\xA9\xF0\x9F\x92\xA5");
    assert_string_equal(utf8_repaired(&arena, "\xFF|\xC3"), "\xEF\xBF\xBD|\xEF\xBF\xBD");
    assert_string_equal(utf8_repaired(&arena, "\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    arena_done(&arena);
}

static void test_nothing_printable_moves_the_cursor(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(utf8_printable(&arena, "a\x1b[2J\r\n\t\x7F\xC2\x9B\xC3\xA9\xFF"),
                        "a?[2J?????\xC3\xA9\xEF\xBF\xBD");
    arena_done(&arena);
}

static void test_width_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(utf8_width(""), 0);
    assert_int_equal(utf8_width("a\xC3\xA9\xF0\x9F\x92\xA5\xFF"), 4);
    assert_int_equal(utf8_prefix("a\xC3\xA9\xF0\x9F\x92\xA5", 2), 3);
    assert_int_equal(utf8_prefix("abc", 9), 3);
    assert_int_equal(utf8_prefix("abc", 0), 0);
}

static void test_json_strings(void **state)
{
    char buffer[64];
    struct text text;

    (void)state;
    text_init(&text, buffer, sizeof(buffer));
    utf8_add_json(&text, "\"\\/\n\t\x02\xC3\xA9\xE2");
    assert_string_equal(buffer, "\"\\\"\\\\/\\n\\t\\u0002\xC3\xA9\xEF\xBF\xBD\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repair_touches_only_what_is_broken),
        cmocka_unit_test(test_nothing_printable_moves_the_cursor),
        cmocka_unit_test(test_width_counts_characters),
        cmocka_unit_test(test_json_strings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
