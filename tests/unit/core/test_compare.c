#include "compare_maker.h"
#include "unit/cmocka_all.h"

#include <math.h>

static struct compare_total total;

static struct compare_answer ask(struct compare_question question)
{
    struct compare_answer answer;

    total = compare_questions(&question, &answer, 1);
    return answer;
}

/* ---- Single figures ---- */

static void a_slower_head_is_worse_and_a_faster_one_better(void **state)
{
    struct compare_question question = {.base = around(1000, 1, 10), .head = around(1200, 1, 10)};

    (void)state;
    struct compare_answer answer = ask(question);
    assert_int_equal(answer.outcome, COMPARE_WORSE);
    assert_true(fabs(answer.change - 0.2) < 1e-9 && fabs(answer.shift - 200) < 1e-9);
    assert_true(answer.delta >= 1 && answer.p < 0.001);
    question = (struct compare_question){.base = question.head, .head = question.base};
    answer = ask(question);
    assert_int_equal(answer.outcome, COMPARE_BETTER);
    assert_true(answer.change < 0 && answer.delta <= -1);
    assert_int_equal(total.better, 1);
}

static void more_success_is_better(void **state)
{
    struct compare_question question = {
        .base = around(0.99, 1e-5, 10), .head = around(0.97, 1e-5, 10), .kind = COMPARE_RATIO};

    (void)state;
    struct compare_answer answer = ask(question);
    assert_int_equal(answer.outcome, COMPARE_WORSE);
    assert_true(fabs(answer.shift + 0.02) < 1e-9);
    assert_true(fabs(answer.change + 2) < 1e-6); /* three times as many failures */
    question = (struct compare_question){
        .base = question.head, .head = question.base, .kind = COMPARE_RATIO};
    assert_int_equal(ask(question).outcome, COMPARE_BETTER);
    question.head = SAMPLE(1, 1, 1, 1, 1, 1, 1, 1);
    assert_int_equal(ask(question).outcome, COMPARE_BETTER);
    question = (struct compare_question){
        .base = question.head, .head = question.base, .kind = COMPARE_RATIO};
    assert_int_equal(ask(question).outcome, COMPARE_WORSE);
}

static void a_change_must_exceed_threshold_and_resolution(void **state)
{
    struct compare_question question = {.base = around(1000, 1, 10), .head = around(1090, 1, 10)};

    (void)state;
    struct compare_answer answer = ask(question);
    assert_int_equal(answer.outcome, COMPARE_SAME);
    assert_true(answer.too_small && answer.holm < 0.05);
    question.head = around(1111, 1, 10);
    assert_int_equal(ask(question).outcome, COMPARE_WORSE);
    question.resolution = 112;
    assert_int_equal(ask(question).outcome, COMPARE_SAME);
    question.resolution = 110;
    assert_int_equal(ask(question).outcome, COMPARE_WORSE);
}

static void identical_figures_are_the_same_however_few(void **state)
{
    (void)state;
    struct compare_answer answer =
        ask((struct compare_question){.base = SAMPLE(1.5), .head = SAMPLE(1.5)});
    assert_int_equal(answer.outcome, COMPARE_SAME);
    assert_false(answer.tested);
    answer = ask((struct compare_question){.base = SAMPLE(NEVER, 2), .head = SAMPLE(2, NEVER)});
    assert_int_equal(answer.outcome, COMPARE_SAME);
    answer = ask((struct compare_question){.base = SAMPLE(0, 0, 0), .head = SAMPLE(0)});
    assert_int_equal(answer.outcome, COMPARE_SAME);
    assert_false(answer.tested);
    assert_int_equal(total.family, 0);
    assert_int_equal(total.runs_needed, 0);
}

static void too_few_runs_are_said_with_how_many_would_do(void **state)
{
    (void)state;
    struct compare_answer answer =
        ask((struct compare_question){.base = SAMPLE(1, 2), .head = SAMPLE(11, 12)});
    assert_int_equal(answer.outcome, COMPARE_TOO_FEW);
    assert_int_equal(total.too_few, 1);
    assert_int_equal(total.runs_needed, 3);
    answer = ask((struct compare_question){.base = SAMPLE(1, 2, 3), .head = around(12, 1, 3)});
    assert_int_equal(answer.outcome, COMPARE_WORSE);
    assert_int_equal(total.runs_needed, 0);
}

/* 1 / 70 is enough for three figures, not for four. */
static void too_few_for_so_many_figures(void **state)
{
    struct compare_question questions[4];
    struct compare_answer answers[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        questions[i] =
            (struct compare_question){.base = around(100, 1, 4), .head = around(200, 1, 4)};
    }
    total = compare_questions(questions, answers, 3);
    assert_int_equal(total.worse, 3);
    total = compare_questions(questions, answers, 4);
    assert_int_equal(total.too_few, 4);
    assert_int_equal(total.runs_needed, 5);
}

