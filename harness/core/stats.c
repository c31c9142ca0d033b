/* stats_sort is radix exchange, in place and without recursion or bad cases. Source: Knuth, The Art
   of Computer Programming, volume 3, algorithm 5.2.2R. */
#include "core/stats.h"

#include "base/check.h"

#include <stdbool.h>

enum {
    SMALL = 24, /* below this many samples insertion is faster */
    BITS = 64,
};

struct range {
    int64_t *samples;
    size_t count;
    int bit; /* the highest in which the samples may still differ */
};

/* As unsigned numbers in the same order. */
static uint64_t rising(int64_t sample)
{
    return (uint64_t)sample ^ (UINT64_C(1) << (BITS - 1));
}

static void insertion_sort(int64_t *samples, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        int64_t sample = samples[i];
        size_t place = i;

        while (place > 0 && samples[place - 1] > sample) {
            samples[place] = samples[place - 1];
            place--;
        }
        samples[place] = sample;
    }
}

static bool is_sorted(const int64_t *samples, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (samples[i - 1] > samples[i]) {
            return false;
        }
    }
    return true;
}

/* Brings those without the bit to the front; returns how many they are. */
static size_t split(struct range range)
{
    uint64_t mask = UINT64_C(1) << range.bit;
    size_t low = 0;
    size_t high = range.count;

    while (low < high) {
        int64_t sample = range.samples[low];
        if ((rising(sample) & mask) == 0) {
            low++;
        } else {
            high--;
            range.samples[low] = range.samples[high];
            range.samples[high] = sample;
        }
    }
    return low;
}

static int highest_differing_bit(const int64_t *samples, size_t count)
{
    uint64_t differing = 0;

    for (size_t i = 1; i < count; i++) {
        differing |= rising(samples[i]) ^ rising(samples[0]);
    }
    return differing == 0 ? -1 : BITS - 1 - __builtin_clzll(differing);
}

void stats_sort(int64_t *samples, size_t count)
{
    struct range waiting[BITS + 1];
    size_t waiting_count = 0;

    if (is_sorted(samples, count)) {
        return;
    }
    waiting[waiting_count++] = (struct range){
        .samples = samples, .count = count, .bit = highest_differing_bit(samples, count)};
    while (waiting_count > 0) {
        struct range range = waiting[--waiting_count];

        while (range.count >= SMALL && range.bit >= 0) {
            size_t low = split(range);
            range.bit--;
            waiting[waiting_count++] = (struct range){
                .samples = range.samples + low, .count = range.count - low, .bit = range.bit};
            range.count = low;
        }
        insertion_sort(range.samples, range.bit >= 0 ? range.count : 0);
    }
}

int64_t stats_rank(const int64_t *samples, size_t count, unsigned per_mille)
{
    CHECK(count > 0 && per_mille <= 1000);
    /* ceil(count * per_mille / 1000) without a product that could overflow */
    size_t whole = count / 1000 * per_mille;
    size_t rest = (count % 1000 * per_mille + 999) / 1000;
    size_t rank = whole + rest;

    return samples[rank == 0 ? 0 : rank - 1];
}

size_t stats_below(const int64_t *samples, size_t count, int64_t bound)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (samples[middle] < bound) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
