/* Is HEAD worse than BASE? Many figures of many scenarios at once, judged as one family, so that a
   long comparison cries wolf no oftener than a short one. It knows nothing of reports. Pure. How it
   decides is told in docs/compare.md. */
#ifndef BASCULE_CORE_COMPARE_H
#define BASCULE_CORE_COMPARE_H

#include "core/sample.h"

#include <stdbool.h>
#include <stddef.h>

/* How likely the whole comparison may call at least one figure worse that did not change; and as
   likely, apart from that, better. */
#define COMPARE_LEVEL 0.05

/* What a change is measured by, and against. */
enum compare_kind {
    COMPARE_TIME,  /* the shift of Hodges and Lehmann, against the median of base */
    COMPARE_COUNT, /* the difference of the means, against the mean of base: most are one number */
    COMPARE_RATIO, /* the same of what is missing to 1; more is better */
};

struct compare_question {
    struct sample base, head; /* a value a run; INFINITY: never */
    enum compare_kind kind;
    double resolution; /* the larger of both, in the unit of the values; 0: they are exact */
    /* Figures of one scenario with the same runs, all those of base, then those of head, in the
       same order; NULL: some run has no such figure. */
    const double *by_run;
    size_t scenario;
};

enum compare_outcome {
    COMPARE_ABSENT, /* a side has no value */
    COMPARE_SAME,   /* no change that counts */
    COMPARE_WORSE,
    COMPARE_BETTER,
    COMPARE_TOO_FEW, /* whatever the values, nothing would have been significant */
};

struct compare_answer {
    double p;      /* of this figure alone, one-sided: towards where delta points */
    double holm;   /* p after the correction for all others; 1 if it had no chance */
    double delta;  /* Cliff's, of head over base: -1 to 1 */
    double shift;  /* head minus base, by kind; INFINITY, -INFINITY */
    double change; /* shift as a part of base; +-INFINITY where base is 0 */
    double nevers; /* by how much the share of runs that never ended rose */
    /* Of times: the part of base by which head would have to be longer to be found worse, as widely
       as these scatter. About half of all rises by just that are found. 0: not known. */
    double detectable;
    enum compare_outcome outcome;
    bool tested;    /* else neither p nor delta: identical values, or a side without any */
    bool too_small; /* significant, but not larger than the threshold and the resolution */
};

struct compare_rules {
    double threshold; /* changes up to this part of base are none: 0.1 */
};

struct compare_total {
    size_t worse, better, same, too_few, absent;
    size_t family;      /* figures that p was corrected for, to be worse */
    size_t runs_needed; /* on each side, for all of them; 0: there are enough */
};

/* Fills one answer a question. */
void compare_all(const struct compare_question *questions,
                 struct compare_answer *answers,
                 size_t count,
                 struct compare_rules rules,
                 struct compare_total *ret);

#endif
