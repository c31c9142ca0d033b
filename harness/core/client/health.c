#include "core/client/health.h"

#include "base/check.h"

#define LATENCY_HALVES_EVERY (5 * NANOS_PER_S)
#define BEATEN_MAX           3
#define SHARE_PPM_MIN        (RATIO_ONE / 10)

/* Far before any time, and safe to subtract. */
#define LONG_AGO (INT64_MIN / 2)

void health_init(struct health *health,
                 const struct client_settings *settings,
                 struct outbox *outbox,
                 uint16_t node,
                 nanos *recent)
{
    *health = (struct health){
        .settings = settings,
        .outbox = outbox,
        .recent = recent,
        .healthy_since = LONG_AGO,
        .ejected_until = LONG_AGO,
        .pushed_back_until = LONG_AGO,
        .latency_at = LONG_AGO,
        .renewed_at = LONG_AGO,
        .node = node,
        .belief = BELIEF_HEALTHY,
    };
}

/* Who ejects. */
enum ejection {
    EJECTION_BY_REQUEST,
    EJECTION_BY_PROBE,
    EJECTION_BY_BREAKER,
};

/* Tried, and not here: counters survive no change of belief. */
static void health_enter(struct health *health, nanos now, enum belief belief, const char *why)
{
    CHECK(belief != health->belief);
    CHECK(belief != BELIEF_PROBING || health->belief == BELIEF_FAILED);

    if (belief == BELIEF_HEALTHY) {
        health->healthy_since = now;
    }
    health->belief = belief;
    health->generation++;
    health->failures = 0;
    health->probe_failures = 0;
    health->probe_passes = 0;
    health->trials_passed = 0;
    health->beaten = 0;
    outbox_add(health->outbox, (struct output){
                                   .kind = OUTPUT_BELIEF,
                                   .node = health->node,
                                   .belief = {.why = why, .belief = belief},
                               });
}

static const char *why_ejected(enum outcome cause, enum ejection ejection)
{
    switch (ejection) {
    case EJECTION_BY_PROBE:
        return "probe";
    case EJECTION_BY_BREAKER:
        return "breaker";
    case EJECTION_BY_REQUEST:
        break;
    }
    return cause == OUTCOME_ANSWER ? "status" : outcome_word(cause);
}

static nanos next_ejection_ns(const struct health *health)
{
    const struct client_settings *settings = health->settings;

    if (health->ejection_ns == 0) {
        return settings->eject_for;
    }
    return nanos_min(nanos_add(health->ejection_ns, health->ejection_ns),
                     nanos_max(settings->eject_for, settings->eject_for_max));
}

static enum health_change
health_eject(struct health *health, nanos now, enum outcome cause, enum ejection ejection)
{
    bool by_probe = ejection == EJECTION_BY_PROBE;
    bool by_breaker = ejection == EJECTION_BY_BREAKER;

    if (health->belief == BELIEF_HEALTHY && now - health->healthy_since >= health->ejection_ns) {
        health->ejection_ns = 0;
        health->trials_timed_out = 0;
    }
    health->ejection_ns = by_breaker ? health->settings->breaker.open : next_ejection_ns(health);
    health->ejected_until = nanos_add(now, health->ejection_ns);
    health->cause = cause;
    health->by_probe = by_probe;
    health->by_breaker = by_breaker;
    health->seen_by_probe = by_probe || health->probe_failures > 0;
    health_enter(health, now, BELIEF_FAILED, why_ejected(cause, ejection));
    outbox_add(health->outbox, (struct output){.kind = OUTPUT_DROP, .node = health->node});
    return HEALTH_EJECTED;
}

/* A rolling window: the oldest of the last `failures` is still in it. */
static bool opens_breaker(struct health *health, nanos now)
{
    const struct breaker_settings *breaker = &health->settings->breaker;
    uint32_t place = health->failures++ % breaker->failures;

    health->recent[place] = now;
    if (health->failures < breaker->failures) {
        return false;
    }
    return now - health->recent[(place + 1) % breaker->failures] <= breaker->window;
}

static bool is_silence(enum outcome cause)
{
    return cause == OUTCOME_TIMEOUT || cause == OUTCOME_CONNECT_TIMEOUT;
}

