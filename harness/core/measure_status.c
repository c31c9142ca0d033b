/* What clients said of the nodes when they were asked: docs/metrics.md, "What clients say". */
#include "core/measure_status_parts.h"

#define RECORDS_MAX    1000
#define RECORDED_NODES 20000 /* of all records together */

/* ---- The polls ---- */

static uint16_t active_of(const struct poll *poll)
{
    for (size_t i = 0; i < poll->count; i++) {
        if (poll->events[i]->status.active) {
            return poll->events[i]->node;
        }
    }
    return NODE_NONE;
}

static bool belongs(const struct poll *poll, const struct event *event)
{
    return poll->at == event->at && poll->client == event->status.client;
}

static void read_polls(struct polls *polls)
{
    struct measuring *m = polls->m;
    const struct event_list *list = &m->events[EVENT_STATUS];

    polls->items = ARENA_ARRAY(m->scratch, struct poll, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        if (event->at < 0 || event->at >= m->ret->traffic_end ||
            event->node >= m->scenario->node_count) {
            continue;
        }
        if (polls->count == 0 || !belongs(&polls->items[polls->count - 1], event)) {
            polls->items[polls->count++] = (struct poll){
                .events = &list->events[i], .at = event->at, .client = event->status.client};
        }
        polls->items[polls->count - 1].count++;
        polls->clients = event->status.client >= polls->clients ? event->status.client + (size_t)1
                                                                : polls->clients;
    }
    for (size_t i = 0; i < polls->count; i++) {
        polls->items[i].active = active_of(&polls->items[i]);
    }
}

/* ---- For the report ---- */

static bool says_the_same(const struct poll *poll, const struct poll *before)
{
    if (before == NULL || poll->active != before->active || poll->count != before->count) {
        return false;
    }
    for (size_t i = 0; i < poll->count; i++) {
        if (poll->events[i]->node != before->events[i]->node ||
            poll->events[i]->status.belief != before->events[i]->status.belief) {
            return false;
        }
    }
    return true;
}

static void record_poll(struct measuring *m, const struct poll *poll)
{
    struct node_status *nodes = ARENA_ARRAY(m->arena, struct node_status, poll->count);

    for (size_t i = 0; i < poll->count; i++) {
        const struct event *event = poll->events[i];
        nodes[i] = (struct node_status){
            .latency = event->status.latency, .node = event->node, .belief = event->status.belief};
    }
    m->ret->statuses[m->ret->status_count++] = (struct status_record){
        .at = poll->at,
        .client = poll->client,
        .active = poll->active,
        .nodes = nodes,
        .node_count = poll->count,
    };
}

static void record_changes(struct polls *polls)
{
    struct measuring *m = polls->m;
    const struct poll **last = ARENA_ARRAY(m->scratch, const struct poll *, polls->clients + 1);
    size_t most = polls->count < RECORDS_MAX ? polls->count : RECORDS_MAX;
    size_t nodes = 0;

    m->ret->statuses = ARENA_ARRAY(m->arena, struct status_record, most + 1);
    for (size_t i = 0; i < polls->count; i++) {
        const struct poll *poll = &polls->items[i];
        if (!says_the_same(poll, last[poll->client])) {
            nodes += poll->count;
            if (m->ret->status_count < most && nodes <= RECORDED_NODES) {
                record_poll(m, poll);
            } else {
                m->ret->statuses_left_out++;
            }
        }
        last[poll->client] = poll;
    }
}

void measure_status_fill(struct measuring *m)
{
    struct polls polls = {.m = m};

    read_polls(&polls);
    record_changes(&polls);
    if (polls.count > 0) {
        measure_status_judge(&polls);
        m->ret->metrics[METRIC_STATUS_STALE] = figure_of(polls.stalest);
    }
}
