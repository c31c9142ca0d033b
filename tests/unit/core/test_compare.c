#include "unit/cmocka_all.h"

#include "base/prng.h"
#include "core/compare.h"

#include <math.h>

#define NEVER ((double)INFINITY)

static struct arena arena;
static struct compare_total total;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

#define SAMPLE(...)                                                                                \
    sample_of(&arena, (const double[]){__VA_ARGS__},                                               \
              sizeof((double[]){__VA_ARGS__}) / sizeof(double))

static const struct compare_rules usual = {.threshold = 0.1};

static struct compare_answer ask(struct compare_question question)
{
    struct compare_answer answer;

    compare_all(&question, &answer, 1, usual, &total);
    return answer;
}

/* count values around `middle`, `step` apart. */
static struct sample around(double middle, double step, size_t count)
{
    double *values = ARENA_ARRAY(&arena, double, count + 1);

    for (size_t i = 0; i < count; i++) {
        values[i] = middle + step * ((double)i - (double)(count - 1) / 2);
    }
    return sample_of(&arena, values, count);
}

/* count values, the first `other` of them `value`, the rest 0. */
static struct sample mostly_zero(size_t count, size_t other, double value)
{
    double *values = ARENA_ARRAY(&arena, double, count);

    for (size_t i = 0; i < other; i++) {
        values[i] = value;
    }
    return sample_of(&arena, values, count);
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
        ask((struct compare_question){.base = SAMPLE(1, 2, 3), .head = SAMPLE(11, 12, 13)});
    assert_int_equal(answer.outcome, COMPARE_TOO_FEW);
    assert_int_equal(total.too_few, 1);
    assert_int_equal(total.runs_needed, 4);
    answer = ask((struct compare_question){.base = SAMPLE(1, 2, 3, 4), .head = around(12, 1, 4)});
    assert_int_equal(answer.outcome, COMPARE_WORSE);
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
    question.head = sample_of(&arena, values, 30);
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
    compare_all(questions, answers, 1, usual, &total);
    assert_int_equal(answers[0].outcome, COMPARE_WORSE);
    questions[0].head = around(1150, 40, 12);
    compare_all(questions, answers, 1, usual, &total);
    assert_int_equal(answers[0].outcome, COMPARE_WORSE);
    assert_true(answers[0].p > 0.05 / MANY);
    compare_all(questions, answers, MANY, usual, &total);
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
    compare_all(questions, answers, 50, usual, &total);
    assert_int_equal(answers[7].outcome, COMPARE_WORSE);
    assert_int_equal(total.too_few, 49);
    assert_int_equal(total.family, 1);
    assert_int_equal(total.runs_needed, 7);
}

/* ---- Trials ---- */

enum { RUNS = 20, FIGURES = 5, TRIALS = 100 };

/* From real runs of 20 on a busy machine. In ms: switchover, outage, worst latency; then failed
   requests and the success ratio. */
static const double timed_out[RUNS][FIGURES] = {
    /* The primary is frozen, and found by the limit of an attempt, 1.5 s. */
    {1600.599, 1505.157, 1576.304, 0, 1}, {1564.564, 1513.391, 1548.238, 0, 1},
    {1579.675, 1505.117, 1574.942, 0, 1}, {1613.781, 1504.231, 1609.176, 0, 1},
    {1563.341, 1504.263, 1548.407, 0, 1}, {1541.354, 1497.609, 1547.839, 0, 1},
    {1598.396, 1505.218, 1571.558, 0, 1}, {1781.411, 1505.375, 1710.474, 0, 1},
    {1546.825, 1505.464, 1542.116, 0, 1}, {1543.354, 1504.948, 1534.927, 0, 1},
    {1549.529, 1506.114, 1535.837, 0, 1}, {1584.308, 1505.387, 1579.811, 0, 1},
    {1558.571, 1505.418, 1553.845, 0, 1}, {1557.06, 1509.826, 1575.931, 0, 1},
    {1600.393, 1503.811, 1580.26, 0, 1},  {1547.806, 1505.155, 1543.019, 0, 1},
    {1614.29, 1505.226, 1581.984, 0, 1},  {1620.515, 1505.084, 1602.666, 0, 1},
    {1569.071, 1513.89, 1564.323, 0, 1},  {2044.741, 1773.994, 1770.492, 0, 1},
};
static const double found_by_check[RUNS][FIGURES] = {
    /* The same at a drawn moment, found by a health check a second: 0.6 to 1.5 s. */
    {588.113, 591.966, 588.464, 0, 1},    {1449.843, 1453.544, 1461.899, 0, 1},
    {978.352, 982.108, 978.711, 0, 1},    {1433.168, 1429.803, 1426.257, 0, 1},
    {954.853, 953.625, 950.008, 0, 1},    {1416.985, 1417.883, 1414.369, 0, 1},
    {985.557, 982.003, 978.49, 0, 1},     {1043.891, 1041.081, 1037.672, 0, 1},
    {728.736, 730.706, 727.96, 0, 1},     {1304.328, 1308.169, 1304.693, 0, 1},
    {623.049, 627.009, 623.538, 0, 1},    {1407.854, 1407.113, 1403.607, 0, 1},
    {1248.047, 1249.041, 1245.307, 0, 1}, {1511.654, 1485.789, 1482.682, 0, 1},
    {965.608, 968.395, 964.761, 0, 1},    {1044.394, 1045.242, 1041.539, 0, 1},
    {1435.051, 1437.462, 1433.8, 0, 1},   {1077.047, 1010.962, 1010.214, 0, 1},
    {964.025, 958.282, 954.559, 0, 1},    {1082.822, 1065.019, 1061.376, 0, 1},
};

