/* The planned faults: each is known by the one key that is its kind. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "scenario/reader.h"

#include <string.h>

#define STATUS_MIN      200
#define STATUS_MAX      599
#define RETRY_AFTER_MAX (60 * NANOS_PER_MINUTE)
#define BYTES_MAX       (INT64_C(1) << 30)

#define TAKES(kind) (1U << FAULT_##kind)
#define ALL_KINDS   ((1U << FAULT_KINDS) - 1)

_Static_assert(FAULT_KINDS < 32, "the kinds of faults must fit into the bits of a variant");

/* One fault while it is read; `fault` comes first, so that a field's target is either. */
struct fault_target {
    struct fault fault;
    uint32_t index;
};

static SCHEMA_READER(read_at)
{
    struct fault *fault = &((struct fault_target *)target)->fault;
    const char *gap = yaml_value_is_text(value) ? strstr(value->text, "..") : NULL;
    if (gap == NULL) {
        schema_duration(reader, field, value, &fault->at_from);
        fault->at_to = fault->at_from;
        return;
    }
    nanos from = 0;
    nanos to = 0;
    if (!nanos_parse(value->text, (size_t)(gap - value->text), &from) ||
        !nanos_parse(gap + 2, strlen(gap + 2), &to)) {
        schema_mismatch(reader, value, field->key, "a time like 3s, or a range like 3s..4s");
        return;
    }
    if (to < from) {
        schema_complain(reader, value, "the range ends before it begins");
        return;
    }
    fault->at_from = from;
    fault->at_to = to;
}

static bool take_status(struct reader *reader,
                        const struct schema_field *field,
                        const struct yaml_value *value,
                        struct fault_parameters *parameters)
{
    int64_t status = 0;
    if (!schema_take_count(reader, field, value, &status)) {
        return false;
    }
    parameters->statuses[parameters->status_count++] = (uint16_t)status;
    return true;
}

static SCHEMA_READER(read_status)
{
    struct fault_target *to = target;
    struct fault_parameters parameters = {.status_count = 0};
    if (take_status(reader, field, value, &parameters)) {
        to->fault.parameters.statuses[0] = parameters.statuses[0];
        to->fault.parameters.status_count = 1;
    }
}

static SCHEMA_READER(read_statuses)
{
    struct fault_parameters *parameters = &((struct fault_target *)target)->fault.parameters;
    if (!schema_is_list(reader, value, field->key, "a list of HTTP statuses",
                        SCENARIO_STATUSES_MAX)) {
        return;
    }
    if (value->count == 0) {
        schema_complain(reader, value, "'statuses' is an empty list");
        return;
    }
    parameters->status_count = 0;
    for (size_t i = 0; i < value->count; i++) {
        take_status(reader, field, value->items[i], parameters);
    }
}

static SCHEMA_READER(read_retry_after)
{
    nanos *retry_after = target;
    nanos taken = 0;
    schema_duration(reader, field, value, &taken);
    if (taken % NANOS_PER_S != 0) {
        schema_complain(reader, value, "'%s' is sent in whole seconds", field->key);
        return;
    }
    *retry_after = taken;
}

static SCHEMA_READER(read_fault_target)
{
    (void)field;
    read_target(reader, value, &((struct fault_target *)target)->fault);
}

static SCHEMA_READER(read_fault_expect)
{
    (void)field;
    read_expectations(reader, value, ((struct fault_target *)target)->index);
}

#define FAULT_FIELD(member, word, reader_of_value)                                                 \
    SCHEMA_FIELD(struct fault_target, fault.member, word, reader_of_value)

