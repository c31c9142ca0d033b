#include "world/injector_parts.h"

#include "base/check.h"

#include <string.h>

/* ---- bytes, by the proxy ---- */

static enum proxy_fault_kind proxy_kind(enum fault_kind kind)
{
    CHECK(fault_kind_class(kind) == FAULT_CLASS_WIRE);
    if (kind == FAULT_RESET) {
        return PROXY_FAULT_RESET;
    }
    if (kind == FAULT_DELAY) {
        return PROXY_FAULT_DELAY;
    }
    if (kind == FAULT_THROTTLE) {
        return PROXY_FAULT_THROTTLE;
    }
    return kind == FAULT_CORRUPT ? PROXY_FAULT_CORRUPT : PROXY_FAULT_SLOW_CLOSE;
}

void wire_apply(struct injector *injector, struct injection *injection)
{
    const struct fault *fault = &injector->settings.scenario->faults[injection->fault];
    struct proxy_order order = {
        .kind = PROXY_SET,
        .fault = {.fault = injection->fault,
                  .kind = proxy_kind(fault->kind),
                  .node = injection->node,
                  .of_ppm = fault->parameters.of_ppm,
                  .ratio_ppm = fault->parameters.ratio_ppm,
                  .by = fault->parameters.by,
                  .jitter = fault->parameters.jitter,
                  .rate_bytes = fault->parameters.rate_bytes,
                  .after_bytes = fault->parameters.after_bytes},
    };
    nanos at = injector_now(injector);
    injection->sequence = injector->settings.hands->order_proxy(injector->settings.context, &order);
    if (injection->sequence == 0) {
        injection_failed(injector, injection, "the proxy could not take the order");
        return;
    }
    injection->set_sequence = injection->sequence;
    injection->was_up = true;
    injection->stage = STAGE_ACK;
    injection_applied(injector, injection, at);
}

void wire_clear(struct injector *injector, struct injection *injection)
{
    struct proxy_order order = {
        .kind = PROXY_CLEAR,
        .clear = {.fault = injection->fault, .node = injection->node},
    };
    injection->sequence = injector->settings.hands->order_proxy(injector->settings.context, &order);
    if (injection->sequence == 0) { /* the proxy is gone, its count of hits with it */
        injection_over(injector, injection, injector_now(injector), CONFIRMED_BY_EXIT, 0);
        return;
    }
    injection->stage = STAGE_CLEAR;
}

void injector_see_proxy(struct injector *injector, const struct proxy_event *event)
{
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        bool of_wire = fault_kind_class(injection_kind(injector, i)) == FAULT_CLASS_WIRE;
        bool of_order = i->sequence == event->sequence || i->set_sequence == event->sequence;
        if (!of_wire || event->kind != PROXY_EVENT_ACK || !of_order) {
            continue;
        }
        injection_effective(injector, i, event->at, CONFIRMED_BY_PROXY);
        if (i->stage == STAGE_CLEAR && i->sequence == event->sequence) {
            injection_over(injector, i, event->at, CONFIRMED_BY_PROXY, event->hits);
        } else if (i->stage == STAGE_ACK) {
            i->stage = STAGE_HOLDS;
        }
    }
}

/* ---- packets, by the kernel's filter ---- */

uint32_t packets_rule(const struct injector *injector, const struct injection *injection)
{
    return injection->fault * (uint32_t)injector->settings.scenario->node_count + injection->node;
}

static const char *kept(const struct injector *injector, const struct error *error)
{
    return arena_copy(injector->settings.arena, error->text, strlen(error->text));
}

void packets_apply(struct injector *injector, struct injection *injection)
{
    const struct scenario *scenario = injector->settings.scenario;
    const struct fault_parameters *parameters = &scenario->faults[injection->fault].parameters;
    struct error error = {.text = ""};
    nanos at = injector_now(injector);
    if (injector->settings.hands->drop(injector->settings.context,
                                       packets_rule(injector, injection), injection->node,
                                       parameters, &error) < 0) {
        injection_failed(injector, injection, kept(injector, &error));
        return;
    }
    injection->was_up = true;
    injection->stage = STAGE_HOLDS;
    injection_applied(injector, injection, at);
    injection_effective(injector, injection, injector_now(injector), CONFIRMED_BY_RULE);
}

void packets_clear(struct injector *injector, struct injection *injection)
{
    struct error error = {.text = ""};
    uint64_t packets = 0;
    if (injector->settings.hands->pass(injector->settings.context,
                                       packets_rule(injector, injection), &packets, &error) < 0) {
        injection_failed(injector, injection, kept(injector, &error));
        return;
    }
    injection_over(injector, injection, injector_now(injector), CONFIRMED_BY_RULE, packets);
}
