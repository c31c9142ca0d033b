#include "core/chaos.h"

#include "base/check.h"
#include "base/prng.h"
#include "core/chaos_parameters.h"
#include "core/plan.h"
#include "scenario/held.h"

#define KIND_ON    500000 /* ppm of the seeds that a kind takes part in */
#define WEIGHT_MAX 8      /* times its own, where the seed weighs it most */

struct drawing {
    struct arena *arena;
    const struct scenario *scenario;
    struct prng prng;
    uint32_t weights[FAULT_KINDS]; /* of this seed */
    uint64_t weight_total;
    struct held *written; /* one a node; what lies behind is dropped from its front */
    nanos *held_until;    /* one a node: by the random faults so far */
    uint16_t *free;       /* room for the nodes that may be hit */
    struct fault *faults;
    size_t fault_count;
};

static enum fault_kind draw_by_weight(struct prng *prng, const uint32_t *weights, uint64_t total)
{
    uint64_t drawn = prng_below(prng, total);
    unsigned kind = 0;

    while (drawn >= weights[kind]) {
        drawn -= weights[kind++];
    }
    CHECK(kind < FAULT_KINDS);
    return (enum fault_kind)kind;
}

/* Both numbers are drawn for each kind, so that one kind more or less shifts no other. */
/* Kinds without a weight cost no draw: a kind that is new to the program shifts no old schedule. */
static void draw_swarm(struct drawing *drawing)
{
    const uint32_t *written = drawing->scenario->chaos.weights;
    uint64_t written_total = 0;

    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        if (written[kind] == 0) {
            continue;
        }
        bool on = prng_chance(&drawing->prng, KIND_ON);
        uint32_t factor = (uint32_t)prng_between(&drawing->prng, 1, WEIGHT_MAX);
        drawing->weights[kind] = on ? written[kind] * factor : 0;
        drawing->weight_total += drawing->weights[kind];
        written_total += written[kind];
    }
    if (drawing->weight_total == 0) {
        enum fault_kind kind = draw_by_weight(&drawing->prng, written, written_total);
        drawing->weights[kind] = 1;
        drawing->weight_total = 1;
    }
}

/* A whole millisecond, where there is one. */
static nanos draw_time(struct prng *prng, nanos begin, nanos end)
{
    nanos first = (begin + NANOS_PER_MS - 1) / NANOS_PER_MS;
    nanos last = (end - 1) / NANOS_PER_MS;

    return first <= last ? prng_between(prng, first, last) * NANOS_PER_MS : begin;
}

/* Times only rise, so spans that are over are never looked at again. */
static bool is_held(struct drawing *drawing, uint16_t node, nanos from, nanos until)
{
    struct held *written = &drawing->written[node];

    while (written->count > 0 && written->spans[0].until <= from) {
        written->spans++;
        written->count--;
    }
    bool by_written = written->count > 0 && written->spans[0].from < until;
    return by_written || drawing->held_until[node] > from;
}

/* NODE_NONE where too few are free. */
static uint16_t draw_node(struct drawing *drawing, nanos at, enum fault_kind kind)
{
    const struct scenario *scenario = drawing->scenario;
    nanos undone = at + scenario->chaos.heal;
    size_t count = 0;

    for (uint16_t node = 0; node < scenario->node_count; node++) {
        if (!is_held(drawing, node, at, nanos_add(undone, held_return(scenario, node, kind)))) {
            drawing->free[count++] = node;
        }
    }
    if (count <= scenario->chaos.keep_healthy) {
        return NODE_NONE;
    }
    return drawing->free[prng_below(&drawing->prng, count)];
}

static void draw_fault(struct drawing *drawing, nanos begin, nanos end)
{
    const struct scenario *scenario = drawing->scenario;
    nanos at = draw_time(&drawing->prng, begin, end);
    enum fault_kind kind = draw_by_weight(&drawing->prng, drawing->weights, drawing->weight_total);
    struct fault_parameters parameters = chaos_parameters(&drawing->prng, kind);
    uint16_t *node = ARENA_NEW(drawing->arena, uint16_t);

    *node = draw_node(drawing, at, kind);
    if (*node == NODE_NONE) {
        return;
    }
    drawing->held_until[*node] =
        nanos_add(at + scenario->chaos.heal, held_return(scenario, *node, kind));
    size_t number = drawing->fault_count - scenario->fault_count + 1;
    drawing->faults[drawing->fault_count++] = (struct fault){
        .kind = kind,
        .target = TARGET_NODES,
        .id = arena_printf(drawing->arena, "chaos-%zu", number),
        .at_from = at,
        .at_to = at,
        .hold = scenario->chaos.heal,
        .nodes = node,
        .node_count = 1,
        .parameters = parameters,
        .by_chance = true,
        .source = scenario->chaos.at,
    };
}

static void draw_faults(struct drawing *drawing)
{
    const struct chaos *chaos = &drawing->scenario->chaos;

    draw_swarm(drawing);
    for (nanos begin = chaos->from; begin < chaos->until; begin += chaos->every) {
        draw_fault(drawing, begin, nanos_min(begin + chaos->every, chaos->until));
    }
}

const struct scenario *
chaos_resolve(struct arena *arena, const struct scenario *scenario, uint64_t seed)
{
    if (!scenario->chaos.enabled) {
        return scenario;
    }
    size_t faults_max = scenario->fault_count + scenario_chaos_stretches(&scenario->chaos);
    struct drawing drawing = {
        .arena = arena,
        .scenario = scenario,
        .written = held_find(arena, scenario),
        .held_until = ARENA_ARRAY(arena, nanos, scenario->node_count),
        .free = ARENA_ARRAY(arena, uint16_t, scenario->node_count),
        .faults = ARENA_ARRAY(arena, struct fault, faults_max),
        .fault_count = scenario->fault_count,
    };
    for (size_t i = 0; i < scenario->fault_count; i++) {
        drawing.faults[i] = scenario->faults[i];
    }
    prng_init(&drawing.prng, seed, PRNG_STREAM_CHAOS);
    draw_faults(&drawing);
    struct scenario *resolved = ARENA_NEW(arena, struct scenario);
    *resolved = *scenario;
    resolved->chaos = (struct chaos){.enabled = false};
    resolved->faults = drawing.faults;
    resolved->fault_count = drawing.fault_count;
    return resolved;
}
