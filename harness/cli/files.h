/* Files by what stands on the command line: each as it is, folders searched for endings, hidden
   ones left out, in order of name. It reads none of them. */
#ifndef BASCULE_CLI_FILES_H
#define BASCULE_CLI_FILES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct files {
    const char **paths;
    size_t count;
};

struct files_wanted {
    const char *const *endings; /* NULL at the end */
    const char *kind;           /* for the complaint about a folder: "scenario (*.yaml, *.yml)" */
    bool flat;                  /* without the folders below a folder */
};

#define FILES_LOOKED_AT_MAX 100000

/* Folders are walked on their own file system, over so many entries at the most. A file that comes
   twice counts once. False, after complaints on stderr, where a folder cannot be read or has none.
 */
bool files_find(struct files *ret,
                struct arena *arena,
                const char *const *paths,
                size_t path_count,
                const struct files_wanted *wanted);

/* "PATH: error: text" on stderr. */
void files_complain(struct arena *arena, const char *path, const char *text);

#endif
