#include "scenario/override.h"

#include "base/text.h"
#include "scenario/scenario.h"
#include "scenario/units.h"
#include "scenario/yaml_tree.h"

#include <string.h>

/* One --set while it is applied. */
struct override {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const char *file; /* "--set KEY=VALUE" */
    struct source_at at;
};

static const struct yaml_value *new_key(struct override *override, const char *text)
{
    struct yaml_value *key = ARENA_NEW(override->arena, struct yaml_value);
    *key = (struct yaml_value){
        .kind = VALUE_SCALAR,
        .style = VALUE_QUOTED,
        .at = override->at,
        .text = text,
        .size = 1,
        .height = 1,
    };
    return key;
}

static struct yaml_value *copy_of(struct override *override, const struct yaml_value *value)
{
    struct yaml_value *copy = ARENA_NEW(override->arena, struct yaml_value);
    *copy = *value;
    return copy;
}

/* Copies the map with room for the key; returns where its value goes. */
static const struct yaml_value **
enter_map(struct override *override, const struct yaml_value **slot, const char *key)
{
    struct yaml_value *map = copy_of(override, *slot);
    struct yaml_pair *pairs = ARENA_ARRAY(override->arena, struct yaml_pair, map->count + 1);
    size_t index = 0;
    for (size_t i = 0; i < map->count; i++) {
        pairs[i] = map->pairs[i];
    }
    while (index < map->count && strcmp(pairs[index].key->text, key) != 0) {
        index++;
    }
    if (index == map->count) {
        pairs[map->count++].key = new_key(override, key);
    }
    map->pairs = pairs;
    *slot = map;
    return &pairs[index].value;
}

static const struct yaml_value **
enter_list(struct override *override, const struct yaml_value **slot, const char *key)
{
    int64_t index = 0;
    if (!units_parse_whole(key, &index) || (uint64_t)index >= (*slot)->count) {
        diagnostics_add(override->diagnostics, override->at,
                        "there is no item %s in a list of %zu (the first is 0)",
                        yaml_text_quote(override->arena, key), (*slot)->count);
        return NULL;
    }
    struct yaml_value *list = copy_of(override, *slot);
    const struct yaml_value **items =
        ARENA_ARRAY(override->arena, const struct yaml_value *, list->count);
    for (size_t i = 0; i < list->count; i++) {
        items[i] = list->items[i];
    }
    list->items = items;
    *slot = list;
    return &items[index];
}

static const struct yaml_value **
enter(struct override *override, const struct yaml_value **slot, const char *key)
{
    if (*slot == NULL || yaml_value_is_null(*slot)) {
        struct yaml_value *map = ARENA_NEW(override->arena, struct yaml_value);
        *map = (struct yaml_value){.kind = VALUE_MAP, .at = override->at, .size = 1, .height = 1};
        *slot = map;
    }
    if ((*slot)->kind == VALUE_LIST) {
        return enter_list(override, slot, key);
    }
    if ((*slot)->kind == VALUE_MAP) {
        return enter_map(override, slot, key);
    }
    diagnostics_add(override->diagnostics, override->at,
                    "%s is set inside %s, which is neither a mapping nor a list",
                    yaml_text_quote(override->arena, key),
                    yaml_value_describe(override->arena, *slot));
    return NULL;
}

/* Metrics have dots in their names: what follows `expect` is one key, and so is a key that exists
 * as it is. */
static bool is_whole_key(const struct yaml_value *map, const char *before, const char *rest)
{
    bool exists = map != NULL && map->kind == VALUE_MAP && yaml_value_pair(map, rest) != NULL;
    return exists || text_equal(before, "expect");
}

static const struct yaml_value **
walk(struct override *override, const struct yaml_value **root, const char *path)
{
    const struct yaml_value **slot = root;
    const char *before = NULL;
    for (size_t depth = 0; slot != NULL; depth++) {
        const char *dot = is_whole_key(*slot, before, path) ? NULL : strchr(path, '.');
        size_t length = dot != NULL ? (size_t)(dot - path) : strlen(path);
        if (length == 0 || depth == SCENARIO_DEPTH_MAX) {
            diagnostics_add(override->diagnostics, override->at,
                            length == 0 ? "the key has an empty part"
                                        : "the key has too many parts");
            return NULL;
        }
        before = arena_copy(override->arena, path, length);
        slot = enter(override, slot, before);
        if (dot == NULL) {
            break;
        }
        path = dot + 1;
    }
    return slot;
}

static const struct yaml_value *read_value(struct override *override, const char *text)
{
    struct yaml_tree tree = {.root = NULL};
    size_t before = override->diagnostics->count;
    if (yaml_tree_read(override->arena, override->file, text, strlen(text), override->diagnostics,
                       &tree) < 0) {
        return NULL;
    }
    if (tree.tagged != NULL) {
        diagnostics_add(override->diagnostics, tree.tagged->at,
                        "explicit tags ('%s') are not read: quote the value", tree.tagged->tag);
    }
    return override->diagnostics->count == before ? tree.root : NULL;
}

const struct yaml_value *override_apply(struct arena *arena,
                                        const struct yaml_value *root,
                                        const char *setting,
                                        struct diagnostics *diagnostics)
{
    const char *file = arena_printf(arena, "--set %s", setting);
    struct override override = {
        .arena = arena,
        .diagnostics = diagnostics,
        .file = file,
        .at = {.file = file, .line = 1, .column = 1, .width = 1},
    };
    const char *equals = strchr(setting, '=');
    if (equals == NULL || equals == setting) {
        diagnostics_add(diagnostics, override.at, "it must have the form KEY=VALUE");
        return NULL;
    }
    const char *path = arena_copy(arena, setting, (size_t)(equals - setting));
    const struct yaml_value *value = read_value(&override, equals + 1);
    const struct yaml_value **slot = value != NULL ? walk(&override, &root, path) : NULL;
    if (slot == NULL) {
        return NULL;
    }
    *slot = value;
    return root;
}
