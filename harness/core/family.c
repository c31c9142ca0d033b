#include "core/family.h"

#include "base/arena.h"

#include <stdbool.h>
#include <stdlib.h>

static int by_least_p(const void *left, const void *right)
{
    const struct family_member *const *a = left;
    const struct family_member *const *b = right;

    return ((*a)->least_p > (*b)->least_p) - ((*a)->least_p < (*b)->least_p);
}

static int by_p(const void *left, const void *right)
{
    const struct family_member *const *a = left;
    const struct family_member *const *b = right;

    return ((*a)->p > (*b)->p) - ((*a)->p < (*b)->p);
}

/* Equal sizes come in or stay out together. */
static size_t choose(struct family_member *const *rising, size_t count, double level)
{
    size_t chosen = 0;

    for (size_t i = 0; i < count; i++) {
        bool ends_group = i + 1 == count || rising[i + 1]->least_p > rising[i]->least_p;
        if (ends_group && rising[i]->least_p * (double)(i + 1) <= level) {
            chosen = i + 1;
        }
    }
    return chosen;
}

size_t family_correct(struct family_member *const *members, size_t count, double level)
{
    struct arena scratch;
    double highest = 0;

    arena_init(&scratch, 0);
    struct family_member **order = ARENA_ARRAY(&scratch, struct family_member *, count + 1);
    for (size_t i = 0; i < count; i++) {
        order[i] = members[i];
        order[i]->holm = 1;
        order[i]->chosen = false;
    }
    qsort(order, count, sizeof(struct family_member *), by_least_p);
    size_t chosen = choose(order, count, level);
    qsort(order, chosen, sizeof(struct family_member *), by_p);
    for (size_t i = 0; i < chosen; i++) {
        double corrected = order[i]->p * (double)(chosen - i);

        corrected = corrected < 1 ? corrected : 1;
        highest = corrected > highest ? corrected : highest;
        order[i]->holm = highest;
        order[i]->chosen = true;
    }
    arena_done(&scratch);
    return chosen;
}
