/* What there is to say of a scenario's end, in the words that people read, whether it has just been
   run or its report was read back. It refuses to know where it is shown. */
#ifndef BASCULE_REPORT_STORY_H
#define BASCULE_REPORT_STORY_H

#include "base/arena.h"
#include "base/figure.h"
#include "core/verdict.h"
#include "report/document.h"

#include <stddef.h>

/* The worst figures of all runs that count. */
struct headline {
    const char *name;
    enum verdict verdict;
    const char *note; /* "" or what explains the verdict: "must fail" */
    struct figure switchover;
    struct figure outage;
    struct figure worst_latency;
    struct figure failed_requests;
};

/* What somebody has to type: "again", "bascule run kill.yaml". */
struct story_again {
    const char *what;
    const char *text;
};

struct story {
    const char *name;
    enum verdict verdict;
    const char *known_why;     /* NULL: nothing is announced */
    const char *const *missed; /* an expectation each, with figure and limit */
    size_t missed_count;
    const struct document_reason *reasons; /* where it was interrupted, that one alone */
    size_t reason_count;
    const char *unasked; /* of a pass that could not have failed; NULL */
    struct story_again again[3];
    size_t again_count;
};

/* Texts live in the arena, or are those of the result or document; they are as they came, control
   characters included, but for the name of a headline. */
struct headline story_headline(struct arena *arena, const struct scenario_result *result);
struct headline story_headline_read(struct arena *arena, const struct document *document);

/* report_path: NULL if there is no report. */
struct story
story_of(struct arena *arena, const struct scenario_result *result, const char *report_path);
struct story story_read(struct arena *arena, const struct document *document);

/* Why it is known to fail, and in how many of the runs that count it did, if there are several: an
   issue that comes and goes is still one. */
const char *story_known_text(struct arena *arena, const char *why, size_t failed, size_t counted);

#endif