enum health_change
health_failed(struct health *health, nanos now, uint32_t generation, enum outcome cause)
{
    if (generation != health->generation) {
        return HEALTH_SAME;
    }
    health->silent = is_silence(cause);
    if (health->belief != BELIEF_HEALTHY) {
        return HEALTH_SAME;
    }
    if (health->settings->breaker.enabled) {
        return opens_breaker(health, now) ? health_eject(health, now, cause, EJECTION_BY_BREAKER)
                                          : HEALTH_SAME;
    }
    return ++health->failures < health->settings->eject_after
               ? HEALTH_SAME
               : health_eject(health, now, cause, EJECTION_BY_REQUEST);
}

enum health_change health_beaten(struct health *health, nanos now, uint32_t generation)
{
    if (generation != health->generation || ++health->beaten < BEATEN_MAX) {
        return HEALTH_SAME;
    }
    health->beaten = 0;
    return health_failed(health, now, generation, OUTCOME_TIMEOUT);
}

static uint32_t trials_max(const struct health *health)
{
    return health->settings->breaker.enabled ? health->settings->breaker.trials : 1;
}

enum health_change health_passed(struct health *health, nanos now, uint32_t generation)
{
    if (generation != health->generation || health->isolated) {
        return HEALTH_SAME;
    }
    health->beaten = 0;
    if (!health->settings->breaker.enabled) {
        health->failures = 0;
    }
    if (health->belief == BELIEF_HEALTHY ||
        (health->belief == BELIEF_PROBING && ++health->trials_passed < trials_max(health))) {
        return HEALTH_SAME;
    }
    health_enter(health, now, BELIEF_HEALTHY, health->belief == BELIEF_PROBING ? "trial" : "panic");
    return HEALTH_BACK;
}

static void age_latency(struct health *health, nanos now, nanos latency_ns)
{
    nanos aged_ns = health_latency(health, now);

    health->latency_aged_ns = aged_ns == 0 ? nanos_max(latency_ns, 1)
                                           : nanos_max(aged_ns + (latency_ns - aged_ns) / 8, 1);
    health->latency_at = now;
}

/* RFC 6298, section 2: gains of 1/8 and 1/4. */
void health_took(struct health *health, nanos now, nanos latency_ns)
{
    age_latency(health, now, latency_ns);
    if (health->latency_smooth_ns == 0) {
        health->latency_smooth_ns = nanos_max(latency_ns, 1);
        health->latency_spread_ns = latency_ns / 2;
        return;
    }
    nanos error_ns = latency_ns - health->latency_smooth_ns;
    nanos distance_ns = error_ns < 0 ? -error_ns : error_ns;
    health->latency_spread_ns += (distance_ns - health->latency_spread_ns) / 4;
    health->latency_smooth_ns = nanos_max(health->latency_smooth_ns + error_ns / 8, 1);
}

nanos health_latency(const struct health *health, nanos now)
{
    nanos halvings = (now - health->latency_at) / LATENCY_HALVES_EVERY;

    if (health->latency_aged_ns == 0) {
        return 0;
    }
    return nanos_max(halvings < 63 ? health->latency_aged_ns >> halvings : 0, 1);
}

uint32_t health_share_ppm(const struct health *health, nanos now)
{
    nanos ramp_ns = health->settings->slow_start;
    nanos since = now - health->healthy_since;

    if (since >= ramp_ns) {
        return RATIO_ONE;
    }
    nanos gained = (RATIO_ONE - SHARE_PPM_MIN) * (since / NANOS_PER_US) / (ramp_ns / NANOS_PER_US);
    return (uint32_t)(SHARE_PPM_MIN + gained);
}

bool health_trial_is_due(const struct health *health, nanos now)
{
    if (health->trials_under_way + health->trials_passed >= trials_max(health) ||
        now < health->pushed_back_until || health->isolated) {
        return false;
    }
    /* Half-open until a verdict: the last trial ended with neither good nor bad news (a 4xx, say).
     */
    if (health->belief == BELIEF_PROBING) {
        return true;
    }
    return health->belief == BELIEF_FAILED && now >= health->ejected_until &&
           (!health->settings->health_check.enabled || health->probe_passes > 0);
}

void health_trial_begin(struct health *health, nanos now)
{
    CHECK(health->trials_under_way < trials_max(health));
    health->trials_under_way++;
    if (health->belief != BELIEF_PROBING) {
        health_enter(health, now, BELIEF_PROBING, "trial");
    }
}

void health_trial_over(struct health *health)
{
    CHECK(health->trials_under_way > 0);
    health->trials_under_way--;
}

