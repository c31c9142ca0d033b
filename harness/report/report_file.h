/* What all reading of reports begins with: that the file is whole, a report of bascule's
   (bascule/report/1), and as bascule wrote it. */
#ifndef BASCULE_REPORT_REPORT_FILE_H
#define BASCULE_REPORT_REPORT_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A larger file is refused unread. */
#define REPORT_FILE_MAX ((size_t)64 * 1024 * 1024)

/* The caller's own; NULL on failure. Errors begin with the path, and where there is one the place:
   "a.json:1:512: error: changed since bascule wrote it: ...". The arena is for their texts. */
json_t *report_file_read(struct arena *arena, const char *path, struct error *reterr);

/* By its first bytes the file is one that bascule writes beside reports and that is none:
   latest.json, a comparison, a history. */
bool report_file_is_other(const char *path);

#endif
