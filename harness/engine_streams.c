#include "base/check.h"
#include "engine_parts.h"

/* A turn's work is bounded: what is over waits for the next turn. */
#define TURN_STREAMS_MAX 4096

void engine_streams_init(struct engine *engine)
{
    const struct scenario *scenario = engine->scenario;
    uint32_t instances = scenario->client.instances;
    engine->stream_count = scenario_stream_callers(&scenario->traffic);
    if (engine->stream_count == 0) {
        return;
    }
    if (engine->external == NULL) {
        engine->streams = ARENA_ARRAY(engine->arena, struct streams *, instances);
    }
    for (uint16_t client = 0; client < engine_policy_count(engine); client++) {
        engine->streams[client] = streams_new(engine->arena, scenario, engine->policies[client],
                                              client, engine->settings->seed);
    }
    engine->stream_slots = ARENA_ARRAY(engine->arena, struct stream_slot, engine->stream_count);
    for (uint32_t i = 0; i < engine->stream_count; i++) {
        engine->stream_slots[i].opening = OPENING_NONE;
    }
}

static uint16_t client_of(const struct engine *engine, struct stream_ref ref)
{
    return (uint16_t)(ref.stream % engine->scenario->client.instances);
}

/* kind, number, status, outcome, why and dropped are the caller's; the rest is filled in. */
static void record(struct engine *engine, nanos at, struct stream_ref ref, struct event event)
{
    event.at = at;
    event.node = engine->stream_slots[ref.stream].node;
    event.stream.stream = ref.stream;
    event.stream.opening = ref.id;
    event.stream.client = client_of(engine, ref);
    engine_record(engine, event);
}

void engine_stream_open(struct engine *engine, const struct world_stream *stream)
{
    struct stream_slot *slot = &engine->stream_slots[stream->ref.stream];
    struct world_stream told = *stream;
    told.client = client_of(engine, stream->ref);
    CHECK(slot->opening == OPENING_NONE); /* never two live ones of one stream */
    *slot = (struct stream_slot){.opening = stream->ref.id, .node = stream->node};
    nanos at = engine->ops->start_stream(engine->world, &told);
    record(engine, at, stream->ref,
           (struct event){.kind = EVENT_STREAM_OPEN, .stream = {.number = stream->last_event}});
}

static void open_stream(struct engine *engine, const struct stream_output *output)
{
    const struct traffic_stream *what =
        scenario_stream(&engine->scenario->traffic, output->ref.stream);
    const struct world_stream stream = {
        .ref = output->ref,
        .connect_limit = output->open.connect_limit,
        .path = what->path,
        .interval = what->interval,
        .last_event = output->open.last_event,
        .kind = what->kind,
        .node = output->open.node,
    };
    engine_stream_open(engine, &stream);
}

static void
close_stream(struct engine *engine, struct stream_ref ref, enum outcome outcome, const char *why)
{
    struct stream_slot *slot = &engine->stream_slots[ref.stream];
    CHECK(slot->opening == ref.id);
    engine->ops->close_stream(engine->world, ref);
    slot->opening = OPENING_NONE;
    record(engine, engine->ops->now(engine->world), ref,
           (struct event){.kind = EVENT_STREAM_END,
                          .stream = {.why = why, .outcome = (uint8_t)outcome}});
}

static void
step(struct engine *engine, uint16_t client, const struct stream_input *input, nanos seen_at)
{
    struct stream_outputs outputs;
    streams_step(engine->streams[client], engine->now, input, &outputs);
    for (uint32_t i = 0; i < outputs.count; i++) {
        const struct stream_output *output = &outputs.item[i];
        if (output->kind == STREAM_OUTPUT_OPEN) {
            open_stream(engine, output);
        } else if (output->kind == STREAM_OUTPUT_CLOSE) {
            close_stream(engine, output->ref, output->close.outcome, output->close.why);
        } else {
            record(engine, seen_at, output->ref,
                   (struct event){
                       .kind = EVENT_STREAM_EVENT,
                       .stream = {.number = input->number, .dropped = output->event.dropped}});
        }
    }
}

void engine_streams_begin(struct engine *engine)
{
    static const struct stream_input begin = {.kind = STREAM_INPUT_BEGIN};
    if (engine->external != NULL) {
        engine_external_streams_begin(engine);
    }
    for (uint16_t i = 0; engine->streams != NULL && i < engine->scenario->client.instances; i++) {
        step(engine, i, &begin, engine->now);
    }
}

