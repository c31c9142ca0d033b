/* The bounds of a random schedule; what comes of them is drawn from the seed, elsewhere. */
#include "base/text.h"
#include "scenario/reader.h"

#define WEIGHT_MAX 1000

/* Who says nothing gets what every kind of node can suffer, without privileges. */
static const uint32_t default_weights[FAULT_KINDS] = {
    [FAULT_KILL] = 1,
    [FAULT_PAUSE] = 1,
    [FAULT_HANG] = 1,
    [FAULT_RESPOND] = 1,
};

static enum fault_kind kind_of(const char *word)
{
    unsigned kind = 0;
    while (kind < FAULT_KINDS && !text_equal(fault_kind_word((enum fault_kind)kind), word)) {
        kind++;
    }
    return (enum fault_kind)kind;
}

static const char *suggest_kind(struct reader *reader, const char *word)
{
    const char *words[FAULT_KINDS];
    size_t count = 0;
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        if (fault_kind_suits_chaos((enum fault_kind)kind)) {
            words[count++] = fault_kind_word((enum fault_kind)kind);
        }
    }
    return schema_suggest(reader, word, words, count);
}

static void read_weight(struct reader *reader, const struct yaml_pair *pair, uint32_t *weights)
{
    const char *word = pair->key->text;
    enum fault_kind kind = kind_of(word);
    if (kind == FAULT_KINDS) {
        schema_complain(reader, pair->key, "unknown fault %s%s",
                        yaml_text_quote(reader->arena, word), suggest_kind(reader, word));
        return;
    }
    if (!fault_kind_suits_chaos(kind)) {
        schema_complain(reader, pair->key, "chaos draws no '%s': it belongs under 'faults'", word);
        return;
    }
    const struct schema_field field = {.key = word, .min = 1, .max = WEIGHT_MAX};
    schema_count(reader, &field, pair->value, &weights[kind]);
}

static SCHEMA_READER(read_weights)
{
    struct chaos *chaos = target;
    if (value->kind != VALUE_MAP) {
        schema_mismatch(reader, value, field->key,
                        "a mapping of kinds to weights like {kill: 2, pause: 1}");
        return;
    }
    if (value->count == 0) {
        schema_complain(reader, value, "'%s' names no kind of fault", field->key);
        return;
    }
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        chaos->weights[kind] = 0;
    }
    for (size_t i = 0; i < value->count; i++) {
        read_weight(reader, &value->pairs[i], chaos->weights);
    }
}

/* Some calm before the end shows that all is well again, where there is time for it. */
static nanos default_until(const struct scenario *scenario)
{
    const nanos calm = 1 * NANOS_PER_S;
    nanos last = scenario->duration - scenario->chaos.heal;
    return last - calm > scenario->chaos.from ? last - calm : last;
}

void read_chaos(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct chaos, from, "from", schema_duration)},
        {SCHEMA_FIELD(struct chaos, until, "until", schema_duration)},
        {SCHEMA_FIELD(struct chaos, every, "every", schema_duration), .min = NANOS_PER_MS},
        {SCHEMA_FIELD(struct chaos, heal, "heal", schema_duration), .min = NANOS_PER_MS},
        {SCHEMA_FIELD(struct chaos, keep_healthy, "keep_healthy", schema_count),
         .max = SCENARIO_NODES_MAX - 1},
        {.key = "faults", .read = read_weights},
    };
    static const struct schema schema = {
        .where = "'chaos'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct chaos *chaos = &reader->scenario->chaos;
    if (value == NULL) {
        return;
    }
    *chaos = (struct chaos){
        .enabled = true,
        .from = 1 * NANOS_PER_S,
        .until = NANOS_NEVER,
        .every = 5 * NANOS_PER_S,
        .heal = 2 * NANOS_PER_S,
        .keep_healthy = 1,
        .at = value->at,
    };
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        chaos->weights[kind] = default_weights[kind];
    }
    schema_read(reader, &schema, value, chaos);
    if (chaos->until == NANOS_NEVER) {
        chaos->until = default_until(reader->scenario);
    }
}
