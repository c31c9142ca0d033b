#include "scenario/client_override.h"

#include "base/check.h"
#include "scenario/defaults.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- the line ---- */

/* Copies one word, without its quotes, to *end. Returns where the line goes on, NULL: a quote has
   no end. */
static const char *take_word(const char *at, char **end)
{
    while (*at != '\0' && *at != ' ' && *at != '\t') {
        if (*at != '\'' && *at != '"') {
            *(*end)++ = *at++;
            continue;
        }
        const char *close = strchr(at + 1, *at);
        if (close == NULL) {
            return NULL;
        }
        size_t length = (size_t)(close - at) - 1;
        memcpy(*end, at + 1, length);
        *end += length;
        at = close + 1;
    }
    *(*end)++ = '\0';
    return at;
}

/* Parted by blanks; '...' and "..." keep theirs together. NULL: no word, or a quote without its
 * end. */
static const char *const *words_of(struct arena *arena, const char *line, size_t *ret_count)
{
    const char **words = ARENA_ARRAY(arena, const char *, strlen(line) / 2 + 2);
    char *end = arena_alloc(arena, strlen(line) + 2);
    size_t count = 0;
    for (const char *at = line + strspn(line, " \t"); *at != '\0'; at += strspn(at, " \t")) {
        words[count++] = end;
        at = take_word(at, &end);
        if (at == NULL) {
            return NULL;
        }
    }
    words[count] = NULL;
    *ret_count = count;
    return count > 0 ? words : NULL;
}

/* ---- the settings ---- */

static json_t *milliseconds(nanos length)
{
    if (length == NANOS_NEVER) {
        return json_null();
    }
    return length % NANOS_PER_MS == 0 ? json_integer(length / NANOS_PER_MS)
                                      : json_real((double)length / (double)NANOS_PER_MS);
}

static json_t *ratio(uint32_t ppm)
{
    return ppm == BUDGET_NONE ? json_null() : json_real((double)ppm / RATIO_ONE);
}

static json_t *failback_of(const struct client_settings *client)
{
    if (client->failback == FAILBACK_AFTER) {
        return milliseconds(client->failback_after);
    }
    return json_string(client->failback == FAILBACK_STICKY ? "sticky" : "immediate");
}

static json_t *causes_of(unsigned failover_on)
{
    static const struct {
        unsigned bit;
        const char *word;
    } causes[] = {{FAILOVER_ON_CONNECT, "connect"},
                  {FAILOVER_ON_RESET, "reset"},
                  {FAILOVER_ON_TIMEOUT, "timeout"},
                  {FAILOVER_ON_5XX, "5xx"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (failover_on & causes[i].bit) {
            json_array_append_new(list, json_string(causes[i].word));
        }
    }
    return list;
}

static json_t *health_check_of(const struct health_check_settings *check)
{
    if (!check->enabled) {
        return json_null();
    }
    return json_pack("{s:s, s:o, s:o, s:i, s:i, s:o, s:s}", "path", check->path, "interval",
                     milliseconds(check->interval), "timeout", milliseconds(check->timeout), "fall",
                     (int)check->fall, "rise", (int)check->rise, "jitter", ratio(check->jitter_ppm),
                     "nodes", check->failed_only ? "failed" : "all");
}

static json_t *breaker_of(const struct breaker_settings *breaker)
{
    if (!breaker->enabled) {
        return json_null();
    }
    return json_pack("{s:i, s:o, s:o, s:i}", "failures", (int)breaker->failures, "window",
                     milliseconds(breaker->window), "open", milliseconds(breaker->open), "trials",
                     (int)breaker->trials);
}

static json_t *hedge_of(const struct hedge_settings *hedge)
{
    return hedge->enabled ? json_pack("{s:o, s:o}", "after", milliseconds(hedge->after), "budget",
                                      ratio(hedge->budget_ppm))
                          : json_null();
}

static json_t *retry_of(const struct client_settings *client)
{
    return json_pack("{s:i, s:s, s:o, s:o, s:b}", "attempts", (int)client->retry_attempts,
                     "methods", client->retry_all_methods ? "all" : "idempotent", "budget",
                     ratio(client->retry_budget_ppm), "backoff",
                     client->retry_backoff == 0 ? json_null() : milliseconds(client->retry_backoff),
                     "idempotency_key", client->idempotency_key);
}

static const char *options_of(struct arena *arena, const struct client_settings *client)
{
    json_t *eject_after =
        client->eject_after == UINT32_MAX ? json_null() : json_integer(client->eject_after);
    json_t *slow_start = client->slow_start == 0 ? json_null() : milliseconds(client->slow_start);
    json_t *options = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}",
        "profile", client_profile_words[client->profile], "request_deadline",
        milliseconds(client->request_deadline), "attempt_timeout",
        milliseconds(client->attempt_timeout), "connect_timeout",
        milliseconds(client->connect_timeout), "order", client_order_words[client->order],
        "slow_start", slow_start, "failback", failback_of(client), "failover_on",
        causes_of(client->failover_on), "eject_after", eject_after, "eject_for",
        milliseconds(client->eject_for), "eject_for_max", milliseconds(client->eject_for_max),
        "breaker", breaker_of(&client->breaker), "hedge", hedge_of(&client->hedge), "health_check",
        health_check_of(&client->health_check), "retry", retry_of(client), "keepalive",
        client->keepalive);
    CHECK(options != NULL);
    char *text = json_dumps(options, JSON_COMPACT);
    CHECK(text != NULL);
    const char *kept = arena_copy(arena, text, strlen(text));
    free(text);
    json_decref(options);
    return kept;
}

/* ---- both ---- */

void client_override_apply(struct reader *reader, const char *line)
{
    struct client_settings *client = &reader->scenario->client;
    struct source_at at = {.file = arena_printf(reader->arena, "--client %s", line)};
    size_t count = 0;
    const char *const *words = words_of(reader->arena, line, &count);
    if (words == NULL) {
        schema_complain_at(reader, at, "a program is wanted, and the end of every quote");
        return;
    }
    if (client->profile == PROFILE_DIRECT) {
        schema_complain_at(reader, at,
                           "the client of this scenario is one URL ('direct'): what stands there "
                           "is under test, and no other client can take its place");
        return;
    }
    struct client_settings program = defaults_client(PROFILE_EXEC, reader->scenario->node_count);
    program.exec = (struct command_line){.words = words, .count = count, .at = at};
    program.exec_here = true;
    program.options =
        client->profile == PROFILE_EXEC ? client->options : options_of(reader->arena, client);
    program.order = client->order;
    program.instances = client->instances;
    program.at = client->at;
    *client = program;
}
