#include "invariants_parts.h"

#include "backends-stub/stream.h"
#include "base/check.h"
#include "core/client/streams.h"

#include <inttypes.h>
#include <string.h>

/* After the last trouble: what is on its way, and nodes that start. */
#define SLACK     (2 * NANOS_PER_S)
/* Fewer waits say nothing of how they are drawn. */
#define WAITS_MIN 16
/* That many standard deviations are no chance any more. */
#define SIGMAS    6

#define STATUS_NO_CONTENT      204
#define STATUS_REQUEST_TIMEOUT 408
#define STATUS_TOO_EARLY       425
#define STATUS_TOO_MANY        429

void streams_init(struct invariants *invariants)
{
    const struct traffic *traffic = &invariants->scenario->traffic;

    invariants->stream_count = scenario_stream_callers(traffic);
    invariants->streams =
        ARENA_ARRAY(invariants->arena, struct stream_model, invariants->stream_count + 1);
    for (uint32_t i = 0; i < invariants->stream_count; i++) {
        invariants->streams[i] = (struct stream_model){
            .interval = scenario_stream(traffic, i)->interval,
            .open_by = NANOS_NEVER,
            .opened_from = LONG_AGO,
            .lost_from = LONG_AGO,
            .event_at = LONG_AGO,
            .displaced_at = NANOS_NEVER,
            .opening = OPENING_NONE,
            .client = (uint16_t)(i % invariants->settings->instances),
        };
    }
}

static void complain(struct invariants *invariants,
                     const char *rule,
                     const struct stream_model *stream,
                     const char *what,
                     uint64_t number)
{
    violated(invariants, rule, stream->client, stream->node, -1, "stream %zu: %s (%" PRIu64 ")",
             (size_t)(stream - invariants->streams), what, number);
}

/* `stream-once`: a stream has one opening at most, which ends once, and tells nothing before or
   afterwards. NULL: it is broken. */
static struct stream_model *live_stream(struct invariants *invariants, const struct event *event)
{
    CHECK(event->stream.stream < invariants->stream_count);
    struct stream_model *stream = &invariants->streams[event->stream.stream];

    if (stream->opening != event->stream.opening || stream->node != event->node) {
        complain(invariants, "stream-once", stream, "that opening is not under way",
                 event->stream.opening);
        return NULL;
    }
    return stream;
}

/* ---- which node ---- */

static bool is_in_rotation(const struct invariants *invariants, uint16_t client, uint16_t node)
{
    return view_of(invariants, client, node)->belief == BELIEF_HEALTHY;
}

static bool
may_open(const struct invariants *invariants, const struct stream_model *stream, uint16_t node)
{
    return !stream->tried[node] && (invariants->clients[stream->client].healthy == 0 ||
                                    is_in_rotation(invariants, stream->client, node));
}

/* The active one, else the first in order that was not asked since the last wait (where load is
   spread they begin in turn); one that is out only where all are. NODE_NONE: it has to wait. */
static uint16_t node_for(const struct invariants *invariants, const struct stream_model *stream)
{
    uint16_t active = invariants->clients[stream->client].active;
    size_t first = active == NODE_NONE ? (size_t)(stream - invariants->streams) : 0;

    if (active != NODE_NONE && is_in_rotation(invariants, stream->client, active) &&
        !stream->tried[active]) {
        return active;
    }
    for (size_t i = 0; i < invariants->node_count; i++) {
        uint16_t node = (uint16_t)((first + i) % invariants->node_count);
        if (may_open(invariants, stream, node)) {
            return node;
        }
    }
    return NODE_NONE;
}

/* `stream-node`: no stream is opened on a node that is out while another one is in rotation.
   `stream-pace`: each node is asked once between two waits. `stream-choice`: in their order. */
static void
check_node(struct invariants *invariants, struct stream_model *stream, const struct event *event)
{
    uint16_t wanted = node_for(invariants, stream);

    if (invariants->clients[stream->client].healthy > 0 &&
        !is_in_rotation(invariants, stream->client, event->node)) {
        complain(invariants, "stream-node", stream, "opened on a node that is out",
                 event->stream.opening);
    }
    if (stream->tried[event->node]) {
        complain(invariants, "stream-pace", stream, "it was there already since its last wait",
                 event->stream.opening);
    }
    if (event->node != wanted) {
        complain(invariants, "stream-choice", stream, "another node is next", wanted);
    }
}

/* ---- waiting ---- */

static void count_wait(struct invariants *invariants, const struct stream_model *stream)
{
    struct wait_model *waits = &invariants->waits;
    double share = (double)(invariants->now - stream->waits_from) / (double)stream->wait_most - 0.5;

    /* One that the end of traffic might have cut would leave out the long ones. */
    if (stream->waits_from + stream->wait_most < invariants->traffic_end) {
        waits->count++;
        waits->sum += share;
        waits->squares += share * share;
    }
}

