/* What clients said of the nodes, beside what was so: docs/metrics.md, "What clients say". */
#include "core/measure_status_parts.h"

#define SERVED_WITHIN_NS NANOS_PER_S
#define HEALTH_PATH      "/api/health"

/* What one client says of one node, poll by poll. */
struct watch {
    nanos wrong_since; /* NANOS_NEVER: the last poll was not wrong */
    nanos polled_at;   /* the last poll; INT64_MIN: none yet */
    size_t segment;    /* of the node's states, at the last poll */
    nanos failed_at;   /* the first attempt on it that failed in ... */
    size_t failed_in;  /* ... that segment; SIZE_MAX: none yet */
};

static void note_stale(struct polls *polls, nanos from, nanos to)
{
    polls->stalest = nanos_max(polls->stalest, nanos_min(to, polls->m->ret->traffic_end) - from);
}

/* ---- What is said of a node ---- */

/* From when on anybody could see that the node is unable: not while /api/health still answers. */
static nanos visible_from(const struct measuring *m, uint16_t node, nanos from, nanos to)
{
    static const struct traffic_request health = {.method = METHOD_GET, .path = HEALTH_PATH};
    nanos visible = NANOS_NEVER;

    for (size_t i = 0; i < m->effect_count; i++) {
        const struct effect *effect = &m->effects[i];
        if (effect->node == node && effect->unable && effect->from < to && effect->to > from &&
            measure_harm_blocks(m, effect, &health)) {
            visible = nanos_min(visible, nanos_max(effect->from, from));
        }
    }
    return visible;
}

static bool is_isolated(const struct measuring *m, uint16_t node, nanos at)
{
    for (size_t i = 0; i < m->ret->fault_count; i++) {
        const struct fault_record *record = &m->ret->faults[i];
        if (m->scenario->faults[record->fault].kind != FAULT_ISOLATE || record->applied > at ||
            record->cleared <= at) {
            continue;
        }
        for (size_t k = 0; k < record->target_count; k++) {
            if (record->targets[k] == node) {
                return true;
            }
        }
    }
    return false;
}

static nanos segment_end(const struct measuring *m, uint16_t node, size_t segment)
{
    const struct node_measurement *of = &m->ret->nodes[node];

    return segment + 1 < of->state_count ? of->states[segment + 1].at : NANOS_NEVER;
}

/* From when on the opposite of what is said was to be seen; NANOS_NEVER: not by then. */
static nanos contradicted_since(const struct measuring *m,
                                const struct watch *watch,
                                const struct event *said,
                                size_t segment)
{
    const struct state_change *truth = &m->ret->nodes[said->node].states[segment];
    nanos seen = NANOS_NEVER;

    if (said->status.belief == BELIEF_FAILED && truth->state == ABILITY_ABLE &&
        !is_isolated(m, said->node, said->at)) {
        return nanos_max(truth->at, 0);
    }
    if (said->status.belief != BELIEF_HEALTHY || truth->state != ABILITY_UNABLE) {
        return NANOS_NEVER;
    }
    seen = visible_from(m, said->node, truth->at, segment_end(m, said->node, segment));
    if (watch->failed_in == segment) {
        seen = nanos_min(seen, watch->failed_at);
    }
    return seen <= said->at ? nanos_max(seen, 0) : NANOS_NEVER;
}

static void close_watch(struct polls *polls, struct watch *watch, nanos at)
{
    if (watch->wrong_since != NANOS_NEVER) {
        note_stale(polls, watch->wrong_since, at);
        watch->wrong_since = NANOS_NEVER;
    }
}

static void hear(struct polls *polls, struct watch *watch, const struct event *said)
{
    const struct measuring *m = polls->m;
    size_t segment = measure_ability_index(m, said->node, said->at);
    nanos since = contradicted_since(m, watch, said, segment);

    if (segment != watch->segment) {
        close_watch(polls, watch, segment_end(m, said->node, watch->segment));
    }
    if (since == NANOS_NEVER) {
        close_watch(polls, watch, said->at);
    } else if (watch->wrong_since == NANOS_NEVER) {
        watch->wrong_since = watch->polled_at >= since ? said->at : since;
    }
    watch->segment = segment;
    watch->polled_at = said->at;
}

/* As in the figures of nodes: given up for no fault of the node is no failure of it. */
static void note_attempt(const struct polls *polls, struct watch *watches, const struct event *end)
{
    const struct measuring *m = polls->m;
    uint8_t outcome = end->attempt_end.outcome;

    if (end->attempt_end.request == REQUEST_NONE || outcome == OUTCOME_BEATEN ||
        outcome == OUTCOME_CANCELLED ||
        (outcome == OUTCOME_ANSWER && end->attempt_end.status < 500) ||
        end->node >= m->scenario->node_count || end->attempt_end.client >= polls->clients) {
        return;
    }
    struct watch *watch = &watches[end->attempt_end.client * m->scenario->node_count + end->node];
    size_t segment = measure_ability_index(m, end->node, end->at);
    if (watch->failed_in != segment) {
        watch->failed_in = segment;
        watch->failed_at = end->at;
    }
}

