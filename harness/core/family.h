/* Many tests at once, corrected so that all of them together are wrong no oftener than one of them
   alone would be. It knows no test. Pure. */
#ifndef BASCULE_CORE_FAMILY_H
#define BASCULE_CORE_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

struct family_member {
    double least_p; /* the smallest p that its values allow, however they were dealt out */
    double p;
    double holm; /* out: significant if at most the level; 1 for who is not in the family */
    bool chosen; /* out: it is in the family */
};

/* Tests that could not be significant must not weigh on the others, so the family is the largest
   set, by least_p, in which each still could be. What least_p may look at, sizes and ties, does not
   tell which value is on which side: the level holds. Returns how many are in it. Sources: R. E.
   Tarone, A Modified Bonferroni Method for Discrete Data, 1990 (the set); S. Holm, A Simple
   Sequentially Rejective Multiple Test Procedure, 1979 (the correction). */
size_t family_correct(struct family_member *const *members, size_t count, double level);

#endif
