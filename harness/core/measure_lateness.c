#include "core/measure_parts.h"

#include "core/stats.h"

/* Lateness spoils what is measured from the moment something was to happen until it did, the
   aftermath too. */
struct delay {
    nanos from;
    nanos to;
};

static void note(struct measuring *m, struct delay delay)
{
    struct measurement *ret = m->ret;
    size_t low = 0;
    size_t high = ret->disturbance_count;

    while (low < high) { /* the first that ends no earlier than the delay begins */
        size_t middle = low + (high - low) / 2;
        if (ret->disturbances[middle].aftermath_end < delay.from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < ret->disturbance_count && ret->disturbances[low].onset <= delay.to; low++) {
        struct disturbance *disturbance = &ret->disturbances[low];
        disturbance->lateness_max = nanos_max(disturbance->lateness_max, delay.to - delay.from);
    }
}

static struct lateness summarise(int64_t *samples, size_t count)
{
    if (count == 0) {
        return (struct lateness){0};
    }
    stats_sort(samples, count);
    return (struct lateness){
        .p50 = stats_rank(samples, count, 500),
        .p99 = stats_rank(samples, count, 990),
        .max = samples[count - 1],
    };
}

static void fill_starts(struct measuring *m)
{
    struct measurement *ret = m->ret;
    int64_t *samples = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 1);
    size_t count = 0;

    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        if (record->started != NANOS_NEVER) {
            samples[count++] = nanos_max(record->started - record->due, 0);
            note(m, (struct delay){.from = record->due, .to = record->started});
        }
    }
    ret->start_lateness = summarise(samples, count);
}

static nanos planned_at(const struct measuring *m, const struct event *applied)
{
    const struct event_list *list = &m->events[EVENT_FAULT_PLANNED];
    nanos planned = applied->at;

    for (size_t i = 0; i < list->count && list->events[i]->at <= applied->at; i++) {
        if (list->events[i]->fault.fault == applied->fault.fault &&
            list->events[i]->node == applied->node) {
            planned = list->events[i]->at;
        }
    }
    return planned;
}

/* A disturbance may begin when its fault is seen to be effective, which is after it was applied. */
static void note_own(struct measuring *m, const struct event *applied, nanos lateness)
{
    const struct fault_record *own = NULL;

    for (size_t i = 0; i < m->ret->fault_count && m->ret->faults[i].applied <= applied->at; i++) {
        if (m->ret->faults[i].fault == applied->fault.fault) {
            own = &m->ret->faults[i]; /* the latest: a flap has one for each down phase */
        }
    }
    if (own != NULL && own->disturbance != DISTURBANCE_NONE) {
        struct disturbance *disturbance = &m->ret->disturbances[own->disturbance];
        disturbance->lateness_max = nanos_max(disturbance->lateness_max, lateness);
    }
}

static void fill_faults(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_FAULT_APPLIED];
    int64_t *samples = ARENA_ARRAY(m->scratch, int64_t, list->count + 1);

    for (size_t i = 0; i < list->count; i++) {
        struct delay delay = {.from = planned_at(m, list->events[i]), .to = list->events[i]->at};
        samples[i] = delay.to - delay.from;
        note(m, delay);
        note_own(m, list->events[i], samples[i]);
    }
    m->ret->fault_lateness = summarise(samples, list->count);
}

static size_t add_turns(struct measuring *m, enum event_kind kind, int64_t *samples, size_t count)
{
    const struct event_list *list = &m->events[kind];

    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        if (event->at >= 0) {
            samples[count++] = event->turn.lateness;
            note(m, (struct delay){.from = event->at - event->turn.lateness, .to = event->at});
        }
    }
    return count;
}

void measure_lateness_fill(struct measuring *m)
{
    size_t turns = m->events[EVENT_TURN].count + m->events[EVENT_STALL].count;
    int64_t *samples = ARENA_ARRAY(m->scratch, int64_t, turns + 1);
    size_t count = add_turns(m, EVENT_TURN, samples, 0);

    count = add_turns(m, EVENT_STALL, samples, count);
    m->ret->turn_lateness = summarise(samples, count);
    fill_starts(m);
    fill_faults(m);
}
