/* The client under test: its profile, and the knobs that this profile has. */
#include "scenario/body_json.h"
#include "scenario/defaults.h"
#include "scenario/reader.h"
#include "scenario/substitutions.h"

#include <string.h>

#define RETRY_ATTEMPTS_MAX 1000
#define CONSECUTIVE_MAX    1000
#define BREAKER_COUNT_MAX  100

/* Which profiles take a key: one that would do nothing is refused. */
enum {
    IN_RESILIENT = 1 << PROFILE_RESILIENT,
    IN_APISERVICE = 1 << PROFILE_APISERVICE,
    IN_NONE = 1 << PROFILE_NONE,
    IN_DIRECT = 1 << PROFILE_DIRECT,
    IN_EXEC = 1 << PROFILE_EXEC,
    IN_PROFILES = IN_RESILIENT | IN_APISERVICE | IN_NONE,
};

/* Set while one client is read, so that the tables of its parts know the profile as well. */
struct client_target {
    struct client_settings settings;
    unsigned variant;
    const char *variant_name;
    bool has_attempt_timeout;
};

static SCHEMA_READER(read_order)
{
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, client_order_words, CLIENT_ORDERS, &index)) {
        ((struct client_target *)target)->settings.order = (enum client_order)index;
    }
}

static SCHEMA_READER(read_attempt_timeout)
{
    struct client_target *client = target;
    schema_duration(reader, field, value, &client->settings.attempt_timeout);
    client->has_attempt_timeout = true;
}

static SCHEMA_READER(read_failback)
{
    struct client_settings *settings = &((struct client_target *)target)->settings;
    nanos after = 0;
    if (!yaml_value_is_text(value)) {
        schema_mismatch(reader, value, field->key, "immediate, sticky or a duration");
    } else if (strcmp(value->text, "immediate") == 0) {
        settings->failback = FAILBACK_IMMEDIATE;
    } else if (strcmp(value->text, "sticky") == 0) {
        settings->failback = FAILBACK_STICKY;
    } else if (nanos_parse(value->text, strlen(value->text), &after)) {
        schema_duration(reader, field, value, &settings->failback_after);
        settings->failback = FAILBACK_AFTER;
    } else {
        schema_mismatch(reader, value, field->key, "immediate, sticky or a duration like 10s");
    }
}

static SCHEMA_READER(read_failover_on)
{
    static const char *const words[] = {"connect", "reset", "timeout", "5xx"};
    static const unsigned bits[] = {FAILOVER_ON_CONNECT, FAILOVER_ON_RESET, FAILOVER_ON_TIMEOUT,
                                    FAILOVER_ON_5XX};
    struct client_settings *settings = &((struct client_target *)target)->settings;
    if (!schema_is_list(reader, value, field->key, "a list of connect, reset, timeout, 5xx",
                        LIST_ITEMS_MAX)) {
        return;
    }
    settings->failover_on = 0;
    for (size_t i = 0; i < value->count; i++) {
        size_t index = 0;
        if (schema_take_word(reader, value->items[i], field->key, words, 4, &index)) {
            settings->failover_on |= bits[index];
        }
    }
}

static SCHEMA_READER(read_check_nodes)
{
    static const char *const words[] = {"all", "failed"};
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, words, 2, &index)) {
        *(bool *)target = index == 1;
    }
}

#define CHECK_FIELD(member, word, reader_of_value)                                                 \
    SCHEMA_FIELD(struct health_check_settings, member, word, reader_of_value)

static SCHEMA_READER(read_health_check)
{
    static const struct schema_field fields[] = {
        {CHECK_FIELD(path, "path", read_path)},
        {CHECK_FIELD(interval, "interval", schema_duration), .min = NANOS_PER_MS},
        {CHECK_FIELD(timeout, "timeout", schema_duration), .min = NANOS_PER_MS},
        {CHECK_FIELD(fall, "fall", schema_count), .min = 1, .max = CONSECUTIVE_MAX,
         .only = IN_RESILIENT},
        {CHECK_FIELD(rise, "rise", schema_count), .min = 1, .max = CONSECUTIVE_MAX,
         .only = IN_RESILIENT},
        {CHECK_FIELD(jitter_ppm, "jitter", schema_ratio), .only = IN_RESILIENT},
        {CHECK_FIELD(failed_only, "nodes", read_check_nodes), .only = IN_RESILIENT},
    };
    struct client_target *client = target;
    struct schema schema = {
        .where = "'health_check'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .variant = client->variant,
        .variant_name = arena_printf(reader->arena, "the health check of %s", client->variant_name),
    };
    if (value->kind == VALUE_MAP) {
        schema_read(reader, &schema, value, &client->settings.health_check);
    } else if (yaml_value_is_text(value) && strcmp(value->text, "none") == 0) {
        client->settings.health_check.enabled = false;
    } else {
        schema_mismatch(reader, value, field->key, "a mapping, or 'none'");
    }
}

#define BREAKER_FIELD(member, word, reader_of_value)                                               \
    SCHEMA_FIELD(struct breaker_settings, member, word, reader_of_value)

