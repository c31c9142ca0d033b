#include "report/journal_event.h"

#include "base/check.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <string.h>

/* ---- Members: each begins with its comma, `at` comes before all of them. Names are plain words.
 * ---- */

static void add_digits(struct text *line, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_add_bytes(line, digits + at, sizeof(digits) - at);
}

static void add_name(struct text *line, const char *name)
{
    text_add_bytes(line, ",\"", 2);
    text_add(line, name);
    text_add_bytes(line, "\":", 2);
}

static void add_number(struct text *line, const char *name, uint64_t number)
{
    add_name(line, name);
    add_digits(line, number);
}

/* `none` is the value that stands for "not there". */
static void add_index(struct text *line, const char *name, uint32_t index, uint32_t none)
{
    add_name(line, name);
    if (index == none) {
        text_add(line, "null");
    } else {
        add_digits(line, index);
    }
}

static void add_signed(struct text *line, nanos number)
{
    if (number < 0) {
        text_add_bytes(line, "-", 1);
    }
    add_digits(line, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

static void add_time(struct text *line, const char *name, nanos time)
{
    add_name(line, name);
    if (time == NANOS_NEVER) {
        text_add(line, "null");
    } else {
        add_signed(line, time);
    }
}

static void add_bool(struct text *line, const char *name, bool value)
{
    add_name(line, name);
    text_add(line, value ? "true" : "false");
}

/* For the words of our own lists, which need no escaping. */
static void add_word(struct text *line, const char *name, const char *word)
{
    add_name(line, name);
    text_add_bytes(line, "\"", 1);
    text_add(line, word);
    text_add_bytes(line, "\"", 1);
}

static void add_string(struct text *line, const char *name, const char *string)
{
    char cut[JOURNAL_EVENT_STRING_MAX + 1];

    add_name(line, name);
    if (string == NULL) {
        text_add(line, "null");
        return;
    }
    size_t length = strnlen(string, JOURNAL_EVENT_STRING_MAX);
    memcpy(cut, string, length);
    cut[length] = '\0';
    utf8_add_json(line, cut);
}

static void add_hash(struct text *line, const char *name, uint64_t hash)
{
    static const char hexadecimal[] = "0123456789abcdef";
    char digits[16];

    for (size_t i = sizeof(digits); i-- > 0; hash >>= 4) {
        digits[i] = hexadecimal[hash & 0xF];
    }
    add_name(line, name);
    text_add_bytes(line, "\"", 1);
    text_add_bytes(line, digits, sizeof(digits));
    text_add_bytes(line, "\"", 1);
}

/* ---- What each kind of event tells ---- */

static void add_features(struct text *line, unsigned features)
{
    const char *separator = "[";

    add_name(line, "features");
    for (unsigned bit = 0; bit < CLIENT_FEATURES; bit++) {
        if ((features & 1U << bit) != 0) {
            text_printf(line, "%s\"%s\"", separator, client_feature_word(bit));
            separator = ",";
        }
    }
    text_add(line, features == 0 ? "[]" : "]");
}

static void add_request(struct text *line, const struct event *event)
{
    add_number(line, "request", event->request.request);
    add_time(line, "started", event->request.started);
    add_number(line, "client", event->request.client);
    add_number(line, "mix", event->request.mix);
}

static void add_attempt(struct text *line, const struct event *event)
{
    add_number(line, "attempt", event->attempt.attempt);
    add_index(line, "request", event->attempt.request, REQUEST_NONE);
    add_number(line, "client", event->attempt.client);
    add_word(line, "purpose", attempt_purpose_word((enum attempt_purpose)event->attempt.purpose));
}

static void add_attempt_end(struct text *line, const struct event *event)
{
    enum outcome outcome = (enum outcome)event->attempt_end.outcome;

    add_number(line, "attempt", event->attempt_end.attempt);
    add_index(line, "request", event->attempt_end.request, REQUEST_NONE);
    add_number(line, "client", event->attempt_end.client);
    add_word(line, "outcome", outcome_word(outcome));
    add_number(line, "status", event->attempt_end.status);
    add_bool(line, "sent", event->attempt_end.sent);
    add_bool(line, "reused", event->attempt_end.reused);
    if (outcome == OUTCOME_ANSWER) {
        add_hash(line, "body_hash", event->attempt_end.body_hash);
    } else {
        add_string(line, "body_hash", NULL);
    }
}

static void add_request_end(struct text *line, const struct event *event)
{
    add_number(line, "request", event->request_end.request);
    add_index(line, "attempt", event->request_end.attempt, ATTEMPT_NONE);
    add_number(line, "client", event->request_end.client);
    add_word(line, "outcome", outcome_word((enum outcome)event->request_end.outcome));
    add_number(line, "status", event->request_end.status);
    add_number(line, "attempts", event->request_end.attempts);
    if (event->request_end.has_body_hash) {
        add_hash(line, "body_hash", event->request_end.body_hash);
    }
    if (event->request_end.why != NULL) {
        add_string(line, "why", event->request_end.why);
    }
}

static void add_fault(struct text *line, const struct event *event)
{
    enum confirmed_by confirmed_by = (enum confirmed_by)event->fault.confirmed_by;

    add_number(line, "fault", event->fault.fault);
    if (event->kind == EVENT_FAULT_APPLIED) {
        add_bool(line, "was_up", event->fault.was_up);
    }
    if (event->kind == EVENT_FAULT_EFFECTIVE || event->kind == EVENT_FAULT_CLEARED) {
        add_word(line, "confirmed_by", confirmed_by_word(confirmed_by));
    }
    if (event->kind == EVENT_FAULT_CLEARED) {
        add_number(line, "hits", event->fault.hits);
    }
    if (event->kind == EVENT_FAULT_FAILED) {
        if (confirmed_by != CONFIRMED_BY_NOTHING) {
            add_word(line, "confirmed_by", confirmed_by_word(confirmed_by));
        }
        add_string(line, "text", event->fault.text);
    }
}

static void add_node_change(struct text *line, const struct event *event)
{
    add_word(line, "state", node_state_word((enum node_state)event->node_change.state));
    add_bool(line, "planned", event->node_change.planned);
    add_string(line, "why", event->node_change.why);
}

static void add_belief(struct text *line, const struct event *event)
{
    add_number(line, "client", event->belief.client);
    add_word(line, "belief", belief_word((enum belief)event->belief.belief));
    add_string(line, "why", event->belief.why);
}

static void add_status(struct text *line, const struct event *event)
{
    nanos latency = event->status.latency;

    add_number(line, "client", event->status.client);
    add_time(line, "asked", event->status.asked);
    add_word(line, "belief", belief_word((enum belief)event->status.belief));
    add_time(line, "latency", latency == 0 ? NANOS_NEVER : latency);
    add_bool(line, "active", event->status.active);
}

static void add_alert(struct text *line, const struct event *event)
{
    add_number(line, "alert", event->alert.alert);
    add_bool(line, "raised", event->alert.raised);
    add_string(line, "why", event->alert.why);
}

static void add_hook(struct text *line, const struct event *event)
{
    bool exited = event->hook.end == HOOK_EXITED;

    add_number(line, "alert", event->hook.alert);
    add_word(line, "end", hook_end_word((enum hook_end)event->hook.end));
    add_index(line, "status", exited ? event->hook.exit_status : UINT32_MAX, UINT32_MAX);
}

static void add_executed(struct text *line, const struct event *event)
{
    add_time(line, "end", event->executed.end);
    add_index(line, "request", event->executed.request, REQUEST_NONE);
    add_word(line, "method", http_method_word((enum http_method)event->executed.method));
    add_number(line, "status", event->executed.status);
    add_number(line, "incarnation", event->executed.incarnation);
    add_bool(line, "executed", event->executed.executed);
    add_bool(line, "cut", event->executed.cut);
    add_hash(line, "body_hash", event->executed.body_hash);
    add_hash(line, "answer_hash", event->executed.answer_hash);
}

static void add_command(struct text *line, const struct event *event)
{
    add_number(line, "fault", event->command.fault);
    add_number(line, "client", event->command.client);
    add_bool(line, "done", event->command.done);
    add_string(line, "why", event->command.why);
}

static void add_stream(struct text *line, const struct event *event)
{
    add_number(line, "stream", event->stream.stream);
    add_number(line, "opening", event->stream.opening);
    add_number(line, "client", event->stream.client);
    if (event->kind == EVENT_STREAM_OPEN) {
        add_number(line, "last_event", event->stream.number);
    } else if (event->kind == EVENT_STREAM_EVENT) {
        add_number(line, "number", event->stream.number);
        add_bool(line, "dropped", event->stream.dropped);
    } else if (event->kind == EVENT_STREAM_OPENED) {
        add_number(line, "status", event->stream.status);
    } else {
        add_word(line, "outcome", outcome_word((enum outcome)event->stream.outcome));
        add_number(line, "status", event->stream.status);
        add_string(line, "why", event->stream.why);
    }
}

static void add_client(struct text *line, const struct event *event)
{
    add_number(line, "client", event->client.client);
}

static void add_panic(struct text *line, const struct event *event)
{
    add_number(line, "client", event->client.client);
    add_bool(line, "on", event->client.on);
}

static void add_lateness(struct text *line, const struct event *event)
{
    add_time(line, "lateness", event->turn.lateness);
}

static void add_phase(struct text *line, const struct event *event)
{
    add_word(line, "phase", phase_word((enum phase)event->phase.phase));
}

static void add_problem(struct text *line, const struct event *event)
{
    add_word(line, "reason", reason_code((enum reason)event->problem.reason));
    add_string(line, "text", event->problem.text);
}

static void add_program(struct text *line, const struct event *event)
{
    add_number(line, "client", event->program.client);
    add_features(line, event->program.features);
}

static void add_leader(struct text *line, const struct event *event)
{
    add_number(line, "fault", event->leader.fault);
    add_string(line, "text", event->leader.text);
}

static void add_verified(struct text *line, const struct event *event)
{
    add_number(line, "request", event->verified.request);
    add_number(line, "status", event->verified.status);
    add_bool(line, "found", event->verified.found);
}

static void (*const members[EVENT_KINDS])(struct text *line, const struct event *event) = {
    [EVENT_REQUEST] = add_request,
    [EVENT_ATTEMPT] = add_attempt,
    [EVENT_ATTEMPT_END] = add_attempt_end,
    [EVENT_REQUEST_END] = add_request_end,
    [EVENT_FAULT_PLANNED] = add_fault,
    [EVENT_FAULT_APPLIED] = add_fault,
    [EVENT_FAULT_EFFECTIVE] = add_fault,
    [EVENT_FAULT_CLEARED] = add_fault,
    [EVENT_FAULT_FAILED] = add_fault,
    [EVENT_NODE] = add_node_change,
    [EVENT_BELIEF] = add_belief,
    [EVENT_ACTIVE] = add_client,
    [EVENT_PANIC] = add_panic,
    [EVENT_STATUS] = add_status,
    [EVENT_ALERT] = add_alert,
    [EVENT_ALERT_HOOK] = add_hook,
    [EVENT_EXECUTED] = add_executed,
    [EVENT_TURN] = add_lateness,
    [EVENT_STALL] = add_lateness,
    [EVENT_PHASE] = add_phase,
    [EVENT_COMMAND] = add_command,
    [EVENT_PROBLEM] = add_problem,
    [EVENT_STREAM_OPEN] = add_stream,
    [EVENT_STREAM_OPENED] = add_stream,
    [EVENT_STREAM_EVENT] = add_stream,
    [EVENT_STREAM_END] = add_stream,
    [EVENT_CLIENT] = add_program,
    [EVENT_LEADER] = add_leader,
    [EVENT_VERIFIED] = add_verified,
};

void journal_event_add(struct text *line,
                       const struct scenario *scenario,
                       const struct event *event)
{
    CHECK(event->kind < EVENT_KINDS && members[event->kind] != NULL);
    text_add(line, "{\"at\":");
    add_signed(line, event->at);
    add_number(line, "seq", event->sequence);
    add_word(line, "event", event_kind_word((enum event_kind)event->kind));
    if (event->node != NODE_NONE) {
        CHECK(event->node < scenario->process_count);
        add_word(line, "node", scenario->nodes[event->node].name);
    }
    members[event->kind](line, event);
    text_add_bytes(line, "}\n", 2);
}
