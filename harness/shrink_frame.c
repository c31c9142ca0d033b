/* What stands around the faults: expectations, nodes, traffic. */
#include "scenario/defaults.h"
#include "shrink_parts.h"

bool shrink_pass_expectations(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    edit_expectations(draft, &shrinker->failure);
    bool any = draft->expectation_count < shrinker->smallest->expectation_count &&
               shrink_try(shrinker, draft);
    draft = shrink_draft(shrinker);
    draft->warmup = 0;
    return (shrinker->smallest->warmup > 0 && shrink_try(shrinker, draft)) || any;
}

/* ---- Nodes ------------------------------------------------------------------------------------
 */

static bool plain_stubs(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    for (size_t i = 0; i < draft->node_count; i++) {
        draft->nodes[i].stub = defaults_stub;
    }
    return shrink_try(shrinker, draft);
}

bool shrink_pass_nodes(struct shrinker *shrinker)
{
    bool any = plain_stubs(shrinker);
    for (size_t i = shrinker->smallest->node_count; i > 0; i--) {
        struct scenario *draft = shrink_draft(shrinker);
        if (edit_drop_node(&shrinker->draft, draft, (uint16_t)(i - 1))) {
            any = shrink_try(shrinker, draft) || any;
        }
    }
    return any;
}

/* ---- Traffic ----------------------------------------------------------------------------------
 */

static bool one_client(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    draft->client.instances = 1;
    return shrinker->smallest->client.instances > 1 && shrink_try(shrinker, draft);
}

/* Of several kinds of requests one, weighing 1. */
static bool one_kind(struct shrinker *shrinker)
{
    size_t count = shrinker->smallest->traffic.request_count;
    for (size_t i = 0; i < count && count > 1; i++) {
        struct scenario *draft = shrink_draft(shrinker);
        struct traffic_request *only = ARENA_NEW(&shrinker->draft, struct traffic_request);
        *only = draft->traffic.requests[i];
        only->weight = 1;
        draft->traffic.requests = only;
        draft->traffic.request_count = 1;
        draft->traffic.weight_total = 1;
        if (shrink_try(shrinker, draft)) {
            return true;
        }
    }
    return false;
}

/* The default one is the plainest. */
static bool plain_kind(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    draft->traffic.requests = &defaults_request;
    draft->traffic.request_count = 1;
    draft->traffic.weight_total = 1;
    return shrinker->smallest->traffic.request_count > 0 && shrink_try(shrinker, draft);
}

static bool no_streams(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    draft->traffic.stream_count = 0;
    return shrinker->smallest->traffic.stream_count > 0 && shrink_try(shrinker, draft);
}

/* Of several entries one, of several callers one. */
static bool one_stream(struct shrinker *shrinker)
{
    size_t count = shrinker->smallest->traffic.stream_count;
    bool single = count == 1 && shrinker->smallest->traffic.streams[0].count == 1;
    for (size_t i = 0; i < count && !single; i++) {
        struct scenario *draft = shrink_draft(shrinker);
        struct traffic_stream *only = ARENA_NEW(&shrinker->draft, struct traffic_stream);
        *only = draft->traffic.streams[i];
        only->count = 1;
        draft->traffic.streams = only;
        draft->traffic.stream_count = 1;
        if (shrink_try(shrinker, draft)) {
            return true;
        }
    }
    return false;
}

static bool lower_rate(struct shrinker *shrinker)
{
    static const uint64_t rates[] = {10, 20, 50, 100, 200, 500, 1000};
    uint64_t present = shrinker->smallest->traffic.rate_micro;
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        uint64_t rate = rates[i] * (uint64_t)RATIO_ONE;
        struct scenario *draft = shrink_draft(shrinker);
        draft->traffic.rate_micro = rate;
        if (rate < present && shrink_try(shrinker, draft)) {
            return true;
        }
    }
    return false;
}

bool shrink_pass_traffic(struct shrinker *shrinker)
{
    bool any = one_client(shrinker);
    any = plain_kind(shrinker) || one_kind(shrinker) || any;
    any = no_streams(shrinker) || one_stream(shrinker) || any;
    return lower_rate(shrinker) || any;
}
