#include "world/sim/sim_parts.h"

#include "core/plan.h"

static struct sim *sim_of(struct world *world)
{
    return (struct sim *)(void *)world;
}

/* ---- what the world saw ---- */

void sim_tell(void *context, const struct occurrence *occurrence)
{
    struct sim *sim = context;
    occurrences_add(&sim->seen, occurrence);
}

void sim_injector_touched(struct sim *sim)
{
    sim->injector_due = injector_deadline(sim->injector);
}

void sim_see(struct sim *sim, struct sim_node *node, struct process_event event)
{
    event.at = sim->clock;
    event.node = node->index;
    if (event.kind == PROCESS_EVENT_READY && !sim->prepared) {
        sim->not_ready--;
    }
    sim->was_stopped = sim->was_stopped || event.kind == PROCESS_EVENT_STOPPED;
    injector_see(sim->injector, &event);
    sim_injector_touched(sim);
}

/* ---- time ---- */

bool sim_advance(struct sim *sim, nanos until)
{
    const struct heap_item *first = heap_first(&sim->agenda);
    nanos next = first == NULL ? NANOS_NEVER : first->at;
    if (sim->injector_due <= nanos_min(next, until)) {
        sim->clock = nanos_max(sim->clock, sim->injector_due);
        injector_poll(sim->injector, sim->clock);
        sim_injector_touched(sim);
        return true;
    }
    return sim_agenda_step(sim, until);
}

static bool sim_prepare(struct world *world)
{
    struct sim *sim = sim_of(world);
    sim->not_ready = sim->node_count;
    for (uint16_t node = 0; node < sim->node_count; node++) {
        sim_process_start(sim, &sim->nodes[node]);
    }
    while (sim->not_ready > 0 && sim_advance(sim, NANOS_NEVER - 1)) {
    }
    sim->prepared = true;
    return true;
}

static void sim_start_clock(struct world *world, nanos lead)
{
    struct sim *sim = sim_of(world);
    sim->t0 = sim->clock + lead;
}

static nanos sim_now(struct world *world)
{
    return sim_of(world)->clock - sim_of(world)->t0;
}

static nanos absolute(const struct sim *sim, nanos at)
{
    return at == NANOS_NEVER ? NANOS_NEVER : at + sim->t0;
}

/* Whatever happens in the same instant is seen together. */
static void sim_wait(struct world *world, nanos until)
{
    struct sim *sim = sim_of(world);
    nanos limit = nanos_max(absolute(sim, until), sim->clock);
    while (sim->seen.count == 0 && sim_advance(sim, limit)) {
    }
    if (sim->seen.count == 0) {
        CHECK(limit != NANOS_NEVER);
        sim->clock = limit;
        return;
    }
    while (sim_advance(sim, sim->clock)) {
    }
}

static bool sim_next(struct world *world, struct occurrence *ret)
{
    struct sim *sim = sim_of(world);
    if (!occurrences_take(&sim->seen, ret)) {
        return false;
    }
    ret->at -= sim->t0;
    return true;
}

/* ---- attempts and faults ---- */

static nanos sim_start_attempt(struct world *world, const struct world_attempt *attempt)
{
    struct sim *sim = sim_of(world);
    struct world_attempt translated = *attempt;
    translated.connect_limit = absolute(sim, attempt->connect_limit);
    sim_client_start(sim, &translated);
    return sim->clock - sim->t0;
}

static bool sim_cancel_attempt(struct world *world, uint16_t client, struct attempt_ref ref)
{
    (void)client; /* ids are unique over all clients */
    struct sim *sim = sim_of(world);
    bool sent = false;
    bool ended = occurrences_forget_attempt(&sim->seen, ref, &sent);
    return ended ? sent : sim_client_cancel(sim, ref);
}

static nanos sim_start_stream(struct world *world, const struct world_stream *stream)
{
    struct sim *sim = sim_of(world);
    struct world_stream translated = *stream;
    translated.connect_limit = absolute(sim, stream->connect_limit);
    sim_stream_start(sim, &translated);
    return sim->clock - sim->t0;
}

static void sim_close_stream(struct world *world, struct stream_ref ref)
{
    struct sim *sim = sim_of(world);
    if (!occurrences_forget_stream(&sim->seen, ref)) {
        sim_stream_close(sim, ref);
    }
}

static void sim_drop_connections(struct world *world, uint16_t client, uint16_t node)
{
    sim_client_drop(sim_of(world), client, node);
}

static void sim_apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    injector_apply(sim_of(world)->injector, fault, node);
    sim_injector_touched(sim_of(world));
}

static void sim_clear_fault(struct world *world, uint32_t fault, uint16_t node)
{
    injector_clear(sim_of(world)->injector, fault, node);
    sim_injector_touched(sim_of(world));
}

static void sim_close(struct world *world)
{
    (void)world; /* all of it lives in the arena */
}

static const struct world_ops sim_ops = {
    .prepare = sim_prepare,
    .start_clock = sim_start_clock,
    .now = sim_now,
    .wait = sim_wait,
    .next = sim_next,
    .start_attempt = sim_start_attempt,
    .cancel_attempt = sim_cancel_attempt,
    .start_stream = sim_start_stream,
    .close_stream = sim_close_stream,
    .drop_connections = sim_drop_connections,
    .apply_fault = sim_apply_fault,
    .clear_fault = sim_clear_fault,
    .finish = sim_finish,
    .close = sim_close,
};

/* ---- opening ---- */

/* As in the real world: of faults on the bytes, and where nodes have networks of their own. */
static bool needs_relays(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->fault_count; i++) {
        enum fault_kind kind = scenario->faults[i].kind;
        if (fault_kind_class(kind) == FAULT_CLASS_WIRE || kind == FAULT_PARTITION) {
            return true;
        }
    }
    return false;
}

static void init_nodes(struct sim *sim)
{
    bool relays = needs_relays(sim->scenario);
    sim->node_count = (uint16_t)sim->scenario->node_count;
    sim->nodes = ARENA_ARRAY(sim->arena, struct sim_node, sim->node_count);
    for (uint16_t i = 0; i < sim->node_count; i++) {
        struct sim_node *node = &sim->nodes[i];
        node->index = i;
        node->settings = &sim->scenario->nodes[i];
        prng_init(&node->prng, sim->settings.seed, PRNG_STREAM_SIM + ((uint64_t)i << 8));
        if (relays) {
            node->relay = sim_relay_new(sim->arena, sim->settings.seed);
        }
        sim_process_init(node);
        sim_stub_init(node);
    }
}

struct world *sim_new(const struct world_settings *settings)
{
    struct sim *sim = ARENA_NEW(settings->arena, struct sim);
    sim->world.ops = &sim_ops;
    sim->settings = *settings;
    sim->scenario = settings->scenario;
    sim->arena = settings->arena;
    occurrences_init(&sim->seen, sim->arena);
    sim_agenda_init(sim);
    init_nodes(sim);
    sim_messages_init(sim);
    sim_client_init(sim);
    sim_streams_init(sim);
    const struct injector_settings injector = {
        .arena = settings->arena,
        .scenario = settings->scenario,
        .hands = &sim_hands,
        .report = sim_tell,
        .context = sim,
    };
    sim->injector = injector_new(&injector);
    sim_injector_touched(sim);
    return &sim->world;
}
