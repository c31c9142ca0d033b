#include "world/occurrences.h"

#define CAPACITY_FIRST 64

static struct occurrence *at(const struct occurrences *occurrences, size_t number)
{
    return &occurrences->ring[(occurrences->first + number) & (occurrences->capacity - 1)];
}

void occurrences_init(struct occurrences *occurrences, struct arena *arena)
{
    *occurrences = (struct occurrences){
        .arena = arena,
        .ring = ARENA_ARRAY(arena, struct occurrence, CAPACITY_FIRST),
        .capacity = CAPACITY_FIRST,
    };
}

static void grow(struct occurrences *occurrences)
{
    size_t capacity = occurrences->capacity * 2;
    struct occurrence *ring = ARENA_ARRAY(occurrences->arena, struct occurrence, capacity);
    for (size_t i = 0; i < occurrences->count; i++) {
        ring[i] = *at(occurrences, i);
    }
    occurrences->ring = ring;
    occurrences->capacity = capacity;
    occurrences->first = 0;
}

void occurrences_add(struct occurrences *occurrences, const struct occurrence *occurrence)
{
    if (occurrences->count == occurrences->capacity) {
        grow(occurrences);
    }
    *at(occurrences, occurrences->count++) = *occurrence;
}

bool occurrences_take(struct occurrences *occurrences, struct occurrence *ret)
{
    if (occurrences->count == 0) {
        return false;
    }
    *ret = *at(occurrences, 0);
    occurrences->first++;
    occurrences->count--;
    return true;
}

bool occurrences_forget_attempt(struct occurrences *occurrences,
                                struct attempt_ref ref,
                                bool *ret_sent)
{
    bool ended = false;
    size_t kept = 0;
    for (size_t i = 0; i < occurrences->count; i++) {
        const struct occurrence *occurrence = at(occurrences, i);
        bool of_attempt =
            occurrence->kind == OCCURRENCE_ATTEMPT_ENDED || occurrence->kind == OCCURRENCE_HEADERS;
        if (of_attempt && occurrence->attempt.ref.id == ref.id) {
            ended = ended || occurrence->kind == OCCURRENCE_ATTEMPT_ENDED;
            *ret_sent = occurrence->attempt.sent;
            continue;
        }
        *at(occurrences, kept++) = *occurrence;
    }
    occurrences->count = kept;
    return ended;
}

static bool is_of_stream(const struct occurrence *occurrence, struct stream_ref ref)
{
    return occurrence->kind >= OCCURRENCE_STREAM_OPENED &&
           occurrence->kind <= OCCURRENCE_STREAM_ENDED && occurrence->stream.ref.id == ref.id;
}

bool occurrences_forget_stream(struct occurrences *occurrences, struct stream_ref ref)
{
    bool ended = false;
    size_t kept = 0;
    for (size_t i = 0; i < occurrences->count; i++) {
        const struct occurrence *occurrence = at(occurrences, i);
        if (is_of_stream(occurrence, ref)) {
            ended = ended || occurrence->kind == OCCURRENCE_STREAM_ENDED;
            continue;
        }
        *at(occurrences, kept++) = *occurrence;
    }
    occurrences->count = kept;
    return ended;
}
