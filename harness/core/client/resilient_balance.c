#include "core/client/resilient.h"

#include "base/check.h"

/* May take an ordinary request that was not there yet. */
static bool is_candidate(const struct policy *policy, uint32_t slot, uint16_t node)
{
    return health_is_usable(&policy->resilient->nodes[node], policy->now) &&
           resilient_is_new_to(policy, slot, node);
}

static uint32_t share_ppm(const struct policy *policy, uint16_t node)
{
    return health_share_ppm(&policy->resilient->nodes[node], policy->now);
}

/* Smooth weighted round-robin (nginx, 2012): each candidate earns its share, the richest is asked
   and pays what all earned. With equal shares that is the plain circle, and a node that starts
   slowly is spread evenly among the others. */
static uint16_t next_in_turn(struct policy *policy, uint32_t slot)
{
    int64_t *credits = policy->resilient->credits;
    uint16_t richest = NODE_NONE;
    int64_t total = 0;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (!is_candidate(policy, slot, node)) {
            continue;
        }
        int64_t share = share_ppm(policy, node);
        total += share;
        credits[node] += share;
        if (richest == NODE_NONE || credits[node] > credits[richest]) {
            richest = node;
        }
    }
    if (richest != NODE_NONE) {
        credits[richest] -= total;
    }
    return richest;
}

/* One of the candidates but that one, each as likely as its share is large. */
static uint16_t draw(struct policy *policy, uint32_t slot, uint16_t but)
{
    uint64_t total = 0;

    for (uint16_t node = 0; node < policy->node_count; node++) {
        total += node != but && is_candidate(policy, slot, node) ? share_ppm(policy, node) : 0;
    }
    if (total == 0) {
        return NODE_NONE;
    }
    uint64_t ticket = prng_below(&policy->prng, total);
    for (uint16_t node = 0; node < policy->node_count; node++) {
        if (node == but || !is_candidate(policy, slot, node)) {
            continue;
        }
        if (ticket < share_ppm(policy, node)) {
            return node;
        }
        ticket -= share_ppm(policy, node);
    }
    CHECK(false && "the ticket is below the sum");
    return NODE_NONE;
}

/* No user could tell; without this the slowest of equals would never be asked (MongoDB's drivers
   have such a window, too). */
static bool is_as_fast(nanos a, nanos b)
{
    nanos least = nanos_min(a, b);

    return nanos_max(a, b) - least <= nanos_max(least / 4, NANOS_PER_MS);
}

/* What a further request costs there: the usual answer's time, as often as requests would be under
   way. Among equals, and of a node that never answered, only their number counts. */
static bool is_cheaper(const struct policy *policy, uint16_t a, uint16_t b)
{
    nanos latency_a = health_latency(&policy->resilient->nodes[a], policy->now);
    nanos latency_b = health_latency(&policy->resilient->nodes[b], policy->now);
    int64_t load_a = (int64_t)policy->inflight.busy[a] + 1;
    int64_t load_b = (int64_t)policy->inflight.busy[b] + 1;

    if (latency_a == 0 || latency_b == 0 || is_as_fast(latency_a, latency_b)) {
        return load_a < load_b;
    }
    return latency_a * load_a < latency_b * load_b;
}

/* The better of two that chance names is nearly as good as the best, and many clients do not all
   run to the same node (Mitzenmacher, The Power of Two Choices in Randomized Load Balancing). */
static uint16_t better_of_two(struct policy *policy, uint32_t slot)
{
    uint16_t one = draw(policy, slot, NODE_NONE);
    uint16_t other = draw(policy, slot, one);

    return one != NODE_NONE && other != NODE_NONE && is_cheaper(policy, other, one) ? other : one;
}

uint16_t resilient_spread(struct policy *policy, uint32_t slot)
{
    uint16_t held = policy->resilient->held;

    if (held != NODE_NONE && is_candidate(policy, slot, held)) {
        return held;
    }
    switch (policy->settings.order) {
    case ORDER_ROUND_ROBIN:
        return next_in_turn(policy, slot);
    case ORDER_LEAST_LATENCY:
        return better_of_two(policy, slot);
    case ORDER_RANDOM:
        return draw(policy, slot, NODE_NONE);
    case ORDER_PRIMARY_FIRST:
        break;
    }
    CHECK(false && "a client that spreads load");
    return NODE_NONE;
}

bool resilient_steps_aside(struct policy *policy, uint16_t node)
{
    int64_t *credit = &policy->resilient->credits[node];
    uint32_t share = share_ppm(policy, node);

    if (share == RATIO_ONE) {
        return false;
    }
    *credit += share;
    if (*credit < RATIO_ONE) {
        return true;
    }
    *credit -= RATIO_ONE;
    return false;
}
