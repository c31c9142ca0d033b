/* What a reader must know before believing a comparison of one scenario: what differs besides the
   figures, and what was left out. */
#ifndef BASCULE_REPORT_CHANGES_NOTES_H
#define BASCULE_REPORT_CHANGES_NOTES_H

#include "report/changes.h"

/* The reports of one scenario in one archive. */
struct changes_span {
    const struct archive_report *items;
    size_t count;
};

/* Runs that were left out. */
size_t changes_notes_doubted(struct changes_span span);

/* Fills the notes of a scenario whose rows are there. */
void changes_notes_take(struct arena *arena,
                        struct changes_span base,
                        struct changes_span head,
                        struct changes_scenario *ret);

#endif
