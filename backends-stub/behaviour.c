#include "backends-stub/behaviour.h"

#include "base/text.h"

#include <string.h>

#define STATUS_DEFAULT 503
/* Past a byte a nanosecond nothing is held back, and products stay inside 64 bits. */
#define RATE_MAX       UINT64_C(1000000000)

static bool is_answer_kind(uint32_t kind)
{
    return kind >= FAULT_REFUSE && kind <= FAULT_WRONG_ROLE;
}

static bool is_sound(const struct control_behaviour *order)
{
    if (!is_answer_kind(order->kind) || order->status_count > CONTROL_STATUSES_MAX ||
        memchr(order->path, '\0', sizeof order->path) == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < order->status_count; i++) {
        if (order->statuses[i] < 200 || order->statuses[i] > 599) {
            return false;
        }
    }
    return true;
}

int behaviours_set(struct behaviours *behaviours, const struct control_behaviour *order)
{
    if (behaviours->count == BEHAVIOURS_MAX || !is_sound(order)) {
        return -1;
    }
    for (size_t i = 0; i < behaviours->count; i++) {
        if (behaviours->items[i].order.behaviour == order->behaviour) {
            return -1;
        }
    }
    struct behaviour *behaviour = &behaviours->items[behaviours->count++];
    *behaviour = (struct behaviour){.order = *order};
    prng_init(&behaviour->prng, behaviours->seed, order->behaviour);
    return 0;
}

uint64_t behaviours_clear(struct behaviours *behaviours, uint32_t behaviour)
{
    for (size_t i = 0; i < behaviours->count; i++) {
        if (behaviours->items[i].order.behaviour == behaviour) {
            uint64_t hits = behaviours->items[i].hits;

            behaviours->count--;
            for (size_t k = i; k < behaviours->count; k++) {
                behaviours->items[k] = behaviours->items[k + 1];
            }
            return hits;
        }
    }
    return 0;
}

bool behaviours_have(const struct behaviours *behaviours, enum fault_kind kind)
{
    for (size_t i = 0; i < behaviours->count; i++) {
        if (behaviours->items[i].order.kind == kind) {
            return true;
        }
    }
    return false;
}

bool answer_has_body(enum http_method method, unsigned status)
{
    return method != METHOD_HEAD && status >= 200 && status != 204 && status != 304;
}

static bool is_write(enum http_method method)
{
    return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH ||
           method == METHOD_DELETE;
}

static bool matches(const struct control_behaviour *order, struct behaviour_request request)
{
    bool health = text_equal(request.path, BEHAVIOUR_HEALTH_PATH);

    if (order->path[0] != '\0') {
        return text_equal(request.path, order->path);
    }
    if (order->kind == FAULT_RESPOND || order->kind == FAULT_GRAY) {
        return !health;
    }
    if (order->kind == FAULT_UNHEALTHY) {
        return health;
    }
    return order->kind != FAULT_WRONG_ROLE || is_write(request.method);
}

/* The parts of an answer that a fault can speak about, each decided by one fault at most. */
enum part {
    PART_ANSWER,
    PART_DELAY,
    PART_CUT,
    PART_RATE,
    PARTS,
};

static enum part part_of(uint32_t kind)
{
    switch (kind) {
    case FAULT_SLOW:
        return PART_DELAY;
    case FAULT_STALL:
    case FAULT_TRUNCATE:
        return PART_CUT;
    case FAULT_TRICKLE:
        return PART_RATE;
    default:
        return PART_ANSWER;
    }
}

static uint16_t next_status(const struct behaviour *behaviour)
{
    const struct control_behaviour *order = &behaviour->order;

    return order->status_count == 0 ? STATUS_DEFAULT
                                    : order->statuses[behaviour->hits % order->status_count];
}

