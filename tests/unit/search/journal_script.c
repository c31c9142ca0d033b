#include "unit/search/journal_script.h"

#include "base/arena.h"
#include "base/text.h"
#include "scenario/defaults.h"
#include "unit/cmocka_all.h"
#include "unit/search/journal_player.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NODES    2
#define LINE_MAX 128
#define MS       NANOS_PER_MS

static struct scenario scenario_of(unsigned with)
{
    static struct scenario_node nodes[NODES] = {{.name = "a"}, {.name = "b"}};
    static struct fault faults[PLAYER_FAULTS];
    static const struct traffic_request requests[] = {
        {.method = METHOD_GET, .path = "/", .idempotent = true},
        {.method = METHOD_POST, .path = "/"},
    };
    static const struct traffic_stream stream = {
        .kind = STREAM_SSE, .path = "/events", .count = 1, .interval = 100 * MS};

    for (uint16_t i = 0; i < NODES; i++) {
        nodes[i].stub = defaults_stub;
    }
    for (uint32_t i = 0; i < PLAYER_FAULTS; i++) {
        faults[i].kind = player_faults[i];
    }
    struct scenario scenario = {
        .duration = 20 * NANOS_PER_S,
        .nodes = nodes,
        .node_count = NODES,
        .client = defaults_client(PROFILE_RESILIENT, NODES),
        .traffic = {.rate_micro = 10000000, .requests = requests, .request_count = 2},
        .faults = faults,
        .fault_count = PLAYER_FAULTS,
    };
    struct client_settings *client = &scenario.client;
    client->request_deadline = 5 * NANOS_PER_S;
    client->attempt_timeout = 1 * NANOS_PER_S;
    client->connect_timeout = 500 * MS;
    client->failback = FAILBACK_IMMEDIATE;
    client->eject_after = with & WITH_ONE_FAILURE ? 1 : 2;
    client->eject_for = 1 * NANOS_PER_S;
    client->eject_for_max = 2 * NANOS_PER_S;
    client->retry_attempts = with & WITH_ONE_ATTEMPT ? 1 : 3;
    client->retry_backoff = 0;
    client->retry_budget_ppm = with & WITH_BUDGET ? 0 : BUDGET_NONE;
    client->hedge = (struct hedge_settings){.enabled = with & WITH_HEDGES, .after = 100 * MS};
    client->breaker = (struct breaker_settings){.enabled = with & WITH_BREAKER,
                                                .failures = 2,
                                                .window = NANOS_PER_S,
                                                .open = NANOS_PER_S,
                                                .trials = 1};
    client->health_check = (struct health_check_settings){.enabled = with & WITH_PROBES,
                                                          .interval = NANOS_PER_S,
                                                          .timeout = 500 * MS,
                                                          .fall = 2,
                                                          .rise = 1};
    scenario.traffic.cancel_ppm = with & WITH_CANCELS ? 500000 : 0;
    scenario.traffic.cancel_after = 200 * MS;
    scenario.traffic.streams = &stream;
    scenario.traffic.stream_count = with & WITH_STREAM ? 1 : 0;
    return scenario;
}

static void play_line(struct player *player, char *line)
{
    char *rest = NULL;
    char *time = strtok_r(line, " ", &rest);
    nanos now = strtol(time, NULL, 10) * MS;

    for (size_t i = 0; i < PLAYER_WORDS_MAX; i++) {
        char *word = strtok_r(NULL, " ", &rest);
        player->words[i] = word == NULL ? "" : word;
    }
    if (now != player->now) {
        invariants_turn_end(player->invariants, player->now);
    }
    player->now = now;
    player_do(player);
}

/* "*COUNT LINE": that many times, with 00, 01, ... in the place of '#'. */
static void play_lines(struct player *player, const char *line)
{
    char *rest = NULL;
    uint32_t count = *line == '*' ? (uint32_t)strtoul(line + 1, &rest, 10) : 1;

    for (uint32_t i = 0; i < count; i++) {
        char buffer[LINE_MAX];
        struct text text;
        text_init(&text, buffer, sizeof buffer);
        for (const char *at = rest == NULL ? line : rest; *at != '\0'; at++) {
            if (*at == '#') {
                text_printf(&text, "%02" PRIu32, i);
            } else {
                text_add_bytes(&text, at, 1);
            }
        }
        play_line(player, buffer);
    }
}

static void end_play(struct player *player)
{
    invariants_turn_end(player->invariants, player->now);
    for (uint32_t i = 0; i < PLAYER_REQUESTS_MAX; i++) {
        if (player->requests[i].answered) {
            player_tell(player, (struct event){.kind = EVENT_EXECUTED,
                                               .executed = {.request = i, .executed = true}});
        }
    }
    invariants_finish(player->invariants);
}

/* What it says, NULL: nothing is broken. */
static const char *play(struct arena *arena, const struct script *script, bool bad)
{
    struct scenario *scenario = ARENA_NEW(arena, struct scenario);
    struct player *player = ARENA_NEW(arena, struct player);
    char *text = arena_copy(arena, script->text, strlen(script->text));
    char *rest = NULL;

    *scenario = scenario_of(script->with);
    player->invariants =
        invariants_new(arena, scenario, script->with & WITH_UNHARMED_B ? 1 : NODE_NONE);
    if (bad) {
        invariants_only(player->invariants, script->rule);
    }
    player_tell(player,
                (struct event){.kind = EVENT_PHASE, .phase = {.phase = PHASE_TRAFFIC_BEGIN}});
    player_tell(player, (struct event){.kind = EVENT_FAULT_CLEARED});
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (*line == (bad ? '=' : '!')) {
            continue;
        }
        play_lines(player, line + (*line == '!' || *line == '='));
    }
    end_play(player);
    return invariants_violation(player->invariants);
}

void script_check(const struct script *script)
{
    struct arena arena;

    arena_init(&arena, 0);
    const char *good = play(&arena, script, false);
    if (good != NULL) {
        fail_msg("%s: the good journal breaks a rule: %s\n%s", script->rule, good, script->text);
    }
    const char *bad = play(&arena, script, true);
    if (bad == NULL) {
        fail_msg("%s: the bad journal breaks no rule\n%s", script->rule, script->text);
    }
    assert_true(text_has_prefix(bad, script->rule));
    arena_done(&arena);
}

void scripts_check(const struct script *scripts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        script_check(&scripts[i]);
    }
}