/* `for` is completed with the kinds that take it, the kind's own key is appended. */
static const struct schema_field common_fields[] = {
    {.key = "at", .read = read_at, .required = true},
    {FAULT_FIELD(hold, "for", schema_duration), .min = 1, .only = ALL_KINDS},
    {FAULT_FIELD(id, "id", read_name)},
    {.key = "expect", .read = read_fault_expect},
    {.key = "status",
     .read = read_status,
     .min = STATUS_MIN,
     .max = STATUS_MAX,
     .only = TAKES(RESPOND) | TAKES(GRAY)},
    {.key = "statuses",
     .read = read_statuses,
     .min = STATUS_MIN,
     .max = STATUS_MAX,
     .only = TAKES(RESPOND)},
    {FAULT_FIELD(parameters.ratio_ppm, "ratio", schema_ratio), .min = 1,
     .only = TAKES(RESPOND) | TAKES(SLOW) | TAKES(CORRUPT)},
    {FAULT_FIELD(parameters.path, "path", read_path), .only = TAKES(RESPOND)},
    {FAULT_FIELD(parameters.retry_after, "retry_after", read_retry_after), .min = 1,
     .max = RETRY_AFTER_MAX, .only = TAKES(RESPOND)},
    {FAULT_FIELD(parameters.after_commit, "after_commit", schema_bool), .only = TAKES(RESPOND)},
    {FAULT_FIELD(parameters.by, "by", schema_duration), .min = 1,
     .only = TAKES(SLOW) | TAKES(DELAY) | TAKES(SLOW_CLOSE)},
    {FAULT_FIELD(parameters.jitter, "jitter", schema_duration),
     .only = TAKES(SLOW) | TAKES(DELAY) | TAKES(SLOW_CLOSE)},
    {FAULT_FIELD(parameters.after_bytes, "after_bytes", schema_size), .max = BYTES_MAX,
     .only = TAKES(STALL) | TAKES(TRUNCATE) | TAKES(RESET)},
    {FAULT_FIELD(parameters.rate_bytes, "rate", schema_byte_rate), .min = 1, .max = BYTES_MAX,
     .only = TAKES(TRICKLE) | TAKES(THROTTLE)},
    {FAULT_FIELD(parameters.of_ppm, "of", schema_ratio), .min = 1,
     .only = TAKES(RESET) | TAKES(DELAY) | TAKES(THROTTLE) | TAKES(CORRUPT) | TAKES(SLOW_CLOSE) |
             TAKES(BLACKHOLE)},
    {FAULT_FIELD(parameters.direction, "direction", read_direction),
     .only = TAKES(BLACKHOLE) | TAKES(PARTITION)},
    {.key = "groups", .read = schema_skip, .only = TAKES(PARTITION)},
    {FAULT_FIELD(parameters.every, "every", schema_duration), .min = 1, .only = TAKES(FLAP)},
    {FAULT_FIELD(parameters.down, "down", schema_duration), .min = 1, .only = TAKES(FLAP)},
    {FAULT_FIELD(parameters.how, "how", read_flap_how), .only = TAKES(FLAP)},
};

#define COMMON_FIELDS (sizeof(common_fields) / sizeof(common_fields[0]))
#define FOR_FIELD     1

