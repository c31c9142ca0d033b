#include "base/text.h"

#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void test_text_grows_until_full(void **state)
{
    char buffer[8];
    struct text text;

    (void)state;
    memset(buffer, 'x', sizeof(buffer));
    text_init(&text, buffer, sizeof(buffer));
    assert_string_equal(text.data, "");
    text_add(&text, "abc");
    text_add(&text, "");
    text_printf(&text, "%d", 4567);
    assert_string_equal(text.data, "abc4567");
    assert_int_equal(text.length, 7);
    assert_false(text.overflowed);
    text_add(&text, "");
    text_printf(&text, "%s", "");
    assert_false(text.overflowed);
}

static void test_overflow_is_sticky(void **state)
{
    char buffer[6];
    struct text text;

    (void)state;
    text_init(&text, buffer, sizeof(buffer));
    text_add(&text, "abcdefgh");
    assert_true(text.overflowed);
    assert_string_equal(text.data, "abcde");
    assert_int_equal(text.length, 5);
    text.length = 2; /* room again: it must still refuse */
    buffer[2] = '\0';
    text_add(&text, "z");
    text_add_bytes(&text, "z", 1);
    text_printf(&text, "z");
    assert_string_equal(text.data, "ab");
}

static void test_printf_overflow_keeps_what_fits(void **state)
{
    char buffer[6];
    struct text text;

    (void)state;
    text_init(&text, buffer, sizeof(buffer));
    text_add(&text, "ab");
    text_printf(&text, "%d", 123);
    assert_false(text.overflowed);
    text_init(&text, buffer, sizeof(buffer));
    text_add(&text, "ab");
    text_printf(&text, "%d", 1234);
    assert_true(text.overflowed);
    assert_string_equal(text.data, "ab123");
    assert_int_equal(text.length, 5);
}

static void test_smallest_buffer_holds_nothing(void **state)
{
    char buffer[2] = {'x', 'y'};
    struct text text;

    (void)state;
    text_init(&text, buffer, 1);
    text_add(&text, "");
    assert_false(text.overflowed);
    text_add(&text, "a");
    assert_true(text.overflowed);
    assert_string_equal(text.data, "");
    assert_int_equal(buffer[1], 'y');
}

static void init_without_room(void *argument)
{
    text_init(argument, (char[1]){'x'}, 0);
}

static void test_no_buffer_is_a_check_failure(void **state)
{
    struct text text;

    (void)state;
    assert_true(call_aborts(init_without_room, &text));
}

static void test_bytes_may_hold_nul(void **state)
{
    char buffer[8];
    struct text text;

    (void)state;
    text_init(&text, buffer, sizeof(buffer));
    text_add_bytes(&text, "a\0bcd", 3);
    text_add_bytes(&text, NULL, 0);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.data, "a\0b", 4);
}

static void test_equal_and_prefix(void **state)
{
    (void)state;
    assert_true(text_equal("kill", "kill"));
    assert_false(text_equal("kill", "kil"));
    assert_false(text_equal(NULL, ""));
    assert_false(text_equal("", NULL));
    assert_true(text_equal(NULL, NULL));
    assert_true(text_has_prefix("bascule/report", "bascule/"));
    assert_true(text_has_prefix("any", ""));
    assert_false(text_has_prefix("bas", "bascule"));
    assert_false(text_has_prefix("Bascule", "bas"));
}

static void test_distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(text_distance("", ""), 0);
    assert_int_equal(text_distance("kill", "kill"), 0);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("abc", ""), 3);
    assert_int_equal(text_distance("kill", "kil"), 1);
    assert_int_equal(text_distance("kill", "skill"), 1);
    assert_int_equal(text_distance("kill", "bill"), 1);
    assert_int_equal(text_distance("kill", "ikll"), 1);
    assert_int_equal(text_distance("abcd", "badc"), 2);
    assert_int_equal(text_distance("kitten", "sitting"), 3);
    assert_int_equal(text_distance("Kill", "kill"), 1);
    /* The restricted form: a swapped pair is not edited again. */
    assert_int_equal(text_distance("ca", "abc"), 3);
}

static void test_distance_is_symmetric_and_bounded(void **state)
{
    char long_word[65];

    (void)state;
    assert_int_equal(text_distance("blackhole", "blakchoel"),
                     text_distance("blakchoel", "blackhole"));
    memset(long_word, 'a', sizeof(long_word));
    long_word[64] = '\0';
    assert_int_equal(text_distance(long_word, long_word), SIZE_MAX);
    assert_int_equal(text_distance(long_word, ""), SIZE_MAX);
    assert_int_equal(text_distance("", long_word), SIZE_MAX);
    long_word[63] = '\0';
    assert_int_equal(text_distance(long_word, long_word), 0);
    assert_int_equal(text_distance(long_word, ""), 63);
    assert_int_equal(text_distance("b", long_word), 63);
}

static void test_nearest_suggests_only_what_is_near(void **state)
{
    static const char *const words[] = {"kill", "hang", "restart", "slow", "slew"};
    static const size_t count = sizeof(words) / sizeof(words[0]);

    (void)state;
    assert_string_equal(text_nearest("kil", words, count), "kill");
    assert_string_equal(text_nearest("kill", words, count), "kill");
    assert_string_equal(text_nearest("khlil", words, count), "kill");
    assert_string_equal(text_nearest("rsetatr", words, count), "restart");
    assert_null(text_nearest("rxyzart", words, count));
    assert_null(text_nearest("partition", words, count));
    /* Of two equally near ones the first. */
    assert_string_equal(text_nearest("slw", words, count), "slow");
    assert_null(text_nearest("kill", words, 0));
    assert_null(text_nearest("", words, count));
}

static void test_equal_caseless(void **state)
{
    (void)state;
    assert_true(text_equal_caseless("Idempotency-Key", "idempotency-kEY"));
    assert_true(text_equal_caseless("", ""));
    assert_false(text_equal_caseless("key", "keys"));
    assert_false(text_equal_caseless("keys", "key"));
    assert_false(text_equal_caseless("[", "{"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_caseless),
        cmocka_unit_test(test_text_grows_until_full),
        cmocka_unit_test(test_overflow_is_sticky),
        cmocka_unit_test(test_printf_overflow_keeps_what_fits),
        cmocka_unit_test(test_smallest_buffer_holds_nothing),
        cmocka_unit_test(test_no_buffer_is_a_check_failure),
        cmocka_unit_test(test_bytes_may_hold_nul),
        cmocka_unit_test(test_equal_and_prefix),
        cmocka_unit_test(test_distance_counts_edits),
        cmocka_unit_test(test_distance_is_symmetric_and_bounded),
        cmocka_unit_test(test_nearest_suggests_only_what_is_near),
    };

    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
