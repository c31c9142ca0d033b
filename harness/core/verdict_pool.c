/* One figure over all runs of a scenario that count. */
#include "base/check.h"
#include "core/stats.h"
#include "core/verdict_parts.h"

/* Above every value, so that it sorts last. */
static const int64_t infinite = INT64_MAX;

/* Which figures are pooled. */
struct pool_filter {
    enum metric metric;
    uint16_t node;
    uint32_t fault; /* only disturbances of that fault; FAULT_NONE: every active one */
};

struct pool {
    int64_t *samples;
    size_t count;
    nanos error; /* largest error bar among them */
    size_t runs; /* that gave one */
};

static void pool_add(struct pool *pool, struct figure figure, nanos error)
{
    if (figure.state == FIGURE_ABSENT) {
        return;
    }
    pool->samples[pool->count++] = figure.state == FIGURE_VALUE ? figure.value : infinite;
    pool->error = nanos_max(pool->error, error);
}

static bool is_per_disturbance(const struct pool_filter *filter)
{
    return metric_scope(filter->metric) == METRIC_SCOPE_DISTURBANCE ||
           (filter->metric == METRIC_FAILED_REQUESTS && filter->fault != FAULT_NONE);
}

static void pool_disturbances(struct pool *pool,
                              const struct measurement *measurement,
                              const struct pool_filter *filter)
{
    for (uint32_t i = 0; i < measurement->disturbance_count; i++) {
        const struct disturbance *disturbance = &measurement->disturbances[i];
        if (!disturbance->was_active) {
            continue;
        }
        if (filter->fault == FAULT_NONE ||
            verdict_disturbance_has_fault(measurement, i, filter->fault)) {
            pool_add(pool, verdict_disturbance_figure(disturbance, filter->metric),
                     disturbance->lateness_max);
        }
    }
}

static struct pool pool_collect(struct arena *scratch,
                                const struct scenario_result *result,
                                const struct pool_filter *filter)
{
    bool by_disturbance = is_per_disturbance(filter);
    size_t capacity = 0;

    for (size_t i = 0; i < result->run_count; i++) {
        capacity += by_disturbance ? result->runs[i].measurement.disturbance_count : 1;
    }
    struct pool pool = {.samples = ARENA_ARRAY(scratch, int64_t, capacity)};
    for (size_t i = 0; i < result->run_count; i++) {
        const struct measurement *measurement = &result->runs[i].measurement;
        if (result->runs[i].superseded) {
            continue;
        }
        size_t before = pool.count;
        if (by_disturbance) {
            pool_disturbances(&pool, measurement, filter);
        } else {
            pool_add(&pool, verdict_run_figure(measurement, filter->metric, filter->node),
                     verdict_run_error(measurement));
        }
        pool.runs += pool.count > before;
    }
    return pool;
}

static struct figure pool_rank(const struct pool *pool, unsigned per_mille)
{
    int64_t sample = stats_rank(pool->samples, pool->count, per_mille);

    if (sample == infinite) {
        return (struct figure){.state = FIGURE_UNRECOVERED};
    }
    return figure_of(sample);
}

static struct pooled_figure pool_summary(const struct pool *pool)
{
    if (pool->count == 0) {
        return (struct pooled_figure){0};
    }
    stats_sort(pool->samples, pool->count);
    return (struct pooled_figure){
        .n = pool->count,
        .min = pool_rank(pool, 0),
        .p50 = pool_rank(pool, 500),
        .p95 = pool_rank(pool, 950),
        .max = pool_rank(pool, 1000),
    };
}

struct pooled_figure verdict_pool(struct arena *scratch,
                                  const struct scenario_result *result,
                                  enum metric metric,
                                  uint16_t node)
{
    struct pool_filter filter = {.metric = metric, .node = node, .fault = FAULT_NONE};
    struct pool pool = pool_collect(scratch, result, &filter);

    return pool_summary(&pool);
}

static struct figure pick(const struct pooled_figure *summary, enum pooled pooled)
{
    switch (pooled) {
    case POOLED_MIN:
        return summary->min;
    case POOLED_P50:
        return summary->p50;
    case POOLED_P95:
        return summary->p95;
    case POOLED_MAX:
        return summary->max;
    case POOLED_NONE:
        break;
    }
    CHECK(false);
    return summary->max;
}

struct pooled_actual verdict_pooled_figure(struct arena *scratch,
                                           const struct scenario_result *result,
                                           const struct expectation *expectation)
{
    struct pool_filter filter = {
        .metric = expectation->metric,
        .node = expectation->node,
        .fault = expectation->fault,
    };
    struct pool pool = pool_collect(scratch, result, &filter);
    struct pooled_figure summary = pool_summary(&pool);

    return (struct pooled_actual){
        .figure = pick(&summary, expectation->pooled),
        .error = pool.error,
        .n = pool.count,
        .runs = pool.runs,
    };
}
