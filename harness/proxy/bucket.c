#include "proxy/bucket.h"

#include "base/check.h"

#define BURST_TIME      (10 * NANOS_PER_MS)
#define BURST_BYTES_MAX UINT64_C(65536)
#define RATE_MAX        (UINT64_C(1) << 40)

static uint64_t scale(uint64_t value, uint64_t by, uint64_t over)
{
    __extension__ unsigned __int128 product = value;

    product *= by;
    return (uint64_t)(product / over);
}

static uint64_t burst_of(uint64_t rate_bytes)
{
    uint64_t burst = scale(rate_bytes, BURST_TIME, NANOS_PER_S);

    if (burst > BURST_BYTES_MAX) {
        return BURST_BYTES_MAX;
    }
    return burst == 0 ? 1 : burst;
}

static nanos time_of(const struct bucket *bucket, uint64_t tokens)
{
    return (nanos)scale(tokens, NANOS_PER_S, bucket->rate_bytes);
}

struct bucket bucket_of(uint64_t rate_bytes, nanos now)
{
    uint64_t rate = rate_bytes > RATE_MAX ? RATE_MAX : rate_bytes;

    CHECK(rate > 0);
    return (struct bucket){.rate_bytes = rate, .tokens = burst_of(rate), .filled_at = now};
}

uint64_t bucket_tokens(struct bucket *bucket, nanos now)
{
    uint64_t burst = burst_of(bucket->rate_bytes);
    uint64_t came = 0;

    if (now <= bucket->filled_at) {
        return bucket->tokens;
    }
    came = scale((uint64_t)(now - bucket->filled_at), bucket->rate_bytes, NANOS_PER_S);
    if (came >= burst - bucket->tokens) {
        bucket->tokens = burst;
        bucket->filled_at = now;
    } else {
        bucket->tokens += came;
        bucket->filled_at += time_of(bucket, came);
    }
    return bucket->tokens;
}

void bucket_take(struct bucket *bucket, uint64_t bytes)
{
    CHECK(bytes <= bucket->tokens);
    bucket->tokens -= bytes;
}

nanos bucket_again(const struct bucket *bucket)
{
    uint64_t wanted = (burst_of(bucket->rate_bytes) + 1) / 2;

    if (bucket->tokens >= wanted) {
        return bucket->filled_at;
    }
    return bucket->filled_at + time_of(bucket, wanted - bucket->tokens) + 1;
}
