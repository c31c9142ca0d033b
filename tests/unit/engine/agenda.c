#include "unit/engine/agenda.h"

#include "unit/cmocka_all.h"

static struct agenda *agenda_of(struct world *world)
{
    return (struct agenda *)(void *)world;
}

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

void agenda_cancel(struct agenda *agenda, struct attempt_ref ref)
{
    size_t place = agenda->first;
    while (place < agenda->count && (agenda->coming[place].kind != OCCURRENCE_ATTEMPT_ENDED ||
                                     agenda->coming[place].attempt.ref.id != ref.id)) {
        place++;
    }
    if (place == agenda->count) {
        fail_msg("an attempt was cancelled that is not out");
    }
    agenda->count--;
    for (; place < agenda->count; place++) {
        agenda->coming[place] = agenda->coming[place + 1];
    }
}

bool agenda_prepare(struct world *world)
{
    (void)world;
    return true;
}

void agenda_start_clock(struct world *world, nanos lead)
{
    agenda_of(world)->now = -lead;
}

nanos agenda_now(struct world *world)
{
    return agenda_of(world)->now;
}

void agenda_wait(struct world *world, nanos until)
{
    struct agenda *agenda = agenda_of(world);
    bool is_empty = agenda->first == agenda->count;
    nanos next = is_empty ? NANOS_NEVER : agenda->coming[agenda->first].at;
    assert_true(nanos_min(until, next) != NANOS_NEVER);
    agenda->now = nanos_max(agenda->now, nanos_min(until, next));
}

bool agenda_next(struct world *world, struct occurrence *ret)
{
    struct agenda *agenda = agenda_of(world);
    if (agenda->first == agenda->count || agenda->coming[agenda->first].at > agenda->now) {
        return false;
    }
    *ret = agenda->coming[agenda->first++];
    return true;
}

void agenda_finish(struct world *world, struct journal *journal)
{
    (void)world;
    (void)journal;
}
