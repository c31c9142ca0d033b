#include "invariants_parts.h"

/* What is healthy again for so long is no incident any more. */
#define CALM (1 * NANOS_PER_S)

static bool is_out(const struct invariants *invariants, uint16_t node)
{
    for (uint16_t client = 0; client < invariants->settings->instances; client++) {
        if (view_of(invariants, client, node)->belief != BELIEF_HEALTHY) {
            return true;
        }
    }
    return false;
}

void alerts_hear(struct invariants *invariants, const struct event *belief)
{
    if (!is_out(invariants, belief->node)) {
        invariants->calm_since[belief->node] = invariants->now;
    }
}

/* `alert`: one when a node is out for the first client, one when it was healthy for all of them for
   a second, and none between. */
void alert_told(struct invariants *invariants, const struct event *event)
{
    bool *stands = &invariants->alert_stands[event->node];
    nanos calm_at = invariants->calm_since[event->node] + CALM;

    if (*stands == event->alert.raised) {
        violated(invariants, "alert", -1, event->node, -1, "it is %s already",
                 *stands ? "raised" : "cleared");
    } else if (is_out(invariants, event->node) != event->alert.raised) {
        violated(invariants, "alert", -1, event->node, -1, "it is %s, but the node is %s",
                 event->alert.raised ? "raised" : "cleared",
                 event->alert.raised ? "healthy for all" : "out for some client");
    } else if (event->at != (event->alert.raised ? invariants->now : calm_at)) {
        violated(invariants, "alert", -1, event->node, -1, "it is told for %.6f s",
                 (double)event->at / 1e9);
    }
    *stands = event->alert.raised;
}

void alerts_checked(struct invariants *invariants)
{
    for (uint16_t node = 0; node < invariants->node_count; node++) {
        bool out = is_out(invariants, node);
        bool stands = invariants->alert_stands[node];
        if (out && !stands) {
            violated(invariants, "alert", -1, node, -1, "it is out, and nobody is told");
        } else if (!out && stands && invariants->now >= invariants->calm_since[node] + CALM) {
            violated(invariants, "alert", -1, node, -1, "it is back for all since %.6f s",
                     (double)invariants->calm_since[node] / 1e9);
        }
    }
}
