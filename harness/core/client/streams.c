#include "core/client/streams.h"

#include "base/check.h"
#include "base/prng.h"
#include "core/client/timers.h"

#include <string.h>

/* Of the seed's streams: no other part of a run draws from these. */
#define PRNG_STREAM_STREAMS UINT64_C(0x73747265616d0000)

struct stream {
    const struct traffic_stream *what;
    bool *tried; /* by node: asked since the last wait */
    uint64_t last_event;
    nanos retry;          /* of a browser */
    nanos first_event_at; /* of this opening; NANOS_NEVER: none yet */
    nanos silent_at;      /* of this opening, unless there is a sign of life before */
    uint32_t opening;     /* id; OPENING_NONE: none */
    uint32_t waits;       /* in a row */
    uint16_t node;        /* of this opening, or the last one */
    bool over;
};

struct streams {
    const struct client_settings *settings;
    const struct policy *policy;
    struct stream *items; /* by number / instances */
    struct timers timers; /* by index: opens if there is no opening, else its silence is over */
    struct prng prng;
    struct stream_outputs *outputs; /* of the step that runs */
    nanos now;
    uint32_t count;
    uint32_t instances;
    uint32_t next_opening;
    uint16_t client;
    uint16_t node_count;
};

struct streams *streams_new(struct arena *arena,
                            const struct scenario *scenario,
                            const struct policy *policy,
                            uint16_t client,
                            uint64_t seed)
{
    uint32_t callers = scenario_stream_callers(&scenario->traffic);
    uint32_t instances = scenario->client.instances;
    struct streams *streams = ARENA_NEW(arena, struct streams);

    *streams = (struct streams){
        .settings = &scenario->client,
        .policy = policy,
        .now = INT64_MIN,
        .count = (callers + instances - 1 - client) / instances,
        .instances = instances,
        .next_opening = client,
        .client = client,
        .node_count = (uint16_t)scenario->node_count,
    };
    prng_init(&streams->prng, seed, PRNG_STREAM_STREAMS + client);
    timers_init(&streams->timers, arena, streams->count);
    streams->items = ARENA_ARRAY(arena, struct stream, streams->count + 1);
    for (uint32_t i = 0; i < streams->count; i++) {
        streams->items[i] = (struct stream){
            .what = scenario_stream(&scenario->traffic, client + i * instances),
            .tried = ARENA_ARRAY(arena, bool, streams->node_count),
            .retry = STREAM_BROWSER_RETRY,
            .opening = OPENING_NONE,
            .node = NODE_NONE,
        };
    }
    return streams;
}

nanos streams_deadline(const struct streams *streams)
{
    uint32_t index = 0;

    return timers_first(&streams->timers, &index);
}

static bool is_browser(const struct streams *streams)
{
    return streams->settings->profile != PROFILE_RESILIENT;
}

static struct stream_ref ref_of(const struct streams *streams, uint32_t index)
{
    return (struct stream_ref){
        .id = streams->items[index].opening,
        .stream = streams->client + index * streams->instances,
    };
}

static void add(struct streams *streams, struct stream_output output)
{
    CHECK(streams->outputs->count < STREAM_OUTPUTS_MAX);
    streams->outputs->item[streams->outputs->count++] = output;
}

/* ---- which node ---- */

static bool is_in_rotation(const struct streams *streams, uint16_t node)
{
    return policy_belief(streams->policy, node) == BELIEF_HEALTHY;
}

/* NODE_NONE: all were asked. */
static uint16_t
first_untried(const struct streams *streams, uint32_t index, uint16_t from, bool in_rotation)
{
    const struct stream *stream = &streams->items[index];

    for (uint32_t i = 0; i < streams->node_count; i++) {
        uint16_t node = (uint16_t)((from + i) % streams->node_count);
        if (!stream->tried[node] && (!in_rotation || is_in_rotation(streams, node))) {
            return node;
        }
    }
    return NODE_NONE;
}

static bool any_in_rotation(const struct streams *streams, uint16_t but)
{
    for (uint16_t node = 0; node < streams->node_count; node++) {
        if (node != but && is_in_rotation(streams, node)) {
            return true;
        }
    }
    return false;
}

