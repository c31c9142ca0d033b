#include "core/measure_parts.h"

#include "base/heap.h"
#include "core/stats.h"

#define SAME_END_NS NANOS_PER_MS

/* The disturbance under way while the openings are walked through. */
struct running {
    enum disturbance_kind kind;
    bool is_open;
    nanos onset;
    uint32_t *faults;
    size_t fault_count;
    uint16_t *targets;
    size_t target_count;
};

bool measure_disturbances_targets(const struct disturbance *disturbance, uint16_t node)
{
    for (size_t i = 0; i < disturbance->target_count; i++) {
        if (disturbance->targets[i] == node) {
            return true;
        }
    }
    return false;
}

size_t measure_disturbances_nodes(const struct measuring *m, const uint16_t *targets, size_t count)
{
    size_t nodes = 0;

    for (size_t i = 0; i < count; i++) {
        nodes += targets[i] < m->scenario->node_count;
    }
    return nodes;
}

/* Ends of dark time of all entries in use, those within a millisecond of each other taken as one:
 * the last. */
static void push_recoveries(struct measuring *m, struct heap *heap)
{
    size_t count = 0;
    int64_t *ends = ARENA_ARRAY(m->scratch, int64_t, heap->capacity);

    for (size_t mix = 0; mix < m->dark_count; mix++) {
        for (size_t i = 0; i < m->dark[mix].count; i++) {
            nanos to = m->dark[mix].items[i].to;
            if (to > 0 && to < m->ret->traffic_end) {
                ends[count++] = to;
            }
        }
    }
    stats_sort(ends, count);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || ends[i + 1] - ends[i] > SAME_END_NS) {
            heap_push(heap, ends[i], FAULT_NONE);
        }
    }
}

static void push_faults(const struct measuring *m, struct heap *heap)
{
    for (size_t i = 0; i < m->ret->fault_count; i++) {
        const struct fault_record *fault = &m->ret->faults[i];
        if (fault->opens && fault->onset < m->ret->traffic_end) {
            heap_push(heap, fault->onset, i);
        }
    }
}

static void add_target(struct running *running, uint16_t node)
{
    for (size_t i = 0; i < running->target_count; i++) {
        if (running->targets[i] == node) {
            return;
        }
    }
    running->targets[running->target_count++] = node;
}

static void add_fault(struct measuring *m, struct running *running, uint32_t index)
{
    struct fault_record *fault = &m->ret->faults[index];

    running->faults[running->fault_count++] = index;
    for (size_t i = 0; i < fault->target_count; i++) {
        add_target(running, fault->targets[i]);
    }
    fault->disturbance = (uint32_t)m->ret->disturbance_count;
}

/* Did something cease to weigh on the node just then? */
static bool came_back(const struct measuring *m, uint16_t node, nanos at)
{
    for (size_t i = 0; i < m->effect_count; i++) {
        const struct effect *effect = &m->effects[i];
        if (effect->node == node && effect->to <= at && effect->to >= at - SAME_END_NS) {
            return true;
        }
    }
    return false;
}

/* The faults whose clearing ended the dark: of each node that came back, those cleared last. */
static void add_cleared(struct measuring *m, struct running *running, nanos at)
{
    bool *is_in = ARENA_ARRAY(m->scratch, bool, m->ret->fault_count + 1);

    for (uint16_t node = 0; node < m->scenario->node_count; node++) {
        nanos latest = INT64_MIN;

        if (!came_back(m, node, at)) {
            continue;
        }
        add_target(running, node);
        for (size_t i = 0; i < m->effect_count; i++) {
            const struct effect *effect = &m->effects[i];
            if (effect->fault != FAULT_NONE && effect->node == node && effect->to <= at) {
                latest = nanos_max(latest, effect->to);
            }
        }
        for (size_t i = 0; i < m->effect_count; i++) {
            const struct effect *effect = &m->effects[i];
            if (effect->fault != FAULT_NONE && effect->node == node && effect->to == latest) {
                is_in[effect->fault] = true;
            }
        }
    }
    for (uint32_t i = 0; i < m->ret->fault_count; i++) {
        if (is_in[i]) {
            running->faults[running->fault_count++] = i;
        }
    }
}

