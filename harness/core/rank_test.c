#include "core/rank_test.h"

#include "base/check.h"

#include <stdint.h>
#include <string.h>

#define ROOT_OF_TWO_PI 2.5066282746310002
#define SERIES_UNTIL   3.0 /* where the continued fraction has become the quicker */
#define FRACTIONS      200
#define HALVINGS       10
#define EXPONENT_MAX   700.0 /* e^-700 is the smallest there is, as good as 0 */
#define BISECTIONS     50
#define COUNT_MAX      1000
#define WAYS_MAX       ((size_t)1 << 22) /* 32 MiB of them */

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

/* z from 0 on. Source: G. Marsaglia, Evaluating the Normal Distribution, 2004 (the series), and
   Laplace's continued fraction. */
static double far_tail(double z)
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
        return 0.5 - density * sum;
    }
    for (int i = FRACTIONS; i >= 1; i--) {
        fraction = z + i / fraction;
    }
    return density / fraction;
}

double rank_test_upper_tail(double z)
{
    return z < 0 ? 1 - far_tail(-z) : far_tail(z);
}

/* ---- Ranks ---- */

/* Both samples in one order. A value's score is twice its mid-rank, counted from 0: an integer also
   where values are equal. */
struct ranking {
    uint32_t *scores; /* rising */
    size_t count, count_b;
    size_t sum_b;       /* of the scores of b */
    double tie_cubes;   /* sum of t^3 - t over the groups of equal values */
    size_t usual;       /* where the largest group of equal values begins */
    size_t usual_count; /* and its size */
};

static size_t equal_from(struct sample sample, size_t from, double value)
{
    size_t i = from;

    while (i < sample.count && !(sample.values[i] > value)) {
        i++;
    }
    return i - from;
}

static void add_group(struct ranking *ranking, size_t first, size_t equal_a, size_t equal_b)
{
    size_t equal = equal_a + equal_b;
    size_t score = 2 * first + equal - 1;

    for (size_t i = first; i < first + equal; i++) {
        ranking->scores[i] = (uint32_t)score;
    }
    ranking->sum_b += score * equal_b;
    ranking->tie_cubes += ((double)equal * (double)equal - 1) * (double)equal;
    if (equal > ranking->usual_count) {
        ranking->usual = first;
        ranking->usual_count = equal;
    }
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

        add_group(&ranking, of_a + of_b, equal_a, equal_b);
        of_a += equal_a;
        of_b += equal_b;
    }
    return ranking;
}

/* ---- Exact p ---- */

/* All ways to choose as many values as the smaller sample has. Only the unusual values are dealt
   out one by one, each with its distance from the usual one, which all others have: those above it
   count where chosen, those below where left. So sums begin at 0. */
struct dealing {
    const struct ranking *ranking;
    size_t chosen; /* the size of the smaller sample */
    bool is_b;     /* which is b */
    size_t seen;   /* the sum that it has */
    size_t width;  /* sums are below that */
    size_t most;   /* unusual values that can be chosen */
    double *ways;  /* [k * width + s]: to choose k unusual ones with the sum s */
};

static bool is_usual(const struct ranking *ranking, size_t index)
{
    return index >= ranking->usual && index < ranking->usual + ranking->usual_count;
}

static struct dealing dealing_of(const struct ranking *ranking)
{
    size_t count_a = ranking->count - ranking->count_b;
    size_t others = ranking->count - ranking->usual_count;
    size_t usual = ranking->scores[ranking->usual];
    struct dealing dealing = {.ranking = ranking, .is_b = ranking->count_b <= count_a};
    size_t sum_of_all = ranking->count * (ranking->count - 1);
    size_t below = 0;

    dealing.chosen = dealing.is_b ? ranking->count_b : count_a;
    dealing.most = others < dealing.chosen ? others : dealing.chosen;
    dealing.width = 1;
    for (size_t i = 0; i < ranking->count; i++) {
        size_t score = ranking->scores[i];
        below += score < usual ? usual - score : 0;
        dealing.width += score < usual ? usual - score : score - usual;
    }
    size_t sum = dealing.is_b ? ranking->sum_b : sum_of_all - ranking->sum_b;
    dealing.seen = sum + below - dealing.chosen * usual;
    return dealing;
}

static void add_row(double *to, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] += from[i];
    }
}

static void deal_out(struct arena *scratch, struct dealing *dealing)
{
    const struct ranking *ranking = dealing->ranking;
    size_t usual = ranking->scores[ranking->usual];
    size_t width = dealing->width;
    size_t reach = 1; /* sums so far are below */
    double *ways = ARENA_ARRAY(scratch, double, (dealing->most + 1) * width);

    ways[0] = 1;
    for (size_t i = 0; i < ranking->count; i++) {
        if (is_usual(ranking, i)) {
            continue;
        }
        size_t score = ranking->scores[i];
        size_t if_chosen = score > usual ? score - usual : 0;
        size_t if_left = score < usual ? usual - score : 0;
        for (size_t k = dealing->most + 1; k-- > 0;) {
            double *row = ways + k * width;
            memmove(row + if_left, row, reach * sizeof(*row));
            memset(row, 0, if_left * sizeof(*row));
            if (k > 0) {
                add_row(row + if_chosen, row - width, reach);
            }
        }
        reach += if_chosen + if_left;
    }
    dealing->ways = ways;
}

