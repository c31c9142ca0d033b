/* The traffic: its rate, and the mix of requests. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "scenario/write_sections.h"

static void write_headers(struct writing *writing, const struct traffic_request *request)
{
    if (request->header_count == 0) {
        return;
    }
    writing_key(writing, "headers");
    writing_open(writing, "{");
    for (size_t i = 0; i < request->header_count; i++) {
        writing_key(writing, request->headers[i].name);
        writing_text(writing, request->headers[i].value);
    }
    writing_close(writing, "}");
}

static void write_request(struct writing *writing, const struct traffic_request *request)
{
    writing_open(writing, "{");
    writing_key(writing, "method");
    writing_add(writing, http_method_word(request->method));
    writing_key(writing, "path");
    writing_text(writing, request->path);
    if (request->weight != defaults_request.weight) {
        writing_key(writing, "weight");
        writing_printf(writing, "%u", request->weight);
    }
    write_headers(writing, request);
    if (request->body != NULL) {
        writing_key(writing, "body");
        writing_text(writing, request->body);
    }
    if (request->idempotent != http_method_is_idempotent(request->method)) {
        writing_key(writing, "idempotent");
        writing_add(writing, request->idempotent ? "true" : "false");
    }
    writing_close(writing, "}");
}

static bool is_default_mix(const struct traffic *traffic)
{
    const struct traffic_request *request = traffic->requests;
    return traffic->request_count == 1 && request->method == defaults_request.method &&
           request->weight == defaults_request.weight && request->header_count == 0 &&
           request->body == NULL && request->idempotent == defaults_request.idempotent &&
           text_equal(request->path, defaults_request.path);
}

static void write_requests(struct writing *writing, const struct traffic *traffic)
{
    if (is_default_mix(traffic)) {
        return;
    }
    if (traffic->request_count == 0) {
        writing_key(writing, "requests");
        writing_add(writing, "[]");
        return;
    }
    writing_begin(writing, "requests");
    for (size_t i = 0; i < traffic->request_count; i++) {
        writing_add(writing, "\n    - ");
        write_request(writing, &traffic->requests[i]);
    }
    writing_end(writing);
}

static void write_cancel(struct writing *writing, const struct traffic *traffic)
{
    if (traffic->cancel_ppm == 0) {
        return;
    }
    writing_key(writing, "cancel");
    writing_open(writing, "{");
    writing_key(writing, "ratio");
    writing_ratio(writing, traffic->cancel_ppm);
    writing_key(writing, "after");
    writing_duration(writing, traffic->cancel_after);
    writing_close(writing, "}");
}

static void write_stream(struct writing *writing, const struct traffic_stream *stream)
{
    writing_open(writing, "{");
    writing_key(writing, "kind");
    writing_add(writing, stream_kind_words[stream->kind]);
    writing_key(writing, "path");
    writing_text(writing, stream->path);
    if (stream->count != defaults_stream.count) {
        writing_key(writing, "count");
        writing_printf(writing, "%u", stream->count);
    }
    if (stream->interval != defaults_stream.interval) {
        writing_key(writing, "interval");
        writing_duration(writing, stream->interval);
    }
    writing_close(writing, "}");
}

static void write_streams(struct writing *writing, const struct traffic *traffic)
{
    if (traffic->stream_count == 0) {
        return;
    }
    writing_begin(writing, "streams");
    for (size_t i = 0; i < traffic->stream_count; i++) {
        writing_add(writing, "\n    - ");
        write_stream(writing, &traffic->streams[i]);
    }
    writing_end(writing);
}

void write_traffic(struct writing *writing, const struct traffic *traffic)
{
    static const struct written_field fields[] = {
        {WRITTEN_FIELD(struct traffic, slow, "slow", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct traffic, max_in_flight, "max_in_flight", WRITTEN_COUNT)},
    };
    const struct traffic defaults = defaults_traffic();
    writing_begin(writing, "traffic");
    writing_key(writing, "rate");
    writing_rate(writing, traffic->rate_micro);
    writing_fields(writing, fields, sizeof(fields) / sizeof(fields[0]), traffic, &defaults);
    write_cancel(writing, traffic);
    write_requests(writing, traffic);
    write_streams(writing, traffic);
    writing_end(writing);
}
