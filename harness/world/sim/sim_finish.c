#include "world/sim/sim_parts.h"

static uint64_t records_so_far(const struct sim *sim)
{
    uint64_t count = 0;
    for (uint16_t i = 0; i < sim->node_count; i++) {
        count += sim->nodes[i].log.count;
    }
    return count;
}

static void run_until(struct sim *sim, nanos limit)
{
    while (sim_advance(sim, limit)) {
    }
    sim->clock = nanos_max(sim->clock, limit);
}

/* A node that was stopped executes what it holds once it goes on: wait until its log stays as it
 * is. */
static void let_nodes_finish(struct sim *sim)
{
    nanos limit = sim->clock + SIM_RELEASE_LIMIT;
    injector_release(sim->injector);
    sim_injector_touched(sim);
    while (injector_awaited(sim->injector) > 0 && sim_advance(sim, limit)) {
    }
    if (!sim->was_stopped) {
        return;
    }
    uint64_t before;
    uint64_t after = records_so_far(sim);
    do {
        before = after;
        run_until(sim, nanos_min(limit, sim->clock + SIM_LOGS_QUIET));
        after = records_so_far(sim);
    } while (after != before && sim->clock < limit);
}

void sim_finish(struct world *world, struct journal *journal)
{
    struct sim *sim = (struct sim *)(void *)world;
    if (sim->prepared) {
        let_nodes_finish(sim);
    }
    for (uint16_t i = 0; i < sim->node_count; i++) {
        sim_log_append(sim, &sim->nodes[i], journal);
    }
}
