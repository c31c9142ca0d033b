#include "report/changes_words.h"

#include "changes_maker.h"
#include "unit/cmocka_all.h"

#include <string.h>

static struct archive base;
static struct archive head;

static int begin(void **state)
{
    base = (struct archive){.count = 0};
    head = (struct archive){.count = 0};
    return changes_maker_begin(state);
}

/* What stands in the row: "WORSE|+30.0%|<0.0001|8+8". */
static void assert_row(enum archive_metric metric, const char *wanted)
{
    struct arena *arena = changes_maker_arena();
    struct changes changes = compare_archives(&base, &head);
    const struct changes_row *row = row_of(&changes.scenarios[0], metric);

    assert_non_null(row);
    assert_string_equal(arena_printf(arena, "%s|%s|%s|%s",
                                     changes_words_outcome(arena, &row->answer, changes.threshold),
                                     changes_words_change(arena, row),
                                     changes_words_p(arena, &row->answer),
                                     changes_words_counts(arena, row)),
                        wanted);
}

static void assert_sentence(const char *sentence, const char *wanted)
{
    assert_non_null(sentence);
    assert_string_equal(sentence, wanted);
}

/* ---- Rows ---- */

static void worse_and_better_have_a_number(void **state)
{
    (void)state;
    add_around(&base, "kill", 1000, 1, 8);
    add_around(&head, "kill", 1300, 1, 8);
    assert_row(ARCHIVE_SWITCHOVER, "WORSE|+30.0%|<0.0001|8+8");
    base.items[0].name = head.items[0].name = "pause";
    set_figure(&base.items[0], ARCHIVE_SWITCHOVER, 1500);
    assert_row(ARCHIVE_SWITCHOVER, "better|-13.3%|<0.0001|8+8");
}

static void what_is_no_change_has_a_sign(void **state)
{
    (void)state;
    add_around(&base, "kill", 1000, 1, 8);
    add_around(&head, "kill", 1000, 1, 8);
    assert_row(ARCHIVE_SWITCHOVER, "|=|-|8+8");
    assert_row(ARCHIVE_OUTAGE, "|=|-|8+8");
    set_run(&head.items[0], 0, ARCHIVE_SWITCHOVER, 1000.2);
    assert_row(ARCHIVE_SWITCHOVER, "|~|0.379|8+8");
    set_figure(&head.items[0], ARCHIVE_SWITCHOVER, 1050);
    assert_row(ARCHIVE_SWITCHOVER, "small|+5.0%|<0.0001|8+8");
}

static void scatter_tells_what_it_would_show(void **state)
{
    (void)state;
    add_around(&base, "kill", 1000, 100, 8);
    add_around(&head, "kill", 1010, 100, 8);
    assert_row(ARCHIVE_SWITCHOVER, "finds from +29%|~|0.360|8+8");
    struct changes changes = compare_archives(&base, &head);
    assert_non_null(strstr(changes_words_scatter(&changes), "would probably be missed"));
    /* Not where what it would show is no change anyway. */
    changes.threshold = 0.33;
    assert_null(changes_words_scatter(&changes));
}

static void too_few_and_left_out_have_no_p(void **state)
{
    (void)state;
    add_around(&base, "kill", 1000, 1, 2);
    add_around(&head, "kill", 1300, 1, 2);
    assert_row(ARCHIVE_SWITCHOVER, "too few|?|-|2+2");
    set_figure(&head.items[0], ARCHIVE_SWITCHOVER, MISSING);
    assert_row(ARCHIVE_SWITCHOVER, "left out||-|2+0");
}

static void never_has_no_number(void **state)
{
    (void)state;
    add_around(&base, "kill", 1000, 1, 8);
    set_figure(add_around(&head, "kill", 1000, 1, 8), ARCHIVE_SWITCHOVER, NEVER);
    assert_row(ARCHIVE_SWITCHOVER, "WORSE|never|<0.0001|8+8");
    struct archive swap = base;
    base = head;
    head = swap;
    assert_row(ARCHIVE_SWITCHOVER, "better|recovers|<0.0001|8+8");
}

static void from_nothing_there_are_no_parts(void **state)
{
    (void)state;
    set_figure(add_around(&base, "kill", 1000, 1, 8), ARCHIVE_OUTAGE, 0);
    set_figure(add_around(&head, "kill", 1000, 1, 8), ARCHIVE_OUTAGE, 40);
    assert_row(ARCHIVE_OUTAGE, "WORSE|+40.0 ms|0.0002|8+8");
    set_figure(&head.items[0], ARCHIVE_FAILED_REQUESTS, 3);
    assert_row(ARCHIVE_FAILED_REQUESTS, "WORSE|+3|0.0002|8+8");
    set_figure(&head.items[0], ARCHIVE_SUCCESS_RATIO, 0.97);
    assert_row(ARCHIVE_SUCCESS_RATIO, "WORSE|-0.03|0.0002|8+8");
}

/* ---- Sides ---- */

