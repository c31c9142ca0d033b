/* The formats of --format: which reports are drawn in after their JSON was written. */
#ifndef BASCULE_CLI_FORMATS_H
#define BASCULE_CLI_FORMATS_H

#include "base/arena.h"
#include "base/error.h"
#include "report/render.h"

#include <stdbool.h>
#include <stddef.h>

struct formats {
    bool wanted[RENDER_FORMATS];
};

/* "html" or "text"; error: what there is, and what may have been meant. */
int formats_take_one(enum render_format *ret, const char *word, struct error *reterr);

/* "json,html": of what a run writes; the JSON is written anyway. list: NULL is "json". */
int formats_take_list(struct formats *ret,
                      struct arena *arena,
                      const char *list,
                      struct error *reterr);

/* From FOLDER/NAME.json, as it stands there now, FOLDER/NAME.html and its like. */
int formats_render(const struct formats *formats,
                   const char *folder,
                   const char *name,
                   struct error *reterr);

/* index.html and index.md of these reports, files in the folder. */
int formats_render_index(const struct formats *formats,
                         const char *folder,
                         const char *const *files,
                         size_t count,
                         struct error *reterr);

#endif
