#include "scenario/scenario_read.h"
#include "unit/cmocka_all.h"

#include <string.h>

struct board {
    struct arena arena;
    struct diagnostics diagnostics;
};

static int set_up(void **state)
{
    static struct board board;
    arena_init(&board.arena, 0);
    diagnostics_init(&board.diagnostics, &board.arena);
    *state = &board;
    return 0;
}

static int tear_down(void **state)
{
    struct board *board = *state;
    arena_done(&board->arena);
    return 0;
}

static void add(struct board *board, unsigned line, unsigned column, unsigned width)
{
    struct source_at at = {.file = "s.yaml", .line = line, .column = column, .width = width};
    diagnostics_add(&board->diagnostics, at, "wrong");
}

static const char *render(struct board *board, const char *source, size_t length)
{
    return diagnostics_render(&board->arena, &board->diagnostics, source, length);
}

static void expect(struct board *board, const char *source, const char *expected)
{
    assert_string_equal(render(board, source, strlen(source)), expected);
}

static void test_caret_under_the_word(void **state)
{
    add(*state, 2, 6, 3);
    expect(*state, "one\ntwo: abc\nthree\n",
           "s.yaml:2:6: error: wrong\n    2 | two: abc\n      |      ^~~\n");
}

static void test_several_in_order(void **state)
{
    add(*state, 1, 1, 1);
    add(*state, 1, 3, 1);
    add(*state, 3, 1, 2);
    expect(*state, "abc\n\nxy",
           "s.yaml:1:1: error: wrong\n    1 | abc\n      | ^\n"
           "s.yaml:1:3: error: wrong\n    1 | abc\n      |   ^\n"
           "s.yaml:3:1: error: wrong\n    3 | xy\n      | ^~\n");
}

static void test_places_past_the_end(void **state)
{
    add(*state, 1, 4, 1);
    expect(*state, "abc\n", "s.yaml:1:4: error: wrong\n    1 | abc\n      |    ^\n");
}

static void test_empty_line_has_no_trailing_blank(void **state)
{
    add(*state, 1, 1, 1);
    expect(*state, "", "s.yaml:1:1: error: wrong\n    1 |\n      | ^\n");
}

static void test_a_line_that_is_not_there(void **state)
{
    add(*state, 9, 1, 1);
    expect(*state, "abc\n", "s.yaml:9:1: error: wrong\n");
}

static void test_width_of_characters(void **state)
{
    add(*state, 1, 5, 2);
    /* One cell, two cells and no cell of their own. */
    expect(*state, "é日e\xCC\x81日本x\n",
           "s.yaml:1:5: error: wrong\n    1 | é日e\xCC\x81日本x\n      |     ^~~~\n");
}

static void test_tabs_go_to_the_next_stop(void **state)
{
    add(*state, 1, 3, 1);
    expect(*state, "a\tb", "s.yaml:1:3: error: wrong\n    1 | a   b\n      |     ^\n");
}

static void test_hidden_characters_are_shown(void **state)
{
    static const char source[] = "a\x1B[1m\xE2\x80\xAE\xFF\x00z\r\n";
    struct board *board = *state;
    add(board, 1, 8, 1);
    assert_string_equal(render(board, source, sizeof(source) - 1),
                        "s.yaml:1:8: error: wrong\n"
                        "    1 | a\\x1B[1m<U+202E>\\xFF\\x00z\n"
                        "      |                     ^~~~\n");
}

static void test_long_lines_are_clipped_around_the_place(void **state)
{
    char source[3001];
    memset(source, 'a', sizeof(source) - 1);
    source[sizeof(source) - 1] = '\0';
    memcpy(source + 2000, "WRONG", 5);
    add(*state, 1, 2001, 5);
    const char *text = render(*state, source, strlen(source));
    const char *line = strstr(text, "    1 | ...");
    assert_non_null(line);
    const char *carets = strchr(line, '\n') + 1;
    assert_in_range(carets - line, 50, 150);
    assert_memory_equal(carets - 4, "...\n", 4);
    /* Under the word, wherever the line was cut. */
    assert_int_equal(strchr(carets, '^') - carets, strstr(line, "WRONG") - line);
    assert_non_null(strstr(carets, "^~~~~\n"));
}

static void test_without_source(void **state)
{
    struct board *board = *state;
    struct source_at whole = {.file = "gone.yaml"};
    struct source_at setting = {.file = "--set a=b", .line = 1, .column = 1, .width = 1};
    diagnostics_add(&board->diagnostics, whole, "it cannot be opened");
    diagnostics_add(&board->diagnostics, setting, "unknown");
    add(board, 1, 1, 1);
    assert_string_equal(render(board, NULL, 0), "gone.yaml: error: it cannot be opened\n"
                                                "--set a=b: error: unknown\n"
                                                "s.yaml:1:1: error: wrong\n");
}

static void test_the_rest_is_counted(void **state)
{
    struct board *board = *state;
    for (unsigned i = 0; i < DIAGNOSTICS_MAX + 7; i++) {
        add(board, 1, 1, 1);
    }
    const char *text = render(board, "abc", 3);
    assert_non_null(strstr(text, "      | ^\nand 7 more mistakes\n"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_caret_under_the_word),
        CASE(test_several_in_order),
        CASE(test_places_past_the_end),
        CASE(test_empty_line_has_no_trailing_blank),
        CASE(test_a_line_that_is_not_there),
        CASE(test_width_of_characters),
        CASE(test_tabs_go_to_the_next_stop),
        CASE(test_hidden_characters_are_shown),
        CASE(test_long_lines_are_clipped_around_the_place),
        CASE(test_without_source),
        CASE(test_the_rest_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