/* Full jitter: any wait from nothing to the most, which doubles with each in a row. */
static void begin_wait(const struct invariants *invariants, struct stream_model *stream)
{
    nanos most = STREAM_BACKOFF_BASE;

    for (uint32_t i = 0; i < stream->waits && most < STREAM_BACKOFF_MAX; i++) {
        most *= 2;
    }
    stream->waits++;
    stream->wait_most = nanos_min(most, STREAM_BACKOFF_MAX);
    stream->waits_from = invariants->now;
    stream->open_by = invariants->now + stream->wait_most;
    memset(stream->tried, 0, sizeof stream->tried);
}

/* `stream-backoff`: waits are spread evenly over what they may last: their mean and their variance
   are those of full jitter. A figure of the whole run. */
static void check_waits(struct invariants *invariants)
{
    const struct wait_model *waits = &invariants->waits;
    double count = waits->count > 0 ? waits->count : 1;
    double chance = SIGMAS * SIGMAS / count;
    double mean = waits->sum / count;
    double variance_off = waits->squares / count - 1.0 / 12;

    if (waits->count >= WAITS_MIN &&
        (mean * mean > chance / 12 || variance_off * variance_off > chance / 180)) {
        violated(invariants, "stream-backoff", -1, -1, -1,
                 "%.0f waits last %.0f %% of the most on average, with a variance of %.3f", count,
                 100 * (mean + 0.5), variance_off + 1.0 / 12);
    }
}

/* ---- openings ---- */

/* `stream-resume`: it goes on after the last event that its caller got. */
void stream_opens(struct invariants *invariants, const struct event *event)
{
    CHECK(event->stream.stream < invariants->stream_count);
    struct stream_model *stream = &invariants->streams[event->stream.stream];

    if (stream->opening != OPENING_NONE || stream->over || stream->open_by == NANOS_NEVER) {
        complain(invariants, "stream-once", stream,
                 stream->opening != OPENING_NONE ? "another opening is under way" : "it is over",
                 event->stream.opening);
    }
    stream->node = event->node;
    if (event->stream.number != stream->last_event) {
        complain(invariants, "stream-resume", stream, "it has another last event",
                 stream->last_event);
    }
    check_node(invariants, stream, event);
    if (stream->waits_from != NANOS_NEVER) {
        count_wait(invariants, stream);
    }
    stream->opening = event->stream.opening;
    stream->opened = false;
    stream->opened_from = invariants->now;
    stream->life_at = invariants->now;
    stream->first_event_at = NANOS_NEVER;
    stream->tried[event->node] = true;
    stream->open_by = NANOS_NEVER;
}

void stream_opened(struct invariants *invariants, const struct event *event)
{
    struct stream_model *stream = live_stream(invariants, event);

    if (stream == NULL) {
        return;
    }
    if (stream->opened) {
        complain(invariants, "stream-once", stream, "it is told twice", event->stream.opening);
    }
    stream->opened = true;
    stream->life_at = invariants->now;
}

void invariants_stream_alive(struct invariants *invariants, nanos now, uint32_t stream)
{
    CHECK(stream < invariants->stream_count);
    invariants->streams[stream].life_at = now;
}

/* ---- events ---- */

/* `stream-order`: each event once, and none before an earlier one; what the client knows already it
   keeps from its caller, and nothing else. `stream-lost`: none is left out that the nodes kept. */
void stream_event(struct invariants *invariants, const struct event *event)
{
    struct stream_model *stream = live_stream(invariants, event);
    uint64_t number = event->stream.number;

    if (stream == NULL) {
        return;
    }
    if (!stream->opened) {
        complain(invariants, "stream-once", stream, "an event before it is open", number);
    }
    bool known = number <= stream->last_event;
    nanos kept_ns = (nanos)STREAM_CATCH_UP_MAX * stream->interval;
    bool kept = invariants->now - stream->begun_at < kept_ns;

    if (known != event->stream.dropped) {
        complain(invariants, "stream-order", stream,
                 known ? "an event comes once more" : "a new event is kept from its caller",
                 number);
    }
    if (kept && stream->last_event > 0 && number > stream->last_event + 1) {
        complain(invariants, "stream-lost", stream, "events before this one never came", number);
    }
    stream->last_event = known ? stream->last_event : number;
    stream->life_at = invariants->now;
    stream->event_at = invariants->now;
    stream->first_event_at = nanos_min(stream->first_event_at, invariants->now);
}

/* ---- ends ---- */

static nanos silence_of(const struct stream_model *stream)
{
    return nanos_max(STREAM_SILENCE_MIN, STREAM_SILENCE_INTERVALS * stream->interval);
}

static bool is_displaced(const struct invariants *invariants, const struct stream_model *stream)
{
    return stream->opening != OPENING_NONE && invariants->clients[stream->client].healthy > 0 &&
           !is_in_rotation(invariants, stream->client, stream->node);
}

