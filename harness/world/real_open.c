#include "world/real_parts.h"

#include "world/isolation.h"
#include "world/strays.h"

#include <signal.h>

/* Every request may reach a node more than once: by its retries, and late, after it was given up.
 */
static uint32_t log_capacity(const struct scenario *scenario)
{
    const struct client_settings *client = &scenario->client;
    uint64_t attempts = scenario_client_is_external(client) || client->retry_attempts > 4
                            ? 4
                            : client->retry_attempts;
    attempts = attempts == 0 ? 1 : attempts;
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

static void open_proxy(struct real *real)
{
    const struct proxy_link_settings proxy = {
        .loop = real->loop,
        .arena = real->settings.arena,
        .scenario = real->settings.scenario,
        .places = &real->places,
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
static int open_between(struct real *real, struct error *reterr)
{
    const struct scenario *scenario = real->settings.scenario;
    bool behind_proxy = real_needs_proxy(scenario);
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
    }
    if (node_places_init(&real->places, scenario, real->networks, behind_proxy,
                         real->settings.arena, reterr) < 0) {
        return -1;
    }
    if (behind_proxy) {
        open_proxy(real);
    }
    return 0;
}

/* First of all, while there is little of this process to copy. */
static int open_notifier(struct real *real, struct error *reterr)
{
    if (real->settings.scenario->alerts.command.count == 0 || real->programs.hook == NULL) {
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
        .report = real_tell,
        .context = real,
    };
    real->notifier = notifier_new(&notifier, reterr);
    return real->notifier == NULL ? -1 : 0;
}

static void open_streams(struct real *real)
{
    const struct world_settings *settings = &real->settings;
    if (settings->scenario->traffic.stream_count == 0 || real->client != NULL) {
        return;
    }
    const struct stream_client_settings streams = {
        .arena = settings->arena,
        .loop = real->loop,
        .http = real->http,
        .scenario = settings->scenario,
        .places = &real->places,
        .seed = settings->seed,
        .report = real_tell,
        .context = real,
    };
    real->streams = stream_client_new(&streams);
}

static int make_folder(struct real *real, struct error *reterr)
{
    const struct real_programs *programs = &real->programs;
    const char *const paths[] = {programs->stub,   programs->proxy,       programs->hook,
                                 programs->client, programs->logs_folder, programs->folder};
    const char *wanted[sizeof paths / sizeof paths[0] + 1] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i] != NULL) {
            wanted[count++] = paths[i];
        }
    }
    return private_folder_make(&real->folder, real->settings.scenario,
                               isolation_is_inside() ? wanted : NULL, reterr);
}

/* The guardian first: what it has of us is little then, and it has to know the folder. */
static int open_guarded(struct real *real, struct error *reterr)
{
    const struct scenario *scenario = real->settings.scenario;
    const char *folder = NULL;
    if (private_folder_is_needed(scenario)) {
        if (make_folder(real, reterr) < 0) {
            return -1;
        }
        folder = real->folder.path;
    }
    if (guardian_is_needed()) {
        real->ends_strays = strays_begin();
        size_t groups = scenario->process_count + scenario->client.instances + 1;
        real->guardian = guardian_new(groups, folder, reterr);
        if (real->guardian == NULL) {
            return -1;
        }
    }
    return 0;
}

static int open_http(struct real *real, struct error *reterr)
{
    const struct world_settings *settings = &real->settings;
    const struct http_client_settings http = {
        .loop = real->loop,
        .scenario = settings->scenario,
        .places = &real->places,
        .run = settings->run,
        .report = real_tell,
        .context = real,
    };
    real->http = http_client_new(&http, reterr);
    if (real->http == NULL) {
        return -1;
    }
    const struct look_ups_settings look_ups = {
        .arena = settings->arena,
        .http = real->http,
        .report = real_tell,
        .context = real,
    };
    real->look_ups = look_ups_new(&look_ups);
    if (!scenario_client_is_seen(&settings->scenario->client)) {
        real->served =
            served_new(settings->arena, scenario_request_count(settings->scenario), settings->run);
    }
    return 0;
}

static void open_supervisor(struct real *real)
{
    const struct world_settings *settings = &real->settings;
    const struct supervisor_settings supervisor = {
        .loop = real->loop,
        .arena = settings->arena,
        .scenario = settings->scenario,
        .stub_program = real->programs.stub,
        .places = &real->places,
        .networks = real->networks,
        .programs = {.paths = real->programs.commands,
                     .folder = real->programs.folder,
                     .private_folder = real->folder.path,
                     .logs_folder = real->programs.logs_folder},
        .http = real->http,
        .guardian = real->guardian,
        .seed = settings->seed,
        .log_capacity = log_capacity(settings->scenario),
        .report = real_process_event,
        .context = real,
    };
    real->supervisor = supervisor_new(&supervisor);
}

static void open_injector(struct real *real)
{
    const struct injector_settings injector = {
        .arena = real->settings.arena,
        .scenario = real->settings.scenario,
        .hands = &real_hands,
        .report = real_tell,
        .context = real,
    };
    real->injector = injector_new(&injector);
}

int real_open(struct real *real, struct error *reterr)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    if (open_guarded(real, reterr) < 0) {
        return -1;
    }
    real->loop = loop_new(reterr);
    if (real->loop == NULL || loop_take_signals(real->loop, signals, 3, reterr) < 0) {
        return -1;
    }
    if (open_notifier(real, reterr) < 0 || open_between(real, reterr) < 0 ||
        open_http(real, reterr) < 0) {
        return -1;
    }
    open_supervisor(real);
    open_injector(real);
    if (real_client_open(real, reterr) < 0) {
        return -1;
    }
    open_streams(real);
    return 0;
}

const char *real_node_url(const struct real *real, uint16_t node)
{
    return node_places_seen(&real->places, node)->url;
}
