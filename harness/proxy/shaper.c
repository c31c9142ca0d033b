#include "proxy/shaper.h"

#include "base/figure.h"

#include <stdint.h>

bool shaper_knows(const struct proxy_fault *order)
{
    if (order->direction > PROXY_OUT || order->of_ppm > RATIO_ONE || order->ratio_ppm > RATIO_ONE ||
        order->by < 0 || order->jitter < 0) {
        return false;
    }
    if (order->kind == PROXY_FAULT_THROTTLE && order->rate_bytes == 0) {
        return false;
    }
    return order->kind < PROXY_FAULT_KINDS;
}

bool shaper_chooses(const struct proxy_fault *order, uint64_t seed, uint64_t connection)
{
    struct prng prng;

    prng_init(&prng, seed ^ ((uint64_t)order->node << 32 | order->fault), connection);
    return prng_chance(&prng, order->of_ppm);
}

void shaper_init(struct shaper *shaper, enum proxy_direction direction, uint64_t seed)
{
    *shaper = (struct shaper){.direction = direction, .shape = {.plain = true}};
    prng_init(&shaper->prng, seed, direction);
}

/* Where a grip of that kind has its place in this direction; NULL: it says nothing here. */
static struct grip **place_of(struct shaper *shaper, const struct proxy_fault *order)
{
    struct shape *shape = &shaper->shape;
    bool outward = shaper->direction == PROXY_OUT;

    if (order->kind == PROXY_FAULT_BLACKHOLE) {
        bool meant = order->direction == PROXY_BOTH || order->direction == shaper->direction;

        return meant ? &shape->blackhole : NULL;
    }
    if (order->kind == PROXY_FAULT_THROTTLE) {
        return &shape->throttle;
    }
    if (order->kind == PROXY_FAULT_SLOW_CLOSE) {
        return &shape->slow_close;
    }
    if (!outward) {
        return NULL;
    }
    if (order->kind == PROXY_FAULT_DELAY) {
        return &shape->delay;
    }
    if (order->kind == PROXY_FAULT_CORRUPT) {
        return &shape->corrupt;
    }
    if (order->kind == PROXY_FAULT_RESET) {
        return &shape->reset;
    }
    if (order->kind == PROXY_FAULT_STALL) {
        return &shape->stall;
    }
    return order->kind == PROXY_FAULT_TRUNCATE ? &shape->truncate : NULL;
}

void shaper_follow(struct shaper *shaper, struct grip *grips, nanos now)
{
    const struct grip *throttle = shaper->shape.throttle;

    shaper->shape = (struct shape){.plain = true};
    for (struct grip *grip = grips; grip != NULL; grip = grip->next) {
        struct grip **place = place_of(shaper, &grip->fault->order);

        if (place != NULL) {
            *place = grip;
            shaper->shape.plain = shaper->shape.plain && place == &shaper->shape.slow_close;
        }
    }
    if (shaper->shape.throttle != NULL && shaper->shape.throttle != throttle) {
        shaper->bucket = bucket_of(shaper->shape.throttle->fault->order.rate_bytes, now);
    }
}

void grip_touch(struct grip *grip)
{
    if (!grip->touched) {
        grip->touched = true;
        grip->fault->hits++;
    }
}

/* Bytes until that cut. */
static uint64_t left_before(const struct shaper *shaper, const struct grip *grip)
{
    uint64_t passed = 0;

    if (grip == NULL) {
        return UINT64_MAX;
    }
    passed = shaper->passed - grip->from_bytes;
    return passed >= grip->fault->order.after_bytes ? 0 : grip->fault->order.after_bytes - passed;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct shaper_answer answer_way(enum shaper_way way)
{
    return (struct shaper_answer){.way = way, .again_at = NANOS_NEVER};
}

struct shaper_answer shaper_ask(struct shaper *shaper, nanos now)
{
    const struct shape *shape = &shaper->shape;
    struct shaper_answer answer = answer_way(SHAPER_PASS);
    enum shaper_way ended = SHAPER_PASS;

    if (shape->blackhole != NULL) {
        grip_touch(shape->blackhole);
        return answer_way(SHAPER_HOLD);
    }
    ended = shaper_ended(shaper);
    if (ended != SHAPER_PASS) {
        return answer_way(ended);
    }
    if (left_before(shaper, shape->stall) == 0) {
        grip_touch(shape->stall);
        return answer_way(SHAPER_HOLD);
    }
    answer.bytes =
        smaller(left_before(shaper, shape->stall),
                smaller(left_before(shaper, shape->reset), left_before(shaper, shape->truncate)));
    if (shape->throttle != NULL) {
        answer.bytes = smaller(answer.bytes, bucket_tokens(&shaper->bucket, now));
        if (answer.bytes == 0) {
            grip_touch(shape->throttle);
            answer = answer_way(SHAPER_WAIT);
            answer.again_at = bucket_again(&shaper->bucket);
        }
    }
    return answer;
}

enum shaper_way shaper_ended(struct shaper *shaper)
{
    const struct shape *shape = &shaper->shape;

    if (left_before(shaper, shape->reset) == 0) {
        grip_touch(shape->reset);
        return SHAPER_RESET;
    }
    if (left_before(shaper, shape->truncate) == 0) {
        grip_touch(shape->truncate);
        return SHAPER_CLOSE;
    }
    return SHAPER_PASS;
}

static void corrupt(struct shaper *shaper, unsigned char *data, size_t size)
{
    struct grip *grip = shaper->shape.corrupt;

    for (size_t i = 0; i < size; i++) {
        if (prng_chance(&shaper->prng, grip->fault->order.ratio_ppm)) {
            data[i] ^= (unsigned char)(1U << prng_below(&shaper->prng, 8));
            grip_touch(grip);
        }
    }
}

static nanos later(struct shaper *shaper, struct grip *grip, nanos at)
{
    const struct proxy_fault *order = &grip->fault->order;
    nanos jitter = prng_between(&shaper->prng, -order->jitter, order->jitter);

    grip_touch(grip);
    return nanos_add(at, nanos_max(0, nanos_add(order->by, jitter)));
}

static nanos due_of(struct shaper *shaper, nanos now)
{
    struct grip *delay = shaper->shape.delay;

    return delay == NULL ? now : later(shaper, delay, now);
}

nanos shaper_hold(struct shaper *shaper, nanos due)
{
    struct grip *slow_close = shaper->shape.slow_close;

    return slow_close == NULL ? 0 : later(shaper, slow_close, due);
}

nanos shaper_take(struct shaper *shaper, nanos now, unsigned char *data, size_t size)
{
    shaper->passed += size;
    if (shaper->shape.throttle != NULL) {
        bucket_take(&shaper->bucket, size);
    }
    if (shaper->shape.corrupt != NULL) {
        corrupt(shaper, data, size);
    }
    shaper->last_due = nanos_max(shaper->last_due, due_of(shaper, now));
    return shaper->last_due;
}

bool shaper_is_dark(const struct shaper *shaper)
{
    return shaper->shape.blackhole != NULL;
}
