#include "report/markup.h"

#include "unit/cmocka_all.h"

static struct arena arena;

static int teardown(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void characters_of_html_become_references(void **state)
{
    (void)state;
    assert_string_equal(markup_text(&arena, "a<b>&\"'`c"), "a&lt;b&gt;&amp;&quot;&#39;&#96;c");
    assert_string_equal(markup_text(&arena, NULL), "");
    assert_string_equal(markup_text(&arena, ""), "");
    assert_string_equal(markup_text(&arena, "Größe 5\n\tµs"), "Größe 5\n\tµs");
}

static void what_could_hide_or_reorder_is_replaced(void **state)
{
    (void)state;
    assert_string_equal(markup_text(&arena, "a\x01\x7F\x1B[b"), "a\uFFFD\uFFFD\uFFFD[b");
    assert_string_equal(markup_text(&arena, "a\r\nb"), "a\uFFFD\nb");
    assert_string_equal(markup_text(&arena, "\u202Ea\u2066b\u2028c\uFEFF"),
                        "\uFFFDa\uFFFDb\uFFFDc\uFFFD");
    assert_string_equal(markup_text(&arena, "\xC2\x85x"), "\uFFFDx");
    assert_string_equal(markup_text(&arena, "\xEF\xBF\xBFx"), "\uFFFDx");
}

static void what_is_not_utf8_is_replaced_byte_by_byte(void **state)
{
    (void)state;
    assert_string_equal(markup_text(&arena, "a\xFF<"), "a\uFFFD&lt;");
    assert_string_equal(markup_text(&arena, "\xC3\x28"), "\uFFFD(");
    assert_string_equal(markup_text(&arena, "x\xE2\x82"), "x\uFFFD\uFFFD");
}

static void a_link_stays_within_its_folder(void **state)
{
    (void)state;
    assert_string_equal(markup_link(&arena, "kill-primary.html"), "./kill-primary.html");
    assert_string_equal(markup_link(&arena, "javascript:x"), "./javascript%3Ax");
    assert_string_equal(markup_link(&arena, "../a b"), "./..%2Fa%20b");
    assert_string_equal(markup_link(&arena, "\"\xC3\xA4"), "./%22%C3%A4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_of_html_become_references),
        cmocka_unit_test(what_could_hide_or_reorder_is_replaced),
        cmocka_unit_test(what_is_not_utf8_is_replaced_byte_by_byte),
        cmocka_unit_test(a_link_stays_within_its_folder),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
