/* From files and folders on the command line to an archive of their reports, or to all complaints
   on stderr. */
#ifndef BASCULE_CLI_ARCHIVES_H
#define BASCULE_CLI_ARCHIVES_H

#include "report/archive.h"

/* Folders are searched for *.json with all below them. False after a complaint: a file that is no
   report, a folder without one. */
bool archives_read(struct archive *ret,
                   struct arena *arena,
                   const char *const *paths,
                   size_t path_count);

/* The locale of the environment can show more than ASCII. */
bool archives_may_print_utf8(void);

#endif
