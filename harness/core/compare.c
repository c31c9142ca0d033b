#include "core/compare.h"

#include "core/family.h"
#include "core/rank_test.h"

#include <math.h>

/* ---- One figure ---- */

static double share_of_never(struct sample sample)
{
    size_t nevers = 0;

    while (nevers < sample.count && sample_is_infinite(sample.values[sample.count - 1 - nevers])) {
        nevers++;
    }
    return (double)nevers / (double)sample.count;
}

static double part_of(double shift, double whole)
{
    if (!(shift < 0) && !(shift > 0)) {
        return 0;
    }
    if (sample_is_infinite(shift) || !(whole > 0)) {
        return shift < 0 ? -(double)INFINITY : (double)INFINITY;
    }
    return sample_is_infinite(whole) ? 0 : shift / whole;
}

static void
measure(struct arena *scratch, const struct compare_question *question, struct compare_answer *ret)
{
    double whole = sample_median(question->base);

    if (question->kind == COMPARE_TIME) {
        ret->shift = sample_shift(scratch, question->base, question->head);
        ret->nevers = share_of_never(question->head) - share_of_never(question->base);
    } else {
        whole = sample_mean(question->base);
        ret->shift = sample_mean(question->head) - whole;
        whole = question->kind == COMPARE_RATIO ? 1 - whole : whole;
    }
    ret->change = part_of(ret->shift, whole);
}

/* One value throughout, or the same ones: nothing that a test could tell apart. */
static bool are_same(struct sample a, struct sample b)
{
    bool constant =
        !(a.values[0] < a.values[a.count - 1]) && !(b.values[0] < b.values[b.count - 1]);

    return sample_equal(a, b) ||
           (constant && !(a.values[0] < b.values[0]) && !(a.values[0] > b.values[0]));
}

/* What stands before the correction. */
static void look(const struct compare_question *question,
                 struct compare_answer *ret,
                 struct family_member *ret_member)
{
    struct arena scratch;

    *ret = (struct compare_answer){.outcome = COMPARE_ABSENT, .p = 1, .holm = 1};
    if (question->base.count == 0 || question->head.count == 0) {
        return;
    }
    ret->outcome = COMPARE_SAME;
    if (are_same(question->base, question->head)) {
        return;
    }
    arena_init(&scratch, 0);
    struct rank_test test = rank_test(&scratch, question->base, question->head);
    measure(&scratch, question, ret);
    arena_done(&scratch);
    ret->tested = true;
    ret->p = test.p;
    ret->delta = test.delta;
    *ret_member = (struct family_member){
        .least_p = rank_test_least_p(question->base.count, question->head.count),
        .p = test.p,
    };
}

static double absolute(double value)
{
    return value < 0 ? -value : value;
}

/* More runs that never end are a change however small the others keep the middle. */
static bool is_large(const struct compare_question *question,
                     const struct compare_answer *answer,
                     double threshold)
{
    bool beyond_threshold = absolute(answer->change) > threshold;
    bool beyond_resolution = absolute(answer->shift) > question->resolution;
    bool same_way = (answer->shift > 0) == (answer->delta > 0);

    return (beyond_threshold && beyond_resolution && same_way) ||
           (absolute(answer->nevers) > threshold && (answer->nevers > 0) == (answer->delta > 0));
}

static void decide(const struct compare_question *question,
                   const struct family_member *member,
                   struct compare_answer *answer,
                   double threshold)
{
    bool higher_is_better = question->kind == COMPARE_RATIO;

    if (!answer->tested) {
        return;
    }
    answer->holm = member->holm;
    if (!member->chosen) {
        answer->outcome = COMPARE_TOO_FEW;
        return;
    }
    if (answer->holm > COMPARE_LEVEL) {
        return;
    }
    if (!is_large(question, answer, threshold)) {
        answer->too_small = true;
        return;
    }
    answer->outcome = (answer->delta > 0) == higher_is_better ? COMPARE_BETTER : COMPARE_WORSE;
}

/* ---- All of them ---- */

/* Who had no chance, and how many runs would give it one. */
static void
judge_family(struct family_member *const *members, size_t count, struct compare_total *ret)
{
    ret->family = family_correct(members, count, COMPARE_LEVEL);
    if (ret->family < count) {
        ret->runs_needed = rank_test_least_count(COMPARE_LEVEL / (double)count);
    }
}

static void count_outcome(enum compare_outcome outcome, struct compare_total *total)
{
    switch (outcome) {
    case COMPARE_ABSENT:
        total->absent++;
        break;
    case COMPARE_SAME:
        total->same++;
        break;
    case COMPARE_WORSE:
        total->worse++;
        break;
    case COMPARE_BETTER:
        total->better++;
        break;
    case COMPARE_TOO_FEW:
        total->too_few++;
        break;
    }
}

void compare_all(const struct compare_question *questions,
                 struct compare_answer *answers,
                 size_t count,
                 struct compare_rules rules,
                 struct compare_total *ret)
{
    struct arena arena;
    size_t tested = 0;

    *ret = (struct compare_total){.worse = 0};
    arena_init(&arena, 0);
    struct family_member *members = ARENA_ARRAY(&arena, struct family_member, count + 1);
    struct family_member **family = ARENA_ARRAY(&arena, struct family_member *, count + 1);
    for (size_t i = 0; i < count; i++) {
        look(&questions[i], &answers[i], &members[i]);
        if (answers[i].tested) {
            family[tested++] = &members[i];
        }
    }
    judge_family(family, tested, ret);
    for (size_t i = 0; i < count; i++) {
        decide(&questions[i], &members[i], &answers[i], rules.threshold);
        count_outcome(answers[i].outcome, ret);
    }
    arena_done(&arena);
}
