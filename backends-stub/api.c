#include "backends-stub/api.h"

#include "backends-stub/api_data.h"
#include "base/check.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *(*const bodies[API_ROUTES])(const struct api_call *call) = {
    [API_RAFT_STATUS] = api_raft_status,
    [API_HEALTH] = api_health,
    [API_RESERVE] = api_reserve,
    [API_USER_RESERVATIONS] = api_user_reservations,
    [API_CANCEL] = api_cancel,
    [API_RAFT_METRICS] = api_raft_metrics,
    [API_RAFT_CHART] = api_raft_chart,
    [API_RESERVATION_METRICS] = api_reservation_metrics,
    [API_DASHBOARD] = api_dashboard,
    [API_PROVIDERS] = api_providers,
    [API_SEATS] = api_seats,
    [API_ADMIN_STATS] = api_admin_stats,
    [API_LOGIN] = api_login,
};

static const char *allow(enum api_route route)
{
    if (api_route_method(route) == METHOD_GET) {
        return "GET, HEAD, OPTIONS";
    }
    return api_route_method(route) == METHOD_POST ? "POST, OPTIONS" : "DELETE, OPTIONS";
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

static struct api_answer
open_stream(enum api_route route, enum http_method method, const struct api_wish *wish)
{
    const char *why = NULL;
    unsigned refused = api_wish_refused(wish, route, method, &why);

    if (refused != 0) {
        return complaint(refused, why);
    }
    return (struct api_answer){
        .status = api_route_status(route),
        .stream = method == METHOD_GET ? api_route_path(route) : NULL,
        .is_websocket = route == API_WEBSOCKET,
    };
}

static struct api_answer run(enum api_route route, struct api_call call, struct api_request in)
{
    json_t *body = NULL;
    struct api_answer made;

    if (api_route_method(route) == METHOD_POST) {
        body = in.body == NULL ? NULL : json_loadb(in.body, in.body_length, 0, NULL);
        if (!json_is_object(body)) {
            json_decref(body);
            return complaint(400, "the body must be a JSON object");
        }
    }
    call.body = body;
    made = answer(api_route_status(route), bodies[route](&call));
    json_decref(body);
    return made;
}

struct api_answer api_execute(struct api *api, struct api_request request)
{
    char id[API_ID_MAX];
    enum api_route route = api_route_find(request.path, id);
    unsigned turned_away = api_route_turn_away(route, request.method, request.path);
    struct api_answer made;

    api->requests++;
    if (turned_away == 204) {
        made = (struct api_answer){.status = 204};
    } else if (turned_away == 404) {
        made = complaint(404, "no such path");
    } else if (turned_away != 0) {
        made = complaint(turned_away, "not with this method");
    } else if (api_route_is_stream(route)) {
        made = open_stream(route, request.method, &request.wish);
    } else if (request.body_too_large) {
        made = complaint(413, "the body is over 1 MiB");
    } else {
        made = run(route, (struct api_call){.api = api, .id = id}, request);
    }
    made.allow = route == API_ROUTES ? NULL : allow(route);
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
