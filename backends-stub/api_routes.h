/* The API's paths: which route a request is for, and the status of its answer; pure, for the
   simulated stub answers alike. It refuses to know bodies. */
#ifndef BASCULE_STUB_API_ROUTES_H
#define BASCULE_STUB_API_ROUTES_H

#include "scenario/names.h"

#include <stdbool.h>

#define API_ID_MAX 64 /* of the free part of a path, the NUL included */

enum api_route {
    API_RAFT_STATUS,
    API_HEALTH,
    API_RESERVE,
    API_USER_RESERVATIONS,
    API_CANCEL,
    API_RAFT_METRICS,
    API_RAFT_CHART,
    API_RESERVATION_METRICS,
    API_DASHBOARD,
    API_PROVIDERS,
    API_SEATS,
    API_ADMIN_STATS,
    API_LOGIN,
    API_RAFT_EVENTS, /* from here on: streams */
    API_RESERVATION_EVENTS,
    API_VCUBE_EVENTS,
    API_WEBSOCKET,
    API_ROUTES
};

/* path: unescaped, without the query. API_ROUTES: there is no such path. */
enum api_route api_route_find(const char *path, char id[static API_ID_MAX]);

enum http_method api_route_method(enum api_route route);
/* As it is written, with "{id}" for its free part. */
const char *api_route_path(enum api_route route);
/* Whether its answer is a stream, which never ends by itself. */
bool api_route_is_stream(enum api_route route);
/* When all is well. */
unsigned api_route_status(enum api_route route);

/* 0 for a request that the route can run, whose body must be a JSON object if it is a POST; else
   the status of the answer without it. */
unsigned api_route_turn_away(enum api_route route, enum http_method method, const char *path);

#endif
