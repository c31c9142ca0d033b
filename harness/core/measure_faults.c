#include "core/measure_parts.h"

/* The times of one fault on one target. */
struct hit {
    nanos planned;
    nanos applied;
    nanos effective;
    nanos cleared;
    uint16_t node;
    bool was_up;
    bool has_failed;
};

/* What is collected of one application of a fault: of a flap, one down phase. */
struct application {
    struct application *before; /* of the same fault */
    struct hit *hits;           /* one a target, in order of appearance */
    size_t count;
    size_t capacity;
    nanos planned;
    nanos applied; /* of a fault without a target, as the next */
    nanos effective;
    uint64_t hit_count;
    const char *failure;
    bool is_refusal; /* the failure: a client said no */
    uint32_t fault;
    enum confirmed_by confirmed_by;
};

static struct hit *find_hit(const struct application *application, uint16_t node)
{
    for (size_t i = 0; i < application->count; i++) {
        if (application->hits[i].node == node) {
            return &application->hits[i];
        }
    }
    return NULL;
}

static struct hit *hit_of(const struct measuring *m, struct application *application, uint16_t node)
{
    struct hit *hit = find_hit(application, node);

    if (hit != NULL) {
        return hit;
    }
    if (application->count == application->capacity) {
        size_t capacity = application->capacity == 0 ? 4 : 2 * application->capacity;
        struct hit *hits = ARENA_ARRAY(m->scratch, struct hit, capacity);
        for (size_t i = 0; i < application->count; i++) {
            hits[i] = application->hits[i];
        }
        application->hits = hits;
        application->capacity = capacity;
    }
    hit = &application->hits[application->count++];
    *hit = (struct hit){.planned = NANOS_NEVER,
                        .applied = NANOS_NEVER,
                        .effective = NANOS_NEVER,
                        .cleared = NANOS_NEVER,
                        .node = node};
    return hit;
}

static void note_hit(struct hit *hit, const struct event *event)
{
    if (event->kind == EVENT_FAULT_PLANNED) {
        hit->planned = nanos_min(hit->planned, event->at);
    } else if (event->kind == EVENT_FAULT_APPLIED) {
        hit->applied = nanos_min(hit->applied, event->at);
        hit->was_up = hit->was_up || event->fault.was_up;
    } else if (event->kind == EVENT_FAULT_EFFECTIVE) {
        hit->effective = nanos_min(hit->effective, event->at);
    } else if (event->kind == EVENT_FAULT_CLEARED) {
        hit->cleared = nanos_min(hit->cleared, event->at);
    } else {
        hit->has_failed = true;
    }
}

static struct application *
application_new(const struct measuring *m, uint32_t fault, struct application *before)
{
    struct application *application = ARENA_NEW(m->scratch, struct application);

    *application = (struct application){.before = before,
                                        .planned = NANOS_NEVER,
                                        .applied = NANOS_NEVER,
                                        .effective = NANOS_NEVER,
                                        .fault = fault};
    return application;
}

/* Does this hit still wait for such an event? */
static bool awaits(const struct hit *hit, enum event_kind kind)
{
    if (hit->has_failed) {
        return false;
    }
    if (kind == EVENT_FAULT_APPLIED) {
        return hit->applied == NANOS_NEVER;
    }
    if (hit->applied == NANOS_NEVER) { /* what cannot be applied fails at once */
        return kind == EVENT_FAULT_FAILED;
    }
    if (kind == EVENT_FAULT_EFFECTIVE) {
        return hit->effective == NANOS_NEVER;
    }
    return hit->cleared == NANOS_NEVER;
}

/* docs/metrics.md, "Faults": the earliest that still waits for the event, but a failure to apply
   belongs to the latest. Nothing before a cleared one waits. */
static struct application *
choose(struct application *last, uint16_t node, const struct event *event)
{
    struct application *chosen = last;

    for (struct application *i = last; i != NULL; i = i->before) {
        const struct hit *hit = find_hit(i, node);
        if (hit == NULL || hit->cleared != NANOS_NEVER) {
            break;
        }
        if (awaits(hit, event->kind)) {
            chosen = i;
        }
        if (event->kind == EVENT_FAULT_FAILED && hit->applied == NANOS_NEVER && !hit->has_failed) {
            break;
        }
    }
    return chosen;
}

