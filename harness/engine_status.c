#include "engine_parts.h"

#define ENGINE_STATUS_EVERY NANOS_PER_S
/* What is asked each time is bounded, at any number of clients and nodes. */
#define STATUS_CLIENTS_MAX  8
#define STATUS_NODES_MAX    512

/* The control has nothing to tell: it believes in its node whatever happens. */
void engine_status_init(struct engine *engine)
{
    bool has_status = engine->scenario->client.profile != PROFILE_NONE;
    engine->status_at = has_status ? 0 : NANOS_NEVER;
}

/* The first clients; one at least, all of its nodes. */
static uint16_t clients_asked(const struct scenario *scenario)
{
    size_t most = STATUS_NODES_MAX / scenario->node_count;
    most = most < 1 ? 1 : most;
    most = most < STATUS_CLIENTS_MAX ? most : STATUS_CLIENTS_MAX;
    return (uint16_t)(most < scenario->client.instances ? most : scenario->client.instances);
}

static void ask(struct engine *engine, uint16_t client)
{
    const struct policy *policy = engine->policies[client];
    uint16_t active = policy_active(policy);
    for (uint16_t node = 0; node < engine->scenario->node_count; node++) {
        struct policy_status status;
        policy_status(policy, node, &status);
        engine_record(engine, (struct event){.at = engine->now,
                                             .node = node,
                                             .kind = EVENT_STATUS,
                                             .status = {.asked = engine->now,
                                                        .latency = status.latency,
                                                        .client = client,
                                                        .belief = (uint8_t)status.belief,
                                                        .active = node == active}});
    }
}

void engine_do_status(struct engine *engine)
{
    if (engine->traffic_over || engine->now < engine->status_at ||
        engine->now >= engine->traffic_end) {
        return;
    }
    for (uint16_t client = 0; client < clients_asked(engine->scenario); client++) {
        ask(engine, client);
    }
    /* Who comes late does not catch up. */
    nanos passed = (engine->now - engine->status_at) / ENGINE_STATUS_EVERY + 1;
    engine->status_at = nanos_add(engine->status_at, passed * ENGINE_STATUS_EVERY);
}
