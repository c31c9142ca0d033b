#include "scenario/scenario.h"
#include "scenario/yaml_tree.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

struct parsed {
    struct arena arena;
    struct diagnostics diagnostics;
    struct yaml_tree tree;
    int result;
};

static void parse(struct parsed *parsed, const char *text)
{
    *parsed = (struct parsed){.result = -1};
    arena_init(&parsed->arena, 0);
    diagnostics_init(&parsed->diagnostics, &parsed->arena);
    parsed->result = yaml_tree_read(&parsed->arena, "t.yaml", text, strlen(text),
                                    &parsed->diagnostics, &parsed->tree);
}

static void test_values_know_their_place(void **state)
{
    struct parsed parsed;
    (void)state;
    parse(&parsed, "a: 1\nlist:\n  - \"two\"\n  - é: &x three\n");
    assert_int_equal(parsed.result, 0);
    const struct yaml_value *list = yaml_value_get(parsed.tree.root, "list");
    assert_int_equal(list->kind, VALUE_LIST);
    assert_int_equal(list->at.line, 3);
    assert_int_equal(list->at.column, 3);
    assert_int_equal(list->items[0]->at.column, 5);
    assert_int_equal(list->items[0]->at.width, 5);
    assert_int_equal(list->items[0]->style, VALUE_QUOTED);
    /* Columns count characters, and an anchor is no part of the text. */
    const struct yaml_value *three = yaml_value_get(list->items[1], "é");
    assert_string_equal(three->text, "three");
    assert_int_equal(three->at.line, 4);
    assert_int_equal(three->at.column, 11);
    assert_int_equal(three->at.width, 5);
    arena_done(&parsed.arena);
}