static bool is_common(const char *key)
{
    for (size_t i = 0; i < COMMON_FIELDS; i++) {
        if (strcmp(common_fields[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static enum fault_kind kind_of(const char *key)
{
    size_t count = 0;
    const char *const *words = fault_kind_words(&count);
    size_t kind = 0;
    while (kind < count && strcmp(words[kind], key) != 0) {
        kind++;
    }
    return (enum fault_kind)kind;
}

/* The key that was meant to be the kind: the one that is near a kind, else the first that is
 * nothing else. */
static const struct yaml_value *find_misspelt_kind(const struct yaml_value *value)
{
    size_t count = 0;
    const char *const *words = fault_kind_words(&count);
    const struct yaml_value *first = NULL;
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_value *key = value->pairs[i].key;
        if (is_common(key->text)) {
            continue;
        }
        if (text_nearest(key->text, words, count) != NULL) {
            return key;
        }
        first = first != NULL ? first : key;
    }
    return first;
}

static void complain_about_kind(struct reader *reader,
                                const struct yaml_value *value,
                                const struct yaml_value *key)
{
    size_t count = 0;
    const char *const *words = fault_kind_words(&count);
    if (key == NULL) {
        schema_complain(reader, value,
                        "a fault needs a kind with its target, like 'kill: primary'");
        return;
    }
    schema_complain(reader, key, "unknown fault %s%s", yaml_text_quote(reader->arena, key->text),
                    schema_suggest(reader, key->text, words, count));
}

/* The pair whose key is the kind. Without one the kind is FAULT_KINDS and the pair, if any, a
 * misspelt one. */
static const struct yaml_value *
find_kind(struct reader *reader, const struct yaml_value *value, enum fault_kind *ret)
{
    const struct yaml_value *found = NULL;
    *ret = FAULT_KINDS;
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_value *key = value->pairs[i].key;
        enum fault_kind kind = kind_of(key->text);
        if (kind == FAULT_KINDS) {
            continue;
        }
        if (found != NULL) {
            schema_complain(reader, key, "a fault has one kind: '%s' and '%s' are two faults",
                            found->text, key->text);
            *ret = FAULT_KINDS;
            return found;
        }
        found = key;
        *ret = kind;
    }
    if (found == NULL) {
        found = find_misspelt_kind(value);
        complain_about_kind(reader, value, found);
    }
    return found;
}

static unsigned kinds_that_take_for(void)
{
    unsigned kinds = 0;
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        kinds |= fault_kind_takes_for((enum fault_kind)kind) ? 1U << kind : 0;
    }
    return kinds;
}

static size_t add_kind_fields(struct schema_field *fields,
                              size_t count,
                              const struct yaml_value *value,
                              const struct yaml_value *kind_key,
                              bool known)
{
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_value *key = value->pairs[i].key;
        bool is_kind = key == kind_key || kind_of(key->text) != FAULT_KINDS;
        if (is_kind && count < SCHEMA_FIELDS_MAX) {
            fields[count++] = (struct schema_field){
                .key = key->text,
                .read = known ? read_fault_target : schema_skip,
            };
        }
    }
    return count;
}

/* A fault of unknown or double kind is read as far as all kinds agree; its other keys belong to who
 * knows what. */
static void read_fields(struct reader *reader,
                        const struct yaml_value *value,
                        const struct yaml_value *kind_key,
                        struct fault_target *to)
{
    bool known = to->fault.kind != FAULT_KINDS;
    struct schema_field fields[SCHEMA_FIELDS_MAX];
    memcpy(fields, common_fields, sizeof(common_fields));
    fields[FOR_FIELD].only = kinds_that_take_for();
    const char *word = known ? fault_kind_word(to->fault.kind) : "a fault";
    struct schema schema = {
        .where = known ? arena_printf(reader->arena, "'%s'", word) : word,
        .fields = fields,
        .field_count = add_kind_fields(fields, COMMON_FIELDS, value, kind_key, known),
        .variant = known ? 1U << to->fault.kind : ALL_KINDS,
        .free_prefix = known ? NULL : "",
    };
    schema.variant_name = schema.where;
    schema_read(reader, &schema, value, to);
}

static void
read_fault(struct reader *reader, const struct yaml_value *value, uint32_t index, struct fault *ret)
{
    struct fault_target to = {.fault = {.hold = NANOS_NEVER}, .index = index};
    to.fault.source = value->at;
    *ret = to.fault;
    if (value->kind != VALUE_MAP) {
        schema_mismatch(reader, value, "faults", "a list of mappings like {at: 3s, kill: primary}");
        return;
    }
    const struct yaml_value *kind_key = find_kind(reader, value, &to.fault.kind);
    to.fault.parameters = scenario_fault_defaults(to.fault.kind);
    read_fields(reader, value, kind_key, &to);
    if (to.fault.kind == FAULT_KINDS) {
        to.fault.kind = FAULT_KILL;
    } else {
        read_parameters_finish(reader, value, kind_key, &to.fault);
    }
    if (kind_key != NULL) {
        to.fault.source = kind_key->at;
    }
    *ret = to.fault;
}

static void name_faults(struct reader *reader)
{
    struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        struct fault *fault = &scenario->faults[i];
        if (fault->id == NULL) {
            fault->id = defaults_fault_id(reader->arena, fault->kind, i);
        }
    }
}

void read_faults(struct reader *reader, const struct yaml_value *value)
{
    struct scenario *scenario = reader->scenario;
    if (value == NULL ||
        !schema_is_list(reader, value, "faults", "a list ([] for none)", SCENARIO_FAULTS_MAX)) {
        return;
    }
    scenario->faults = ARENA_ARRAY(reader->arena, struct fault, value->count);
    scenario->fault_count = value->count;
    for (size_t i = 0; i < value->count; i++) {
        read_fault(reader, value->items[i], (uint32_t)i, &scenario->faults[i]);
    }
    name_faults(reader);
}
