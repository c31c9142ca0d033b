#include "engine_parts.h"

#include "core/alerts.h"

void engine_alerts_init(struct engine *engine)
{
    const struct scenario *scenario = engine->scenario;
    engine->alerts =
        alerts_new(engine->arena, (uint16_t)scenario->node_count, scenario->client.instances);
}

/* Written down before anybody is told. */
static void record_alert(struct engine *engine, const struct alert *alert)
{
    uint32_t number = engine->alert_count++;
    engine_record(
        engine,
        (struct event){.at = alert->at,
                       .node = alert->node,
                       .kind = EVENT_ALERT,
                       .alert = {.why = alert->why, .alert = number, .raised = alert->raised}});
    if (engine->scenario->alerts.command.count > 0 && engine->ops->tell_alert != NULL) {
        struct world_alert told = {
            .at = alert->at,
            .why = alert->why,
            .alert = number,
            .node = alert->node,
            .raised = alert->raised,
        };
        engine->ops->tell_alert(engine->world, &told);
    }
}

void engine_alerts_believe(struct engine *engine, uint16_t client, const struct output *output)
{
    struct alert alert;
    struct alert_belief told = {
        .at = engine->now,
        .why = output->belief.why,
        .client = client,
        .node = output->node,
        .belief = output->belief.belief,
    };
    if (alerts_believe(engine->alerts, &told, &alert)) {
        record_alert(engine, &alert);
    }
}

void engine_do_alerts(struct engine *engine, nanos until)
{
    struct alert alert;
    while (alerts_next(engine->alerts, until, &alert)) {
        record_alert(engine, &alert);
    }
}
