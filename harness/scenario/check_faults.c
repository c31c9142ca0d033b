/* Rules about faults: inside the run, told apart by their ids, and able to hit. */
#include "scenario/reader.h"

#include <inttypes.h>
#include <string.h>

static bool names_node(const struct fault *fault, uint16_t node)
{
    for (size_t i = 0; i < fault->node_count; i++) {
        if (fault->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

/* Targets that are chosen during the run may be any node. */
static bool may_meet(const struct fault *a, const struct fault *b)
{
    if (a->target != TARGET_NODES || b->target != TARGET_NODES) {
        return true;
    }
    for (size_t i = 0; i < a->node_count; i++) {
        if (names_node(b, a->nodes[i])) {
            return true;
        }
    }
    return false;
}

static bool downs_node(const struct fault *fault)
{
    enum fault_kind kind = scenario_fault_acts_as(fault);
    return kind == FAULT_KILL || kind == FAULT_TERMINATE;
}

bool check_opens(const struct scenario *scenario, const struct fault *fault)
{
    if (fault->kind != FAULT_RESTART) {
        return fault_kind_opens(fault->kind);
    }
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *other = &scenario->faults[i];
        if (downs_node(other) && other->at_from <= fault->at_to && may_meet(other, fault)) {
            return false;
        }
    }
    return true;
}

static void shorten(struct check_hold *hold, nanos length, enum hold_end end)
{
    if (length < hold->length) {
        hold->length = length;
        hold->end = end;
    }
}

/* A restart is over once the node is ready: a stub as soon as it was told to, another program
   nobody knows when, so that it is believed to need all the time it is given. Where it was faster
   than a bound can be shown, the verdict says so. */
static struct check_hold restart_hold(const struct scenario *scenario, const struct fault *fault)
{
    struct check_hold hold = {.length = NANOS_NEVER, .end = HOLD_READY};
    for (size_t i = 0; i < scenario->process_count; i++) {
        bool drawn = fault->target != TARGET_NODES && i < scenario->node_count;
        bool hit = drawn || names_node(fault, (uint16_t)i);
        if (hit && scenario->nodes[i].kind != NODE_STUB) {
            shorten(&hold, scenario->nodes[i].ready.within, HOLD_STARTED);
        } else if (hit) {
            shorten(&hold, scenario->nodes[i].stub.start_delay, HOLD_READY);
        }
    }
    return hold;
}

static nanos rest_of_last_phase(const struct fault *fault, nanos window)
{
    return (window - 1) % fault->parameters.every + 1;
}

/* The shortest of its down phases. Where the first one is drawn from a range, the last may begin at
 * the very end. */
static struct check_hold flap_hold(const struct scenario *scenario, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;
    struct check_hold hold = {.length = parameters->down, .end = HOLD_DOWN};
    nanos longest = nanos_min(fault->hold, scenario->duration - fault->at_from);
    nanos shortest = nanos_min(fault->hold, scenario->duration - fault->at_to);
    if (parameters->every <= 0 || shortest <= 0) {
        return hold;
    }
    bool as_many = (longest - 1) / parameters->every == (shortest - 1) / parameters->every;
    nanos rest = as_many ? rest_of_last_phase(fault, shortest) : 0;
    if (rest < hold.length) {
        hold = (struct check_hold){.length = rest, .end = HOLD_LAST};
    }
    return hold;
}

static struct check_hold plain_hold(const struct scenario *scenario, const struct fault *fault)
{
    struct check_hold hold = {.length = scenario->duration - fault->at_to, .end = HOLD_TRAFFIC};
    if (fault->hold < hold.length) {
        hold = (struct check_hold){.length = fault->hold, .end = HOLD_FOR};
    }
    return hold;
}

struct check_hold check_hold(const struct scenario *scenario, const struct fault *fault)
{
    if (fault->kind == FAULT_RESTART) {
        return restart_hold(scenario, fault);
    }
    struct check_hold hold =
        fault->kind == FAULT_FLAP ? flap_hold(scenario, fault) : plain_hold(scenario, fault);
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *restart = &scenario->faults[i];
        bool later = restart->kind == FAULT_RESTART && restart->at_to > fault->at_from;
        nanos until = nanos_max(restart->at_from - fault->at_to, 0);
        if (later && until < hold.length && may_meet(restart, fault)) {
            hold = (struct check_hold){
                .length = until, .end = HOLD_RESTART, .line = restart->source.line};
        }
    }
    return hold;
}

static void check_inside(struct reader *reader, const struct fault *fault)
{
    char at[NANOS_TEXT_MAX];
    char end[NANOS_TEXT_MAX];
    if (fault->at_to >= reader->scenario->duration) {
        schema_complain_at(
            reader, fault->source, "fault '%s' at %s comes after the end of traffic (duration: %s)",
            fault->id, nanos_text(fault->at_to, at), nanos_text(reader->scenario->duration, end));
    }
}

static void check_id(struct reader *reader, size_t index)
{
    const struct fault *faults = reader->scenario->faults;
    for (size_t i = 0; i < index; i++) {
        if (strcmp(faults[i].id, faults[index].id) == 0) {
            schema_complain_at(reader, faults[index].source,
                               "two faults have the id '%s' (the first at line %u)",
                               faults[index].id, faults[i].source.line);
            return;
        }
    }
}

bool check_returns(const struct scenario *scenario, const struct fault *fault)
{
    nanos up =
        fault->kind == FAULT_FLAP ? nanos_min(fault->parameters.down, fault->hold) : fault->hold;
    return fault->kind == FAULT_RESTART || nanos_add(fault->at_to, up) < scenario->duration;
}

static void check_phases(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    uint64_t phases = 0;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = &scenario->faults[i];
        if (fault->kind != FAULT_FLAP) {
            continue;
        }
        phases += scenario_fault_applications(scenario, fault, fault->at_from);
        if (phases > SCENARIO_PHASES_MAX) {
            schema_complain_at(reader, fault->source,
                               "flaps go down %" PRIu64 " times up to here, at most %d are "
                               "possible in a run",
                               phases, SCENARIO_PHASES_MAX);
            return;
        }
    }
}

void check_faults(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    if (reader->broken & SECTION_FAULTS) {
        return;
    }
    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (!(reader->broken & SECTION_RUN)) {
            check_inside(reader, &scenario->faults[i]);
        }
        check_id(reader, i);
    }
    if (!(reader->broken & SECTION_RUN)) {
        check_phases(reader);
    }
}
