#include "world/injector_parts.h"

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
    if (injection->stage == STAGE_EXIT && event->port_accepts) {
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
                       injection_hits(injector, injection));
    }
}

static void saw_exit(struct injector *injector, const struct process_event *event)
{
    bool planned = false;
    struct injection *restart = NULL;
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->node != event->node || i->stage == STAGE_OVER || injection_is_between(injector, i)) {
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
        injector_node_start(injector, event->node);
    }
}

static void injection_saw_ready(struct injector *injector,
                                struct injection *injection,
                                const struct process_event *event)
{
    if (injection_is_answer(injector, injection)) {
        /* It is a condition of the node, not of one process of it. */
        if (injection->stage == STAGE_HOLDS) {
            injector_order_set(injector, injection);
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

static void saw_stop(struct injector *injector, struct injection *injection, nanos at)
{
    injection->stage = STAGE_HOLDS;
    injection_effective(injector, injection, at, CONFIRMED_BY_STOPPED);
    if (injection->continue_when_stopped) {
        injector_continue(injector, injection);
    }
}

static void injection_saw(struct injector *injector,
                          struct injection *injection,
                          const struct process_event *event)
{
    bool acknowledged = event->kind == PROCESS_EVENT_ACK && event->sequence == injection->sequence;
    if (injection->stage == STAGE_STOP && event->kind == PROCESS_EVENT_STOPPED) {
        saw_stop(injector, injection, event->at);
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
                       injection_hits(injector, injection));
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
        if (i->node == event->node && i->stage != STAGE_OVER &&
            !injection_is_between(injector, i)) {
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
