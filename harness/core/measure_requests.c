#include "core/measure_parts.h"

#include "core/stats.h"

#include <stdlib.h>
#include <string.h>

bool measure_requests_is_success(const struct event *request_end)
{
    return request_end->request_end.outcome == OUTCOME_ANSWER &&
           request_end->request_end.status >= 200 && request_end->request_end.status < 400;
}

static uint16_t known_node(const struct measuring *m, uint16_t node)
{
    return node < m->scenario->node_count ? node : NODE_NONE;
}

/* Ids are given out one by one, so that more ids than events means a damaged journal. */
static bool is_plausible(const struct measuring *m, uint32_t id)
{
    return id < m->journal->count;
}

static struct request_record *record_by_id(const struct measuring *m, uint32_t request)
{
    if (request >= m->request_ids || m->record_of[request] == RECORD_NONE) {
        return NULL;
    }
    return &m->ret->requests[m->record_of[request]];
}

static void read_starts(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_REQUEST];

    m->ret->requests = ARENA_ARRAY(m->arena, struct request_record, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        uint32_t request = list->events[i]->request.request;
        if (is_plausible(m, request) && request >= m->request_ids) {
            m->request_ids = (size_t)request + 1;
        }
    }
    m->record_of = ARENA_ARRAY(m->scratch, uint32_t, m->request_ids + 1);
    memset(m->record_of, 0xff, (m->request_ids + 1) * sizeof(uint32_t));
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        if (event->at < 0 || !is_plausible(m, event->request.request)) {
            continue;
        }
        bool is_sent = event->request.started != NANOS_NEVER;
        m->record_of[event->request.request] = (uint32_t)m->ret->request_count;
        m->ret->requests[m->ret->request_count++] = (struct request_record){
            .due = event->at,
            .started = event->request.started,
            .ended = m->ret->drain_end,
            .request = event->request.request,
            .disturbance = DISTURBANCE_NONE,
            .client = event->request.client,
            .mix = event->request.mix,
            .node = NODE_NONE,
            .outcome = is_sent ? OUTCOME_UNFINISHED : OUTCOME_UNSENT,
        };
    }
}

static void read_ends(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_REQUEST_END];

    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        struct request_record *record = record_by_id(m, event->request_end.request);
        enum outcome outcome = event->request_end.outcome;

        if (record == NULL || record->outcome == OUTCOME_UNSENT || outcome == OUTCOME_UNSENT ||
            outcome == OUTCOME_UNFINISHED) {
            continue;
        }
        record->ended = event->at;
        record->outcome = (uint8_t)outcome;
        record->status = event->request_end.status;
        if (scenario_client_is_seen(&m->scenario->client)) {
            record->node = known_node(m, event->node);
        }
        record->success = measure_requests_is_success(event);
        m->answer_attempt[record - m->ret->requests] = event->request_end.attempt;
    }
}

static void add_attempt(struct measuring *m, const struct event *event)
{
    uint32_t id = event->attempt.attempt;
    struct request_record *record = record_by_id(m, event->attempt.request);
    uint32_t index = record == NULL ? RECORD_NONE : (uint32_t)(record - m->ret->requests);

    m->attempts[id] = (struct attempt){
        .start = event->at,
        .end = NANOS_NEVER,
        .sequence = event->sequence,
        .record = index,
        .next = ATTEMPT_NONE,
        .node = known_node(m, event->node),
        .client = event->attempt.client,
        .purpose = event->attempt.purpose,
        .outcome = OUTCOME_UNFINISHED,
        .known = true,
    };
    if (record != NULL && event->attempt.purpose != PURPOSE_PROBE) {
        m->attempts[id].next = m->first_attempt[index];
        m->first_attempt[index] = id;
        record->attempts = (uint16_t)(record->attempts + (record->attempts < UINT16_MAX));
    }
}

static void read_attempts(struct measuring *m)
{
    const struct event_list *starts = &m->events[EVENT_ATTEMPT];
    const struct event_list *ends = &m->events[EVENT_ATTEMPT_END];

    for (size_t i = 0; i < starts->count; i++) {
        uint32_t id = starts->events[i]->attempt.attempt;
        if (is_plausible(m, id) && id >= m->attempt_count) {
            m->attempt_count = (size_t)id + 1;
        }
    }
    m->attempts = ARENA_ARRAY(m->scratch, struct attempt, m->attempt_count + 1);
    for (size_t i = 0; i < starts->count; i++) {
        if (is_plausible(m, starts->events[i]->attempt.attempt)) {
            add_attempt(m, starts->events[i]);
        }
    }
    for (size_t i = 0; i < ends->count; i++) {
        const struct event *event = ends->events[i];
        uint32_t id = event->attempt_end.attempt;
        if (id < m->attempt_count && m->attempts[id].known) {
            m->attempts[id].end = event->at;
            m->attempts[id].outcome = event->attempt_end.outcome;
            m->attempts[id].status = event->attempt_end.status;
            m->attempts[id].body_hash = event->attempt_end.body_hash;
            m->attempts[id].has_hash = event->attempt_end.outcome == OUTCOME_ANSWER;
        }
    }
}

