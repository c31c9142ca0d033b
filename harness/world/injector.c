#include "world/injector_parts.h"

#include "base/check.h"

#include <signal.h>
#include <string.h>

static bool is_answer_fault(const struct injector *injector, const struct injection *injection)
{
    return fault_kind_class(injection_kind(injector, injection)) == FAULT_CLASS_ANSWER;
}

static uint64_t answer_hits(const struct injector *injector, const struct injection *injection)
{
    return is_answer_fault(injector, injection)
               ? supervisor_hits(injector->settings.supervisor, injection->node, injection->fault)
               : 0;
}

/* Faults of the network do not care what becomes of the node's process. */
static bool is_between(const struct injector *injector, const struct injection *injection)
{
    enum fault_class class = fault_kind_class(injection_kind(injector, injection));
    return class == FAULT_CLASS_WIRE || class == FAULT_CLASS_PACKET;
}

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

static void apply_ending(struct injector *injector, struct injection *injection, int signal)
{
    struct supervisor *supervisor = injector->settings.supervisor;
    if (supervisor_state(supervisor, injection->node) == PROCESS_DOWN) {
        injection_failed(injector, injection, "the node was down already");
        return;
    }
    injection->was_up = true;
    injection->stage = STAGE_EXIT;
    nanos at = loop_clock();
    supervisor_signal(supervisor, injection->node, signal);
    if (signal == SIGTERM) {
        injection->kill_at = at + INJECTOR_STOP_WITHIN;
        /* A stopped process would keep the signal pending for ever. */
        supervisor_signal(supervisor, injection->node, SIGCONT);
    }
    injection_applied(injector, injection, at);
}

static void apply_pause(struct injector *injector, struct injection *injection)
{
    struct supervisor *supervisor = injector->settings.supervisor;
    if (supervisor_state(supervisor, injection->node) != PROCESS_READY) {
        injection_failed(injector, injection, "the node was down or stopped already");
        return;
    }
    injection->was_up = true;
    injection->stage = STAGE_STOP;
    nanos at = loop_clock();
    supervisor_signal(supervisor, injection->node, SIGSTOP);
    injection_applied(injector, injection, at);
}

