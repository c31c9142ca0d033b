#include "report/archive.h"

#include "report/report_digest.h"
#include "report/report_json.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <math.h>
#include <string.h>

static const struct environment machine = {
    .os = "Debian", .kernel = "6.1", .cpus = 2, .isolation = "none"};

/* ---- Reports to read ---- */

/* What bascule writes of the fixture, to be changed before it is saved. */
static json_t *report_of(struct fixture *fixture)
{
    struct error error = {.text = ""};
    json_error_t mistake;
    const char *path = fixture_path(fixture, "made.json");

    assert_int_equal(report_json_write(path, &fixture->result, &machine, NULL, &error), 0);
    json_t *report = json_load_file(path, 0, &mistake);
    assert_non_null(report);
    return report;
}

static void set(json_t *report, const char *holder, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(fixture_at(report, holder), key, value), 0);
}

/* A run more like the first. */
static void add_run(json_t *report)
{
    json_t *runs = fixture_at(report, "runs");
    json_t *run = json_deep_copy(json_array_get(runs, 0));

    assert_int_equal(json_array_append_new(runs, run), 0);
    set(run, "", "index", json_integer((json_int_t)json_array_size(runs) - 1));
}

static void add_disturbance(json_t *report)
{
    json_t *all = fixture_at(report, "runs/0/disturbances");

    assert_int_equal(json_array_append_new(all, json_deep_copy(json_array_get(all, 0))), 0);
}

static void doubt(json_t *run, const char *code)
{
    set(run, "", "verdict", json_string("inconclusive"));
    set(run, "", "reasons", json_pack("[{s:s, s:s}]", "code", code, "text", "why"));
}

/* As bascule would have written it. Takes the report. */
static const char *save(struct fixture *fixture, json_t *report, const char *name)
{
    char digest[REPORT_DIGEST_MAX];
    const char *path = fixture_path(fixture, name);

    set(report, "", REPORT_DIGEST_KEY, json_string(report_digest(report, digest)));
    assert_int_equal(json_dump_file(report, path, 0), 0);
    json_decref(report);
    return path;
}

static void add(struct fixture *fixture, struct archive *archive, const char *path)
{
    struct error error = {.text = ""};

    if (archive_add(archive, &fixture->arena, path, &error) != 0) {
        fail_msg("%s", error.text);
    }
}

static struct archive archive_of(struct fixture *fixture, json_t *report)
{
    struct archive archive = {.count = 0};

    add(fixture, &archive, save(fixture, report, "sample.json"));
    assert_int_equal(archive.count, 1);
    return archive;
}

static void assert_value(struct document_figure figure, double wanted)
{
    assert_int_equal(figure.state, DOCUMENT_VALUE);
    assert_true(fabs(figure.value - wanted) < 1e-9);
}

/* ---- One report ---- */

static void a_report_becomes_a_short_record(void **state)
{
    struct fixture *fixture = *state;
    json_t *report = report_of(fixture);

    set(report, "scenario", "settings", json_pack("[s, s]", "traffic.rate=5/s", "seed=3"));
    struct archive archive = archive_of(fixture, report);
    const struct archive_report *record = &archive.items[0];
    assert_string_equal(record->name, "sample");
    assert_string_equal(record->settings, "traffic.rate=5/s seed=3");
    assert_string_equal(record->machine, "2 processors, Debian 6.1");
    assert_string_equal(record->started_at, "2026-01-01T12:00:00.987Z");
    assert_string_equal(record->verdict, "fail");
    assert_true(record->expects_switchover);
    assert_true(fabs(record->target_ms - 3000) < 1e-9);
    assert_true(fabs(record->resolution_ms - 5) < 1e-9);
    assert_int_equal(record->run_count, 1);
    assert_int_equal(record->doubted, 0);
    const struct document_figure *figures = record->runs[0].figures;
    assert_int_equal(figures[ARCHIVE_SWITCHOVER].state, DOCUMENT_NEVER);
    assert_value(figures[ARCHIVE_OUTAGE], 12);
    assert_value(figures[ARCHIVE_WORST_LATENCY], 4.2);
    assert_value(figures[ARCHIVE_FAILED_REQUESTS], 12);
    assert_value(figures[ARCHIVE_SUCCESS_RATIO], 0.994);
}

static void the_worst_active_disturbance_stands_for_a_run(void **state)
{
    struct fixture *fixture = *state;
    json_t *report = report_of(fixture);

    add_disturbance(report);
    add_disturbance(report);
    add_disturbance(report);
    set(report, "runs/0/disturbances/0", "switchover_ms", json_real(800));
    set(report, "runs/0/disturbances/0", "recovered", json_true());
    set(report, "runs/0/disturbances/0", "unrecovered_why", json_null());
    set(report, "runs/0/disturbances/1", "outage_ms", json_null());
    set(report, "runs/0/disturbances/2", "outage_ms", json_real(34));
    set(report, "runs/0/disturbances/3", "outage_ms", json_real(99));
    set(report, "runs/0/disturbances/3", "was_active", json_false());
    struct archive archive = archive_of(fixture, report);
    const struct document_figure *figures = archive.items[0].runs[0].figures;
    assert_int_equal(figures[ARCHIVE_SWITCHOVER].state, DOCUMENT_NEVER);
    assert_value(figures[ARCHIVE_OUTAGE], 34);
    /* None at all is no zero. */
    report = report_of(fixture);
    set(report, "runs/0/disturbances/0", "was_active", json_false());
    archive = archive_of(fixture, report);
    figures = archive.items[0].runs[0].figures;
    assert_int_equal(figures[ARCHIVE_SWITCHOVER].state, DOCUMENT_ABSENT);
    assert_int_equal(figures[ARCHIVE_OUTAGE].state, DOCUMENT_ABSENT);
    assert_value(figures[ARCHIVE_FAILED_REQUESTS], 12);
}

