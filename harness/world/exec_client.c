#include "world/exec_client_parts.h"

#include "base/check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- what all of it shares ---- */

const char *instance_name(const struct instance *instance)
{
    if (instance->client->instance_count == 1) {
        return "the client";
    }
    return arena_printf(instance->client->settings.arena, "client %u", instance->index + 1U);
}

void instance_report(struct instance *instance, struct occurrence occurrence)
{
    const struct exec_client_settings *settings = &instance->client->settings;
    occurrence.at = loop_clock();
    settings->report(settings->context, &occurrence);
}

void instance_break(struct instance *instance, enum reason reason, const char *text)
{
    if (instance->broken) {
        return;
    }
    instance->broken = true;
    instance->limit = NANOS_NEVER;
    instance_report(instance, (struct occurrence){.kind = OCCURRENCE_PROBLEM,
                                                  .node = NODE_NONE,
                                                  .problem = {.text = text, .reason = reason}});
    if (instance->state != INSTANCE_IDLE && instance->state != INSTANCE_GONE) {
        kill(-instance->pid, SIGKILL);
        instance_close_pipes(instance);
    }
}

/* ---- the client ---- */

struct exec_client *exec_client_new(const struct exec_client_settings *settings)
{
    const struct scenario *scenario = settings->scenario;
    struct exec_client *client = ARENA_NEW(settings->arena, struct exec_client);
    size_t length_max = 0;
    *client = (struct exec_client){
        .settings = *settings,
        .start_line =
            exec_protocol_start(settings->arena, scenario, settings->urls, settings->options),
        .requests = ARENA_ARRAY(settings->arena, struct http_client_body,
                                scenario->traffic.request_count + 1),
        .instance_count = (uint16_t)scenario->client.instances,
        .instances = ARENA_ARRAY(settings->arena, struct instance, scenario->client.instances),
        .request_count = scenario_request_count(scenario),
        .caller_count = scenario_stream_callers(&scenario->traffic),
    };
    for (size_t i = 0; i < scenario->traffic.request_count; i++) {
        client->requests[i] =
            exec_protocol_request(settings->arena, &scenario->traffic.requests[i], settings->run);
        length_max = client->requests[i].length_max > length_max ? client->requests[i].length_max
                                                                 : length_max;
    }
    client->line = arena_alloc(settings->arena, length_max + 1);
    client->callers = ARENA_ARRAY(settings->arena, struct caller, client->caller_count + 1);
    client->request_states = calloc(client->request_count + 1, 1);
    CHECK_MEMORY(client->request_states != NULL);
    for (uint16_t i = 0; i < client->instance_count; i++) {
        client->instances[i] = (struct instance){
            .input = {.fd = -1},
            .output = {.fd = -1},
            .pidfd = {.fd = -1},
            .client = client,
            .index = i,
            .limit = NANOS_NEVER,
        };
    }
    return client;
}

struct exec_client *exec_client_free(struct exec_client *client)
{
    if (client == NULL) {
        return NULL;
    }
    for (uint16_t i = 0; i < client->instance_count; i++) {
        instance_free(&client->instances[i]);
    }
    free(client->request_states);
    client->request_states = NULL;
    return NULL;
}

void exec_client_start(struct exec_client *client)
{
    for (uint16_t i = 0; i < client->instance_count; i++) {
        instance_start(&client->instances[i]);
    }
}

void exec_client_begin(struct exec_client *client)
{
    for (uint16_t i = 0; i < client->instance_count; i++) {
        struct instance *instance = &client->instances[i];
        instance_say(instance, client->start_line, strlen(client->start_line));
        if (instance->state == INSTANCE_STARTING && !instance->broken) {
            instance->limit = loop_clock() + EXEC_CLIENT_READY_WITHIN;
            instance->limit_why = "did not say within 10 s that it is ready";
        }
    }
}

bool exec_client_is_ready(const struct exec_client *client)
{
    bool all = true;
    for (uint16_t i = 0; i < client->instance_count; i++) {
        all = all && client->instances[i].state == INSTANCE_READY;
    }
    return all;
}

bool exec_client_has(const struct exec_client *client, unsigned feature)
{
    bool all = true;
    for (uint16_t i = 0; i < client->instance_count; i++) {
        all = all && (client->instances[i].features & feature) != 0;
    }
    return all;
}

bool exec_client_is_broken(const struct exec_client *client)
{
    bool any = false;
    for (uint16_t i = 0; i < client->instance_count; i++) {
        any = any || client->instances[i].broken;
    }
    return any;
}

/* ---- requests ---- */

nanos exec_client_give(struct exec_client *client, const struct world_request *request)
{
    const struct scenario *scenario = client->settings.scenario;
    size_t mix = (size_t)(request->what - scenario->traffic.requests);
    CHECK(mix < scenario->traffic.request_count && request->client < client->instance_count);
    CHECK(request->request < client->request_count &&
          client->request_states[request->request] == REQUEST_UNKNOWN);
    size_t length = http_client_body_write(&client->requests[mix], request->request, client->line);
    client->request_states[request->request] = REQUEST_OUT;
    instance_say(&client->instances[request->client], client->line, length);
    return loop_clock();
}

