#include "core/alerts.h"

#include "base/check.h"

struct incident {
    bool *out; /* for each client */
    uint32_t out_count;
    bool standing;
    nanos calm_at; /* when it is over unless somebody ejects the node; NANOS_NEVER: not by itself */
    const char *why;
};

struct alerts {
    struct incident *incidents; /* one a node */
    uint16_t node_count;
    uint32_t client_count;
    nanos deadline; /* the earliest calm_at */
};

struct alerts *alerts_new(struct arena *arena, uint16_t node_count, uint32_t client_count)
{
    struct alerts *alerts = ARENA_NEW(arena, struct alerts);

    *alerts = (struct alerts){
        .incidents = ARENA_ARRAY(arena, struct incident, node_count),
        .node_count = node_count,
        .client_count = client_count,
        .deadline = NANOS_NEVER,
    };
    for (uint16_t node = 0; node < node_count; node++) {
        alerts->incidents[node].out = ARENA_ARRAY(arena, bool, client_count);
        alerts->incidents[node].calm_at = NANOS_NEVER;
    }
    return alerts;
}

nanos alerts_deadline(const struct alerts *alerts)
{
    return alerts->deadline;
}

static void set_calm_at(struct alerts *alerts, struct incident *incident, nanos calm_at)
{
    incident->calm_at = calm_at;
    alerts->deadline = NANOS_NEVER;
    for (uint16_t node = 0; node < alerts->node_count; node++) {
        alerts->deadline = nanos_min(alerts->deadline, alerts->incidents[node].calm_at);
    }
}

bool alerts_next(struct alerts *alerts, nanos now, struct alert *ret)
{
    if (alerts->deadline > now) {
        return false;
    }
    uint16_t node = 0;
    while (alerts->incidents[node].calm_at != alerts->deadline) {
        node++;
    }
    struct incident *incident = &alerts->incidents[node];
    *ret = (struct alert){.at = incident->calm_at, .why = incident->why, .node = node};
    incident->standing = false;
    set_calm_at(alerts, incident, NANOS_NEVER);
    return true;
}

static void
come_back(struct alerts *alerts, struct incident *incident, const struct alert_belief *told)
{
    incident->out[told->client] = false;
    incident->out_count--;
    if (incident->out_count == 0) {
        incident->why = told->why;
        set_calm_at(alerts, incident, nanos_add(told->at, ALERTS_CALM_NS));
    }
}

bool alerts_believe(struct alerts *alerts, const struct alert_belief *told, struct alert *ret)
{
    CHECK(told->node < alerts->node_count && told->client < alerts->client_count);
    CHECK(alerts->deadline > told->at);
    struct incident *incident = &alerts->incidents[told->node];
    bool was_out = incident->out[told->client];

    if (was_out && told->belief == BELIEF_HEALTHY) {
        come_back(alerts, incident, told);
    }
    if (was_out || told->belief != BELIEF_FAILED) {
        return false;
    }
    incident->out[told->client] = true;
    incident->out_count++;
    set_calm_at(alerts, incident, NANOS_NEVER);
    if (incident->standing) {
        return false;
    }
    incident->standing = true;
    *ret = (struct alert){.at = told->at, .why = told->why, .node = told->node, .raised = true};
    return true;
}
