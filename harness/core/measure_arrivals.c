/* Behind a program or a load balancer nobody sees attempts: what arrived at the nodes stands for
   them. docs/metrics.md, "Clients that the harness cannot look into". */
#include "core/measure_parts.h"

/* The hash of the answer as it came to the client, by record. */
struct told {
    uint64_t *hashes;
    bool *known;
};

bool measure_arrivals_testify(const struct measuring *m)
{
    for (size_t node = 0; node < m->scenario->node_count; node++) {
        if (m->scenario->nodes[node].kind != NODE_STUB) {
            return false;
        }
    }
    return m->events[EVENT_EXECUTED].count > 0;
}

bool measure_arrivals_servers_known(const struct measuring *m)
{
    return scenario_client_is_seen(&m->scenario->client) || measure_arrivals_testify(m);
}

static uint32_t record_of(const struct measuring *m, uint32_t request)
{
    return request < m->request_ids ? m->record_of[request] : RECORD_NONE;
}

static struct told collect_told(const struct measuring *m)
{
    const struct event_list *request_ends = &m->events[EVENT_REQUEST_END];
    const struct event_list *attempt_ends = &m->events[EVENT_ATTEMPT_END];
    struct told told = {
        .hashes = ARENA_ARRAY(m->scratch, uint64_t, m->ret->request_count + 1),
        .known = ARENA_ARRAY(m->scratch, bool, m->ret->request_count + 1),
    };

    for (size_t i = 0; i < request_ends->count; i++) {
        const struct event *event = request_ends->events[i];
        uint32_t record = record_of(m, event->request_end.request);
        if (record != RECORD_NONE && event->request_end.has_body_hash) {
            told.hashes[record] = event->request_end.body_hash;
            told.known[record] = true;
        }
    }
    for (size_t i = 0; i < attempt_ends->count; i++) { /* of a client with one URL */
        const struct event *event = attempt_ends->events[i];
        uint32_t record = record_of(m, event->attempt_end.request);
        if (record != RECORD_NONE && event->attempt_end.outcome == OUTCOME_ANSWER) {
            told.hashes[record] = event->attempt_end.body_hash;
            told.known[record] = true;
        }
    }
    return told;
}

static void add_arrival(struct measuring *m, const struct event *event)
{
    uint32_t record = record_of(m, event->executed.request);

    if (record == RECORD_NONE || event->node >= m->scenario->node_count) {
        return;
    }
    uint32_t id = (uint32_t)m->attempt_count++;
    enum outcome outcome = event->executed.cut ? OUTCOME_TRUNCATED : OUTCOME_ANSWER;
    struct request_record *of = &m->ret->requests[record];
    m->attempts[id] = (struct attempt){
        .start = event->at,
        .end = event->executed.end,
        .body_hash = event->executed.answer_hash,
        .sequence = event->sequence,
        .record = record,
        .next = m->first_attempt[record],
        .node = event->node,
        .client = of->client,
        .status = event->executed.status,
        .purpose = PURPOSE_REQUEST,
        .outcome = (uint8_t)(event->executed.end == NANOS_NEVER ? OUTCOME_UNFINISHED : outcome),
        .known = true,
        .cut = event->executed.cut,
    };
    m->first_attempt[record] = id;
    of->attempts = (uint16_t)(of->attempts + (of->attempts < UINT16_MAX));
}

/* How well an arrival explains the answer that the caller got. */
static int fit_of(const struct measuring *m,
                  const struct told *told,
                  uint32_t record,
                  const struct attempt *attempt)
{
    bool same_body = told->known[record] && told->hashes[record] == attempt->body_hash;

    return 2 * same_body + (attempt->status == m->ret->requests[record].status);
}

/* May this arrival be what the caller got? Of two bodies `corrupted` is the judge; of a client that
   tells none, a success is one that came whole. */
static bool explains(const struct measuring *m,
                     const struct told *told,
                     uint32_t index,
                     const struct attempt *attempt)
{
    const struct request_record *record = &m->ret->requests[index];

    return attempt->status == record->status &&
           (!attempt->cut || told->known[index] || !record->success);
}

/* Of those that began before the answer came the one that fits best, of equals the latest. */
static void find_server(struct measuring *m, const struct told *told, uint32_t index)
{
    struct request_record *record = &m->ret->requests[index];
    uint32_t best = ATTEMPT_NONE;

    if (record->outcome != OUTCOME_ANSWER) {
        return;
    }
    for (uint32_t id = m->first_attempt[index]; id != ATTEMPT_NONE; id = m->attempts[id].next) {
        if (m->attempts[id].start > record->ended) {
            continue;
        }
        record->explained |= explains(m, told, index, &m->attempts[id]);
        if (best == ATTEMPT_NONE ||
            fit_of(m, told, index, &m->attempts[id]) > fit_of(m, told, index, &m->attempts[best])) {
            best = id;
        }
    }
    m->answer_attempt[index] = best;
    if (best != ATTEMPT_NONE) {
        record->node = m->attempts[best].node;
        m->attempts[best].body_hash = told->hashes[index];
        m->attempts[best].has_hash = told->known[index];
    }
}

void measure_arrivals_read(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_EXECUTED];
    struct told told = collect_told(m);

    if (!measure_arrivals_testify(m)) {
        return;
    }
    m->attempts = ARENA_ARRAY(m->scratch, struct attempt, list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        add_arrival(m, list->events[i]);
    }
    for (size_t i = 0; i < m->ret->request_count; i++) {
        find_server(m, &told, (uint32_t)i);
    }
}
