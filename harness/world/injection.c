#include "world/injector_parts.h"

nanos injector_now(const struct injector *injector)
{
    return injector->settings.hands->now(injector->settings.context);
}

enum process_state injector_node_state(const struct injector *injector, uint16_t node)
{
    return injector->settings.hands->state(injector->settings.context, node);
}

void injector_node_start(const struct injector *injector, uint16_t node)
{
    injector->settings.hands->start(injector->settings.context, node);
}

void injector_node_signal(const struct injector *injector, uint16_t node, int signal)
{
    injector->settings.hands->signal(injector->settings.context, node, signal);
}

uint64_t
injector_node_order(const struct injector *injector, uint16_t node, struct control_order *order)
{
    return injector->settings.hands->order(injector->settings.context, node, order);
}

enum fault_kind injection_kind(const struct injector *injector, const struct injection *injection)
{
    const struct fault *fault = &injector->settings.scenario->faults[injection->fault];
    if (fault->kind == FAULT_FLAP) {
        return fault->parameters.how == FLAP_PAUSE ? FAULT_PAUSE : FAULT_KILL;
    }
    return fault->kind;
}

bool injection_is_answer(const struct injector *injector, const struct injection *injection)
{
    return fault_kind_class(injection_kind(injector, injection)) == FAULT_CLASS_ANSWER;
}

uint64_t injection_hits(const struct injector *injector, const struct injection *injection)
{
    return injection_is_answer(injector, injection)
               ? injector->settings.hands->hits(injector->settings.context, injection->node,
                                                injection->fault)
               : 0;
}

bool injection_is_between(const struct injector *injector, const struct injection *injection)
{
    enum fault_class class = fault_kind_class(injection_kind(injector, injection));
    return class == FAULT_CLASS_WIRE || class == FAULT_CLASS_PACKET;
}

static void
tell(struct injector *injector, const struct injection *injection, struct occurrence occurrence)
{
    occurrence.node = injection->node;
    occurrence.fault.fault = injection->fault;
    injector->settings.report(injector->settings.context, &occurrence);
}

void injection_applied(struct injector *injector, const struct injection *injection, nanos at)
{
    tell(injector, injection,
         (struct occurrence){
             .at = at, .kind = OCCURRENCE_FAULT_APPLIED, .fault = {.was_up = injection->was_up}});
}

void injection_effective(struct injector *injector,
                         struct injection *injection,
                         nanos at,
                         enum confirmed_by by)
{
    if (injection->effective_told) {
        return;
    }
    injection->effective_told = true;
    tell(injector, injection,
         (struct occurrence){
             .at = at, .kind = OCCURRENCE_FAULT_EFFECTIVE, .fault = {.confirmed_by = by}});
}

void injection_over(struct injector *injector,
                    struct injection *injection,
                    nanos at,
                    enum confirmed_by by,
                    uint64_t hits)
{
    injection->stage = STAGE_OVER;
    injection->kill_at = NANOS_NEVER;
    tell(injector, injection,
         (struct occurrence){.at = at,
                             .kind = OCCURRENCE_FAULT_CLEARED,
                             .fault = {.confirmed_by = by, .hits = hits}});
}

void injection_failed(struct injector *injector, struct injection *injection, const char *text)
{
    injection->stage = STAGE_OVER;
    injection->kill_at = NANOS_NEVER;
    tell(injector, injection,
         (struct occurrence){.at = injector_now(injector),
                             .kind = OCCURRENCE_FAULT_FAILED,
                             .fault = {.text = text}});
}
