#include "report/report_file.h"

#include "report/report_json.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <string.h>
#include <unistd.h>

static const struct environment machine = {
    .os = "Debian", .kernel = "6.1", .cpus = 2, .isolation = "none"};

static char *whole_report(struct fixture *fixture)
{
    const char *path = fixture_path(fixture, "sample.json");
    struct error error = {.text = ""};

    assert_int_equal(report_json_write(path, &fixture->result, &machine, NULL, &error), 0);
    return fixture_read(fixture, path);
}

static const char *written(struct fixture *fixture, const char *text, size_t length)
{
    const char *path = fixture_path(fixture, "bad.json");
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* The error begins with the path, and goes on so. */
static void assert_refused_at(struct fixture *fixture, const char *path, const char *expected)
{
    struct error error = {.text = ""};

    assert_null(report_file_read(&fixture->arena, path, &error));
    if (strncmp(error.text, path, strlen(path)) != 0 ||
        strstr(error.text + strlen(path), expected) != error.text + strlen(path)) {
        fail_msg("'%s' does not follow in: %s", expected, error.text);
    }
    for (const char *at = error.text; *at != '\0'; at++) {
        assert_true((unsigned char)*at >= ' ');
    }
}

static void assert_refused(struct fixture *fixture, const char *text, const char *expected)
{
    assert_refused_at(fixture, written(fixture, text, strlen(text)), expected);
}

/* The report with the first of these texts replaced. */
static const char *edited(struct fixture *fixture, const char *from, const char *to)
{
    const char *whole = whole_report(fixture);
    const char *at = strstr(whole, from);

    assert_non_null(at);
    return arena_printf(&fixture->arena, "%.*s%s%s", (int)(at - whole), whole, to,
                        at + strlen(from));
}

static size_t line_of(const char *whole, const char *place)
{
    size_t line = 1;

    for (; whole < place; whole++) {
        line += *whole == '\n' ? 1 : 0;
    }
    return line;
}

/* ---- Good ones ---- */

static void test_as_it_was_written(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};

    (void)whole_report(fixture);
    json_t *report =
        report_file_read(&fixture->arena, fixture_path(fixture, "sample.json"), &error);
    assert_string_equal(error.text, "");
    assert_string_equal(json_string_value(json_object_get(report, "verdict")), "fail");
    json_decref(report);
}

static void test_written_otherwise(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};

    fixture->result.seed = UINT64_MAX / 2; /* a double would lose it */
    json_t *whole = json_loads(whole_report(fixture), JSON_DECODE_INT_AS_REAL, NULL);
    char *text = json_dumps(whole, JSON_SORT_KEYS | JSON_ENSURE_ASCII | JSON_INDENT(4));
    json_t *report =
        report_file_read(&fixture->arena, written(fixture, text, strlen(text)), &error);
    assert_string_equal(error.text, "");
    assert_non_null(report);
    free(text);
    json_decref(whole);
    json_decref(report);
}

/* ---- What others left of it ---- */

/* Also in the middle of a name, of a number, of an escape, or of a character. */
static void test_cut_short_anywhere(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.name = "é \"ü\"\t\x01 ﾑ";
    const char *whole = whole_report(fixture);
    size_t length = strlen(whole);

    for (size_t kept = 1; kept + 2 < length; kept += kept < 600 ? 1 : length / 500) {
        struct error error = {.text = ""};
        assert_null(report_file_read(&fixture->arena, written(fixture, whole, kept), &error));
        if (strstr(error.text, "the file ends here, but its JSON does not") == NULL) {
            fail_msg("of %zu bytes %zu: %s", length, kept, error.text);
        }
    }
    assert_refused(fixture, "{\n \"é\": tru", ":2:10: error: the file ends here");
    assert_refused(fixture, "{\n", ":2:1: error: the file ends here");
    assert_refused(fixture, "", ":1:1: error: the file is empty");
}

static void test_no_json(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, "name: a\n", ":1:4: error: this is no JSON: ");
    assert_refused(fixture, "{\"a\": 1]\n", ":1:8: error: this is no JSON: ");
    assert_refused(fixture, "{\"a\": [1}]}\n", ":1:9: error: this is no JSON: ");
    assert_refused(fixture, "{\"a\":1,\"a\":1}", ":1:10: error: this is no JSON: duplicate");
    assert_refused(fixture, "{}\n{}\n", ":2:1: error: this is not one JSON value");
    assert_refused_at(fixture, written(fixture, "{\"\xFF\": 1}", 8),
                      ":1:2: error: this is no JSON");
}

static void test_foreign(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture, "[]", ":1:1: error: this is no report of bascule's: its schema is not");
    assert_refused(fixture, "{\"a\": 1}", ":1:1: error: this is no report of bascule's");
    assert_refused(fixture, "{\n\"a\": {\"schema\": 1},\n\"schema\": 1}",
                   ":3:1: error: this is no report of bascule's");
    assert_refused(fixture, "{\"schema\": \"x\\u001b\"}",
                   ":1:2: error: this is no report of bascule's: its schema is 'x?', not");
    assert_refused(fixture, edited(fixture, "bascule/report/1", "bascule/report/0"),
                   ":2:3: error: this is no report of bascule's: its schema is 'bascule/report/0'");
    assert_refused(fixture, edited(fixture, "bascule/report/1", "bascule/report/2-x"),
                   ":2:3: error: this is no report of bascule's");
}

