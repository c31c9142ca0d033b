#include "core/trace.h"

#include "base/check.h"
#include "core/trace_parts.h"

#include <inttypes.h>
#include <string.h>

/* Room for "100.000..130.000" before the words. */
enum { TIME_WIDTH = 16, TIME_BYTES = 64, DIGITS_EXACT = 6, DIGITS_RANGE = 3 };

/* ---- Lines ---- */

/* Seconds, cut to that many digits. */
static void add_seconds(struct text *text, nanos at, int digits)
{
    uint64_t size = at < 0 ? 0 - (uint64_t)at : (uint64_t)at;
    uint64_t unit = digits == DIGITS_EXACT ? NANOS_PER_US : NANOS_PER_MS;

    text_printf(text, "%s%" PRIu64 ".%0*" PRIu64, at < 0 ? "-" : "", size / NANOS_PER_S, digits,
                size % NANOS_PER_S / unit);
}

static void begin(struct story *story, const char *time)
{
    text_init(&story->text, story->bytes, sizeof(story->bytes));
    text_printf(&story->text, "%*s  ", TIME_WIDTH, time);
}

void trace_begin(struct story *story, nanos at)
{
    char bytes[TIME_BYTES];
    struct text time;

    text_init(&time, bytes, sizeof(bytes));
    add_seconds(&time, at, DIGITS_EXACT);
    begin(story, bytes);
}

void trace_begin_range(struct story *story, nanos from, nanos to)
{
    char bytes[TIME_BYTES];
    struct text time;

    text_init(&time, bytes, sizeof(bytes));
    add_seconds(&time, from, DIGITS_RANGE);
    text_add(&time, "..");
    add_seconds(&time, to, DIGITS_RANGE);
    begin(story, bytes);
}

void trace_begin_untimed(struct story *story)
{
    text_init(&story->text, story->bytes, sizeof(story->bytes));
}

/* One event is one line, whatever bytes its names hold. */
void trace_end(struct story *story)
{
    for (size_t i = 0; i < story->text.length; i++) {
        unsigned char byte = (unsigned char)story->bytes[i];
        if (byte < ' ' || byte == 0x7f) {
            story->bytes[i] = '?';
        }
    }
    story->line(story->context, story->bytes);
}

void trace_add_time(struct story *story, nanos at)
{
    if (at == NANOS_NEVER) {
        text_add(&story->text, "never");
    } else {
        add_seconds(&story->text, at, DIGITS_EXACT);
    }
}

void trace_add_length(struct story *story, nanos time)
{
    uint64_t size = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;

    text_printf(&story->text, "%s%" PRIu64 ".%03" PRIu64 " ms", time < 0 ? "-" : "",
                size / NANOS_PER_MS, size % NANOS_PER_MS / NANOS_PER_US);
}

const char *trace_node(const struct story *story, uint16_t node)
{
    return node < story->scenario->node_count ? story->scenario->nodes[node].name : "nobody";
}

const char *trace_fault(const struct story *story, uint32_t fault)
{
    return fault < story->scenario->fault_count ? story->scenario->faults[fault].id : "?";
}

/* ---- Events that are told one by one ---- */

static void add_client(struct story *story, uint16_t client)
{
    if (story->scenario->client.instances > 1) {
        text_printf(&story->text, "client %u: ", client);
    }
}

static bool counts_hits(const struct story *story, uint32_t fault)
{
    return fault < story->scenario->fault_count &&
           fault_kind_counts_hits(story->scenario->faults[fault].kind);
}

static void tell_fault(struct story *story, const struct event *event)
{
    const char *node = trace_node(story, event->node);
    struct text *text = &story->text;

    text_printf(text, "fault %s ", trace_fault(story, event->fault.fault));
    if (event->kind == EVENT_FAULT_PLANNED) {
        text_printf(text, "planned on %s: ", node);
        if (event->fault.fault < story->scenario->fault_count) {
            trace_add_fault(story, &story->scenario->faults[event->fault.fault]);
        }
    } else if (event->kind == EVENT_FAULT_APPLIED) {
        text_printf(text, "applied to %s, which was %s", node,
                    event->fault.was_up ? "up" : "not up");
    } else if (event->kind == EVENT_FAULT_FAILED) {
        text_printf(text, "failed on %s: %s", node, event->fault.text);
    } else {
        text_printf(text, "%s on %s, confirmed by %s",
                    event->kind == EVENT_FAULT_EFFECTIVE ? "effective" : "cleared", node,
                    confirmed_by_word((enum confirmed_by)event->fault.confirmed_by));
        if (event->kind == EVENT_FAULT_CLEARED && counts_hits(story, event->fault.fault)) {
            text_printf(text, ", %" PRIu64 " hits", event->fault.hits);
        }
    }
}

