#include "scenario/held.h"

#include "base/check.h"

#include <stdlib.h>

/* What a busy machine needs to start a process, or to wake it. */
#define RETURN_MAX NANOS_PER_S

/* One node while its spans are gathered. */
struct gathering {
    const struct scenario *scenario;
    uint16_t node;
    const struct fault **restarts; /* those that name the node */
    size_t restart_count;
    struct held_span *spans;
    size_t count;
};

static bool names_node(const struct fault *fault, uint16_t node)
{
    for (size_t i = 0; i < fault->node_count; i++) {
        if (fault->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static void find_restarts(struct gathering *g)
{
    g->restart_count = 0;
    for (size_t i = 0; i < g->scenario->fault_count; i++) {
        const struct fault *fault = &g->scenario->faults[i];
        if (fault->kind == FAULT_RESTART && fault->target == TARGET_NODES &&
            names_node(fault, g->node)) {
            g->restarts[g->restart_count++] = fault;
        }
    }
}

/* A restart brings the process back, whatever became of it. */
static nanos restarted_at(const struct gathering *g, const struct fault *fault)
{
    nanos at = NANOS_NEVER;
    for (size_t i = 0; i < g->restart_count; i++) {
        if (g->restarts[i]->at_from > fault->at_to) {
            at = nanos_min(at, g->restarts[i]->at_to);
        }
    }
    return at;
}

static nanos undone_at(const struct gathering *g, const struct fault *fault)
{
    if (fault->kind == FAULT_RESTART) {
        return fault->at_to;
    }
    nanos until = nanos_add(fault->at_to, fault->hold);
    return fault_kind_class(fault->kind) == FAULT_CLASS_PROCESS
               ? nanos_min(until, restarted_at(g, fault))
               : until;
}

static int span_compare(const void *left, const void *right)
{
    const struct held_span *a = left;
    const struct held_span *b = right;
    return a->from < b->from ? -1 : a->from > b->from;
}

static void merge(struct gathering *g)
{
    size_t kept = 0;
    if (g->count > 0) {
        qsort(g->spans, g->count, sizeof(*g->spans), span_compare);
    }
    for (size_t i = 0; i < g->count; i++) {
        struct held_span *last = kept > 0 ? &g->spans[kept - 1] : NULL;
        if (last != NULL && g->spans[i].from <= last->until) {
            last->until = nanos_max(last->until, g->spans[i].until);
        } else {
            g->spans[kept++] = g->spans[i];
        }
    }
    g->count = kept;
}

static struct held find_spans(struct arena *arena, struct gathering *g)
{
    g->count = 0;
    find_restarts(g);
    for (size_t i = 0; i < g->scenario->fault_count; i++) {
        const struct fault *fault = &g->scenario->faults[i];
        if (fault_kind_class(fault->kind) != FAULT_CLASS_CLIENT &&
            (fault->target != TARGET_NODES || names_node(fault, g->node))) {
            g->spans[g->count++] = (struct held_span){
                .from = fault->at_from,
                .until =
                    nanos_add(undone_at(g, fault), held_return(g->scenario, g->node, fault->kind)),
            };
        }
    }
    merge(g);
    struct held_span *spans = ARENA_ARRAY(arena, struct held_span, g->count);
    for (size_t i = 0; i < g->count; i++) {
        spans[i] = g->spans[i];
    }
    return (struct held){.spans = spans, .count = g->count};
}

struct held *held_find(struct arena *arena, const struct scenario *scenario)
{
    struct held *held = ARENA_ARRAY(arena, struct held, scenario->node_count);
    struct gathering gathering = {
        .scenario = scenario,
        .restarts = ARENA_ARRAY(arena, const struct fault *, scenario->fault_count),
        .spans = ARENA_ARRAY(arena, struct held_span, scenario->fault_count),
    };
    CHECK(scenario->node_count <= SCENARIO_NODES_MAX);
    for (uint16_t node = 0; node < scenario->node_count; node++) {
        gathering.node = node;
        held[node] = find_spans(arena, &gathering);
    }
    return held;
}

static bool starts_again(enum fault_kind kind)
{
    return kind == FAULT_KILL || kind == FAULT_TERMINATE || kind == FAULT_RESTART ||
           kind == FAULT_FLAP;
}

nanos held_return(const struct scenario *scenario, uint16_t node, enum fault_kind kind)
{
    const struct scenario_node *of = &scenario->nodes[node];

    if (of->kind == NODE_STUB) {
        return nanos_add(of->stub.start_delay, RETURN_MAX);
    }
    return starts_again(kind) ? nanos_add(of->ready.within, RETURN_MAX) : RETURN_MAX;
}

bool held_throughout(const struct held *held, nanos from, nanos until)
{
    for (size_t i = 0; i < held->count; i++) {
        if (held->spans[i].from <= from && held->spans[i].until >= until) {
            return true;
        }
    }
    return false;
}
