/* The long-lived callers of the traffic: Server-Sent Events and WebSockets. */
#include "scenario/defaults.h"
#include "scenario/reader.h"

#include <inttypes.h>

#define INTERVAL_MIN (10 * NANOS_PER_MS)
#define INTERVAL_MAX (1 * NANOS_PER_HOUR)

static SCHEMA_READER(read_kind)
{
    enum stream_kind *kind = target;
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, stream_kind_words, STREAM_KINDS, &index)) {
        *kind = (enum stream_kind)index;
    }
}

static void
read_stream(struct reader *reader, const struct yaml_value *value, struct traffic_stream *stream)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct traffic_stream, kind, "kind", read_kind), .required = true},
        {SCHEMA_FIELD(struct traffic_stream, path, "path", read_path), .required = true},
        {SCHEMA_FIELD(struct traffic_stream, count, "count", schema_count), .min = 1,
         .max = SCENARIO_STREAMS_MAX},
        {SCHEMA_FIELD(struct traffic_stream, interval, "interval", schema_duration),
         .min = INTERVAL_MIN, .max = INTERVAL_MAX},
    };
    static const struct schema schema = {
        .where = "a stream",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    (void)schema_read(reader, &schema, value, stream);
}

SCHEMA_READER(read_streams)
{
    struct traffic *traffic = target;
    size_t before = reader->mistakes;
    if (!schema_is_list(reader, value, field->key, "a list of streams", LIST_ITEMS_MAX)) {
        reader->broken |= SECTION_STREAMS;
        return;
    }
    struct traffic_stream *streams =
        ARENA_ARRAY(reader->arena, struct traffic_stream, value->count);
    for (size_t i = 0; i < value->count; i++) {
        streams[i] = defaults_stream;
        read_stream(reader, value->items[i], &streams[i]);
    }
    traffic->streams = streams;
    traffic->stream_count = value->count;
    if (reader->mistakes > before) {
        reader->broken |= SECTION_STREAMS;
        return;
    }
    uint64_t callers = 0;
    for (size_t i = 0; i < value->count; i++) {
        callers += streams[i].count;
    }
    if (callers > SCENARIO_STREAMS_MAX) {
        reader->broken |= SECTION_STREAMS;
        schema_complain(reader, value, "'%s' make %" PRIu64 " streams, at most %d are possible",
                        field->key, callers, SCENARIO_STREAMS_MAX);
    }
}
