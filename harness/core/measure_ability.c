#include "core/measure_parts.h"

#include "base/heap.h"

static bool pause_explains(const struct measuring *m, const struct event *event)
{
    for (size_t i = 0; i < m->effect_count; i++) {
        const struct effect *effect = &m->effects[i];
        if (effect->fault != FAULT_NONE && effect->node == event->node &&
            effect->from <= event->at && event->at <= effect->to &&
            scenario_fault_acts_as(&m->scenario->faults[m->ret->faults[effect->fault].fault]) ==
                FAULT_PAUSE) {
            return true;
        }
    }
    return false;
}

static void add_down(struct measuring *m, uint16_t node, nanos from, nanos to)
{
    if (from != NANOS_NEVER) {
        m->effects[m->effect_count++] = (struct effect){
            .from = from, .to = to, .fault = FAULT_NONE, .node = node, .unable = true};
    }
}

/* What the harness saw of the processes: a node is down from not ready to ready. */
static void add_downs(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_NODE];
    size_t nodes = m->scenario->process_count;
    nanos *down_since = ARENA_ARRAY(m->scratch, nanos, nodes + 1);

    for (size_t node = 0; node < nodes; node++) {
        down_since[node] = NANOS_NEVER;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        if (event->node >= nodes) {
            continue;
        }
        if (event->node_change.state == NODE_STATE_READY) {
            add_down(m, event->node, down_since[event->node], event->at);
            down_since[event->node] = NANOS_NEVER;
        } else if (down_since[event->node] == NANOS_NEVER &&
                   (event->node_change.state != NODE_STATE_STOPPED || !pause_explains(m, event))) {
            down_since[event->node] = event->at;
        }
    }
    for (size_t node = 0; node < nodes; node++) {
        add_down(m, (uint16_t)node, down_since[node], NANOS_NEVER);
    }
}

static void sort_edges(struct measuring *m)
{
    struct heap heap;

    heap_init(&heap, m->scratch, 2 * m->effect_count + 1);
    for (size_t i = 0; i < m->effect_count; i++) {
        heap_push(&heap, m->effects[i].from, 2 * i + 1);
        heap_push(&heap, m->effects[i].to, 2 * i);
    }
    m->edges = ARENA_ARRAY(m->scratch, struct edge, heap.count + 1);
    while (heap.count > 0) {
        struct heap_item item = heap_pop(&heap);
        m->edges[m->edge_count++] = (struct edge){
            .at = item.at, .effect = (uint32_t)(item.id / 2), .begins = item.id % 2 == 1};
    }
}

/* How many effects weigh on one node at the moment of a sweep. */
struct load {
    uint32_t unable;
    uint32_t impaired;
    struct state_change *changes;
    size_t change_count;
};

static const char *why_of(const struct measuring *m, const struct effect *effect)
{
    if (effect->fault == FAULT_NONE) {
        return "down";
    }
    return m->scenario->faults[m->ret->faults[effect->fault].fault].id;
}

/* Of the effects that hold at that time, one that explains the state. */
static const char *
reason_of(const struct measuring *m, uint16_t node, nanos at, enum ability ability)
{
    for (size_t i = 0; i < m->effect_count; i++) {
        const struct effect *effect = &m->effects[i];
        if (effect->node == node && effect->from <= at && at < effect->to &&
            effect->unable == (ability == ABILITY_UNABLE)) {
            return why_of(m, effect);
        }
    }
    return "";
}

static enum ability ability_of(const struct load *load)
{
    if (load->unable > 0) {
        return ABILITY_UNABLE;
    }
    return load->impaired > 0 ? ABILITY_IMPAIRED : ABILITY_ABLE;
}

static void note_change(const struct measuring *m, struct load *load, const struct edge *edge)
{
    uint16_t node = m->effects[edge->effect].node;
    enum ability ability = ability_of(load);

    /* Several edges of one time make one change, or none. */
    if (load->change_count > 1 && load->changes[load->change_count - 1].at == edge->at) {
        load->change_count--;
    }
    if (load->changes[load->change_count - 1].state == (uint8_t)ability) {
        return;
    }
    load->changes[load->change_count++] = (struct state_change){
        .at = edge->at, .state = (uint8_t)ability, .why = reason_of(m, node, edge->at, ability)};
}

static struct load *loads_new(struct measuring *m)
{
    size_t nodes = m->scenario->process_count;
    struct load *loads = ARENA_ARRAY(m->scratch, struct load, nodes + 1);
    size_t *edges = ARENA_ARRAY(m->scratch, size_t, nodes + 1);

    for (size_t i = 0; i < m->edge_count; i++) {
        edges[m->effects[m->edges[i].effect].node]++;
    }
    for (size_t node = 0; node < nodes; node++) {
        loads[node].changes = ARENA_ARRAY(m->arena, struct state_change, edges[node] + 1);
        loads[node].changes[loads[node].change_count++] =
            (struct state_change){.at = -m->scenario->warmup, .state = ABILITY_ABLE, .why = ""};
    }
    return loads;
}

void measure_ability_sweep(struct measuring *m)
{
    add_downs(m);
    for (size_t i = 0; i < m->effect_count; i++) {
        m->effects[i].from = nanos_max(m->effects[i].from, -m->scenario->warmup);
        m->effects[i].to = nanos_max(m->effects[i].to, m->effects[i].from);
    }
    sort_edges(m);
    struct load *loads = loads_new(m);

    for (size_t i = 0; i < m->edge_count && m->edges[i].at != NANOS_NEVER; i++) {
        const struct effect *effect = &m->effects[m->edges[i].effect];
        struct load *load = &loads[effect->node];
        uint32_t *count = effect->unable ? &load->unable : &load->impaired;

        *count = m->edges[i].begins ? *count + 1 : *count - 1;
        note_change(m, load, &m->edges[i]);
    }
    for (size_t node = 0; node < m->scenario->process_count; node++) {
        m->ret->nodes[node].states = loads[node].changes;
        m->ret->nodes[node].state_count = loads[node].change_count;
    }
}

size_t measure_ability_index(const struct measuring *m, uint16_t node, nanos at)
{
    const struct node_measurement *measurement = &m->ret->nodes[node];
    size_t low = 1;
    size_t high = measurement->state_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (measurement->states[middle].at <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low - 1;
}

enum ability
measure_ability_at(const struct measuring *m, uint16_t node, nanos at, nanos *ret_since)
{
    const struct state_change *states = m->ret->nodes[node].states;
    size_t index = measure_ability_index(m, node, at);

    *ret_since = index == 0 ? INT64_MIN : states[index].at;
    return states[index].state;
}
