/* The traffic: how many requests a second, and from when on a caller is disturbed. */
#include "scenario/defaults.h"
#include "scenario/reader.h"
#include "scenario/units.h"

#define RATE_MAX      1000000
#define IN_FLIGHT_MAX 1000000

static SCHEMA_READER(read_rate)
{
    uint64_t *rate = target;
    int64_t taken = 0;
    if (!yaml_value_is_text(value) || !units_parse_rate(value->text, &taken)) {
        reader->broken |= SECTION_TRAFFIC;
        schema_mismatch(reader, value, field->key, "a rate like 200/s");
        return;
    }
    if (taken > RATE_MAX * RATIO_ONE) {
        reader->broken |= SECTION_TRAFFIC;
        schema_complain(reader, value, "'%s' must be at most %d/s, not %.40s", field->key, RATE_MAX,
                        value->text);
        return;
    }
    *rate = (uint64_t)taken;
}

static SCHEMA_READER(read_requests)
{
    struct traffic *traffic = target;
    if (!schema_is_list(reader, value, field->key, "a list of requests", LIST_ITEMS_MAX)) {
        reader->broken |= SECTION_TRAFFIC;
        return;
    }
    struct traffic_request *requests =
        ARENA_ARRAY(reader->arena, struct traffic_request, value->count);
    traffic->weight_total = 0;
    for (size_t i = 0; i < value->count; i++) {
        requests[i] = defaults_request;
        read_request(reader, value->items[i], &requests[i]);
        traffic->weight_total += requests[i].weight;
    }
    traffic->requests = requests;
    traffic->request_count = value->count;
}

static SCHEMA_READER(read_cancel)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct traffic, cancel_ppm, "ratio", schema_ratio), .required = true},
        {SCHEMA_FIELD(struct traffic, cancel_after, "after", schema_duration), .min = NANOS_PER_MS,
         .required = true},
    };
    static const struct schema schema = {
        .where = "'cancel'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    (void)field;
    schema_read(reader, &schema, value, target);
}

void read_traffic(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct traffic, rate_micro, "rate", read_rate)},
        {SCHEMA_FIELD(struct traffic, slow, "slow", schema_duration), .min = 1},
        {SCHEMA_FIELD(struct traffic, max_in_flight, "max_in_flight", schema_count), .min = 1,
         .max = IN_FLIGHT_MAX},
        {.key = "cancel", .read = read_cancel},
        {.key = "requests", .read = read_requests},
        {.key = "streams", .read = read_streams},
    };
    static const struct schema schema = {
        .where = "'traffic'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct traffic *traffic = &reader->scenario->traffic;
    *traffic = defaults_traffic();
    if (value != NULL) {
        schema_read(reader, &schema, value, traffic);
    }
}
