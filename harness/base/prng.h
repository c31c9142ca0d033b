/* Seeded random numbers in independent streams, the same on every machine; it refuses to seed
 * itself. */
#ifndef BASCULE_BASE_PRNG_H
#define BASCULE_BASE_PRNG_H

#include <stdbool.h>
#include <stdint.h>

/* xoshiro256++ (Blackman and Vigna, 2019), its state filled by splitmix64 from (seed, stream). */
struct prng {
    uint64_t state[4];
};

/* One stream a component, so that a change in one does not shift the choices of another. */
void prng_init(struct prng *prng, uint64_t seed, uint64_t stream);
uint64_t prng_next(struct prng *prng);
/* Uniform in [0, bound), without modulo bias (Lemire's method); bound above 0. */
uint64_t prng_below(struct prng *prng, uint64_t bound);
/* Uniform in [low, high], both included. */
int64_t prng_between(struct prng *prng, int64_t low, int64_t high);
/* True with the probability ppm / 1,000,000. */
bool prng_chance(struct prng *prng, uint32_t ppm);

#endif
