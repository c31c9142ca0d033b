#include "core/trace_parts.h"

#include <inttypes.h>

/* FNV-1a, as in trace_summary.c, but over numbers: Fowler, Noll, Vo. */
#define WORDS_BASIS UINT64_C(0xcbf29ce484222325)
#define WORDS_PRIME UINT64_C(0x100000001b3)

static uint64_t mix(uint64_t words, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        words = (words ^ (number >> (8 * i) & 0xff)) * WORDS_PRIME;
    }
    return words;
}

static bool is_success(uint8_t outcome, uint16_t status)
{
    return outcome == OUTCOME_ANSWER && status >= 200 && status < 400;
}

static bool is_known(const struct story *story, uint32_t request)
{
    return request < story->request_count;
}

/* ---- What goes into one line ---- */

static uint64_t words_of_request(const struct story *story, const struct event *event)
{
    const struct told_request *request = &story->requests[event->request_end.request];
    uint64_t words = mix(WORDS_BASIS, FOLD_REQUEST);

    words = mix(words, event->node);
    words = mix(words, event->request_end.outcome);
    words = mix(words, event->request_end.status);
    words = mix(words, (uint64_t)request->disturbed * 2 + request->unavoidable);
    for (uint32_t id = request->first_attempt; id != ATTEMPT_NONE; id = story->attempts[id].next) {
        const struct told_attempt *attempt = &story->attempts[id];
        words = mix(words, attempt->node);
        words = mix(words, (uint64_t)attempt->purpose << 8 | attempt->outcome);
        words = mix(words, attempt->status);
    }
    return words;
}

static uint64_t words_of_probe(const struct event *event, uint16_t node)
{
    uint64_t words = mix(mix(WORDS_BASIS, FOLD_PROBE_FAILED), node);

    words = mix(words, event->attempt_end.outcome);
    return mix(words, event->attempt_end.status);
}

/* What an entry of an execution log tells that its request does not: NULL if nothing. */
static const char *execution_words(const struct story *story, const struct event *event)
{
    uint32_t id = event->executed.request;

    if (!is_known(story, id) || !event->executed.executed) {
        return NULL;
    }
    const struct told_request *request = &story->requests[id];
    if (event->at >= request->ended) {
        return "after its end";
    }
    if (request->executions > 1) {
        return "once more";
    }
    return request->outcome == OUTCOME_ANSWER ? NULL : "though no answer came";
}

static struct fold *fold_of(struct story *story, uint64_t words)
{
    for (size_t i = 0; i < story->fold_count; i++) {
        if (story->folds[i].words == words) {
            return &story->folds[i];
        }
    }
    return NULL;
}

static struct fold *
add(struct story *story, const struct event *event, enum fold_kind kind, uint64_t words)
{
    struct fold *fold = fold_of(story, words);

    if (fold == NULL) {
        if (story->fold_count == TRACE_FOLDS_MAX) {
            trace_unfold(story);
        }
        fold = &story->folds[story->fold_count++];
        *fold = (struct fold){.words = words, .kind = kind, .first = event};
    }
    fold->last_at = event->at;
    fold->count++;
    return fold;
}

static void fold_request(struct story *story, const struct event *event)
{
    if (!is_known(story, event->request_end.request)) {
        return;
    }
    nanos latency = event->at - story->requests[event->request_end.request].due;
    struct fold *fold = add(story, event, FOLD_REQUEST, words_of_request(story, event));
    fold->worst = nanos_max(fold->worst, latency);
}

static void fold_attempt(struct story *story, const struct event *event)
{
    uint32_t id = event->attempt_end.attempt;

    if (id >= story->attempt_count || story->attempts[id].purpose != PURPOSE_PROBE) {
        return; /* its request tells of it */
    }
    if (is_success(event->attempt_end.outcome, event->attempt_end.status)) {
        (void)add(story, event, FOLD_PROBE_PASSED, mix(WORDS_BASIS, FOLD_PROBE_PASSED));
    } else {
        (void)add(story, event, FOLD_PROBE_FAILED, words_of_probe(event, story->attempts[id].node));
    }
}

