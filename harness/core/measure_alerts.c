#include "core/measure_parts.h"

#include "base/check.h"

/* An alert's number leads to the record that it began or ended. */
struct numbered {
    struct alert_record *record; /* NULL: the journal knows none of that number */
    bool raised;
};

struct reading {
    struct arena *arena;
    struct measurement *ret;
    struct numbered *numbered;
    struct alert_record **open; /* one a node */
    size_t count;
};

static void read_alert(struct reading *reading, const struct event *event)
{
    struct alert_record *record = reading->open[event->node];

    if (event->alert.raised) {
        record = &reading->ret->alerts[reading->ret->alert_count++];
        *record =
            (struct alert_record){.node = event->node,
                                  .raised = event->at,
                                  .cleared = NANOS_NEVER,
                                  .why = arena_printf(reading->arena, "%s", event->alert.why)};
    } else if (record != NULL) {
        record->cleared = event->at;
    }
    reading->open[event->node] = event->alert.raised ? record : NULL;
    if (event->alert.alert < reading->count) {
        reading->numbered[event->alert.alert] =
            (struct numbered){.record = record, .raised = event->alert.raised};
    }
}

static void read_hook(const struct reading *reading, const struct event *event)
{
    const struct numbered *of = event->hook.alert < reading->count
                                    ? &reading->numbered[event->hook.alert]
                                    : &(struct numbered){.record = NULL};
    struct hook_result hook = {
        .known = true,
        .exit_status = event->hook.exit_status,
        .end = (enum hook_end)event->hook.end,
    };

    if (of->record != NULL && of->raised) {
        of->record->raised_hook = hook;
    } else if (of->record != NULL) {
        of->record->cleared_hook = hook;
    }
}

void measure_alerts_fill(struct measuring *m)
{
    const struct event_list *alerts = &m->events[EVENT_ALERT];
    const struct event_list *hooks = &m->events[EVENT_ALERT_HOOK];
    struct reading reading = {
        .arena = m->arena,
        .ret = m->ret,
        .numbered = ARENA_ARRAY(m->scratch, struct numbered, alerts->count + 1),
        .open = ARENA_ARRAY(m->scratch, struct alert_record *, m->scenario->node_count + 1),
        .count = alerts->count,
    };

    m->ret->alerts = ARENA_ARRAY(m->arena, struct alert_record, alerts->count + 1);
    for (size_t i = 0; i < alerts->count; i++) {
        CHECK(alerts->events[i]->node < m->scenario->node_count);
        read_alert(&reading, alerts->events[i]);
    }
    for (size_t i = 0; i < hooks->count; i++) {
        read_hook(&reading, hooks->events[i]);
    }
}
