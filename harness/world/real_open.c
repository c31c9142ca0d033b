#include "world/real_parts.h"

#include "world/port.h"

#include <signal.h>

/* Every request may reach a node more than once: by its retries, and late, after it was given up.
 */
static uint32_t log_capacity(const struct scenario *scenario)
{
    uint64_t attempts = scenario->client.retry_attempts < 4 ? scenario->client.retry_attempts : 4;
    uint64_t records = scenario_request_count(scenario) * attempts + 1024;
    return records > UINT32_MAX ? UINT32_MAX : (uint32_t)records;
}

bool real_needs_proxy(const struct scenario *scenario)
{
    return scenario_may_have(scenario, FAULT_CLASS_WIRE) ||
           scenario_has_fault(scenario, FAULT_PARTITION);
}

bool real_needs_filter(const struct scenario *scenario)
{
    return scenario_may_have(scenario, FAULT_CLASS_PACKET);
}

int real_try_filter(const struct scenario *scenario, struct error *reterr)
{
    if (packet_filter_try(reterr) < 0) {
        return -1;
    }
    if (!scenario_has_fault(scenario, FAULT_PARTITION)) {
        return 0;
    }
    struct node_networks *networks = node_networks_new(1, reterr);
    int status = networks == NULL ? -1 : 0;
    node_networks_free(networks);
    return status;
}

static void open_proxy(struct real *real, const uint16_t *ports)
{
    const struct proxy_link_settings proxy = {
        .loop = real->loop,
        .arena = real->settings.arena,
        .scenario = real->settings.scenario,
        .ports = ports,
        .networks = real->networks,
        .guardian = real->guardian,
        .program = real->programs.proxy,
        .seed = real->settings.seed,
        .report = real_proxy_event,
        .context = real,
    };
    real->proxy = proxy_link_new(&proxy);
}

/* What stands between client and node, and between nodes, if the scenario has a fault for it.
 * Behind the proxy nodes hide on other ports, or have networks of their own. */
static int open_between(struct real *real, uint16_t *ret_ports, struct error *reterr)
{
    const struct scenario *scenario = real->settings.scenario;
    for (size_t i = 0; i < scenario->node_count; i++) {
        ret_ports[i] = scenario->nodes[i].port;
    }
    if (real_needs_filter(scenario)) {
        real->filter = packet_filter_new(reterr);
        if (real->filter == NULL) {
            return -1;
        }
    }
    if (scenario_has_fault(scenario, FAULT_PARTITION)) {
        real->networks = node_networks_new(scenario->node_count, reterr);
        if (real->networks == NULL) {
            return -1;
        }
        open_proxy(real, ret_ports); /* callers stay on 127.0.0.1 */
        return 0;
    }
    if (!real_needs_proxy(scenario)) {
        return 0;
    }
    if (port_find_free(ret_ports, scenario->node_count, reterr) < 0) {
        return -1;
    }
    open_proxy(real, ret_ports);
    return 0;
}

/* First of all, while there is little of this process to copy. */
static int open_notifier(struct real *real, struct error *reterr)
{
    if (real->settings.scenario->alerts.command_count == 0 || real->programs.hook == NULL) {
        return 0;
    }
    const struct notifier_settings notifier = {
        .loop = real->loop,
        .arena = real->settings.arena,
        .scenario = real->settings.scenario,
        .run = real->settings.run,
        .program = real->programs.hook,
        .folder = real->programs.hook_folder,
        .hook_limit = NOTIFIER_HOOK_LIMIT,
        .report = real_enqueue,
        .context = real,
    };
    real->notifier = notifier_new(&notifier, reterr);
    return real->notifier == NULL ? -1 : 0;
}

static void open_streams(struct real *real)
{
    const struct world_settings *settings = &real->settings;
    if (settings->scenario->traffic.stream_count == 0) {
        return;
    }
    const struct stream_client_settings streams = {
        .arena = settings->arena,
        .loop = real->loop,
        .http = real->http,
        .scenario = settings->scenario,
        .seed = settings->seed,
        .report = real_enqueue,
        .context = real,
    };
    real->streams = stream_client_new(&streams);
}

int real_open(struct real *real, struct error *reterr)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    const struct world_settings *settings = &real->settings;
    if (guardian_is_needed()) { /* first: what it has of us is little then */
        real->guardian = guardian_new(settings->scenario->node_count + 1, reterr);
        if (real->guardian == NULL) {
            return -1;
        }
    }
    real->loop = loop_new(reterr);
    if (real->loop == NULL || loop_take_signals(real->loop, signals, 3, reterr) < 0) {
        return -1;
    }
    if (open_notifier(real, reterr) < 0) {
        return -1;
    }
    uint16_t *ports = ARENA_ARRAY(settings->arena, uint16_t, settings->scenario->node_count);
    if (open_between(real, ports, reterr) < 0) {
        return -1;
    }
    const struct supervisor_settings supervisor = {
        .loop = real->loop,
        .arena = settings->arena,
        .scenario = settings->scenario,
        .stub_program = real->programs.stub,
        .ports = ports,
        .networks = real->networks,
        .guardian = real->guardian,
        .seed = settings->seed,
        .log_capacity = log_capacity(settings->scenario),
        .report = real_process_event,
        .context = real,
    };
    real->supervisor = supervisor_new(&supervisor);
    const struct injector_settings injector = {
        .arena = settings->arena,
        .scenario = settings->scenario,
        .hands = &real_hands,
        .report = real_enqueue,
        .context = real,
    };
    real->injector = injector_new(&injector);
    const struct http_client_settings http = {
        .loop = real->loop,
        .scenario = settings->scenario,
        .run = settings->run,
        .report = real_enqueue,
        .context = real,
    };
    real->http = http_client_new(&http, reterr);
    if (real->http == NULL) {
        return -1;
    }
    open_streams(real);
    return 0;
}
