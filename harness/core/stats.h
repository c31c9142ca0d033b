/* Exact order statistics of integer samples. Pure. */
#ifndef BASCULE_CORE_STATS_H
#define BASCULE_CORE_STATS_H

#include <stddef.h>
#include <stdint.h>

void stats_sort(int64_t *samples, size_t count);

/* Nearest rank: the smallest sample such that at least per_mille / 1000 of all are not above it.
   samples sorted, count above 0, per_mille 0..1000 (0: the smallest). */
int64_t stats_rank(const int64_t *samples, size_t count, unsigned per_mille);

/* How many are below the bound; samples sorted. */
size_t stats_below(const int64_t *samples, size_t count, int64_t bound);

#endif
