#include "random_scenario.h"

#include "base/prng.h"
#include "core/chaos.h"
#include "scenario/defaults.h"

#define STREAM       77 /* of the seed: no component of the harness uses it */
#define STREAM_LONG  78 /* likewise: what is drawn of long-lived callers shifts nothing else */
#define PPM          1000000
#define NODES_MAX    5
#define CALM_NS      (1 * NANOS_PER_S)
#define DURATION_MAX (28 * NANOS_PER_S)

struct draw {
    struct arena *arena;
    struct prng prng;
    struct scenario *scenario;
    uint32_t weights[FAULT_KINDS];
    uint32_t weight_total;
    nanos hold_max;
    nanos trouble_end;
    uint16_t unharmed;
};

static bool chance(struct draw *draw, uint32_t percent)
{
    return prng_chance(&draw->prng, percent * (PPM / 100));
}

static int64_t between(struct draw *draw, int64_t low, int64_t high)
{
    return prng_between(&draw->prng, low, high);
}

static nanos draw_ms(struct draw *draw, int64_t low, int64_t high)
{
    return between(draw, low, high) * NANOS_PER_MS;
}

static void draw_nodes(struct draw *draw)
{
    struct scenario *scenario = draw->scenario;

    scenario->node_count = (size_t)between(draw, 1, NODES_MAX);
    scenario->process_count = scenario->node_count;
    scenario->nodes = ARENA_ARRAY(draw->arena, struct scenario_node, scenario->node_count);
    for (size_t i = 0; i < scenario->node_count; i++) {
        struct scenario_node *node = &scenario->nodes[i];
        *node = defaults_node;
        node->name = defaults_node_name(draw->arena, i);
        node->port = (uint16_t)(DEFAULTS_FIRST_PORT + i);
        node->url.port = node->port;
        node->url.text = arena_printf(draw->arena, "http://127.0.0.1:%u", node->port);
        node->stub.latency = draw_ms(draw, 0, 20);
        if (chance(draw, 30)) {
            node->stub.start_delay = draw_ms(draw, 0, 800);
        }
        if (chance(draw, 15)) {
            node->stub.idle_close = draw_ms(draw, 20, 2000);
        }
        if (chance(draw, 20)) {
            node->stub.backlog = (uint32_t)between(draw, 1, 16);
        }
    }
    draw->unharmed = NODE_NONE;
    if (scenario->node_count > 1 && chance(draw, 40)) {
        draw->unharmed = (uint16_t)between(draw, 0, (int64_t)scenario->node_count - 1);
    }
}

static void draw_health_check(struct draw *draw, struct health_check_settings *check)
{
    check->enabled = chance(draw, 75);
    check->failed_only = chance(draw, 20);
    check->interval = draw_ms(draw, 200, 1000);
    check->timeout = draw_ms(draw, 100, 600);
    check->fall = (uint32_t)between(draw, 1, 3);
    check->rise = (uint32_t)between(draw, 1, 3);
    check->jitter_ppm = (uint32_t)between(draw, 0, 300000);
}

static void draw_failover_on(struct draw *draw, struct client_settings *client)
{
    static const unsigned kinds[] = {FAILOVER_ON_CONNECT, FAILOVER_ON_RESET, FAILOVER_ON_TIMEOUT,
                                     FAILOVER_ON_5XX};
    if (chance(draw, 10) && draw->unharmed == NODE_NONE) {
        client->failover_on &= ~kinds[between(draw, 0, 3)];
    }
}

/* The settings that are off unless they are given. */
static void draw_extras(struct draw *draw, struct client_settings *client)
{
    if (chance(draw, 40)) {
        client->order = (enum client_order)between(draw, ORDER_ROUND_ROBIN, ORDER_RANDOM);
    }
    if (chance(draw, 25)) {
        client->slow_start = draw_ms(draw, 1, 2000);
    }
    if (chance(draw, 25)) {
        client->retry_budget_ppm = (uint32_t)between(draw, 0, 300000);
    }
    if (chance(draw, 25)) {
        client->retry_backoff = draw_ms(draw, 1, 100);
    }
    client->idempotency_key = chance(draw, 15);
    client->hedge = (struct hedge_settings){
        .enabled = chance(draw, 30),
        .after = draw_ms(draw, 30, 400),
        .budget_ppm = (uint32_t)between(draw, 0, 300000),
    };
    client->breaker = (struct breaker_settings){
        .enabled = chance(draw, 25),
        .failures = (uint32_t)between(draw, 1, 6),
        .window = draw_ms(draw, 50, 2000),
        .open = draw_ms(draw, 100, 1000),
        .trials = (uint32_t)between(draw, 1, 3),
    };
}