void exec_client_withdraw(struct exec_client *client, uint16_t instance, uint32_t request)
{
    char line[EXEC_ORDER_MAX];
    struct text text;
    CHECK(instance < client->instance_count && request < client->request_count);
    if (client->request_states[request] != REQUEST_OUT) {
        return;
    }
    client->request_states[request] = REQUEST_WITHDRAWN;
    if ((client->instances[instance].features & CLIENT_FEATURE_CANCEL) != 0) {
        text_init(&text, line, sizeof line);
        exec_protocol_cancel(&text, request);
        instance_say(&client->instances[instance], line, text.length);
    }
}

/* ---- orders ---- */

static unsigned feature_of(enum client_order_kind order)
{
    static const unsigned features[] = {
        [CLIENT_ORDER_SWITCH] = CLIENT_FEATURE_SWITCH,
        [CLIENT_ORDER_RESET] = CLIENT_FEATURE_RESET,
        [CLIENT_ORDER_STATUS] = CLIENT_FEATURE_STATUS,
    };
    return features[order];
}

bool exec_client_order(struct exec_client *client,
                       uint16_t index,
                       enum client_order_kind order,
                       uint32_t fault,
                       uint16_t node)
{
    CHECK(index < client->instance_count);
    struct instance *instance = &client->instances[index];
    char line[EXEC_ORDER_MAX];
    struct text text;
    if ((instance->features & feature_of(order)) == 0 || instance->order_count == ORDERS_MAX) {
        return false;
    }
    if (order == CLIENT_ORDER_STATUS) {
        instance->status_asked++;
    } else {
        instance->orders[instance->order_count++] =
            (struct order){.fault = fault, .node = node, .kind = order};
    }
    text_init(&text, line, sizeof line);
    exec_protocol_order(&text, order,
                        order == CLIENT_ORDER_SWITCH ? client->settings.scenario->nodes[node].name
                                                     : NULL);
    instance_say(instance, line, text.length);
    return true;
}

/* ---- streams ---- */

nanos exec_client_open_stream(struct exec_client *client, const struct world_stream *what)
{
    CHECK(what->ref.stream < client->caller_count && what->client < client->instance_count);
    const struct traffic_stream *stream =
        scenario_stream(&client->settings.scenario->traffic, what->ref.stream);
    const char *line = exec_protocol_stream(client->settings.arena, what->ref.stream, stream);
    client->callers[what->ref.stream] = (struct caller){.ref = what->ref, .state = CALLER_OPEN};
    instance_say(&client->instances[what->client], line, strlen(line));
    return loop_clock();
}

void exec_client_close_stream(struct exec_client *client, struct stream_ref ref)
{
    char line[EXEC_ORDER_MAX];
    struct text text;
    CHECK(ref.stream < client->caller_count);
    if (client->callers[ref.stream].state != CALLER_OPEN) {
        return;
    }
    client->callers[ref.stream].state = CALLER_CLOSED;
    text_init(&text, line, sizeof line);
    exec_protocol_close(&text, ref.stream);
    instance_say(&client->instances[ref.stream % client->instance_count], line, text.length);
}

/* ---- the end, and time ---- */

void exec_client_stop(struct exec_client *client)
{
    for (uint16_t i = 0; i < client->instance_count; i++) {
        instance_stop(&client->instances[i]);
    }
}

void exec_client_kill(struct exec_client *client)
{
    for (uint16_t i = 0; i < client->instance_count; i++) {
        const struct instance *instance = &client->instances[i];
        if (instance->state == INSTANCE_STOPPING) {
            kill(-instance->pid, SIGKILL);
        }
    }
}

uint32_t exec_client_running(const struct exec_client *client)
{
    uint32_t running = 0;
    for (uint16_t i = 0; i < client->instance_count; i++) {
        running += client->instances[i].state != INSTANCE_IDLE &&
                   client->instances[i].state != INSTANCE_GONE;
    }
    return running;
}

void exec_client_say(struct exec_client *client, const char *line)
{
    for (uint16_t i = 0; i < client->instance_count; i++) {
        instance_say(&client->instances[i], line, strlen(line));
    }
}

nanos exec_client_deadline(const struct exec_client *client)
{
    nanos deadline = NANOS_NEVER;
    for (uint16_t i = 0; i < client->instance_count; i++) {
        deadline = nanos_min(deadline, client->instances[i].limit);
    }
    return deadline;
}

void exec_client_poll(struct exec_client *client, nanos now)
{
    for (uint16_t i = 0; i < client->instance_count; i++) {
        struct instance *instance = &client->instances[i];
        if (instance->limit <= now) {
            instance->limit = NANOS_NEVER;
            instance_break(instance, REASON_CLIENT_PROTOCOL,
                           arena_printf(client->settings.arena, "%s %s", instance_name(instance),
                                        instance->limit_why));
        }
    }
}
