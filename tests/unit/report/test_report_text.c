#include "report/report_text.h"

#include "report/advice.h"
#include "report/utf8.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

/* What was printed; ends the stream. */
struct printed {
    FILE *out;
    char *text;
    size_t length;
};

static void printed_begin(struct printed *printed)
{
    printed->out = open_memstream(&printed->text, &printed->length);
    assert_non_null(printed->out);
}

static const char *printed_end(struct printed *printed)
{
    assert_int_equal(fclose(printed->out), 0);
    return printed->text;
}

static void print_details(FILE *out, struct fixture *fixture, const char *path, bool colour)
{
    const struct story story = story_of(&fixture->arena, &fixture->result, path);

    report_text_story(out, &fixture->arena, &story, colour);
}

static void assert_fits_terminal(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char line[512];
        assert_true(length < sizeof(line));
        memcpy(line, text, length);
        line[length] = '\0';
        if (utf8_width(line) > 80) {
            fail_msg("%zu characters: %s", utf8_width(line), line);
        }
        text += length + (text[length] == '\n' ? 1 : 0);
    }
}

static void test_headline_takes_the_worst(void **state)
{
    struct fixture *fixture = *state;
    struct headline headline = story_headline(&fixture->arena, &fixture->result);

    assert_string_equal(headline.name, "sample");
    assert_int_equal(headline.switchover.state, FIGURE_UNRECOVERED);
    assert_int_equal(headline.outage.value, 12 * NANOS_PER_MS);
    assert_int_equal(headline.failed_requests.value, 12);
    assert_string_equal(headline.note, "");
}

static void test_table(void **state)
{
    struct fixture *fixture = *state;
    struct report_table table = {.name_width = 10};
    struct printed printed;

    struct headline headline = story_headline(&fixture->arena, &fixture->result);
    printed_begin(&printed);
    report_text_table_head(printed.out, &table);
    report_text_table_row(printed.out, &table, &headline);
    headline.note = "must fail";
    headline.verdict = VERDICT_PASS;
    headline.switchover = (struct figure){.state = FIGURE_ABSENT};
    report_text_table_row(printed.out, &table, &headline);
    assert_string_equal(printed_end(&printed),
                        "scenario    switchover    outage worst latency  failed  verdict\n"
                        "sample           never   12.0 ms        4.2 ms      12  FAIL\n"
                        "sample               -   12.0 ms        4.2 ms      12  PASS *\n");
    free(printed.text);
}

/* Characters, not bytes. */
static void test_table_with_a_name_beyond_ascii(void **state)
{
    struct report_table table = {.name_width = 8};
    const struct headline headline = {.name = "\xC3\xA9t\xC3\xA9", .note = ""};
    struct printed printed;

    (void)state;
    printed_begin(&printed);
    report_text_table_row(printed.out, &table, &headline);
    assert_string_equal(
        printed_end(&printed),
        "\xC3\xA9t\xC3\xA9                -         -             -       -  PASS\n");
    free(printed.text);
}

static void test_table_fits_80_columns(void **state)
{
    static const char *const names[] = {"a", "cold-start-dead-primary", "apiservice-wrong-ejectio"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct report_table table = {.name_width = strlen(names[i])};
        const struct headline headline = {
            .name = names[i],
            .note = "",
            .verdict = VERDICT_INCONCLUSIVE,
            .switchover = figure_of(12345 * NANOS_PER_MS),
            .outage = figure_of(12345 * NANOS_PER_MS),
            .worst_latency = figure_of(12345 * NANOS_PER_MS),
            .failed_requests = figure_of(123456),
        };
        struct printed printed;
        printed_begin(&printed);
        report_text_table_head(printed.out, &table);
        report_text_table_row(printed.out, &table, &headline);
        assert_fits_terminal(printed_end(&printed));
        free(printed.text);
    }
}

static void test_one_line(void **state)
{
    struct fixture *fixture = *state;
    struct headline headline = story_headline(&fixture->arena, &fixture->result);
    struct printed printed;

    printed_begin(&printed);
    report_text_line(printed.out, &headline, false);
    assert_string_equal(printed_end(&printed),
                        "FAIL sample  switchover never  outage 12.0 ms  worst latency 4.2 ms  "
                        "failed 12\n");
    free(printed.text);
}

static void test_colours_only_when_asked(void **state)
{
    struct fixture *fixture = *state;
    struct headline headline = story_headline(&fixture->arena, &fixture->result);

    for (int colour = 0; colour < 2; colour++) {
        struct report_table table = {.name_width = 8, .colour = colour == 1};
        struct printed printed;
        printed_begin(&printed);
        report_text_table_head(printed.out, &table);
        report_text_table_row(printed.out, &table, &headline);
        report_text_line(printed.out, &headline, colour == 1);
        print_details(printed.out, fixture, "x", colour == 1);
        assert_int_equal(strchr(printed_end(&printed), '\033') != NULL, colour);
        free(printed.text);
    }
}

