#include "changes_maker.h"

#include "unit/cmocka_all.h"

#include <string.h>

static const struct changes_row *only_row(const struct changes *changes, enum archive_metric metric)
{
    assert_int_equal(changes->count, 1);
    const struct changes_row *row = row_of(&changes->scenarios[0], metric);
    assert_non_null(row);
    return row;
}

static enum compare_outcome switchover_of(struct archive *base, struct archive *head)
{
    struct changes changes = compare_archives(base, head);

    return only_row(&changes, ARCHIVE_SWITCHOVER)->answer.outcome;
}

/* ---- What is put together ---- */

static void reports_of_one_scenario_are_one_sample(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 1, 3);
    add_around(&base, "pause", 100, 1, 6);
    add_around(&base, "kill", 110, 1, 4);
    add_around(&head, "kill", 200, 1, 5);
    add_around(&head, "pause", 100, 1, 6);
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(changes.count, 2);
    assert_int_equal(changes.compared, 2);
    const struct changes_scenario *kill = &changes.scenarios[0];
    assert_string_equal(kill->name, "kill");
    assert_int_equal(kill->base_reports, 2);
    assert_int_equal(kill->head_reports, 1);
    assert_int_equal(kill->base_runs, 7);
    assert_int_equal(kill->head_runs, 5);
    const struct changes_row *row = row_of(kill, ARCHIVE_SWITCHOVER);
    assert_int_equal(row->base.sample.count, 7);
    assert_int_equal(row->answer.outcome, COMPARE_WORSE);
    assert_int_equal(changes.total.worse, 1);
    assert_int_equal(row_of(&changes.scenarios[1], ARCHIVE_SWITCHOVER)->answer.outcome,
                     COMPARE_SAME);
    assert_false(changes_is_open(&changes));
}

static void what_one_side_lacks_is_said_and_not_compared(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "gone", 100, 1, 3);
    add_around(&head, "new", 100, 1, 3);
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(changes.count, 2);
    assert_int_equal(changes.compared, 0);
    assert_true(changes_is_open(&changes));
    assert_int_equal(changes.scenarios[0].row_count + changes.scenarios[1].row_count, 0);
    assert_int_equal(changes.scenarios[0].head_reports, 0);
    assert_int_equal(changes.scenarios[1].base_reports, 0);
    assert_true(has_note(&changes.scenarios[0], "missing: HEAD has no report of it"));
    assert_true(has_note(&changes.scenarios[1], "new: BASE has no report of it"));
}

static void virtual_and_real_time_are_not_mixed(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};
    struct error error = {.text = ""};
    struct changes changes;

    (void)state;
    add_around(&base, "kill", 100, 1, 3)->started_at = NULL;
    add_around(&head, "kill", 100, 1, 3);
    assert_int_equal(changes_make(&changes, changes_maker_arena(), &base, &head,
                                  (struct compare_rules){.threshold = 0.1}, &error),
                     -1);
    assert_non_null(strstr(error.text, "'kill' is simulated in kill-1.json but real in"));
    head.items[0].started_at = NULL;
    assert_int_equal(switchover_of(&base, &head), COMPARE_SAME);
}

static void runs_without_a_figure_are_counted_and_said(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 1, 6);
    struct archive_report *report = add_around(&head, "kill", 100, 1, 6);
    set_run(report, 0, ARCHIVE_SWITCHOVER, MISSING);
    set_run(report, 3, ARCHIVE_SWITCHOVER, MISSING);
    set_figure(report, ARCHIVE_OUTAGE, MISSING);
    struct changes changes = compare_archives(&base, &head);
    const struct changes_row *row = only_row(&changes, ARCHIVE_SWITCHOVER);
    assert_int_equal(row->head.missing, 2);
    assert_int_equal(row->head.sample.count, 4);
    assert_null(row->by_run);
    assert_non_null(only_row(&changes, ARCHIVE_FAILED_REQUESTS)->by_run);
    assert_true(has_note(&changes.scenarios[0], "2 runs of HEAD without switchover"));
    row = only_row(&changes, ARCHIVE_OUTAGE);
    assert_int_equal(row->answer.outcome, COMPARE_ABSENT);
    assert_false(has_note(&changes.scenarios[0], "6 runs of HEAD without outage"));
    /* Of what neither side has there is no row. */
    set_figure(&base.items[0], ARCHIVE_OUTAGE, MISSING);
    changes = compare_archives(&base, &head);
    assert_null(row_of(&changes.scenarios[0], ARCHIVE_OUTAGE));
}

static void a_switchover_that_nobody_expects_and_never_came_is_no_figure(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    set_figure(add_around(&base, "slow", 1, 0, 6), ARCHIVE_SWITCHOVER, NEVER);
    set_figure(add_around(&head, "slow", 1, 0, 6), ARCHIVE_SWITCHOVER, NEVER);
    base.items[0].expects_switchover = false;
    struct changes changes = compare_archives(&base, &head);
    assert_non_null(row_of(&changes.scenarios[0], ARCHIVE_SWITCHOVER));
    head.items[0].expects_switchover = false;
    changes = compare_archives(&base, &head);
    assert_null(row_of(&changes.scenarios[0], ARCHIVE_SWITCHOVER));
    /* As soon as it came once, it is one. */
    set_run(&head.items[0], 2, ARCHIVE_SWITCHOVER, 100);
    changes = compare_archives(&base, &head);
    assert_non_null(row_of(&changes.scenarios[0], ARCHIVE_SWITCHOVER));
}

