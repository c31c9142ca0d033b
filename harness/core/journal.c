#include "core/journal.h"

#include "base/check.h"

_Static_assert(sizeof(struct event) <= 64, "an event is one cache line at most");

static const char *const outcome_words[OUTCOMES] = {
#define OUTCOME(name, word) [OUTCOME_##name] = (word),
#include "core/outcomes.def"
#undef OUTCOME
};

static const struct {
    const char *code;
    bool is_noise;
} reasons[REASONS] = {
#define REASON(name, text, noise) [REASON_##name] = {.code = (text), .is_noise = (noise)},
#include "scenario/reasons.def"
#undef REASON
};

static const char *const event_kind_words[EVENT_KINDS] = {
    [EVENT_REQUEST] = "request",
    [EVENT_ATTEMPT] = "attempt",
    [EVENT_ATTEMPT_END] = "attempt_end",
    [EVENT_REQUEST_END] = "request_end",
    [EVENT_FAULT_PLANNED] = "fault_planned",
    [EVENT_FAULT_APPLIED] = "fault_applied",
    [EVENT_FAULT_EFFECTIVE] = "fault_effective",
    [EVENT_FAULT_CLEARED] = "fault_cleared",
    [EVENT_FAULT_FAILED] = "fault_failed",
    [EVENT_NODE] = "node",
    [EVENT_BELIEF] = "belief",
    [EVENT_ACTIVE] = "active",
    [EVENT_PANIC] = "panic",
    [EVENT_STATUS] = "status",
    [EVENT_ALERT] = "alert",
    [EVENT_ALERT_HOOK] = "alert_hook",
    [EVENT_EXECUTED] = "executed",
    [EVENT_TURN] = "turn",
    [EVENT_STALL] = "stall",
    [EVENT_PHASE] = "phase",
    [EVENT_COMMAND] = "command",
    [EVENT_PROBLEM] = "problem",
    [EVENT_STREAM_OPEN] = "stream_open",
    [EVENT_STREAM_OPENED] = "stream_opened",
    [EVENT_STREAM_EVENT] = "stream_event",
    [EVENT_STREAM_END] = "stream_end",
    [EVENT_CLIENT] = "client",
    [EVENT_LEADER] = "leader",
    [EVENT_VERIFIED] = "verified",
};

static const char *const purpose_words[] = {
    [PURPOSE_REQUEST] = "request",
    [PURPOSE_TRIAL] = "trial",
    [PURPOSE_PROBE] = "probe",
    [PURPOSE_HEDGE] = "hedge",
    [PURPOSE_LAST_RESORT] = "last_resort",
};

static const char *const belief_words[] = {
    [BELIEF_HEALTHY] = "healthy",
    [BELIEF_FAILED] = "failed",
    [BELIEF_PROBING] = "probing",
};

static const char *const node_state_words[] = {
    [NODE_STATE_STARTING] = "starting",
    [NODE_STATE_READY] = "ready",
    [NODE_STATE_STOPPED] = "stopped",
    [NODE_STATE_EXITED] = "exited",
};

static const char *const confirmed_by_words[] = {
    [CONFIRMED_BY_NOTHING] = "nothing", [CONFIRMED_BY_EXIT] = "exit",
    [CONFIRMED_BY_STOPPED] = "stopped", [CONFIRMED_BY_CONTINUED] = "continued",
    [CONFIRMED_BY_STUB] = "stub",       [CONFIRMED_BY_READY] = "ready",
    [CONFIRMED_BY_CLIENT] = "client",   [CONFIRMED_BY_PROXY] = "proxy",
    [CONFIRMED_BY_RULE] = "rule",
};

static const char *const hook_end_words[] = {
    [HOOK_EXITED] = "exited",           [HOOK_SIGNALLED] = "signal",  [HOOK_TIMED_OUT] = "timeout",
    [HOOK_NOT_STARTED] = "not_started", [HOOK_TOO_MANY] = "too_many", [HOOK_CUT] = "cut",
};

static const char *const phase_words[] = {
    [PHASE_TRAFFIC_BEGIN] = "traffic_begin",
    [PHASE_TRAFFIC_END] = "traffic_end",
    [PHASE_DRAIN_END] = "drain_end",
};

static const char *const client_feature_words[CLIENT_FEATURES] = {
    "status", "switch", "reset", "cancel", "streams", "telemetry",
};

static const char *word_at(const char *const *words, size_t count, unsigned index)
{
    CHECK(index < count);
    return words[index];
}

#define WORD(words, index) word_at((words), sizeof(words) / sizeof((words)[0]), (unsigned)(index))

const char *outcome_word(enum outcome outcome)
{
    return WORD(outcome_words, outcome);
}

const char *reason_code(enum reason reason)
{
    CHECK((unsigned)reason < REASONS);
    return reasons[reason].code;
}

bool reason_is_noise(enum reason reason)
{
    CHECK((unsigned)reason < REASONS);
    return reasons[reason].is_noise;
}