static uint16_t choose(const struct streams *streams, uint32_t index)
{
    const struct stream *stream = &streams->items[index];
    uint16_t active = policy_active(streams->policy);
    uint32_t number = ref_of(streams, index).stream;

    if (is_browser(streams)) {
        return stream->node != NODE_NONE ? stream->node : active;
    }
    if (active == NODE_NONE) {
        return first_untried(streams, index, (uint16_t)(number % streams->node_count),
                             any_in_rotation(streams, NODE_NONE));
    }
    if (!stream->tried[active] && is_in_rotation(streams, active)) {
        return active;
    }
    return first_untried(streams, index, 0, any_in_rotation(streams, NODE_NONE));
}

/* ---- opening, closing, waiting ---- */

static nanos silence_of(const struct stream *stream)
{
    return nanos_max(STREAM_SILENCE_INTERVALS * stream->what->interval, STREAM_SILENCE_MIN);
}

static bool is_ejected_from(const struct streams *streams, const struct stream *stream)
{
    return stream->opening != OPENING_NONE && !is_browser(streams) &&
           !is_in_rotation(streams, stream->node) && any_in_rotation(streams, stream->node);
}

/* A sign of life: silence counts from now on. */
static void listen(struct streams *streams, uint32_t index)
{
    struct stream *stream = &streams->items[index];

    stream->silent_at = nanos_add(streams->now, silence_of(stream));
    if (!is_browser(streams)) {
        timers_set(&streams->timers, index,
                   is_ejected_from(streams, stream) ? streams->now : stream->silent_at);
    }
}

static void open_on(struct streams *streams, uint32_t index, uint16_t node)
{
    struct stream *stream = &streams->items[index];
    nanos limit = is_browser(streams) ? NANOS_NEVER
                                      : nanos_add(streams->now, streams->settings->connect_timeout);

    stream->node = node;
    stream->tried[node] = true;
    stream->first_event_at = NANOS_NEVER;
    stream->opening = streams->next_opening;
    streams->next_opening += streams->instances;
    add(streams,
        (struct stream_output){
            .kind = STREAM_OUTPUT_OPEN,
            .ref = ref_of(streams, index),
            .open = {.connect_limit = limit, .last_event = stream->last_event, .node = node},
        });
    listen(streams, index);
}

static void forget_tries(const struct streams *streams, struct stream *stream)
{
    memset(stream->tried, 0, streams->node_count * sizeof *stream->tried);
}

static void wait_a_while(struct streams *streams, uint32_t index)
{
    struct stream *stream = &streams->items[index];
    nanos most = STREAM_BACKOFF_BASE;

    for (uint32_t i = 0; i < stream->waits && most < STREAM_BACKOFF_MAX; i++) {
        most *= 2;
    }
    stream->waits++;
    forget_tries(streams, stream);
    timers_set(&streams->timers, index,
               nanos_add(streams->now,
                         prng_between(&streams->prng, 0, nanos_min(most, STREAM_BACKOFF_MAX))));
}

static void open_next(struct streams *streams, uint32_t index)
{
    uint16_t node = choose(streams, index);

    if (node == NODE_NONE) {
        wait_a_while(streams, index);
    } else {
        open_on(streams, index, node);
    }
}

/* The opening is no more. */
static void lose(struct streams *streams, uint32_t index)
{
    struct stream *stream = &streams->items[index];
    bool was_stable = stream->first_event_at != NANOS_NEVER &&
                      streams->now - stream->first_event_at >= STREAM_STABLE;

    stream->opening = OPENING_NONE;
    timers_clear(&streams->timers, index);
    if (was_stable) {
        stream->waits = 0;
        forget_tries(streams, stream);
        stream->tried[stream->node] = true;
    }
}

static void
close_opening(struct streams *streams, uint32_t index, enum outcome outcome, const char *why)
{
    add(streams, (struct stream_output){
                     .kind = STREAM_OUTPUT_CLOSE,
                     .ref = ref_of(streams, index),
                     .close = {.why = why, .outcome = outcome},
                 });
    lose(streams, index);
}

