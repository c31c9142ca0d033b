/* Does one sample lie above another? The test of Wilcoxon, Mann and Whitney, each way by itself,
   which looks at the order of the values only and so needs no assumption about their distribution.
   Pure. */
#ifndef BASCULE_CORE_RANK_TEST_H
#define BASCULE_CORE_RANK_TEST_H

#include "base/arena.h"
#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>

/* p is exact, also with ties, up to so many values in both samples together. The largest group of
   equal values counts as one: of those that mostly have one value many more are exact. */
#define RANK_TEST_EXACT_MAX 60

/* One side of the test. */
struct rank_tail {
    double p; /* how likely b lies that far over on this side, or farther, if nothing differs */
    double least_p; /* the smallest p that just these values could have, dealt out at will */
};

struct rank_test {
    double u;     /* pairs in which b lies above a, ties as halves */
    double delta; /* Cliff's: how much more likely b lies above a than below it; -1 to 1 */
    struct rank_tail above, below; /* b lies above a, below a */
    bool exact; /* else p is from the normal distribution, corrected for ties and continuity */
};

/* Both counts above 0. Sources: H. B. Mann and D. R. Whitney, On a Test of Whether One of Two
   Random Variables is Stochastically Larger than the Other, 1947; exact, over all ways to deal out
   the mid-ranks: B. Streitberg and J. Röhmel, Exact Distributions for Permutation and Rank Tests,
   1986; normal: E. L. Lehmann, Nonparametrics, 1975, 1.4; delta: N. Cliff, Dominance Statistics,
   1993. */
struct rank_test rank_test(struct arena *scratch, struct sample a, struct sample b);

/* The smallest p that samples of these sizes can have, one-sided: that of samples which do not
   overlap. */
double rank_test_least_p(size_t count_a, size_t count_b);

/* The smallest size of two equally large samples for which that is at most `level` (above 0). */
size_t rank_test_least_count(double level);

/* The part of all pairs in which b must lie above a for a p of about `level`, without ties; at most
   1. From the normal distribution. */
double rank_test_critical_part(size_t count_a, size_t count_b, double level);

/* How likely a normally distributed value lies above z standard deviations from its mean. */
double rank_test_upper_tail(double z);

#endif