static void fold_execution(struct story *story, const struct event *event)
{
    if (is_known(story, event->executed.request)) {
        story->requests[event->executed.request].executions += event->executed.executed;
    }
    const char *told = execution_words(story, event);
    if (told != NULL) {
        uint64_t words = mix(mix(WORDS_BASIS, FOLD_EXECUTION), event->node);
        words = mix(mix(words, event->executed.method), (uint64_t)told[0]);
        add(story, event, FOLD_EXECUTION, words)->told = told;
    }
}

static void fold_stream(struct story *story, const struct event *event)
{
    uint64_t words = mix(mix(WORDS_BASIS, FOLD_STREAM), event->kind);

    words = mix(mix(words, event->node), event->stream.dropped);
    words = mix(mix(words, event->stream.outcome), event->stream.status);
    const char *why = event->kind == EVENT_STREAM_END ? event->stream.why : "";
    for (; *why != '\0'; why++) {
        words = mix(words, (unsigned char)*why);
    }
    (void)add(story, event, FOLD_STREAM, words);
}

void trace_fold(struct story *story, const struct event *event)
{
    if (event->kind == EVENT_REQUEST_END) {
        fold_request(story, event);
    } else if (event->kind == EVENT_ATTEMPT_END) {
        fold_attempt(story, event);
    } else if (event->kind == EVENT_EXECUTED) {
        fold_execution(story, event);
    } else {
        fold_stream(story, event);
    }
}

/* ---- The lines ---- */

static void add_ending(struct story *story, const struct event *event)
{
    enum outcome outcome = (enum outcome)event->request_end.outcome;
    uint16_t status = event->request_end.status;
    const char *node = trace_node(story, event->node);
    struct text *text = &story->text;

    if (is_success(event->request_end.outcome, status)) {
        text_printf(text, "served by %s", node);
    } else if (outcome == OUTCOME_ANSWER) {
        text_printf(text, "%s %u by %s", status >= 500 ? "failed with" : "answered", status, node);
    } else if (outcome == OUTCOME_UNSENT) {
        text_add(text, "never sent");
    } else if (outcome == OUTCOME_UNFINISHED) {
        text_add(text, "never ended");
    } else if (outcome == OUTCOME_CANCELLED) {
        text_add(text, "given up by its caller");
    } else {
        text_printf(text, "failed: %s", outcome_word(outcome));
    }
}

static void add_attempts(struct story *story, uint32_t first)
{
    const char *separator = ": ";

    for (uint32_t id = first; id != ATTEMPT_NONE; id = story->attempts[id].next) {
        const struct told_attempt *attempt = &story->attempts[id];
        text_printf(&story->text, "%s%s ", separator, trace_node(story, attempt->node));
        if (attempt->outcome == OUTCOME_ANSWER) {
            text_printf(&story->text, "%u", attempt->status);
        } else {
            text_add(&story->text, outcome_word((enum outcome)attempt->outcome));
        }
        if (attempt->purpose == PURPOSE_TRIAL) {
            text_add(&story->text, " (trial)");
        } else if (attempt->purpose == PURPOSE_HEDGE) {
            text_add(&story->text, " (hedge)");
        } else if (attempt->purpose == PURPOSE_LAST_RESORT) {
            text_add(&story->text, " (last resort)");
        }
        separator = ", ";
    }
}

/* Served by the only node that was asked, for an ordinary request. */
static bool is_plain(const struct story *story, const struct event *event)
{
    const struct told_request *request = &story->requests[event->request_end.request];
    uint32_t id = request->first_attempt;

    return id != ATTEMPT_NONE && !request->disturbed && !request->unavoidable &&
           event->request_end.outcome == OUTCOME_ANSWER && event->request_end.status < 500 &&
           story->attempts[id].next == ATTEMPT_NONE &&
           story->attempts[id].purpose == PURPOSE_REQUEST;
}

static void add_what(struct story *story, const struct told_request *request)
{
    const struct traffic *traffic = &story->scenario->traffic;

    if (traffic->request_count > 1 && request->mix < traffic->request_count) {
        const struct traffic_request *what = &traffic->requests[request->mix];
        text_printf(&story->text, " (%s %s)", http_method_word(what->method), what->path);
    }
}

