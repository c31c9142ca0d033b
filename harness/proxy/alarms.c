#include "proxy/alarms.h"

#include "base/check.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 64 };

static void put(struct alarms *alarms, size_t place, struct alarm *alarm)
{
    alarms->items[place - 1] = alarm;
    alarm->place = place;
}

static struct alarm *get(const struct alarms *alarms, size_t place)
{
    return alarms->items[place - 1];
}

static void rise(struct alarms *alarms, struct alarm *alarm)
{
    size_t place = alarm->place;

    while (place > 1 && get(alarms, place / 2)->at > alarm->at) {
        put(alarms, place, get(alarms, place / 2));
        place /= 2;
    }
    put(alarms, place, alarm);
}

static void sink(struct alarms *alarms, struct alarm *alarm)
{
    size_t place = alarm->place;

    while (2 * place <= alarms->count) {
        size_t below = 2 * place;

        if (below < alarms->count && get(alarms, below + 1)->at < get(alarms, below)->at) {
            below++;
        }
        if (get(alarms, below)->at >= alarm->at) {
            break;
        }
        put(alarms, place, get(alarms, below));
        place = below;
    }
    put(alarms, place, alarm);
}

static void add(struct alarms *alarms, struct alarm *alarm)
{
    if (alarms->count == alarms->capacity) {
        alarms->capacity = alarms->capacity == 0 ? CAPACITY_MIN : 2 * alarms->capacity;
        alarms->items = realloc(alarms->items, alarms->capacity * sizeof(struct alarm *));
        CHECK_MEMORY(alarms->items != NULL);
    }
    alarms->count++;
    put(alarms, alarms->count, alarm);
    rise(alarms, alarm);
}

static void take_out(struct alarms *alarms, struct alarm *alarm)
{
    struct alarm *last = get(alarms, alarms->count);
    size_t place = alarm->place;

    alarm->place = 0;
    alarms->count--;
    if (last != alarm) {
        put(alarms, place, last);
        rise(alarms, last);
        sink(alarms, last);
    }
}

void alarms_set(struct alarms *alarms, struct alarm *alarm, nanos at)
{
    if (alarm->place == 0) {
        alarm->at = at;
        if (at != NANOS_NEVER) {
            add(alarms, alarm);
        }
        return;
    }
    if (at == NANOS_NEVER) {
        take_out(alarms, alarm);
    } else if (at != alarm->at) {
        alarm->at = at;
        rise(alarms, alarm);
        sink(alarms, alarm);
    }
}

nanos alarms_next(const struct alarms *alarms)
{
    return alarms->count == 0 ? NANOS_NEVER : get(alarms, 1)->at;
}

void alarms_ring(struct alarms *alarms, nanos now)
{
    while (alarms_next(alarms) <= now) {
        struct alarm *alarm = get(alarms, 1);

        take_out(alarms, alarm);
        alarm->ring(alarm, now);
    }
}

void alarms_done(struct alarms *alarms)
{
    free(alarms->items);
    *alarms = (struct alarms){0};
}
