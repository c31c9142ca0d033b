#include "backends-stub/replays.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 256 /* a power of two, as are all */

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *key)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *key != '\0'; key++) {
        hash = (hash ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
    }
    return hash == 0 ? 1 : hash;
}

/* That of the key, or the empty one where it would stand. */
static struct replay *place_of(struct replay *places, size_t capacity, uint64_t key)
{
    size_t at = (size_t)key & (capacity - 1);

    while (places[at].key != 0 && places[at].key != key) {
        at = (at + 1) & (capacity - 1);
    }
    return &places[at];
}

const struct replay *replays_find(const struct replays *replays, const char *key)
{
    if (replays->count == 0) {
        return NULL;
    }
    const struct replay *replay = place_of(replays->places, replays->capacity, hash_of(key));

    return replay->key != 0 ? replay : NULL;
}

static bool grow(struct replays *replays)
{
    size_t capacity = replays->capacity == 0 ? CAPACITY_MIN : 2 * replays->capacity;
    struct replay *places = calloc(capacity, sizeof *places);

    if (places == NULL) {
        return false;
    }
    for (size_t i = 0; i < replays->capacity; i++) {
        if (replays->places[i].key != 0) {
            *place_of(places, capacity, replays->places[i].key) = replays->places[i];
        }
    }
    free(replays->places);
    replays->places = places;
    replays->capacity = capacity;
    return true;
}

bool replays_keep(
    struct replays *replays, const char *key, unsigned status, const char *body, size_t length)
{
    if (2 * (replays->count + 1) > replays->capacity && !grow(replays)) {
        return false;
    }
    char *copy = body == NULL ? NULL : malloc(length + 1);
    if (body != NULL && copy == NULL) {
        return false;
    }
    if (copy != NULL) {
        memcpy(copy, body, length);
        copy[length] = '\0';
    }
    struct replay *place = place_of(replays->places, replays->capacity, hash_of(key));
    replays->count += place->key == 0;
    free(place->body);
    *place =
        (struct replay){.key = hash_of(key), .body = copy, .body_length = length, .status = status};
    return true;
}

void replays_done(struct replays *replays)
{
    for (size_t i = 0; i < replays->capacity; i++) {
        free(replays->places[i].body);
    }
    free(replays->places);
    *replays = (struct replays){0};
}