/* A further plan for a node that the last application has is a further application. */
static struct application *
application_of(const struct measuring *m, struct application **last, const struct event *event)
{
    const struct hit *hit = *last == NULL ? NULL : find_hit(*last, event->node);
    bool is_flap = m->scenario->faults[event->fault.fault].kind == FAULT_FLAP;
    bool begins = event->kind == EVENT_FAULT_PLANNED && hit != NULL && is_flap;

    if (*last == NULL || begins) {
        *last = application_new(m, event->fault.fault, *last);
        return *last;
    }
    return is_flap ? choose(*last, event->node, event) : *last;
}

static void note(const struct measuring *m, struct application **last, const struct event *event)
{
    if (event->fault.fault >= m->scenario->fault_count) {
        return;
    }
    struct application *application = application_of(m, &last[event->fault.fault], event);

    if (event->kind == EVENT_FAULT_PLANNED) {
        application->planned = nanos_min(application->planned, event->at);
    } else if (event->kind == EVENT_FAULT_APPLIED) {
        application->applied = nanos_min(application->applied, event->at);
    } else if (event->kind == EVENT_FAULT_EFFECTIVE) {
        application->effective = nanos_min(application->effective, event->at);
        application->confirmed_by = event->fault.confirmed_by;
    } else if (event->kind == EVENT_FAULT_CLEARED) {
        application->hit_count += event->fault.hits;
    } else if (application->failure == NULL) {
        application->failure = event->fault.text;
        application->is_refusal = event->fault.confirmed_by == CONFIRMED_BY_CLIENT;
    }
    if (event->node < m->scenario->process_count) {
        note_hit(hit_of(m, application, event->node), event);
    }
}

static bool is_process_fault(enum fault_kind kind)
{
    return fault_kind_class(kind) == FAULT_CLASS_PROCESS;
}

/* A killed node that somebody starts again is cleared, whoever did it. */
static nanos next_ready(const struct measuring *m, uint16_t node, nanos after)
{
    const struct event_list *list = &m->events[EVENT_NODE];

    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        if (event->node == node && event->at > after &&
            event->node_change.state == NODE_STATE_READY) {
            return event->at;
        }
    }
    return NANOS_NEVER;
}

static nanos onset_of(const struct fault *fault, nanos applied, nanos first_effective)
{
    enum fault_kind kind = scenario_fault_acts_as(fault);
    bool harms_at_once = is_process_fault(kind) && kind != FAULT_PAUSE;
    nanos onset = harms_at_once || first_effective == NANOS_NEVER ? applied : first_effective;

    return onset == NANOS_NEVER ? first_effective : nanos_max(onset, 0);
}

/* Why it failed. A client that refuses an order has answered: that is no failure. */
static void add_failure(const struct measuring *m,
                        const struct application *application,
                        struct fault_record *record)
{
    if (application->failure == NULL) {
        return;
    }
    const char *text = arena_printf(m->arena, "%s", application->failure);

    if (application->is_refusal) {
        record->refusal = text;
        record->confirmed_by = CONFIRMED_BY_CLIENT;
    } else {
        record->failure = text;
    }
}

static struct fault_record make_record(const struct measuring *m,
                                       const struct application *application)
{
    const struct fault *fault = &m->scenario->faults[application->fault];
    uint16_t *targets = ARENA_ARRAY(m->arena, uint16_t, application->count + 1);
    nanos first_effective = NANOS_NEVER;
    bool was_up = false;
    struct fault_record record = {
        .fault = application->fault,
        .targets = targets,
        .target_count = application->count,
        .planned = application->planned,
        .applied = application->applied,
        .effective = application->count == 0 ? application->effective : INT64_MIN,
        .cleared = application->count == 0 ? NANOS_NEVER : INT64_MIN,
        .hits = application->hit_count,
        .confirmed_by = application->confirmed_by,
        .disturbance = DISTURBANCE_NONE,
    };

    for (size_t i = 0; i < application->count; i++) {
        const struct hit *hit = &application->hits[i];
        targets[i] = hit->node;
        record.effective = nanos_max(record.effective, hit->effective);
        record.cleared = nanos_max(record.cleared, hit->cleared);
        first_effective = nanos_min(first_effective, hit->effective);
        was_up = was_up || hit->was_up;
    }
    add_failure(m, application, &record);
    record.onset = onset_of(fault, record.applied, first_effective);
    record.opens = fault_kind_opens(fault->kind) && (fault->kind != FAULT_RESTART || was_up);
    return record;
}

/* By application; what was never applied comes last, by its planned time. */
static bool comes_before(const struct application *a, const struct application *b)
{
    return a->applied != b->applied ? a->applied < b->applied : a->planned < b->planned;
}