static void open_running(struct measuring *m, struct running *running, struct heap_item opening)
{
    running->is_open = true;
    running->onset = opening.at;
    running->fault_count = 0;
    running->target_count = 0;
    if (opening.id == FAULT_NONE) {
        running->kind = DISTURBANCE_RECOVERY;
        add_cleared(m, running, opening.at);
    } else {
        running->kind = DISTURBANCE_FAULT;
        add_fault(m, running, (uint32_t)opening.id);
    }
}

static nanos natural_end(const struct measuring *m, const struct running *running)
{
    nanos end = running->onset;

    if (running->kind == DISTURBANCE_RECOVERY) {
        return m->ret->traffic_end;
    }
    for (size_t i = 0; i < running->fault_count; i++) {
        end = nanos_max(end, m->ret->faults[running->faults[i]].cleared);
    }
    return nanos_min(end, m->ret->traffic_end);
}

static bool served_lately(const struct measuring *m, const struct disturbance *disturbance)
{
    const struct event_list *list = &m->events[EVENT_REQUEST_END];
    size_t low = 0;
    size_t high = list->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->events[middle]->at < disturbance->onset - ACTIVE_WITHIN_NS) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < list->count && list->events[low]->at <= disturbance->onset; low++) {
        const struct event *event = list->events[low];
        if (measure_requests_is_success(event) &&
            measure_disturbances_targets(disturbance, event->node)) {
            return true;
        }
    }
    return false;
}

/* The same as the nodes tell it, where nobody sees which one an answer came from. */
static bool executed_lately(const struct measuring *m, const struct disturbance *disturbance)
{
    const struct event_list *list = &m->events[EVENT_EXECUTED];

    for (size_t i = 0; i < list->count && list->events[i]->at <= disturbance->onset; i++) {
        const struct event *event = list->events[i];
        if (event->executed.end >= disturbance->onset - ACTIVE_WITHIN_NS &&
            event->executed.end <= disturbance->onset && event->executed.status < 400 &&
            event->executed.request != REQUEST_NONE &&
            measure_disturbances_targets(disturbance, event->node)) {
            return true;
        }
    }
    return false;
}

static bool streamed_lately(const struct measuring *m, const struct disturbance *disturbance)
{
    for (uint32_t i = 0; i < m->caller_count; i++) {
        const struct caller *caller = &m->callers[i];
        for (size_t k = 0; k < caller->event_count; k++) {
            const struct event *event = caller->events[k];
            if (event->at >= disturbance->onset - ACTIVE_WITHIN_NS &&
                event->at <= disturbance->onset &&
                measure_disturbances_targets(disturbance, event->node)) {
                return true;
            }
        }
    }
    return false;
}

static bool is_planned_at_start(const struct measuring *m, const struct disturbance *disturbance)
{
    for (size_t i = 0; i < disturbance->fault_count; i++) {
        if (m->ret->faults[disturbance->faults[i]].planned <= 0) {
            return true;
        }
    }
    return false;
}

/* A service stands before all nodes, a leader serves through the others, too, and of a node that
   keeps no log nobody can tell who does not see the client's attempts. */
static bool is_always_active(const struct measuring *m, const struct disturbance *disturbance)
{
    for (size_t i = 0; i < disturbance->fault_count; i++) {
        uint32_t fault = m->ret->faults[disturbance->faults[i]].fault;
        if (m->scenario->faults[fault].target == TARGET_LEADER) {
            return true;
        }
    }
    for (size_t i = 0; i < disturbance->target_count; i++) {
        uint16_t node = disturbance->targets[i];
        if (node >= m->scenario->node_count || (m->scenario->nodes[node].kind != NODE_STUB &&
                                                !scenario_client_is_seen(&m->scenario->client))) {
            return true;
        }
    }
    return false;
}

static bool is_active(const struct measuring *m, const struct disturbance *disturbance)
{
    bool served = scenario_client_is_seen(&m->scenario->client) ? served_lately(m, disturbance)
                                                                : executed_lately(m, disturbance);

    return served || disturbance->kind == DISTURBANCE_RECOVERY ||
           is_planned_at_start(m, disturbance) || is_always_active(m, disturbance) ||
           streamed_lately(m, disturbance);
}