static struct watch *watches_new(const struct polls *polls)
{
    size_t count = polls->clients * polls->m->scenario->node_count;
    struct watch *watches = ARENA_ARRAY(polls->m->scratch, struct watch, count + 1);

    for (size_t i = 0; i < count; i++) {
        watches[i] = (struct watch){
            .wrong_since = NANOS_NEVER, .polled_at = INT64_MIN, .failed_in = SIZE_MAX};
    }
    return watches;
}

static void judge_nodes(struct polls *polls)
{
    struct measuring *m = polls->m;
    size_t nodes = m->scenario->node_count;
    const struct event_list *ends = &m->events[EVENT_ATTEMPT_END];
    struct watch *watches = watches_new(polls);
    size_t ended = 0;

    for (size_t i = 0; i < polls->count; i++) {
        const struct poll *poll = &polls->items[i];
        while (ended < ends->count && ends->events[ended]->at <= poll->at) {
            note_attempt(polls, watches, ends->events[ended++]);
        }
        for (size_t k = 0; k < poll->count; k++) {
            const struct event *said = poll->events[k];
            hear(polls, &watches[poll->client * nodes + said->node], said);
        }
    }
    for (size_t i = 0; i < polls->clients * nodes; i++) {
        close_watch(polls, &watches[i], segment_end(m, (uint16_t)(i % nodes), watches[i].segment));
    }
}

/* ---- Which node is said to be the active one ---- */

struct success {
    nanos at;
    uint16_t node;
};

/* The successes of one client, by time. */
struct served {
    struct success *successes;
    size_t count;
};

/* Who gave that answer; behind a program only the nodes' logs can tell. */
static uint16_t server_of(const struct measuring *m, const struct event *end)
{
    uint32_t request = end->request_end.request;

    if (scenario_client_is_seen(&m->scenario->client)) {
        return end->node;
    }
    bool is_measured = request < m->request_ids && m->record_of[request] != RECORD_NONE;
    return is_measured ? m->ret->requests[m->record_of[request]].node : NODE_NONE;
}

static struct served *collect_served(const struct polls *polls)
{
    const struct event_list *list = &polls->m->events[EVENT_REQUEST_END];
    struct served *served = ARENA_ARRAY(polls->m->scratch, struct served, polls->clients + 1);

    for (int pass = 0; pass < 2; pass++) {
        for (size_t client = 0; pass == 1 && client < polls->clients; client++) {
            served[client].successes =
                ARENA_ARRAY(polls->m->scratch, struct success, served[client].count + 1);
            served[client].count = 0;
        }
        for (size_t i = 0; i < list->count; i++) {
            const struct event *end = list->events[i];
            uint16_t node = server_of(polls->m, end);
            if (end->request_end.client >= polls->clients || node == NODE_NONE ||
                !measure_requests_is_success(end)) {
                continue;
            }
            struct served *of = &served[end->request_end.client];
            if (pass == 1) {
                of->successes[of->count] = (struct success){.at = end->at, .node = node};
            }
            of->count++;
        }
    }
    return served;
}

static size_t first_after(const struct served *served, nanos at)
{
    size_t low = 0;
    size_t high = served->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (served->successes[middle].at <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Were there successes in (from, to], and none by that node? */
static bool only_others(const struct served *served, uint16_t node, nanos from, nanos to)
{
    size_t first = first_after(served, from);
    size_t end = first_after(served, to);

    for (size_t i = first; i < end; i++) {
        if (served->successes[i].node == node) {
            return false;
        }
    }
    return end > first;
}

static bool names_idle_node(const struct poll *poll, const struct served *served)
{
    return poll->active != NODE_NONE &&
           only_others(served, poll->active, poll->at - SERVED_WITHIN_NS, poll->at) &&
           only_others(served, poll->active, poll->at, nanos_add(poll->at, SERVED_WITHIN_NS));
}

static void judge_active(struct polls *polls)
{
    struct served *served = collect_served(polls);
    nanos *since = ARENA_ARRAY(polls->m->scratch, nanos, polls->clients + 1);

    for (size_t client = 0; client < polls->clients; client++) {
        since[client] = NANOS_NEVER;
    }
    for (size_t i = 0; i < polls->count; i++) {
        const struct poll *poll = &polls->items[i];
        bool wrong = names_idle_node(poll, &served[poll->client]);
        if (wrong) {
            since[poll->client] = nanos_min(since[poll->client], poll->at);
        } else if (since[poll->client] != NANOS_NEVER) {
            note_stale(polls, since[poll->client], poll->at);
            since[poll->client] = NANOS_NEVER;
        }
    }
    for (size_t client = 0; client < polls->clients; client++) {
        if (since[client] != NANOS_NEVER) {
            note_stale(polls, since[client], polls->m->ret->traffic_end);
        }
    }
}

void measure_status_judge(struct polls *polls)
{
    judge_nodes(polls);
    judge_active(polls);
}