static void test_core_types(void **state)
{
    static const struct {
        const char *text;
        enum core_type type;
    } samples[] = {
        {"~", CORE_NULL},     {"null", CORE_NULL},     {"Null", CORE_NULL},
        {"nuLL", CORE_TEXT},  {"true", CORE_BOOL},     {"FALSE", CORE_BOOL},
        {"yes", CORE_TEXT},   {"on", CORE_TEXT},       {"0", CORE_INT},
        {"-12", CORE_INT},    {"+3", CORE_INT},        {"010", CORE_TEXT},
        {"0o17", CORE_INT},   {"0xFf", CORE_INT},      {"0x", CORE_TEXT},
        {"0o8", CORE_TEXT},   {"1.5", CORE_FLOAT},     {".5", CORE_FLOAT},
        {"1.", CORE_FLOAT},   {"1e3", CORE_FLOAT},     {"-.inf", CORE_FLOAT},
        {".NaN", CORE_FLOAT}, {"1e", CORE_TEXT},       {".", CORE_TEXT},
        {"1.2.3", CORE_TEXT}, {"12:30:45", CORE_TEXT}, {"1_000", CORE_TEXT},
        {"\"5\"", CORE_TEXT}, {"'true'", CORE_TEXT},   {"2024-01-01", CORE_TEXT},
        {"", CORE_NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct parsed parsed;
        char text[80];
        assert_true(snprintf(text, sizeof(text), "k: %s", samples[i].text) > 0);
        parse(&parsed, text);
        assert_int_equal(parsed.result, 0);
        assert_int_equal(yaml_value_type(yaml_value_get(parsed.tree.root, "k")), samples[i].type);
        arena_done(&parsed.arena);
    }
}

static void test_numbers_have_their_value(void **state)
{
    struct parsed parsed;
    int64_t value = 0;
    uint64_t large = 0;
    (void)state;
    parse(&parsed, "[0o17, 0xff, -5, 18446744073709551615, 9223372036854775808]");
    const struct yaml_value *const *items = parsed.tree.root->items;
    assert_true(yaml_value_int(items[0], &value));
    assert_int_equal(value, 15);
    assert_true(yaml_value_int(items[1], &value));
    assert_int_equal(value, 255);
    assert_true(yaml_value_int(items[2], &value));
    assert_int_equal(value, -5);
    assert_true(yaml_value_unsigned(items[3], &large));
    assert_true(large == UINT64_MAX);
    assert_false(yaml_value_int(items[4], &value));
    assert_false(yaml_value_unsigned(items[2], &large));
    arena_done(&parsed.arena);
}

static const char *text_of(const struct yaml_value *map, const char *key)
{
    const struct yaml_value *value = yaml_value_get(map, key);
    return value != NULL ? value->text : "(none)";
}

static void test_aliases_share_values(void **state)
{
    struct parsed parsed;
    (void)state;
    parse(&parsed, "a: &x {k: v}\nb: *x\nc: &x other\nd: *x\n");
    assert_int_equal(parsed.result, 0);
    assert_ptr_equal(yaml_value_get(parsed.tree.root, "a"), yaml_value_get(parsed.tree.root, "b"));
    /* An anchor given again means the later value. */
    assert_string_equal(text_of(parsed.tree.root, "d"), "other");
    arena_done(&parsed.arena);
}

static void test_merge_keys(void **state)
{
    struct parsed parsed;
    (void)state;
    parse(&parsed, "x: &x {a: x, b: x, c: x}\n"
                   "y: &y {b: y, c: y, d: y}\n"
                   "one: {<<: *x, b: own}\n"
                   "two: {c: own, <<: [*x, *y]}\n"
                   "chain: &chain {<<: *x, e: chain}\n"
                   "three: {<<: *chain}\n"
                   "plain: {\"<<\": *x}\n");
    assert_int_equal(parsed.result, 0);
    assert_int_equal(parsed.diagnostics.count, 0);
    const struct yaml_value *one = yaml_value_get(parsed.tree.root, "one");
    assert_int_equal(one->count, 3);
    assert_string_equal(text_of(one, "a"), "x");
    assert_string_equal(text_of(one, "b"), "own");
    const struct yaml_value *two = yaml_value_get(parsed.tree.root, "two");
    assert_int_equal(two->count, 4);
    assert_string_equal(text_of(two, "b"), "x");
    assert_string_equal(text_of(two, "c"), "own");
    assert_string_equal(text_of(two, "d"), "y");
    const struct yaml_value *three = yaml_value_get(parsed.tree.root, "three");
    assert_string_equal(text_of(three, "a"), "x");
    assert_string_equal(text_of(three, "e"), "chain");
    /* A quoted key is text. */
    assert_non_null(yaml_value_get(yaml_value_get(parsed.tree.root, "plain"), "<<"));
    arena_done(&parsed.arena);
}

static void test_line_ends_of_all_kinds(void **state)
{
    struct parsed parsed;
    (void)state;
    parse(&parsed, "a: 1\r\nb: 2\rc: 3\nd: [1,\r\n  4]");
    assert_int_equal(parsed.result, 0);
    assert_int_equal(yaml_value_get(parsed.tree.root, "b")->at.line, 2);
    assert_int_equal(yaml_value_get(parsed.tree.root, "c")->at.line, 3);
    assert_int_equal(yaml_value_get(parsed.tree.root, "d")->items[1]->at.line, 5);
    assert_int_equal(yaml_value_get(parsed.tree.root, "d")->items[1]->at.column, 3);
    arena_done(&parsed.arena);
}

static void test_byte_order_mark_is_no_character(void **state)
{
    struct parsed parsed;
    (void)state;
    parse(&parsed, "\xEF\xBB\xBF"
                   "a: 1");
    assert_int_equal(parsed.result, 0);
    assert_int_equal(yaml_value_pair(parsed.tree.root, "a")->key->at.column, 1);
    arena_done(&parsed.arena);
}

/* Depth counts the innermost value: 31 lists around one. */
static void test_depth_limit_is_exact(void **state)
{
    struct parsed parsed;
    char text[2 * SCENARIO_DEPTH_MAX + 2];
    (void)state;
    for (size_t depth = SCENARIO_DEPTH_MAX - 1; depth <= SCENARIO_DEPTH_MAX; depth++) {
        memset(text, '[', depth);
        text[depth] = 'x';
        memset(text + depth + 1, ']', depth);
        text[2 * depth + 1] = '\0';
        parse(&parsed, text);
        assert_int_equal(parsed.result, depth < SCENARIO_DEPTH_MAX ? 0 : -1);
        arena_done(&parsed.arena);
    }
}

static void test_tags_are_kept_for_the_reader(void **state)
{
    struct parsed parsed;
    (void)state;
    parse(&parsed, "[!!int 5, !mine [], != x, plain]");
    assert_int_equal(parsed.result, 0);
    const struct yaml_value *const *items = parsed.tree.root->items;
    assert_string_equal(items[0]->tag, "!!int");
    assert_string_equal(items[1]->tag, "!mine");
    assert_string_equal(items[2]->tag, "!=");
    assert_null(items[3]->tag);
    assert_ptr_equal(parsed.tree.tagged, items[2]);
    assert_ptr_equal(parsed.tree.tagged->next_tagged, items[1]);
    arena_done(&parsed.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_know_their_place),
        cmocka_unit_test(test_core_types),
        cmocka_unit_test(test_numbers_have_their_value),
        cmocka_unit_test(test_aliases_share_values),
        cmocka_unit_test(test_merge_keys),
        cmocka_unit_test(test_line_ends_of_all_kinds),
        cmocka_unit_test(test_byte_order_mark_is_no_character),
        cmocka_unit_test(test_depth_limit_is_exact),
        cmocka_unit_test(test_tags_are_kept_for_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
