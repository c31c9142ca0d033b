#include "engine_parts.h"

#include "base/text.h"

#define ASK_BEFORE (500 * NANOS_PER_MS)
#define ASK_EVERY  (100 * NANOS_PER_MS)

void engine_leader_init(struct engine *engine)
{
    const struct scenario *scenario = engine->scenario;

    engine->leader_ask_at = NANOS_NEVER;
    if (!scenario->leader.enabled || engine->ops->look_up == NULL) {
        return;
    }
    engine->leaders = ARENA_ARRAY(engine->arena, struct leader_answer, scenario->node_count);
    for (size_t node = 0; node < scenario->node_count; node++) {
        engine->leaders[node].at = NANOS_NEVER;
    }
    engine->leader_ask_at = -scenario->warmup;
}

/* The time of the next fault that wants a leader, NANOS_NEVER if there is none. */
static nanos next_need(const struct engine *engine)
{
    for (size_t i = engine->next_step; i < engine->plan.step_count; i++) {
        const struct plan_step *step = &engine->plan.steps[i];
        bool wants = engine->scenario->faults[step->fault].target == TARGET_LEADER;
        if (wants && !step->undo && engine->faults[step->fault].nodes == NULL) {
            return step->at;
        }
    }
    return NANOS_NEVER;
}

nanos engine_leader_deadline(const struct engine *engine)
{
    if (engine->leaders == NULL || engine->traffic_over) {
        return NANOS_NEVER;
    }
    nanos need = next_need(engine);
    return need == NANOS_NEVER ? NANOS_NEVER : nanos_max(need - ASK_BEFORE, engine->leader_ask_at);
}

void engine_leader_ask(struct engine *engine)
{
    const struct leader_settings *leader = &engine->scenario->leader;

    if (engine_leader_deadline(engine) > engine->now) {
        return;
    }
    for (uint16_t node = 0; node < engine->scenario->node_count; node++) {
        const struct world_lookup lookup = {
            .question = &leader->question,
            .also = leader->same_as,
            .limit = engine->now + ASK_BEFORE,
            .lookup = LOOKUP_LEADER,
            .request = REQUEST_NONE,
            .node = node,
        };
        engine->ops->look_up(engine->world, &lookup);
    }
    engine->leader_ask_at = engine->now + ASK_EVERY;
}

static bool leads(const struct leader_settings *leader, const struct occurrence *seen)
{
    const char *wanted = leader->is != NULL ? leader->is : seen->looked_up.other;

    return seen->looked_up.status >= 200 && seen->looked_up.status < 300 &&
           seen->looked_up.value != NULL && wanted != NULL &&
           text_equal(seen->looked_up.value, wanted);
}

void engine_leader_hear(struct engine *engine, const struct occurrence *seen)
{
    const struct leader_settings *leader = &engine->scenario->leader;
    struct leader_answer *answer = &engine->leaders[seen->node];

    answer->at = NANOS_NEVER;
    if (leads(leader, seen)) {
        answer->at = seen->at;
        answer->said = arena_printf(engine->settings->journal->arena, "%s: %s",
                                    leader->question.field, seen->looked_up.value);
    }
}

uint16_t engine_leader_find(struct engine *engine, uint32_t fault)
{
    uint16_t found = NODE_NONE;

    for (uint16_t node = 0; engine->leaders != NULL && node < engine->scenario->node_count;
         node++) {
        nanos at = engine->leaders[node].at;
        bool is_fresh = at != NANOS_NEVER && at >= engine->now - ASK_BEFORE;
        if (is_fresh && (found == NODE_NONE || at > engine->leaders[found].at)) {
            found = node;
        }
    }
    if (found != NODE_NONE) {
        engine_record(engine, (struct event){
                                  .at = engine->leaders[found].at,
                                  .node = found,
                                  .kind = EVENT_LEADER,
                                  .leader = {.text = engine->leaders[found].said, .fault = fault}});
    }
    return found;
}
