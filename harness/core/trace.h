/* A run as a story: the journal as readable lines of text, one an event, for people and for golden
   traces. It leaves out what is the same all the time: requests that were answered without being
   disturbed are counted, not told. Pure. */
#ifndef BASCULE_CORE_TRACE_H
#define BASCULE_CORE_TRACE_H

#include "base/arena.h"
#include "core/journal.h"
#include "core/verdict.h"
#include "scenario/scenario.h"

/* Calls line for each line (without its newline; the text lives for the call), in order of (at,
   sequence). run has been measured and judged, its requests not yet forgotten. */
void trace(struct arena *scratch,
           const struct run_result *run,
           const struct journal *journal,
           void (*line)(void *context, const char *text),
           void *context);

#endif