static void apply_restart(struct injector *injector, struct injection *injection)
{
    struct supervisor *supervisor = injector->settings.supervisor;
    if (supervisor_state(supervisor, injection->node) != PROCESS_DOWN) {
        injection->start_when_down = true;
        apply_ending(injector, injection, SIGTERM);
        return;
    }
    injection->stage = STAGE_START;
    injection_applied(injector, injection, loop_clock());
    supervisor_start(supervisor, injection->node);
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

static uint64_t order_set(struct injector *injector, const struct injection *injection)
{
    struct control_order order = {
        .kind = CONTROL_SET,
        .behaviour =
            behaviour_of(&injector->settings.scenario->faults[injection->fault], injection->fault),
    };
    return supervisor_order(injector->settings.supervisor, injection->node, &order);
}

static void apply_answer(struct injector *injector, struct injection *injection)
{
    nanos at = loop_clock();
    injection->sequence = order_set(injector, injection);
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
    injection->sequence = supervisor_order(injector->settings.supervisor, injection->node, &order);
    if (injection->sequence == 0) { /* the process that held it is gone */
        injection_over(injector, injection, loop_clock(), CONFIRMED_BY_EXIT,
                       answer_hits(injector, injection));
        return;
    }
    injection->stage = STAGE_CLEAR;
}

static void clear(struct injector *injector, struct injection *injection)
{
    struct supervisor *supervisor = injector->settings.supervisor;
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
        injection->stage = STAGE_CONTINUE;
        supervisor_signal(supervisor, injection->node, SIGCONT);
    } else if (injection->stage == STAGE_EXIT) {
        injection->start_when_down = true;
    } else if (supervisor_state(supervisor, injection->node) == PROCESS_DOWN) {
        injection->stage = STAGE_START;
        supervisor_start(supervisor, injection->node);
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

/* ---- what was seen ---- */

static void node_changed(struct injector *injector,
                         const struct process_event *event,
                         enum node_state state,
                         bool planned,
                         const char *why)
{
    struct occurrence occurrence = {
        .at = event->at,
        .kind = OCCURRENCE_NODE,
        .node = event->node,
        .node_change = {.why = why, .state = state, .planned = planned},
    };
    injector->settings.report(injector->settings.context, &occurrence);
}

static void problem(struct injector *injector,
                    const struct process_event *event,
                    enum reason reason,
                    const char *text)
{
    struct occurrence occurrence = {
        .at = event->at,
        .kind = OCCURRENCE_PROBLEM,
        .node = event->node,
        .problem = {.text = text, .reason = reason},
    };
    injector->settings.report(injector->settings.context, &occurrence);
}

/* A pause, and an order that the process can no longer obey, are over when it ends. */
static bool ends_with_process(const struct injector *injector, const struct injection *injection)
{
    return injection->stage == STAGE_STOP || injection->stage == STAGE_CONTINUE ||
           injection->stage == STAGE_CLEAR ||
           (injection->stage == STAGE_HOLDS && injection_kind(injector, injection) == FAULT_PAUSE);
}

static void injection_saw_exit(struct injector *injector,
                               struct injection *injection,
                               const struct process_event *event)
{
    if (injection->stage == STAGE_EXIT && !event->port_refuses) {
        injection_failed(injector, injection,
                         "the process ended, but its port still takes connections");
    } else if (injection->stage == STAGE_EXIT) {
        injection->kill_at = NANOS_NEVER;
        injection->stage = STAGE_HOLDS;
        injection_effective(injector, injection, event->at, CONFIRMED_BY_EXIT);
    } else if (injection->stage == STAGE_ACK) {
        injection_failed(injector, injection, "the node ended before it answered the order");
    } else if (ends_with_process(injector, injection)) {
        injection_over(injector, injection, event->at, CONFIRMED_BY_EXIT,
                       answer_hits(injector, injection));
    }
}

static void saw_exit(struct injector *injector, const struct process_event *event)
{
    bool planned = false;
    struct injection *restart = NULL;
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->node != event->node || i->stage == STAGE_OVER || is_between(injector, i)) {
            continue;
        }
        planned = planned || i->stage == STAGE_EXIT;
        injection_saw_exit(injector, i, event);
        if (i->start_when_down && i->stage == STAGE_HOLDS) {
            restart = i;
        }
    }
    node_changed(injector, event, NODE_STATE_EXITED, planned, event->text);
    if (!planned && event->was_ready) {
        problem(injector, event, REASON_NODE_DIED,
                arena_printf(injector->settings.arena, "node '%s' %s without a fault",
                             injector->settings.scenario->nodes[event->node].name, event->text));
    }
    if (restart != NULL) {
        restart->stage = STAGE_START;
        supervisor_start(injector->settings.supervisor, event->node);
    }
}

static void injection_saw_ready(struct injector *injector,
                                struct injection *injection,
                                const struct process_event *event)
{
    if (is_answer_fault(injector, injection)) {
        if (injection->stage ==
            STAGE_HOLDS) { /* a condition of the node, not of one process of it */
            order_set(injector, injection);
        }
        return;
    }
    if (injection->stage != STAGE_HOLDS && injection->stage != STAGE_START) {
        return;
    }
    if (injection_kind(injector, injection) == FAULT_RESTART && !injection->was_up) {
        injection_effective(injector, injection, event->at, CONFIRMED_BY_READY);
    }
    injection_over(injector, injection, event->at, CONFIRMED_BY_READY, 0);
}

