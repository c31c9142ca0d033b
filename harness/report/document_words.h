/* What a report says, in words for people: figures with their units, limits, places, and the
   command that runs it again. The same words in every format; escaping is left to each. */
#ifndef BASCULE_REPORT_DOCUMENT_WORDS_H
#define BASCULE_REPORT_DOCUMENT_WORDS_H

#include "base/figure.h"
#include "core/verdict.h"
#include "report/document.h"

/* Of a metric as a report names it, "switchover.p95" and "share.NODE" too; a ratio if it is
   unknown. */
enum unit document_words_unit(const char *metric);

/* As the rest of bascule computes with; what does not fit saturates. */
struct figure document_words_number(enum unit unit, struct document_figure figure);

enum verdict document_words_verdict(const char *word);

/* ---- Texts in the arena ---- */

/* "1.501 s", "12,345", "0.994", "never", "-". */
const char *
document_words_figure(struct arena *arena, const char *metric, struct document_figure figure);
/* Rounded, but not so far that a missed limit looks met; "not measured". */
const char *document_words_actual(struct arena *arena,
                                  const struct document_expectation *expectation);
/* ", run 3, fault kill-1", or less of it. */
const char *document_words_where(struct arena *arena,
                                 const struct document *document,
                                 const struct document_expectation *expectation);
/* "switchover: 6.002 s, expected < 5s, run 3", and why where figures do not tell it. */
const char *document_words_expectation(struct arena *arena,
                                       const struct document *document,
                                       const struct document_expectation *expectation);

/* "must fail", "must be inconclusive"; "" where the verdict means what it says. */
const char *document_words_note(const struct document *document);

/* "bascule replay reports/kill-primary.json": a line for a shell. */
const char *document_words_replay(struct arena *arena, const struct document *document);

/* Of a report made in virtual time. */
bool document_words_simulated(const struct document *document);

#endif
