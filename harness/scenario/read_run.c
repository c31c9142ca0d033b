/* The keys of a scenario that stand alone: its name, its times, and what is demanded of its
 * outcome. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "scenario/reader.h"

#include <string.h>

#define REPEAT_MAX 10000

static const char *const reason_codes[] = {
#define REASON(name, code, noise) code,
#include "scenario/reasons.def"
#undef REASON
};

#define REASON_CODES (sizeof(reason_codes) / sizeof(reason_codes[0]))

static bool is_name(const char *text)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-";
    size_t length = strnlen(text, SCENARIO_NAME_MAX + 1);
    return length > 0 && length <= SCENARIO_NAME_MAX && strspn(text, alphabet) == length;
}

SCHEMA_READER(read_name)
{
    const char **name = target;
    const char *taken = NULL;
    if (!schema_take_text(reader, value, field->key, &taken)) {
        return;
    }
    if (!is_name(taken)) {
        schema_complain(reader, value, "'%s' must be 1 to %d letters, digits and '-', not %s",
                        field->key, SCENARIO_NAME_MAX, yaml_value_describe(reader->arena, value));
        return;
    }
    *name = taken;
}

static SCHEMA_READER(read_scenario_name)
{
    static const char *const taken[] = {"latest", "index"};

    read_name(reader, field, value, target);
    for (size_t i = 0; value->kind == VALUE_SCALAR && i < sizeof(taken) / sizeof(taken[0]); i++) {
        if (strcmp(value->text, taken[i]) == 0) {
            schema_complain(reader, value,
                            "'%s' is a file of the report folder: choose another name", taken[i]);
        }
    }
}

static SCHEMA_READER(read_schema_id)
{
    (void)target;
    static const char *const ids[] = {"bascule/scenario/1"};
    size_t index = 0;
    schema_take_word(reader, value, field->key, ids, 1, &index);
}

static SCHEMA_READER(read_description)
{
    schema_take_text(reader, value, field->key, target);
}

static SCHEMA_READER(read_seed)
{
    struct scenario *scenario = target;
    bool number = value->kind == VALUE_SCALAR && yaml_value_type(value) == CORE_INT;
    if (!number || !yaml_value_unsigned(value, &scenario->seed)) {
        schema_mismatch(reader, value, field->key, "a whole number below 2^64");
        return;
    }
    scenario->has_seed = true;
}

static bool read_texts(struct reader *reader,
                       const struct schema_field *field,
                       const struct yaml_value *value,
                       const char *const **ret,
                       size_t *ret_count)
{
    if (!schema_is_list(reader, value, field->key, "a list of text", LIST_ITEMS_MAX)) {
        return false;
    }
    const char **texts = ARENA_ARRAY(reader->arena, const char *, value->count);
    size_t count = 0;
    for (size_t i = 0; i < value->count; i++) {
        schema_text(reader, field, value->items[i], &texts[count]);
        count += texts[count] != NULL;
    }
    *ret = texts;
    *ret_count = count;
    return true;
}

static SCHEMA_READER(read_tags)
{
    struct scenario *scenario = target;
    if (value->kind != VALUE_LIST || value->count > LIST_ITEMS_MAX) {
        schema_is_list(reader, value, field->key, "a list of words", LIST_ITEMS_MAX);
        return;
    }
    const char **tags = ARENA_ARRAY(reader->arena, const char *, value->count);
    for (size_t i = 0; i < value->count; i++) {
        read_name(reader, field, value->items[i], &tags[scenario->tag_count]);
        scenario->tag_count += tags[scenario->tag_count] != NULL;
    }
    scenario->tags = tags;
}

static SCHEMA_READER(read_requires)
{
    struct scenario *scenario = target;
    read_texts(reader, field, value, &scenario->requires, &scenario->requires_count);
}

static SCHEMA_READER(read_fails)
{
    struct scenario *scenario = target;
    if (read_texts(reader, field, value, &scenario->known_fails, &scenario->known_fails_count) &&
        value->count == 0) {
        schema_complain(reader, value, "'fails' must name at least one expectation");
    }
}

static SCHEMA_READER(read_known_issue)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct scenario, known_why, "why", schema_text), .required = true},
        {.key = "fails", .read = read_fails, .required = true},
    };
    static const struct schema schema = {
        .where = "'known_issue'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    (void)field;
    schema_read(reader, &schema, value, target);
}

static void read_reason(struct reader *reader,
                        const struct yaml_value *value,
                        const char *reason,
                        struct scenario *scenario)
{
    for (size_t i = 0; i < REASON_CODES; i++) {
        if (strcmp(reason, reason_codes[i]) == 0) {
            scenario->must = MUST_INCONCLUSIVE;
            scenario->must_reason = reason_codes[i];
            return;
        }
    }
    schema_complain(reader, value, "unknown reason %s in 'must'%s",
                    yaml_text_quote(reader->arena, reason),
                    schema_suggest(reader, reason, reason_codes, REASON_CODES));
}

static SCHEMA_READER(read_must)
{
    static const char *const words[] = {"fail", "inconclusive", "inconclusive:REASON"};
    static const char prefix[] = "inconclusive:";
    struct scenario *scenario = target;
    if (yaml_value_is_text(value) && text_has_prefix(value->text, prefix)) {
        read_reason(reader, value, value->text + strlen(prefix), scenario);
        return;
    }
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, words, 3, &index)) {
        scenario->must = index == 0 ? MUST_FAIL : MUST_INCONCLUSIVE;
    }
}

static const struct schema_field fields[] = {
    {.key = "schema", .read = read_schema_id},
    {SCHEMA_FIELD(struct scenario, name, "name", read_scenario_name), .required = true},
    {SCHEMA_FIELD(struct scenario, description, "description", read_description)},
    {.key = "tags", .read = read_tags},
    {.key = "requires", .read = read_requires},
    {.key = "known_issue", .read = read_known_issue},
    {.key = "must", .read = read_must},
    {.key = "seed", .read = read_seed},
    {SCHEMA_FIELD(struct scenario, repeat, "repeat", schema_count), .min = 1, .max = REPEAT_MAX},
    {SCHEMA_FIELD(struct scenario, warmup, "warmup", schema_duration)},
    {SCHEMA_FIELD(struct scenario, duration, "duration", schema_duration), .min = 1},
    {.key = "nodes", .read = schema_skip},
    {.key = "services", .read = schema_skip},
    {.key = "client", .read = schema_skip},
    {.key = "traffic", .read = schema_skip},
    {.key = "faults", .read = schema_skip},
    {.key = "chaos", .read = schema_skip},
    {.key = "leader", .read = schema_skip},
    {.key = "verify", .read = schema_skip},
    {.key = "alerts", .read = schema_skip},
    {.key = "expect", .read = schema_skip},
};

/* Negative while it is not read. */
static void settle(struct reader *reader, const char *key, nanos fallback, nanos *duration)
{
    if (*duration >= 0) {
        return;
    }
    *duration = fallback;
    if (yaml_value_get(reader->root, key) != NULL) {
        reader->broken |= SECTION_RUN;
    }
}

bool read_run(struct reader *reader)
{
    static const struct schema schema = {
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
        .free_prefix = "x-",
    };
    struct scenario *scenario = reader->scenario;
    scenario->description = "";
    scenario->repeat = 1;
    scenario->warmup = -1;
    scenario->duration = -1;
    if (!schema_read(reader, &schema, reader->root, scenario)) {
        return false;
    }
    settle(reader, "warmup", DEFAULTS_WARMUP, &scenario->warmup);
    settle(reader, "duration", DEFAULTS_DURATION, &scenario->duration);
    return true;
}
