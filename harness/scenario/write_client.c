/* The client under test: its profile, and what is not as this profile has it. */
#include "scenario/defaults.h"
#include "scenario/write_sections.h"

#include <inttypes.h>
#include <string.h>

#define CLIENT_FIELD(member, word, type) WRITTEN_FIELD(struct client_settings, member, word, type)
#define CHECK_FIELD(member, word, type)                                                            \
    WRITTEN_FIELD(struct health_check_settings, member, word, type)

static void write_failback(struct writing *writing, const struct client_settings *client)
{
    writing_key(writing, "failback");
    if (client->failback == FAILBACK_AFTER) {
        writing_duration(writing, client->failback_after);
    } else {
        writing_add(writing, client->failback == FAILBACK_STICKY ? "sticky" : "immediate");
    }
}

static void write_failover_on(struct writing *writing, unsigned failover_on)
{
    static const struct {
        unsigned bit;
        const char *word;
    } causes[] = {
        {FAILOVER_ON_CONNECT, "connect"},
        {FAILOVER_ON_RESET, "reset"},
        {FAILOVER_ON_TIMEOUT, "timeout"},
        {FAILOVER_ON_5XX, "5xx"},
    };
    writing_key(writing, "failover_on");
    writing_open(writing, "[");
    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (failover_on & causes[i].bit) {
            writing_item(writing);
            writing_add(writing, causes[i].word);
        }
    }
    writing_close(writing, "]");
}

static void write_health_check(struct writing *writing,
                               const struct client_settings *client,
                               const struct client_settings *defaults)
{
    static const char *const nodes[] = {"all", "failed"};
    static const struct written_field fields[] = {
        {CHECK_FIELD(path, "path", WRITTEN_TEXT)},
        {CHECK_FIELD(interval, "interval", WRITTEN_DURATION)},
        {CHECK_FIELD(timeout, "timeout", WRITTEN_DURATION)},
        {CHECK_FIELD(fall, "fall", WRITTEN_COUNT)},
        {CHECK_FIELD(rise, "rise", WRITTEN_COUNT)},
        {CHECK_FIELD(jitter_ppm, "jitter", WRITTEN_RATIO)},
        {CHECK_FIELD(failed_only, "nodes", WRITTEN_BOOL), .words = nodes},
    };
    if (client->health_check.enabled || !defaults->health_check.enabled) {
        writing_map(writing, "health_check", fields, sizeof(fields) / sizeof(fields[0]),
                    &client->health_check, &defaults->health_check);
        return;
    }
    writing_key(writing, "health_check");
    writing_add(writing, "none");
}

static void write_breaker(struct writing *writing, const struct breaker_settings *breaker)
{
    if (!breaker->enabled) {
        return;
    }
    writing_key(writing, "breaker");
    writing_open(writing, "{");
    writing_key(writing, "failures");
    writing_printf(writing, "%" PRIu32, breaker->failures);
    writing_key(writing, "window");
    writing_duration(writing, breaker->window);
    writing_key(writing, "open");
    writing_duration(writing, breaker->open);
    writing_key(writing, "trials");
    writing_printf(writing, "%" PRIu32, breaker->trials);
    writing_close(writing, "}");
}

static void write_hedge(struct writing *writing, const struct hedge_settings *hedge)
{
    if (!hedge->enabled) {
        return;
    }
    writing_key(writing, "hedge");
    writing_open(writing, "{");
    writing_key(writing, "after");
    writing_duration(writing, hedge->after);
    writing_key(writing, "budget");
    writing_ratio(writing, hedge->budget_ppm);
    writing_close(writing, "}");
}

static void write_retry(struct writing *writing,
                        const struct client_settings *client,
                        const struct client_settings *defaults)
{
    static const char *const methods[] = {"idempotent", "all"};
    static const struct written_field fields[] = {
        {CLIENT_FIELD(retry_attempts, "attempts", WRITTEN_COUNT)},
        {CLIENT_FIELD(retry_all_methods, "methods", WRITTEN_BOOL), .words = methods},
        {CLIENT_FIELD(retry_budget_ppm, "budget", WRITTEN_RATIO)},
        {CLIENT_FIELD(retry_backoff, "backoff", WRITTEN_DURATION)},
        {CLIENT_FIELD(idempotency_key, "idempotency_key", WRITTEN_BOOL)},
    };
    writing_map(writing, "retry", fields, sizeof(fields) / sizeof(fields[0]), client, defaults);
}

static void write_kind(struct writing *writing, const struct client_settings *client)
{
    switch (client->profile) {
    case PROFILE_EXEC:
        writing_key(writing, "exec");
        writing_texts(writing, client->exec.words, client->exec.count);
        if (strcmp(client->options, "{}") != 0) {
            writing_key(writing, "options");
            writing_json(writing, client->options);
        }
        return;
    case PROFILE_DIRECT:
        writing_key(writing, "direct");
        writing_text(writing, client->direct.text);
        return;
    case PROFILE_RESILIENT:
    case PROFILE_APISERVICE:
    case PROFILE_NONE:
        break;
    }
    writing_key(writing, "profile");
    writing_add(writing, client_profile_words[client->profile]);
}

static void write_limits(struct writing *writing,
                         const struct client_settings *client,
                         const struct client_settings *defaults)
{
    static const struct written_field fields[] = {
        {CLIENT_FIELD(request_deadline, "request_deadline", WRITTEN_DURATION)},
        {CLIENT_FIELD(attempt_timeout, "attempt_timeout", WRITTEN_DURATION)},
        {CLIENT_FIELD(connect_timeout, "connect_timeout", WRITTEN_DURATION)},
        {CLIENT_FIELD(order, "order", WRITTEN_WORD), .words = client_order_words},
        {CLIENT_FIELD(slow_start, "slow_start", WRITTEN_DURATION)},
        {CLIENT_FIELD(eject_after, "eject_after", WRITTEN_COUNT)},
        {CLIENT_FIELD(eject_for, "eject_for", WRITTEN_DURATION)},
        {CLIENT_FIELD(eject_for_max, "eject_for_max", WRITTEN_DURATION)},
        {CLIENT_FIELD(keepalive, "keepalive", WRITTEN_BOOL)},
        {CLIENT_FIELD(instances, "instances", WRITTEN_COUNT)},
    };
    writing_fields(writing, fields, sizeof(fields) / sizeof(fields[0]), client, defaults);
}

void write_client(struct writing *writing, const struct scenario *scenario)
{
    const struct client_settings *client = &scenario->client;
    struct client_settings defaults = defaults_client(client->profile, scenario->node_count);
    if (client->profile == PROFILE_NONE) {
        defaults.attempt_timeout = client->request_deadline;
    }
    writing_begin(writing, "client");
    write_kind(writing, client);
    write_limits(writing, client, &defaults);
    if (client->failback != defaults.failback) {
        write_failback(writing, client);
    }
    if (client->failover_on != defaults.failover_on) {
        write_failover_on(writing, client->failover_on);
    }
    write_breaker(writing, &client->breaker);
    write_hedge(writing, &client->hedge);
    write_health_check(writing, client, &defaults);
    write_retry(writing, client, &defaults);
    writing_end(writing);
}