/* ---- inputs ---- */

static struct stream *
stream_of(const struct streams *streams, struct stream_ref ref, uint32_t *ret_index)
{
    *ret_index = ref.stream / streams->instances;
    CHECK(ref.stream % streams->instances == streams->client && *ret_index < streams->count);
    struct stream *stream = &streams->items[*ret_index];
    CHECK(stream->opening == ref.id);
    return stream;
}

static void take_event(struct streams *streams, const struct stream_input *input)
{
    uint32_t index = 0;
    struct stream *stream = stream_of(streams, input->ref, &index);
    bool known = input->number != 0 && input->number <= stream->last_event;

    if (stream->first_event_at == NANOS_NEVER) {
        stream->first_event_at = streams->now;
    }
    if (input->number != 0 && (!known || is_browser(streams))) {
        stream->last_event = input->number;
    }
    add(streams, (struct stream_output){
                     .kind = STREAM_OUTPUT_EVENT,
                     .ref = input->ref,
                     .event = {.dropped = known && !is_browser(streams)},
                 });
    listen(streams, index);
}

static bool is_final(const struct streams *streams,
                     const struct stream *stream,
                     const struct stream_input *ended)
{
    bool said = ended->outcome == OUTCOME_ANSWER;
    uint16_t status = ended->status;

    if (is_browser(streams)) {
        return stream->what->kind == STREAM_WEBSOCKET || (said && status != 200);
    }
    bool later = status == 408 || status == 425 || status == 429;
    return said && (status == 204 || (status >= 400 && status < 500 && !later));
}

static void take_end(struct streams *streams, const struct stream_input *input)
{
    uint32_t index = 0;
    struct stream *stream = stream_of(streams, input->ref, &index);

    lose(streams, index);
    stream->over = is_final(streams, stream, input);
    if (stream->over) {
        return;
    }
    stream->retry = input->retry > 0 ? input->retry : stream->retry;
    if (is_browser(streams)) {
        timers_set(&streams->timers, index, nanos_add(streams->now, stream->retry));
    } else {
        open_next(streams, index);
    }
}

static void take_beliefs(struct streams *streams)
{
    for (uint32_t i = 0; i < streams->count; i++) {
        if (is_ejected_from(streams, &streams->items[i])) {
            timers_set(&streams->timers, i, streams->now);
        }
    }
}

static void take_deadline(struct streams *streams)
{
    uint32_t index = 0;

    if (timers_first(&streams->timers, &index) > streams->now) {
        return;
    }
    const struct stream *stream = &streams->items[index];
    timers_clear(&streams->timers, index);
    if (stream->opening != OPENING_NONE) {
        bool ejected = is_ejected_from(streams, stream);
        if (!ejected && streams->now < stream->silent_at) {
            /* It had to leave, and since then the node is back, or the others are out, too. */
            timers_set(&streams->timers, index, stream->silent_at);
            return;
        }
        close_opening(streams, index, ejected ? OUTCOME_MOVED : OUTCOME_TIMEOUT,
                      ejected ? "ejected" : "silent");
    }
    open_next(streams, index);
}

void streams_step(struct streams *streams,
                  nanos now,
                  const struct stream_input *input,
                  struct stream_outputs *outputs)
{
    uint32_t index = 0;

    CHECK(now >= streams->now);
    streams->now = now;
    streams->outputs = outputs;
    outputs->count = 0;
    switch (input->kind) {
    case STREAM_INPUT_BEGIN:
        for (uint32_t i = 0; i < streams->count; i++) {
            timers_set(&streams->timers, i, now);
        }
        return;
    case STREAM_INPUT_OPENED:
    case STREAM_INPUT_ALIVE:
        (void)stream_of(streams, input->ref, &index);
        listen(streams, index);
        return;
    case STREAM_INPUT_EVENT:
        take_event(streams, input);
        return;
    case STREAM_INPUT_ENDED:
        take_end(streams, input);
        return;
    case STREAM_INPUT_BELIEFS:
        take_beliefs(streams);
        return;
    case STREAM_INPUT_DEADLINE:
        take_deadline(streams);
        return;
    }
}
