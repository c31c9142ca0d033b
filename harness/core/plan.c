#include "core/plan.h"

#include "base/check.h"

#include <stdlib.h>

static nanos round_to_ms(nanos value)
{
    return (value + NANOS_PER_MS / 2) / NANOS_PER_MS * NANOS_PER_MS;
}

/* Whole milliseconds read better in a report; the ends of the range hold all the same. */
static nanos draw_time(const struct fault *fault, struct prng *prng)
{
    if (fault->at_from >= fault->at_to) {
        return fault->at_from;
    }
    nanos drawn = round_to_ms(prng_between(prng, fault->at_from, fault->at_to));
    return nanos_min(nanos_max(drawn, fault->at_from), fault->at_to);
}

static int step_compare(const void *left, const void *right)
{
    const struct plan_step *a = left;
    const struct plan_step *b = right;

    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    if (a->undo != b->undo) {
        return a->undo ? -1 : 1;
    }
    return a->fault < b->fault ? -1 : a->fault > b->fault;
}

/* Returns how many there are. */
static size_t
add_steps(struct plan_step *steps, const struct scenario *scenario, uint32_t index, nanos first)
{
    const struct fault *fault = &scenario->faults[index];
    uint64_t phases = scenario_fault_applications(scenario, fault, first);
    nanos over = nanos_add(first, fault->hold);
    size_t count = 0;

    for (uint32_t phase = 0; phase < phases; phase++) {
        struct plan_step step = {
            .at = first + phase * fault->parameters.every, .fault = index, .phase = phase};
        nanos undone_at = over;

        steps[count++] = step;
        if (fault->kind == FAULT_FLAP) {
            undone_at = nanos_min(nanos_add(step.at, fault->parameters.down), over);
        }
        if (undone_at < scenario->duration) {
            step.at = undone_at;
            step.undo = true;
            steps[count++] = step;
        }
    }
    return count;
}

void plan_make(struct plan *plan,
               struct arena *arena,
               const struct scenario *scenario,
               uint64_t seed)
{
    nanos *fault_at = ARENA_ARRAY(arena, nanos, scenario->fault_count);
    size_t applications = 0;
    size_t count = 0;
    struct prng prng;

    prng_init(&prng, seed, PRNG_STREAM_PLAN);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        fault_at[i] = draw_time(&scenario->faults[i], &prng);
        applications += scenario_fault_applications(scenario, &scenario->faults[i], fault_at[i]);
    }
    struct plan_step *steps = ARENA_ARRAY(arena, struct plan_step, 2 * applications);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        count += add_steps(steps + count, scenario, i, fault_at[i]);
    }
    if (count > 0) {
        qsort(steps, count, sizeof(*steps), step_compare);
    }
    *plan = (struct plan){.steps = steps, .step_count = count, .fault_at = fault_at};
}

static bool is_listed(const struct fault *fault, uint16_t node)
{
    for (size_t i = 0; i < fault->node_count; i++) {
        if (fault->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static size_t listed_nodes(const struct fault *fault, uint16_t node_count, uint16_t *ret_nodes)
{
    size_t count = 0;

    for (uint16_t node = 0; node < node_count; node++) {
        if (is_listed(fault, node)) {
            ret_nodes[count++] = node;
        }
    }
    return count;
}

static size_t all_nodes_but(uint16_t left_out, uint16_t node_count, uint16_t *ret_nodes)
{
    size_t count = 0;

    for (uint16_t node = 0; node < node_count; node++) {
        if (node != left_out) {
            ret_nodes[count++] = node;
        }
    }
    return count;
}

static int node_compare(const void *left, const void *right)
{
    const uint16_t *a = left;
    const uint16_t *b = right;

    return (int)*a - (int)*b;
}

/* The first `wanted` steps of a Fisher-Yates shuffle. */
static size_t
random_nodes(size_t wanted, uint16_t node_count, struct prng *prng, uint16_t *ret_nodes)
{
    all_nodes_but(NODE_NONE, node_count, ret_nodes);
    for (size_t i = 0; i < wanted; i++) {
        size_t other = i + prng_below(prng, node_count - i);
        uint16_t taken = ret_nodes[other];
        ret_nodes[other] = ret_nodes[i];
        ret_nodes[i] = taken;
    }
    qsort(ret_nodes, wanted, sizeof(*ret_nodes), node_compare);
    return wanted;
}

bool plan_target_is_drawn(enum target_kind target)
{
    return target == TARGET_ONE || target == TARGET_MINORITY || target == TARGET_MAJORITY;
}

size_t plan_targets(const struct scenario *scenario,
                    const struct fault *fault,
                    uint16_t current,
                    struct prng *prng,
                    uint16_t *ret_nodes)
{
    CHECK(scenario->node_count > 0 && scenario->node_count <= SCENARIO_NODES_MAX);
    uint16_t node_count = (uint16_t)scenario->node_count;

    /* Before anybody served, the client stands at the first node. */
    if (current == NODE_NONE) {
        current = 0;
    }
    CHECK(current < node_count);
    switch (fault->target) {
    case TARGET_NODES:
        return listed_nodes(fault, (uint16_t)scenario->process_count, ret_nodes);
    case TARGET_CURRENT:
        ret_nodes[0] = current;
        return 1;
    case TARGET_ALL:
        return all_nodes_but(NODE_NONE, node_count, ret_nodes);
    case TARGET_OTHERS:
        return all_nodes_but(current, node_count, ret_nodes);
    case TARGET_ONE:
        return random_nodes(1, node_count, prng, ret_nodes);
    case TARGET_MINORITY:
        return random_nodes((node_count - 1U) / 2, node_count, prng, ret_nodes);
    case TARGET_MAJORITY:
        return random_nodes(node_count / 2U + 1, node_count, prng, ret_nodes);
    case TARGET_LEADER: /* the engine asks the nodes */
        break;
    }
    CHECK(false);
    return 0;
}

nanos plan_drain(const struct scenario *scenario)
{
    nanos deadline = scenario->client.request_deadline;

    return deadline == NANOS_NEVER ? PLAN_DRAIN_OPEN_ENDED : nanos_add(deadline, PLAN_DRAIN_GRACE);
}
