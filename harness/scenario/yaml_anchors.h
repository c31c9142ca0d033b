/* The anchors of one YAML document by name; a name given twice means the later value from there on,
 * as YAML has it. */
#ifndef BASCULE_SCENARIO_YAML_ANCHORS_H
#define BASCULE_SCENARIO_YAML_ANCHORS_H

#include "base/arena.h"
#include "scenario/yaml_value.h"

#define YAML_ANCHOR_BUCKETS 256

struct yaml_anchor;

/* Starts all zero. */
struct yaml_anchors {
    struct yaml_anchor *buckets[YAML_ANCHOR_BUCKETS];
};

/* name may be NULL: nothing is remembered then. */
void yaml_anchors_add(struct yaml_anchors *anchors,
                      struct arena *arena,
                      const char *name,
                      const struct yaml_value *value);
/* NULL if there is none (yet). */
const struct yaml_value *yaml_anchors_find(const struct yaml_anchors *anchors, const char *name);

#endif
