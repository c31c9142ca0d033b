#include "world/injector_parts.h"

#include "base/check.h"

#include <signal.h>
#include <string.h>

struct injector *injector_new(const struct injector_settings *settings)
{
    struct injector *injector = ARENA_NEW(settings->arena, struct injector);
    injector->settings = *settings;
    injector->last = &injector->first;
    return injector;
}

static struct injection *injection_new(struct injector *injector, uint32_t fault, uint16_t node)
{
    struct injection *injection = ARENA_NEW(injector->settings.arena, struct injection);
    *injection = (struct injection){.fault = fault, .node = node, .kill_at = NANOS_NEVER};
    *injector->last = injection;
    injector->last = &injection->next;
    return injection;
}

/* ---- faults of the process ---- */

/* It has its time to end in good order, then it is killed. */
static void ask_to_end(struct injector *injector, struct injection *injection, int signal, nanos at)
{
    const struct scenario_node *node = &injector->settings.scenario->nodes[injection->node];
    bool is_command = node->kind == NODE_COMMAND;
    injection->kill_at = nanos_add(at, is_command ? node->stop.within : INJECTOR_STOP_WITHIN);
    injector_node_signal(injector, injection->node, signal);
    /* A stopped process would keep the signal pending for ever. */
    injector_node_signal(injector, injection->node, SIGCONT);
}

static void apply_ending(struct injector *injector, struct injection *injection, int signal)
{
    if (injector_node_state(injector, injection->node) == PROCESS_DOWN) {
        injection_failed(injector, injection, "the node was down already");
        return;
    }
    injection->was_up = true;
    injection->stage = STAGE_EXIT;
    nanos at = injector_now(injector);
    if (signal == SIGKILL) {
        injector_node_signal(injector, injection->node, signal);
    } else {
        ask_to_end(injector, injection, signal, at);
    }
    injection_applied(injector, injection, at);
}

static void apply_pause(struct injector *injector, struct injection *injection)
{
    if (injector_node_state(injector, injection->node) != PROCESS_READY) {
        injection_failed(injector, injection, "the node was down or stopped already");
        return;
    }
    injection->was_up = true;
    injection->stage = STAGE_STOP;
    nanos at = injector_now(injector);
    injector_node_signal(injector, injection->node, SIGSTOP);
    injection_applied(injector, injection, at);
}

static void apply_restart(struct injector *injector, struct injection *injection)
{
    if (injector_node_state(injector, injection->node) != PROCESS_DOWN) {
        const struct scenario_node *node = &injector->settings.scenario->nodes[injection->node];
        injection->start_when_down = true;
        apply_ending(injector, injection, node->kind == NODE_COMMAND ? node->stop.signal : SIGTERM);
        return;
    }
    injection->stage = STAGE_START;
    injection_applied(injector, injection, injector_now(injector));
    injector_node_start(injector, injection->node);
}

/* ---- faults of the answer ---- */

static struct control_behaviour behaviour_of(const struct fault *fault, uint32_t number)
{
    const struct fault_parameters *parameters = &fault->parameters;
    struct control_behaviour behaviour = {
        .behaviour = number,
        .kind = fault->kind,
        .ratio_ppm = parameters->ratio_ppm,
        .status_count = parameters->status_count,
        .retry_after = parameters->retry_after,
        .by = parameters->by,
        .jitter = parameters->jitter,
        .after_bytes = parameters->after_bytes,
        .rate_bytes = parameters->rate_bytes,
        .after_commit = parameters->after_commit,
    };
    _Static_assert(CONTROL_STATUSES_MAX == SCENARIO_STATUSES_MAX, "one limit, two floors");
    memcpy(behaviour.statuses, parameters->statuses, sizeof behaviour.statuses);
    if (parameters->path != NULL) {
        size_t length = strlen(parameters->path);
        CHECK(length < sizeof behaviour.path);
        memcpy(behaviour.path, parameters->path, length + 1);
    }
    return behaviour;
}

uint64_t injector_order_set(struct injector *injector, const struct injection *injection)
{
    struct control_order order = {
        .kind = CONTROL_SET,
        .behaviour =
            behaviour_of(&injector->settings.scenario->faults[injection->fault], injection->fault),
    };
    return injector_node_order(injector, injection->node, &order);
}

static void apply_answer(struct injector *injector, struct injection *injection)
{
    nanos at = injector_now(injector);
    injection->sequence = injector_order_set(injector, injection);
    if (injection->sequence == 0) {
        injection_failed(injector, injection, "the node was down and could not take the order");
        return;
    }
    injection->set_sequence = injection->sequence;
    injection->was_up = true;
    injection->stage = STAGE_ACK;
    injection_applied(injector, injection, at);
}

