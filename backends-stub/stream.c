#include "backends-stub/stream.h"

#include "base/check.h"

#include <string.h>

/* ---- which event ---- */

static uint64_t latest(const struct stream *stream, nanos now)
{
    return (uint64_t)(now / stream->interval);
}

static nanos due(const struct stream *stream)
{
    return (nanos)stream->next * stream->interval;
}

static void skip_gone(struct stream *stream, nanos now)
{
    uint64_t last = latest(stream, now);

    if (last >= STREAM_CATCH_UP_MAX && stream->next <= last - STREAM_CATCH_UP_MAX) {
        stream->next = last - STREAM_CATCH_UP_MAX + 1;
    }
}

uint64_t stream_resume(struct stream *stream, uint64_t last_event, nanos now)
{
    uint64_t last = latest(stream, now);

    /* An event that has not been: nothing is missing. */
    stream->next = (last_event < last ? last_event : last) + 1;
    stream->since = now;
    skip_gone(stream, now);
    return stream->next - 1;
}

void stream_open(struct stream *stream,
                 nanos interval,
                 uint64_t last_event,
                 const struct decision *decision,
                 nanos now)
{
    *stream = (struct stream){
        .interval = interval,
        .said_at = now,
        .begin = now,
        .cut = decision->cut,
        .left = decision->after_bytes,
        .rate_bytes = decision->rate_bytes,
    };
    (void)stream_resume(stream, last_event, now);
}

/* ---- when ---- */

static nanos item_due(const struct stream *stream)
{
    return nanos_min(nanos_max(due(stream), stream->since),
                     nanos_add(stream->said_at, STREAM_SILENCE_MAX));
}

/* Of the item that is under way. */
static nanos byte_due(const struct stream *stream)
{
    if (stream->rate_bytes == 0) {
        return stream->begin;
    }
    return nanos_add(stream->begin, trickle_due(stream->sent, stream->rate_bytes));
}

static void end_if_cut(struct stream *stream)
{
    if (stream->phase == STREAM_RUNS && stream->cut != CUT_NONE && stream->left == 0) {
        stream->phase = stream->cut == CUT_STALL ? STREAM_SILENT : STREAM_CLOSED;
    }
}

enum stream_turn stream_turn(struct stream *stream, nanos now)
{
    end_if_cut(stream);
    if (stream->phase != STREAM_RUNS) {
        return STREAM_OVER;
    }
    if (stream->sent < stream->length) {
        return byte_due(stream) <= now ? STREAM_SEND : STREAM_WAIT;
    }
    return item_due(stream) <= now ? STREAM_DECIDE : STREAM_WAIT;
}

nanos stream_wake(const struct stream *stream)
{
    return stream->sent < stream->length ? byte_due(stream) : item_due(stream);
}

/* ---- what of it ---- */

static void take_cut(struct stream *stream, const struct decision *decision)
{
    if (stream->cut == CUT_NONE && decision->cut != CUT_NONE) {
        stream->cut = decision->cut;
        stream->left = decision->after_bytes;
    }
}

int stream_decide(struct stream *stream,
                  const struct decision *decision,
                  nanos now,
                  uint64_t *ret_event)
{
    nanos at = item_due(stream);

    if (decision->answer != DECISION_NORMAL) {
        stream->phase = decision->answer == DECISION_SILENCE ? STREAM_SILENT : STREAM_CLOSED;
        return -1;
    }
    *ret_event = STREAM_EVENT_NONE;
    skip_gone(stream, now);
    if (due(stream) <= now) {
        at = nanos_max(due(stream), stream->since);
        *ret_event = stream->next++;
    }
    stream->said_at = nanos_max(stream->said_at, now);
    take_cut(stream, decision);
    stream->begin = nanos_add(at, decision->delay);
    stream->rate_bytes = decision->rate_bytes;
    if (stream->rate_bytes > 0) {
        stream->begin = nanos_max(stream->begin, now); /* the rate counts from its first byte */
    }
    return 0;
}

void stream_put(struct stream *stream, const char *bytes, size_t length, nanos now)
{
    CHECK(stream->sent == stream->length && length <= sizeof stream->bytes);
    memcpy(stream->bytes, bytes, length);
    stream->length = length;
    stream->sent = 0;
    stream->said_at = nanos_max(stream->begin, now);
}

size_t stream_ready(const struct stream *stream, nanos now, const char **ret)
{
    uint64_t length = stream->length - stream->sent;

    *ret = stream->bytes + stream->sent;
    if (stream->rate_bytes > 0) {
        uint64_t allowed = trickle_allowed(now - stream->begin, stream->rate_bytes) - stream->sent;

        length = allowed < length ? allowed : length;
    }
    if (stream->cut != CUT_NONE && stream->left < length) {
        length = stream->left;
    }
    return (size_t)length;
}

void stream_sent(struct stream *stream, size_t length, nanos now)
{
    CHECK(length <= stream->length - stream->sent);
    stream->sent += length;
    stream->left -= stream->cut != CUT_NONE ? length : 0;
    stream->said_at = nanos_max(stream->said_at, now);
}
