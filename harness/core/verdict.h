/* Measurements against expectations: pass, fail or inconclusive for a run, then for a scenario's
   runs together. It refuses to pass what it doubts. Pure. */
#ifndef BASCULE_CORE_VERDICT_H
#define BASCULE_CORE_VERDICT_H

#include "base/arena.h"
#include "base/figure.h"
#include "core/journal.h"
#include "core/measure.h"
#include "scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_KNOWN,
    VERDICT_INCONCLUSIVE,
    VERDICT_SKIPPED,
};

const char *verdict_word(enum verdict verdict);

struct reason_text {
    enum reason reason; /* REASONS: no code of the list, see code */
    const char *code;   /* always set: a reason code, or "must", "known_issue", "requires" */
    const char *text;
};

struct reason_list {
    struct reason_text *items;
    size_t count;
    size_t capacity;
};

void reason_list_add(struct reason_list *list,
                     struct arena *arena,
                     enum reason reason,
                     const char *code,
                     const char *text);
bool reason_list_has(const struct reason_list *list, enum reason reason);

/* One expectation judged in one run (and, for a per-disturbance metric, at its worst disturbance).
 */
struct expectation_result {
    const struct expectation *expectation;
    struct figure actual;
    nanos error;          /* largest lateness that bears on it; 0 for counts */
    enum verdict verdict; /* PASS, FAIL or INCONCLUSIVE */
    enum reason reason;   /* of INCONCLUSIVE, else REASONS */
    uint32_t run;         /* index of the run; UINT32_MAX: pooled over all */
    uint32_t disturbance; /* index, DISTURBANCE_NONE */
    const char *why;      /* a sentence; NULL where figure and limit say it all */
};

struct run_result {
    uint32_t index;    /* from 0 */
    uint32_t rerun_of; /* index of the noisy run that it replaces; UINT32_MAX: none */
    bool superseded;   /* a rerun took its place */
    uint64_t seed;
    const struct scenario *scenario; /* with the chaos of this run's seed resolved */
    enum verdict verdict;
    bool hollow; /* it kept every bound, but a pass would prove nothing; fails stand */
    struct reason_list reasons;
    struct expectation_result
        *results; /* one a (not pooled) expectation of the scenario, in its order */
    size_t result_count;
    struct measurement measurement;
    nanos wall_ns;            /* of the run, preparation and clean-up included; 0 in simulation */
    int64_t started_realtime; /* 0 in simulation */
    uint64_t turns;           /* of the engine */
};

/* Judges one run; reasons that the journal holds (EVENT_PROBLEM) and those found in the
 * measurements are united. */
void verdict_run(struct arena *arena,
                 const struct scenario *scenario,
                 const struct journal *journal,
                 struct run_result *run);

struct scenario_result {
    const struct scenario *scenario;
    uint64_t seed; /* of the first run; run i uses seed + i */
    struct run_result *runs;
    size_t run_count;
    enum verdict verdict;
    struct reason_list reasons;
    struct expectation_result
        *results; /* one an expectation: its worst run, or the pooled figure */
    size_t result_count;
    bool must_unmet; /* `must` not met, or a known_issue passed or failed otherwise */
    bool interrupted;
    bool simulated;           /* in virtual time */
    int64_t started_realtime; /* nanoseconds; 0 in simulation */
    nanos wall_ns;            /* 0 in simulation */
    const char
        *options; /* of the command line, that another run like this needs too; NULL or "": none */
    const char *again; /* the whole command that does this again; NULL: as options and file tell */
    const char *const *settings; /* KEY=VALUE of --set */
    size_t setting_count;
    uint16_t port_base; /* of --port-base; 0: none */
    const char *client; /* of --client; NULL: none */
};

/* True if the run is inconclusive for noise alone and may be run again. */
bool verdict_wants_rerun(const struct run_result *run);

/* Fills verdict, reasons and results from the runs (superseded ones do not count); applies
 * known_issue and must. */
void verdict_scenario(struct arena *arena, struct scenario_result *result);

struct pooled_figure {
    size_t n;
    struct figure min, p50, p95, max;
};

/* Over the runs that count; per-disturbance metrics pool every active disturbance; unrecovered
 * counts as infinite. */
struct pooled_figure verdict_pool(struct arena *scratch,
                                  const struct scenario_result *result,
                                  enum metric metric,
                                  uint16_t node);

#endif