/* docs/metrics.md, "Swallowed by dark time": the recovery that follows is judged instead. */
static bool is_swallowed(const struct measuring *m, const struct disturbance *disturbance)
{
    size_t i = measure_dark_after(&m->dark_any, disturbance->onset);

    if (disturbance->recovered || i == m->dark_any.count ||
        m->dark_any.items[i].from >= disturbance->end) {
        return false;
    }
    nanos from = m->dark_any.items[i].from;
    return from - disturbance->onset < QUIET_NS ||
           measure_requests_countable(m, disturbance->onset, from) < QUIET_REQUESTS;
}

static void
settle(const struct measuring *m, struct disturbance *disturbance, struct recovery recovery)
{
    disturbance->recovered = recovery.recovered;
    if (recovery.recovered) {
        disturbance->switchover = figure_of(recovery.last_end - disturbance->onset);
    } else {
        disturbance->switchover = (struct figure){.state = FIGURE_UNRECOVERED};
        disturbance->unrecovered_why = recovery.quiet_found ? "a request was still open at the end"
                                                            : "no quiet second before the end";
    }
    disturbance->relapses = figure_of(recovery.relapses);
    disturbance->was_active = is_active(m, disturbance);
    if (is_swallowed(m, disturbance)) {
        disturbance->was_active = false;
        disturbance->unrecovered_why = "dark";
    }
}

static void close_running(struct measuring *m, struct running *running, nanos end, bool cut)
{
    uint32_t *faults = ARENA_ARRAY(m->arena, uint32_t, running->fault_count + 1);
    uint16_t *targets = ARENA_ARRAY(m->arena, uint16_t, running->target_count + 1);
    uint32_t index = (uint32_t)m->ret->disturbance_count++;
    struct disturbance *disturbance = &m->ret->disturbances[index];

    for (size_t i = 0; i < running->fault_count; i++) {
        faults[i] = running->faults[i];
    }
    for (size_t i = 0; i < running->target_count; i++) {
        targets[i] = running->targets[i];
    }
    *disturbance = (struct disturbance){
        .kind = running->kind,
        .faults = faults,
        .fault_count = running->fault_count,
        .targets = targets,
        .target_count = running->target_count,
        .onset = running->onset,
        .end = end,
        .aftermath_end = end,
    };
    settle(m, disturbance, measure_quiet_judge(m, running->onset, end, cut));
    measure_quiet_claim(m, index, cut);
    running->is_open = false;
}

/* A fault before callers recovered belongs to what is under way. */
static bool
joins(const struct measuring *m, const struct running *running, struct heap_item opening, nanos end)
{
    return opening.id != FAULT_NONE && opening.at < end &&
           !measure_quiet_judge(m, running->onset, opening.at, true).recovered;
}

static void meet(struct measuring *m, struct running *running, struct heap_item opening)
{
    if (running->is_open) {
        nanos end = natural_end(m, running);
        if (joins(m, running, opening, end)) {
            add_fault(m, running, (uint32_t)opening.id);
            return;
        }
        close_running(m, running, nanos_min(end, opening.at), opening.at <= end);
    }
    open_running(m, running, opening);
}

void measure_disturbances_find(struct measuring *m)
{
    struct measurement *ret = m->ret;
    size_t openings_max = ret->fault_count;
    struct heap heap;

    for (size_t mix = 0; mix < m->dark_count; mix++) {
        openings_max += m->dark[mix].count;
    }
    struct running running = {
        .faults = ARENA_ARRAY(m->scratch, uint32_t, 2 * ret->fault_count + 1),
        .targets = ARENA_ARRAY(m->scratch, uint16_t, m->scenario->process_count + 1),
    };
    ret->disturbances = ARENA_ARRAY(m->arena, struct disturbance, openings_max + 1);
    heap_init(&heap, m->scratch, openings_max + 1);
    push_recoveries(m, &heap);
    push_faults(m, &heap);
    while (heap.count > 0) {
        meet(m, &running, heap_pop(&heap));
    }
    if (running.is_open) {
        close_running(m, &running, natural_end(m, &running), false);
    }
    measure_quiet_add_aftermaths(m);
}
