#include "engine_parts.h"

static void
record_fault(struct engine *engine, enum event_kind kind, nanos at, uint16_t node, uint32_t fault)
{
    enum confirmed_by by =
        kind == EVENT_FAULT_EFFECTIVE ? CONFIRMED_BY_CLIENT : CONFIRMED_BY_NOTHING;
    engine_record(engine, (struct event){.at = at,
                                         .node = node,
                                         .kind = (uint8_t)kind,
                                         .fault = {.fault = fault, .confirmed_by = (uint8_t)by}});
}

/* The operator's commands go to every client instance. */
static void tell_clients(struct engine *engine, enum input_kind kind, uint32_t fault, uint16_t node)
{
    struct input input = {.kind = kind, .command = {.node = node, .fault = fault}};
    for (uint16_t client = 0; client < engine->scenario->client.instances; client++) {
        engine_step(engine, client, &input);
    }
}

static enum input_kind command_of(enum fault_kind kind)
{
    if (kind == FAULT_SWITCH_TO) {
        return INPUT_SWITCH;
    }
    return kind == FAULT_ISOLATE ? INPUT_ISOLATE : INPUT_RESET;
}

void engine_record_refusal(struct engine *engine, uint32_t fault, uint16_t node, uint32_t refusals)
{
    uint32_t instances = engine->scenario->client.instances;
    const char *text = instances == 1
                           ? arena_printf(engine->arena, "refused: %s", engine->refusal)
                           : arena_printf(engine->arena, "refused by %u of %u clients: %s",
                                          refusals, instances, engine->refusal);

    engine_record(
        engine, (struct event){
                    .at = engine->ops->now(engine->world),
                    .node = node,
                    .kind = EVENT_FAULT_FAILED,
                    .fault = {.fault = fault, .confirmed_by = CONFIRMED_BY_CLIENT, .text = text}});
}

/* The clients' answer is the confirmation; where one refuses the order does not hold. */
static void command_clients(struct engine *engine, uint32_t fault, uint16_t node)
{
    if (engine->external != NULL) {
        engine_external_command(engine, fault, node);
        return;
    }
    record_fault(engine, EVENT_FAULT_APPLIED, engine->ops->now(engine->world), node, fault);
    engine->refusals = 0;
    tell_clients(engine, command_of(engine->scenario->faults[fault].kind), fault, node);
    if (engine->refusals > 0) {
        engine_record_refusal(engine, fault, node, engine->refusals);
        return;
    }
    record_fault(engine, EVENT_FAULT_EFFECTIVE, engine->ops->now(engine->world), node, fault);
}

static void undo_step(struct engine *engine, uint32_t fault, uint16_t node)
{
    if (engine->scenario->faults[fault].kind != FAULT_ISOLATE) {
        engine->ops->clear_fault(engine->world, fault, node);
        return;
    }
    record_fault(engine, EVENT_FAULT_CLEARED, engine->ops->now(engine->world), node, fault);
    tell_clients(engine, INPUT_RELEASE, fault, node);
}

static void choose_nodes(struct engine *engine, uint32_t index, nanos planned)
{
    const struct fault *fault = &engine->scenario->faults[index];
    struct fault_slot *slot = &engine->faults[index];

    slot->nodes = ARENA_ARRAY(engine->arena, uint16_t, engine->scenario->process_count);
    if (fault->target != TARGET_LEADER) {
        slot->count =
            plan_targets(engine->scenario, fault, engine->serving, &engine->targets, slot->nodes);
        return;
    }
    slot->nodes[0] = engine_leader_find(engine, index);
    slot->count = slot->nodes[0] != NODE_NONE;
    if (slot->count == 0) {
        record_fault(engine, EVENT_FAULT_PLANNED, planned, NODE_NONE, index);
        engine_record(engine, (struct event){
                                  .at = engine->now,
                                  .node = NODE_NONE,
                                  .kind = EVENT_FAULT_FAILED,
                                  .fault = {.text = "no node said that it leads", .fault = index}});
    }
}

static void apply_step(struct engine *engine, const struct plan_step *planned)
{
    const struct fault *fault = &engine->scenario->faults[planned->fault];
    struct fault_slot *slot = &engine->faults[planned->fault];
    if (fault->kind == FAULT_RESET_FAILED) {
        record_fault(engine, EVENT_FAULT_PLANNED, planned->at, NODE_NONE, planned->fault);
        command_clients(engine, planned->fault, NODE_NONE);
        return;
    }
    if (slot->nodes == NULL) { /* a flap keeps to the nodes that it chose first */
        choose_nodes(engine, planned->fault, planned->at);
    }
    for (size_t i = 0; i < slot->count;
         i++) { /* what will be hit is written down before it is hit */
        record_fault(engine, EVENT_FAULT_PLANNED, planned->at, slot->nodes[i], planned->fault);
    }
    for (size_t i = 0; i < slot->count; i++) {
        if (fault_kind_class(fault->kind) == FAULT_CLASS_CLIENT) {
            command_clients(engine, planned->fault, slot->nodes[i]);
        } else {
            engine->ops->apply_fault(engine->world, planned->fault, slot->nodes[i]);
        }
    }
}

void engine_do_faults(struct engine *engine)
{
    while (engine->next_step < engine->plan.step_count && !engine->traffic_over) {
        const struct plan_step *planned = &engine->plan.steps[engine->next_step];
        if (planned->at > engine->now) {
            return;
        }
        engine->next_step++;
        if (!planned->undo) {
            apply_step(engine, planned);
            continue;
        }
        const struct fault_slot *slot = &engine->faults[planned->fault];
        for (size_t i = 0; i < slot->count; i++) {
            undo_step(engine, planned->fault, slot->nodes[i]);
        }
    }
}
