#include "core/measure_parts.h"

#include <string.h>

#define EXECUTION_NONE UINT32_MAX

/* The entries of all execution logs, chained by request. */
struct executions {
    const struct event **events;
    uint32_t *first; /* by record */
    uint32_t *next;  /* by entry */
};

static struct executions chain(const struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_EXECUTED];
    struct executions executions = {
        .events = list->events,
        .first = ARENA_ARRAY(m->scratch, uint32_t, m->ret->request_count + 1),
        .next = ARENA_ARRAY(m->scratch, uint32_t, list->count + 1),
    };

    memset(executions.first, 0xff, (m->ret->request_count + 1) * sizeof(uint32_t));
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t request = list->events[i]->executed.request;
        if (request < m->request_ids && m->record_of[request] != RECORD_NONE) {
            uint32_t record = m->record_of[request];
            executions.next[i] = executions.first[record];
            executions.first[record] = i;
        }
    }
    return executions;
}

static uint32_t executed_count(const struct executions *executions, size_t record)
{
    uint32_t count = 0;

    for (uint32_t i = executions->first[record]; i != EXECUTION_NONE; i = executions->next[i]) {
        count += executions->events[i]->executed.executed;
    }
    return count;
}

static bool
is_corrupted(const struct measuring *m, const struct executions *executions, size_t index)
{
    const struct request_record *record = &m->ret->requests[index];
    uint32_t attempt = m->answer_attempt[index];
    bool has_entry = false;

    if (attempt >= m->attempt_count || !m->attempts[attempt].known ||
        !m->attempts[attempt].has_hash) {
        return false;
    }
    for (uint32_t i = executions->first[index]; i != EXECUTION_NONE; i = executions->next[i]) {
        const struct event *event = executions->events[i];
        if (event->node != record->node) {
            continue;
        }
        /* The answer to HEAD has no body to compare. */
        if (event->executed.method == METHOD_HEAD ||
            event->executed.answer_hash == m->attempts[attempt].body_hash) {
            return false;
        }
        has_entry = true;
    }
    return has_entry;
}

static bool is_idempotent(const struct measuring *m, const struct request_record *record)
{
    return record->mix >= m->scenario->traffic.request_count ||
           m->scenario->traffic.requests[record->mix].idempotent;
}

/* Does anybody tell what the answers were when they came? */
static bool answers_are_told(const struct measuring *m)
{
    for (size_t i = 0; i < m->attempt_count; i++) {
        if (m->attempts[i].has_hash) {
            return true;
        }
    }
    return false;
}

/* Acknowledged writes that were not found after the run; absent if it is not known of one. */
static struct figure unverified(const struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_VERIFIED];
    int64_t lost = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (list->events[i]->verified.status == 0) {
            return (struct figure){.state = FIGURE_ABSENT};
        }
        lost += !list->events[i]->verified.found;
    }
    return list->count == 0 ? (struct figure){.state = FIGURE_ABSENT} : figure_of(lost);
}

void measure_executions_fill(struct measuring *m)
{
    struct figure *metrics = m->ret->metrics;
    int64_t duplicates = 0;
    int64_t lost = 0;
    int64_t corrupted = 0;

    if (m->scenario->verify.enabled) {
        metrics[METRIC_LOST] = unverified(m);
    }
    if (!measure_arrivals_testify(m)) {
        return;
    }
    struct executions executions = chain(m);
    for (size_t i = 0; i < m->ret->request_count; i++) {
        const struct request_record *record = &m->ret->requests[i];
        uint32_t count = executed_count(&executions, i);

        duplicates += count > 1 && !is_idempotent(m, record);
        lost += record->success && count == 0;
        corrupted += record->success && is_corrupted(m, &executions, i);
    }
    metrics[METRIC_DUPLICATES] = figure_of(duplicates);
    if (!m->scenario->verify.enabled) {
        metrics[METRIC_LOST] = figure_of(lost);
    }
    if (answers_are_told(m)) {
        metrics[METRIC_CORRUPTED] = figure_of(corrupted);
    }
}