static void draw_client(struct draw *draw)
{
    struct client_settings *client = &draw->scenario->client;

    *client = defaults_client(PROFILE_RESILIENT, draw->scenario->node_count);
    client->keepalive = chance(draw, 85);
    client->instances = chance(draw, 60) ? 1 : (uint32_t)between(draw, 2, 5);
    if (chance(draw, 10)) { /* as it is delivered */
        return;
    }
    client->request_deadline =
        chance(draw, 25) ? draw_ms(draw, 300, 1200) : draw_ms(draw, 800, 5000);
    client->attempt_timeout = draw_ms(draw, 300, 1500);
    client->connect_timeout = draw_ms(draw, 100, 800);
    client->failback = (enum failback_kind)between(draw, FAILBACK_IMMEDIATE, FAILBACK_AFTER);
    client->failback_after = draw_ms(draw, 1, 1500);
    client->eject_after = chance(draw, 60) ? 1 : (uint32_t)between(draw, 2, 4);
    client->eject_for = draw_ms(draw, 100, 800);
    client->eject_for_max = client->eject_for + draw_ms(draw, 0, 1000);
    client->retry_attempts = (uint32_t)between(draw, 1, NODES_MAX + 1);
    client->retry_all_methods = chance(draw, 10);
    draw_failover_on(draw, client);
    draw_health_check(draw, &client->health_check);
    draw_extras(draw, client);
}

static void draw_traffic(struct draw *draw)
{
    static const int64_t rates[] = {20, 50, 50, 100, 100, 100, 200, 200, 500};
    struct traffic *traffic = &draw->scenario->traffic;
    struct traffic_request *requests = ARENA_ARRAY(draw->arena, struct traffic_request, 2);

    requests[0] = defaults_request;
    requests[1] = (struct traffic_request){
        .method = METHOD_POST,
        .path = "/api/reservations",
        .body = "{\"seat\":\"$(request)\"}",
        .idempotent = false,
    };
    requests[0].weight = (uint32_t)between(draw, 0, 9);
    requests[1].weight = (uint32_t)between(draw, requests[0].weight == 0 ? 1 : 0, 4);
    *traffic = defaults_traffic();
    traffic->rate_micro = (uint64_t)rates[between(draw, 0, 8)] * PPM;
    if (chance(draw, 25)) {
        traffic->cancel_ppm = (uint32_t)between(draw, 10000, 500000);
        traffic->cancel_after = draw_ms(draw, 1, 600);
    }
    traffic->max_in_flight = chance(draw, 95) ? 4000 : 20;
    traffic->requests = requests;
    traffic->request_count = 2;
    traffic->weight_total = requests[0].weight + requests[1].weight;
}

static void draw_streams(struct draw *draw, uint64_t seed)
{
    static const int64_t intervals_ms[] = {5, 20, 50, 50, 100, 200, 500, 1000, 2000};
    struct traffic *traffic = &draw->scenario->traffic;

    prng_init(&draw->prng, seed, STREAM_LONG);
    if (!chance(draw, 40)) {
        return;
    }
    size_t count = (size_t)between(draw, 1, 3);
    struct traffic_stream *streams = ARENA_ARRAY(draw->arena, struct traffic_stream, count);
    for (size_t i = 0; i < count; i++) {
        bool sse = chance(draw, 50);
        streams[i] = (struct traffic_stream){
            .kind = sse ? STREAM_SSE : STREAM_WEBSOCKET,
            .path = sse ? "/api/metrics/raft/events/stream" : "/ws",
            .count = (uint32_t)between(draw, 1, 4),
            .interval = intervals_ms[between(draw, 0, 8)] * NANOS_PER_MS,
        };
    }
    traffic->streams = streams;
    traffic->stream_count = count;
}

/* ---- trouble ---- */

static void draw_weights(struct draw *draw)
{
    for (uint32_t kind = 0; kind < FAULT_KINDS; kind++) {
        bool partition_of_one = kind == FAULT_PARTITION && draw->scenario->node_count == 1;
        if (!partition_of_one && chance(draw, 30)) {
            draw->weights[kind] = (uint32_t)between(draw, 1, 10);
        }
        draw->weight_total += draw->weights[kind];
    }
    if (draw->weight_total == 0) {
        draw->weights[FAULT_KILL] = draw->weight_total = 1;
    }
}

