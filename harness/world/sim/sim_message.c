#include "backends-stub/api_routes.h"
#include "base/text.h"
#include "world/sim/sim_parts.h"

#include <string.h>

/* A request line and libcurl's own headers, besides method and path. */
#define REQUEST_BYTES     64
#define ID_LINE_BYTES     24
#define KEY_LINE_BYTES    27
#define HEADER_BYTES      4 /* ": " and the end of the line */
#define STATUS_UNRUNNABLE 400
#define NUMBER_MARK       "$(request)"

/* How long the stub's answers are. Where a number counts requests or tells a time, as it is soon
   after a start. */
static const struct sim_body bodies[API_ROUTES] = {
    [API_RAFT_STATUS] = {.fixed = 184, .names = 1, .roles = 1, .beats = 1},
    [API_HEALTH] = {.fixed = 25, .names = 1},
    [API_RESERVE] = {.fixed = 57, .names = 1},
    [API_USER_RESERVATIONS] = {.fixed = 2},
    [API_CANCEL] = {.fixed = 41, .names = 1},
    [API_RAFT_METRICS] = {.fixed = 224, .names = 1, .roles = 1, .beats = 2},
    [API_RAFT_CHART] = {.fixed = 475},
    [API_DASHBOARD] = {.fixed = 298, .names = 1, .roles = 1, .beats = 1},
    [API_RESERVATION_METRICS] = {.fixed = 89},
    [API_PROVIDERS] = {.fixed = 106},
    [API_SEATS] = {.fixed = 330},
    [API_ADMIN_STATS] = {.fixed = 83, .names = 1},
    [API_LOGIN] = {.fixed = 47, .names = 1},
};

#define BEAT          (100 * NANOS_PER_MS)
#define ROLE_LEADER   6
#define ROLE_FOLLOWER 8

/* Of {"error":"...","status":...}. */
enum {
    BODY_NO_PATH = 37,
    BODY_NO_METHOD = 45,
    BODY_NO_OBJECT = 55,
};

/* splitmix64's finish over both. */
uint64_t sim_mix(uint64_t a, uint64_t b)
{
    uint64_t mixed = a * UINT64_C(0x9e3779b97f4a7c15) + b;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

uint32_t sim_digits(uint64_t number)
{
    uint32_t digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

static uint64_t text_hash(const char *text)
{
    uint64_t hash = 0;
    for (; *text != '\0'; text++) {
        hash = sim_mix(hash, (unsigned char)*text);
    }
    return hash;
}

/* ---- what is asked ---- */

/* A body that a scenario writes as a mapping is sent as a JSON object. */
static bool is_object(const char *body)
{
    return body != NULL && body[0] == '{';
}

static void answer_of(struct sim_message *message, const char *body)
{
    char id[API_ID_MAX];
    enum api_route route = api_route_find(message->path, id);
    unsigned turned_away = api_route_turn_away(route, message->method, message->path);
    if (turned_away != 0) {
        message->status = (uint16_t)turned_away;
        message->body.fixed = turned_away == 404 ? BODY_NO_PATH : BODY_NO_METHOD;
        if (turned_away == 204) {
            message->body.fixed = 0;
        }
        return;
    }
    if (api_route_method(route) == METHOD_POST && !is_object(body)) {
        message->status = STATUS_UNRUNNABLE;
        message->body.fixed = BODY_NO_OBJECT;
        return;
    }
    message->status = (uint16_t)api_route_status(route);
    message->body = bodies[route];
}

static uint32_t request_bytes(const struct sim_message *message,
                              const struct traffic_request *request)
{
    size_t bytes =
        REQUEST_BYTES + strlen(http_method_word(message->method)) + strlen(message->path);
    if (request != NULL) {
        bytes += ID_LINE_BYTES + (request->body != NULL ? strlen(request->body) : 0);
    }
    for (size_t i = 0; request != NULL && i < request->header_count; i++) {
        bytes +=
            strlen(request->headers[i].name) + strlen(request->headers[i].value) + HEADER_BYTES;
    }
    return (uint32_t)bytes;
}

static void
message_init(struct sim_message *message, const char *path, const struct traffic_request *request)
{
    *message = (struct sim_message){
        .path = path,
        .method = request != NULL ? request->method : METHOD_GET,
        .logged = request != NULL && strcmp(path, BEHAVIOUR_HEALTH_PATH) != 0,
        .path_hash = text_hash(path),
    };
    if (request != NULL && request->body != NULL) {
        message->body_hash = text_hash(request->body);
        message->numbered = strstr(request->body, NUMBER_MARK) != NULL;
    }
    message->request_bytes = request_bytes(message, request);
    answer_of(message, request != NULL ? request->body : NULL);
}

/* The stub knows keys of POSTs only. A scenario's own comes in the place of the client's. */
static void set_key(struct sim *sim, size_t index)
{
    const struct traffic_request *requests = sim->scenario->traffic.requests;
    struct sim_message *message = &sim->messages[index];
    const char *own = scenario_header(&requests[index], "Idempotency-Key");
    uint32_t first = 0;

    message->own_key = own != NULL;
    message->keyed = requests[index].method == METHOD_POST &&
                     (message->own_key || sim->scenario->client.idempotency_key);
    message->request_bytes += message->keyed && !message->own_key ? KEY_LINE_BYTES : 0;
    if (!message->own_key) {
        return;
    }
    for (const char *other = scenario_header(&requests[first], "Idempotency-Key");
         other == NULL || !text_equal(other, own);
         other = scenario_header(&requests[first], "Idempotency-Key")) {
        first++;
    }
    message->key = first;
}

/* The stub looks at paths without the query. */
static const char *without_query(struct arena *arena, const char *path)
{
    size_t length = strcspn(path, "?");
    return path[length] == '\0' ? path : arena_copy(arena, path, length);
}

void sim_messages_init(struct sim *sim)
{
    const struct traffic *traffic = &sim->scenario->traffic;
    const struct client_settings *client = &sim->scenario->client;
    sim->messages = ARENA_ARRAY(sim->arena, struct sim_message, traffic->request_count + 1);
    for (size_t i = 0; i < traffic->request_count; i++) {
        const struct traffic_request *request = &traffic->requests[i];
        message_init(&sim->messages[i], without_query(sim->arena, request->path), request);
        /* What must not run twice has a connection of its own, as with the real client. */
        sim->messages[i].own_connection = !client->keepalive || !request->idempotent;
        set_key(sim, i);
    }
    struct sim_message *probe = &sim->messages[traffic->request_count];
    const char *path = client->health_check.path;
    message_init(probe, path != NULL ? without_query(sim->arena, path) : "/", NULL);
    probe->own_connection = !client->keepalive;
}

const struct sim_message *sim_message_of(const struct sim *sim, const struct world_attempt *what)
{
    const struct traffic *traffic = &sim->scenario->traffic;
    if (what->what == NULL) {
        return &sim->messages[traffic->request_count];
    }
    return &sim->messages[what->what - traffic->requests];
}

/* ---- what is answered ---- */

uint32_t sim_body_bytes(const struct sim_body *body, const struct sim_node *node, nanos up)
{
    uint32_t bytes = body->fixed;
    if (body->names > 0) {
        bytes += body->names * (uint32_t)strlen(node->settings->name);
    }
    if (body->roles > 0) {
        bytes += node->index == 0 ? ROLE_LEADER : ROLE_FOLLOWER;
    }
    if (body->beats > 0) {
        bytes += body->beats * sim_digits((uint64_t)(up / BEAT));
    }
    return bytes;
}
