#include "base/prng.h"

#include "base/check.h"

static const uint32_t one_million = 1000000;

static uint64_t rotate_left(uint64_t value, int bits)
{
    return (value << bits) | (value >> (64 - bits));
}

/* splitmix64 (Steele, Lea and Flood, 2014; constants by Vigna). */
static uint64_t split_next(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

void prng_init(struct prng *prng, uint64_t seed, uint64_t stream)
{
    uint64_t source = seed;

    /* Mixed again after the stream came in: neighbouring streams must start far from each other. */
    source = split_next(&source) + stream;
    source = split_next(&source);
    for (int i = 0; i < 4; i++) {
        prng->state[i] = split_next(&source);
    }
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *state = prng->state;
    uint64_t result = rotate_left(state[0] + state[3], 23) + state[0];
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    CHECK(bound > 0);
    /* 2^64 mod bound: that many of the low halves would be hit once too often. */
    uint64_t surplus = (0 - bound) % bound;

    for (;;) {
        __extension__ unsigned __int128 product = prng_next(prng);
        product *= bound;
        if ((uint64_t)product >= surplus) {
            return (uint64_t)(product >> 64);
        }
    }
}

int64_t prng_between(struct prng *prng, int64_t low, int64_t high)
{
    CHECK(low <= high);
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t offset = span == UINT64_MAX ? prng_next(prng) : prng_below(prng, span + 1);

    return (int64_t)((uint64_t)low + offset);
}

bool prng_chance(struct prng *prng, uint32_t ppm)
{
    return prng_below(prng, one_million) < ppm;
}