static SCHEMA_READER(read_breaker)
{
    static const struct schema_field fields[] = {
        {BREAKER_FIELD(failures, "failures", schema_count), .min = 1, .max = BREAKER_COUNT_MAX},
        {BREAKER_FIELD(window, "window", schema_duration), .min = NANOS_PER_MS},
        {BREAKER_FIELD(open, "open", schema_duration), .min = NANOS_PER_MS},
        {BREAKER_FIELD(trials, "trials", schema_count), .min = 1, .max = BREAKER_COUNT_MAX},
    };
    struct breaker_settings *breaker = target;
    struct schema schema = {
        .where = "'breaker'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    (void)field;
    breaker->enabled = schema_read(reader, &schema, value, breaker);
}

static SCHEMA_READER(read_hedge)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct hedge_settings, after, "after", schema_duration), .min = NANOS_PER_MS},
        {SCHEMA_FIELD(struct hedge_settings, budget_ppm, "budget", schema_ratio)},
    };
    struct hedge_settings *hedge = target;
    struct schema schema = {
        .where = "'hedge'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    (void)field;
    hedge->enabled = schema_read(reader, &schema, value, hedge);
}

static SCHEMA_READER(read_retry_methods)
{
    static const char *const words[] = {"idempotent", "all"};
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, words, 2, &index)) {
        *(bool *)target = index == 1;
    }
}

static SCHEMA_READER(read_retry)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct client_settings, retry_attempts, "attempts", schema_count), .min = 1,
         .max = RETRY_ATTEMPTS_MAX},
        {SCHEMA_FIELD(struct client_settings, retry_all_methods, "methods", read_retry_methods),
         .only = IN_RESILIENT},
        {SCHEMA_FIELD(struct client_settings, idempotency_key, "idempotency_key", schema_bool),
         .only = IN_RESILIENT},
        {SCHEMA_FIELD(struct client_settings, retry_budget_ppm, "budget", schema_ratio),
         .only = IN_RESILIENT},
        {SCHEMA_FIELD(struct client_settings, retry_backoff, "backoff", schema_duration),
         .min = NANOS_PER_MS, .only = IN_RESILIENT},
    };
    struct client_target *client = target;
    struct schema schema = {
        .where = "'retry'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .variant = client->variant,
        .variant_name = arena_printf(reader->arena, "the retry of %s", client->variant_name),
    };
    (void)field;
    schema_read(reader, &schema, value, &client->settings);
}

static SCHEMA_READER(read_exec)
{
    struct client_target *client = target;
    take_command(reader, value, field->key, SUBSTITUTE_DIR, &client->settings.exec);
}

static SCHEMA_READER(read_options)
{
    struct client_target *client = target;
    if (value->kind != VALUE_MAP) {
        schema_mismatch(reader, value, field->key, "a mapping, as the client wants it");
        return;
    }
    const char *options = body_json(reader, value, field->key, SUBSTITUTE_DIR);
    client->settings.options = options != NULL ? options : client->settings.options;
}

#define CLIENT_FIELD(member, word, reader_of_value)                                                \
    SCHEMA_FIELD(struct client_target, settings.member, word, reader_of_value)

static const struct schema_field fields[] = {
    {.key = "profile", .read = schema_skip},
    {.key = "exec", .read = read_exec, .only = IN_EXEC},
    {.key = "options", .read = read_options, .only = IN_EXEC},
    {CLIENT_FIELD(direct, "direct", read_url), .only = IN_DIRECT},
    {CLIENT_FIELD(request_deadline, "request_deadline", schema_duration), .min = NANOS_PER_MS,
     .only = IN_RESILIENT | IN_NONE | IN_DIRECT},
    {.key = "attempt_timeout",
     .read = read_attempt_timeout,
     .min = NANOS_PER_MS,
     .only = IN_PROFILES | IN_DIRECT},
    {CLIENT_FIELD(connect_timeout, "connect_timeout", schema_duration), .min = NANOS_PER_MS,
     .only = IN_PROFILES | IN_DIRECT},
    {.key = "order", .read = read_order, .only = IN_RESILIENT | IN_DIRECT | IN_EXEC},
    {CLIENT_FIELD(slow_start, "slow_start", schema_duration), .min = NANOS_PER_MS,
     .only = IN_RESILIENT},
    {.key = "failback", .read = read_failback, .min = 1, .only = IN_RESILIENT},
    {.key = "failover_on", .read = read_failover_on, .only = IN_RESILIENT | IN_APISERVICE},
    {CLIENT_FIELD(eject_after, "eject_after", schema_count), .min = 1, .max = CONSECUTIVE_MAX,
     .only = IN_RESILIENT},
    {CLIENT_FIELD(eject_for, "eject_for", schema_duration), .min = 1, .only = IN_RESILIENT},
    {CLIENT_FIELD(eject_for_max, "eject_for_max", schema_duration), .min = 1, .only = IN_RESILIENT},
    {CLIENT_FIELD(breaker, "breaker", read_breaker), .only = IN_RESILIENT},
    {CLIENT_FIELD(hedge, "hedge", read_hedge), .only = IN_RESILIENT},
    {.key = "health_check", .read = read_health_check, .only = IN_RESILIENT | IN_APISERVICE},
    {.key = "retry", .read = read_retry, .only = IN_RESILIENT | IN_APISERVICE},
    {CLIENT_FIELD(keepalive, "keepalive", schema_bool), .only = IN_PROFILES | IN_DIRECT},
    {CLIENT_FIELD(instances, "instances", schema_count), .min = 1, .max = SCENARIO_CLIENTS_MAX},
};