nanos health_trial_limit(const struct health *health)
{
    if (health->latency_smooth_ns == 0) {
        return NANOS_NEVER;
    }
    nanos limit_ns =
        nanos_max(health->latency_smooth_ns + 4 * health->latency_spread_ns, ATTEMPT_NS_MIN);

    for (uint32_t i = 0; i < health->trials_timed_out / 2 && limit_ns != NANOS_NEVER; i++) {
        limit_ns = nanos_add(limit_ns, limit_ns);
    }
    return limit_ns;
}

enum health_change
health_trial_failed(struct health *health, nanos now, uint32_t generation, enum outcome cause)
{
    if (generation != health->generation) {
        return HEALTH_SAME;
    }
    health->silent = is_silence(cause);
    if (cause == OUTCOME_TIMEOUT) {
        health->trials_timed_out++;
    }
    return health_eject(health, now, cause,
                        health->settings->breaker.enabled ? EJECTION_BY_BREAKER
                                                          : EJECTION_BY_REQUEST);
}

enum health_change
health_probe_failed(struct health *health, nanos now, uint32_t generation, bool silent)
{
    health->seen_by_probe |= health->belief != BELIEF_HEALTHY;
    if (generation != health->generation) {
        return HEALTH_SAME;
    }
    health->probe_passes = 0;
    health->silent = silent;
    if (++health->probe_failures < health->settings->health_check.fall ||
        health->belief != BELIEF_HEALTHY) {
        return HEALTH_SAME;
    }
    return health_eject(health, now, silent ? OUTCOME_TIMEOUT : OUTCOME_ANSWER, EJECTION_BY_PROBE);
}

/* A probe says nothing about what it does not exercise: requests that get 5xx or half an answer, or
   that hang on a node whose health endpoint never failed. Such a node would be back at every probe,
   and hurt callers each time. */
static bool probes_can_tell(const struct health *health)
{
    if (health->by_breaker || health->isolated) {
        return false;
    }
    switch (health->cause) {
    case OUTCOME_REFUSED:
    case OUTCOME_CONNECT_TIMEOUT:
    case OUTCOME_RESET:
        return true;
    case OUTCOME_TIMEOUT:
        return health->seen_by_probe;
    case OUTCOME_ANSWER:
    case OUTCOME_TRUNCATED:
    case OUTCOME_MOVED:
    case OUTCOME_BEATEN:
    case OUTCOME_CANCELLED:
    case OUTCOME_CLIENT_ERROR:
    case OUTCOME_UNSENT:
    case OUTCOME_UNFINISHED:
    case OUTCOMES:
    default:
        return health->by_probe;
    }
}

enum health_change health_probe_passed(struct health *health, nanos now, uint32_t generation)
{
    if (generation != health->generation) {
        return HEALTH_SAME;
    }
    health->probe_failures = 0;
    health->probe_passes++;
    if (health->belief == BELIEF_HEALTHY || health->trials_under_way > 0 ||
        !probes_can_tell(health) || health->probe_passes < health->settings->health_check.rise) {
        return HEALTH_SAME;
    }
    health_enter(health, now, BELIEF_HEALTHY, "passed");
    return HEALTH_BACK;
}

void health_push_back(struct health *health, nanos until)
{
    health->pushed_back_until = nanos_max(health->pushed_back_until, until);
}

enum health_change health_isolate(struct health *health, nanos now)
{
    if (health->isolated) {
        return HEALTH_SAME;
    }
    health->isolated = true;
    if (health->belief == BELIEF_FAILED) {
        health->generation++;
    } else {
        health_enter(health, now, BELIEF_FAILED, "isolated");
        outbox_add(health->outbox, (struct output){.kind = OUTPUT_DROP, .node = health->node});
    }
    return HEALTH_ISOLATED;
}

enum health_change health_release(struct health *health, nanos now)
{
    if (!health->isolated) {
        return HEALTH_SAME;
    }
    health->isolated = false;
    health_enter(health, now, BELIEF_HEALTHY, "released");
    return HEALTH_BACK;
}

void health_forget(struct health *health, nanos now)
{
    health->isolated = false;
    if (health->belief == BELIEF_HEALTHY) {
        health->generation++;
    } else {
        health_enter(health, now, BELIEF_HEALTHY, "reset");
    }
    health->failures = 0;
    health->probe_failures = 0;
    health->healthy_since = LONG_AGO; /* so the next ejection begins a new row */
}
