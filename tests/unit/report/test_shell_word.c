#include "report/shell_word.h"

#include "unit/cmocka_all.h"

static void test_words(void **state)
{
    static const char *const cases[][2] = {
        {"scenarios/kill-primary.yaml", "scenarios/kill-primary.yaml"},
        {"a b.yaml", "'a b.yaml'"},
        {"it's", "'it'\\''s'"},
        {"'", "''\\'''"},
        {"", "''"},
        {"$(reboot)", "'$(reboot)'"},
        {"client={profile: none}", "'client={profile: none}'"},
    };
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(shell_word(&arena, cases[i][0]), cases[i][1]);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
