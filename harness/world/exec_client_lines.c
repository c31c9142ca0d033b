#include "world/exec_client_parts.h"

#include <string.h>

/* ---- what is wrong with a line ---- */

static int wrong(struct error *reterr, const char *text)
{
    return error_plain(reterr, "%s", text);
}

static void complain(struct instance *instance, const char *bytes, size_t length, const char *why)
{
    struct arena *arena = instance->client->settings.arena;
    char quote[EXEC_QUOTE_MAX * 2 + 64];
    struct text text;
    text_init(&text, quote, sizeof quote);
    exec_line_quote(&text, bytes, length);
    instance_break(instance, REASON_CLIENT_PROTOCOL,
                   arena_printf(arena, "%s wrote a line that is not of the protocol: %s: %s",
                                instance_name(instance), why, text.data));
}

/* ---- names and reasons ---- */

/* *ret NODE_NONE: the line does not tell. */
static int
node_of(const struct instance *instance, const char *name, uint16_t *ret, struct error *reterr)
{
    const struct scenario *scenario = instance->client->settings.scenario;
    *ret = NODE_NONE;
    if (name == NULL || name[0] == '\0') {
        return 0;
    }
    for (uint16_t node = 0; node < scenario->node_count; node++) {
        if (strcmp(scenario->nodes[node].name, name) == 0) {
            *ret = node;
            return 0;
        }
    }
    return wrong(reterr, "no node is called so");
}

/* Lives as long as the arena; programs have few different reasons, and say them often. */
static const char *kept_why(struct exec_client *client, const char *why)
{
    for (uint32_t i = 0; i < client->why_count; i++) {
        if (strcmp(client->whys[i], why) == 0) {
            return client->whys[i];
        }
    }
    const char *copy = arena_copy(client->settings.arena, why, strlen(why));
    if (client->why_count < WHYS_MAX) {
        client->whys[client->why_count++] = copy;
    }
    return copy;
}

/* node, and of `said` what is special, are the caller's; kind is the first of them. */
static void tell(struct instance *instance, struct occurrence occurrence)
{
    occurrence.kind = OCCURRENCE_SAID;
    occurrence.said.client = instance->index;
    instance_report(instance, occurrence);
}

/* ---- requests ---- */

static int
end_request(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    struct exec_client *client = instance->client;
    uint16_t node = NODE_NONE;
    bool is_answer = line->event == EXEC_EVENT_RESPONSE;
    uint32_t id = line->id;
    if (id >= client->request_count || id % client->instance_count != instance->index ||
        client->request_states[id] == REQUEST_UNKNOWN) {
        return wrong(reterr, "no request has that id");
    }
    if (client->request_states[id] == REQUEST_WITHDRAWN) {
        return 0;
    }
    if (client->request_states[id] == REQUEST_ANSWERED) {
        return wrong(reterr, "that request was answered before");
    }
    if (is_answer && node_of(instance, line->node, &node, reterr) < 0) {
        return -1;
    }
    client->request_states[id] = REQUEST_ANSWERED;
    tell(instance,
         (struct occurrence){.node = node,
                             .said = {.kind = is_answer ? SAID_ANSWER : SAID_ERROR,
                                      .why = is_answer ? NULL : kept_why(client, line->why),
                                      .body_hash = line->body_hash,
                                      .has_body_hash = line->has_body_hash,
                                      .request = id,
                                      .status = line->http_status,
                                      .attempts = line->attempts}});
    return 0;
}

/* ---- telemetry, orders ---- */

static int ready(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    if (instance->state != INSTANCE_STARTING) {
        return wrong(reterr, "it said so before");
    }
    instance->state = INSTANCE_READY;
    instance->features = line->features;
    instance->limit = NANOS_NEVER;
    tell(instance, (struct occurrence){.node = NODE_NONE,
                                       .said = {.kind = SAID_READY, .features = line->features}});
    return 0;
}

static int believe(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    uint16_t node = NODE_NONE;
    if (node_of(instance, line->node, &node, reterr) < 0) {
        return -1;
    }
    if (node == NODE_NONE) {
        return wrong(reterr, "it names no node");
    }
    bool is_active = line->event == EXEC_EVENT_ACTIVE;
    const char *why = is_active ? NULL : kept_why(instance->client, line->why);
    tell(instance, (struct occurrence){.node = node,
                                       .said = {.kind = is_active ? SAID_ACTIVE : SAID_NODE,
                                                .why = why,
                                                .belief = line->belief}});
    return 0;
}

