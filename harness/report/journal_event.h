/* One event of the journal as one JSON line, made without a library: there may be millions. */
#ifndef BASCULE_REPORT_JOURNAL_EVENT_H
#define BASCULE_REPORT_JOURNAL_EVENT_H

#include "base/text.h"
#include "core/journal.h"
#include "scenario/scenario.h"

#define JOURNAL_EVENT_STRING_MAX 4096 /* bytes; longer ones are cut */
#define JOURNAL_EVENT_BYTES_MAX  (6 * JOURNAL_EVENT_STRING_MAX + 1024) /* of a line at most */

/* Adds the line, its line break included. */
void journal_event_add(struct text *line,
                       const struct scenario *scenario,
                       const struct event *event);

#endif