static void runs_that_do_not_count_are_left_out(void **state)
{
    struct fixture *fixture = *state;
    json_t *report = report_of(fixture);

    for (int i = 0; i < 5; i++) {
        add_run(report);
    }
    doubt(fixture_at(report, "runs/0"), "starts_late");
    set(report, "runs/1", "rerun_of", json_integer(0));
    doubt(fixture_at(report, "runs/2"), "starts_late");
    doubt(fixture_at(report, "runs/3"), "within_error");
    doubt(fixture_at(report, "runs/4"), "not_measured");
    struct archive archive = archive_of(fixture, report);
    assert_int_equal(archive.items[0].run_count, 4);
    assert_int_equal(archive.items[0].doubted, 1);
}

/* ---- Many reports ---- */

static void a_copy_counts_once(void **state)
{
    struct fixture *fixture = *state;
    struct archive archive = {.count = 0};
    json_t *report = report_of(fixture);

    add(fixture, &archive, save(fixture, json_deep_copy(report), "one.json"));
    add(fixture, &archive, save(fixture, json_deep_copy(report), "two.json"));
    assert_int_equal(archive.count, 1);
    assert_int_equal(archive.copies, 1);
    /* Another moment, another seed, or in virtual time only the seed, and it is another one. */
    json_t *other = json_deep_copy(report);
    set(other, "", "started_at", json_string("2026-01-01T12:00:01.987Z"));
    add(fixture, &archive, save(fixture, other, "later.json"));
    assert_int_equal(archive.count, 2);
    set(report, "", "started_at", json_null());
    add(fixture, &archive, save(fixture, json_deep_copy(report), "simulated.json"));
    add(fixture, &archive, save(fixture, json_deep_copy(report), "simulated-again.json"));
    assert_int_equal(archive.count, 3);
    assert_int_equal(archive.copies, 2);
    set(report, "scenario", "seed", json_string("43"));
    add(fixture, &archive, save(fixture, report, "another-seed.json"));
    assert_int_equal(archive.count, 4);
    assert_int_equal(archive.copies, 2);
}

static void what_is_no_report_is_an_error_and_adds_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct archive archive = {.count = 0};
    struct error error = {.text = ""};
    const char *path = fixture_path(fixture, "foreign.json");
    json_t *foreign = json_pack("{s:s}", "name", "package");

    assert_int_equal(json_dump_file(foreign, path, 0), 0);
    json_decref(foreign);
    assert_int_equal(archive_add(&archive, &fixture->arena, path, &error), -1);
    assert_non_null(strstr(error.text, path));
    error.text[0] = '\0';
    path = fixture_path(fixture, "missing.json");
    assert_int_equal(archive_add(&archive, &fixture->arena, path, &error), -1);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(archive.count + archive.copies, 0);
}

static void in_order_of_name_world_start_and_path(void **state)
{
    struct archive_report items[] = {
        {.name = "b", .path = "1", .started_at = "2026-01-01"},
        {.name = "a", .path = "5"},
        {.name = "a", .path = "4"},
        {.name = "a", .path = "3", .started_at = "2026-01-02"},
        {.name = "a", .path = "2", .started_at = "2026-01-01"},
        {.name = "a", .path = "1", .started_at = "2026-01-02"},
    };
    struct archive archive = {.items = items, .count = sizeof(items) / sizeof(items[0])};
    char order[2 * sizeof(items) / sizeof(items[0]) + 1] = "";

    (void)state;
    archive_sort(&archive);
    for (size_t i = 0; i < archive.count; i++) {
        order[2 * i] = items[i].name[0];
        order[2 * i + 1] = items[i].path[0];
    }
    assert_string_equal(order, "a2a1a3a4a5b1");
    archive_sort(&(struct archive){.count = 0});
}

static void many_fit(void **state)
{
    struct fixture *fixture = *state;
    struct archive archive = {.count = 0};
    json_t *report = report_of(fixture);

    for (int i = 0; i < 70; i++) {
        char seed[16];
        (void)snprintf(seed, sizeof(seed), "%d", i);
        set(report, "scenario", "seed", json_string(seed));
        add(fixture, &archive, save(fixture, json_deep_copy(report), "sample.json"));
    }
    json_decref(report);
    assert_int_equal(archive.count, 70);
    assert_string_equal(archive.items[0].seed, "0");
    assert_string_equal(archive.items[69].seed, "69");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_report_becomes_a_short_record),
        TEST(the_worst_active_disturbance_stands_for_a_run),
        TEST(runs_that_do_not_count_are_left_out),
        TEST(a_copy_counts_once),
        TEST(what_is_no_report_is_an_error_and_adds_nothing),
        TEST(in_order_of_name_world_start_and_path),
        TEST(many_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