/* The oldest order of that kind is the one that is answered. */
static int obey(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    uint32_t i = 0;
    while (i < instance->order_count && instance->orders[i].kind != line->order) {
        i++;
    }
    if (i == instance->order_count) {
        return wrong(reterr, "no such order is unanswered");
    }
    struct order order = instance->orders[i];
    bool done = line->event == EXEC_EVENT_DONE;
    memmove(&instance->orders[i], &instance->orders[i + 1],
            (instance->order_count - i - 1) * sizeof order);
    instance->order_count--;
    tell(instance,
         (struct occurrence){.node = order.node,
                             .said = {.kind = SAID_COMMAND,
                                      .why = done ? "" : kept_why(instance->client, line->why),
                                      .fault = order.fault,
                                      .done = done}});
    return 0;
}

static int
tell_status(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    uint16_t active = NODE_NONE;
    if (instance->status_asked == 0) {
        return wrong(reterr, "nobody asked");
    }
    if (node_of(instance, line->node, &active, reterr) < 0) {
        return -1;
    }
    for (size_t i = 0; i < line->status_nodes; i++) {
        uint16_t node;
        if (node_of(instance, exec_line_status_node(line, i).node, &node, reterr) < 0) {
            return -1;
        }
    }
    instance->status_asked--;
    for (size_t i = 0; i < line->status_nodes; i++) {
        struct exec_status status = exec_line_status_node(line, i);
        struct occurrence told = {
            .said = {.kind = SAID_STATUS, .latency = status.latency, .belief = status.belief},
        };
        (void)node_of(instance, status.node, &told.node, reterr);
        tell(instance, told);
    }
    tell(instance,
         (struct occurrence){.node = active, .said = {.kind = SAID_STATUS, .last = true}});
    return 0;
}

/* ---- streams ---- */

static int
stream_seen(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    struct exec_client *client = instance->client;
    uint16_t node = NODE_NONE;
    bool is_event = line->event == EXEC_EVENT_EVENT;
    if (line->id >= client->caller_count || line->id % client->instance_count != instance->index ||
        client->callers[line->id].state == CALLER_UNKNOWN) {
        return wrong(reterr, "no stream has that id");
    }
    struct caller *caller = &client->callers[line->id];
    if (caller->state == CALLER_CLOSED) {
        return 0;
    }
    if (caller->state == CALLER_ENDED) {
        return wrong(reterr, "that stream was closed before");
    }
    if (node_of(instance, line->node, &node, reterr) < 0) {
        return -1;
    }
    struct occurrence seen = {
        .kind = is_event ? OCCURRENCE_STREAM_EVENT : OCCURRENCE_STREAM_ENDED,
        .node = node,
        .stream = {.ref = caller->ref, .number = line->number, .outcome = OUTCOME_CLIENT_ERROR},
    };
    if (!is_event) {
        caller->state = CALLER_ENDED;
        seen.stream.why = kept_why(client, line->why[0] == '\0' ? "closed" : line->why);
    }
    instance_report(instance, seen);
    return 0;
}

/* ---- a line ---- */

static int take(struct instance *instance, const struct exec_line *line, struct error *reterr)
{
    switch (line->event) {
    case EXEC_EVENT_READY:
        return ready(instance, line, reterr);
    case EXEC_EVENT_RESPONSE:
    case EXEC_EVENT_ERROR:
        return end_request(instance, line, reterr);
    case EXEC_EVENT_NODE:
    case EXEC_EVENT_ACTIVE:
        return believe(instance, line, reterr);
    case EXEC_EVENT_DONE:
    case EXEC_EVENT_REFUSED:
        return obey(instance, line, reterr);
    case EXEC_EVENT_STATUS:
        return tell_status(instance, line, reterr);
    case EXEC_EVENT_EVENT:
    case EXEC_EVENT_CLOSED:
        return stream_seen(instance, line, reterr);
    }
    return 0;
}

void instance_hear(struct instance *instance, const char *line, size_t length)
{
    struct exec_line read;
    struct error error = {.text = ""};
    if (exec_line_read(&read, line, length, &error) < 0) {
        complain(instance, line, length, error.text);
        return;
    }
    if (take(instance, &read, &error) < 0) {
        complain(instance, line, length, error.text);
    }
    exec_line_done(&read);
}
