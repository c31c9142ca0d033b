/* Finds an attempt under way by its id; it refuses to know what an attempt is.
   Open addressing with linear probing, Fibonacci hashing (Knuth 6.4) and deletion by moving back,
   so that 20 million ids can pass through it without a tombstone. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_INDEX_H
#define BASCULE_WORLD_HTTP_CLIENT_INDEX_H

#include "base/arena.h"

#include <stdint.h>

struct http_client_index_entry {
    void *value; /* NULL: free */
    uint32_t id;
};

/* Grows by doubling from the arena, to four times the largest number of ids held at once at most.
 */
struct http_client_index {
    struct arena *arena;
    struct http_client_index_entry *entries;
    uint32_t count;
    unsigned bits; /* 1 << bits entries */
};

void http_client_index_init(struct http_client_index *index, struct arena *arena);
/* CHECKs that the id is not there yet; value is not NULL. */
void http_client_index_add(struct http_client_index *index, uint32_t id, void *value);
/* NULL if it is not there. */
void *http_client_index_find(const struct http_client_index *index, uint32_t id);
/* CHECKs that it is there. */
void http_client_index_remove(struct http_client_index *index, uint32_t id);

#endif
