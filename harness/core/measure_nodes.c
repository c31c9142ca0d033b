#include "core/measure_parts.h"

#include "base/text.h"
#include "core/stats.h"

#define HERD_FIRST_NS  NANOS_PER_S
#define HERD_WINDOW_NS (10 * NANOS_PER_MS)
#define HERD_ARRIVALS  50

/* What was given up for no fault of the node is no failure of it. */
static bool has_failed(const struct attempt *attempt)
{
    return attempt->outcome != OUTCOME_BEATEN && attempt->outcome != OUTCOME_CANCELLED &&
           (attempt->outcome != OUTCOME_ANSWER || attempt->status >= 500);
}

static bool is_measured(const struct attempt *attempt)
{
    return attempt->known && attempt->record != RECORD_NONE && attempt->purpose != PURPOSE_PROBE &&
           attempt->node != NODE_NONE;
}

static void count_attempt(const struct measuring *m, uint32_t id)
{
    const struct attempt *attempt = &m->attempts[id];
    struct node_measurement *node = &m->ret->nodes[attempt->node];
    bool is_hedge = attempt->purpose == PURPOSE_HEDGE;

    node->requests++;
    node->failures += has_failed(attempt);
    node->retries += !is_hedge && attempt->next != ATTEMPT_NONE;
    node->hedges_won += is_hedge && m->answer_attempt[attempt->record] == id;
    node->hedges_lost += is_hedge && attempt->outcome == OUTCOME_BEATEN;
}

static void fill_attempts(struct measuring *m)
{
    struct node_measurement *nodes = m->ret->nodes;
    size_t node_count = m->scenario->node_count;
    int64_t **samples = ARENA_ARRAY(m->scratch, int64_t *, node_count + 1);
    size_t *filled = ARENA_ARRAY(m->scratch, size_t, node_count + 1);

    for (size_t i = 0; i < m->attempt_count; i++) {
        if (is_measured(&m->attempts[i])) {
            count_attempt(m, (uint32_t)i);
        }
    }
    for (size_t node = 0; node < node_count; node++) {
        samples[node] = ARENA_ARRAY(m->scratch, int64_t, nodes[node].requests + 1);
    }
    for (size_t i = 0; i < m->attempt_count; i++) {
        const struct attempt *attempt = &m->attempts[i];
        if (is_measured(attempt)) {
            nanos end = attempt->end == NANOS_NEVER ? m->ret->drain_end : attempt->end;
            samples[attempt->node][filled[attempt->node]++] = nanos_max(end - attempt->start, 0);
        }
    }
    for (size_t node = 0; node < node_count; node++) {
        nodes[node].latency = measure_totals_summary(samples[node], filled[node]);
    }
}

static void fill_believed(struct measuring *m)
{
    const struct event_list *list = &m->events[EVENT_BELIEF];
    struct node_measurement *nodes = m->ret->nodes;
    size_t node_count = m->scenario->node_count;
    struct state_change **changes = ARENA_ARRAY(m->scratch, struct state_change *, node_count + 1);
    size_t *counts = ARENA_ARRAY(m->scratch, size_t, node_count + 1);

    for (size_t i = 0; i < list->count; i++) {
        if (list->events[i]->node < node_count) {
            counts[list->events[i]->node]++;
        }
    }
    for (size_t node = 0; node < node_count; node++) {
        changes[node] = ARENA_ARRAY(m->arena, struct state_change, counts[node] + 1);
        nodes[node].believed = changes[node];
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = list->events[i];
        if (event->node < node_count) {
            changes[event->node][nodes[event->node].believed_count++] =
                (struct state_change){.at = event->at,
                                      .state = event->belief.belief,
                                      .client = event->belief.client,
                                      /* The journal does not live as long as the figures. */
                                      .why = arena_printf(m->arena, "%s", event->belief.why)};
        }
    }
}

/* No client tells a belief twice. */
static void count_ejections(struct measuring *m)
{
    for (size_t node = 0; node < m->scenario->node_count; node++) {
        struct node_measurement *ret = &m->ret->nodes[node];
        for (size_t i = 0; i < ret->believed_count; i++) {
            const struct state_change *change = &ret->believed[i];
            bool counts = change->at >= 0 && change->state == BELIEF_FAILED &&
                          !text_equal(change->why, "isolated");
            ret->ejections += counts;
            ret->breaker_opened += counts && text_equal(change->why, "breaker");
        }
    }
}

