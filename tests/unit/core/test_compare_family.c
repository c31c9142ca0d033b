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

/* ---- Many figures ---- */

static void many_figures_make_each_harder(void **state)
{
    enum { MANY = 200 };
    struct compare_question questions[MANY];
    struct compare_answer answers[MANY];

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        questions[i] = (struct compare_question){
            .base = around(1000, 7, 12),
            /* p near 0.01: one in 200 comes by chance. */
            .head = i == 0 ? around(1120, 17, 12) : around(1000, 8, 12),
        };
    }
    total = compare_questions(questions, answers, 1);
    assert_int_equal(answers[0].outcome, COMPARE_WORSE);
    questions[0].head = around(1150, 40, 12);
    total = compare_questions(questions, answers, 1);
    assert_int_equal(answers[0].outcome, COMPARE_WORSE);
    assert_true(answers[0].p > 0.05 / MANY);
    total = compare_questions(questions, answers, MANY);
    assert_int_equal(answers[0].outcome, COMPARE_SAME);
    assert_int_equal(total.family, MANY);
    assert_int_equal(total.worse + total.better, 0);
}

static void scenarios_with_few_runs_do_not_spoil_the_others(void **state)
{
    struct compare_question questions[50];
    struct compare_answer answers[50];

    (void)state;
    for (size_t i = 0; i < 50; i++) {
        questions[i] = (struct compare_question){.base = SAMPLE(1), .head = SAMPLE(2)};
    }
    questions[7] =
        (struct compare_question){.base = around(1000, 1, 5), .head = around(1300, 1, 5)};
    total = compare_questions(questions, answers, 50);
    assert_int_equal(answers[7].outcome, COMPARE_WORSE);
    assert_int_equal(total.too_few, 49);
    assert_int_equal(total.family, 1);
    assert_int_equal(total.runs_needed, 7);
}

/* ---- What counts, and how often ---- */

/* One of 40 runs failed. Whichever side it is on, that cannot be significant, so it is neither a
   burden to the others nor a call for more runs. */
static void what_ties_leave_without_a_chance_weighs_on_nobody(void **state)
{
    struct compare_question questions[2] = {
        {.base = around(1000, 20, 20), .head = around(1140, 20, 20)},
        {.base = mostly_zero(20, 0, 0), .head = mostly_zero(20, 1, 1), .kind = COMPARE_COUNT},
    };
    struct compare_answer answers[2];

    (void)state;
    total = compare_questions(questions, answers, 2);
    assert_int_equal(total.family, 1);
    assert_int_equal(answers[0].outcome, COMPARE_WORSE);
    assert_true(fabs(answers[0].holm - answers[0].p) < 1e-12);
    assert_int_equal(answers[1].outcome, COMPARE_SAME);
    assert_true(answers[1].tested && fabs(answers[1].p - 0.5) < 1e-9 && answers[1].holm >= 1);
    assert_int_equal(total.runs_needed, 0);
}

/* Base has 2 failures in 3 runs, head none in 9: 1 of 22 ways. The other way round it would be 12.
 */
static void what_can_get_better_may_not_be_able_to_get_worse(void **state)
{
    (void)state;
    struct compare_answer answer = ask((struct compare_question){
        .base = mostly_zero(3, 2, 1), .head = mostly_zero(9, 0, 0), .kind = COMPARE_COUNT});
    assert_int_equal(answer.outcome, COMPARE_BETTER);
    assert_true(fabs(answer.holm - 1.0 / 22) < 1e-9);
    assert_int_equal(total.family, 0);
}

/* By the test itself: one side lower is as likely as the other. */
static void each_direction_has_a_family_of_its_own(void **state)
{
    struct compare_question questions[2] = {
        {.base = around(1000, 20, 6), .head = around(1200, 20, 6)},
        {.base = around(1200, 20, 6), .head = around(1000, 20, 6)},
    };
    struct compare_answer answers[2];

    (void)state;
    total = compare_questions(questions, answers, 2);
    assert_int_equal(answers[0].outcome, COMPARE_WORSE);
    assert_int_equal(answers[1].outcome, COMPARE_BETTER);
    assert_true(fabs(answers[0].p - 1.0 / 924) < 1e-9);
    assert_true(fabs(answers[1].p - 1.0 / 924) < 1e-9);
    assert_true(fabs(answers[0].holm - 2.0 / 924) < 1e-9);
    assert_true(fabs(answers[1].holm - 2.0 / 924) < 1e-9);
}

