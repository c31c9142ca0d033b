#include "engine_parts.h"

void engine_record(struct engine *engine, struct event event)
{
    journal_append(engine->settings->journal, event);
}

void engine_record_phase(struct engine *engine, nanos at, enum phase phase)
{
    engine_record(engine, (struct event){.at = at,
                                         .node = NODE_NONE,
                                         .kind = EVENT_PHASE,
                                         .phase = {.phase = (uint8_t)phase}});
}

void engine_record_problem(
    struct engine *engine, nanos at, uint16_t node, enum reason reason, const char *text)
{
    engine_record(engine, (struct event){.at = at,
                                         .node = node,
                                         .kind = EVENT_PROBLEM,
                                         .problem = {.text = text, .reason = (uint8_t)reason}});
}
