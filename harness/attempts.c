#include "attempts.h"

#include "base/check.h"

void attempts_init(struct attempts *attempts, struct arena *arena, size_t capacity)
{
    size_t places = 16;
    while (places < capacity * 2) {
        places *= 2;
    }
    attempts->places = ARENA_ARRAY(arena, struct attempt_out, places);
    attempts->mask = places - 1;
    attempts->count = 0;
    for (size_t i = 0; i < places; i++) {
        attempts->places[i].ref.id = ATTEMPT_NONE;
    }
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

void attempts_add(struct attempts *attempts, struct attempt_out attempt)
{
    CHECK(attempts->count < (attempts->mask + 1) / 2);
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