static void assert_side(enum archive_metric metric, bool plain, const char *wanted)
{
    struct changes changes = compare_archives(&base, &head);
    const struct changes_row *row = row_of(&changes.scenarios[0], metric);

    assert_non_null(row);
    assert_string_equal(changes_words_side(changes_maker_arena(), metric, &row->base, plain),
                        wanted);
}

static void sides_show_what_scatters(void **state)
{
    (void)state;
    add_around(&base, "kill", 1000, 10, 8);
    add_around(&head, "kill", 1000, 1, 8);
    assert_side(ARCHIVE_SWITCHOVER, false, "1.000 s ± 4%");
    assert_side(ARCHIVE_SWITCHOVER, true, "1.000 s +- 4%");
    set_run(&base.items[0], 7, ARCHIVE_SWITCHOVER, NEVER);
    assert_side(ARCHIVE_SWITCHOVER, true, "1.000 s .. never");
    set_figure(&base.items[0], ARCHIVE_SWITCHOVER, NEVER);
    assert_side(ARCHIVE_SWITCHOVER, true, "never");
    set_run(&base.items[0], 0, ARCHIVE_FAILED_REQUESTS, 4);
    assert_side(ARCHIVE_FAILED_REQUESTS, true, "0, mean 0.5");
    set_figure(&base.items[0], ARCHIVE_FAILED_REQUESTS, 4);
    assert_side(ARCHIVE_FAILED_REQUESTS, true, "4");
    set_figure(&base.items[0], ARCHIVE_OUTAGE, MISSING);
    assert_side(ARCHIVE_OUTAGE, true, "not measured");
    base.items[0].run_count = 5;
    set_figure(&base.items[0], ARCHIVE_SWITCHOVER, 7);
    assert_side(ARCHIVE_SWITCHOVER, true, "7.0 ms");
}

/* ---- Sentences ---- */

static const char *verdict(void)
{
    struct changes changes = compare_archives(&base, &head);

    return changes_words_verdict(changes_maker_arena(), &changes);
}

static void the_verdict_is_one_sentence(void **state)
{
    (void)state;
    assert_sentence(verdict(), "nothing to compare: no scenario has figures in both");
    add_around(&base, "a", 1000, 1, 2);
    add_around(&head, "a", 1300, 1, 2);
    assert_sentence(verdict(), "too few runs to say: 1 figure");
    add_around(&base, "b", 1000, 1, 8);
    add_around(&head, "b", 1300, 1, 8);
    assert_sentence(verdict(), "WORSE: 1 figure");
    add_around(&base, "c", 1000, 1, 8);
    add_around(&head, "c", 500, 1, 8);
    assert_sentence(verdict(), "WORSE: 1 figure; 1 better");
    set_figure(&head.items[1], ARCHIVE_OUTAGE, 100);
    assert_sentence(verdict(), "WORSE: 2 figures; 1 better");
    set_figure(&head.items[1], ARCHIVE_SWITCHOVER, 1000);
    set_figure(&head.items[1], ARCHIVE_OUTAGE, 1);
    set_figure(&head.items[0], ARCHIVE_SWITCHOVER, 1000);
    set_figure(&base.items[0], ARCHIVE_SWITCHOVER, 1000);
    assert_sentence(verdict(), "nothing is worse; 1 better");
    add_around(&base, "d", 1000, 1, 2);
    add_around(&head, "d", 1000, 1, 0)->doubted = 2;
    assert_sentence(verdict(), "nothing can be said of 1 scenario: no run of it counts; 1 better");
}

static void how_it_was_decided_is_told(void **state)
{
    struct arena *arena = changes_maker_arena();

    (void)state;
    add_around(&base, "a", 1000, 1, 2);
    add_around(&head, "a", 1000, 1, 2);
    set_figure(&base.items[0], ARCHIVE_SWITCHOVER, 1);
    set_figure(&head.items[0], ARCHIVE_SWITCHOVER, 1);
    struct changes changes = compare_archives(&base, &head);
    assert_null(changes_words_method(arena, &changes));
    assert_null(changes_words_needed(arena, &changes));
    set_figure(&head.items[0], ARCHIVE_SWITCHOVER, 100);
    changes = compare_archives(&base, &head);
    assert_sentence(changes_words_needed(arena, &changes),
                    "3 runs on each side would do: bascule run --repeat 3");
    assert_null(changes_words_method(arena, &changes));
    add_around(&base, "b", 1000, 1, 8);
    add_around(&head, "b", 1300, 1, 8);
    changes = compare_archives(&base, &head);
    assert_sentence(changes_words_method(arena, &changes),
                    "1 figure tested at 5% (Mann-Whitney, one-sided, p by Holm)");
    assert_sentence(changes_words_limits(arena, &changes),
                    "changes up to 10%, or within the resolution, are none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, changes_maker_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(worse_and_better_have_a_number),
        TEST(what_is_no_change_has_a_sign),
        TEST(scatter_tells_what_it_would_show),
        TEST(too_few_and_left_out_have_no_p),
        TEST(never_has_no_number),
        TEST(from_nothing_there_are_no_parts),
        TEST(sides_show_what_scatters),
        TEST(the_verdict_is_one_sentence),
        TEST(how_it_was_decided_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