const char *event_kind_word(enum event_kind kind)
{
    return WORD(event_kind_words, kind);
}

const char *attempt_purpose_word(enum attempt_purpose purpose)
{
    return WORD(purpose_words, purpose);
}

const char *belief_word(enum belief belief)
{
    return WORD(belief_words, belief);
}

const char *node_state_word(enum node_state state)
{
    return WORD(node_state_words, state);
}

const char *confirmed_by_word(enum confirmed_by confirmed_by)
{
    return WORD(confirmed_by_words, confirmed_by);
}

const char *hook_end_word(enum hook_end end)
{
    return WORD(hook_end_words, end);
}

const char *phase_word(enum phase phase)
{
    return WORD(phase_words, phase);
}

const char *client_feature_word(unsigned bit)
{
    return WORD(client_feature_words, bit);
}

void journal_init(struct journal *journal, struct arena *arena, size_t count_max)
{
    *journal = (struct journal){.arena = arena, .count_max = count_max};
}

/* Only the table of chunks moves when it grows: events stay where they are. */
static void add_chunk(struct journal *journal, size_t index)
{
    if (index == journal->chunk_capacity) {
        size_t capacity = index == 0 ? 64 : index * 2;
        struct event **chunks = ARENA_ARRAY(journal->arena, struct event *, capacity);

        for (size_t i = 0; i < index; i++) {
            chunks[i] = journal->chunks[i];
        }
        journal->chunks = chunks;
        journal->chunk_capacity = capacity;
    }
    journal->chunks[index] = ARENA_ARRAY(journal->arena, struct event, JOURNAL_CHUNK_EVENTS);
}

void journal_append(struct journal *journal, struct event event)
{
    size_t chunk = journal->count / JOURNAL_CHUNK_EVENTS;
    size_t place = journal->count % JOURNAL_CHUNK_EVENTS;

    if (journal->count >= journal->count_max || journal->count >= UINT32_MAX) {
        journal->full = true;
        return;
    }
    if (place == 0) {
        add_chunk(journal, chunk);
    }
    event.sequence = (uint32_t)journal->count;
    journal->chunks[chunk][place] = event;
    journal->count++;
}

const struct event *journal_at(const struct journal *journal, size_t index)
{
    CHECK(index < journal->count);
    return &journal->chunks[index / JOURNAL_CHUNK_EVENTS][index % JOURNAL_CHUNK_EVENTS];
}

struct sort_key {
    nanos at;
    const struct event *event;
};

/* Ties go to the left run, which came earlier. */
static void merge_runs(const struct sort_key *from, struct sort_key *to, size_t middle, size_t end)
{
    size_t left = 0;
    size_t right = middle;

    for (size_t i = 0; i < end; i++) {
        bool take_left = right == end || (left < middle && from[left].at <= from[right].at);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

static size_t run_end(const struct sort_key *keys, size_t begin, size_t count)
{
    size_t end = begin + 1;

    while (end < count && keys[end - 1].at <= keys[end].at) {
        end++;
    }
    return end;
}

/* A natural merge sort: a journal is nearly in order, so there are few runs. Source: Knuth, The Art
   of Computer Programming, volume 3, algorithm 5.2.4N, with merging from left to right only. */
static const struct sort_key *sort_keys(struct sort_key *keys, struct sort_key *spare, size_t count)
{
    for (;;) {
        size_t begin = 0;
        bool merged = false;

        while (begin < count) {
            size_t middle = run_end(keys, begin, count);
            size_t end = middle < count ? run_end(keys, middle, count) : middle;
            merged = merged || end > middle;
            merge_runs(keys + begin, spare + begin, middle - begin, end - begin);
            begin = end;
        }
        if (!merged) {
            return keys;
        }
        struct sort_key *swap = keys;
        keys = spare;
        spare = swap;
    }
}

static bool is_sorted(const struct event *const *events, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (events[i - 1]->at > events[i]->at) {
            return false;
        }
    }
    return true;
}

void journal_sort_events(const struct event **events, size_t count, struct arena *scratch)
{
    if (is_sorted(events, count)) {
        return;
    }
    struct sort_key *keys = ARENA_ARRAY(scratch, struct sort_key, count);
    struct sort_key *spare = ARENA_ARRAY(scratch, struct sort_key, count);

    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct sort_key){.at = events[i]->at, .event = events[i]};
    }
    const struct sort_key *sorted = sort_keys(keys, spare, count);
    for (size_t i = 0; i < count; i++) {
        events[i] = sorted[i].event;
    }
}

const struct event **journal_sorted(const struct journal *journal, struct arena *arena)
{
    const struct event **sorted = ARENA_ARRAY(arena, const struct event *, journal->count + 1);

    for (size_t i = 0; i < journal->count; i++) {
        sorted[i] = journal_at(journal, i);
    }
    journal_sort_events(sorted, journal->count, arena);
    return sorted;
}
