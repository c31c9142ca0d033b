/* Doubly linked lists of slot numbers: each slot is in at most one, and leaves it without knowing
   which. It refuses to know what a slot holds. */
#ifndef BASCULE_CORE_CLIENT_LISTS_H
#define BASCULE_CORE_CLIENT_LISTS_H

#include "base/arena.h"

#include <stdint.h>

#define SLOT_NONE UINT32_MAX

struct link {
    uint32_t previous;
    uint32_t next;
};

/* Slots 0 to slot_count - 1, then the lists' heads; a slot that is alone is in no list. */
struct lists {
    struct link *links;
    uint32_t slot_count;
    uint32_t list_count;
};

void lists_init(struct lists *lists, struct arena *arena, uint32_t slot_count, uint32_t list_count);
/* At the end of the list; the slot must be in none. */
void lists_append(struct lists *lists, uint32_t list, uint32_t slot);
/* Out of whatever list it is in, if any. */
void lists_remove(struct lists *lists, uint32_t slot);
/* All of `from`, in order, to the end of `to`. */
void lists_splice(struct lists *lists, uint32_t to, uint32_t from);
/* SLOT_NONE if the list is empty. */
uint32_t lists_first(const struct lists *lists, uint32_t list);

#endif