/* Weighs each way by how the usual values can fill up what the unusual ones leave: by its ratio to
   the one before, since the numbers themselves have no bounds. */
static void exact_p(const struct dealing *dealing, struct rank_test *ret)
{
    size_t usual = dealing->ranking->usual_count;
    size_t first = dealing->chosen > usual ? dealing->chosen - usual : 0;
    double weight = 1;
    double all = 0;
    double as_high = 0;
    double as_low = 0;

    for (size_t k = first; k <= dealing->most; k++) {
        const double *row = dealing->ways + k * dealing->width;
        for (size_t s = 0; s < dealing->width; s++) {
            all += weight * row[s];
            as_high += s >= dealing->seen ? weight * row[s] : 0;
            as_low += s <= dealing->seen ? weight * row[s] : 0;
        }
        weight *= (double)(dealing->chosen - k) / (double)(usual + k + 1 - dealing->chosen);
    }
    ret->above.p = (dealing->is_b ? as_high : as_low) / all;
    ret->below.p = (dealing->is_b ? as_low : as_high) / all;
}

/* How many of all ways to choose `chosen` of `count` those are that only choose `inside` of a group
   of `group` freely, as a part. */
static double part_of_ways(size_t count, size_t chosen, size_t group, size_t inside)
{
    double part = 1;

    for (size_t i = 1; i <= chosen; i++) {
        double ways = i <= inside ? (double)(group - inside + i) : (double)i;
        part *= ways / (double)(count - chosen + i);
    }
    return part;
}

/* b has all the highest values, or all the lowest; only which of the equal ones at its border it
   has is free. */
static double least_p(const struct ranking *ranking, bool highest)
{
    size_t begin = highest ? ranking->count - ranking->count_b : 0;
    size_t end = begin + ranking->count_b;
    uint32_t border = ranking->scores[highest ? begin : end - 1];
    size_t group = 0;
    size_t inside = 0;

    for (size_t i = 0; i < ranking->count; i++) {
        bool is_border = ranking->scores[i] == border;
        group += is_border ? 1 : 0;
        inside += is_border && i >= begin && i < end ? 1 : 0;
    }
    return part_of_ways(ranking->count, ranking->count_b, group, inside);
}

/* ---- Normal p ---- */

/* The variance of U, with the correction for ties. */
static double variance_of(double count_a, double count_b, double tie_cubes)
{
    double count = count_a + count_b;

    return count_a * count_b / 12 * (count + 1 - tie_cubes / (count * (count - 1)));
}

static void normal_p(const struct ranking *ranking, double count_a, struct rank_test *ret)
{
    double count_b = (double)ranking->count_b;
    double away = ret->u - count_a * count_b / 2;
    double deviation = sample_root(variance_of(count_a, count_b, ranking->tie_cubes));

    ret->above.p = ret->below.p = 1;
    if (deviation > 0) {
        ret->above.p = rank_test_upper_tail((away - 0.5) / deviation);
        ret->below.p = rank_test_upper_tail((-away - 0.5) / deviation);
    }
}

struct rank_test rank_test(struct arena *scratch, struct sample a, struct sample b)
{
    double count_a = (double)a.count;
    double count_b = (double)b.count;

    CHECK(a.count > 0 && b.count > 0);
    struct ranking ranking = rank_both(scratch, a, b);
    struct dealing dealing = dealing_of(&ranking);
    struct rank_test test = {
        .u = ((double)ranking.sum_b - count_b * (count_b - 1)) / 2,
        .above.least_p = least_p(&ranking, true),
        .below.least_p = least_p(&ranking, false),
        .exact = ranking.count - ranking.usual_count < RANK_TEST_EXACT_MAX &&
                 (dealing.most + 1) * dealing.width <= WAYS_MAX,
    };
    test.delta = 2 * test.u / (count_a * count_b) - 1;
    if (test.exact) {
        deal_out(scratch, &dealing);
        exact_p(&dealing, &test);
    } else {
        normal_p(&ranking, count_a, &test);
    }
    return test;
}

/* ---- Sizes ---- */

double rank_test_least_p(size_t count_a, size_t count_b)
{
    return count_a < count_b ? part_of_ways(count_a + count_b, count_a, 1, 0)
                             : part_of_ways(count_a + count_b, count_b, 1, 0);
}

size_t rank_test_least_count(double level)
{
    size_t count = 1;

    while (count < COUNT_MAX && rank_test_least_p(count, count) > level) {
        count++;
    }
    return count;
}

double rank_test_critical_part(size_t count_a, size_t count_b, double level)
{
    double pairs = (double)count_a * (double)count_b;
    double low = 0;
    double high = 40;

    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        bool above = rank_test_upper_tail(middle) > level;
        low = above ? middle : low;
        high = above ? high : middle;
    }
    double u =
        pairs / 2 + 0.5 + high * sample_root(variance_of((double)count_a, (double)count_b, 0));
    return u < pairs ? u / pairs : 1;
}
