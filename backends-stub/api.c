#include "backends-stub/api.h"

#include "backends-stub/api_data.h"
#include "base/check.h"
#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define SEGMENT "{id}"

struct route {
    const char *pattern; /* SEGMENT stands for one part of the path */
    json_t *(*run)(const struct api_call *call);
    enum http_method method;
    unsigned status; /* when all is well */
};

/* The first route whose path fits is the path's own: the others of the same shape are hidden. */
static const struct route routes[] = {
    {"/api/raft/status", api_raft_status, METHOD_GET, 200},
    {"/api/health", api_health, METHOD_GET, 200},
    {"/api/reservations", api_reserve, METHOD_POST, 201},
    {"/api/reservations/user", api_user_reservations, METHOD_GET, 200},
    {"/api/reservations/" SEGMENT, api_cancel, METHOD_DELETE, 200},
    {"/api/metrics/raft/current", api_raft_metrics, METHOD_GET, 200},
    {"/api/metrics/raft/chart-data", api_raft_chart, METHOD_GET, 200},
    {"/api/metrics/reservations/current", api_reservation_metrics, METHOD_GET, 200},
    {"/api/metrics/dashboard", api_dashboard, METHOD_GET, 200},
    {"/api/providers", api_providers, METHOD_GET, 200},
    {"/api/providers/" SEGMENT "/seats", api_seats, METHOD_GET, 200},
    {"/api/admin/stats", api_admin_stats, METHOD_GET, 200},
    {"/api/auth/login", api_login, METHOD_POST, 200},
};

/* A part of a path that may stand for SEGMENT: short, and safe to show. */
static size_t segment_length(const char *path)
{
    size_t length =
        strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    return length < API_ID_MAX ? length : 0;
}

static bool path_fits(const char *pattern, const char *path, char id[static API_ID_MAX])
{
    const char *segment = strstr(pattern, SEGMENT);
    size_t fixed = segment == NULL ? strlen(pattern) : (size_t)(segment - pattern);
    size_t length = 0;

    id[0] = '\0';
    if (segment == NULL) {
        return text_equal(pattern, path);
    }
    if (strncmp(pattern, path, fixed) != 0) {
        return false;
    }
    length = segment_length(path + fixed);
    if (length == 0 || !text_equal(segment + strlen(SEGMENT), path + fixed + length)) {
        return false;
    }
    memcpy(id, path + fixed, length);
    id[length] = '\0';
    return true;
}

static const struct route *find_route(const char *path, char id[static API_ID_MAX])
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (path_fits(routes[i].pattern, path, id)) {
            return &routes[i];
        }
    }
    return NULL;
}

static const char *allow(const struct route *route)
{
    if (route->method == METHOD_GET) {
        return "GET, HEAD, OPTIONS";
    }
    return route->method == METHOD_POST ? "POST, OPTIONS" : "DELETE, OPTIONS";
}

static struct api_answer answer(unsigned status, json_t *body)
{
    struct api_answer made = {.status = status};

    CHECK(body != NULL);
    made.body = json_dumps(body, JSON_COMPACT | JSON_ENSURE_ASCII);
    CHECK(made.body != NULL);
    made.body_length = strlen(made.body);
    json_decref(body);
    return made;
}

static struct api_answer complaint(unsigned status, const char *text)
{
    return answer(status, json_pack("{s:s, s:i}", "error", text, "status", (int)status));
}

static struct api_answer run(const struct route *route, struct api_call call, struct api_request in)
{
    json_t *body = NULL;
    struct api_answer made;

    if (route->method == METHOD_POST) {
        body = in.body == NULL ? NULL : json_loadb(in.body, in.body_length, 0, NULL);
        if (!json_is_object(body)) {
            json_decref(body);
            return complaint(400, "the body must be a JSON object");
        }
    }
    call.body = body;
    made = answer(route->status, route->run(&call));
    json_decref(body);
    return made;
}

struct api_answer api_execute(struct api *api, struct api_request request)
{
    char id[API_ID_MAX];
    const struct route *route = find_route(request.path, id);
    enum http_method method = request.method == METHOD_HEAD ? METHOD_GET : request.method;
    struct api_answer made;

    api->requests++;
    if (method == METHOD_OPTIONS && (route != NULL || text_equal(request.path, "*"))) {
        made = (struct api_answer){.status = 204};
    } else if (route == NULL) {
        made = complaint(404, "no such path");
    } else if (method != route->method) {
        made = complaint(405, "not with this method");
    } else if (request.body_too_large) {
        made = complaint(413, "the body is over 1 MiB");
    } else {
        made = run(route, (struct api_call){.api = api, .id = id}, request);
    }
    made.allow = route == NULL ? NULL : allow(route);
    return made;
}

struct api_answer api_failure(unsigned status)
{
    return complaint(status, "told to answer so");
}

const char *api_leader(const struct api *api, char buffer[static API_LEADER_MAX])
{
    if (api->peer_port == 0) {
        (void)snprintf(buffer, API_LEADER_MAX, "unknown");
    } else {
        (void)snprintf(buffer, API_LEADER_MAX, "http://127.0.0.1:%u", (unsigned)api->peer_port);
    }
    return buffer;
}

struct api_answer api_not_leader(const struct api *api, unsigned status)
{
    char leader[API_LEADER_MAX];

    return answer(
        status, json_pack("{s:s, s:s}", "error", "not leader", "leader", api_leader(api, leader)));
}