static void fill_shares(struct measuring *m)
{
    struct measurement *ret = m->ret;
    int64_t successes = 0;

    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        successes += record->success;
        if (record->success && record->node != NODE_NONE) {
            ret->nodes[record->node].successes++;
        }
    }
    ret->share = ARENA_ARRAY(m->arena, struct figure, m->scenario->node_count + 1);
    bool known = measure_arrivals_servers_known(m);
    for (size_t node = 0; known && successes > 0 && node < m->scenario->node_count; node++) {
        ret->share[node] = figure_of((int64_t)ret->nodes[node].successes * RATIO_ONE / successes);
    }
}

static void fill_amplification(struct measuring *m)
{
    int64_t attempts = 0;
    int64_t sent = 0;

    for (size_t i = 0; i < m->ret->request_count; i++) {
        attempts += m->ret->requests[i].attempts;
        sent += m->ret->requests[i].started != NANOS_NEVER;
    }
    if (measure_arrivals_servers_known(m) && sent > 0) {
        m->ret->metrics[METRIC_ATTEMPTS_PER_REQUEST] = figure_of(attempts * RATIO_ONE / sent);
    }
}

/* Arrivals on one node in the second after it became able again. */
struct arrivals {
    int64_t *starts;
    size_t count;
};

/* The largest share of the arrivals that lies within any window. */
static struct figure largest_share(const struct arrivals *arrivals)
{
    size_t largest = 0;
    size_t first = 0;

    if (arrivals->count < HERD_ARRIVALS) {
        return (struct figure){.state = FIGURE_ABSENT};
    }
    stats_sort(arrivals->starts, arrivals->count);
    for (size_t i = 0; i < arrivals->count; i++) {
        while (arrivals->starts[i] - arrivals->starts[first] >= HERD_WINDOW_NS) {
            first++;
        }
        largest = i + 1 - first > largest ? i + 1 - first : largest;
    }
    return figure_of((int64_t)largest * RATIO_ONE / (int64_t)arrivals->count);
}

/* The return of the node that an arrival is one of the first after: an index into its states, 0 if
 * none. */
static size_t return_of(const struct measuring *m, uint16_t node, nanos start)
{
    if (node == NODE_NONE || start < 0) {
        return 0;
    }
    const struct node_measurement *of = &m->ret->nodes[node];
    size_t low = 1;
    size_t high = of->state_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (of->states[middle].at <= start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct state_change *change = &of->states[low - 1];
    bool is_return = low > 1 && change->state == ABILITY_ABLE && start - change->at < HERD_FIRST_NS;
    return is_return ? low - 1 : 0;
}

static void
add_start(const struct measuring *m, struct arrivals **arrivals, uint16_t node, nanos at)
{
    size_t index = return_of(m, node, at);

    if (index == 0) {
        return;
    }
    struct arrivals *of = &arrivals[node][index];
    if (of->starts != NULL) {
        of->starts[of->count] = at;
    }
    of->count++;
}

/* Attempts of all kinds, and openings of streams. Counts first, then fills. */
static void add_starts(const struct measuring *m, struct arrivals **arrivals)
{
    const struct event_list *openings = &m->events[EVENT_STREAM_OPEN];

    for (size_t i = 0; i < m->attempt_count; i++) {
        const struct attempt *attempt = &m->attempts[i];
        if (attempt->known) {
            add_start(m, arrivals, attempt->node, attempt->start);
        }
    }
    for (size_t i = 0; i < openings->count; i++) {
        add_start(m, arrivals, openings->events[i]->node, openings->events[i]->at);
    }
}

static void fill_herd(struct measuring *m)
{
    size_t nodes = m->scenario->node_count;
    struct arrivals **arrivals = ARENA_ARRAY(m->scratch, struct arrivals *, nodes + 1);
    struct figure worst = {.state = FIGURE_ABSENT};

    for (size_t node = 0; node < nodes; node++) {
        arrivals[node] = ARENA_ARRAY(m->scratch, struct arrivals, m->ret->nodes[node].state_count);
    }
    add_starts(m, arrivals);
    for (size_t node = 0; node < nodes; node++) {
        for (size_t k = 0; k < m->ret->nodes[node].state_count; k++) {
            struct arrivals *of = &arrivals[node][k];
            of->starts = ARENA_ARRAY(m->scratch, int64_t, of->count + 1);
            of->count = 0;
        }
    }
    add_starts(m, arrivals);
    for (size_t node = 0; node < nodes; node++) {
        for (size_t k = 0; k < m->ret->nodes[node].state_count; k++) {
            worst = measure_figures_worse(worst, largest_share(&arrivals[node][k]));
        }
    }
    m->ret->metrics[METRIC_HERD] = worst;
}

void measure_nodes_fill(struct measuring *m)
{
    fill_attempts(m);
    fill_believed(m);
    count_ejections(m);
    fill_shares(m);
    fill_amplification(m);
    fill_herd(m);
}
