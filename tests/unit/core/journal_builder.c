#include "unit/core/journal_builder.h"

#include "base/check.h"

#define DRAIN_NS      (5 * S)
#define LATENCY_USUAL (2 * MS)
#define BODY_HASH     UINT64_C(0x1234)
#define EVENTS_MAX    1000000

void builder_init(struct builder *builder, uint64_t rate, nanos duration)
{
    static const char *const names[] = {"primary", "backup-1", "backup-2"};

    *builder = (struct builder){.rate = rate};
    arena_init(&builder->arena, 0);
    arena_init(&builder->scratch, 0);
    journal_init(&builder->journal, &builder->arena, EVENTS_MAX);
    for (size_t i = 0; i < BUILDER_NODES; i++) {
        builder->nodes[i] = (struct scenario_node){.name = names[i]};
    }
    builder->mix[MIX_GET] = (struct traffic_request){
        .method = METHOD_GET, .path = "/api/raft/status", .weight = 1, .idempotent = true};
    builder->mix[MIX_POST] =
        (struct traffic_request){.method = METHOD_POST, .path = "/api/reservations", .weight = 1};
    builder->scenario = (struct scenario){
        .name = "built",
        .duration = duration,
        .nodes = builder->nodes,
        .node_count = BUILDER_NODES,
        .process_count = BUILDER_NODES,
        .client = {.profile = PROFILE_RESILIENT, .instances = 1},
        .traffic = {.rate_micro = rate * 1000000,
                    .slow = 500 * MS,
                    .max_in_flight = 10000,
                    .requests = builder->mix,
                    .request_count = BUILDER_MIX},
        .faults = builder->faults,
    };
}

void builder_done(struct builder *builder)
{
    arena_done(&builder->arena);
    arena_done(&builder->scratch);
}

nanos builder_interval(const struct builder *builder)
{
    return S / (nanos)builder->rate;
}

static int64_t first_number(const struct builder *builder, nanos from)
{
    return (from + builder_interval(builder) - 1) / builder_interval(builder);
}

int64_t builder_due(const struct builder *builder, nanos from, nanos to)
{
    return first_number(builder, to) - first_number(builder, from);
}

nanos builder_last_due(const struct builder *builder, nanos before)
{
    return (first_number(builder, before) - 1) * builder_interval(builder);
}

void builder_event(struct builder *builder, struct event event)
{
    journal_append(&builder->journal, event);
}

static void
fault_event(struct builder *builder, enum event_kind kind, nanos at, uint16_t node, uint32_t fault)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = node,
                                          .kind = (uint8_t)kind,
                                          .fault = {.fault = fault, .was_up = true}});
}

uint32_t
builder_fault(struct builder *builder, enum fault_kind kind, unsigned mask, nanos at, nanos cleared)
{
    uint32_t index = (uint32_t)builder->scenario.fault_count++;

    CHECK(index < BUILDER_FAULTS_MAX);
    builder->faults[index] = (struct fault){
        .kind = kind,
        .id = arena_printf(&builder->arena, "%s-%u", fault_kind_word(kind), index + 1),
        .at_from = at,
        .at_to = at,
        .hold = cleared,
        .parameters = {.ratio_ppm = (uint32_t)RATIO_ONE, .of_ppm = (uint32_t)RATIO_ONE},
    };
    builder_apply(builder, index, mask, at, cleared);
    return index;
}

void builder_apply(struct builder *builder, uint32_t index, unsigned mask, nanos at, nanos cleared)
{
    for (int i = 0; i < BUILDER_NODES; i++) {
        uint16_t node = (uint16_t)i;

        if ((mask >> node & 1) == 0) {
            continue;
        }
        fault_event(builder, EVENT_FAULT_PLANNED, at, node, index);
        fault_event(builder, EVENT_FAULT_APPLIED, at, node, index);
        fault_event(builder, EVENT_FAULT_EFFECTIVE, at, node, index);
        if (cleared != NANOS_NEVER) {
            fault_event(builder, EVENT_FAULT_CLEARED, cleared, node, index);
        }
    }
}

void builder_rule(struct builder *builder, struct rule rule)
{
    CHECK(builder->rule_count < BUILDER_RULES_MAX);
    builder->rules[builder->rule_count++] = rule;
}

struct rule builder_status(uint16_t status)
{
    return (struct rule){
        .node = PRIMARY, .status = status, .outcome = OUTCOME_ANSWER, .after = LATENCY_USUAL};
}

struct rule builder_held(nanos from, nanos to, uint16_t node, nanos at_least)
{
    return (struct rule){.from = from,
                         .to = to,
                         .node = node,
                         .status = 200,
                         .outcome = OUTCOME_ANSWER,
                         .after = LATENCY_USUAL,
                         .at_least = at_least};
}

void builder_answer(struct builder *builder, nanos from, nanos to, uint16_t node, nanos after)
{
    builder_rule(builder, (struct rule){.from = from,
                                        .to = to,
                                        .node = node,
                                        .status = 200,
                                        .outcome = OUTCOME_ANSWER,
                                        .after = after});
}

