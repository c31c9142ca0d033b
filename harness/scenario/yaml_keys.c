#include "scenario/yaml_keys.h"

#include <stdlib.h>
#include <string.h>

struct ranked_pair {
    struct yaml_pair pair;
    size_t rank; /* the order in which pairs win: explicit ones, then merged ones */
    bool is_merged;
    bool is_beaten;
};

struct ranked_pairs {
    struct ranked_pair *items;
    size_t count;
};

static bool is_merge_key(const struct yaml_value *key)
{
    return key->style == VALUE_PLAIN && strcmp(key->text, "<<") == 0;
}

static void complain_about_merge(const struct yaml_value *value, struct diagnostics *diagnostics)
{
    diagnostics_add(diagnostics, value->at, "'<<' merges a mapping or a list of mappings, not %s",
                    yaml_value_describe(diagnostics->arena, value));
}

/* The mappings that one merge key names: a mapping is a list of one. NULL items are mistakes,
 * already complained about. */
static size_t merged_maps(const struct yaml_value *value,
                          const struct yaml_value *const **ret_maps,
                          const struct yaml_value **single)
{
    if (value->kind == VALUE_LIST) {
        *ret_maps = value->items;
        return value->count;
    }
    *single = value;
    *ret_maps = single;
    return 1;
}

static size_t count_merged(const struct yaml_value *value, struct diagnostics *diagnostics)
{
    const struct yaml_value *const *maps = NULL;
    const struct yaml_value *single = NULL;
    size_t map_count = merged_maps(value, &maps, &single);
    size_t count = 0;
    for (size_t i = 0; i < map_count; i++) {
        if (maps[i]->kind == VALUE_MAP) {
            count += maps[i]->count;
        } else {
            complain_about_merge(maps[i], diagnostics);
        }
    }
    return count;
}

static void add_pair(struct ranked_pairs *all, struct yaml_pair pair, bool is_merged)
{
    all->items[all->count] =
        (struct ranked_pair){.pair = pair, .rank = all->count, .is_merged = is_merged};
    all->count++;
}

static void add_merged(struct ranked_pairs *all, const struct yaml_value *value)
{
    const struct yaml_value *const *maps = NULL;
    const struct yaml_value *single = NULL;
    size_t map_count = merged_maps(value, &maps, &single);
    for (size_t i = 0; i < map_count; i++) {
        for (size_t k = 0; maps[i]->kind == VALUE_MAP && k < maps[i]->count; k++) {
            add_pair(all, maps[i]->pairs[k], true);
        }
    }
}

static int by_key_then_rank(const void *left, const void *right)
{
    const struct ranked_pair *a = left;
    const struct ranked_pair *b = right;
    int order = strcmp(a->pair.key->text, b->pair.key->text);
    return order != 0 ? order : (a->rank > b->rank) - (a->rank < b->rank);
}

static int by_rank(const void *left, const void *right)
{
    const struct ranked_pair *a = left;
    const struct ranked_pair *b = right;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static void complain_about_duplicate(const struct yaml_value *key,
                                     const struct yaml_value *first,
                                     struct diagnostics *diagnostics)
{
    diagnostics_add(diagnostics, key->at, "duplicate key %s (first given at line %u, column %u)",
                    yaml_text_quote(diagnostics->arena, key->text), first->at.line,
                    first->at.column);
}

static void beat_duplicates(struct ranked_pairs *all, struct diagnostics *diagnostics)
{
    const struct ranked_pair *winner = NULL;
    for (size_t i = 0; i < all->count; i++) {
        struct ranked_pair *pair = &all->items[i];
        const struct yaml_value *key = pair->pair.key;
        if (winner == NULL || strcmp(winner->pair.key->text, key->text) != 0) {
            winner = pair;
            continue;
        }
        pair->is_beaten = true;
        if (!pair->is_merged) {
            complain_about_duplicate(key, winner->pair.key, diagnostics);
        }
    }
}

static void refuse_second_merge(const struct yaml_pair *pairs,
                                size_t pair_count,
                                struct diagnostics *diagnostics)
{
    const struct yaml_value *first = NULL;
    for (size_t i = 0; i < pair_count; i++) {
        if (!is_merge_key(pairs[i].key)) {
            continue;
        }
        if (first != NULL) {
            complain_about_duplicate(pairs[i].key, first, diagnostics);
        } else {
            first = pairs[i].key;
        }
    }
}

static size_t
count_all(const struct yaml_pair *pairs, size_t pair_count, struct diagnostics *diagnostics)
{
    size_t count = 0;
    for (size_t i = 0; i < pair_count; i++) {
        count += is_merge_key(pairs[i].key) ? count_merged(pairs[i].value, diagnostics) : 1;
    }
    return count;
}

/* The order of the file among explicit and among merged pairs. */
static struct ranked_pairs collect(struct arena *arena,
                                   const struct yaml_pair *pairs,
                                   size_t pair_count,
                                   struct diagnostics *diagnostics)
{
    refuse_second_merge(pairs, pair_count, diagnostics);
    size_t total = count_all(pairs, pair_count, diagnostics);
    struct ranked_pairs all = {.items = ARENA_ARRAY(arena, struct ranked_pair, total)};
    for (size_t i = 0; i < pair_count; i++) {
        if (!is_merge_key(pairs[i].key)) {
            add_pair(&all, pairs[i], false);
        }
    }
    for (size_t i = 0; i < pair_count; i++) {
        if (is_merge_key(pairs[i].key)) {
            add_merged(&all, pairs[i].value);
        }
    }
    return all;
}

void yaml_keys_resolve(struct arena *arena,
                       struct yaml_value *map,
                       const struct yaml_pair *pairs,
                       size_t pair_count,
                       struct diagnostics *diagnostics)
{
    struct ranked_pairs all = collect(arena, pairs, pair_count, diagnostics);
    qsort(all.items, all.count, sizeof(*all.items), by_key_then_rank);
    beat_duplicates(&all, diagnostics);
    qsort(all.items, all.count, sizeof(*all.items), by_rank);

    struct yaml_pair *kept = ARENA_ARRAY(arena, struct yaml_pair, all.count);
    for (size_t i = 0; i < all.count; i++) {
        if (!all.items[i].is_beaten) {
            kept[map->count++] = all.items[i].pair;
        }
    }
    map->pairs = kept;
}
