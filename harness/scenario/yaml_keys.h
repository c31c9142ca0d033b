/* The keys of one YAML mapping: duplicates refused, merge keys (<<) resolved; it refuses to know
 * events and files. */
#ifndef BASCULE_SCENARIO_YAML_KEYS_H
#define BASCULE_SCENARIO_YAML_KEYS_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/yaml_value.h"

#include <stddef.h>

/* Sets map->pairs and map->count from the pairs as written. Explicit keys win over merged ones,
   earlier merged maps over later ones. What is merged was counted when its alias was read, so no
   limit is needed here. */
void yaml_keys_resolve(struct arena *arena,
                       struct yaml_value *map,
                       const struct yaml_pair *pairs,
                       size_t pair_count,
                       struct diagnostics *diagnostics);

#endif
