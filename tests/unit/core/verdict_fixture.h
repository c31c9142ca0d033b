/* A healthy run built by hand: one fault 'kill-1' at 3 s, recovered in 20 ms. Tests spoil one thing
 * each. */
#ifndef BASCULE_TESTS_VERDICT_FIXTURE_H
#define BASCULE_TESTS_VERDICT_FIXTURE_H

#include "core/verdict.h"

#include "base/text.h"

#include <string.h>

enum {
    FIXTURE_REQUESTS = 8,
    FIXTURE_FAULTS = 3,
    FIXTURE_DISTURBANCES = 3,
    FIXTURE_EXPECTATIONS = 4,
};

struct fixture {
    struct arena arena;
    struct journal journal;
    struct scenario scenario;
    struct fault faults[FIXTURE_FAULTS];
    struct expectation expectations[FIXTURE_EXPECTATIONS];
    struct request_record requests[FIXTURE_REQUESTS];
    struct fault_record records[FIXTURE_FAULTS];
    struct disturbance disturbances[FIXTURE_DISTURBANCES];
    struct figure share[2];
    struct run_result run;
};

static inline struct disturbance fixture_disturbance(void)
{
    return (struct disturbance){
        .kind = DISTURBANCE_FAULT,
        .onset = 3 * NANOS_PER_S,
        .end = 10 * NANOS_PER_S,
        .was_active = true,
        .recovered = true,
        .switchover = figure_of(20 * NANOS_PER_MS),
        .first_success = figure_of(15 * NANOS_PER_MS),
        .detection = figure_of(5 * NANOS_PER_MS),
        .outage = figure_of(25 * NANOS_PER_MS),
        .worst_latency = figure_of(30 * NANOS_PER_MS),
        .failed_requests = figure_of(2),
        .slow_requests = figure_of(3),
        .relapses = figure_of(0),
        .failback = figure_of(40 * NANOS_PER_MS),
        .lateness_max = 2 * NANOS_PER_MS,
    };
}

static inline void fixture_event(struct fixture *fixture, struct event event)
{
    journal_append(&fixture->journal, event);
}

static inline void
fixture_problem(struct fixture *fixture, nanos at, enum reason reason, const char *text)
{
    fixture_event(fixture, (struct event){.at = at,
                                          .node = NODE_NONE,
                                          .kind = EVENT_PROBLEM,
                                          .problem = {.text = text, .reason = (uint8_t)reason}});
}

static inline void fixture_faults(struct fixture *fixture)
{
    static const char *const ids[] = {"kill-1", "restart-2", "respond-3"};
    static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_RESTART, FAULT_RESPOND};

    for (uint32_t i = 0; i < FIXTURE_FAULTS; i++) {
        nanos at = (3 + 3 * (nanos)i) * NANOS_PER_S;
        fixture->faults[i] =
            (struct fault){.id = ids[i], .kind = kinds[i], .at_from = at, .at_to = at};
        fixture->records[i] = (struct fault_record){
            .fault = i,
            .planned = at,
            .applied = at + NANOS_PER_MS,
            .effective = at + 2 * NANOS_PER_MS,
            .cleared = NANOS_NEVER,
            .hits = 0,
            .disturbance = DISTURBANCE_NONE,
        };
        fixture->disturbances[i] = fixture_disturbance();
    }
    fixture->records[0].disturbance = 0;
}

static inline void fixture_requests(struct fixture *fixture)
{
    for (uint32_t i = 0; i < FIXTURE_REQUESTS; i++) {
        nanos due = (nanos)i * NANOS_PER_S;
        fixture->requests[i] = (struct request_record){
            .due = due,
            .started = due,
            .ended = due + NANOS_PER_MS,
            .request = i,
            .disturbance = DISTURBANCE_NONE,
            .outcome = OUTCOME_ANSWER,
            .status = 200,
            .success = true,
            .explained = true,
        };
    }
}

/* One fault and one disturbance count; the other ones are there to be added. */
static inline void fixture_init(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    arena_init(&fixture->arena, 0);
    journal_init(&fixture->journal, &fixture->arena, 100);
    fixture_event(fixture, (struct event){.node = NODE_NONE,
                                          .kind = EVENT_PHASE,
                                          .phase = {.phase = PHASE_TRAFFIC_BEGIN}});
    fixture_faults(fixture);
    fixture_requests(fixture);
    fixture->scenario = (struct scenario){
        .name = "by-hand",
        .duration = 14 * NANOS_PER_S,
        .faults = fixture->faults,
        .fault_count = 1,
        .traffic = {.max_in_flight = 10000},
        .expectations = fixture->expectations,
    };
    fixture->run.measurement = (struct measurement){
        .requests = fixture->requests,
        .request_count = FIXTURE_REQUESTS,
        .faults = fixture->records,
        .fault_count = 1,
        .disturbances = fixture->disturbances,
        .disturbance_count = 1,
        .share = fixture->share,
        .start_lateness = {.p50 = 1000, .p99 = NANOS_PER_MS, .max = 3 * NANOS_PER_MS},
        .turn_lateness = {.p50 = 1000, .p99 = NANOS_PER_MS, .max = 4 * NANOS_PER_MS},
        .traffic_end = 14 * NANOS_PER_S,
        .drain_end = 14 * NANOS_PER_S,
        .baseline_requests = 300,
        .first_fault = 3 * NANOS_PER_S + NANOS_PER_MS,
    };
}

static inline void fixture_done(struct fixture *fixture)
{
    arena_done(&fixture->arena);
}

static inline struct expectation *fixture_expect(struct fixture *fixture,
                                                 enum metric metric,
                                                 enum comparison comparison,
                                                 int64_t limit)
{
    struct expectation *expectation = &fixture->expectations[fixture->scenario.expectation_count++];

    *expectation = (struct expectation){
        .metric = metric,
        .comparison = comparison,
        .limit = limit,
        .node = NODE_NONE,
        .fault = FAULT_NONE,
        .name = metric_word(metric),
        .limit_text = "< 5s",
    };
    return expectation;
}

static inline enum verdict fixture_judge(struct fixture *fixture)
{
    verdict_run(&fixture->arena, &fixture->scenario, &fixture->journal, &fixture->run);
    return fixture->run.verdict;
}

/* The text of the first reason of that code; NULL if there is none. */
static inline const char *fixture_reason(const struct reason_list *list, const char *code)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].code, code)) {
            return list->items[i].text;
        }
    }
    return NULL;
}

#endif
