#include "core/rank_test.h"

#include "base/check.h"

#include <stdint.h>

#define ROOT_OF_TWO_PI 2.5066282746310002
#define SERIES_UNTIL   3.0 /* where the continued fraction has become the quicker */
#define FRACTIONS      200
#define HALVINGS       10
#define EXPONENT_MAX   700.0 /* e^-700 is the smallest there is, as good as 0 */
#define COUNT_MAX      1000

/* ---- Normal distribution ---- */

/* e^-x, x from 0 on: the Taylor series of a 2^HALVINGS-th of it, then squared back. */
static double decay(double x)
{
    double term = 1;
    double sum = 1;

    if (x > EXPONENT_MAX) {
        return 0;
    }
    x /= 1 << HALVINGS;
    for (int i = 1; i < 20; i++) {
        term *= -x / i;
        sum += term;
    }
    for (int i = 0; i < HALVINGS; i++) {
        sum *= sum;
    }
    return sum;
}

/* Source: G. Marsaglia, Evaluating the Normal Distribution, 2004 (the series), and Laplace's
   continued fraction. */
double rank_test_two_tails(double z)
{
    double density = decay(z * z / 2) / ROOT_OF_TWO_PI;
    double fraction = z;
    double term = z;
    double sum = z;

    if (z < SERIES_UNTIL) {
        for (int i = 3; i < FRACTIONS; i += 2) {
            term *= z * z / i;
            sum += term;
        }
        return 1 - 2 * density * sum;
    }
    for (int i = FRACTIONS; i >= 1; i--) {
        fraction = z + i / fraction;
    }
    return 2 * density / fraction;
}

/* ---- Ranks ---- */

/* Both samples in one order. A value's score is twice its mid-rank, counted from 0: an integer also
   where values are equal. */
struct ranking {
    uint32_t *scores; /* rising */
    size_t count;
    size_t count_b;
    uint64_t sum_b;   /* of the scores of b */
    double tie_cubes; /* sum of t^3 - t over the groups of equal values */
};

static size_t equal_from(struct sample sample, size_t from, double value)
{
    size_t i = from;

    while (i < sample.count && !(sample.values[i] > value)) {
        i++;
    }
    return i - from;
}

static struct ranking rank_both(struct arena *scratch, struct sample a, struct sample b)
{
    struct ranking ranking = {
        .scores = ARENA_ARRAY(scratch, uint32_t, a.count + b.count),
        .count = a.count + b.count,
        .count_b = b.count,
    };
    size_t of_a = 0;
    size_t of_b = 0;

    while (of_a + of_b < ranking.count) {
        bool from_a = of_b == b.count || (of_a < a.count && a.values[of_a] < b.values[of_b]);
        double value = from_a ? a.values[of_a] : b.values[of_b];
        size_t equal_a = equal_from(a, of_a, value);
        size_t equal_b = equal_from(b, of_b, value);
        size_t first = of_a + of_b;
        size_t equal = equal_a + equal_b;
        uint32_t score = (uint32_t)(2 * first + equal - 1);

        for (size_t i = first; i < first + equal; i++) {
            ranking.scores[i] = score;
        }
        ranking.sum_b += (uint64_t)score * equal_b;
        ranking.tie_cubes += ((double)equal * (double)equal - 1) * (double)equal;
        of_a += equal_a;
        of_b += equal_b;
    }
    return ranking;
}

/* ---- p ---- */

/* ways[k * width + s]: in how many ways k of the scores seen so far add up to s. */
static double *deal_out(struct arena *scratch, const struct ranking *ranking, size_t width)
{
    size_t chosen = ranking->count_b;
    double *ways = ARENA_ARRAY(scratch, double, (chosen + 1) * width);

    ways[0] = 1;
    for (size_t i = 0; i < ranking->count; i++) {
        size_t score = ranking->scores[i];
        for (size_t k = i + 1 < chosen ? i + 1 : chosen; k >= 1; k--) {
            /* No score so far is above this one. */
            for (size_t s = score; s <= k * score && s < width; s++) {
                ways[k * width + s] += ways[(k - 1) * width + s - score];
            }
        }
    }
    return ways + chosen * width;
}

static double distance(double a, double b)
{
    return a < b ? b - a : a - b;
}

static double exact_p(struct arena *scratch, const struct ranking *ranking)
{
    size_t width = ranking->count_b * 2 * ranking->count;
    const double *ways = deal_out(scratch, ranking, width);
    double mean = (double)ranking->count_b * (double)(ranking->count - 1);
    double seen = distance((double)ranking->sum_b, mean);
    double all = 0;
    double uneven = 0;

    for (size_t s = 0; s < width; s++) {
        all += ways[s];
        uneven += distance((double)s, mean) >= seen ? ways[s] : 0;
    }
    return uneven / all;
}

static double normal_p(const struct ranking *ranking, double count_a, double count_b, double u)
{
    double count = count_a + count_b;
    double ties = ranking->tie_cubes / (count * (count - 1));
    double variance = count_a * count_b / 12 * (count + 1 - ties);
    double away = distance(u, count_a * count_b / 2) - 0.5;

    if (!(variance > 0) || !(away > 0)) {
        return 1;
    }
    return rank_test_two_tails(away / sample_root(variance));
}

struct rank_test rank_test(struct arena *scratch, struct sample a, struct sample b)
{
    double count_a = (double)a.count;
    double count_b = (double)b.count;

    CHECK(a.count > 0 && b.count > 0);
    struct ranking ranking = rank_both(scratch, a, b);
    struct rank_test test = {
        .u = ((double)ranking.sum_b - count_b * (count_b - 1)) / 2,
        .exact = ranking.count <= RANK_TEST_EXACT_MAX,
    };
    test.delta = 2 * test.u / (count_a * count_b) - 1;
    test.p = test.exact ? exact_p(scratch, &ranking) : normal_p(&ranking, count_a, count_b, test.u);
    return test;
}

/* ---- Sizes ---- */

double rank_test_least_p(size_t count_a, size_t count_b)
{
    size_t large = count_a > count_b ? count_a : count_b;
    size_t small = count_a > count_b ? count_b : count_a;
    double ways = 1;

    for (size_t i = 1; i <= small && ways < 1e300; i++) {
        ways *= (double)(large + i) / (double)i;
    }
    return ways > 2 ? 2 / ways : 1;
}

size_t rank_test_least_count(double level)
{
    size_t count = 1;

    while (count < COUNT_MAX && rank_test_least_p(count, count) > level) {
        count++;
    }
    return count;
}
