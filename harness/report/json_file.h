/* A JSON file of unknown origin, read whole and within a bound. */
#ifndef BASCULE_REPORT_JSON_FILE_H
#define BASCULE_REPORT_JSON_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

/* NULL on failure: no file, a folder, more than limit bytes (whole MiB), no whole JSON (with line
   and column), a key twice. The arena is for texts of errors. */
json_t *json_file_read(struct arena *arena, const char *path, size_t limit, struct error *reterr);

#endif
