#include "drawn.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void test_a_case_an_expectation(void **state)
{
    struct drawn *drawn = *state;
    const char *text = drawn_text(drawn, RENDER_JUNIT);

    drawn_assert_has(text, "<testsuites name=\"bascule\" tests=\"3\" failures=\"1\" errors=\"1\" "
                           "time=\"6.000\">");
    drawn_assert_has(text, "<testsuite name=\"kill\" tests=\"3\" failures=\"1\" errors=\"1\" "
                           "skipped=\"0\" time=\"6.000\" timestamp=\"2026-05-04T09:15:02\" "
                           "file=\"dir/kill.yaml\">");
    drawn_assert_has(text,
                     "<testcase name=\"switchover &lt; 5s\" classname=\"bascule.kill\" "
                     "time=\"2.000\">\n      <system-out>switchover: 1.500 s, expected &lt; 5s, "
                     "fault kill-1</system-out>");
    drawn_assert_has(text,
                     "<failure message=\"failed_requests: 1,234, expected == 0\" type=\"fail\">\n"
                     "dir/kill.yaml\nfailed_requests: 1,234, expected == 0\n"
                     "within_error: too close\nagain: bascule replay r/kill.json\n");
    drawn_assert_has(text, "<error message=\"outage: 10.001ms, expected &lt; 10ms\" "
                           "type=\"inconclusive\">");
}

static void test_properties_have_the_worst(void **state)
{
    struct drawn *drawn = *state;
    const char *text = drawn_text(drawn, RENDER_JUNIT);

    drawn_assert_has(text, "<property name=\"switchover\" value=\"1500.25\"/>");
    drawn_assert_has(text, "<property name=\"success_ratio\" value=\"0.5\"/>");
    drawn_assert_has(text, "<property name=\"failback\" value=\"unrecovered\"/>");
    drawn_assert_has(text, "<property name=\"seed\" value=\"7\"/>");
    drawn_assert_has(text, "<property name=\"description\" value=\"The first node dies.\"/>");
    assert_true(strstr(text, "</properties>") < strstr(text, "<testcase"));
}

static void test_a_known_issue_is_skipped(void **state)
{
    static const char *const fails[] = {"failed_requests"};
    struct drawn *drawn = *state;

    drawn->document.verdict = "known";
    drawn->document.known_why = "it waits";
    drawn->document.known_fails = (struct document_texts){fails, 1};
    drawn->document.expectation_count = 2;
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\"");
    drawn_assert_has(text, "<skipped message=\"known issue: it waits (failed_requests: 1,234, "
                           "expected == 0)\">known issue: it waits (");
}

/* An announced failure that came with another one is still announced, and the whole failed. */
static void test_a_known_issue_that_ended_otherwise(void **state)
{
    static const char *const fails[] = {"failed_requests"};
    struct drawn *drawn = *state;

    drawn->document.known_why = "it waits";
    drawn->document.known_fails = (struct document_texts){fails, 1};
    drawn->document.expectation_count = 2;
    drawn->reason = (struct document_reason){.code = "known_issue", .text = "otherwise"};
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"");
    drawn_assert_has(text, "<testcase name=\"verdict\"");
    drawn_assert_has(text, "<failure message=\"known_issue: otherwise\" type=\"fail\">");
}

static void test_one_that_must_fail_is_one_case(void **state)
{
    struct drawn *drawn = *state;

    drawn->document.verdict = "pass";
    drawn->reason =
        (struct document_reason){.code = "must", .text = "failed, as it must: outage was 1 s"};
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\"");
    drawn_assert_has(text, "<system-out>must: failed, as it must: outage was 1 s</system-out>");
}

static void test_whole_scenarios_in_doubt_or_skipped(void **state)
{
    struct drawn *drawn = *state;

    drawn->document.verdict = "inconclusive";
    drawn->document.expectation_count = 1;
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"0\"");
    drawn_assert_has(text, "<error message=\"within_error: too close\" type=\"inconclusive\">");
    drawn->document.verdict = "skipped";
    drawn->document.expectation_count = 0;
    drawn->document.run_count = 0;
    drawn->reason = (struct document_reason){.code = "requires", .text = "no 'etcd'"};
    text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\"");
    drawn_assert_has(text, "<skipped message=\"requires: no &#39;etcd&#39;\">"
                           "requires: no &#39;etcd&#39;</skipped>");
}

static void test_cases_have_names_of_their_own(void **state)
{
    struct drawn *drawn = *state;

    drawn->expectations[1] = drawn->expectations[0];
    drawn->expectations[2] = drawn->expectations[0];
    drawn->document.verdict = "pass";
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "name=\"switchover &lt; 5s\"");
    drawn_assert_has(text, "name=\"switchover &lt; 5s, fault kill-1\"");
    drawn_assert_has(text, "name=\"switchover &lt; 5s, fault kill-1 #2\"");
}

static void test_simulated_has_no_time_of_day(void **state)
{
    struct drawn *drawn = *state;

    drawn->document.started_at = NULL;
    drawn->document.wall_ms = (struct document_figure){.state = DOCUMENT_ABSENT};
    drawn->run.duration_ms = 14000;
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_has(text, "time=\"14.000\"");
    assert_null(strstr(text, "timestamp"));
    drawn->document.started_at = "yesterday";
    assert_null(strstr(drawn_text(drawn, RENDER_JUNIT), "timestamp"));
}

static void test_hostile_text(void **state)
{
    struct drawn *drawn = *state;
    const char *plain = drawn_text(drawn, RENDER_JUNIT);

    drawn->document.name = drawn_hostile;
    drawn->document.file = drawn_hostile;
    drawn->document.path = drawn_hostile;
    drawn->document.isolation = drawn_hostile;
    drawn->expectations[0].fault = drawn_hostile;
    drawn->expectations[1].metric = drawn_hostile;
    drawn->expectations[1].why = drawn_hostile;
    drawn->reason = (struct document_reason){.code = drawn_hostile, .text = drawn_hostile};
    const char *text = drawn_text(drawn, RENDER_JUNIT);
    drawn_assert_plain(text);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "]]>"));
    assert_int_equal(drawn_times(text, "<"), drawn_times(plain, "<"));
    assert_int_equal(drawn_times(text, "\""), drawn_times(plain, "\""));
}

#define WITH_DRAWN(test) cmocka_unit_test_setup_teardown(test, drawn_setup, drawn_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DRAWN(test_a_case_an_expectation),
        WITH_DRAWN(test_properties_have_the_worst),
        WITH_DRAWN(test_a_known_issue_is_skipped),
        WITH_DRAWN(test_a_known_issue_that_ended_otherwise),
        WITH_DRAWN(test_one_that_must_fail_is_one_case),
        WITH_DRAWN(test_whole_scenarios_in_doubt_or_skipped),
        WITH_DRAWN(test_cases_have_names_of_their_own),
        WITH_DRAWN(test_simulated_has_no_time_of_day),
        WITH_DRAWN(test_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
