#include "core/measure_parts.h"

#include "core/stats.h"

struct latency_summary measure_totals_summary(int64_t *samples, size_t count)
{
    if (count == 0) {
        return (struct latency_summary){.p50 = {.state = FIGURE_ABSENT}};
    }
    stats_sort(samples, count);
    return (struct latency_summary){
        .p50 = figure_of(stats_rank(samples, count, 500)),
        .p90 = figure_of(stats_rank(samples, count, 900)),
        .p99 = figure_of(stats_rank(samples, count, 990)),
        .p999 = figure_of(stats_rank(samples, count, 999)),
        .max = figure_of(samples[count - 1]),
    };
}

static void set_summary(struct figure *metrics, enum metric first, struct latency_summary summary)
{
    _Static_assert(METRIC_LATENCY_MAX - METRIC_LATENCY_P50 == 4 &&
                       METRIC_LATENCY_OK_MAX - METRIC_LATENCY_OK_P50 == 4 &&
                       METRIC_SERVICE_MAX - METRIC_SERVICE_P50 == 4,
                   "five in a row: p50 p90 p99 p999 max");
    metrics[first] = summary.p50;
    metrics[first + 1] = summary.p90;
    metrics[first + 2] = summary.p99;
    metrics[first + 3] = summary.p999;
    metrics[first + 4] = summary.max;
}

static void count_latencies(struct measuring *m)
{
    const struct measurement *ret = m->ret;
    int64_t *all = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 1);
    int64_t *ok = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 1);
    int64_t *service = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 1);
    size_t all_count = 0;
    size_t ok_count = 0;
    size_t service_count = 0;

    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        if (record->cancelled) {
            continue;
        }
        all[all_count++] = record->ended - record->due;
        if (record->success) {
            ok[ok_count++] = record->ended - record->due;
        }
        if (record->started != NANOS_NEVER) {
            service[service_count++] = record->ended - record->started;
        }
    }
    struct figure *metrics = m->ret->metrics;
    set_summary(metrics, METRIC_LATENCY_P50, measure_totals_summary(all, all_count));
    set_summary(metrics, METRIC_LATENCY_OK_P50, measure_totals_summary(ok, ok_count));
    set_summary(metrics, METRIC_SERVICE_P50, measure_totals_summary(service, service_count));
}

static void count_baseline(struct measuring *m)
{
    struct measurement *ret = m->ret;

    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        if (record->ended < ret->first_fault) {
            ret->baseline_requests++;
            ret->baseline_failed += record->failed;
            ret->baseline_slow += record->disturbed && !record->failed;
        }
        if (record->outcome == OUTCOME_UNSENT && record->due < ret->first_fault) {
            ret->overload_before_fault = true;
        }
    }
}

void measure_totals_fill(struct measuring *m)
{
    const struct measurement *ret = m->ret;
    struct figure *metrics = m->ret->metrics;
    int64_t successes = 0;
    int64_t failed = 0;
    int64_t answered_4xx = 0;
    int64_t cancelled = 0;
    int64_t unavoidable = 0;
    int64_t requests = (int64_t)ret->request_count;

    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        successes += record->success;
        failed += record->failed && !record->unavoidable;
        answered_4xx += !record->success && !record->failed && !record->cancelled;
        cancelled += record->cancelled;
        unavoidable += record->unavoidable;
    }
    metrics[METRIC_REQUESTS] = figure_of(requests);
    metrics[METRIC_SUCCESSES] = figure_of(successes);
    metrics[METRIC_ANSWERED_4XX] = figure_of(answered_4xx);
    metrics[METRIC_FAILED_REQUESTS] = figure_of(failed);
    metrics[METRIC_CANCELLED] = figure_of(cancelled);
    metrics[METRIC_UNAVOIDABLE] = figure_of(unavoidable);
    if (requests > cancelled) {
        metrics[METRIC_SUCCESS_RATIO] = figure_of(successes * RATIO_ONE / (requests - cancelled));
    }
    count_latencies(m);
    count_baseline(m);
}
