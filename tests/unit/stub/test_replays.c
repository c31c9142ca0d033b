/* Keys that came before: the same answer, and nothing is executed. */
#include "backends-stub/replays.h"
#include "unit/cmocka_all.h"

#include <stdio.h>

static void test_key_is_new_until_it_is_kept(void **state)
{
    struct replays replays = {0};

    (void)state;
    assert_null(replays_find(&replays, "0-1"));
    assert_true(replays_keep(&replays, "0-1", 201, "{}", 2));
    assert_null(replays_find(&replays, "0-2"));
    const struct replay *replay = replays_find(&replays, "0-1");
    assert_non_null(replay);
    assert_int_equal(replay->status, 201);
    assert_int_equal(replay->body_length, 2);
    assert_string_equal(replay->body, "{}");
    replays_done(&replays);
}

static void test_many_keys_are_told_apart(void **state)
{
    struct replays replays = {0};
    char key[32];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(key, sizeof key, "3-%u", i);
        assert_true(replays_keep(&replays, key, i, NULL, 0));
    }
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(key, sizeof key, "3-%u", i);
        assert_int_equal(replays_find(&replays, key)->status, i);
    }
    assert_int_equal(replays.count, 5000);
    replays_done(&replays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_is_new_until_it_is_kept),
        cmocka_unit_test(test_many_keys_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
