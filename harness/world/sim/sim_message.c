#include "backends-stub/api_routes.h"
#include "base/text.h"
#include "world/sim/sim_parts.h"

#include <stdio.h>
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

static uint32_t digits_of(uint64_t number)
{
    uint32_t digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

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
        bytes += body->beats * digits_of((uint64_t)(up / BEAT));
    }
    return bytes;
}

static const char *reason_phrase(uint16_t status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Unknown";
    }
}

#define STATUS_LINE     "HTTP/1.1 "
#define DATE_LINE       "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
#define NODE_LINE       "X-Bascule-Node: "
#define CACHE_LINE      "Cache-Control: no-store\r\n"
#define TYPE_LINE       "Content-Type: application/json\r\n"
#define RETRY_LINE      "Retry-After: "
#define LENGTH_LINE     "Content-Length: "
#define LINE_END        "\r\n"
#define LENGTH_OF(text) (sizeof(text) - 1)

static uint32_t retry_seconds(nanos retry_after)
{
    return (uint32_t)((retry_after + NANOS_PER_S - 1) / NANOS_PER_S);
}

uint32_t sim_head_bytes(const struct sim_head *head)
{
    size_t bytes = LENGTH_OF(STATUS_LINE) + 3 + 1 + strlen(reason_phrase(head->status)) +
                   LENGTH_OF(DATE_LINE) + LENGTH_OF(NODE_LINE) + strlen(head->node) +
                   LENGTH_OF(CACHE_LINE) + LENGTH_OF(LENGTH_LINE) + digits_of(head->body_bytes) +
                   4 * LENGTH_OF(LINE_END);
    if (head->typed) {
        bytes += LENGTH_OF(TYPE_LINE);
    }
    if (head->retry_after > 0) {
        bytes += LENGTH_OF(RETRY_LINE) + digits_of(retry_seconds(head->retry_after)) +
                 LENGTH_OF(LINE_END);
    }
    return (uint32_t)bytes;
}

static size_t head_write(const struct sim_head *head, char buffer[static SIM_HEAD_MAX])
{
    char retry[64] = "";
    if (head->retry_after > 0) {
        (void)snprintf(retry, sizeof retry, RETRY_LINE "%u" LINE_END,
                       retry_seconds(head->retry_after));
    }
    int length = snprintf(buffer, SIM_HEAD_MAX,
                          STATUS_LINE "%u %s" LINE_END DATE_LINE NODE_LINE "%s" LINE_END CACHE_LINE
                                      "%s%s" LENGTH_LINE "%u" LINE_END LINE_END,
                          (unsigned)head->status, reason_phrase(head->status), head->node,
                          head->typed ? TYPE_LINE : "", retry, head->body_bytes);
    CHECK(length > 0 && length < SIM_HEAD_MAX);
    return (size_t)length;
}

/* ---- what a client makes of changed bytes ---- */

static bool read_status(const char *text, uint16_t *ret)
{
    uint16_t status = 0;
    if (strncmp(text, STATUS_LINE, LENGTH_OF(STATUS_LINE)) != 0) {
        return false;
    }
    text += LENGTH_OF(STATUS_LINE);
    for (int i = 0; i < 3; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        status = (uint16_t)(status * 10 + (text[i] - '0'));
    }
    *ret = status;
    return status >= 200 && status <= 599;
}

static int lower(int letter)
{
    return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
}

static bool starts_with(const char *text, const char *beginning)
{
    while (*beginning != '\0' && lower(*text) == lower(*beginning)) {
        text++;
        beginning++;
    }
    return *beginning == '\0';
}

/* False: none that can be read. */
static bool read_length(const char *text, size_t length, uint32_t *ret)
{
    uint64_t bytes = 0;
    size_t at = 0;
    while (at + LENGTH_OF(LENGTH_LINE) < length &&
           (text[at] != '\n' || !starts_with(text + at + 1, LENGTH_LINE))) {
        at++;
    }
    at += 1 + LENGTH_OF(LENGTH_LINE);
    if (at >= length || text[at] < '0' || text[at] > '9') {
        return false;
    }
    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        bytes = bytes * 10 + (uint64_t)(text[at] - '0');
    }
    *ret = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
    return true;
}

/* An empty line, with or without the carriage return. */
static bool has_end(const char *text, size_t length)
{
    return text[length - 1] == '\n' &&
           (text[length - 2] == '\n' || (text[length - 2] == '\r' && text[length - 3] == '\n'));
}

/* Each line between the status and the empty one names a header; libcurl wants it so. */
static bool names_headers(const char *text, size_t length)
{
    bool named = true; /* the status needs no colon */
    size_t line = 0;
    for (size_t at = 0; at < length; at++) {
        named = named || text[at] == ':';
        if (text[at] != '\n') {
            continue;
        }
        if (!named && at - line > 1) {
            return false;
        }
        named = false;
        line = at + 1;
    }
    return true;
}

static void damage_head(struct sim_damage *damage,
                        const struct sim_head *head,
                        uint64_t place,
                        unsigned char bit)
{
    char text[SIM_HEAD_MAX];
    size_t length = head_write(head, text);
    uint16_t status = 0;
    uint32_t body_bytes_read = 0;
    CHECK(place < length);
    text[place] = (char)(text[place] ^ (char)bit);
    if (!read_status(text, &status) || !names_headers(text, length)) {
        damage->no_http = true;
        return;
    }
    if (status != head->status) {
        damage->status = status;
    }
    if (!has_end(text, length) || !read_length(text, length, &body_bytes_read) ||
        body_bytes_read > head->body_bytes) {
        damage->endless = true;
    } else if (body_bytes_read < head->body_bytes) {
        damage->cut_bytes = damage->cut && damage->cut_bytes < body_bytes_read ? damage->cut_bytes
                                                                               : body_bytes_read;
        damage->cut = true;
    }
}

void sim_damage_add(struct sim_damage *damage,
                    const struct sim_head *head,
                    uint64_t place,
                    unsigned char bit)
{
    uint32_t head_bytes = sim_head_bytes(head);
    if (place < head_bytes) {
        damage_head(damage, head, place, bit);
    } else {
        damage->body = sim_mix(damage->body, (place - head_bytes) << 8 | bit);
    }
}
