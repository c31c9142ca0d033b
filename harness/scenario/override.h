/* --set KEY=VALUE: edits the tree of a scenario before it is read; it refuses to know which keys
 * there are. */
#ifndef BASCULE_SCENARIO_OVERRIDE_H
#define BASCULE_SCENARIO_OVERRIDE_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/yaml_value.h"

/* KEY is a dotted path: mappings that are missing are made, items of lists are named by their index
   from 0. What lies along the path is copied, so that values shared by aliases change in one place
   only. Places of what is set have the file "--set KEY=VALUE". Returns the new root, or NULL after
   a complaint. */
const struct yaml_value *override_apply(struct arena *arena,
                                        const struct yaml_value *root,
                                        const char *setting,
                                        struct diagnostics *diagnostics);

#endif
