#include "core/measure_parts.h"

#include "core/stats.h"

/* What one sweep over the requests gathers for a disturbance. */
struct tally {
    nanos worst_latency; /* -1: no request */
    bool any_met;
    int64_t failed;
    int64_t slow;
    nanos first_success; /* when it ended; NANOS_NEVER: none */
    nanos *served;       /* by node: when its first success ended, NANOS_NEVER */
    bool *is_target;     /* by node */
};

struct figure measure_figures_worse(struct figure a, struct figure b)
{
    if (a.state != b.state) {
        return a.state == FIGURE_UNRECOVERED || b.state == FIGURE_ABSENT ? a : b;
    }
    return a.value >= b.value ? a : b;
}

/* The first disturbance that ends after a moment. */
static size_t first_after(const struct measurement *ret, nanos at)
{
    size_t low = 0;
    size_t high = ret->disturbance_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ret->disturbances[middle].end <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Disturbed requests have been given away already. */
static void assign(struct measurement *ret, struct request_record *record, size_t first)
{
    if (!record->disturbed && first < ret->disturbance_count &&
        ret->disturbances[first].onset <= record->ended) {
        record->disturbance = (uint32_t)first;
    }
}

/* is_aftermath: it was due only after the end. */
static void
count_request(struct tally *tally, const struct request_record *record, bool is_aftermath)
{
    /* What a caller waited that gave up undisturbed is its own patience. */
    if (!record->unavoidable && (!record->cancelled || record->disturbed)) {
        tally->worst_latency = nanos_max(tally->worst_latency, record->ended - record->due);
        tally->any_met = tally->any_met || !is_aftermath;
    }
    tally->failed += record->disturbed && record->failed;
    tally->slow += record->disturbed && !record->failed;
    if (record->success && record->node != NODE_NONE && !is_aftermath) {
        tally->served[record->node] = nanos_min(tally->served[record->node], record->ended);
    }
}

static bool
was_on_target(const struct measuring *m, const struct tally *tally, uint32_t record, nanos onset)
{
    for (uint32_t id = m->first_attempt[record]; id != ATTEMPT_NONE; id = m->attempts[id].next) {
        const struct attempt *attempt = &m->attempts[id];
        if (attempt->end > onset && attempt->node != NODE_NONE && tally->is_target[attempt->node]) {
            return true;
        }
    }
    return false;
}

/* A success may be the first by another node for each disturbance that its life touches. */
static void
note_success(const struct measuring *m, struct tally *tallies, uint32_t index, size_t first)
{
    const struct measurement *ret = m->ret;
    const struct request_record *record = &ret->requests[index];

    if (!record->success || record->node == NODE_NONE) {
        return;
    }
    for (size_t i = first;
         i < ret->disturbance_count && ret->disturbances[i].onset <= record->ended; i++) {
        const struct disturbance *disturbance = &ret->disturbances[i];
        struct tally *tally = &tallies[i];
        bool may_count = record->ended <= disturbance->end &&
                         record->ended < tally->first_success && !tally->is_target[record->node];
        if (may_count && (record->due >= disturbance->onset ||
                          was_on_target(m, tally, index, disturbance->onset))) {
            tally->first_success = record->ended;
        }
    }
}

static struct tally *tallies_new(const struct measuring *m)
{
    const struct measurement *ret = m->ret;
    size_t nodes = m->scenario->process_count;
    struct tally *tallies = ARENA_ARRAY(m->scratch, struct tally, ret->disturbance_count + 1);

    for (size_t i = 0; i < ret->disturbance_count; i++) {
        tallies[i] = (struct tally){
            .worst_latency = -1,
            .first_success = NANOS_NEVER,
            .served = ARENA_ARRAY(m->scratch, nanos, nodes + 1),
            .is_target = ARENA_ARRAY(m->scratch, bool, nodes + 1),
        };
        for (size_t node = 0; node < nodes; node++) {
            tallies[i].served[node] = NANOS_NEVER;
            tallies[i].is_target[node] =
                measure_disturbances_targets(&ret->disturbances[i], (uint16_t)node);
        }
    }
    return tallies;
}

static void fill_served_by(const struct measuring *m,
                           struct disturbance *disturbance,
                           const struct tally *tally)
{
    uint16_t *served_by = ARENA_ARRAY(m->arena, uint16_t, m->scenario->node_count + 1);
    size_t count = 0;

    for (uint16_t node = 0; node < m->scenario->node_count; node++) {
        if (tally->served[node] == NANOS_NEVER) {
            continue;
        }
        size_t place = count++;
        while (place > 0 && tally->served[served_by[place - 1]] > tally->served[node]) {
            served_by[place] = served_by[place - 1];
            place--;
        }
        served_by[place] = node;
    }
    disturbance->served_by = served_by;
    disturbance->served_by_count = count;
}

/* Where load is concentrated and the fault left the target unable, callers have switched only once
 * somebody else has served them. */
static void demand_first_success(const struct measuring *m, struct disturbance *disturbance)
{
    size_t nodes = measure_disturbances_nodes(m, disturbance->targets, disturbance->target_count);
    bool disables = false;

    for (size_t i = 0; i < disturbance->fault_count; i++) {
        const struct fault_record *fault = &m->ret->faults[disturbance->faults[i]];
        disables =
            disables || (measure_disturbances_nodes(m, fault->targets, fault->target_count) > 0 &&
                         measure_harm_disables(&m->scenario->faults[fault->fault]));
    }
    /* Where there are none, what streams receive elsewhere is a figure of its own. */
    bool no_requests = m->ret->request_count == 0;
    if (no_requests || !disables || disturbance->kind == DISTURBANCE_RECOVERY ||
        !disturbance->recovered || nodes == m->scenario->node_count ||
        !measure_arrivals_servers_known(m)) {
        return;
    }
    if (disturbance->first_success.state == FIGURE_ABSENT) {
        disturbance->recovered = false;
        disturbance->unrecovered_why = "nobody else served";
        disturbance->switchover = (struct figure){.state = FIGURE_UNRECOVERED};
    } else {
        disturbance->switchover =
            measure_figures_worse(disturbance->switchover, disturbance->first_success);
    }
}

/* Of each client the first time that it gave up a target; of those the last. */
static struct figure detection_of(const struct measuring *m,
                                  const struct disturbance *disturbance,
                                  const struct tally *tally)
{
    const struct event_list *beliefs = &m->events[EVENT_BELIEF];
    bool *has_detected = ARENA_ARRAY(m->scratch, bool, UINT16_MAX + 1);
    struct figure detection = {.state = FIGURE_ABSENT};

    for (size_t i = 0; i < beliefs->count && beliefs->events[i]->at < disturbance->end; i++) {
        const struct event *event = beliefs->events[i];
        if (event->at >= disturbance->onset && event->belief.belief == BELIEF_FAILED &&
            event->node < m->scenario->node_count && tally->is_target[event->node] &&
            !has_detected[event->belief.client]) {
            has_detected[event->belief.client] = true;
            detection = figure_of(event->at - disturbance->onset);
        }
    }
    return detection;
}

static size_t collect_answers(const struct measuring *m, int64_t *answers)
{
    const struct measurement *ret = m->ret;
    size_t count = 0;

    answers[count++] = 0;
    for (size_t i = 0; i < ret->request_count; i++) {
        const struct request_record *record = &ret->requests[i];
        if (!record->failed && !record->cancelled && record->ended >= 0 &&
            record->ended <= ret->traffic_end) {
            answers[count++] = record->ended;
        }
    }
    answers[count++] = ret->traffic_end;
    stats_sort(answers, count);
    return count;
}

/* Index of the first answer after a moment, or of the last of all. */
static size_t first_answer_after(const int64_t *answers, size_t count, nanos at)
{
    size_t low = 1;
    size_t high = count - 1;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (answers[middle] <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The longest gap between neighbours that shares more than a moment with onset..end, or that
   touches it where it is but a moment. */
static struct figure
outage_of(const struct disturbance *disturbance, const int64_t *answers, size_t count)
{
    size_t first = first_answer_after(answers, count, disturbance->onset);
    nanos outage = answers[first] - answers[first - 1];

    for (size_t i = first + 1; i < count && answers[i - 1] < disturbance->end; i++) {
        outage = nanos_max(outage, answers[i] - answers[i - 1]);
    }
    for (size_t i = first - 1;
         i > 0 && disturbance->onset == disturbance->end && answers[i] == disturbance->onset; i--) {
        outage = nanos_max(outage, answers[i] - answers[i - 1]);
    }
    return figure_of(outage);
}

static void sweep_requests(struct measuring *m, struct tally *tallies)
{
    struct measurement *ret = m->ret;

    for (size_t i = 0; i < ret->request_count; i++) {
        struct request_record *record = &ret->requests[i];
        size_t first = first_after(ret, record->due);

        assign(ret, record, first);
        if (record->disturbance != DISTURBANCE_NONE) {
            count_request(&tallies[record->disturbance], record,
                          record->due >= ret->disturbances[record->disturbance].end);
        }
        note_success(m, tallies, (uint32_t)i, first);
    }
}

void measure_figures_fill(struct measuring *m)
{
    struct measurement *ret = m->ret;
    struct tally *tallies = tallies_new(m);
    int64_t *answers = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 2);
    size_t answer_count = collect_answers(m, answers);
    bool spreads = scenario_client_spreads(&m->scenario->client);

    sweep_requests(m, tallies);
    for (size_t i = 0; i < ret->disturbance_count; i++) {
        struct disturbance *disturbance = &ret->disturbances[i];
        const struct tally *tally = &tallies[i];

        if (!spreads && tally->first_success != NANOS_NEVER) {
            disturbance->first_success = figure_of(tally->first_success - disturbance->onset);
        }
        if (tally->worst_latency >= 0) {
            disturbance->worst_latency = figure_of(tally->worst_latency);
        }
        disturbance->untouched = !tally->any_met;
        disturbance->failed_requests = figure_of(tally->failed);
        disturbance->slow_requests = figure_of(tally->slow);
        disturbance->detection = detection_of(m, disturbance, tally);
        if (ret->request_count > 0) { /* streams alone are given no answers */
            disturbance->outage = outage_of(disturbance, answers, answer_count);
            disturbance->failback = measure_failback_of(m, disturbance);
        }
        fill_served_by(m, disturbance, tally);
        if (!spreads) {
            demand_first_success(m, disturbance);
        }
    }
}
