#include "backends-stub/api_routes.h"

#include "base/text.h"

#include <string.h>

#define SEGMENT "{id}"

/* The first whose path fits is the path's own: the others of the same shape are hidden. */
static const struct {
    const char *pattern; /* SEGMENT stands for one part of the path */
    enum http_method method;
    unsigned status;
} routes[API_ROUTES] = {
    [API_RAFT_STATUS] = {"/api/raft/status", METHOD_GET, 200},
    [API_HEALTH] = {"/api/health", METHOD_GET, 200},
    [API_RESERVE] = {"/api/reservations", METHOD_POST, 201},
    [API_USER_RESERVATIONS] = {"/api/reservations/user", METHOD_GET, 200},
    [API_CANCEL] = {"/api/reservations/" SEGMENT, METHOD_DELETE, 200},
    [API_RAFT_METRICS] = {"/api/metrics/raft/current", METHOD_GET, 200},
    [API_RAFT_CHART] = {"/api/metrics/raft/chart-data", METHOD_GET, 200},
    [API_RESERVATION_METRICS] = {"/api/metrics/reservations/current", METHOD_GET, 200},
    [API_DASHBOARD] = {"/api/metrics/dashboard", METHOD_GET, 200},
    [API_PROVIDERS] = {"/api/providers", METHOD_GET, 200},
    [API_SEATS] = {"/api/providers/" SEGMENT "/seats", METHOD_GET, 200},
    [API_ADMIN_STATS] = {"/api/admin/stats", METHOD_GET, 200},
    [API_LOGIN] = {"/api/auth/login", METHOD_POST, 200},
    [API_RAFT_EVENTS] = {"/api/metrics/raft/events/stream", METHOD_GET, 200},
    [API_RESERVATION_EVENTS] = {"/api/metrics/reservations/events/stream", METHOD_GET, 200},
    [API_VCUBE_EVENTS] = {"/api/metrics/vcube/events/stream", METHOD_GET, 200},
    [API_WEBSOCKET] = {"/ws", METHOD_GET, 101},
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

enum api_route api_route_find(const char *path, char id[static API_ID_MAX])
{
    enum api_route route = 0;

    while (route < API_ROUTES && !path_fits(routes[route].pattern, path, id)) {
        route++;
    }
    return route;
}

enum http_method api_route_method(enum api_route route)
{
    return routes[route].method;
}

const char *api_route_path(enum api_route route)
{
    return routes[route].pattern;
}

bool api_route_is_stream(enum api_route route)
{
    return route >= API_RAFT_EVENTS && route < API_ROUTES;
}

unsigned api_route_status(enum api_route route)
{
    return routes[route].status;
}

unsigned api_route_turn_away(enum api_route route, enum http_method method, const char *path)
{
    enum http_method asked = method == METHOD_HEAD ? METHOD_GET : method;

    if (asked == METHOD_OPTIONS && (route != API_ROUTES || text_equal(path, "*"))) {
        return 204;
    }
    if (route == API_ROUTES) {
        return 404;
    }
    return asked == routes[route].method ? 0 : 405;
}
