/* The digest is FNV-1a of 64 bits (Fowler, Noll, Vo) over the fields of every event, not over its
   bytes: each number as eight bytes, lowest first, each text with its NUL. */
#include "core/trace_parts.h"

#include <string.h>

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static void digest_number(uint64_t *digest, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        *digest = (*digest ^ (number >> (8 * i) & 0xff)) * FNV_PRIME;
    }
}

static void digest_text(uint64_t *digest, const char *text)
{
    for (size_t i = 0; i <= strlen(text); i++) {
        *digest = (*digest ^ (unsigned char)text[i]) * FNV_PRIME;
    }
}

static void digest_numbers(uint64_t *digest, size_t count, const uint64_t *numbers)
{
    for (size_t i = 0; i < count; i++) {
        digest_number(digest, numbers[i]);
    }
}

#define DIGEST(digest, ...)                                                                        \
    digest_numbers((digest), sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),           \
                   (const uint64_t[]){__VA_ARGS__})

static void digest_fault(uint64_t *digest, const struct event *event)
{
    DIGEST(digest, event->fault.fault, event->fault.confirmed_by, event->fault.was_up,
           event->fault.hits);
    if (event->fault.text != NULL) {
        digest_text(digest, event->fault.text);
    }
}

/* Only an answer has one. */
static uint64_t body_hash_of(const struct event *attempt_end)
{
    return attempt_end->attempt_end.outcome == OUTCOME_ANSWER ? attempt_end->attempt_end.body_hash
                                                              : 0;
}

static void digest_traffic(uint64_t *digest, const struct event *event)
{
    if (event->kind == EVENT_REQUEST) {
        DIGEST(digest, (uint64_t)event->request.started, event->request.request,
               event->request.client, event->request.mix);
    } else if (event->kind == EVENT_ATTEMPT) {
        DIGEST(digest, event->attempt.attempt, event->attempt.request, event->attempt.client,
               event->attempt.purpose);
    } else if (event->kind == EVENT_ATTEMPT_END) {
        DIGEST(digest, body_hash_of(event), event->attempt_end.attempt, event->attempt_end.request,
               event->attempt_end.client, event->attempt_end.status, event->attempt_end.outcome,
               event->attempt_end.sent, event->attempt_end.reused);
    } else if (event->kind == EVENT_REQUEST_END) {
        DIGEST(digest, event->request_end.request, event->request_end.attempt,
               event->request_end.status, event->request_end.attempts, event->request_end.client,
               event->request_end.outcome);
    } else {
        DIGEST(digest, (uint64_t)event->executed.end, event->executed.body_hash,
               event->executed.answer_hash, event->executed.request, event->executed.incarnation,
               event->executed.status, event->executed.method, event->executed.executed,
               event->executed.cut);
    }
}

static void digest_stream(uint64_t *digest, const struct event *event)
{
    DIGEST(digest, event->stream.number, event->stream.stream, event->stream.opening,
           event->stream.client, event->stream.status, event->stream.outcome,
           event->stream.dropped);
    if (event->kind == EVENT_STREAM_END) {
        digest_text(digest, event->stream.why);
    }
}

static void digest_alert(uint64_t *digest, const struct event *event)
{
    if (event->kind == EVENT_ALERT_HOOK) {
        DIGEST(digest, event->hook.alert, event->hook.end, event->hook.exit_status);
        return;
    }
    DIGEST(digest, event->alert.alert, event->alert.raised);
    digest_text(digest, event->alert.why);
}

static void digest_question(uint64_t *digest, const struct event *event)
{
    if (event->kind == EVENT_VERIFIED) {
        DIGEST(digest, event->verified.request, event->verified.status, event->verified.found);
        return;
    }
    digest_number(digest, event->leader.fault);
    digest_text(digest, event->leader.text);
}

static void digest_event(uint64_t *digest, const struct event *event)
{
    DIGEST(digest, (uint64_t)event->at, event->sequence, event->node, event->kind);
    switch ((enum event_kind)event->kind) {
    case EVENT_REQUEST:
    case EVENT_ATTEMPT:
    case EVENT_ATTEMPT_END:
    case EVENT_REQUEST_END:
    case EVENT_EXECUTED:
        digest_traffic(digest, event);
        return;
    case EVENT_FAULT_PLANNED:
    case EVENT_FAULT_APPLIED:
    case EVENT_FAULT_EFFECTIVE:
    case EVENT_FAULT_CLEARED:
    case EVENT_FAULT_FAILED:
        digest_fault(digest, event);
        return;
    case EVENT_NODE:
        DIGEST(digest, event->node_change.state, event->node_change.planned);
        digest_text(digest, event->node_change.why);
        return;
    case EVENT_BELIEF:
        DIGEST(digest, event->belief.client, event->belief.belief);
        digest_text(digest, event->belief.why);
        return;
    case EVENT_ACTIVE:
        digest_number(digest, event->client.client);
        return;
    case EVENT_PANIC:
        DIGEST(digest, event->client.client, event->client.on);
        return;
    case EVENT_STATUS:
        DIGEST(digest, (uint64_t)event->status.asked, (uint64_t)event->status.latency,
               event->status.client, event->status.belief, event->status.active);
        return;
    case EVENT_ALERT:
    case EVENT_ALERT_HOOK:
        digest_alert(digest, event);
        return;
    case EVENT_CLIENT:
        DIGEST(digest, event->program.client, event->program.features);
        return;
    case EVENT_LEADER:
    case EVENT_VERIFIED:
        digest_question(digest, event);
        return;
    case EVENT_TURN:
    case EVENT_STALL:
        digest_number(digest, (uint64_t)event->turn.lateness);
        return;
    case EVENT_PHASE:
        digest_number(digest, event->phase.phase);
        return;
    case EVENT_COMMAND:
        DIGEST(digest, event->command.fault, event->command.client, event->command.done);
        digest_text(digest, event->command.why);
        return;
    case EVENT_PROBLEM:
        digest_number(digest, event->problem.reason);
        digest_text(digest, event->problem.text);
        return;
    case EVENT_STREAM_OPEN:
    case EVENT_STREAM_OPENED:
    case EVENT_STREAM_EVENT:
    case EVENT_STREAM_END:
        digest_stream(digest, event);
        return;
    case EVENT_KINDS:
        return;
    }
}

uint64_t trace_digest(const struct journal *journal)
{
    uint64_t digest = FNV_BASIS;

    for (size_t i = 0; i < journal->count; i++) {
        digest_event(&digest, journal_at(journal, i));
    }
    return digest;
}
