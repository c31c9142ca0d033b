/* What a few runs say about a figure: the median with its interval, and how far two samples lie
   apart. INFINITY stands for "never": above every number, and equal to itself. Pure. */
#ifndef BASCULE_CORE_SAMPLE_H
#define BASCULE_CORE_SAMPLE_H

#include "base/arena.h"

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

/* INFINITY either way; isinf() may be a call into the C library, which pure rooms do without. */
static inline bool sample_is_infinite(double value)
{
    return value > DBL_MAX || value < -DBL_MAX;
}

/* Sorted. */
struct sample {
    const double *values;
    size_t count;
};

/* A sorted copy in the arena. No NaN. */
struct sample sample_of(struct arena *arena, const double *values, size_t count);

bool sample_equal(struct sample a, struct sample b);

/* Of an even number the middle between the two; count above 0. */
double sample_median(struct sample sample);

/* count above 0; INFINITY if one is. */
double sample_mean(struct sample sample);

/* Between the two order statistics that hold the median of where the sample came from in at least
   95 of 100 cases, whatever its distribution. Source: W. J. Conover, Practical Nonparametric
   Statistics, 3rd edition, 3.2. */
struct sample_interval {
    double low, high;
    bool known; /* false below 6 values: not even all of them make 95 % */
};
struct sample_interval sample_median_interval(struct sample sample);

/* The Hodges-Lehmann estimate of how much b lies above a: the median of all differences; never less
   never is 0. Source: J. L. Hodges and E. L. Lehmann, Estimates of Location Based on Rank Tests,
   1963. Thinned evenly to at most SAMPLE_SHIFT_MAX values of each. */
#define SAMPLE_SHIFT_MAX 1000
double sample_shift(struct arena *scratch, struct sample a, struct sample b);

/* The ratio a / b that `part` of all pairs lie below or at; 0 if a value is not above 0, or never.
   Thinned as above. */
double sample_ratio(struct arena *scratch, struct sample a, struct sample b, double part);

/* Of values from 0 on; the C library is not to be had in pure rooms. */
double sample_root(double square);

#endif