static void figures_that_order_all_runs_alike_count_once(void **state)
{
    static const double failed[] = {0, 1, 2, 0, 1, 5, 6, 7, 8, 9};
    static const double ratio[] = {1, 0.9, 0.8, 1, 0.9, 0.5, 0.4, 0.3, 0.2, 0.1};
    double other[10];
    struct compare_question questions[2] = {
        {.kind = COMPARE_COUNT, .by_run = failed},
        {.kind = COMPARE_RATIO, .by_run = ratio},
    };
    struct compare_answer answers[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        questions[i].base = sample_made(questions[i].by_run, 5);
        questions[i].head = sample_made(questions[i].by_run + 5, 5);
    }
    total = compare_questions(questions, answers, 2);
    assert_int_equal(total.family, 1);
    assert_int_equal(total.worse, 2);
    assert_true(fabs(answers[0].holm - answers[0].p) < 1e-12);
    assert_true(fabs(answers[1].holm - answers[0].p) < 1e-12);
    /* Runs of another scenario are no same runs. */
    questions[1].scenario = 1;
    total = compare_questions(questions, answers, 2);
    assert_int_equal(total.family, 2);
    questions[1].scenario = 0;
    /* The other way round they are each other's contrary. */
    questions[1].kind = COMPARE_COUNT;
    total = compare_questions(questions, answers, 2);
    assert_int_equal(total.family, 2);
    assert_int_equal(total.worse + 10 * total.better, 11);
    questions[1].kind = COMPARE_RATIO;
    struct compare_question swapped[2] = {questions[1], questions[0]};
    total = compare_questions(swapped, answers, 2);
    assert_int_equal(total.family, 1);
    /* One pair of runs in another order, or equal in one of both alone, and they are two. */
    static const struct {
        size_t run;
        double ratio;
    } changes[] = {{9, 0.25}, {9, 0.2}, {0, 0.99}};
    for (size_t change = 0; change < 3; change++) {
        for (size_t i = 0; i < 10; i++) {
            other[i] = i == changes[change].run ? changes[change].ratio : ratio[i];
        }
        questions[1].by_run = other;
        questions[1].base = sample_made(other, 5);
        questions[1].head = sample_made(other + 5, 5);
        total = compare_questions(questions, answers, 2);
        assert_int_equal(total.family, 2);
    }
    questions[1].by_run = NULL;
    total = compare_questions(questions, answers, 2);
    assert_int_equal(total.family, 2);
}

/* Two runs are easily in the same order; those to come need not be. */
static void that_they_count_once_is_no_promise_for_more_runs(void **state)
{
    static const double one[] = {1, 2};
    static const double other[] = {10, 20};
    struct compare_question questions[2] = {{.by_run = one}, {.by_run = other}};
    struct compare_answer answers[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        questions[i].base = sample_made(questions[i].by_run, 1);
        questions[i].head = sample_made(questions[i].by_run + 1, 1);
    }
    total = compare_questions(questions, answers, 2);
    assert_int_equal(total.too_few, 2);
    assert_int_equal(total.runs_needed, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_figures_make_each_harder),
        cmocka_unit_test(scenarios_with_few_runs_do_not_spoil_the_others),
        cmocka_unit_test(what_ties_leave_without_a_chance_weighs_on_nobody),
        cmocka_unit_test(what_can_get_better_may_not_be_able_to_get_worse),
        cmocka_unit_test(each_direction_has_a_family_of_its_own),
        cmocka_unit_test(figures_that_order_all_runs_alike_count_once),
        cmocka_unit_test(that_they_count_once_is_no_promise_for_more_runs),
    };

    return cmocka_run_group_tests(tests, compare_maker_begin, compare_maker_end);
}
