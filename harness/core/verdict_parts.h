/* What the files of verdict share among themselves; nobody else includes it. Pure. */
#ifndef BASCULE_CORE_VERDICT_PARTS_H
#define BASCULE_CORE_VERDICT_PARTS_H

#include "core/verdict.h"

/* More slow requests than that, undisturbed, and a run cannot be judged. */
#define VERDICT_BASELINE_SLOW_PERCENT 1U

/* How far a figure is from keeping the limit, in the metric's unit: 0 or less if it holds, 1 at the
   least if it does not. Saturates; unrecovered is as far as can be. Not for ABSENT. */
int64_t verdict_shortfall(struct figure actual, enum comparison comparison, int64_t limit);

/* A figure against its expectation; a time that is missed by no more than error_ns is doubt. run,
   disturbance and why are left to the caller. */
struct expectation_result
verdict_judge(const struct expectation *expectation, struct figure actual, nanos error_ns);

/* Of two results of one expectation: fail before inconclusive before pass, then by distance. */
bool verdict_is_worse(const struct expectation_result *a, const struct expectation_result *b);

/* Is a failed result proof even in a run that is in doubt? */
bool verdict_is_noise_proof(const struct expectation_result *result,
                            const struct reason_list *reasons);

/* Does the reason cast doubt on the whole run? within_error and not_measured belong to one
   expectation. */
bool verdict_reason_is_global(enum reason reason);

/* Lateness that bears on the figures of a whole run. */
nanos verdict_run_error(const struct measurement *measurement);

/* Must this disturbance not relapse, since the scenario bounds `switchover` but not `relapses`? */
bool verdict_forbids_relapses(const struct scenario *scenario,
                              const struct measurement *measurement,
                              const struct expectation *expectation,
                              uint32_t disturbance);

bool verdict_disturbance_has_fault(const struct measurement *measurement,
                                   uint32_t disturbance,
                                   uint32_t fault);

struct figure verdict_disturbance_figure(const struct disturbance *disturbance, enum metric metric);
struct figure
verdict_run_figure(const struct measurement *measurement, enum metric metric, uint16_t node);

/* The figure that a pooled expectation is about. */
struct pooled_actual {
    struct figure figure;
    nanos error; /* the largest error bar among those pooled */
    size_t n;    /* pooled figures ... */
    size_t runs; /* ... and runs that they come from */
};

struct pooled_actual verdict_pooled_figure(struct arena *scratch,
                                           const struct scenario_result *result,
                                           const struct expectation *expectation);

/* verdict_doubt.c: adds the reasons for doubt that journal and measurements hold. Returns true if
   the client broke (died or spoke nonsense) after the first fault, which is a failure and no doubt.
 */
bool verdict_find_doubts(struct arena *arena,
                         const struct scenario *scenario,
                         const struct journal *journal,
                         struct run_result *run);

/* What the doubts are read from and where they go. */
struct doubts {
    struct arena *arena;
    const struct scenario *scenario;
    const struct measurement *measurement;
    struct reason_list *list;
};

void verdict_doubt_add(const struct doubts *doubts, enum reason reason, const char *text);

/* verdict_doubt_answers.c: true if the client began to make answers up after the first fault. */
bool verdict_doubt_answers(const struct doubts *doubts);

/* verdict_hollow.c: would it prove nothing that this run passes? Then it adds the reason. */
bool verdict_find_hollow(struct arena *arena,
                         const struct scenario *scenario,
                         struct run_result *run);

/* verdict_doubt_faults.c */
void verdict_doubt_faults(const struct doubts *doubts);

size_t verdict_counted_runs(const struct scenario_result *result);

/* Turn the verdict of the runs into that of the scenario, with a reason where they change it. */
void verdict_apply_known_issue(struct arena *arena, struct scenario_result *result);
void verdict_apply_must(struct arena *arena, struct scenario_result *result);

/* For sentences: "153ms", "unrecovered", "0.98", "7". Times are rounded to three digits or so. */
const char *verdict_figure_text(struct arena *arena, enum metric metric, struct figure figure);
const char *verdict_nanos_text(struct arena *arena, nanos value);

#endif