static enum fault_kind draw_kind(struct draw *draw)
{
    uint64_t ticket = prng_below(&draw->prng, draw->weight_total);
    uint32_t kind = 0;

    while (ticket >= draw->weights[kind]) {
        ticket -= draw->weights[kind];
        kind++;
    }
    return (enum fault_kind)kind;
}

/* Named ones: by preference few, now and then all that may be hit. */
static void draw_named(struct draw *draw, struct fault *fault)
{
    uint16_t node_count = (uint16_t)draw->scenario->node_count;
    uint16_t *nodes = ARENA_ARRAY(draw->arena, uint16_t, node_count);
    uint32_t percent = chance(draw, 15) ? 100 : 30;

    for (uint16_t node = 0; node < node_count; node++) {
        if (node != draw->unharmed && chance(draw, percent)) {
            nodes[fault->node_count++] = node;
        }
    }
    if (fault->node_count == 0) {
        uint16_t node = (uint16_t)between(draw, 0, node_count - 1);
        if (node == draw->unharmed) {
            node = node > 0 ? 0 : 1;
        }
        nodes[fault->node_count++] = node;
    }
    fault->target = TARGET_NODES;
    fault->nodes = nodes;
}

static void draw_target(struct draw *draw, struct fault *fault)
{
    if (fault->kind == FAULT_RESET_FAILED) {
        fault->target = TARGET_NODES;
        return;
    }
    if (fault->kind == FAULT_SWITCH_TO) {
        uint16_t *node = ARENA_ARRAY(draw->arena, uint16_t, 1);
        *node = (uint16_t)between(draw, 0, (int64_t)draw->scenario->node_count - 1);
        fault->target = TARGET_NODES;
        fault->nodes = node;
        fault->node_count = 1;
        return;
    }
    if (draw->unharmed == NODE_NONE && fault->kind != FAULT_PARTITION && chance(draw, 50)) {
        fault->target = (enum target_kind)between(draw, TARGET_CURRENT, TARGET_MAJORITY);
        return;
    }
    draw_named(draw, fault);
}

static void draw_answer(struct draw *draw, struct fault_parameters *parameters)
{
    static const uint16_t statuses[] = {500, 502, 503, 503, 429, 429, 400, 404};

    parameters->status_count = (uint32_t)between(draw, 1, 3);
    for (uint32_t i = 0; i < parameters->status_count; i++) {
        parameters->statuses[i] = statuses[between(draw, 0, 7)];
    }
    parameters->retry_after = chance(draw, 40) ? NANOS_PER_S : 0;
    parameters->after_commit = chance(draw, 30);
}

static void draw_parameters(struct draw *draw, struct fault *fault)
{
    struct fault_parameters *parameters = &fault->parameters;

    *parameters = scenario_fault_defaults(fault->kind);
    if (fault_kind_class(fault->kind) == FAULT_CLASS_ANSWER && fault->kind != FAULT_REFUSE &&
        chance(draw, 40)) {
        parameters->ratio_ppm = (uint32_t)between(draw, 100000, PPM);
    }
    if ((fault_kind_class(fault->kind) == FAULT_CLASS_WIRE || fault->kind == FAULT_BLACKHOLE) &&
        chance(draw, 40)) {
        parameters->of_ppm = (uint32_t)between(draw, 200000, PPM);
    }
    if (fault->kind == FAULT_RESPOND) {
        draw_answer(draw, parameters);
    } else if (fault->kind == FAULT_SLOW || fault->kind == FAULT_DELAY) {
        parameters->by = draw_ms(draw, 50, 2000);
        parameters->jitter = chance(draw, 50) ? parameters->by / 2 : 0;
    } else if (fault->kind == FAULT_TRICKLE || fault->kind == FAULT_THROTTLE) {
        parameters->rate_bytes = (uint64_t)between(draw, 50, 20000);
    } else if (fault->kind == FAULT_STALL || fault->kind == FAULT_TRUNCATE) {
        parameters->after_bytes = (uint64_t)between(draw, 0, 100);
    } else if (fault->kind == FAULT_RESET) {
        parameters->after_bytes = chance(draw, 50) ? 0 : (uint64_t)between(draw, 1, 300);
    } else if (fault->kind == FAULT_CORRUPT) {
        parameters->ratio_ppm = (uint32_t)between(draw, 100, 20000);
    } else if (fault->kind == FAULT_BLACKHOLE) {
        parameters->direction = (enum direction)between(draw, DIRECTION_BOTH, DIRECTION_OUT);
    } else if (fault->kind == FAULT_FLAP) {
        parameters->every = draw_ms(draw, 100, 1500);
        parameters->down = nanos_max(NANOS_PER_MS, parameters->every / between(draw, 2, 5));
        parameters->how = chance(draw, 50) ? FLAP_KILL : FLAP_PAUSE;
    }
}