static void test_details_of_a_failure(void **state)
{
    struct fixture *fixture = *state;
    struct printed printed;

    printed_begin(&printed);
    print_details(printed.out, fixture, "reports/sample.json", false);
    assert_string_equal(printed_end(&printed), "\nFAIL sample\n"
                                               "  switchover: never, expected < 3s, fault kill-1\n"
                                               "  success_ratio: 0.994, expected >= 99.9%\n"
                                               "  -> again: bascule run --seed 42 dir/sample.yaml\n"
                                               "  -> all of it: reports/sample.json\n");
    free(printed.text);
}

static void test_a_near_miss_does_not_look_like_a_hit(void **state)
{
    struct fixture *fixture = *state;
    struct printed printed;

    fixture->result.results[0].actual = figure_of(3 * NANOS_PER_S + 100 * NANOS_PER_US);
    printed_begin(&printed);
    print_details(printed.out, fixture, NULL, false);
    assert_non_null(
        strstr(printed_end(&printed), "switchover: 3.0001s, expected < 3s, fault kill-1\n"));
    free(printed.text);
}

static void test_reasons_come_with_advice_once(void **state)
{
    struct fixture *fixture = *state;
    struct reason_text reasons[] = {
        {REASON_NODE_DIED, "node_died", "node a exited with status 1"},
        {REASON_NODE_DIED, "node_died", "node b ended by \x1b[2J\xC3\xA9"},
    };
    struct printed printed;

    fixture->result.verdict = VERDICT_INCONCLUSIVE;
    fixture->result.result_count = 0;
    fixture->result.reasons = (struct reason_list){.items = reasons, .count = 2};
    printed_begin(&printed);
    print_details(printed.out, fixture, NULL, false);
    const char *text = printed_end(&printed);
    assert_non_null(strstr(text, "  node_died: node a exited with status 1\n"));
    assert_non_null(strstr(text, "by ?[2J\xC3\xA9\n"));
    const char *advice = strstr(text, advice_for("node_died"));
    assert_non_null(advice);
    assert_null(strstr(advice + 1, advice_for("node_died")));
    free(printed.text);
}

static void test_long_reasons_are_wrapped(void **state)
{
    struct fixture *fixture = *state;
    char *text = arena_alloc(&fixture->arena, 1001);
    struct reason_text reason = {REASON_NODE_DIED, "node_died", text};
    struct printed printed;

    for (size_t i = 0; i < 1000; i++) {
        text[i] = i % 7 == 6 ? ' ' : 'x';
    }
    fixture->result.reasons = (struct reason_list){.items = &reason, .count = 1};
    printed_begin(&printed);
    print_details(printed.out, fixture, NULL, false);
    assert_fits_terminal(printed_end(&printed));
    assert_true(printed.length > 1000);
    free(printed.text);
}

static void test_a_pass_needs_no_details(void **state)
{
    struct fixture *fixture = *state;
    struct printed printed;

    fixture->result.verdict = VERDICT_PASS;
    printed_begin(&printed);
    print_details(printed.out, fixture, "x", true);
    assert_string_equal(printed_end(&printed), "");
    free(printed.text);
}

static void test_a_known_issue_tells_why_and_what(void **state)
{
    struct fixture *fixture = *state;
    struct reason_text reason = {REASON_STARTS_LATE, "starts_late", "late"};
    struct printed printed;

    fixture->scenario.known_why = "it waits";
    fixture->result.verdict = VERDICT_KNOWN;
    fixture->result.reasons = (struct reason_list){.items = &reason, .count = 1};
    printed_begin(&printed);
    print_details(printed.out, fixture, "x", false);
    assert_string_equal(printed_end(&printed), "\nKNOWN sample\n"
                                               "  known issue: it waits\n"
                                               "  switchover: never, expected < 3s, fault kill-1\n"
                                               "  success_ratio: 0.994, expected >= 99.9%\n");
    free(printed.text);
}

static void test_totals(void **state)
{
    const size_t counts[REPORT_VERDICTS] = {[VERDICT_PASS] = 18, [VERDICT_KNOWN] = 5};
    struct printed printed;

    (void)state;
    printed_begin(&printed);
    report_text_totals(printed.out, counts);
    assert_string_equal(printed_end(&printed), "18 passed, 5 failed as known");
    free(printed.text);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_headline_takes_the_worst),
        WITH_FIXTURE(test_table),
        cmocka_unit_test(test_table_with_a_name_beyond_ascii),
        cmocka_unit_test(test_table_fits_80_columns),
        WITH_FIXTURE(test_one_line),
        WITH_FIXTURE(test_colours_only_when_asked),
        WITH_FIXTURE(test_details_of_a_failure),
        WITH_FIXTURE(test_a_near_miss_does_not_look_like_a_hit),
        WITH_FIXTURE(test_reasons_come_with_advice_once),
        WITH_FIXTURE(test_long_reasons_are_wrapped),
        WITH_FIXTURE(test_a_pass_needs_no_details),
        WITH_FIXTURE(test_a_known_issue_tells_why_and_what),
        cmocka_unit_test(test_totals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