/* Nothing else of it is looked at. */
static void test_newer_and_other_kinds(void **state)
{
    static const struct {
        const char *schema;
        const char *error;
    } cases[] = {
        {"comparison/1", ":2:3: error: this is a comparison, made by bascule compare, and no"},
        {"history/1", ":2:3: error: this is a history, made by bascule history, and no report"},
        {"latest/1", ":2:3: error: this is the list of a run's reports, and no report"},
        {"journal/1", ":2:3: error: this is a journal, and no report"},
        {"report/2", ":2:3: error: written by a newer bascule, "},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(fixture, edited(fixture, "report/1", cases[i].schema), cases[i].error);
    }
    assert_refused(fixture,
                   "{\"schema\":\"bascule/report/10\",\n\"tool\":{\"version\":\"9.\\u001b9\"}}",
                   ":1:2: error: written by a newer bascule, 9.?9, as 'bascule/report/10'; "
                   "this one reads 'bascule/report/1'");
    assert_refused(fixture, "{\"schema\":\"bascule/report/2\"}",
                   ":1:2: error: written by a newer bascule, of unknown version, as ");
}

static void test_edited(void **state)
{
    static const char *const changes[][2] = {
        {"\"verdict\": \"fail\"", "\"verdict\": \"pass\""},
        {"\"switchover_ms\": \"unrecovered\"", "\"switchover_ms\": 1.5"},
        {"\"slow_requests\"", "\"slow_request\""},
        {"\"verdict\"", "\"colour\": 1, \"verdict\""},
        {"\"wall_ms\": 11000.0", "\"wall_ms\": 11000.001"},
        {"\"digest\": \"sha256:", "\"digest\": \"sha512:"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const char *text = edited(fixture, changes[i][0], changes[i][1]);
        assert_refused(
            fixture, text,
            arena_printf(&fixture->arena,
                         ":%zu:3: error: changed since bascule wrote it: its digest does "
                         "not match; take the original",
                         line_of(text, strstr(text, "\"digest\""))));
    }
    const char *text = edited(fixture, ",\n  \"digest\": \"", ",\n  \"seal\": \"");
    assert_refused(
        fixture, text,
        arena_printf(&fixture->arena,
                     ":%zu:1: error: changed since bascule wrote it: its digest is missing",
                     line_of(text, text + strlen(text))));
}

/* Also where somebody else's member, or a text, is called so. */
static void test_the_place_of_the_digest(void **state)
{
    struct fixture *fixture = *state;

    assert_refused(fixture,
                   "{\"schema\": \"bascule/report/1\",\n"
                   "\"a\": {\"digest\": 1}, \"b\": [\"digest\", \"\\\"digest\\\": \"],\n"
                   " \"digest\" : \"é\",\n\"c\": 1}\n\n",
                   ":3:2: error: changed since");
    assert_refused(fixture, "{\"schema\": \"bascule/report/1\"}\n", ":2:1: error: changed since");
}

static void test_no_file_and_too_large(void **state)
{
    struct fixture *fixture = *state;
    const char *path = written(fixture, "", 0);

    assert_refused_at(fixture, fixture_path(fixture, "nowhere.json"),
                      ": error: cannot be opened: No such file");
    assert_refused_at(fixture, fixture->folder, ": error: this is a folder, not a file");
    assert_int_equal(truncate(path, (off_t)REPORT_FILE_MAX + 1), 0);
    assert_refused_at(fixture, path, ": error: more than 64 MiB are not read");
}

static void test_what_is_beside_reports(void **state)
{
    static const struct {
        const char *text;
        bool other;
    } cases[] = {
        {"{\"schema\": \"bascule/latest/1\"}", true},
        {"{\n  \"schema\": \"bascule/history/1\", \"scenarios\": []}", true},
        {"{\n  \"schema\" : \"bascule/comparison/7\"", true},
        {"{\"schema\": \"bascule/report/1\"}", false},
        {"{\"schema\": \"bascule/report/2\"}", false},
        {"{\"name\": \"bascule/latest/1\"}", false},
        {"", false},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *path = written(fixture, cases[i].text, strlen(cases[i].text));
        assert_int_equal(report_file_is_other(path), cases[i].other);
    }
    (void)whole_report(fixture);
    assert_false(report_file_is_other(fixture_path(fixture, "sample.json")));
    assert_false(report_file_is_other(fixture_path(fixture, "nowhere.json")));
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_as_it_was_written),
        WITH_FIXTURE(test_written_otherwise),
        WITH_FIXTURE(test_cut_short_anywhere),
        WITH_FIXTURE(test_no_json),
        WITH_FIXTURE(test_foreign),
        WITH_FIXTURE(test_newer_and_other_kinds),
        WITH_FIXTURE(test_edited),
        WITH_FIXTURE(test_the_place_of_the_digest),
        WITH_FIXTURE(test_no_file_and_too_large),
        WITH_FIXTURE(test_what_is_beside_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
