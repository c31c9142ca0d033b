/* Did every fault come when it was due, bite, and meet traffic? */
#include "core/verdict_parts.h"

static const nanos fault_late_max_ns = 100 * NANOS_PER_MS;

static bool hit_active_target(const struct measurement *measurement,
                              const struct fault_record *record)
{
    return record->disturbance != DISTURBANCE_NONE &&
           measurement->disturbances[record->disturbance].was_active;
}

/* What its hits are counted in. */
static const char *prey_of(enum fault_kind kind)
{
    switch (fault_kind_class(kind)) {
    case FAULT_CLASS_WIRE:
        return "connection";
    case FAULT_CLASS_PACKET:
        return "packet";
    case FAULT_CLASS_PROCESS:
    case FAULT_CLASS_ANSWER:
    case FAULT_CLASS_CLIENT:
        break;
    }
    return "request";
}

/* The proxy took its count of hits along. */
static bool hits_are_lost(const struct doubts *doubts, enum fault_kind kind)
{
    return fault_kind_class(kind) == FAULT_CLASS_WIRE &&
           reason_list_has(doubts->list, REASON_PROXY_DIED);
}

/* NULL if the fault did what it should. */
static const char *unconfirmed_text(const struct doubts *doubts, const struct fault_record *record)
{
    const struct fault *fault = &doubts->scenario->faults[record->fault];

    if (record->failure != NULL) {
        const char *phase = fault->kind != FAULT_FLAP
                                ? ""
                                : arena_printf(doubts->arena, " at %s",
                                               verdict_nanos_text(doubts->arena, record->planned));
        return arena_printf(doubts->arena, "fault '%s' failed%s: %s", fault->id, phase,
                            record->failure);
    }
    if (record->refusal != NULL) {
        return NULL;
    }
    if (record->applied == NANOS_NEVER) {
        if (record->planned >= doubts->measurement->traffic_end) {
            return NULL;
        }
        return arena_printf(doubts->arena, "fault '%s' was due at %s but never applied", fault->id,
                            verdict_nanos_text(doubts->arena, record->planned));
    }
    if (record->effective == NANOS_NEVER) {
        return arena_printf(doubts->arena,
                            "fault '%s' was applied at %s but nothing confirmed its effect",
                            fault->id, verdict_nanos_text(doubts->arena, record->applied));
    }
    if (record->opens && record->onset >= doubts->measurement->traffic_end) {
        return arena_printf(doubts->arena,
                            "fault '%s' took effect only at %s, when there was no traffic any more",
                            fault->id, verdict_nanos_text(doubts->arena, record->onset));
    }
    if (record->hits == 0 && fault_kind_needs_hits(fault->kind) && !fault->by_chance &&
        !hits_are_lost(doubts, fault->kind) && hit_active_target(doubts->measurement, record)) {
        return arena_printf(doubts->arena,
                            "fault '%s' (%s) hit no %s although its target was serving; it "
                            "did not bite",
                            fault->id, fault_kind_word(fault->kind), prey_of(fault->kind));
    }
    return NULL;
}

static void find_bad_application(const struct doubts *doubts, const struct fault_record *record)
{
    const char *text = unconfirmed_text(doubts, record);

    if (text != NULL) {
        verdict_doubt_add(doubts, REASON_FAULT_UNCONFIRMED, text);
    }
    if (record->applied == NANOS_NEVER || record->applied - record->planned <= fault_late_max_ns) {
        return;
    }
    text = arena_printf(doubts->arena,
                        "fault '%s' was applied %s late; more than %s is doubt about the harness, "
                        "not the client",
                        doubts->scenario->faults[record->fault].id,
                        verdict_nanos_text(doubts->arena, record->applied - record->planned),
                        verdict_nanos_text(doubts->arena, fault_late_max_ns));
    verdict_doubt_add(doubts, REASON_FAULT_LATE, text);
}

/* The next moment at which it should have been planned, NANOS_NEVER if it was as often as due. */
static nanos forgotten_at(const struct doubts *doubts, uint32_t index)
{
    const struct fault *fault = &doubts->scenario->faults[index];
    const struct measurement *measurement = doubts->measurement;
    nanos first = NANOS_NEVER;
    uint64_t count = 0;

    for (size_t i = 0; i < measurement->fault_count; i++) {
        if (measurement->faults[i].fault == index) {
            first = nanos_min(first, measurement->faults[i].planned);
            count++;
        }
    }
    if (count == 0) {
        return fault->at_to;
    }
    if (first == NANOS_NEVER ||
        count >= scenario_fault_applications(doubts->scenario, fault, first)) {
        return NANOS_NEVER;
    }
    return first + (nanos)count * fault->parameters.every;
}

/* A fault, or a down phase of a flap, that the journal does not even hold as planned. */
static void find_forgotten_fault(const struct doubts *doubts, uint32_t index)
{
    nanos at = forgotten_at(doubts, index);

    if (at < doubts->measurement->traffic_end) {
        verdict_doubt_add(doubts, REASON_FAULT_UNCONFIRMED,
                          arena_printf(doubts->arena, "fault '%s' was due by %s but never applied",
                                       doubts->scenario->faults[index].id,
                                       verdict_nanos_text(doubts->arena, at)));
    }
}

/* Nobody was asked while the fault was on, so nobody can have been hurt: that proves nothing. A
 * stream asks all the time. */
static void find_untouched_disturbances(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;

    if (doubts->scenario->traffic.stream_count > 0) {
        return;
    }
    for (size_t i = 0; i < measurement->disturbance_count; i++) {
        const struct disturbance *disturbance = &measurement->disturbances[i];
        if (disturbance->kind != DISTURBANCE_FAULT || !disturbance->was_active ||
            !disturbance->untouched) {
            continue;
        }
        uint32_t fault = measurement->faults[disturbance->faults[0]].fault;
        verdict_doubt_add(
            doubts, REASON_FAULT_UNCONFIRMED,
            arena_printf(doubts->arena,
                         "no request met fault '%s': hold it longer, or raise the rate",
                         doubts->scenario->faults[fault].id));
    }
}

void verdict_doubt_faults(const struct doubts *doubts)
{
    find_untouched_disturbances(doubts);
    for (size_t i = 0; i < doubts->measurement->fault_count; i++) {
        find_bad_application(doubts, &doubts->measurement->faults[i]);
    }
    for (uint32_t i = 0; i < doubts->scenario->fault_count; i++) {
        find_forgotten_fault(doubts, i);
    }
}
