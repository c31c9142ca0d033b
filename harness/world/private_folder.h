/* A folder for the processes of one run, which is gone after it: in namespaces of our own on a
   tmpfs that only they see and that vanishes with them, else below TMPDIR or /tmp, where the
   guardian removes it if the harness cannot. It refuses to know what is in it. */
#ifndef BASCULE_WORLD_PRIVATE_FOLDER_H
#define BASCULE_WORLD_PRIVATE_FOLDER_H

#include "base/error.h"
#include "scenario/scenario.h"

#include <stdbool.h>

struct private_folder {
    char path[256];         /* absolute; "": there is none */
    const char *mounted_on; /* NULL: it is no file system of its own */
};

/* Does a process of the scenario have use for one? Stubs do not. */
bool private_folder_is_needed(const struct scenario *scenario);

/* wanted: other paths that must not be hidden by a mount, as nothing is that the scenario or this
   process names, and a NULL after them; NULL: mounts would not be ours alone, so there is none.
   -1 and the reason if there is no place for it. */
int private_folder_make(struct private_folder *folder,
                        const struct scenario *scenario,
                        const char *const *wanted,
                        struct error *reterr);
/* With all that is in it. Accepts one that was never made. */
void private_folder_remove(struct private_folder *folder);

/* Removes the folder at that path; false if something of it is still there. */
bool private_folder_clear(const char *path);

#endif
