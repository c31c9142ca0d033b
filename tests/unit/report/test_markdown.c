#include "report/markdown.h"

#include "drawn.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void test_a_failure(void **state)
{
    struct drawn *drawn = *state;
    const char *text = drawn_text(drawn, RENDER_MARKDOWN);

    drawn_assert_has(text, "## ❌ bascule: 1 failed\n");
    drawn_assert_has(text, "| ❌ | <code>kill</code> | 1.500 s | - | - | - | fail |\n");
    drawn_assert_has(text, "### ❌ <code>kill</code>\n\nThe first node dies.\n\n");
    drawn_assert_has(text, "- **missed** failed&#95;requests: 1,234, expected == 0\n");
    drawn_assert_has(text, "- <code>within&#95;error</code>: too close → too close to tell");
    drawn_assert_has(text, "\n```sh\nbascule replay r/kill.json\n```\n");
    drawn_assert_has(text, "| ✅ | <code>switchover</code> | &#60; 5s | 1.500 s | fault kill-1 |\n");
    drawn_assert_has(text, "| ❔ | <code>outage</code> | &#60; 10ms | 10.001ms |  |\n");
    drawn_assert_has(text, "- Debian, 6.1, 2 processors, isolation: none\n");
}

static void test_a_pass_is_a_row(void **state)
{
    struct drawn *drawn = *state;

    drawn->document.verdict = "pass";
    const char *text = drawn_text(drawn, RENDER_MARKDOWN);
    drawn_assert_has(text, "## ✅ bascule: 1 passed\n");
    assert_null(strstr(text, "###"));
}

static void test_the_worst_verdict_leads(void **state)
{
    struct drawn *drawn = *state;
    static const char *const verdicts[] = {"skipped", "known", "pass", "inconclusive", "fail"};
    static const char *const signs[] = {"## ⏭️", "## 🟡", "## ✅", "## ❔", "## ❌"};
    struct document documents[5];

    for (size_t i = 0; i < 5; i++) {
        struct error error = {.text = ""};
        char text[65536] = "";
        documents[i] = drawn->document;
        documents[i].verdict = verdicts[i];
        FILE *out = fmemopen(text, sizeof(text), "w");
        assert_non_null(out);
        assert_int_equal(render_write(out, RENDER_MARKDOWN, documents, i + 1, &error), 0);
        assert_int_equal(fclose(out), 0);
        assert_memory_equal(text, signs[i], strlen(signs[i]));
    }
}

static void test_must_is_told_in_the_row(void **state)
{
    struct drawn *drawn = *state;

    drawn->document.verdict = "pass";
    drawn->reason = (struct document_reason){.code = "must", .text = "failed, as it must: x"};
    drawn_assert_has(drawn_text(drawn, RENDER_MARKDOWN), "| pass (must fail) |\n");
    drawn->reason.text = "inconclusive, as it must";
    drawn_assert_has(drawn_text(drawn, RENDER_MARKDOWN), "| pass (must be inconclusive) |\n");
}

static void test_many_failures_stay_small(void **state)
{
    struct drawn *drawn = *state;
    struct document *documents = ARENA_ARRAY(&drawn->arena, struct document, 100);
    struct document_reason *reasons = ARENA_ARRAY(&drawn->arena, struct document_reason, 50);
    char *text = arena_alloc(&drawn->arena, 1 << 20);
    struct error error = {.text = ""};

    for (size_t i = 0; i < 50; i++) {
        reasons[i] = drawn->reason;
    }
    drawn->document.reasons = (struct document_reasons){reasons, 50};
    for (size_t i = 0; i < 100; i++) {
        documents[i] = drawn->document;
    }
    FILE *out = fmemopen(text, 1 << 20, "w");
    assert_non_null(out);
    assert_int_equal(render_write(out, RENDER_MARKDOWN, documents, 100, &error), 0);
    assert_int_equal(fclose(out), 0);
    assert_true(strlen(text) < 65536);
    assert_int_equal(drawn_times(text, "###"), MARKDOWN_DETAILS_MAX);
    drawn_assert_has(text, "- and 42 more\n");
    drawn_assert_has(text, "\nAnd 80 more: see the reports.\n");
}

static void test_text_means_nothing(void **state)
{
    struct drawn *drawn = *state;
    const char *text = markdown_text(&drawn->arena, drawn_hostile);

    drawn_assert_plain(text);
    assert_null(strpbrk(text, "<>|`*_[]()\"'\\$~!\n"));
    for (const char *at = strchr(text, '#'); at != NULL; at = strchr(at + 1, '#')) {
        assert_true(at > text && at[-1] == '&');
    }
    assert_null(strstr(text, "://"));
    assert_null(strstr(text, "www."));
    assert_null(strstr(text, "@all"));
    assert_string_equal(markdown_text(&drawn->arena, "plain: 1.5 s, a/b-c"), "plain: 1.5 s, a/b-c");
}

static void test_long_text_is_cut(void **state)
{
    struct drawn *drawn = *state;
    char *text = arena_alloc(&drawn->arena, 2001);

    for (size_t i = 0; i < 2000; i += 2) {
        text[i] = '\xC3';
        text[i + 1] = '\xA9';
    }
    const char *cut = markdown_text(&drawn->arena, text);
    drawn_assert_plain(cut);
    assert_int_equal(strlen(cut), 2 * MARKDOWN_TEXT_MAX + 4);
}

static void test_a_command_cannot_end_its_block(void **state)
{
    struct drawn *drawn = *state;

    drawn->document.path = "a````\n```\nb";
    const char *text = drawn_text(drawn, RENDER_MARKDOWN);
    drawn_assert_has(text, "\n`````sh\nbascule replay 'a````?```?b'\n`````\n");
}

static void test_hostile_names(void **state)
{
    struct drawn *drawn = *state;
    const char *plain = drawn_text(drawn, RENDER_MARKDOWN);

    drawn->document.name = drawn_hostile;
    drawn->document.file = drawn_hostile;
    drawn->document.os = drawn_hostile;
    drawn->expectations[0].fault = drawn_hostile;
    drawn->expectations[1].why = drawn_hostile;
    drawn->reason.text = drawn_hostile;
    const char *text = drawn_text(drawn, RENDER_MARKDOWN);
    drawn_assert_plain(text);
    assert_int_equal(drawn_times(text, "\n"), drawn_times(plain, "\n"));
    assert_int_equal(drawn_times(text, "<"), drawn_times(plain, "<"));
    assert_int_equal(drawn_times(text, "|"), drawn_times(plain, "|"));
}

#define WITH_DRAWN(test) cmocka_unit_test_setup_teardown(test, drawn_setup, drawn_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DRAWN(test_a_failure),
        WITH_DRAWN(test_a_pass_is_a_row),
        WITH_DRAWN(test_the_worst_verdict_leads),
        WITH_DRAWN(test_must_is_told_in_the_row),
        WITH_DRAWN(test_many_failures_stay_small),
        WITH_DRAWN(test_text_means_nothing),
        WITH_DRAWN(test_long_text_is_cut),
        WITH_DRAWN(test_a_command_cannot_end_its_block),
        WITH_DRAWN(test_hostile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
