#include "attempts.h"

#include "base/check.h"

#define PLACES_MIN 256

static void take_places(struct attempts *attempts, size_t places)
{
    attempts->places = ARENA_ARRAY(attempts->arena, struct attempt_out, places);
    attempts->mask = places - 1;
    for (size_t i = 0; i < places; i++) {
        attempts->places[i].ref.id = ATTEMPT_NONE;
    }
}

void attempts_init(struct attempts *attempts, struct arena *arena, size_t capacity)
{
    *attempts = (struct attempts){.arena = arena, .capacity = capacity};
    take_places(attempts, PLACES_MIN);
}

static size_t home(const struct attempts *attempts, uint32_t id)
{
    uint32_t hash = id * UINT32_C(2654435769); /* Knuth's multiplicative hash */
    return hash & attempts->mask;
}

static size_t place_of(const struct attempts *attempts, uint32_t id)
{
    size_t place = home(attempts, id);
    while (attempts->places[place].ref.id != id && attempts->places[place].ref.id != ATTEMPT_NONE) {
        place = (place + 1) & attempts->mask;
    }
    return place;
}

static void grow(struct attempts *attempts)
{
    const struct attempt_out *old = attempts->places;
    size_t old_places = attempts->mask + 1;
    take_places(attempts, old_places * 2);
    for (size_t i = 0; i < old_places; i++) {
        if (old[i].ref.id != ATTEMPT_NONE) {
            attempts->places[place_of(attempts, old[i].ref.id)] = old[i];
        }
    }
}

void attempts_add(struct attempts *attempts, struct attempt_out attempt)
{
    CHECK(attempts->count < attempts->capacity);
    if (attempts->count == (attempts->mask + 1) / 2) {
        grow(attempts);
    }
    size_t place = place_of(attempts, attempt.ref.id);
    CHECK(attempts->places[place].ref.id == ATTEMPT_NONE);
    attempts->places[place] = attempt;
    attempts->count++;
}

struct attempt_out attempts_take(struct attempts *attempts, uint32_t id)
{
    size_t hole = place_of(attempts, id);
    struct attempt_out taken = attempts->places[hole];
    CHECK(taken.ref.id == id && id != ATTEMPT_NONE);
    attempts->count--;
    /* Close the hole: whatever stands after it and would no longer be found moves into it. */
    size_t place = hole;
    for (;;) {
        attempts->places[hole].ref.id = ATTEMPT_NONE;
        do {
            place = (place + 1) & attempts->mask;
            if (attempts->places[place].ref.id == ATTEMPT_NONE) {
                return taken;
            }
        } while (((place - home(attempts, attempts->places[place].ref.id)) & attempts->mask) <
                 ((place - hole) & attempts->mask));
        attempts->places[hole] = attempts->places[place];
        hole = place;
    }
}
