#include "scenario/defaults.h"

#include <signal.h>

const char *const client_profile_words[PROFILE_EXEC + 1] = {
    [PROFILE_RESILIENT] = "resilient", [PROFILE_APISERVICE] = "apiservice",
    [PROFILE_NONE] = "none",           [PROFILE_DIRECT] = "direct",
    [PROFILE_EXEC] = "exec",
};

const char *const client_order_words[CLIENT_ORDERS] = {
    [ORDER_PRIMARY_FIRST] = "primary-first",
    [ORDER_ROUND_ROBIN] = "round-robin",
    [ORDER_LEAST_LATENCY] = "least-latency",
    [ORDER_RANDOM] = "random",
};

#define DEFAULT_STUB                                                                               \
    {                                                                                              \
        .latency = 1 * NANOS_PER_MS, .start_delay = 0, .idle_close = 60 * NANOS_PER_S,             \
        .exit_after = NANOS_NEVER, .backlog = 1024,                                                \
    }

const struct stub_settings defaults_stub = DEFAULT_STUB;

const struct scenario_node defaults_node = {
    .name = "",
    .kind = NODE_STUB,
    .url = {.text = "", .host = "127.0.0.1", .prefix = ""},
    .stub = DEFAULT_STUB,
    .ready = {.within = 10 * NANOS_PER_S},
    .stop = {.signal = SIGTERM, .within = 5 * NANOS_PER_S},
};

const int stop_signals[STOP_SIGNALS] = {SIGTERM, SIGINT,  SIGQUIT, SIGHUP,
                                        SIGUSR1, SIGUSR2, SIGKILL};
const char *const stop_signal_words[STOP_SIGNALS] = {"TERM", "INT",  "QUIT", "HUP",
                                                     "USR1", "USR2", "KILL"};

const char *const stream_kind_words[STREAM_KINDS] = {
    [STREAM_SSE] = "sse",
    [STREAM_WEBSOCKET] = "websocket",
};

const struct traffic_stream defaults_stream = {.path = "", .count = 1, .interval = NANOS_PER_S};

const struct traffic_request defaults_request = {
    .method = METHOD_GET,
    .path = "/api/raft/status",
    .weight = 1,
    .idempotent = true,
};

static struct client_settings resilient_client(void)
{
    return (struct client_settings){
        .profile = PROFILE_RESILIENT,
        .request_deadline = 4500 * NANOS_PER_MS,
        .attempt_timeout = 1500 * NANOS_PER_MS,
        .connect_timeout = 500 * NANOS_PER_MS,
        .failback = FAILBACK_IMMEDIATE,
        .failover_on =
            FAILOVER_ON_CONNECT | FAILOVER_ON_RESET | FAILOVER_ON_TIMEOUT | FAILOVER_ON_5XX,
        .eject_after = 1,
        .eject_for = 1 * NANOS_PER_S,
        .eject_for_max = 30 * NANOS_PER_S,
        .breaker = {.failures = 5,
                    .window = 10 * NANOS_PER_S,
                    .open = 5 * NANOS_PER_S,
                    .trials = 1},
        .hedge = {.after = 100 * NANOS_PER_MS, .budget_ppm = 50000},
        .health_check =
            {
                .enabled = true,
                .path = "/api/health",
                .interval = 1 * NANOS_PER_S,
                .timeout = 500 * NANOS_PER_MS,
                .fall = 2,
                .rise = 2,
                .jitter_ppm = 100000,
            },
        .retry_attempts = 3,
        .retry_budget_ppm = BUDGET_NONE,
        .keepalive = true,
        .instances = 1,
    };
}

static struct client_settings apiservice_client(size_t node_count)
{
    struct client_settings settings = resilient_client();
    settings.profile = PROFILE_APISERVICE;
    settings.request_deadline = NANOS_NEVER;
    settings.attempt_timeout = 5 * NANOS_PER_S;
    settings.connect_timeout = NANOS_NEVER;
    settings.failback = FAILBACK_STICKY;
    settings.eject_for = NANOS_NEVER;
    settings.eject_for_max = NANOS_NEVER;
    settings.health_check = (struct health_check_settings){
        .enabled = true,
        .failed_only = true,
        .path = "/api/health",
        .interval = 30 * NANOS_PER_S,
        .timeout = 3 * NANOS_PER_S,
        .fall = 1,
        .rise = 1,
    };
    settings.retry_attempts = (uint32_t)node_count;
    settings.retry_all_methods = true;
    return settings;
}

static struct client_settings none_client(void)
{
    return (struct client_settings){
        .profile = PROFILE_NONE,
        .request_deadline = 4500 * NANOS_PER_MS,
        .attempt_timeout = 4500 * NANOS_PER_MS,
        .connect_timeout = NANOS_NEVER,
        .failback = FAILBACK_STICKY,
        .eject_after = UINT32_MAX,
        .eject_for = NANOS_NEVER,
        .eject_for_max = NANOS_NEVER,
        .health_check = {.path = "/api/health"},
        .retry_attempts = 1,
        .retry_budget_ppm = BUDGET_NONE,
        .keepalive = true,
        .instances = 1,
    };
}

/* Those that decide for themselves: nothing is limited unless it is said. */
static struct client_settings other_client(enum client_profile profile)
{
    struct client_settings settings = none_client();
    settings.profile = profile;
    settings.request_deadline = NANOS_NEVER;
    settings.attempt_timeout = NANOS_NEVER;
    settings.options = profile == PROFILE_EXEC ? "{}" : NULL;
    return settings;
}

struct client_settings defaults_client(enum client_profile profile, size_t node_count)
{
    switch (profile) {
    case PROFILE_APISERVICE:
        return apiservice_client(node_count);
    case PROFILE_NONE:
        return none_client();
    case PROFILE_DIRECT:
    case PROFILE_EXEC:
        return other_client(profile);
    case PROFILE_RESILIENT:
        break;
    }
    return resilient_client();
}

struct traffic defaults_traffic(void)
{
    return (struct traffic){
        .rate_micro = 100 * (uint64_t)RATIO_ONE,
        .slow = 500 * NANOS_PER_MS,
        .max_in_flight = 10000,
        .requests = &defaults_request,
        .request_count = 1,
        .weight_total = 1,
    };
}

const char *defaults_node_name(struct arena *arena, size_t index)
{
    return index == 0 ? "primary" : arena_printf(arena, "backup-%zu", index);
}

const char *defaults_fault_id(struct arena *arena, enum fault_kind kind, size_t index)
{
    return arena_printf(arena, "%s-%zu", fault_kind_word(kind), index + 1);
}
