/* A JSON file of unknown origin, read whole and within a bound, and complaints about its places. It
   refuses to know what the JSON says. */
#ifndef BASCULE_REPORT_JSON_FILE_H
#define BASCULE_REPORT_JSON_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <jansson.h>
#include <stddef.h>

struct json_file {
    const char *path; /* fit for a terminal */
    json_t *value;
    char *bytes; /* not terminated */
    size_t length;
};

/* The arena is for texts. Errors begin with the path: no file, a folder, more than limit bytes
   (whole MiB), and with line and column: cut short, no JSON, a key twice. */
int json_file_read(struct json_file *ret,
                   struct arena *arena,
                   const char *path,
                   size_t limit,
                   struct error *reterr);

/* Releases what json_file_read took; once, and not after its failure. */
void json_file_done(struct json_file *file);

/* Where a member of the outermost object begins, in bytes; the length if it has none so written. */
size_t json_file_member(const struct json_file *file, const char *key);

/* "PATH:LINE:COLUMN: error: TEXT"; at: in bytes. Lines and columns, of characters, count from 1.
   Returns -1. */
int json_file_complain(const struct json_file *file,
                       size_t at,
                       struct error *reterr,
                       const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

#endif
