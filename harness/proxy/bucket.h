/* A token bucket: how many bytes may pass by now at a rate; pure, the time is an argument.
   The bucket holds what flows in 10 ms (at least 1 byte, at most 64 KiB), so that a throttled
   connection looks slow, not bursty. What is less than a byte
   is kept for the next look. */
#ifndef BASCULE_PROXY_BUCKET_H
#define BASCULE_PROXY_BUCKET_H

#include "base/nanos.h"

#include <stdint.h>

struct bucket {
    uint64_t rate_bytes; /* a second, at least 1 */
    uint64_t tokens;
    nanos filled_at; /* the tokens are those of this moment */
};

struct bucket bucket_of(uint64_t rate_bytes, nanos now); /* full */
uint64_t bucket_tokens(struct bucket *bucket, nanos now);
void bucket_take(struct bucket *bucket, uint64_t bytes); /* not more than there are */
/* When the bucket is next worth a look: half full, or its one token there. */
nanos bucket_again(const struct bucket *bucket);

#endif