nanos engine_streams_deadline(const struct engine *engine)
{
    nanos until = NANOS_NEVER;
    if (engine->streams == NULL || engine->traffic_over) {
        return until;
    }
    for (uint32_t client = 0; client < engine->scenario->client.instances; client++) {
        until = nanos_min(until, streams_deadline(engine->streams[client]));
    }
    return until;
}

void engine_do_stream_deadlines(struct engine *engine)
{
    static const struct stream_input deadline = {.kind = STREAM_INPUT_DEADLINE};
    uint32_t done = 0;
    if (engine->streams == NULL || engine->traffic_over) {
        return;
    }
    for (uint16_t client = 0; client < engine->scenario->client.instances; client++) {
        while (streams_deadline(engine->streams[client]) <= engine->now &&
               done < TURN_STREAMS_MAX) {
            step(engine, client, &deadline, engine->now);
            done++;
        }
    }
}

void engine_streams_beliefs(struct engine *engine, uint16_t client)
{
    static const struct stream_input beliefs = {.kind = STREAM_INPUT_BELIEFS};
    if (engine->streams != NULL && !engine->traffic_over) {
        step(engine, client, &beliefs, engine->now);
    }
}

static const char *why_ended(const struct occurrence *seen)
{
    if (seen->stream.why != NULL) {
        return seen->stream.why;
    }
    if (seen->stream.outcome != OUTCOME_ANSWER) {
        return outcome_word(seen->stream.outcome);
    }
    return seen->stream.status >= 300 || seen->stream.status == 204 ? "status" : "ended";
}

static void record_seen(struct engine *engine, const struct occurrence *seen)
{
    struct event event = {.kind = EVENT_STREAM_OPENED, .stream = {.status = seen->stream.status}};
    if (seen->kind == OCCURRENCE_STREAM_ENDED) {
        event.kind = EVENT_STREAM_END;
        event.stream.outcome = (uint8_t)seen->stream.outcome;
        event.stream.why = why_ended(seen);
        engine->stream_slots[seen->stream.ref.stream].opening = OPENING_NONE;
    }
    record(engine, seen->at, seen->stream.ref, event);
}

static enum stream_input_kind input_of(enum occurrence_kind kind)
{
    if (kind == OCCURRENCE_STREAM_OPENED) {
        return STREAM_INPUT_OPENED;
    }
    if (kind == OCCURRENCE_STREAM_EVENT) {
        return STREAM_INPUT_EVENT;
    }
    return kind == OCCURRENCE_STREAM_ALIVE ? STREAM_INPUT_ALIVE : STREAM_INPUT_ENDED;
}

void engine_stream_seen(struct engine *engine, const struct occurrence *seen)
{
    struct stream_ref ref = seen->stream.ref;
    const struct stream_input input = {
        .kind = input_of(seen->kind),
        .ref = ref,
        .number = seen->stream.number,
        .retry = seen->stream.retry,
        .status = seen->stream.status,
        .outcome = seen->stream.outcome,
    };
    CHECK(ref.stream < engine->stream_count && engine->stream_slots[ref.stream].opening == ref.id);
    if (engine->external != NULL && seen->node != NODE_NONE) {
        engine->stream_slots[ref.stream].node = seen->node; /* the program may move on its own */
    }
    if (seen->kind == OCCURRENCE_STREAM_OPENED || seen->kind == OCCURRENCE_STREAM_ENDED) {
        record_seen(engine, seen);
    }
    if (engine->external != NULL) {
        if (seen->kind == OCCURRENCE_STREAM_EVENT) {
            record(engine, seen->at, ref,
                   (struct event){.kind = EVENT_STREAM_EVENT,
                                  .stream = {.number = seen->stream.number}});
        }
        return;
    }
    step(engine, client_of(engine, ref), &input, seen->at);
}

void engine_streams_end(struct engine *engine)
{
    for (uint32_t stream = 0; stream < engine->stream_count; stream++) {
        uint32_t opening = engine->stream_slots[stream].opening;
        if (opening != OPENING_NONE) {
            close_stream(engine, (struct stream_ref){.id = opening, .stream = stream},
                         OUTCOME_UNFINISHED, "traffic ended");
        }
    }
}
