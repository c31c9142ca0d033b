#include "backends-stub/api_data.h"

#include "base/check.h"

#include <stdio.h>

#define SEATS            8
#define PROVIDERS        3
#define CHART_POINTS     6
#define CHART_STEP_MS    10000
#define HEARTBEAT_PERIOD (100 * NANOS_PER_MS)
#define TERM             1

static json_int_t heartbeats(const struct api *api)
{
    return api->up / HEARTBEAT_PERIOD;
}

static bool is_leader(const struct api *api)
{
    return api->node == 0 && !api->wrong_role;
}

static json_int_t leader_node(const struct api *api)
{
    return api->node == 0 && api->wrong_role ? 1 : 0;
}

json_t *api_health(const struct api_call *call)
{
    return json_pack("{s:s, s:s}", "status", "UP", "node", call->api->name);
}

json_t *api_raft_status(const struct api_call *call)
{
    return json_pack("{s:s, s:i, s:I, s:i, s:I, s:s, s:i, s:I, s:i, s:I}", "nodeName",
                     call->api->name, "nodeId", (int)call->api->node, "timestamp",
                     (json_int_t)call->api->wall_ms, "currentTerm", TERM, "currentLeader",
                     leader_node(call->api), "nodeState",
                     is_leader(call->api) ? "LEADER" : "FOLLOWER", "voteRequestCount",
                     is_leader(call->api) ? 2 : 1, "appendEntriesCount", heartbeats(call->api),
                     "leaderElectionCount", 1, "commitIndex", (json_int_t)call->api->reservations);
}

json_t *api_raft_metrics(const struct api_call *call)
{
    json_t *metrics = api_raft_status(call);

    CHECK(metrics != NULL);
    CHECK(json_object_set_new(metrics, "heartbeatIntervalMs", json_integer(100)) == 0);
    CHECK(json_object_set_new(metrics, "uptimeMs", json_integer(call->api->up / NANOS_PER_MS)) ==
          0);
    return metrics;
}

json_t *api_raft_chart(const struct api_call *call)
{
    json_t *points = json_array();
    int64_t last_ms = call->api->wall_ms - call->api->wall_ms % CHART_STEP_MS;

    for (int64_t i = CHART_POINTS - 1; i >= 0; i--) {
        json_int_t entries =
            heartbeats(call->api) - i * CHART_STEP_MS * NANOS_PER_MS / HEARTBEAT_PERIOD;

        CHECK(json_array_append_new(points, json_pack("{s:I, s:I, s:i, s:i}", "timestamp",
                                                      (json_int_t)(last_ms - i * CHART_STEP_MS),
                                                      "appendEntries", entries > 0 ? entries : 0,
                                                      "voteRequests", 0, "elections", 0)) == 0);
    }
    return json_pack("{s:o}", "points", points);
}

json_t *api_reservation_metrics(const struct api_call *call)
{
    return json_pack("{s:I, s:I, s:i, s:i, s:I}", "totalReservations",
                     (json_int_t)call->api->reservations, "confirmed",
                     (json_int_t)call->api->reservations, "cancelled", 0, "pending", 0, "timestamp",
                     (json_int_t)call->api->wall_ms);
}

json_t *api_dashboard(const struct api_call *call)
{
    return json_pack("{s:o, s:o}", "raft", api_raft_status(call), "reservations",
                     api_reservation_metrics(call));
}

json_t *api_providers(const struct api_call *call)
{
    static const char *const names[PROVIDERS] = {"Opera", "Cinema", "Stadium"};
    json_t *list = json_array();

    (void)call;

    for (int i = 0; i < PROVIDERS; i++) {
        CHECK(json_array_append_new(list, json_pack("{s:i, s:s, s:i}", "id", i + 1, "name",
                                                    names[i], "seats", SEATS)) == 0);
    }
    return list;
}

json_t *api_seats(const struct api_call *call)
{
    json_t *list = json_array();

    for (int i = 0; i < SEATS; i++) {
        char name[8];

        (void)snprintf(name, sizeof name, "%c%d", 'A' + i / 4, i % 4 + 1);
        CHECK(json_array_append_new(list, json_pack("{s:i, s:s, s:b}", "id", i + 1, "seat", name,
                                                    "available", 1)) == 0);
    }
    return json_pack("{s:s, s:o}", "provider", call->id, "seats", list);
}

json_t *api_user_reservations(const struct api_call *call)
{
    (void)call;
    return json_array();
}

json_t *api_admin_stats(const struct api_call *call)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:i, s:i}", "node", call->api->name, "requests",
                     (json_int_t)call->api->requests, "reservations",
                     (json_int_t)call->api->reservations, "uptimeMs",
                     (json_int_t)(call->api->up / NANOS_PER_MS), "providers", PROVIDERS, "starts",
                     call->api->incarnation + 1);
}

json_t *api_login(const struct api_call *call)
{
    const json_t *user = json_object_get(call->body, "username");

    return json_pack("{s:s, s:s, s:s}", "token", "stub-token", "username",
                     json_is_string(user) ? json_string_value(user) : "user", "node",
                     call->api->name);
}

json_t *api_reserve(const struct api_call *call)
{
    json_t *seat = json_object_get(call->body, "seat");
    char name[48];

    call->api->reservations++;
    (void)snprintf(name, sizeof name, "%u-%u-%llu", (unsigned)call->api->node,
                   (unsigned)call->api->incarnation, (unsigned long long)call->api->reservations);
    return json_pack("{s:s, s:s, s:O, s:s}", "id", name, "status", "CONFIRMED", "seat",
                     json_is_string(seat) || json_is_number(seat) ? seat : json_null(), "node",
                     call->api->name);
}

json_t *api_cancel(const struct api_call *call)
{
    return json_pack("{s:s, s:s, s:s}", "id", call->id, "status", "CANCELLED", "node",
                     call->api->name);
}
