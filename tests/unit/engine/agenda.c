#include "unit/engine/agenda.h"

#include "unit/cmocka_all.h"

void agenda_later(struct agenda *agenda, nanos at, struct occurrence occurrence)
{
    size_t place = agenda->count++;
    assert_true(agenda->count <= AGENDA_MAX);
    while (place > agenda->first && agenda->coming[place - 1].at > at) {
        agenda->coming[place] = agenda->coming[place - 1];
        place--;
    }
    occurrence.at = at;
    agenda->coming[place] = occurrence;
}

void agenda_wait(struct agenda *agenda, nanos until)
{
    bool is_empty = agenda->first == agenda->count;
    nanos next = is_empty ? NANOS_NEVER : agenda->coming[agenda->first].at;
    assert_true(nanos_min(until, next) != NANOS_NEVER);
    agenda->now = nanos_max(agenda->now, nanos_min(until, next));
}

bool agenda_next(struct agenda *agenda, struct occurrence *ret)
{
    if (agenda->first == agenda->count || agenda->coming[agenda->first].at > agenda->now) {
        return false;
    }
    *ret = agenda->coming[agenda->first++];
    return true;
}
