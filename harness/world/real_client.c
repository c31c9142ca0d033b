/* The client programs of the real world, and what of its seam is theirs. */
#include "world/real_parts.h"

#include "world/command_line.h"

static struct real *real_of(struct world *world)
{
    return (struct real *)(void *)world;
}

int real_client_open(struct real *real, struct error *reterr)
{
    const struct world_settings *settings = &real->settings;
    const struct scenario *scenario = settings->scenario;
    struct arena *arena = settings->arena;
    const struct command_line_values values = {
        .scenario = scenario,
        .places = &real->places,
        .private_folder = real->folder.path,
        .node = NODE_NONE,
    };
    if (!scenario_client_is_external(&scenario->client)) {
        return 0;
    }
    const char **urls = ARENA_ARRAY(arena, const char *, scenario->node_count);
    for (uint16_t node = 0; node < scenario->node_count; node++) {
        urls[node] = real_node_url(real, node);
    }
    struct exec_client_settings clients = {
        .loop = real->loop,
        .arena = arena,
        .scenario = scenario,
        .guardian = real->guardian,
        .program = real->programs.client,
        .words = command_line_words(&scenario->client.exec, &values, arena, reterr),
        .environment = command_line_environment(NULL, 0, &values, arena, reterr),
        .folder = real->programs.client_folder,
        .options = command_line_replace(scenario->client.options, &values, arena, reterr),
        .urls = urls,
        .logs_folder = real->programs.logs_folder,
        .run = settings->run,
        .report = real_tell,
        .context = real,
    };
    if (clients.words == NULL || clients.environment == NULL || clients.options == NULL) {
        return -1;
    }
    if (clients.program == NULL) {
        return error_plain(reterr, "the client's program '%s' does not exist",
                           scenario->client.exec.words[0]);
    }
    real->client = exec_client_new(&clients);
    return 0;
}

/* What the scenario wants of it and it cannot do: then nothing could be measured. */
static const char *what_it_lacks(const struct real *real)
{
    const struct scenario *scenario = real->settings.scenario;
    if (scenario->traffic.stream_count > 0 &&
        !exec_client_has(real->client, CLIENT_FEATURE_STREAMS)) {
        return "the scenario has streams, and the client does not have the feature 'streams'";
    }
    return NULL;
}

bool real_client_prepare(struct real *real)
{
    if (real->client == NULL) {
        return true;
    }
    exec_client_begin(real->client);
    while (!exec_client_is_ready(real->client) && !exec_client_is_broken(real->client) &&
           !real->interrupt_told) {
        real_turn(real, NANOS_NEVER);
        real_look_for_signal(real);
    }
    if (real->interrupt_told || exec_client_is_broken(real->client)) {
        return false;
    }
    const char *lacks = what_it_lacks(real);
    if (lacks != NULL) {
        real_problem(real, REASON_NOT_MEASURED, lacks);
    }
    return lacks == NULL;
}

/* A second interrupt ends the patience. */
void real_client_finish(struct real *real)
{
    if (real->client == NULL) {
        return;
    }
    exec_client_stop(real->client);
    while (exec_client_running(real->client) > 0) {
        real_turn(real, NANOS_NEVER);
        if (loop_signal(real->loop) != 0) {
            exec_client_kill(real->client);
        }
    }
}

nanos real_give_request(struct world *world, const struct world_request *request)
{
    const struct real *real = real_of(world);
    return exec_client_give(real->client, request) - real->t0;
}

void real_withdraw_request(struct world *world, uint16_t client, uint32_t request)
{
    exec_client_withdraw(real_of(world)->client, client, request);
}

bool real_order_client(struct world *world,
                       uint16_t client,
                       enum client_order_kind order,
                       uint32_t fault,
                       uint16_t node)
{
    return exec_client_order(real_of(world)->client, client, order, fault, node);
}

struct exec_client *real_exec_client(struct world *world)
{
    return real_of(world)->client;
}