static void decide_answer(struct decision *decision, struct behaviour *behaviour)
{
    const struct control_behaviour *order = &behaviour->order;

    decision->execute = false;
    if (order->kind == FAULT_HANG) {
        decision->answer = DECISION_SILENCE;
    } else {
        decision->answer = order->kind == FAULT_WRONG_ROLE ? DECISION_WRONG_ROLE : DECISION_STATUS;
        decision->execute = order->kind == FAULT_RESPOND && order->after_commit;
        decision->status = next_status(behaviour);
        decision->retry_after = order->retry_after;
    }
    behaviour->hits++;
}

static void decide_delay(struct decision *decision, struct behaviour *behaviour)
{
    const struct control_behaviour *order = &behaviour->order;

    decision->delay = order->by;
    if (order->jitter > 0) {
        decision->delay = nanos_max(
            0, nanos_add(order->by, prng_between(&behaviour->prng, -order->jitter, order->jitter)));
    }
    behaviour->hits += decision->delay > 0;
}

static void decide_cut(struct decision *decision, struct behaviour *behaviour)
{
    decision->cut = behaviour->order.kind == FAULT_STALL ? CUT_STALL : CUT_TRUNCATE;
    decision->after_bytes = behaviour->order.after_bytes;
    behaviour->hits++;
}

static void decide_rate(struct decision *decision, struct behaviour *behaviour)
{
    decision->rate_bytes = behaviour->order.rate_bytes;
    behaviour->hits += decision->rate_bytes > 0;
}

/* Whether there is something to cut or to trickle. */
static bool has_body(const struct decision *decision, enum http_method method)
{
    if (decision->answer == DECISION_NORMAL) {
        return method != METHOD_HEAD && method != METHOD_OPTIONS;
    }
    return answer_has_body(method, decision->status);
}

struct decision behaviours_decide(struct behaviours *behaviours, struct behaviour_request request)
{
    struct decision decision = {.answer = DECISION_NORMAL, .execute = true};
    struct behaviour *chosen[PARTS] = {NULL};

    for (size_t i = 0; i < behaviours->count; i++) {
        struct behaviour *behaviour = &behaviours->items[i];

        if (behaviour->order.kind != FAULT_REFUSE && matches(&behaviour->order, request) &&
            prng_chance(&behaviour->prng, behaviour->order.ratio_ppm)) {
            chosen[part_of(behaviour->order.kind)] = behaviour;
        }
    }
    if (chosen[PART_ANSWER] != NULL) {
        decide_answer(&decision, chosen[PART_ANSWER]);
    }
    if (decision.answer == DECISION_SILENCE) {
        return decision;
    }
    if (chosen[PART_DELAY] != NULL) {
        decide_delay(&decision, chosen[PART_DELAY]);
    }
    if (!has_body(&decision, request.method)) {
        return decision;
    }
    if (chosen[PART_CUT] != NULL) {
        decide_cut(&decision, chosen[PART_CUT]);
    }
    if (chosen[PART_RATE] != NULL) {
        decide_rate(&decision, chosen[PART_RATE]);
    }
    return decision;
}

uint64_t decision_limit(const struct decision *decision, uint64_t length)
{
    if (decision->cut == CUT_NONE || length == 0) {
        return length;
    }
    return decision->after_bytes < length ? decision->after_bytes : length - 1;
}

uint64_t trickle_allowed(nanos elapsed, uint64_t rate_bytes)
{
    uint64_t rate = rate_bytes < RATE_MAX ? rate_bytes : RATE_MAX;
    uint64_t seconds = (uint64_t)(elapsed / NANOS_PER_S);
    uint64_t rest = (uint64_t)(elapsed % NANOS_PER_S);

    return 1 + seconds * rate + rest * rate / (uint64_t)NANOS_PER_S;
}

nanos trickle_due(uint64_t sent, uint64_t rate_bytes)
{
    uint64_t rate = rate_bytes < RATE_MAX ? rate_bytes : RATE_MAX;
    uint64_t rest = sent % rate;

    return (nanos)(sent / rate) * NANOS_PER_S +
           (nanos)((rest * (uint64_t)NANOS_PER_S + rate - 1) / rate);
}
