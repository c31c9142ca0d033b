/* Where a program is, if it is anywhere. */
#ifndef BASCULE_CLI_PROGRAMS_H
#define BASCULE_CLI_PROGRAMS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

/* A name without a slash is searched on search_path (PATH's form; NULL: the usual folders), one
   with a slash is a path from the given folder. */
bool programs_exists(const char *name, const char *folder, const char *search_path);

/* The same program's absolute path, but a name without a slash is looked for in the folder before
   it is on search_path. NULL if there is none. */
const char *
programs_find(struct arena *arena, const char *name, const char *folder, const char *search_path);

/* bascule-stub: what BASCULE_STUB names, else the one beside this very program. NULL and an error
 * if there is none. */
const char *programs_find_stub(struct arena *arena, struct error *reterr);

/* bascule-proxy likewise, by BASCULE_PROXY. */
const char *programs_find_proxy(struct arena *arena, struct error *reterr);

#endif