/* A fault that ends a node while it starts is why it does not become ready. */
static bool ends_while_starting(struct injector *injector, uint16_t node)
{
    bool ends = false;
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        ends = ends || (i->node == node && i->stage == STAGE_EXIT);
    }
    for (struct injection *i = injector->first; ends && i != NULL; i = i->next) {
        if (i->node == node && i->stage == STAGE_START) {
            i->stage = STAGE_HOLDS;
        }
    }
    return ends;
}

static void saw_not_ready(struct injector *injector, const struct process_event *event)
{
    if (ends_while_starting(injector, event->node)) {
        return;
    }
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->node == event->node && i->stage == STAGE_START) {
            injection_failed(injector, i, event->text);
        }
    }
    problem(injector, event, event->port_was_taken ? REASON_PORT_TAKEN : REASON_NODE_NOT_READY,
            event->text);
}

static void injection_saw(struct injector *injector,
                          struct injection *injection,
                          const struct process_event *event)
{
    bool acknowledged = event->kind == PROCESS_EVENT_ACK && event->sequence == injection->sequence;
    bool stops = injection->stage == STAGE_STOP || injection->stage == STAGE_CONTINUE;
    if (stops && event->kind == PROCESS_EVENT_STOPPED) {
        injection->stage = injection->stage == STAGE_STOP ? STAGE_HOLDS : STAGE_CONTINUE;
        injection_effective(injector, injection, event->at, CONFIRMED_BY_STOPPED);
    } else if (injection->stage == STAGE_CONTINUE && event->kind == PROCESS_EVENT_CONTINUED) {
        injection_over(injector, injection, event->at, CONFIRMED_BY_CONTINUED, 0);
    } else if (injection->stage == STAGE_ACK && acknowledged) {
        injection->stage = STAGE_HOLDS;
        injection_effective(injector, injection, event->at, CONFIRMED_BY_STUB);
    } else if (injection->stage == STAGE_CLEAR && event->kind == PROCESS_EVENT_ACK &&
               event->sequence == injection->set_sequence) {
        injection_effective(injector, injection, event->at, CONFIRMED_BY_STUB);
    } else if (injection->stage == STAGE_CLEAR && acknowledged) {
        injection_effective(injector, injection, event->at, CONFIRMED_BY_STUB);
        injection_over(injector, injection, event->at, CONFIRMED_BY_STUB,
                       answer_hits(injector, injection));
    } else if (event->kind == PROCESS_EVENT_READY) {
        injection_saw_ready(injector, injection, event);
    }
}

void injector_see(struct injector *injector, const struct process_event *event)
{
    if (event->kind == PROCESS_EVENT_EXITED) {
        saw_exit(injector, event);
        return;
    }
    if (event->kind == PROCESS_EVENT_NOT_READY) {
        saw_not_ready(injector, event);
        return;
    }
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->node == event->node && i->stage != STAGE_OVER && !is_between(injector, i)) {
            injection_saw(injector, i, event);
        }
    }
    if (event->kind == PROCESS_EVENT_READY) {
        node_changed(injector, event, NODE_STATE_READY, true, "ready");
    } else if (event->kind == PROCESS_EVENT_STOPPED) {
        node_changed(injector, event, NODE_STATE_STOPPED, true, "stopped by SIGSTOP");
    } else if (event->kind == PROCESS_EVENT_CONTINUED) {
        node_changed(injector, event, NODE_STATE_READY, true, "continued by SIGCONT");
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
            supervisor_signal(injector->settings.supervisor, i->node, SIGKILL);
        }
    }
}

void injector_release(struct injector *injector)
{
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        bool can = is_answer_fault(injector, i) || is_between(injector, i) ||
                   injection_kind(injector, i) == FAULT_PAUSE;
        if (i->stage == STAGE_HOLDS && can) {
            clear(injector, i);
        }
    }
}

uint32_t injector_awaited(const struct injector *injector)
{
    uint32_t awaited = 0;
    for (const struct injection *i = injector->first; i != NULL; i = i->next) {
        awaited += i->stage == STAGE_CLEAR || i->stage == STAGE_CONTINUE;
    }
    return awaited;
}
