/* The runs of a report. Private to document.c. */
#ifndef BASCULE_REPORT_DOCUMENT_RUN_H
#define BASCULE_REPORT_DOCUMENT_RUN_H

#include "report/document_take.h"

void document_run_read(const struct place *place, struct document_run *ret);

extern const char *const document_verdicts[];
struct document_reasons document_reasons_read(const struct place *object);
/* Digits: a number, or where JSON has no room for it a text. */
const char *document_seed_read(const struct place *object);

#endif