/* RUNS of the measured ones, drawn with repetition; times are longer by the factor. */
static void draw(struct prng *prng,
                 const double (*measured)[FIGURES],
                 double factor,
                 struct sample ret[static FIGURES])
{
    double values[FIGURES][RUNS];

    for (size_t i = 0; i < RUNS; i++) {
        size_t drawn = prng_below(prng, RUNS);
        for (size_t k = 0; k < FIGURES; k++) {
            values[k][i] = measured[drawn][k] * (k < 3 ? factor : 1);
        }
    }
    for (size_t k = 0; k < FIGURES; k++) {
        ret[k] = sample_of(&arena, values[k], RUNS);
    }
}

/* How many of TRIALS comparisons see something worse. */
static unsigned alarms(const double (*measured)[FIGURES], uint64_t seed, double factor)
{
    static const enum compare_kind kinds[FIGURES] = {COMPARE_TIME, COMPARE_TIME, COMPARE_TIME,
                                                     COMPARE_COUNT, COMPARE_RATIO};
    struct prng prng;
    unsigned count = 0;

    prng_init(&prng, seed, 1);
    for (int trial = 0; trial < TRIALS; trial++) {
        struct sample base[FIGURES];
        struct sample head[FIGURES];
        struct compare_question questions[FIGURES];
        struct compare_answer answers[FIGURES];

        draw(&prng, measured, 1, base);
        draw(&prng, measured, factor, head);
        for (size_t k = 0; k < FIGURES; k++) {
            questions[k] = (struct compare_question){
                .base = base[k], .head = head[k], .kind = kinds[k], .resolution = k < 3 ? 5 : 0};
        }
        compare_all(questions, answers, FIGURES, usual, &total);
        count += total.worse > 0 ? 1 : 0;
    }
    return count;
}

static void slower_by_30_percent_is_noticed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        unsigned seen = alarms(timed_out, seed, 1.3);
        print_message("30 %% slower: %u of %d\n", seen, TRIALS);
        assert_true(seen >= 95);
        /* Where the figures scatter as widely as that, 20 runs are not many. */
        seen = alarms(found_by_check, seed, 1.3);
        print_message("30 %% slower, scattered: %u of %d\n", seen, TRIALS);
        assert_true(seen >= 45);
        assert_true(alarms(found_by_check, seed, 2) >= 99);
    }
}

static void equal_runs_raise_no_alarm(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        unsigned seen = alarms(timed_out, seed, 1);
        print_message("equal: %u of %d\n", seen, TRIALS);
        assert_true(seen <= 5);
        seen = alarms(found_by_check, seed, 1);
        print_message("equal, scattered: %u of %d\n", seen, TRIALS);
        assert_true(seen <= 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slower_head_is_worse_and_a_faster_one_better),
        cmocka_unit_test(more_success_is_better),
        cmocka_unit_test(a_change_must_exceed_threshold_and_resolution),
        cmocka_unit_test(identical_figures_are_the_same_however_few),
        cmocka_unit_test(too_few_runs_are_said_with_how_many_would_do),
        cmocka_unit_test(a_side_without_figures_is_left_out),
        cmocka_unit_test(never_counts_although_the_middle_stays),
        cmocka_unit_test(some_failures_count_although_most_runs_have_none),
        cmocka_unit_test(many_figures_make_each_harder),
        cmocka_unit_test(scenarios_with_few_runs_do_not_spoil_the_others),
        cmocka_unit_test(slower_by_30_percent_is_noticed),
        cmocka_unit_test(equal_runs_raise_no_alarm),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
