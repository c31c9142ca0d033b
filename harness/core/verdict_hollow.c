/* Reasons not to let a run pass that kept every bound: nothing worked in it, or undisturbed as it
   was it did not work well, and nobody had asked. A run that fails has no need of them. */
#include "core/verdict_parts.h"

static bool any_success(const struct measurement *measurement)
{
    for (size_t i = 0; i < measurement->request_count; i++) {
        if (measurement->requests[i].success) {
            return true;
        }
    }
    return measurement->stream_events > 0; /* streams are callers too */
}

static bool bounds_between(const struct scenario *scenario, enum metric first, enum metric last)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        enum metric metric = scenario->expectations[i].metric;
        if (metric >= first && metric <= last) {
            return true;
        }
    }
    return false;
}

static bool bounds(const struct scenario *scenario, enum metric metric)
{
    return bounds_between(scenario, metric, metric);
}

static bool bounds_failures(const struct scenario *scenario)
{
    return bounds(scenario, METRIC_FAILED_REQUESTS) || bounds(scenario, METRIC_SUCCESSES) ||
           bounds(scenario, METRIC_SUCCESS_RATIO);
}

static bool bounds_slowness(const struct scenario *scenario)
{
    _Static_assert(METRIC_SERVICE_MAX - METRIC_LATENCY_P50 == 14,
                   "in a row: latency, latency_ok, service");
    return bounds_between(scenario, METRIC_LATENCY_P50, METRIC_SERVICE_MAX);
}

static bool bounds_silence(const struct scenario *scenario)
{
    return bounds(scenario, METRIC_STREAM_GAP) || bounds(scenario, METRIC_STREAM_SWITCHOVER);
}

/* Without a fault all of the traffic is what elsewhere comes before the first: held to the same,
   but for what the scenario bounds in its own way. NULL: nothing to object to. */
static const char *undisturbed_text(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;
    const struct scenario *scenario = doubts->scenario;
    unsigned long long all = measurement->baseline_requests;
    unsigned long long slow = measurement->baseline_slow;

    if (measurement->baseline_failed > 0 && !bounds_failures(scenario)) {
        return arena_printf(doubts->arena,
                            "%llu of %llu requests failed without any fault; bound "
                            "'failed_requests' or 'success_ratio' if that is allowed",
                            (unsigned long long)measurement->baseline_failed, all);
    }
    if (slow * 100 > all * VERDICT_BASELINE_SLOW_PERCENT && !bounds_slowness(scenario)) {
        return arena_printf(doubts->arena,
                            "%llu of %llu requests were slow without any fault, more than %u %%; "
                            "bound 'latency.p99', say, if that is allowed",
                            slow, all, VERDICT_BASELINE_SLOW_PERCENT);
    }
    if (measurement->baseline_silences > 0 && !bounds_silence(scenario)) {
        return arena_printf(doubts->arena,
                            "streams were silent for too long %llu times without any fault; bound "
                            "'stream_gap' if that is allowed",
                            (unsigned long long)measurement->baseline_silences);
    }
    return NULL;
}

bool verdict_find_hollow(struct arena *arena,
                         const struct scenario *scenario,
                         struct run_result *run)
{
    struct doubts doubts = {
        .arena = arena,
        .scenario = scenario,
        .measurement = &run->measurement,
        .list = &run->reasons,
    };
    const char *text = NULL;

    if (!any_success(&run->measurement)) {
        text = "not one request succeeded; that no bound was missed proves nothing";
    } else if (run->measurement.first_fault == NANOS_NEVER) {
        text = undisturbed_text(&doubts);
    }
    if (text != NULL) {
        verdict_doubt_add(&doubts, REASON_BASELINE_UNHEALTHY, text);
    }
    return text != NULL;
}
