#include "core/pacer.h"

#include "base/check.h"
#include "core/plan.h"

__extension__ typedef __int128 wide;

/* rate_micro is requests in 10^6 seconds, which are 10^15 nanoseconds. */
static const wide rate_span_ns = (wide)1000000 * NANOS_PER_S;

/* Rounded down also below zero; divisor above 0. */
static wide floor_divide(wide dividend, wide divisor)
{
    wide quotient = dividend / divisor;

    return quotient * divisor > dividend ? quotient - 1 : quotient;
}

/* The smallest n with n / rate >= time, compared exactly. */
static int64_t first_number_from(nanos time, uint64_t rate_micro)
{
    return (int64_t)-floor_divide(-(wide)time * (wide)rate_micro, rate_span_ns);
}

void pacer_init(struct pacer *pacer, const struct scenario *scenario, uint64_t seed)
{
    const struct traffic *traffic = &scenario->traffic;

    *pacer = (struct pacer){.traffic = traffic};
    prng_init(&pacer->mix, seed, PRNG_STREAM_MIX);
    prng_init(&pacer->cancel, seed, PRNG_STREAM_CANCEL);
    if (traffic->rate_micro == 0 || traffic->request_count == 0) {
        return;
    }
    pacer->first = first_number_from(-scenario->warmup, traffic->rate_micro);
    pacer->end = first_number_from(scenario->duration, traffic->rate_micro);
    pacer->number = pacer->first;
}

static nanos due_of(const struct pacer *pacer, int64_t number)
{
    return (nanos)floor_divide(number * rate_span_ns, (wide)pacer->traffic->rate_micro);
}

nanos pacer_due(const struct pacer *pacer)
{
    return pacer->number >= pacer->end ? NANOS_NEVER : due_of(pacer, pacer->number);
}

nanos pacer_due_of(const struct pacer *pacer, uint32_t request)
{
    CHECK(request < pacer_taken(pacer));
    return due_of(pacer, pacer->first + request);
}

bool pacer_gives_up(struct pacer *pacer)
{
    return pacer->traffic->cancel_ppm > 0 &&
           prng_chance(&pacer->cancel, pacer->traffic->cancel_ppm);
}

static uint16_t draw_mix(struct pacer *pacer)
{
    const struct traffic *traffic = pacer->traffic;
    uint64_t drawn = prng_below(&pacer->mix, traffic->weight_total);
    size_t kind = 0;

    while (drawn >= traffic->requests[kind].weight) {
        drawn -= traffic->requests[kind].weight;
        kind++;
        CHECK(kind < traffic->request_count);
    }
    return (uint16_t)kind;
}

void pacer_take(struct pacer *pacer, uint32_t *ret_request, uint16_t *ret_mix)
{
    CHECK(pacer->number < pacer->end);
    *ret_request = (uint32_t)(pacer->number - pacer->first);
    *ret_mix = draw_mix(pacer);
    pacer->number++;
}