static void tell_requests(struct story *story, const struct fold *fold)
{
    const struct event *event = fold->first;
    uint32_t id = event->request_end.request;
    const struct told_request *request = &story->requests[id];
    bool plain = is_plain(story, event);

    if (fold->count == 1 && !plain) {
        text_printf(&story->text, "request %" PRIu32, id);
        add_what(story, request);
        text_add(&story->text, " ");
    } else {
        text_printf(&story->text, "%" PRIu64 " request%s ", fold->count,
                    fold->count == 1 ? "" : "s");
    }
    add_ending(story, event);
    text_add(&story->text, request->disturbed ? ", disturbed" : "");
    text_add(&story->text, request->unavoidable ? ", unavoidably" : "");
    text_add(&story->text, fold->count == 1 ? ", after " : ", after at most ");
    trace_add_length(story, fold->worst);
    if (!plain) {
        add_attempts(story, request->first_attempt);
    }
}

static void tell_probes(struct story *story, const struct fold *fold)
{
    const struct event *event = fold->first;
    const char *plural = fold->count == 1 ? "" : "s";

    if (fold->kind == FOLD_PROBE_PASSED) {
        text_printf(&story->text, "%" PRIu64 " probe%s passed", fold->count, plural);
        return;
    }
    text_printf(&story->text, "%" PRIu64 " probe%s of %s failed: ", fold->count, plural,
                trace_node(story, story->attempts[event->attempt_end.attempt].node));
    if (event->attempt_end.outcome == OUTCOME_ANSWER) {
        text_printf(&story->text, "%u", event->attempt_end.status);
    } else {
        text_add(&story->text, outcome_word((enum outcome)event->attempt_end.outcome));
    }
}

static void tell_executions(struct story *story, const struct fold *fold)
{
    const struct event *event = fold->first;
    const char *method = http_method_word((enum http_method)event->executed.method);

    if (fold->count == 1) {
        text_printf(&story->text, "request %" PRIu32 " (%s)", event->executed.request, method);
    } else {
        text_printf(&story->text, "%" PRIu64 " requests (%s)", fold->count, method);
    }
    text_printf(&story->text, " executed by %s %s", trace_node(story, event->node), fold->told);
}

static void tell_streams(struct story *story, const struct fold *fold)
{
    const struct event *event = fold->first;
    const char *node = trace_node(story, event->node);
    const char *plural = fold->count == 1 ? "" : "s";
    struct text *text = &story->text;

    if (event->kind == EVENT_STREAM_EVENT) {
        text_printf(text, "%" PRIu64 " stream event%s from %s%s", fold->count, plural, node,
                    event->stream.dropped ? ", known already" : "");
        return;
    }
    if (fold->count == 1) {
        text_printf(text, "stream %" PRIu32 " ", event->stream.stream);
    } else {
        text_printf(text, "%" PRIu64 " streams ", fold->count);
    }
    if (event->kind == EVENT_STREAM_OPENED) {
        text_printf(text, "open on %s", node);
    } else {
        text_printf(text, "ended on %s: %s", node, event->stream.why);
    }
    if (event->kind == EVENT_STREAM_END && event->stream.status != 0) {
        text_printf(text, " (%u)", event->stream.status);
    }
}

void trace_unfold(struct story *story)
{
    for (size_t i = 0; i < story->fold_count; i++) {
        const struct fold *fold = &story->folds[i];
        if (fold->count == 1) {
            trace_begin(story, fold->last_at);
        } else {
            trace_begin_range(story, fold->first->at, fold->last_at);
        }
        if (fold->kind == FOLD_REQUEST) {
            tell_requests(story, fold);
        } else if (fold->kind == FOLD_EXECUTION) {
            tell_executions(story, fold);
        } else if (fold->kind == FOLD_STREAM) {
            tell_streams(story, fold);
        } else {
            tell_probes(story, fold);
        }
        trace_end(story);
    }
    story->fold_count = 0;
}
