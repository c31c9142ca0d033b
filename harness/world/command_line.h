/* What a process is started with: its words, environment values and folder with "$(port)" and the
   like replaced, and the environment as a whole. It refuses to know processes.

   "$(name)", "$(port)" and "$(address)" are of the process itself, "$(port.NODE)" and
   "$(address.NODE)" of another node or service, as processes reach it; "$(dir)" is the private
   folder of the run. Whatever else begins with "$(" is a mistake. */
#ifndef BASCULE_WORLD_COMMAND_LINE_H
#define BASCULE_WORLD_COMMAND_LINE_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"
#include "world/node_places.h"

#include <stddef.h>

struct command_line_values {
    const struct scenario *scenario;
    const struct node_places *places;
    const char *private_folder;
    uint16_t node; /* whose line it is; NODE_NONE: nobody's, then only "$(dir)" has a meaning */
};

/* NULL and the reason, with what is wrong quoted, if something cannot be replaced. Texts come from
   the arena. */
const char *command_line_replace(const char *text,
                                 const struct command_line_values *values,
                                 struct arena *arena,
                                 struct error *reterr);
/* The same of each word; a NULL comes after them. */
const char *const *command_line_words(const struct command_line *line,
                                      const struct command_line_values *values,
                                      struct arena *arena,
                                      struct error *reterr);

/* "NAME=VALUE" each, and a NULL after them: PATH, HOME, LANG and TMPDIR as the caller has them,
   then the given variables, which may replace those. One without a value is passed on from the
   caller, and is left out where the caller has none. */
const char *const *command_line_environment(const struct environment_variable *variables,
                                            size_t count,
                                            const struct command_line_values *values,
                                            struct arena *arena,
                                            struct error *reterr);

#endif
