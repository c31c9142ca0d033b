#include "core/trace_parts.h"

/* ---- What the lines of a request need to know ---- */

static void count_ids(struct story *story, const struct event *const *events)
{
    for (size_t i = 0; i < story->journal->count; i++) {
        const struct event *event = events[i];
        if (event->kind == EVENT_REQUEST && event->request.request >= story->request_count) {
            story->request_count = (size_t)event->request.request + 1;
        }
        if (event->kind == EVENT_ATTEMPT && event->attempt.attempt >= story->attempt_count) {
            story->attempt_count = (size_t)event->attempt.attempt + 1;
        }
    }
}

static void read_request(struct story *story, const struct event *event)
{
    struct told_request *request = &story->requests[event->request.request];

    request->due = event->at;
    request->mix = event->request.mix;
}

static void read_attempt(struct story *story, const struct event *event)
{
    uint32_t id = event->attempt.attempt;
    uint32_t owner = event->attempt.request;

    story->attempts[id] = (struct told_attempt){
        .start = event->at,
        .end = NANOS_NEVER,
        .next = ATTEMPT_NONE,
        .node = event->node,
        .outcome = OUTCOME_UNFINISHED,
        .purpose = event->attempt.purpose,
    };
    if (owner >= story->request_count) {
        return;
    }
    struct told_request *request = &story->requests[owner];
    if (request->first_attempt == ATTEMPT_NONE) {
        request->first_attempt = id;
    } else {
        story->attempts[request->last_attempt].next = id;
    }
    request->last_attempt = id;
}

static void read_attempt_end(struct story *story, const struct event *event)
{
    if (event->attempt_end.attempt >= story->attempt_count) {
        return;
    }
    struct told_attempt *attempt = &story->attempts[event->attempt_end.attempt];
    attempt->end = event->at;
    attempt->outcome = event->attempt_end.outcome;
    attempt->status = event->attempt_end.status;
}

static void read_request_end(struct story *story, const struct event *event)
{
    if (event->request_end.request < story->request_count) {
        struct told_request *request = &story->requests[event->request_end.request];
        request->ended = event->at;
        request->outcome = event->request_end.outcome;
    }
}

static void read_events(struct story *story, const struct event *const *events)
{
    for (size_t i = 0; i < story->journal->count; i++) {
        const struct event *event = events[i];
        if (event->kind == EVENT_REQUEST) {
            read_request(story, event);
        } else if (event->kind == EVENT_ATTEMPT) {
            read_attempt(story, event);
        } else if (event->kind == EVENT_ATTEMPT_END) {
            read_attempt_end(story, event);
        } else if (event->kind == EVENT_REQUEST_END) {
            read_request_end(story, event);
        }
    }
    for (size_t i = 0; i < story->run->measurement.request_count; i++) {
        const struct request_record *record = &story->run->measurement.requests[i];
        if (record->request < story->request_count) {
            story->requests[record->request].disturbed = record->disturbed;
            story->requests[record->request].unavoidable = record->unavoidable;
        }
    }
}

/* ---- The story ---- */

static void tell(struct story *story, const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_REQUEST: /* its end tells of it */
    case EVENT_ATTEMPT:
    case EVENT_STREAM_OPEN: /* likewise, or that it is open */
    case EVENT_STATUS:      /* beliefs tell more */
    case EVENT_TURN:
    case EVENT_CLIENT:
    case EVENT_VERIFIED: /* after the story */
    case EVENT_KINDS:
        return;
    case EVENT_ATTEMPT_END:
    case EVENT_REQUEST_END:
    case EVENT_EXECUTED:
    case EVENT_STREAM_OPENED:
    case EVENT_STREAM_EVENT:
    case EVENT_STREAM_END:
        trace_fold(story, event);
        return;
    case EVENT_FAULT_PLANNED:
    case EVENT_FAULT_APPLIED:
    case EVENT_FAULT_EFFECTIVE:
    case EVENT_FAULT_CLEARED:
    case EVENT_FAULT_FAILED:
    case EVENT_NODE:
    case EVENT_BELIEF:
    case EVENT_ACTIVE:
    case EVENT_PANIC:
    case EVENT_ALERT:
    case EVENT_ALERT_HOOK:
    case EVENT_STALL:
    case EVENT_PHASE:
    case EVENT_COMMAND:
    case EVENT_PROBLEM:
    case EVENT_LEADER:
        break;
    }
    trace_unfold(story);
    trace_begin(story, event->at);
    trace_add_event(story, event);
    trace_end(story);
}

void trace(struct arena *scratch,
           const struct run_result *run,
           const struct journal *journal,
           void (*line)(void *context, const char *text),
           void *context)
{
    const struct event **events = journal_sorted(journal, scratch);
    struct story *story = ARENA_NEW(scratch, struct story);

    story->run = run;
    story->scenario = run->scenario;
    story->journal = journal;
    story->line = line;
    story->context = context;
    count_ids(story, events);
    story->requests = ARENA_ARRAY(scratch, struct told_request, story->request_count + 1);
    story->attempts = ARENA_ARRAY(scratch, struct told_attempt, story->attempt_count + 1);
    for (size_t i = 0; i < story->request_count; i++) {
        story->requests[i] = (struct told_request){
            .ended = NANOS_NEVER, .first_attempt = ATTEMPT_NONE, .last_attempt = ATTEMPT_NONE};
    }
    read_events(story, events);
    for (size_t i = 0; i < journal->count; i++) {
        tell(story, events[i]);
    }
    trace_unfold(story);
    trace_summary(story);
}
