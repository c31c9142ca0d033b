#include "core/sample.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

#define CONFIDENCE      0.95
#define INTERVAL_LEAST  6    /* 1 - 2 / 2^5 is not 0.95 yet */
#define BINOMIAL_MAX    1000 /* beyond, 2^-n leaves the range of a double */
#define NORMAL_QUANTILE 1.959964

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

struct sample sample_of(struct arena *arena, const double *values, size_t count)
{
    double *copy = ARENA_ARRAY(arena, double, count + 1);

    if (count > 0) {
        memcpy(copy, values, count * sizeof(*copy));
        qsort(copy, count, sizeof(*copy), by_value);
    }
    return (struct sample){.values = copy, .count = count};
}

bool sample_equal(struct sample a, struct sample b)
{
    if (a.count != b.count) {
        return false;
    }
    for (size_t i = 0; i < a.count; i++) {
        if (a.values[i] > b.values[i] || a.values[i] < b.values[i]) {
            return false;
        }
    }
    return true;
}

double sample_median(struct sample sample)
{
    CHECK(sample.count > 0);
    double low = sample.values[(sample.count - 1) / 2];
    double high = sample.values[sample.count / 2];

    /* Halves first would not be exact, and their sum could not overflow here. */
    return low < high ? low + (high - low) / 2 : low;
}

double sample_mean(struct sample sample)
{
    double sum = 0;

    CHECK(sample.count > 0);
    for (size_t i = 0; i < sample.count; i++) {
        sum += sample.values[i];
    }
    return sum / (double)sample.count;
}

/* ---- Interval ---- */

/* How many values may be cut off at each end: the most for which both tails of the binomial
   distribution together stay below what the confidence leaves. */
static size_t cut_of_few(size_t count)
{
    double chance = 1;
    double tail = 0;
    size_t cut = 0;

    for (size_t i = 0; i < count; i++) {
        chance /= 2;
    }
    for (; cut < count / 2; cut++) {
        tail += chance;
        if (2 * tail > 1 - CONFIDENCE) {
            break;
        }
        chance *= (double)(count - cut) / (double)(cut + 1);
    }
    return cut;
}

static size_t cut_of_many(size_t count)
{
    double half = (double)count / 2;

    return (size_t)(half - NORMAL_QUANTILE * sample_root((double)count) / 2);
}

struct sample_interval sample_median_interval(struct sample sample)
{
    if (sample.count < INTERVAL_LEAST) {
        return (struct sample_interval){.known = false};
    }
    size_t cut =
        sample.count <= BINOMIAL_MAX ? cut_of_few(sample.count) : cut_of_many(sample.count);
    CHECK(cut >= 1 && cut <= sample.count / 2);
    return (struct sample_interval){
        .low = sample.values[cut - 1], .high = sample.values[sample.count - cut], .known = true};
}

/* ---- Shift ---- */

static struct sample thinned(struct arena *scratch, struct sample sample)
{
    if (sample.count <= SAMPLE_SHIFT_MAX) {
        return sample;
    }
    double *values = ARENA_ARRAY(scratch, double, SAMPLE_SHIFT_MAX);
    for (size_t i = 0; i < SAMPLE_SHIFT_MAX; i++) {
        values[i] = sample.values[(2 * i + 1) * sample.count / (2 * (size_t)SAMPLE_SHIFT_MAX)];
    }
    return (struct sample){.values = values, .count = SAMPLE_SHIFT_MAX};
}

static double difference(double a, double b)
{
    return a < b || a > b ? b - a : 0;
}

double sample_shift(struct arena *scratch, struct sample a, struct sample b)
{
    a = thinned(scratch, a);
    b = thinned(scratch, b);
    CHECK(a.count > 0 && b.count > 0);
    double *differences = ARENA_ARRAY(scratch, double, a.count *b.count);
    for (size_t i = 0; i < a.count; i++) {
        for (size_t k = 0; k < b.count; k++) {
            differences[i * b.count + k] = difference(a.values[i], b.values[k]);
        }
    }
    qsort(differences, a.count * b.count, sizeof(*differences), by_value);
    double low = differences[(a.count * b.count - 1) / 2];
    double high = differences[a.count * b.count / 2];
    if (!(low < high)) {
        return low;
    }
    /* Half of "never" one way, and half the other way or not at all. */
    if (low < -DBL_MAX) {
        return high > DBL_MAX ? 0 : high;
    }
    return low + (high - low) / 2;
}

/* ---- Ratio ---- */

double sample_ratio(struct arena *scratch, struct sample a, struct sample b, double part)
{
    a = thinned(scratch, a);
    b = thinned(scratch, b);
    CHECK(a.count > 0 && b.count > 0 && part >= 0 && part <= 1);
    bool usable = a.values[0] > 0 && b.values[0] > 0 &&
                  !sample_is_infinite(a.values[a.count - 1]) &&
                  !sample_is_infinite(b.values[b.count - 1]);
    if (!usable) {
        return 0;
    }
    double *ratios = ARENA_ARRAY(scratch, double, a.count *b.count);
    for (size_t i = 0; i < a.count; i++) {
        for (size_t k = 0; k < b.count; k++) {
            ratios[i * b.count + k] = a.values[i] / b.values[k];
        }
    }
    qsort(ratios, a.count * b.count, sizeof(*ratios), by_value);
    double place = part * (double)(a.count * b.count);
    size_t index = (size_t)place;
    index += (double)index < place ? 1 : 0;
    return ratios[index > 0 ? index - 1 : 0];
}

/* Newton's iteration, which comes down from above. */
double sample_root(double square)
{
    double root = square < 1 ? 1 : square;

    if (!(square > 0)) {
        return 0;
    }
    for (;;) {
        double next = (root + square / root) / 2;
        if (!(next < root)) {
            return root;
        }
        root = next;
    }
}