static void tell_node(struct story *story, const struct event *event)
{
    const char *why = event->node_change.why;

    text_printf(&story->text, "node %s is %s%s%s%s", trace_node(story, event->node),
                node_state_word((enum node_state)event->node_change.state),
                event->node_change.planned ? "" : ", unplanned", why[0] != '\0' ? ": " : "", why);
}

static void tell_command(struct story *story, const struct event *event)
{
    add_client(story, event->command.client);
    text_printf(&story->text, "command %s: %s%s%s", trace_fault(story, event->command.fault),
                event->command.done ? "done" : "refused", event->command.why[0] != '\0' ? ", " : "",
                event->command.why);
}

static void tell_alert(struct story *story, const struct event *event)
{
    text_printf(&story->text, "alert %" PRIu32 ": %s %s: %s", event->alert.alert,
                trace_node(story, event->node), event->alert.raised ? "failed" : "is healthy again",
                event->alert.why);
}

static void tell_hook(struct story *story, const struct event *event)
{
    text_printf(&story->text, "hook of alert %" PRIu32 ": %s", event->hook.alert,
                hook_end_word((enum hook_end)event->hook.end));
    if (event->hook.end == HOOK_EXITED) {
        text_printf(&story->text, ", status %u", event->hook.exit_status);
    }
}

static void tell_problem(struct story *story, const struct event *event)
{
    text_printf(&story->text, "problem %s", reason_code((enum reason)event->problem.reason));
    if (event->node != NODE_NONE) {
        text_printf(&story->text, " of %s", trace_node(story, event->node));
    }
    text_printf(&story->text, ": %s", event->problem.text);
}

static void tell_words(struct story *story, const struct event *event)
{
    struct text *text = &story->text;

    switch ((enum event_kind)event->kind) {
    case EVENT_NODE:
        tell_node(story, event);
        return;
    case EVENT_BELIEF:
        add_client(story, event->belief.client);
        text_printf(text, "client believes %s %s: %s", trace_node(story, event->node),
                    belief_word((enum belief)event->belief.belief), event->belief.why);
        return;
    case EVENT_ACTIVE:
        add_client(story, event->client.client);
        text_printf(text, "client prefers %s", trace_node(story, event->node));
        return;
    case EVENT_PANIC:
        add_client(story, event->client.client);
        text_add(text, event->client.on ? "client panics: every node is ejected"
                                        : "client panics no longer");
        return;
    case EVENT_ALERT:
        tell_alert(story, event);
        return;
    case EVENT_ALERT_HOOK:
        tell_hook(story, event);
        return;
    case EVENT_STALL:
        text_add(text, "the harness stood still for ");
        trace_add_length(story, event->turn.lateness);
        return;
    case EVENT_PHASE:
        text_printf(text, "phase %s", phase_word((enum phase)event->phase.phase));
        return;
    case EVENT_COMMAND:
        tell_command(story, event);
        return;
    case EVENT_PROBLEM:
        tell_problem(story, event);
        return;
    case EVENT_LEADER:
        text_printf(text, "%s says that it leads: %s", trace_node(story, event->node),
                    event->leader.text);
        return;
    case EVENT_FAULT_PLANNED:
    case EVENT_FAULT_APPLIED:
    case EVENT_FAULT_EFFECTIVE:
    case EVENT_FAULT_CLEARED:
    case EVENT_FAULT_FAILED:
        tell_fault(story, event);
        return;
    case EVENT_REQUEST:
    case EVENT_ATTEMPT:
    case EVENT_ATTEMPT_END:
    case EVENT_REQUEST_END:
    case EVENT_EXECUTED:
    case EVENT_TURN:
    case EVENT_STATUS:
    case EVENT_STREAM_OPEN:
    case EVENT_STREAM_OPENED:
    case EVENT_STREAM_EVENT:
    case EVENT_STREAM_END:
    case EVENT_CLIENT:
    case EVENT_VERIFIED:
    case EVENT_KINDS:
        break;
    }
    CHECK(false);
}

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
    tell_words(story, event);
    trace_end(story);
}

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
