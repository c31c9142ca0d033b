#include "world/injector_parts.h"

#include <string.h>

static const struct fault *fault_of(const struct injector *injector,
                                    const struct injection *injection)
{
    return &injector->settings.scenario->faults[injection->fault];
}

void partition_apply(struct injector *injector, struct injection *injection)
{
    injection->was_up = true;
    injection->stage = STAGE_GATHER;
    injection_applied(injector, injection, injector_now(injector));
}

/* ---- the rule ---- */

/* Who is hit stands on one side, unless the file tells groups; then all of group 0 is hit. */
static const uint8_t *groups_of(struct injector *injector, uint32_t fault)
{
    const struct scenario *scenario = injector->settings.scenario;
    if (scenario->faults[fault].parameters.groups != NULL) {
        return scenario->faults[fault].parameters.groups;
    }
    uint8_t *groups = ARENA_ARRAY(injector->settings.arena, uint8_t, scenario->node_count);
    memset(groups, 1, scenario->node_count);
    for (const struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->fault == fault && i->stage == STAGE_GATHER) {
            groups[i->node] = 0;
        }
    }
    return groups;
}

static int part(struct injector *injector, const struct injection *injection, struct error *reterr)
{
    return injector->settings.hands->part(
        injector->settings.context, packets_rule(injector, injection),
        groups_of(injector, injection->fault), fault_of(injector, injection)->parameters.direction,
        reterr);
}

/* All targets of the fault, of which `first` is one. */
static void begin(struct injector *injector, struct injection *first)
{
    struct error error = {.text = ""};
    first->has_rule = part(injector, first, &error) == 0;
    nanos at = injector_now(injector);
    const char *why = first->has_rule
                          ? NULL
                          : arena_copy(injector->settings.arena, error.text, strlen(error.text));
    for (struct injection *i = first; i != NULL; i = i->next) {
        if (i->fault != first->fault || i->stage != STAGE_GATHER) {
            continue;
        }
        if (why != NULL) {
            injection_failed(injector, i, why);
            continue;
        }
        i->stage = STAGE_HOLDS;
        injection_effective(injector, i, at, CONFIRMED_BY_RULE);
    }
}

bool partition_is_due(const struct injector *injector)
{
    const struct injection *i = injector->first;
    while (i != NULL && i->stage != STAGE_GATHER) {
        i = i->next;
    }
    return i != NULL;
}

void partition_poll(struct injector *injector)
{
    for (struct injection *i = injector->first; i != NULL; i = i->next) {
        if (i->stage == STAGE_GATHER) {
            begin(injector, i);
        }
    }
}

/* ---- undoing ---- */

/* With the first target the rule goes, for all of them; whoever ends it tells its packets. */
void partition_clear(struct injector *injector, struct injection *injection)
{
    struct error error = {.text = ""};
    uint64_t packets = 0;
    struct injection *holder = injector->first;
    partition_poll(injector);
    while (holder != NULL && !(holder->fault == injection->fault && holder->has_rule)) {
        holder = holder->next;
    }
    if (holder != NULL) {
        holder->has_rule = false;
        if (injector->settings.hands->pass(injector->settings.context,
                                           packets_rule(injector, holder), &packets, &error) < 0) {
            injection_failed(injector, injection,
                             arena_copy(injector->settings.arena, error.text, strlen(error.text)));
            return;
        }
    }
    if (injection->stage == STAGE_HOLDS) { /* else it could not even begin, and has told so */
        injection_over(injector, injection, injector_now(injector), CONFIRMED_BY_RULE, packets);
    }
}