static bool
read_profile(struct reader *reader, const struct yaml_value *profile, enum client_profile *ret)
{
    size_t index = PROFILE_RESILIENT;
    if (!schema_take_word(reader, profile, "profile", client_profile_words, CLIENT_PROFILES,
                          &index)) {
        return false;
    }
    *ret = (enum client_profile)index;
    return true;
}

/* False if it is not known who the client is: nor is it then which keys it takes. */
static bool
find_client(struct reader *reader, const struct yaml_value *value, enum client_profile *ret)
{
    static const struct {
        const char *key;
        enum client_profile profile;
    } kinds[] = {
        {"profile", PROFILE_RESILIENT}, {"exec", PROFILE_EXEC}, {"direct", PROFILE_DIRECT}};
    const struct yaml_pair *found = NULL;
    for (size_t i = 0; value->kind == VALUE_MAP && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct yaml_pair *pair = yaml_value_pair(value, kinds[i].key);
        if (pair != NULL && found != NULL) {
            schema_complain(reader, pair->key,
                            "a client is one of 'profile', 'exec' and 'direct', not '%s' and '%s'",
                            found->key->text, kinds[i].key);
            return false;
        }
        if (pair != NULL) {
            found = pair;
            *ret = kinds[i].profile;
        }
    }
    bool by_profile = found != NULL && *ret == PROFILE_RESILIENT;
    return !by_profile || read_profile(reader, found->value, ret);
}

static const char *variant_name(struct arena *arena, enum client_profile profile)
{
    switch (profile) {
    case PROFILE_EXEC:
        return "a client by 'exec'";
    case PROFILE_DIRECT:
        return "a client by 'direct'";
    case PROFILE_RESILIENT:
    case PROFILE_APISERVICE:
    case PROFILE_NONE:
        break;
    }
    return arena_printf(arena, "profile '%s'", client_profile_words[profile]);
}

static void check_ejection(struct reader *reader, const struct yaml_value *value)
{
    const struct client_settings *client = &reader->scenario->client;
    const struct yaml_value *wrong = yaml_value_get(value, "eject_for");
    if (client->profile != PROFILE_RESILIENT || client->eject_for <= client->eject_for_max) {
        return;
    }
    char longest[NANOS_TEXT_MAX];
    schema_complain(reader, wrong != NULL ? wrong : yaml_value_get(value, "eject_for_max"),
                    "'eject_for' must be at most 'eject_for_max' (%s)",
                    nanos_text(client->eject_for_max, longest));
}

static void check_breaker(struct reader *reader, const struct yaml_value *value)
{
    const struct yaml_value *eject_after = yaml_value_get(value, "eject_after");
    if (reader->scenario->client.breaker.enabled && eject_after != NULL) {
        schema_complain(reader, eject_after,
                        "'eject_after' would do nothing: 'breaker' says when a node is ejected");
    }
}

/* Where load is spread there is no node to fall back to. */
static void check_order(struct reader *reader, const struct yaml_value *value)
{
    const struct client_settings *client = &reader->scenario->client;
    const struct yaml_value *failback = yaml_value_get(value, "failback");
    if (scenario_client_spreads(client) && failback != NULL) {
        schema_complain(reader, failback, "order '%s' spreads load: it takes no 'failback'",
                        client_order_words[client->order]);
    }
}

void read_client(struct reader *reader, const struct yaml_value *value)
{
    enum client_profile profile = PROFILE_RESILIENT;
    bool known = value == NULL || find_client(reader, value, &profile);
    reader->broken |= known ? 0 : SECTION_CLIENT;
    struct client_target client = {
        .settings = defaults_client(profile, reader->scenario->node_count),
        .variant = known ? 1U << profile : 0,
        .variant_name = variant_name(reader->arena, profile),
    };
    client.settings.at = value != NULL ? value->at : reader->root->at;
    struct schema schema = {
        .where = "'client'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .variant = client.variant,
        .variant_name = client.variant_name,
    };
    bool is_map = value != NULL && schema_read(reader, &schema, value, &client);
    if (profile == PROFILE_NONE && !client.has_attempt_timeout) {
        client.settings.attempt_timeout = client.settings.request_deadline;
    }
    reader->scenario->client = client.settings;
    if (is_map) {
        check_ejection(reader, value);
        check_order(reader, value);
        check_breaker(reader, value);
    }
}
