/* Whether it has just been run or was read back: the same words. */
#include "report/story.h"

#include "report/document_words.h"
#include "report/report_json.h"
#include "report/report_text.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct environment machine = {
    .os = "Debian", .kernel = "6.1", .cpus = 2, .isolation = "none"};

static struct document written(struct fixture *fixture)
{
    const char *path = fixture_path(fixture, "sample.json");
    struct error error = {.text = ""};
    struct document document;

    assert_int_equal(report_json_write(path, &fixture->result, &machine, NULL, &error), 0);
    if (document_read(&document, &fixture->arena, path, &error) != 0) {
        fail_msg("%s", error.text);
    }
    return document;
}

/* But for the last lines: what one types again differs. */
static const char *text_of(struct fixture *fixture, struct story story)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    story.again_count = 0;
    report_text_story(out, &fixture->arena, &story, false);
    assert_int_equal(fclose(out), 0);
    const char *kept = arena_copy(&fixture->arena, text, length);
    free(text);
    return kept;
}

static const char *line_of(struct fixture *fixture, const struct headline *headline)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    report_text_line(out, headline, false);
    assert_int_equal(fclose(out), 0);
    const char *kept = arena_copy(&fixture->arena, text, length);
    free(text);
    return kept;
}

static void assert_same_words(struct fixture *fixture)
{
    struct document document = written(fixture);
    struct headline run = story_headline(&fixture->arena, &fixture->result);
    struct headline read = story_headline_read(&fixture->arena, &document);

    assert_string_equal(text_of(fixture, story_read(&fixture->arena, &document)),
                        text_of(fixture, story_of(&fixture->arena, &fixture->result, NULL)));
    assert_string_equal(line_of(fixture, &read), line_of(fixture, &run));
}

static void test_a_failure(void **state)
{
    struct fixture *fixture = *state;
    struct reason_text reasons[] = {{REASON_NODE_DIED, "node_died", "it ended"}};

    fixture->scenario.expectations[1].limit_text = "at least 99.9%";
    fixture->result.results[1].why = "it came again";
    assert_same_words(fixture);
    fixture->result.reasons = (struct reason_list){.items = reasons, .count = 1};
    assert_same_words(fixture);
    /* Half of a last digit: a report has microseconds only. */
    fixture->result.runs[0].measurement.disturbances[0].outage = figure_of(6149600);
    fixture->result.results[0].actual = figure_of(3 * NANOS_PER_S + 1000);
    assert_same_words(fixture);
}

static void test_other_verdicts(void **state)
{
    struct fixture *fixture = *state;
    struct reason_text must[] = {{REASONS, "must", "failed, as it must: x"}};
    struct reason_text interrupted[] = {{REASON_NO_TRAFFIC, "no_traffic", "none"},
                                        {REASON_INTERRUPTED, "interrupted", "SIGINT"}};

    fixture->result.verdict = VERDICT_INCONCLUSIVE;
    fixture->result.interrupted = true;
    fixture->result.reasons = (struct reason_list){.items = interrupted, .count = 2};
    assert_same_words(fixture);
    fixture->result.interrupted = false;
    fixture->scenario.must = MUST_FAIL;
    fixture->result.verdict = VERDICT_PASS;
    fixture->result.reasons = (struct reason_list){.items = must, .count = 1};
    assert_same_words(fixture);
    fixture->scenario.must = MUST_NOTHING;
    fixture->result.reasons.count = 0;
    fixture->scenario.known_why = "it waits";
    fixture->result.verdict = VERDICT_KNOWN;
    assert_same_words(fixture);
    fixture->scenario.known_why = NULL;
    fixture->result.verdict = VERDICT_PASS;
    fixture->scenario.expectation_count = 0;
    fixture->result.result_count = 0;
    assert_same_words(fixture);
    assert_non_null(story_of(&fixture->arena, &fixture->result, NULL).unasked);
    fixture->result.verdict = VERDICT_SKIPPED;
    assert_same_words(fixture);
    assert_null(story_of(&fixture->arena, &fixture->result, NULL).unasked);
}

static void test_what_to_type(void **state)
{
    struct fixture *fixture = *state;
    struct document document = written(fixture);

    document.path = "r/a b.json";
    struct story story = story_read(&fixture->arena, &document);
    assert_int_equal(story.again_count, 2);
    assert_string_equal(story.again[0].text, "bascule replay 'r/a b.json'");
    assert_string_equal(story.again[1].text, "r/a b.json");
    document.isolation = "simulation";
    story = story_read(&fixture->arena, &document);
    assert_int_equal(story.again_count, 3);
    assert_string_equal(story.again[0].text, "bascule replay --simulate 'r/a b.json'");
    assert_string_equal(story.again[1].text, "bascule replay 'r/a b.json'");
    document.run_count = 0;
    assert_int_equal(story_read(&fixture->arena, &document).again_count, 1);
}

static void test_units(void **state)
{
    const struct document_figure huge = {.value = 0x1p53, .state = DOCUMENT_VALUE};
    const struct document_figure half = {.value = 0.5, .state = DOCUMENT_VALUE};

    (void)state;
    assert_int_equal(document_words_unit("switchover"), UNIT_NANOS);
    assert_int_equal(document_words_unit("switchover.p95"), UNIT_NANOS);
    assert_int_equal(document_words_unit("latency.p999"), UNIT_NANOS);
    assert_int_equal(document_words_unit("share.backup-1"), UNIT_RATIO);
    assert_int_equal(document_words_unit("failed_requests.max"), UNIT_COUNT);
    assert_int_equal(document_words_unit("nothing.like.it"), UNIT_RATIO);
    assert_int_equal(document_words_unit(""), UNIT_RATIO);
    assert_int_equal(document_words_number(UNIT_NANOS, half).value, 500 * NANOS_PER_US);
    assert_int_equal(document_words_number(UNIT_RATIO, half).value, RATIO_ONE / 2);
    assert_true(document_words_number(UNIT_NANOS, huge).value > INT64_C(8000000000000000000));
    assert_true(document_words_number(UNIT_RATIO, huge).value > INT64_C(8000000000000000000));
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_a_failure),
        WITH_FIXTURE(test_other_verdicts),
        WITH_FIXTURE(test_what_to_type),
        cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