/* `stream-silence`: silence ends an opening, neither early nor late. `stream-moved`: it leaves only
   a node that is out, for one in rotation. */
static void
check_end(struct invariants *invariants, const struct stream_model *stream, enum outcome outcome)
{
    if (outcome == OUTCOME_UNFINISHED) {
        if (invariants->now < invariants->traffic_end) {
            complain(invariants, "stream-once", stream, "it is closed, and traffic goes on", 0);
        }
        return;
    }
    if (outcome == OUTCOME_TIMEOUT && invariants->now < stream->life_at + silence_of(stream)) {
        complain(invariants, "stream-silence", stream, "closed as silent after ms",
                 (uint64_t)((invariants->now - stream->life_at) / NANOS_PER_MS));
    }
    if (outcome == OUTCOME_MOVED && !is_displaced(invariants, stream)) {
        complain(invariants, "stream-moved", stream, "it had to stay where it was",
                 stream->opening);
    }
}

/* The node's last word to this caller. */
static bool is_final(enum outcome outcome, uint16_t status)
{
    bool later =
        status == STATUS_REQUEST_TIMEOUT || status == STATUS_TOO_EARLY || status == STATUS_TOO_MANY;

    return outcome == OUTCOME_ANSWER &&
           (status == STATUS_NO_CONTENT || (status >= 400 && status < 500 && !later));
}

void stream_ends(struct invariants *invariants, const struct event *event)
{
    struct stream_model *stream = live_stream(invariants, event);
    enum outcome outcome = (enum outcome)event->stream.outcome;

    if (stream == NULL) {
        return;
    }
    check_end(invariants, stream, outcome);
    if (outcome != OUTCOME_MOVED && outcome != OUTCOME_UNFINISHED) {
        stream->lost_from = stream->opened_from;
        stream->lost_by = outcome;
    }
    stream->opening = OPENING_NONE;
    stream->waits_from = NANOS_NEVER;
    if (outcome == OUTCOME_UNFINISHED || is_final(outcome, event->stream.status)) {
        stream->over = true;
        return;
    }
    if (invariants->now - stream->first_event_at >= STREAM_STABLE) {
        stream->waits = 0;
        memset(stream->tried, 0, sizeof stream->tried);
        stream->tried[stream->node] = true;
    }
    stream->open_by = invariants->now;
    if (node_for(invariants, stream) == NODE_NONE) {
        begin_wait(invariants, stream);
    }
}

void streams_begin(struct invariants *invariants)
{
    for (uint32_t i = 0; i < invariants->stream_count; i++) {
        invariants->streams[i].begun_at = invariants->now;
        invariants->streams[i].open_by = invariants->now;
        invariants->streams[i].waits_from = NANOS_NEVER;
    }
}

/* `stream-return`: what is opened after the last trouble stays, and delivers. */
static void check_return(struct invariants *invariants, const struct stream_model *stream)
{
    nanos calm_from = nanos_add(invariants->troubled_until, SLACK);
    nanos late_at = nanos_max(stream->event_at, stream->opened_from) + 2 * stream->interval;

    if (stream->lost_from > calm_from) {
        complain(invariants, "stream-return", stream, outcome_word(stream->lost_by),
                 stream->last_event);
    }
    if (stream->opened_from > calm_from && late_at + SLACK < invariants->now) {
        complain(invariants, "stream-return", stream, "nothing came any more after event",
                 stream->last_event);
    }
}

void streams_end(struct invariants *invariants)
{
    for (uint32_t i = 0; i < invariants->stream_count; i++) {
        struct stream_model *stream = &invariants->streams[i];
        if (stream->opening != OPENING_NONE) {
            complain(invariants, "stream-once", stream, "traffic is over, and it is not",
                     stream->opening);
        }
        check_return(invariants, stream);
        stream->over = true;
    }
    check_waits(invariants);
}

/* ---- what must be done by the end of a turn ---- */

/* `stream-idle`: a stream has an opening, unless it waits, and then no longer than it may. */
void streams_checked(struct invariants *invariants)
{
    for (uint32_t i = 0; i < invariants->stream_count; i++) {
        struct stream_model *stream = &invariants->streams[i];
        if (stream->over) {
            continue;
        }
        if (stream->open_by < invariants->now) {
            complain(invariants, "stream-idle", stream, "it had to be opened, after waits",
                     stream->waits);
        }
        if (!is_displaced(invariants, stream)) {
            stream->displaced_at = NANOS_NEVER;
        } else if (stream->displaced_at < invariants->now) {
            complain(invariants, "stream-moved", stream, "it stays on a node that is out",
                     stream->opening);
        } else {
            stream->displaced_at = invariants->now;
        }
        if (stream->opening != OPENING_NONE &&
            invariants->now > stream->life_at + silence_of(stream)) {
            complain(invariants, "stream-silence", stream, "silent for ms",
                     (uint64_t)((invariants->now - stream->life_at) / NANOS_PER_MS));
        }
    }
}
