/* All reports of a folder, or the one that is named, read back in order of name. */
#ifndef BASCULE_REPORT_DOCUMENT_FOLDER_H
#define BASCULE_REPORT_DOCUMENT_FOLDER_H

#include "report/document.h"

struct documents {
    const struct document *items;
    size_t count;
    bool folder; /* they were found, not named */
};

/* path: a report, or a folder, of which all *.json are reports but hidden ones and what else
   bascule writes there (archive.h); one that is none, or no report at all, is an error. Memory in
   the arena. */
int document_folder_read(struct documents *ret,
                         struct arena *arena,
                         const char *path,
                         struct error *reterr);

/* "kill" of "reports/kill.json". */
const char *document_folder_stem(struct arena *arena, const char *path);

#endif