void injector_apply(struct injector *injector, uint32_t fault, uint16_t node)
{
    struct injection *injection = injection_new(injector, fault, node);
    enum fault_kind kind = injection_kind(injector, injection);
    enum fault_class class = fault_kind_class(kind);
    if (class == FAULT_CLASS_ANSWER) {
        apply_answer(injector, injection);
    } else if (class == FAULT_CLASS_WIRE) {
        wire_apply(injector, injection);
    } else if (kind == FAULT_PARTITION) {
        partition_apply(injector, injection);
    } else if (class == FAULT_CLASS_PACKET) {
        packets_apply(injector, injection);
    } else if (kind == FAULT_PAUSE) {
        apply_pause(injector, injection);
    } else if (kind == FAULT_RESTART) {
        apply_restart(injector, injection);
    } else {
        apply_ending(injector, injection, kind == FAULT_KILL ? SIGKILL : SIGTERM);
    }
}

/* ---- undoing ---- */

static void clear_answer(struct injector *injector, struct injection *injection)
{
    struct control_order order = {.kind = CONTROL_CLEAR, .clear = injection->fault};
    injection->sequence = injector_node_order(injector, injection->node, &order);
    if (injection->sequence == 0) { /* the process that held it is gone */
        injection_over(injector, injection, injector_now(injector), CONFIRMED_BY_EXIT,
                       injection_hits(injector, injection));
        return;
    }
    injection->stage = STAGE_CLEAR;
}

void injector_continue(struct injector *injector, struct injection *injection)
{
    if (injection->stage == STAGE_STOP) {
        injection->continue_when_stopped = true;
        return;
    }
    injection->stage = STAGE_CONTINUE;
    injector_node_signal(injector, injection->node, SIGCONT);
}

static void clear(struct injector *injector, struct injection *injection)
{
    enum fault_class class = fault_kind_class(injection_kind(injector, injection));
    if (class == FAULT_CLASS_ANSWER) {
        clear_answer(injector, injection);
    } else if (class == FAULT_CLASS_WIRE) {
        wire_clear(injector, injection);
    } else if (injection_kind(injector, injection) == FAULT_PARTITION) {
        partition_clear(injector, injection);
    } else if (class == FAULT_CLASS_PACKET) {
        packets_clear(injector, injection);
    } else if (injection_kind(injector, injection) == FAULT_PAUSE) {
        injector_continue(injector, injection);
    } else if (injection->stage == STAGE_EXIT) {
        injection->start_when_down = true;
    } else if (injector_node_state(injector, injection->node) == PROCESS_DOWN) {
        injection->stage = STAGE_START;
        injector_node_start(injector, injection->node);
    }
}

void injector_clear(struct injector *injector, uint32_t fault, uint16_t node)
{
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->fault == fault && i->node == node && i->stage != STAGE_OVER) {
            clear(injector, i);
        }
    }
}

nanos injector_deadline(const struct injector *injector)
{
    nanos deadline = partition_is_due(injector) ? 0 : NANOS_NEVER;
    for (const struct injection *i = injector->first; i != NULL; i = i->next) {
        deadline = nanos_min(deadline, i->kill_at);
    }
    return deadline;
}

void injector_poll(struct injector *injector, nanos now)
{
    partition_poll(injector);
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->kill_at <= now) {
            i->kill_at = NANOS_NEVER;
            injector_node_signal(injector, i->node, SIGKILL);
        }
    }
}

/* Also what is not yet known to hold: its word may come while the end is waited for. */
static bool is_to_release(const struct injector *injector, const struct injection *injection)
{
    switch (injection->stage) {
    case STAGE_HOLDS:
    case STAGE_ACK:
    case STAGE_GATHER:
    case STAGE_STOP:
        return injection_is_answer(injector, injection) ||
               injection_is_between(injector, injection) ||
               injection_kind(injector, injection) == FAULT_PAUSE;
    case STAGE_EXIT:
    case STAGE_START:
    case STAGE_CONTINUE:
    case STAGE_CLEAR:
    case STAGE_OVER:
        break;
    }
    return false;
}

void injector_release(struct injector *injector)
{
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (is_to_release(injector, i)) {
            clear(injector, i);
        }
    }
}

uint32_t injector_awaited(const struct injector *injector)
{
    uint32_t awaited = 0;
    for (const struct injection *i = injector->first; i != NULL; i = i->next) {
        awaited += i->stage == STAGE_CLEAR || i->stage == STAGE_CONTINUE ||
                   (i->stage == STAGE_STOP && i->continue_when_stopped);
    }
    return awaited;
}
