/* A comparison in words for people: the cells of a row and the sentences below, the same in every
   format. Escaping is left to each. */
#ifndef BASCULE_REPORT_CHANGES_WORDS_H
#define BASCULE_REPORT_CHANGES_WORDS_H

#include "report/changes.h"

/* Texts in the arena. */

/* "worst latency". */
const char *changes_words_metric(enum archive_metric metric);
/* "1.501 s ± 2%", "0, mean 0.4", "not measured"; in ASCII if `plain`. */
const char *changes_words_side(struct arena *arena,
                               enum archive_metric metric,
                               const struct changes_side *side,
                               bool plain);
/* "+30.1%", "~" where nothing is significant, "=" where all values are one. */
const char *changes_words_change(struct arena *arena, const struct changes_row *row);
/* The corrected p, one-sided: "0.012", "<0.0001"; "-" where none could be had. */
const char *changes_words_p(struct arena *arena, const struct compare_answer *answer);
/* "20+18". */
const char *changes_words_counts(struct arena *arena, const struct changes_row *row);
/* "WORSE", "better", "small", "too few", "left out", "finds from +45%", "". */
const char *
changes_words_outcome(struct arena *arena, const struct compare_answer *answer, double threshold);

/* "WORSE: 2 figures", "nothing is worse", "too few runs to say"; one line. */
const char *changes_words_verdict(struct arena *arena, const struct changes *changes);
/* How it was decided; NULL: nothing was to be tested. */
const char *changes_words_method(struct arena *arena, const struct changes *changes);
const char *changes_words_limits(struct arena *arena, const struct changes *changes);
/* How many runs would do; NULL: there are enough. */
const char *changes_words_needed(struct arena *arena, const struct changes *changes);
/* What "finds from" says; NULL: no figure scatters so widely. */
const char *changes_words_scatter(const struct changes *changes);

#endif
