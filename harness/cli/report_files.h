/* Which reports are meant by what stands on the command line. It reads them as far as to leave out
   what bascule writes beside them. */
#ifndef BASCULE_CLI_REPORT_FILES_H
#define BASCULE_CLI_REPORT_FILES_H

#include "cli/files.h"

/* Named files, and all *.json of named folders (flat: not of those below them), without
   latest.json, comparisons and histories. False after complaints on stderr: a folder without a
   report, or that cannot be read; *ret has the others. */
bool report_files_find(
    struct files *ret, struct arena *arena, const char *const *paths, size_t path_count, bool flat);

#endif
