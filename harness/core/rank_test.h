/* Do two samples come from the same source? The test of Wilcoxon, Mann and Whitney, which looks at
   the order of the values only and so needs no assumption about their distribution. Pure. */
#ifndef BASCULE_CORE_RANK_TEST_H
#define BASCULE_CORE_RANK_TEST_H

#include "base/arena.h"
#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>

/* Up to so many values in both samples together p is exact, also with ties. */
#define RANK_TEST_EXACT_MAX 60

struct rank_test {
    double u;     /* pairs in which b lies above a, ties as halves */
    double delta; /* Cliff's: how much more likely b lies above a than below it; -1 to 1 */
    double p;     /* two-sided: how likely an order at least as uneven is if nothing differs */
    bool exact;   /* else from the normal distribution, with corrections for ties and continuity */
};

/* Both counts above 0. Sources: H. B. Mann and D. R. Whitney, On a Test of Whether One of Two
   Random Variables is Stochastically Larger than the Other, 1947; exact, over all ways to deal out
   the mid-ranks: B. Streitberg and J. Röhmel, Exact Distributions for Permutation and Rank Tests,
   1986; normal: E. L. Lehmann, Nonparametrics, 1975, 1.4; delta: N. Cliff, Dominance Statistics,
   1993. */
struct rank_test rank_test(struct arena *scratch, struct sample a, struct sample b);

/* The smallest p that samples of these sizes can have: that of samples which do not overlap. */
double rank_test_least_p(size_t count_a, size_t count_b);

/* The smallest size of two equally large samples for which that is at most `level` (above 0). */
size_t rank_test_least_count(double level);

/* How likely a normally distributed value lies farther from its mean than z (from 0 on) standard
   deviations, on either side. */
double rank_test_two_tails(double z);

#endif