void builder_refuse(struct builder *builder, nanos from, nanos to, nanos after)
{
    builder_rule(
        builder,
        (struct rule){
            .from = from, .to = to, .node = NODE_NONE, .outcome = OUTCOME_REFUSED, .after = after});
}

uint32_t builder_attempt(struct builder *builder,
                         uint32_t request,
                         enum attempt_purpose purpose,
                         uint16_t node,
                         nanos start)
{
    uint32_t attempt = builder->next_attempt++;

    builder_event(builder, (struct event){.at = start,
                                          .node = node,
                                          .kind = EVENT_ATTEMPT,
                                          .attempt = {.attempt = attempt,
                                                      .request = request,
                                                      .purpose = (uint8_t)purpose}});
    return attempt;
}

void builder_attempt_end(struct builder *builder,
                         uint32_t attempt,
                         uint32_t request,
                         nanos at,
                         enum outcome outcome,
                         uint16_t status)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = NODE_NONE,
                                          .kind = EVENT_ATTEMPT_END,
                                          .attempt_end = {.body_hash = BODY_HASH,
                                                          .attempt = attempt,
                                                          .request = request,
                                                          .status = status,
                                                          .outcome = (uint8_t)outcome}});
}

void builder_executed(struct builder *builder,
                      nanos at,
                      uint16_t node,
                      uint32_t request,
                      uint64_t answer_hash,
                      bool executed)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = node,
                                          .kind = EVENT_EXECUTED,
                                          .executed = {.end = at,
                                                       .answer_hash = answer_hash,
                                                       .request = request,
                                                       .executed = executed}});
}

uint32_t builder_request(struct builder *builder, nanos due, uint16_t mix, const struct rule *rule)
{
    uint32_t request = builder->next_request++;
    bool is_unsent = rule->outcome == OUTCOME_UNSENT;
    nanos end = nanos_max(due + rule->after, rule->at_least);
    uint32_t attempt = ATTEMPT_NONE;

    builder_event(builder, (struct event){.at = due,
                                          .node = NODE_NONE,
                                          .kind = EVENT_REQUEST,
                                          .request = {.started = is_unsent ? NANOS_NEVER : due,
                                                      .request = request,
                                                      .mix = mix}});
    if (is_unsent) {
        return request;
    }
    if (rule->node != NODE_NONE) {
        attempt = builder_attempt(builder, request, PURPOSE_REQUEST, rule->node, due);
    }
    if (rule->outcome == OUTCOME_UNFINISHED) {
        return request;
    }
    if (attempt != ATTEMPT_NONE) {
        builder_attempt_end(builder, attempt, request, end, rule->outcome, rule->status);
    }
    bool is_answer = rule->outcome == OUTCOME_ANSWER;
    builder_event(builder,
                  (struct event){.at = end,
                                 .node = is_answer ? rule->node : NODE_NONE,
                                 .kind = EVENT_REQUEST_END,
                                 .request_end = {.request = request,
                                                 .attempt = is_answer ? attempt : ATTEMPT_NONE,
                                                 .status = rule->status,
                                                 .attempts = attempt != ATTEMPT_NONE,
                                                 .outcome = (uint8_t)rule->outcome}});
    return request;
}

static const struct rule *rule_for(const struct builder *builder, int64_t number, nanos due)
{
    static const struct rule usual = {
        .node = PRIMARY, .status = 200, .outcome = OUTCOME_ANSWER, .after = LATENCY_USUAL};

    for (size_t i = 0; i < builder->rule_count; i++) {
        const struct rule *rule = &builder->rules[i];
        if (due >= rule->from && due < rule->to &&
            (rule->every == 0 || number % rule->every == 0)) {
            return rule;
        }
    }
    return &usual;
}

void builder_traffic(struct builder *builder)
{
    int64_t count = builder_due(builder, 0, builder->scenario.duration);

    for (int64_t i = 0; i < count; i++) {
        nanos due = i * builder_interval(builder);
        builder_request(builder, due, MIX_GET, rule_for(builder, i, due));
    }
}

void builder_belief(
    struct builder *builder, nanos at, uint16_t client, uint16_t node, enum belief belief)
{
    builder_event(
        builder,
        (struct event){.at = at,
                       .node = node,
                       .kind = EVENT_BELIEF,
                       .belief = {.why = "test", .client = client, .belief = (uint8_t)belief}});
}

const struct measurement *builder_measure(struct builder *builder)
{
    nanos end = builder->scenario.duration;

    builder_event(builder,
                  (struct event){.kind = EVENT_PHASE, .phase = {.phase = PHASE_TRAFFIC_BEGIN}});
    builder_event(
        builder,
        (struct event){.at = end, .kind = EVENT_PHASE, .phase = {.phase = PHASE_TRAFFIC_END}});
    builder_event(builder, (struct event){.at = end + DRAIN_NS,
                                          .kind = EVENT_PHASE,
                                          .phase = {.phase = PHASE_DRAIN_END}});
    CHECK(!builder->journal.full);
    measure(&builder->arena, &builder->scratch, &builder->scenario, &builder->journal,
            &builder->measurement);
    return &builder->measurement;
}
