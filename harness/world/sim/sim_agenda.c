#include "world/sim/sim_parts.h"

#include <string.h>

#define AGENDA_MIN 256

void sim_agenda_init(struct sim *sim)
{
    heap_init(&sim->agenda, sim->arena, AGENDA_MIN);
}

/* What is late because of a fault is not bounded by what is in flight. */
static void grow(struct sim *sim)
{
    struct heap bigger;
    heap_init(&bigger, sim->arena, sim->agenda.capacity * 2);
    memcpy(bigger.items, sim->agenda.items, sim->agenda.count * sizeof *bigger.items);
    bigger.count = sim->agenda.count;
    bigger.pushed = sim->agenda.pushed;
    sim->agenda = bigger;
}

void sim_alarm_set(struct sim *sim, struct sim_alarm *alarm, nanos at)
{
    if (sim->agenda.count == sim->agenda.capacity) {
        grow(sim);
    }
    alarm->item = sim->agenda.pushed + 1;
    heap_push(&sim->agenda, at, (uint64_t)(uintptr_t)alarm);
}

bool sim_agenda_step(struct sim *sim, nanos until)
{
    const struct heap_item *first = heap_first(&sim->agenda);
    if (first == NULL || first->at > until) {
        return false;
    }
    struct heap_item item = heap_pop(&sim->agenda);
    struct sim_alarm *alarm = (struct sim_alarm *)(uintptr_t)item.id;
    if (alarm->item != item.sequence + 1) {
        return true; /* set again meanwhile, or switched off */
    }
    alarm->item = 0;
    sim->clock = nanos_max(sim->clock, item.at);
    alarm->ring(sim, alarm);
    return true;
}
