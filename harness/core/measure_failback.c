#include "core/measure_parts.h"

static nanos clear_of(const struct measuring *m, uint32_t fault, uint16_t node)
{
    for (size_t i = 0; i < m->effect_count; i++) {
        if (m->effects[i].fault == fault && m->effects[i].node == node) {
            return m->effects[i].to;
        }
    }
    return NANOS_NEVER;
}

/* The first moment from then on at which the node becomes able, NANOS_NEVER if none. */
static nanos able_from(const struct measuring *m, uint16_t node, nanos at)
{
    const struct node_measurement *measurement = &m->ret->nodes[node];

    for (size_t i = 1; i < measurement->state_count; i++) {
        if (measurement->states[i].at >= at && measurement->states[i].state == ABILITY_ABLE) {
            return measurement->states[i].at;
        }
    }
    return NANOS_NEVER;
}

static nanos next_fault_on(const struct measuring *m, uint16_t node, nanos after)
{
    nanos next = m->ret->traffic_end;

    for (size_t i = 0; i < m->effect_count; i++) {
        if (m->effects[i].node == node && m->effects[i].from > after) {
            next = nanos_min(next, m->effects[i].from);
        }
    }
    return next;
}

/* The first of those that ended after it. */
static size_t first_after(const struct serving *successes, size_t count, nanos at)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (successes[middle].ended <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What a frozen node answers when it thaws was asked before, and is no return of traffic: only a
 * request that began since counts. */
static nanos success_since(const struct measuring *m, uint16_t node, nanos able)
{
    const struct serving *successes = m->successes[node];
    size_t count = m->success_counts[node];

    for (size_t i = first_after(successes, count, able); i < count; i++) {
        if (successes[i].started >= able) {
            return successes[i].ended;
        }
    }
    return NANOS_NEVER;
}

static struct figure failback_on(const struct measuring *m, uint16_t node, nanos able)
{
    nanos limit = next_fault_on(m, node, able);
    nanos success = success_since(m, node, able);

    if (success <= limit) {
        return figure_of(success - able);
    }
    return (struct figure){.state = limit - able >= QUIET_NS ? FIGURE_UNRECOVERED : FIGURE_ABSENT};
}

struct figure measure_failback_of(const struct measuring *m, const struct disturbance *disturbance)
{
    struct figure worst = {.state = FIGURE_ABSENT};

    if (!measure_arrivals_servers_known(m)) {
        return worst;
    }
    for (size_t i = 0; i < disturbance->fault_count; i++) {
        const struct fault_record *fault = &m->ret->faults[disturbance->faults[i]];
        for (size_t k = 0; k < fault->target_count; k++) {
            uint16_t node = fault->targets[k];
            if (node >= m->scenario->node_count) { /* a service serves nobody itself */
                continue;
            }
            nanos cleared = clear_of(m, disturbance->faults[i], node);
            nanos able = cleared == NANOS_NEVER ? NANOS_NEVER : able_from(m, node, cleared);

            if (cleared <= disturbance->end && able < m->ret->traffic_end) {
                worst = measure_figures_worse(worst, failback_on(m, node, able));
            }
        }
    }
    return worst;
}
