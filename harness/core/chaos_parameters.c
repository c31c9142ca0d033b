#include "core/chaos_parameters.h"

#define MILLISECONDS(count) ((count)*NANOS_PER_MS)
#define COUNT_OF(array)     (sizeof(array) / sizeof((array)[0]))

#define HALF          500000 /* ppm */
#define QUARTER       250000
#define PERCENT       10000
#define CORRUPT_LEAST 1 /* per mille of the bytes: most answers stay whole */
#define CORRUPT_MOST  20
#define CUT_MOST      64 /* bytes of a body */
#define RESET_MOST    512

static int64_t pick(struct prng *prng, const int64_t *values, size_t count)
{
    return values[prng_below(prng, count)];
}

/* All of them, or a share of 10% to 90%, as likely. */
static uint32_t draw_share(struct prng *prng)
{
    if (prng_chance(prng, HALF)) {
        return RATIO_ONE;
    }
    return (uint32_t)prng_between(prng, 1, 9) * 10 * PERCENT;
}

static void draw_status(struct prng *prng, struct fault_parameters *parameters)
{
    static const int64_t statuses[] = {500, 502, 503, 504};
    parameters->statuses[0] = (uint16_t)pick(prng, statuses, COUNT_OF(statuses));
    parameters->status_count = 1;
}

static void draw_respond(struct prng *prng, struct fault_parameters *parameters)
{
    draw_status(prng, parameters);
    parameters->ratio_ppm = draw_share(prng);
    parameters->after_commit = prng_chance(prng, QUARTER);
    if (parameters->statuses[0] == 503 && prng_chance(prng, HALF)) {
        parameters->retry_after = NANOS_PER_S;
    }
}

static void draw_lateness(struct prng *prng,
                          struct fault_parameters *parameters,
                          const int64_t *latenesses,
                          size_t count)
{
    parameters->by = pick(prng, latenesses, count);
    parameters->jitter = parameters->by / 4 * prng_between(prng, 0, 2);
}

static void draw_slow(struct prng *prng, struct fault_parameters *parameters)
{
    static const int64_t latenesses[] = {MILLISECONDS(100), MILLISECONDS(200), MILLISECONDS(400),
                                         MILLISECONDS(800), MILLISECONDS(2000)};
    draw_lateness(prng, parameters, latenesses, COUNT_OF(latenesses));
    parameters->ratio_ppm = draw_share(prng);
}

static void draw_delay(struct prng *prng, struct fault_parameters *parameters)
{
    static const int64_t latenesses[] = {MILLISECONDS(20), MILLISECONDS(40), MILLISECONDS(100),
                                         MILLISECONDS(200), MILLISECONDS(400)};
    draw_lateness(prng, parameters, latenesses, COUNT_OF(latenesses));
    parameters->of_ppm = draw_share(prng);
}

/* Doubled some times: small and large rates are as likely. */
static uint64_t draw_rate(struct prng *prng, uint64_t least, unsigned doublings)
{
    return least << prng_below(prng, doublings + 1);
}

struct fault_parameters chaos_parameters(struct prng *prng, enum fault_kind kind)
{
    struct fault_parameters parameters = scenario_fault_defaults(kind);
    switch (kind) {
    case FAULT_RESPOND:
        draw_respond(prng, &parameters);
        break;
    case FAULT_GRAY:
        draw_status(prng, &parameters);
        break;
    case FAULT_SLOW:
        draw_slow(prng, &parameters);
        break;
    case FAULT_STALL:
    case FAULT_TRUNCATE:
        parameters.after_bytes = prng_below(prng, CUT_MOST + 1);
        break;
    case FAULT_TRICKLE:
        parameters.rate_bytes = draw_rate(prng, 8, 7);
        break;
    case FAULT_RESET:
        parameters.after_bytes = prng_chance(prng, HALF) ? 0 : prng_below(prng, RESET_MOST) + 1;
        parameters.of_ppm = draw_share(prng);
        break;
    case FAULT_DELAY:
    case FAULT_SLOW_CLOSE:
        draw_delay(prng, &parameters);
        break;
    case FAULT_THROTTLE:
        parameters.rate_bytes = draw_rate(prng, 128, 7);
        parameters.of_ppm = draw_share(prng);
        break;
    case FAULT_CORRUPT:
        parameters.ratio_ppm = (uint32_t)prng_between(prng, CORRUPT_LEAST, CORRUPT_MOST) * 1000;
        parameters.of_ppm = draw_share(prng);
        break;
    case FAULT_BLACKHOLE:
        parameters.direction = (enum direction)prng_below(prng, DIRECTION_OUT + 1);
        parameters.of_ppm = draw_share(prng);
        break;
    case FAULT_KILL:
    case FAULT_TERMINATE:
    case FAULT_PAUSE:
    case FAULT_RESTART:
    case FAULT_REFUSE:
    case FAULT_HANG:
    case FAULT_UNHEALTHY:
    case FAULT_WRONG_ROLE:
    case FAULT_FLAP:
    case FAULT_PARTITION:
    case FAULT_SWITCH_TO:
    case FAULT_ISOLATE:
    case FAULT_RESET_FAILED:
    case FAULT_KINDS:
        break;
    }
    return parameters;
}
