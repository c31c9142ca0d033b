#include "engine_parts.h"

#define ENGINE_STATUS_EVERY NANOS_PER_S
/* What is asked each time is bounded, at any number of clients and nodes. */
#define STATUS_CLIENTS_MAX  8
#define STATUS_NODES_MAX    512

/* What a program says of one node, until its answer is whole. */
struct said_status {
    nanos latency;
    enum belief belief;
    bool is_there;
};

struct status_asking {
    nanos *asked;             /* by client */
    struct said_status *said; /* by client * nodes + node */
};

/* The first clients; one at least, all of its nodes. */
static uint16_t clients_asked(const struct scenario *scenario)
{
    size_t most = STATUS_NODES_MAX / scenario->node_count;
    most = most < 1 ? 1 : most;
    most = most < STATUS_CLIENTS_MAX ? most : STATUS_CLIENTS_MAX;
    return (uint16_t)(most < scenario->client.instances ? most : scenario->client.instances);
}

/* A control and a client with one URL have nothing to tell: they believe in it whatever happens. */
void engine_status_init(struct engine *engine)
{
    const struct client_settings *client = &engine->scenario->client;
    bool is_program = scenario_client_is_external(client);
    bool has_status = is_program || client->profile <= PROFILE_APISERVICE;
    engine->status_at = has_status ? 0 : NANOS_NEVER;
    if (is_program) {
        size_t clients = clients_asked(engine->scenario);
        engine->status_asking = ARENA_NEW(engine->arena, struct status_asking);
        *engine->status_asking = (struct status_asking){
            .asked = ARENA_ARRAY(engine->arena, nanos, clients),
            .said = ARENA_ARRAY(engine->arena, struct said_status,
                                clients * engine->scenario->node_count),
        };
    }
}

static void record(struct engine *engine, nanos at, struct event event)
{
    event.at = at;
    event.kind = EVENT_STATUS;
    engine_record(engine, event);
}

static bool ask_policy(struct engine *engine, uint16_t client)
{
    const struct policy *policy = engine->policies[client];
    uint16_t active = policy_active(policy);
    for (uint16_t node = 0; node < engine->scenario->node_count; node++) {
        struct policy_status status;
        policy_status(policy, node, &status);
        record(engine, engine->now,
               (struct event){.node = node,
                              .status = {.asked = engine->now,
                                         .latency = status.latency,
                                         .client = client,
                                         .belief = (uint8_t)status.belief,
                                         .active = node == active}});
    }
    return true;
}

/* Its answer comes when it comes. */
static bool ask_program(struct engine *engine, uint16_t client)
{
    engine->status_asking->asked[client] = engine->now;
    return engine->ops->order_client(engine->world, client, CLIENT_ORDER_STATUS, FAULT_NONE,
                                     NODE_NONE);
}

void engine_status_said(struct engine *engine, const struct occurrence *seen)
{
    uint16_t client = seen->said.client;
    struct status_asking *asking = engine->status_asking;
    if (client >= clients_asked(engine->scenario)) {
        return;
    }
    struct said_status *said = &asking->said[client * engine->scenario->node_count];
    if (!seen->said.last) {
        said[seen->node] = (struct said_status){
            .latency = seen->said.latency, .belief = seen->said.belief, .is_there = true};
        return;
    }
    for (uint16_t node = 0; node < engine->scenario->node_count; node++) {
        if (said[node].is_there) {
            record(engine, seen->at,
                   (struct event){.node = node,
                                  .status = {.asked = asking->asked[client],
                                             .latency = said[node].latency,
                                             .client = client,
                                             .belief = (uint8_t)said[node].belief,
                                             .active = node == seen->node}});
        }
        said[node].is_there = false;
    }
}

void engine_do_status(struct engine *engine)
{
    bool is_understood = false;
    if (engine->traffic_over || engine->now < engine->status_at ||
        engine->now >= engine->traffic_end) {
        return;
    }
    for (uint16_t client = 0; client < clients_asked(engine->scenario); client++) {
        bool understands = engine->status_asking == NULL ? ask_policy(engine, client)
                                                         : ask_program(engine, client);
        is_understood = is_understood || understands;
    }
    /* Who comes late does not catch up. */
    nanos passed = (engine->now - engine->status_at) / ENGINE_STATUS_EVERY + 1;
    nanos next = nanos_add(engine->status_at, passed * ENGINE_STATUS_EVERY);
    engine->status_at = is_understood ? next : NANOS_NEVER;
}