static void figures_that_say_the_same_count_once(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 0, 6);
    struct archive_report *report = add_around(&head, "kill", 100, 0, 6);
    for (size_t i = 0; i < 6; i++) {
        set_run(report, i, ARCHIVE_FAILED_REQUESTS, (double)i + 1);
        set_run(report, i, ARCHIVE_SUCCESS_RATIO, 1 - ((double)i + 1) / 100);
    }
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(changes.total.family, 1);
    assert_int_equal(changes.total.worse, 2);
    set_run(report, 5, ARCHIVE_SUCCESS_RATIO, MISSING);
    changes = compare_archives(&base, &head);
    assert_int_equal(changes.total.family, 2);
}

/* ---- What counts as a change ---- */

static void the_coarsest_resolution_of_all_reports_decides(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 0.1, 4)->resolution_ms = 19;
    add_around(&base, "kill", 100, 0.1, 4);
    add_around(&head, "kill", 120, 0.1, 8);
    assert_int_equal(switchover_of(&base, &head), COMPARE_WORSE);
    base.items[0].resolution_ms = 21;
    assert_int_equal(switchover_of(&base, &head), COMPARE_SAME);
    base.items[0].resolution_ms = 5;
    head.items[0].resolution_ms = 21;
    assert_int_equal(switchover_of(&base, &head), COMPARE_SAME);
    /* Not of what is counted. */
    set_figure(&head.items[0], ARCHIVE_FAILED_REQUESTS, 1);
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(only_row(&changes, ARCHIVE_FAILED_REQUESTS)->answer.outcome, COMPARE_WORSE);
}

static void runs_that_never_end_are_worse_by_their_share(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 0.1, 20);
    struct archive_report *report = add_around(&head, "kill", 100, 0.1, 20);
    for (size_t i = 0; i < 9; i++) {
        set_run(report, i, ARCHIVE_SWITCHOVER, NEVER);
    }
    struct changes changes = compare_archives(&base, &head);
    const struct changes_row *row = only_row(&changes, ARCHIVE_SWITCHOVER);
    assert_int_equal(row->answer.outcome, COMPARE_WORSE);
    assert_true(row->answer.nevers > 0.44 && row->answer.nevers < 0.46);
    assert_int_equal(switchover_of(&head, &base), COMPARE_BETTER);
}

static void success_falls_where_it_gets_worse(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    set_figure(add_around(&base, "kill", 100, 0, 6), ARCHIVE_SUCCESS_RATIO, 0.99);
    set_figure(add_around(&head, "kill", 100, 0, 6), ARCHIVE_SUCCESS_RATIO, 0.98);
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(only_row(&changes, ARCHIVE_SUCCESS_RATIO)->answer.outcome, COMPARE_WORSE);
    changes = compare_archives(&head, &base);
    assert_int_equal(only_row(&changes, ARCHIVE_SUCCESS_RATIO)->answer.outcome, COMPARE_BETTER);
}

/* ---- What is open ---- */

static void scenarios_without_a_run_that_counts_are_open(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 0, 3);
    add_around(&head, "kill", 100, 0, 3);
    add_around(&base, "pause", 100, 0, 3);
    add_around(&head, "pause", 100, 0, 0)->doubted = 3;
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(changes.unusable, 1);
    assert_true(changes_is_open(&changes));
    assert_true(has_note(&changes.scenarios[1], "3 inconclusive runs of HEAD left out"));
    /* Skipped ones say so themselves. */
    head.items[1].doubted = 0;
    head.items[1].verdict = "skipped";
    changes = compare_archives(&base, &head);
    assert_int_equal(changes.unusable, 0);
    assert_false(changes_is_open(&changes));
    assert_true(changes.scenarios[1].skipped);
    assert_true(has_note(&changes.scenarios[1], "verdict of HEAD: skipped"));
}

static void what_else_differs_is_said(void **state)
{
    struct archive base = {.count = 0};
    struct archive head = {.count = 0};

    (void)state;
    add_around(&base, "kill", 100, 0, 3);
    add_around(&head, "kill", 100, 0, 3);
    struct changes changes = compare_archives(&base, &head);
    assert_int_equal(changes.scenarios[0].note_count, 0);
    struct archive_report *report = add_around(&head, "kill", 100, 0, 3);
    report->sha256 = "77";
    report->settings = "seed=3";
    report->machine = "8 processors, Linux 6.1";
    report->version = "0.2";
    report->verdict = "fail";
    changes = compare_archives(&base, &head);
    const struct changes_scenario *scenario = &changes.scenarios[0];
    assert_true(has_note(scenario, "the scenario changed: the reports are of different texts"));
    assert_true(has_note(scenario, "settings differ: none; seed=3"));
    assert_true(has_note(scenario, "measured on different machines: 2 processors, Linux 6.1; "
                                   "8 processors, Linux 6.1"));
    assert_true(has_note(scenario, "measured by bascule 0.1 and 0.2"));
    assert_true(has_note(scenario, "verdict of HEAD: fail in 1 of 2 reports"));
    assert_int_equal(scenario->note_count, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, changes_maker_begin, changes_maker_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reports_of_one_scenario_are_one_sample),
        TEST(what_one_side_lacks_is_said_and_not_compared),
        TEST(virtual_and_real_time_are_not_mixed),
        TEST(runs_without_a_figure_are_counted_and_said),
        TEST(a_switchover_that_nobody_expects_and_never_came_is_no_figure),
        TEST(figures_that_say_the_same_count_once),
        TEST(the_coarsest_resolution_of_all_reports_decides),
        TEST(runs_that_never_end_are_worse_by_their_share),
        TEST(success_falls_where_it_gets_worse),
        TEST(scenarios_without_a_run_that_counts_are_open),
        TEST(what_else_differs_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
