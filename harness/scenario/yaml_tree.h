/* From YAML text to a tree of located values, within the limits of scenario.h; the only user of
   libyaml. It refuses to know what the values mean. */
#ifndef BASCULE_SCENARIO_YAML_TREE_H
#define BASCULE_SCENARIO_YAML_TREE_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/yaml_value.h"

#include <stddef.h>

struct yaml_tree {
    const struct yaml_value *root;
    const struct yaml_value *tagged; /* every value with an explicit tag, linked by next_tagged */
};

/* Adds the mistakes to diagnostics: a syntax error or a passed limit ends the reading (a syntax
   error stands alone), duplicate keys and wrong merges do not. Returns 0 if there is a tree, even
   one with mistakes, else -1. Explicit tags are left to the caller, who knows the better advice. */
int yaml_tree_read(struct arena *arena,
                   const char *file,
                   const char *bytes,
                   size_t length,
                   struct diagnostics *diagnostics,
                   struct yaml_tree *ret);

#endif
