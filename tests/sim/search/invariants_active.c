#include "invariants_parts.h"

#include <inttypes.h>

/* When the node may be preferred over the active one. */
static nanos preferred_from(const struct invariants *invariants,
                            const struct client_model *client,
                            uint16_t node,
                            bool active_usable)
{
    const struct client_settings *settings = invariants->settings;
    const struct view *view = view_of(invariants, (uint16_t)(client - invariants->clients), node);

    if (settings->failback == FAILBACK_AFTER && node != client->active && active_usable) {
        return nanos_max(view->pushed_back_until,
                         nanos_add(view->healthy_since, settings->failback_after));
    }
    return view->pushed_back_until;
}

/* The operator's choice while it is usable; sticky: the active one while it is; else the first in
   order, with failback after a time only once it was able that long. */
static uint16_t preferred(const struct invariants *invariants, uint16_t index)
{
    const struct client_model *client = &invariants->clients[index];

    if (scenario_client_spreads(invariants->settings)) {
        return NODE_NONE;
    }
    bool active_usable = view_usable(invariants, view_of(invariants, index, client->active));
    if (client->held != NODE_NONE &&
        view_usable(invariants, view_of(invariants, index, client->held))) {
        return client->held;
    }
    if (invariants->settings->failback == FAILBACK_STICKY && active_usable) {
        return client->active;
    }
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        if (view_of(invariants, index, node)->belief == BELIEF_HEALTHY &&
            preferred_from(invariants, client, node, active_usable) <= invariants->now) {
            return node;
        }
    }
    return client->active;
}

/* Something came due between the last change and now that no event tells. */
static bool time_passed(const struct invariants *invariants, uint16_t index)
{
    const struct client_model *client = &invariants->clients[index];

    for (uint16_t node = 0; node < invariants->node_count; node++) {
        const struct view *view = view_of(invariants, index, node);
        nanos able_from = nanos_add(view->healthy_since, invariants->settings->failback_after);
        if ((view->pushed_back_until > client->active_at &&
             view->pushed_back_until <= invariants->now) ||
            (able_from > client->active_at && able_from <= invariants->now)) {
            return true;
        }
    }
    return false;
}

/* `one-switch`: for one failure the client moves once, however many requests were in flight: each
   move needs an event of its own. `preferred`: and it goes where it should; nowhere at all where
   load is spread. */
void active_told(struct invariants *invariants, const struct event *event)
{
    uint16_t index = event->client.client;
    struct client_model *client = &invariants->clients[index];

    if (!client->may_switch && !time_passed(invariants, index)) {
        violated(invariants, "one-switch", index, event->node, -1,
                 "it moves once more, and nothing happened since %.6f s",
                 (double)client->active_at / 1e9);
    }
    if (event->node == client->active || event->node != preferred(invariants, index)) {
        violated(invariants, "preferred", index, event->node, -1, "it moves there from node %u",
                 client->active);
    }
    client->active = event->node;
    client->active_at = invariants->now;
    client->may_switch = false;
}

void panic_told(struct invariants *invariants, const struct event *event)
{
    struct client_model *client = &invariants->clients[event->client.client];

    if (client->panic == event->client.on) {
        violated(invariants, "panic", event->client.client, -1, -1, "it is told twice");
    }
    client->panic = event->client.on;
}

/* `panic`: it begins and ends with the last node in rotation. `preferred`: the client prefers the
   node that it should, from the instant on. */
void preferences_checked(struct invariants *invariants)
{
    for (uint16_t index = 0; index < invariants->settings->instances; index++) {
        const struct client_model *client = &invariants->clients[index];
        uint16_t node = preferred(invariants, index);
        if (client->panic != (client->healthy == 0)) {
            violated(invariants, "panic", index, -1, -1, "it is %s with %" PRIu32 " in rotation",
                     client->panic ? "on" : "off", client->healthy);
        }
        if (node != client->active) {
            violated(invariants, "preferred", index, node, -1, "it still prefers node %u",
                     client->active);
        }
    }
}