static void draw_fault(struct draw *draw, struct fault *fault, size_t index)
{
    fault->kind = draw_kind(draw);
    fault->id = defaults_fault_id(draw->arena, fault->kind, index);
    draw_target(draw, fault);
    draw_parameters(draw, fault);
    nanos last = nanos_max(NANOS_PER_S, draw->trouble_end - draw->hold_max);
    fault->at_from = draw_ms(draw, 500, last / NANOS_PER_MS);
    fault->at_to = fault->at_from;
    fault->hold = NANOS_NEVER;
    if (fault_kind_takes_for(fault->kind)) {
        nanos most = nanos_min(draw->hold_max, draw->trouble_end - fault->at_from);
        fault->hold = draw_ms(draw, 20, nanos_max(20, most / NANOS_PER_MS));
    }
}

static void draw_faults(struct draw *draw)
{
    struct scenario *scenario = draw->scenario;

    draw_weights(draw);
    draw->hold_max = chance(draw, 50) ? draw_ms(draw, 50, 800) : draw_ms(draw, 500, 4000);
    scenario->fault_count = (size_t)(chance(draw, 70) ? between(draw, 1, 6) : between(draw, 4, 20));
    scenario->faults = ARENA_ARRAY(draw->arena, struct fault, scenario->fault_count);
    for (size_t i = 0; i < scenario->fault_count; i++) {
        draw_fault(draw, &scenario->faults[i], i);
    }
}

/* Some have their faults from the scenario's own random schedule, as users may. */
static void draw_chaos(struct draw *draw)
{
    struct chaos *chaos = &draw->scenario->chaos;

    *chaos = (struct chaos){
        .enabled = true,
        .from = draw_ms(draw, 500, 1500),
        .every = draw_ms(draw, 300, 2000),
        .heal = draw_ms(draw, 50, 1500),
        .keep_healthy = (uint32_t)between(draw, 0, (int64_t)draw->scenario->node_count - 1),
    };
    chaos->until = draw->trouble_end - chaos->heal;
    for (uint32_t kind = 0; kind < FAULT_KINDS; kind++) {
        if (fault_kind_suits_chaos((enum fault_kind)kind)) {
            chaos->weights[kind] = (uint32_t)between(draw, 1, 5);
        }
    }
    draw->unharmed = NODE_NONE;
}

/* Long enough to see the nodes return, as far as that is bearable. */
static nanos calm_wanted(const struct client_settings *client)
{
    return 3 * client->eject_for_max + client->attempt_timeout + client->failback_after +
           client->slow_start + 3 * client->breaker.open +
           (client->health_check.rise + 1) *
               (2 * client->health_check.interval + client->health_check.timeout);
}

const struct scenario *random_scenario(struct arena *arena, uint64_t seed, uint16_t *ret_unharmed)
{
    struct scenario *scenario = ARENA_NEW(arena, struct scenario);
    struct draw draw = {.arena = arena, .scenario = scenario};

    prng_init(&draw.prng, seed, STREAM);
    *scenario = (struct scenario){
        .file = "random.yaml",
        .text = "",
        .name = arena_printf(arena, "random-%llu", (unsigned long long)seed),
        .description = "",
        .has_seed = true,
        .seed = seed,
        .repeat = 1,
    };
    draw_nodes(&draw);
    draw_client(&draw);
    draw_traffic(&draw);
    scenario->warmup = chance(&draw, 50) ? 0 : draw_ms(&draw, 0, 1000);
    draw.trouble_end = draw_ms(&draw, 3000, 9000);
    if (chance(&draw, 15)) {
        draw_chaos(&draw);
    } else {
        draw_faults(&draw);
    }
    scenario->duration =
        nanos_min(DURATION_MAX, draw.trouble_end + calm_wanted(&scenario->client) + CALM_NS);
    draw_streams(&draw, seed);
    *ret_unharmed = draw.unharmed;
    return chaos_resolve(arena, scenario, seed);
}