static void a_side_without_figures_is_left_out(void **state)
{
    (void)state;
    struct compare_answer answer = ask((struct compare_question){.base = SAMPLE(1, 2, 3)});
    assert_int_equal(answer.outcome, COMPARE_ABSENT);
    assert_int_equal(total.absent, 1);
}

/* ---- Where the middle hides it ---- */

static void never_counts_although_the_middle_stays(void **state)
{
    struct compare_question question = {.base = around(1000, 1, 30), .head = around(1000, 1, 30)};
    double values[30];

    (void)state;
    for (size_t i = 0; i < 30; i++) {
        values[i] = i < 14 ? NEVER : question.base.values[i];
    }
    question.head = sample_made(values, 30);
    struct compare_answer answer = ask(question);
    assert_int_equal(answer.outcome, COMPARE_WORSE);
    assert_true(answer.change < 0.1 && answer.nevers > 0.4);
    question = (struct compare_question){.base = question.head, .head = question.base};
    assert_int_equal(ask(question).outcome, COMPARE_BETTER);
    question = (struct compare_question){.base = around(1000, 1, 30),
                                         .head = SAMPLE(NEVER, NEVER, NEVER, NEVER, NEVER)};
    answer = ask(question);
    assert_int_equal(answer.outcome, COMPARE_WORSE);
    assert_true(answer.shift >= NEVER && answer.change >= NEVER);
}

static void some_failures_count_although_most_runs_have_none(void **state)
{
    (void)state;
    struct compare_answer answer = ask((struct compare_question){
        .base = mostly_zero(20, 0, 0), .head = mostly_zero(20, 8, 1), .kind = COMPARE_COUNT});
    assert_int_equal(answer.outcome, COMPARE_WORSE);
    assert_true(fabs(answer.shift - 0.4) < 1e-9 && answer.change >= NEVER);
    answer = ask((struct compare_question){
        .base = mostly_zero(20, 0, 0), .head = mostly_zero(20, 2, 1), .kind = COMPARE_COUNT});
    assert_int_equal(answer.outcome, COMPARE_SAME);
}

/* ---- What would be found ---- */

static void scattered_times_tell_what_they_would_show(void **state)
{
    struct compare_question question = {.base = around(1000, 1, 20), .head = around(1000, 1.1, 20)};

    (void)state;
    struct compare_answer narrow = ask(question);
    assert_true(narrow.detectable > 0.001 && narrow.detectable < 0.01);
    question.base = around(1000, 40, 20);
    question.head = around(1010, 41, 20);
    struct compare_answer wide = ask(question);
    assert_int_equal(wide.outcome, COMPARE_SAME);
    assert_true(wide.detectable > 0.05 && wide.detectable < 0.3);
    /* By the test itself: that much more than level is worse, a little less is not. */
    double level = 1000.0 / 1010;
    double values[20];
    for (int less = 0; less <= 1; less++) {
        double factor = level * (1 + wide.detectable * (less == 1 ? 0.94 : 1.06));
        for (size_t i = 0; i < 20; i++) {
            values[i] = factor * question.head.values[i];
        }
        struct compare_question longer = {.base = question.base, .head = sample_made(values, 20)};
        assert_int_equal(ask(longer).holm <= COMPARE_LEVEL, less == 0);
    }
    /* The more figures, the more it takes. */
    struct compare_question questions[3] = {
        {.base = question.base, .head = question.head},
        {.base = around(10, 1, 20), .head = around(10.1, 1, 20)},
        {.base = around(20, 1, 20), .head = around(20.1, 1, 20)},
    };
    struct compare_answer answers[3];
    total = compare_questions(questions, answers, 3);
    assert_true(answers[0].detectable > 1.1 * wide.detectable);
    /* Not of counts, not where there is no such thing, and not where something was found. */
    question.kind = COMPARE_COUNT;
    assert_true(ask(question).detectable <= 0);
    assert_true(ask((struct compare_question){.base = SAMPLE(1, 2, 3, 4, NEVER),
                                              .head = SAMPLE(1, 2, 3, 4, 5)})
                    .detectable <= 0);
    assert_true(ask((struct compare_question){.base = SAMPLE(0, 1, 2), .head = SAMPLE(0, 1, 3)})
                    .detectable <= 0);
    assert_true(
        ask((struct compare_question){.base = around(1000, 1, 9), .head = around(2000, 1, 9)})
            .detectable <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slower_head_is_worse_and_a_faster_one_better),
        cmocka_unit_test(more_success_is_better),
        cmocka_unit_test(a_change_must_exceed_threshold_and_resolution),
        cmocka_unit_test(identical_figures_are_the_same_however_few),
        cmocka_unit_test(too_few_runs_are_said_with_how_many_would_do),
        cmocka_unit_test(too_few_for_so_many_figures),
        cmocka_unit_test(a_side_without_figures_is_left_out),
        cmocka_unit_test(never_counts_although_the_middle_stays),
        cmocka_unit_test(some_failures_count_although_most_runs_have_none),
        cmocka_unit_test(scattered_times_tell_what_they_would_show),
    };

    return cmocka_run_group_tests(tests, compare_maker_begin, compare_maker_end);
}
