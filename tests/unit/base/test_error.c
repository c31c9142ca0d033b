#include "base/error.h"

#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <errno.h>
#include <string.h>

static const struct source_at place = {.file = "a.yaml", .line = 3, .column = 7, .width = 4};

static void test_error_keeps_place_and_text(void **state)
{
    struct error error = {.os_errno = 0};

    (void)state;
    assert_false(error_is_set(&error));
    assert_int_equal(error_at(&error, place, "unknown key '%s'", "nods"), -1);
    assert_true(error_is_set(&error));
    assert_string_equal(error.text, "unknown key 'nods'");
    assert_string_equal(error.at.file, "a.yaml");
    assert_int_equal(error.at.line, 3);
    assert_int_equal(error.at.column, 7);
    assert_int_equal(error.at.width, 4);
    assert_int_equal(error.os_errno, 0);
}

static void test_first_error_wins(void **state)
{
    struct error error = {.os_errno = 0};

    (void)state;
    assert_int_equal(error_plain(&error, "first"), -1);
    assert_int_equal(error_at(&error, place, "second"), -1);
    assert_int_equal(error_plain(&error, "third"), -1);
    assert_int_equal(error_os(&error, ENOENT, "fourth"), -1);
    assert_string_equal(error.text, "first");
    assert_int_equal(error.at.line, 0);
    assert_null(error.at.file);
    assert_int_equal(error.os_errno, 0);
}

static void test_error_os_says_why(void **state)
{
    struct error error = {.at = place};

    (void)state;
    assert_int_equal(error_os(&error, ENOENT, "open '%s'", "x"), -1);
    assert_string_equal(error.text, "open 'x': No such file or directory");
    assert_int_equal(error.os_errno, ENOENT);
    assert_int_equal(error.at.line, 0);

    struct error strange = {.os_errno = 0};
    (void)error_os(&strange, 99999, "open");
    assert_string_equal(strange.text, "open: error number 99999");
}

static void test_long_text_is_cut_visibly(void **state)
{
    struct error error = {.os_errno = 0};

    (void)state;
    (void)error_plain(&error, "%*d", ERROR_TEXT_MAX - 1, 5);
    assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
    assert_string_equal(error.text + ERROR_TEXT_MAX - 4, "  5");

    error.text[0] = '\0';
    (void)error_plain(&error, "%*d", ERROR_TEXT_MAX, 5);
    assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
    assert_string_equal(error.text + ERROR_TEXT_MAX - 5, " ...");

    error.text[0] = '\0';
    (void)error_os(&error, ENOENT, "%*d", ERROR_TEXT_MAX - 6, 5);
    assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
    assert_string_equal(error.text + ERROR_TEXT_MAX - 7, "5: ...");
    assert_int_equal(error.os_errno, ENOENT);

    error.text[0] = '\0';
    (void)error_os(&error, ENOENT, "%*d", 5000, 5);
    assert_string_equal(error.text + ERROR_TEXT_MAX - 5, " ...");
}

static void test_cut_leaves_no_half_character(void **state)
{
    struct error error = {.os_errno = 0};

    (void)state;
    /* The cut would come after the second of three bytes. */
    (void)error_plain(&error, "%*d\xe2\x82\xac%9d", ERROR_TEXT_MAX - 6, 5, 6);
    assert_string_equal(error.text + ERROR_TEXT_MAX - 7, "5...");
}

static void give_empty_text(void *argument)
{
    (void)error_plain(argument, "%s", "");
}

static void test_empty_text_is_a_check_failure(void **state)
{
    struct error error = {.os_errno = 0};

    (void)state;
    assert_true(call_aborts(give_empty_text, &error));
}

static void test_diagnostics_start_empty_and_lazy(void **state)
{
    struct arena arena;
    struct diagnostics list;

    (void)state;
    arena_init(&arena, 0);
    diagnostics_init(&list, &arena);
    assert_int_equal(list.count, 0);
    assert_int_equal(list.dropped, 0);
    assert_int_equal(arena.used, 0);
    diagnostics_sort(&list);
    diagnostics_add(&list, place, "bad %s", "port");
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].text, "bad port");
    assert_int_equal(list.items[0].at.column, 7);
    arena_done(&arena);
}

static void test_diagnostics_past_the_limit_are_counted(void **state)
{
    struct arena arena;
    struct diagnostics list;

    (void)state;
    arena_init(&arena, 0);
    diagnostics_init(&list, &arena);
    for (int i = 0; i < DIAGNOSTICS_MAX + 3; i++) {
        diagnostics_add(&list, place, "number %d", i);
    }
    assert_int_equal(list.count, DIAGNOSTICS_MAX);
    assert_int_equal(list.dropped, 3);
    assert_string_equal(list.items[DIAGNOSTICS_MAX - 1].text, "number 999");
    arena_done(&arena);
}

static void test_long_diagnostic_is_cut_visibly(void **state)
{
    struct arena arena;
    struct diagnostics list;

    (void)state;
    arena_init(&arena, 0);
    diagnostics_init(&list, &arena);
    diagnostics_add(&list, place, "%*d", 5000, 1);
    assert_int_equal(strlen(list.items[0].text), ERROR_TEXT_MAX - 1);
    assert_string_equal(list.items[0].text + ERROR_TEXT_MAX - 4, "...");
    arena_done(&arena);
}

static void test_diagnostics_sort_by_place_then_arrival(void **state)
{
    static const struct source_at places[] = {
        {.file = "b", .line = 1, .column = 1},
        {.file = "a", .line = 10, .column = 2},
        {.file = "a", .line = 9, .column = 30},
        {.file = "a", .line = 9, .column = 4},
        {.line = 0},
        {.file = "a", .line = 9, .column = 4},
        {.file = "b", .line = 1, .column = 1},
        {.file = "a", .line = 4294967295U, .column = 1},
        {.file = "a", .line = 9, .column = 4},
    };
    static const char expected[] = "435821706";
    struct arena arena;
    struct diagnostics list;

    (void)state;
    arena_init(&arena, 0);
    diagnostics_init(&list, &arena);
    for (int i = 0; i < 9; i++) {
        diagnostics_add(&list, places[i], "%d", i);
    }
    diagnostics_sort(&list);
    assert_int_equal(list.count, 9);
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.items[i].text[0], expected[i]);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_keeps_place_and_text),
        cmocka_unit_test(test_first_error_wins),
        cmocka_unit_test(test_error_os_says_why),
        cmocka_unit_test(test_long_text_is_cut_visibly),
        cmocka_unit_test(test_cut_leaves_no_half_character),
        cmocka_unit_test(test_empty_text_is_a_check_failure),
        cmocka_unit_test(test_diagnostics_start_empty_and_lazy),
        cmocka_unit_test(test_diagnostics_past_the_limit_are_counted),
        cmocka_unit_test(test_long_diagnostic_is_cut_visibly),
        cmocka_unit_test(test_diagnostics_sort_by_place_then_arrival),
    };

    return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