static void insert(struct application **sorted, size_t place, struct application *application)
{
    while (place > 0 && comes_before(application, sorted[place - 1])) {
        sorted[place] = sorted[place - 1];
        place--;
    }
    sorted[place] = application;
}

static void add_effects(struct measuring *m, uint32_t index, const struct application *application)
{
    const struct fault *fault = &m->scenario->faults[m->ret->faults[index].fault];

    if (fault_kind_class(fault->kind) == FAULT_CLASS_CLIENT) {
        return;
    }
    for (size_t i = 0; i < application->count; i++) {
        const struct hit *hit = &application->hits[i];
        nanos from = nanos_min(hit->applied, hit->effective);

        /* To start what is down harms nobody. */
        if (from == NANOS_NEVER || (fault->kind == FAULT_RESTART && !hit->was_up)) {
            continue;
        }
        m->effects[m->effect_count++] = (struct effect){
            .from = from,
            .to = nanos_max(hit->cleared, from),
            .fault = index,
            .node = hit->node,
            .unable = measure_harm_disables(fault),
        };
    }
}

/* The answer by which a leader was found. */
static void note_leaders(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_LEADER];

    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        for (size_t k = 0; k < m->ret->fault_count; k++) {
            struct fault_record *fault = &m->ret->faults[k];
            if (fault->fault == event->leader.fault) {
                fault->leader_said = arena_printf(m->arena, "%s", event->leader.text);
                fault->leader_asked = event->at;
            }
        }
    }
}

static void clear_by_ready(const struct measuring *m, struct application *application)
{
    if (!is_process_fault(m->scenario->faults[application->fault].kind)) {
        return;
    }
    for (size_t i = 0; i < application->count; i++) {
        struct hit *hit = &application->hits[i];
        if (hit->cleared == NANOS_NEVER && hit->applied != NANOS_NEVER) {
            hit->cleared = next_ready(m, hit->node, hit->applied);
        }
    }
}

/* Of each fault the last application. Events are taken in the order of the journal: what is seen of
   a fault is recorded in the order in which it came about. */
static struct application **collect(struct measuring *m)
{
    struct application **last =
        ARENA_ARRAY(m->scratch, struct application *, m->scenario->fault_count + 1);

    for (size_t i = 0; i < m->journal->count; i++) {
        const struct event *event = journal_at(m->journal, i);
        if (event->kind >= EVENT_FAULT_PLANNED && event->kind <= EVENT_FAULT_FAILED) {
            note(m, last, event);
        }
    }
    return last;
}

/* All applications in order; sets *ret_count. */
static struct application **sort(const struct measuring *m, struct application **last, size_t *ret)
{
    size_t count = 0;
    size_t place = 0;

    for (uint32_t fault = 0; fault < m->scenario->fault_count; fault++) {
        for (const struct application *i = last[fault]; i != NULL; i = i->before) {
            count++;
        }
    }
    struct application **sorted = ARENA_ARRAY(m->scratch, struct application *, count + 1);
    struct application **of_fault = ARENA_ARRAY(m->scratch, struct application *, count + 1);
    for (uint32_t fault = 0; fault < m->scenario->fault_count; fault++) {
        size_t own = 0;
        for (struct application *i = last[fault]; i != NULL; i = i->before) {
            of_fault[own++] = i;
        }
        while (own > 0) {
            insert(sorted, place++, of_fault[--own]);
        }
    }
    *ret = count;
    return sorted;
}

void measure_faults_read(struct measuring *m)
{
    struct measurement *ret = m->ret;
    struct application **sorted = sort(m, collect(m), &ret->fault_count);
    size_t effects_max = m->events[EVENT_NODE].count + m->scenario->process_count;

    for (size_t i = 0; i < ret->fault_count; i++) {
        clear_by_ready(m, sorted[i]);
        effects_max += sorted[i]->count;
    }
    ret->faults = ARENA_ARRAY(m->arena, struct fault_record, ret->fault_count + 1);
    m->effects = ARENA_ARRAY(m->scratch, struct effect, effects_max + 1);
    for (uint32_t i = 0; i < ret->fault_count; i++) {
        ret->faults[i] = make_record(m, sorted[i]);
        ret->first_fault = nanos_min(ret->first_fault, ret->faults[i].applied);
        add_effects(m, i, sorted[i]);
    }
    note_leaders(m);
}
