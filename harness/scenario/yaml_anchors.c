#include "scenario/yaml_anchors.h"

#include <string.h>

struct yaml_anchor {
    const char *name;
    const struct yaml_value *value;
    struct yaml_anchor *next;
};

/* Source: djb2 of D. J. Bernstein. */
static unsigned bucket_of(const char *name)
{
    unsigned hash = 5381;
    for (; *name != '\0'; name++) {
        hash = hash * 33 + (unsigned char)*name;
    }
    return hash % YAML_ANCHOR_BUCKETS;
}

void yaml_anchors_add(struct yaml_anchors *anchors,
                      struct arena *arena,
                      const char *name,
                      const struct yaml_value *value)
{
    if (name == NULL) {
        return;
    }
    unsigned bucket = bucket_of(name);
    struct yaml_anchor *anchor = ARENA_NEW(arena, struct yaml_anchor);
    anchor->name = arena_copy(arena, name, strlen(name));
    anchor->value = value;
    anchor->next = anchors->buckets[bucket];
    anchors->buckets[bucket] = anchor;
}

const struct yaml_value *yaml_anchors_find(const struct yaml_anchors *anchors, const char *name)
{
    const struct yaml_anchor *anchor = anchors->buckets[bucket_of(name)];
    while (anchor != NULL && strcmp(anchor->name, name) != 0) {
        anchor = anchor->next;
    }
    return anchor != NULL ? anchor->value : NULL;
}
