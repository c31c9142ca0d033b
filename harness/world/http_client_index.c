#include "world/http_client_index.h"

#include "base/check.h"

#include <stddef.h>

enum {
    INDEX_BITS_FIRST = 8,
    INDEX_BITS_MAX = 30,
};

static uint32_t home_of(const struct http_client_index *index, uint32_t id)
{
    return (id * UINT32_C(2654435769)) >> (32 - index->bits);
}

static uint32_t mask_of(const struct http_client_index *index)
{
    return (UINT32_C(1) << index->bits) - 1;
}

/* Where the id is, or the free entry where it belongs. */
static uint32_t place_of(const struct http_client_index *index, uint32_t id)
{
    uint32_t place = home_of(index, id);
    while (index->entries[place].value != NULL && index->entries[place].id != id) {
        place = (place + 1) & mask_of(index);
    }
    return place;
}

static void take_entries(struct http_client_index *index, unsigned bits)
{
    CHECK(bits <= INDEX_BITS_MAX);
    index->bits = bits;
    index->entries = ARENA_ARRAY(index->arena, struct http_client_index_entry, (size_t)1 << bits);
}

void http_client_index_init(struct http_client_index *index, struct arena *arena)
{
    *index = (struct http_client_index){.arena = arena};
    take_entries(index, INDEX_BITS_FIRST);
}

static void grow(struct http_client_index *index)
{
    const struct http_client_index_entry *old = index->entries;
    uint32_t old_size = UINT32_C(1) << index->bits;

    take_entries(index, index->bits + 1);
    for (uint32_t i = 0; i < old_size; i++) {
        if (old[i].value != NULL) {
            index->entries[place_of(index, old[i].id)] = old[i];
        }
    }
}

void http_client_index_add(struct http_client_index *index, uint32_t id, void *value)
{
    CHECK(value != NULL);
    if (index->count >= (UINT32_C(1) << index->bits) / 2) {
        grow(index);
    }
    uint32_t place = place_of(index, id);
    CHECK(index->entries[place].value == NULL);
    index->entries[place] = (struct http_client_index_entry){.value = value, .id = id};
    index->count++;
}

void *http_client_index_find(const struct http_client_index *index, uint32_t id)
{
    return index->entries[place_of(index, id)].value;
}

void http_client_index_remove(struct http_client_index *index, uint32_t id)
{
    uint32_t mask = mask_of(index);
    uint32_t hole = place_of(index, id);

    CHECK(index->entries[hole].value != NULL);
    for (uint32_t i = (hole + 1) & mask; index->entries[i].value != NULL; i = (i + 1) & mask) {
        uint32_t from_home = (i - home_of(index, index->entries[i].id)) & mask;
        if (from_home >= ((i - hole) & mask)) {
            index->entries[hole] = index->entries[i];
            hole = i;
        }
    }
    index->entries[hole] = (struct http_client_index_entry){0};
    index->count--;
}