void measure_requests_read(struct measuring *m)
{
    read_starts(m);
    size_t count = m->ret->request_count;

    m->first_attempt = ARENA_ARRAY(m->scratch, uint32_t, count + 1);
    m->answer_attempt = ARENA_ARRAY(m->scratch, uint32_t, count + 1);
    memset(m->first_attempt, 0xff, (count + 1) * sizeof(uint32_t));
    memset(m->answer_attempt, 0xff, (count + 1) * sizeof(uint32_t));
    read_ends(m);
    if (scenario_client_is_seen(&m->scenario->client)) {
        read_attempts(m);
    } else {
        measure_arrivals_read(m);
    }
}

/* docs/metrics.md, "Dark time". */
static bool is_excused(const struct measuring *m,
                       const struct intervals *dark,
                       const struct request_record *record)
{
    bool is_unsent = record->outcome == OUTCOME_UNSENT;
    bool is_unfinished = record->outcome == OUTCOME_UNFINISHED;
    nanos end = is_unsent ? record->due : record->ended;
    nanos grace = is_unsent || is_unfinished ? 0 : m->scenario->traffic.slow;

    return measure_dark_excuses(dark, end, grace);
}

static void add_disturbed(struct measuring *m, uint32_t index)
{
    const struct request_record *record = &m->ret->requests[index];
    nanos since = measure_dark_advance(measure_dark_of(m, record->mix), record->due,
                                       m->scenario->traffic.slow);

    if (record->outcome == OUTCOME_UNSENT) {
        since = record->due;
    } else if (record->failed) {
        since = nanos_min(since, record->ended);
    }
    m->disturbed[m->disturbed_count++] = (struct disturbed){
        .due = record->due,
        .ended = record->ended,
        .since = since,
        .record = index,
        .disturbance = DISTURBANCE_NONE,
    };
}

static void classify(struct measuring *m, uint32_t index)
{
    struct request_record *record = &m->ret->requests[index];
    const struct intervals *dark = measure_dark_of(m, record->mix);
    nanos slow = m->scenario->traffic.slow;
    nanos life = record->ended - record->due;

    record->cancelled = record->outcome == OUTCOME_CANCELLED;
    record->failed =
        !record->cancelled && !record->success &&
        (record->outcome != OUTCOME_ANSWER || record->status < 200 || record->status >= 500);
    bool is_harmed = record->failed || life > slow;
    record->unavoidable = is_harmed && is_excused(m, dark, record);
    /* Nobody knows what a caller that gave up would have met. */
    if (record->unavoidable || record->cancelled) {
        m->mute_dues[m->mute_count++] = record->due;
    }
    if (!is_harmed || record->unavoidable) {
        return;
    }
    /* What was not excused ended over `slow` after any dark in its life: with the dark taken out it
     * is as slow. */
    record->disturbed = true;
    add_disturbed(m, index);
}

static int by_end(const void *left, const void *right)
{
    nanos a = ((const struct serving *)left)->ended;
    nanos b = ((const struct serving *)right)->ended;

    return (a > b) - (a < b);
}

static void collect_successes(struct measuring *m)
{
    const struct measurement *ret = m->ret;
    size_t nodes = m->scenario->node_count;

    m->successes = ARENA_ARRAY(m->scratch, struct serving *, nodes + 1);
    m->success_counts = ARENA_ARRAY(m->scratch, size_t, nodes + 1);
    for (size_t i = 0; i < ret->request_count; i++) {
        if (ret->requests[i].success && ret->requests[i].node != NODE_NONE) {
            m->success_counts[ret->requests[i].node]++;
        }
    }
    for (size_t node = 0; node < nodes; node++) {
        m->successes[node] = ARENA_ARRAY(m->scratch, struct serving, m->success_counts[node] + 1);
        m->success_counts[node] = 0;
    }
    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        if (record->success && record->node != NODE_NONE) {
            m->successes[record->node][m->success_counts[record->node]++] =
                (struct serving){.started = record->started, .ended = record->ended};
        }
    }
    for (size_t node = 0; node < nodes; node++) {
        qsort(m->successes[node], m->success_counts[node], sizeof *m->successes[node], by_end);
    }
}

void measure_requests_classify(struct measuring *m)
{
    size_t count = m->ret->request_count;

    m->disturbed = ARENA_ARRAY(m->scratch, struct disturbed, count + 1);
    m->mute_dues = ARENA_ARRAY(m->scratch, nanos, count + 1);
    for (size_t i = 0; i < count; i++) {
        classify(m, (uint32_t)i);
    }
    collect_successes(m);
}

size_t measure_requests_first_due(const struct measurement *ret, nanos from)
{
    size_t low = 0;
    size_t high = ret->request_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ret->requests[middle].due < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static size_t first_mute(const struct measuring *m, nanos from)
{
    return stats_below(m->mute_dues, m->mute_count, from);
}

size_t measure_requests_countable(const struct measuring *m, nanos from, nanos to)
{
    if (to <= from) {
        return 0;
    }
    if (m->ret->request_count == 0) {
        return measure_streams_events(m, from, to);
    }
    size_t due = measure_requests_first_due(m->ret, to) - measure_requests_first_due(m->ret, from);
    return due - (first_mute(m, to) - first_mute(m, from));
}
