/* Several runs of the scenario of verdict_fixture.h, healthy unless a test spoils them. */
#ifndef BASCULE_TESTS_VERDICT_SERIES_H
#define BASCULE_TESTS_VERDICT_SERIES_H

#include "unit/core/verdict_fixture.h"

enum { RUNS_MAX = 20 };

struct series {
    struct fixture base; /* scenario and arena */
    struct disturbance disturbances[RUNS_MAX][2];
    struct run_result runs[RUNS_MAX];
    struct scenario_result result;
};

static inline void series_init(struct series *series, size_t run_count)
{
    memset(series, 0, sizeof(*series));
    fixture_init(&series->base);
    for (uint32_t i = 0; i < run_count; i++) {
        series->disturbances[i][0] = fixture_disturbance();
        series->disturbances[i][1] = fixture_disturbance();
        series->runs[i] = series->base.run;
        series->runs[i].index = i;
        series->runs[i].rerun_of = UINT32_MAX;
        series->runs[i].measurement.disturbances = series->disturbances[i];
    }
    series->result = (struct scenario_result){
        .scenario = &series->base.scenario,
        .runs = series->runs,
        .run_count = run_count,
    };
}

static inline void series_done(struct series *series)
{
    fixture_done(&series->base);
}

static inline void set_switchover(struct series *series, size_t run, nanos value)
{
    series->disturbances[run][0].switchover = figure_of(value);
}

static inline enum verdict series_judge(struct series *series)
{
    struct fixture *base = &series->base;

    for (size_t i = 0; i < series->result.run_count; i++) {
        verdict_run(&base->arena, &base->scenario, &base->journal, &series->runs[i]);
    }
    verdict_scenario(&base->arena, &series->result);
    return series->result.verdict;
}

static inline void put_in_doubt(struct series *series, size_t run)
{
    series->runs[run].measurement.start_lateness.p99 = NANOS_PER_S;
}

static inline const char *reason_of(const struct series *series, const char *code)
{
    return fixture_reason(&series->result.reasons, code);
}

#endif
