#include "core/measure_parts.h"

#include <string.h>

#define HEALTH_PATH    "/api/health"
#define STATUS_DEFAULT 503 /* of respond and gray without a status */

/* The times of one fault on one target. */
struct hit {
    nanos planned;
    nanos applied;
    nanos effective;
    nanos cleared;
    uint16_t node;
    bool was_up;
};

/* What is collected of one fault of the scenario. */
struct application {
    struct hit *hits; /* one a target, in order of appearance */
    size_t count;
    nanos planned;
    nanos applied; /* of a fault without a target */
    uint64_t hit_count;
    const char *failure;
    enum confirmed_by confirmed_by;
    bool seen;
};

static struct hit *hit_of(const struct measuring *m, struct application *application, uint16_t node)
{
    for (size_t i = 0; i < application->count; i++) {
        if (application->hits[i].node == node) {
            return &application->hits[i];
        }
    }
    if (application->hits == NULL) {
        application->hits = ARENA_ARRAY(m->scratch, struct hit, m->scenario->node_count);
    }
    struct hit *hit = &application->hits[application->count++];
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
    }
}

static void
note(const struct measuring *m, struct application *applications, const struct event *event)
{
    if (event->fault.fault >= m->scenario->fault_count) {
        return;
    }
    struct application *application = &applications[event->fault.fault];

    if (!application->seen) {
        *application =
            (struct application){.planned = NANOS_NEVER, .applied = NANOS_NEVER, .seen = true};
    }
    if (event->kind == EVENT_FAULT_PLANNED) {
        application->planned = nanos_min(application->planned, event->at);
    } else if (event->kind == EVENT_FAULT_APPLIED) {
        application->applied = nanos_min(application->applied, event->at);
    } else if (event->kind == EVENT_FAULT_EFFECTIVE) {
        application->confirmed_by = event->fault.confirmed_by;
    } else if (event->kind == EVENT_FAULT_CLEARED) {
        application->hit_count += event->fault.hits;
    } else if (application->failure == NULL) {
        application->failure = event->fault.text;
    }
    if (event->node < m->scenario->node_count) {
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

static nanos onset_of(enum fault_kind kind, nanos applied, nanos first_effective)
{
    bool harms_at_once = is_process_fault(kind) && kind != FAULT_PAUSE;
    nanos onset = harms_at_once || first_effective == NANOS_NEVER ? applied : first_effective;

    return onset == NANOS_NEVER ? first_effective : nanos_max(onset, 0);
}

static struct fault_record
make_record(const struct measuring *m, uint32_t fault, const struct application *application)
{
    enum fault_kind kind = m->scenario->faults[fault].kind;
    uint16_t *targets = ARENA_ARRAY(m->arena, uint16_t, application->count + 1);
    nanos first_effective = NANOS_NEVER;
    bool was_up = false;
    struct fault_record record = {
        .fault = fault,
        .targets = targets,
        .target_count = application->count,
        .planned = application->planned,
        .applied = application->applied,
        .effective = application->count == 0 ? NANOS_NEVER : INT64_MIN,
        .cleared = application->count == 0 ? NANOS_NEVER : INT64_MIN,
        .hits = application->hit_count,
        .confirmed_by = application->confirmed_by,
        .failure = application->failure == NULL
                       ? NULL
                       : arena_printf(m->arena, "%s", application->failure),
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
    record.onset = onset_of(kind, record.applied, first_effective);
    record.opens = fault_kind_opens(kind) && (kind != FAULT_RESTART || was_up);
    return record;
}

/* By application; a fault that was never applied comes last, by its planned time. */
static bool comes_before(const struct fault_record *a, const struct fault_record *b)
{
    return a->applied != b->applied ? a->applied < b->applied : a->planned < b->planned;
}

static void insert_record(struct measurement *ret, struct fault_record record)
{
    size_t place = ret->fault_count++;

    while (place > 0 && comes_before(&record, &ret->faults[place - 1])) {
        ret->faults[place] = ret->faults[place - 1];
        place--;
    }
    ret->faults[place] = record;
}

static bool has_full_ratio(const struct fault *fault)
{
    return fault->parameters.ratio_ppm >= RATIO_ONE;
}

/* An answer of 4xx is an answer: only statuses from 500 on keep one from coming. */
static bool only_fails(const struct fault *fault)
{
    for (uint32_t i = 0; i < fault->parameters.status_count; i++) {
        if (fault->parameters.statuses[i] < 500) {
            return false;
        }
    }
    return true;
}

static bool has_path(const struct fault *fault, const char *path)
{
    return fault->parameters.path == NULL || strcmp(fault->parameters.path, path) == 0;
}

static bool is_health(const char *path)
{
    return strcmp(path, HEALTH_PATH) == 0;
}

static bool is_write(enum http_method method)
{
    return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH ||
           method == METHOD_DELETE;
}

static bool respond_blocks(const struct fault *fault, const char *path)
{
    bool matches = fault->parameters.path == NULL ? !is_health(path) : has_path(fault, path);

    return matches && has_full_ratio(fault) && only_fails(fault);
}

static bool fault_blocks(const struct fault *fault, const struct traffic_request *request)
{
    switch (fault->kind) {
    case FAULT_KILL:
    case FAULT_TERMINATE:
    case FAULT_PAUSE:
    case FAULT_RESTART:
    case FAULT_REFUSE:
        return true;
    case FAULT_RESPOND:
        return respond_blocks(fault, request->path);
    case FAULT_GRAY:
        return !is_health(request->path) && only_fails(fault);
    case FAULT_HANG:
    case FAULT_STALL:
    case FAULT_TRUNCATE:
        return has_path(fault, request->path) && has_full_ratio(fault);
    case FAULT_UNHEALTHY:
        return is_health(request->path);
    case FAULT_WRONG_ROLE:
        return is_write(request->method);
    case FAULT_SLOW:
    case FAULT_TRICKLE:
    case FAULT_SWITCH_TO:
    case FAULT_RESET_FAILED:
    case FAULT_KINDS:
        break;
    }
    return false;
}

bool measure_faults_blocks(const struct measuring *m,
                           const struct effect *effect,
                           const struct traffic_request *request)
{
    if (effect->fault == FAULT_NONE) {
        return true;
    }
    return fault_blocks(&m->scenario->faults[m->ret->faults[effect->fault].fault], request);
}

bool measure_faults_disables(const struct fault *fault)
{
    /* No fault but those of a path, a role or the health endpoint spares a GET of "/". */
    static const struct traffic_request any = {.method = METHOD_GET, .path = "/"};

    return fault->parameters.path == NULL && fault_blocks(fault, &any);
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

        if (from == NANOS_NEVER) {
            continue;
        }
        m->effects[m->effect_count++] = (struct effect){
            .from = from,
            .to = nanos_max(hit->cleared, from),
            .fault = index,
            .node = hit->node,
            .unable = measure_faults_disables(fault),
        };
    }
}

static void clear_by_ready(const struct measuring *m, uint32_t fault, struct application *applied)
{
    if (!is_process_fault(m->scenario->faults[fault].kind)) {
        return;
    }
    for (size_t i = 0; i < applied->count; i++) {
        struct hit *hit = &applied->hits[i];
        if (hit->cleared == NANOS_NEVER && hit->applied != NANOS_NEVER) {
            hit->cleared = next_ready(m, hit->node, hit->applied);
        }
    }
}

static struct application *collect(struct measuring *m)
{
    struct application *applications =
        ARENA_ARRAY(m->scratch, struct application, m->scenario->fault_count + 1);

    for (int kind = EVENT_FAULT_PLANNED; kind <= EVENT_FAULT_FAILED; kind++) {
        for (size_t i = 0; i < m->events[kind].count; i++) {
            note(m, applications, m->events[kind].events[i]);
        }
    }
    for (uint32_t fault = 0; fault < m->scenario->fault_count; fault++) {
        clear_by_ready(m, fault, &applications[fault]);
    }
    return applications;
}

void measure_faults_read(struct measuring *m)
{
    struct measurement *ret = m->ret;
    struct application *applications = collect(m);
    size_t effects_max = m->events[EVENT_NODE].count + m->scenario->node_count;

    ret->faults = ARENA_ARRAY(m->arena, struct fault_record, m->scenario->fault_count + 1);
    for (uint32_t fault = 0; fault < m->scenario->fault_count; fault++) {
        if (applications[fault].seen) {
            insert_record(ret, make_record(m, fault, &applications[fault]));
            effects_max += applications[fault].count;
        }
    }
    m->effects = ARENA_ARRAY(m->scratch, struct effect, effects_max + 1);
    for (uint32_t i = 0; i < ret->fault_count; i++) {
        ret->first_fault = nanos_min(ret->first_fault, ret->faults[i].applied);
        add_effects(m, i, &applications[ret->faults[i].fault]);
    }
}
