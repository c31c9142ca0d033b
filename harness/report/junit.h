/* Reports as JUnit XML, for the test views of CI systems: a suite a scenario, a case an
   expectation. It keeps to the schema of Jenkins' xUnit plugin, the strictest of the readers, and
   says nothing that the documents do not say. */
#ifndef BASCULE_REPORT_JUNIT_H
#define BASCULE_REPORT_JUNIT_H

#include "base/arena.h"
#include "base/error.h"
#include "report/document.h"

#include <stddef.h>
#include <stdio.h>

/* Error: the stream took not all of it. */
int junit_write(FILE *out,
                const struct document *documents,
                size_t count,
                struct arena *arena,
                struct error *reterr);

#endif
