#include "core/client/lists.h"

#include "base/check.h"

void lists_init(struct lists *lists, struct arena *arena, uint32_t slot_count, uint32_t list_count)
{
    CHECK(list_count < SLOT_NONE - slot_count);
    uint32_t total = slot_count + list_count;

    *lists = (struct lists){
        .links = ARENA_ARRAY(arena, struct link, total),
        .slot_count = slot_count,
        .list_count = list_count,
    };
    for (uint32_t i = 0; i < total; i++) {
        lists->links[i] = (struct link){.previous = i, .next = i};
    }
}

static uint32_t head_of(const struct lists *lists, uint32_t list)
{
    CHECK(list < lists->list_count);
    return lists->slot_count + list;
}

void lists_append(struct lists *lists, uint32_t list, uint32_t slot)
{
    uint32_t head = head_of(lists, list);
    struct link *links = lists->links;

    CHECK(slot < lists->slot_count && links[slot].next == slot);
    links[slot] = (struct link){.previous = links[head].previous, .next = head};
    links[links[head].previous].next = slot;
    links[head].previous = slot;
}

void lists_remove(struct lists *lists, uint32_t slot)
{
    CHECK(slot < lists->slot_count);
    struct link *links = lists->links;
    struct link link = links[slot];

    links[link.previous].next = link.next;
    links[link.next].previous = link.previous;
    links[slot] = (struct link){.previous = slot, .next = slot};
}

void lists_splice(struct lists *lists, uint32_t to, uint32_t from)
{
    uint32_t target = head_of(lists, to);
    uint32_t source = head_of(lists, from);
    struct link *links = lists->links;

    if (links[source].next == source || target == source) {
        return;
    }
    uint32_t first = links[source].next;
    uint32_t last = links[source].previous;

    links[first].previous = links[target].previous;
    links[links[target].previous].next = first;
    links[last].next = target;
    links[target].previous = last;
    links[source] = (struct link){.previous = source, .next = source};
}

uint32_t lists_first(const struct lists *lists, uint32_t list)
{
    uint32_t head = head_of(lists, list);
    uint32_t first = lists->links[head].next;

    return first == head ? SLOT_NONE : first;
}
