#include "core/compare.h"

#include "core/family.h"
#include "core/rank_test.h"

#include <math.h>
#include <stdlib.h>

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

static bool is_constant(struct sample a, struct sample b)
{
    double value = a.values[0];

    return !(a.values[a.count - 1] > value) && !(b.values[0] < value) &&
           !(b.values[b.count - 1] > value);
}

/* ---- What is tested ---- */

/* A figure in two families: one-sided, since that something got better must not make it harder to
   see that it got worse. */
struct member {
    struct family_member worse, better;
    bool stands;    /* it is in them, for itself and for those that are the same */
    size_t same_as; /* who stands for it */
    double least_p; /* by the numbers of its runs, whatever their values */
};

/* What stands before the correction. Of one value throughout there is nothing to test. That both
   sides are equal, though, is no reason to leave a figure out of the families: what is in them must
   not depend on which value is on which side. */
static void
look(const struct compare_question *question, struct compare_answer *ret, struct member *ret_member)
{
    struct arena scratch;
    bool higher_is_better = question->kind == COMPARE_RATIO;

    *ret = (struct compare_answer){.outcome = COMPARE_ABSENT, .p = 1, .holm = 1};
    if (question->base.count == 0 || question->head.count == 0) {
        return;
    }
    ret->outcome = COMPARE_SAME;
    if (is_constant(question->base, question->head)) {
        return;
    }
    arena_init(&scratch, 0);
    struct rank_test test = rank_test(&scratch, question->base, question->head);
    measure(&scratch, question, ret);
    arena_done(&scratch);
    ret->tested = !sample_equal(question->base, question->head);
    ret->delta = test.delta;
    struct rank_tail worse = higher_is_better ? test.below : test.above;
    struct rank_tail better = higher_is_better ? test.above : test.below;
    *ret_member = (struct member){
        .worse = {.p = worse.p, .least_p = worse.least_p},
        .better = {.p = better.p, .least_p = better.least_p},
        .stands = true,
        .least_p = rank_test_least_p(question->base.count, question->head.count),
    };
}

struct pair {
    double a, b;
};

static int by_a(const void *left, const void *right)
{
    const struct pair *x = left;
    const struct pair *y = right;

    return (x->a > y->a) - (x->a < y->a);
}

/* Both put all runs of both sides into the same order, from good to bad. */
static bool same_order(const struct compare_question *a, const struct compare_question *b)
{
    size_t count = a->base.count + a->head.count;
    double sign_a = a->kind == COMPARE_RATIO ? -1 : 1;
    double sign_b = b->kind == COMPARE_RATIO ? -1 : 1;
    struct arena scratch;
    bool same = true;

    arena_init(&scratch, 0);
    struct pair *pairs = ARENA_ARRAY(&scratch, struct pair, count);
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pair){.a = sign_a * a->by_run[i], .b = sign_b * b->by_run[i]};
    }
    qsort(pairs, count, sizeof(*pairs), by_a);
    for (size_t i = 1; i < count && same; i++) {
        const struct pair *one = &pairs[i - 1];
        const struct pair *next = &pairs[i];
        same = one->a < next->a ? one->b < next->b : !(one->b < next->b) && !(one->b > next->b);
    }
    arena_done(&scratch);
    return same;
}

/* Two figures that order all runs alike, as failed requests and the success ratio do while each run
   has as many requests, have the same p, however the runs are dealt out to both sides: one is
   significant exactly when the other is, so they are one hypothesis and count once. Whether they
   are is seen in all runs together, without regard to their side, so it tells nothing of what is
   tested. */
static size_t
first_alike(const struct compare_question *questions, const struct member *members, size_t i)
{
    const struct compare_question *own = &questions[i];

    for (size_t k = i; own->by_run != NULL && k-- > 0 && questions[k].scenario == own->scenario;) {
        if (members[k].stands && questions[k].by_run != NULL && same_order(&questions[k], own)) {
            return k;
        }
    }
    return i;
}

/* ---- What comes of it ---- */

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

/* Of the factors by which the times of head could be multiplied, the smallest that would have been
   significant, in relation to where both sides are level. */
static double detectable(const struct compare_question *question, double level)
{
    const struct sample *base = &question->base;
    const struct sample *head = &question->head;
    struct arena scratch;

    if (question->kind != COMPARE_TIME) {
        return 0;
    }
    arena_init(&scratch, 0);
    double part = rank_test_critical_part(base->count, head->count, level);
    double critical = sample_ratio(&scratch, *base, *head, part);
    double even = sample_ratio(&scratch, *base, *head, 0.5);
    arena_done(&scratch);
    return even > 0 ? critical / even - 1 : 0;
}

struct families {
    size_t tested; /* hypotheses */
    size_t chosen; /* those of them that had a chance to be worse */
};

static void decide(const struct compare_question *question,
                   const struct member *member,
                   const struct families *families,
                   struct compare_answer *answer,
                   double threshold)
{
    bool upward_is_worse = question->kind != COMPARE_RATIO;
    bool is_worse = (answer->delta > 0) == upward_is_worse;
    const struct family_member *side = is_worse ? &member->worse : &member->better;

    if (!answer->tested) {
        return;
    }
    answer->p = side->p;
    answer->holm = side->holm;
    if (answer->holm <= COMPARE_LEVEL) {
        answer->too_small = !is_large(question, answer, threshold);
        if (!answer->too_small) {
            answer->outcome = is_worse ? COMPARE_WORSE : COMPARE_BETTER;
        }
        return;
    }
    if (member->worse.chosen) {
        answer->detectable = detectable(question, COMPARE_LEVEL / (double)families->chosen);
    } else if (member->least_p * (double)families->tested > COMPARE_LEVEL) {
        answer->outcome = COMPARE_TOO_FEW;
    }
}

/* ---- All of them ---- */

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

static struct families correct(struct arena *arena, struct member *members, size_t count)
{
    struct family_member **worse = ARENA_ARRAY(arena, struct family_member *, count + 1);
    struct family_member **better = ARENA_ARRAY(arena, struct family_member *, count + 1);
    struct families families = {.tested = 0};

    for (size_t i = 0; i < count; i++) {
        if (members[i].stands) {
            worse[families.tested] = &members[i].worse;
            better[families.tested++] = &members[i].better;
        }
    }
    families.chosen = family_correct(worse, families.tested, COMPARE_LEVEL);
    (void)family_correct(better, families.tested, COMPARE_LEVEL);
    return families;
}

void compare_all(const struct compare_question *questions,
                 struct compare_answer *answers,
                 size_t count,
                 struct compare_rules rules,
                 struct compare_total *ret)
{
    struct arena arena;
    size_t figures = 0; /* few runs are in the same order more often than many */

    arena_init(&arena, 0);
    struct member *members = ARENA_ARRAY(&arena, struct member, count + 1);
    for (size_t i = 0; i < count; i++) {
        look(&questions[i], &answers[i], &members[i]);
        figures += members[i].stands ? 1 : 0;
        members[i].same_as = members[i].stands ? first_alike(questions, members, i) : i;
        members[i].stands = members[i].stands && members[i].same_as == i;
    }
    struct families families = correct(&arena, members, count);
    *ret = (struct compare_total){.family = families.chosen};
    for (size_t i = 0; i < count; i++) {
        decide(&questions[i], &members[members[i].same_as], &families, &answers[i],
               rules.threshold);
        count_outcome(answers[i].outcome, ret);
    }
    if (ret->too_few > 0) {
        ret->runs_needed = rank_test_least_count(COMPARE_LEVEL / (double)figures);
    }
    arena_done(&arena);
}
