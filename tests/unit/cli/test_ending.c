#include "cli/ending.h"

#include "cli/programs.h"

#include "unit/cmocka_all.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* One letter a scenario: p f k i s, and m for "passed, but that is not what it must". */
static struct ending_list list_of(const char *letters, struct ending *endings)
{
    static const char order[] = "pfkis";
    struct ending_list list = {.items = endings, .count = strlen(letters)};

    for (size_t i = 0; i < list.count; i++) {
        const char *place = strchr(order, letters[i]);
        endings[i] = (struct ending){
            .verdict = place == NULL ? VERDICT_PASS : (enum verdict)(place - order),
            .must_unmet = letters[i] == 'm',
        };
    }
    return list;
}

static void test_precedence(void **state)
{
    static const struct {
        const char *letters;
        int plain;
        int strict;
        int write_failed;
        int interrupted;
    } cases[] = {
        {"p", 0, 0, 3, 130},      {"pk", 0, 0, 3, 130}, {"kk", 0, 0, 3, 130},  {"pf", 1, 1, 1, 130},
        {"fi", 1, 1, 1, 130},     {"m", 1, 1, 1, 130},  {"pi", 3, 3, 3, 130},  {"is", 3, 3, 3, 130},
        {"ps", 0, 3, 3, 130},     {"s", 77, 3, 3, 130}, {"ss", 77, 3, 3, 130}, {"sf", 1, 1, 1, 130},
        {"pfkism", 1, 1, 1, 130}, {"", 3, 3, 3, 130},
    };
    struct ending endings[8];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ending_list list = list_of(cases[i].letters, endings);
        assert_int_equal(ending_exit_status(&list), cases[i].plain);
        list.strict = true;
        assert_int_equal(ending_exit_status(&list), cases[i].strict);
        list.write_failed = true;
        assert_int_equal(ending_exit_status(&list), cases[i].write_failed);
        list.signal = SIGINT;
        assert_int_equal(ending_exit_status(&list), cases[i].interrupted);
        list.signal = SIGTERM;
        assert_int_equal(ending_exit_status(&list), 143);
    }
}

static void test_counts(void **state)
{
    struct ending endings[8];
    struct ending_list list = list_of("ppfs", endings);

    (void)state;
    assert_int_equal(ending_count(&list, VERDICT_PASS), 2);
    assert_int_equal(ending_count(&list, VERDICT_SKIPPED), 1);
    assert_int_equal(ending_count(&list, VERDICT_KNOWN), 0);
}

static void test_programs_on_a_path(void **state)
{
    (void)state;
    assert_true(programs_exists("sh", "/nowhere", "/nowhere:/bin"));
    assert_true(programs_exists("sh", "/nowhere", NULL));
    assert_false(programs_exists("sh", "/nowhere", "/nowhere:/etc"));
    assert_false(programs_exists("sh", "/bin", ""));
    assert_false(programs_exists("no-such-program", "/bin", "/bin:/usr/bin"));
    /* Neither a folder nor a file that may not be executed is a program. */
    assert_false(programs_exists("ssl", "/", "/etc"));
    assert_false(programs_exists("passwd", "/", "/etc"));
    assert_true(programs_exists("./sh", "/bin", ""));
    assert_true(programs_exists("/bin/sh", "/nowhere", ""));
    assert_false(programs_exists("../no/such", "/bin", ""));
}

static void test_programs_beside_the_scenario(void **state)
{
    struct arena arena;
    char here[4096];

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(programs_find(&arena, "sh", "/usr/bin", "/bin"), "/usr/bin/sh");
    assert_string_equal(programs_find(&arena, "sh", "/nowhere", "/nowhere:/bin"), "/bin/sh");
    assert_null(programs_find(&arena, "./sh", "/nowhere", "/bin"));
    assert_string_equal(programs_find(&arena, "/bin/sh", "/nowhere", ""), "/bin/sh");
    assert_null(programs_find(&arena, "passwd", "/etc", "/etc"));
    assert_non_null(getcwd(here, sizeof(here)));
    assert_string_equal(programs_find(&arena, "./deps", "tools", "/bin"),
                        arena_printf(&arena, "%s/tools/./deps", here));
    arena_done(&arena);
}

static void test_the_stub_that_is_named_must_be_there(void **state)
{
    struct error error = {.text = ""};
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_int_equal(setenv("BASCULE_STUB", "/bin/sh", 1), 0);
    assert_string_equal(programs_find_stub(&arena, &error), "/bin/sh");
    assert_int_equal(setenv("BASCULE_STUB", "/etc/passwd", 1), 0);
    assert_null(programs_find_stub(&arena, &error));
    assert_non_null(strstr(error.text, "/etc/passwd"));
    /* Beside this test program there is none. */
    error = (struct error){.text = ""};
    assert_int_equal(unsetenv("BASCULE_STUB"), 0);
    assert_null(programs_find_stub(&arena, &error));
    assert_non_null(strstr(error.text, "tests/cli/bascule-stub"));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_programs_on_a_path),
        cmocka_unit_test(test_programs_beside_the_scenario),
        cmocka_unit_test(test_the_stub_that_is_named_must_be_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
