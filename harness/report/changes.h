/* Two archives side by side: what is asked of each scenario that both know, what came of it, and
   what a reader must know before believing it. It refuses to know how that is shown. */
#ifndef BASCULE_REPORT_CHANGES_H
#define BASCULE_REPORT_CHANGES_H

#include "core/compare.h"
#include "report/archive.h"

struct changes_side {
    struct sample sample;
    size_t missing; /* runs without this figure */
};

struct changes_row {
    enum archive_metric metric;
    struct changes_side base, head;
    const double *by_run;         /* of both, in their order; NULL: some run has no such figure */
    struct compare_answer answer; /* ABSENT: one side has no figure */
};

struct changes_scenario {
    const char *name;
    size_t base_reports, head_reports; /* 0: missing in BASE, in HEAD */
    size_t base_runs, head_runs;       /* that count */
    bool skipped;                      /* one side has no run at all and says why itself */
    struct changes_row rows[ARCHIVE_METRICS];
    size_t row_count;         /* figures that neither side has are not among them */
    const char *const *notes; /* sentences without a full stop */
    size_t note_count;
};

struct changes {
    struct changes_scenario *scenarios; /* by name */
    size_t count;
    struct compare_total total;
    double threshold;
    size_t compared; /* scenarios that have a row with figures of both sides */
    size_t unusable; /* scenarios of both sides, one of which has no run that counts */
};

/* Sorts the archives. Error: a scenario is simulated in one of its reports and real in another. */
int changes_make(struct changes *ret,
                 struct arena *arena,
                 struct archive *base,
                 struct archive *head,
                 struct compare_rules rules,
                 struct error *reterr);

/* Nothing is worse, but for some figures nothing could have been said. */
bool changes_is_open(const struct changes *changes);

#endif
