#include "core/measure_parts.h"

#include "base/text.h"

#define ABLE_FOR_NS NANOS_PER_S

/* What one client believed of one node, or whether it was in panic: its events in order. */
struct history {
    const struct event **events;
    size_t count;
};

struct beliefs {
    struct history *of_node; /* [client * nodes + node] */
    struct history *panic;   /* [client] */
    size_t clients;
};

static size_t count_clients(const struct measuring *m)
{
    size_t clients = m->scenario->client.instances;
    const struct event_list *beliefs = &m->events[EVENT_BELIEF];
    const struct event_list *panics = &m->events[EVENT_PANIC];

    for (size_t i = 0; i < beliefs->count; i++) {
        size_t client = beliefs->events[i]->belief.client;
        clients = client >= clients ? client + 1 : clients;
    }
    for (size_t i = 0; i < panics->count; i++) {
        size_t client = panics->events[i]->client.client;
        clients = client >= clients ? client + 1 : clients;
    }
    return clients;
}

static void allot(struct measuring *m, struct history *histories, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        histories[i].events = ARENA_ARRAY(m->scratch, const struct event *, histories[i].count + 1);
        histories[i].count = 0;
    }
}

static struct history *
history_of(struct beliefs *beliefs, const struct measuring *m, const struct event *event)
{
    size_t nodes = m->scenario->node_count;

    return event->node < nodes ? &beliefs->of_node[event->belief.client * nodes + event->node]
                               : NULL;
}

static void add(struct history *history, const struct event *event)
{
    if (history != NULL && history->events != NULL) {
        history->events[history->count] = event;
    }
    if (history != NULL) {
        history->count++;
    }
}

static void add_all(struct measuring *m, struct beliefs *beliefs)
{
    const struct event_list *list = &m->events[EVENT_BELIEF];
    const struct event_list *panics = &m->events[EVENT_PANIC];

    for (size_t i = 0; i < list->count; i++) {
        add(history_of(beliefs, m, list->events[i]), list->events[i]);
    }
    for (size_t i = 0; i < panics->count; i++) {
        add(&beliefs->panic[panics->events[i]->client.client], panics->events[i]);
    }
}

/* Counts first, then fills. */
static struct beliefs collect(struct measuring *m)
{
    size_t clients = count_clients(m);
    size_t pairs = clients * m->scenario->node_count;
    struct beliefs beliefs = {
        .of_node = ARENA_ARRAY(m->scratch, struct history, pairs + 1),
        .panic = ARENA_ARRAY(m->scratch, struct history, clients + 1),
        .clients = clients,
    };

    add_all(m, &beliefs);
    allot(m, beliefs.of_node, pairs);
    allot(m, beliefs.panic, clients);
    add_all(m, &beliefs);
    return beliefs;
}

/* The last event before a moment and place in the journal, NULL if none. */
static const struct event *last_before(const struct history *history, nanos at, uint32_t sequence)
{
    size_t low = 0;
    size_t high = history->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct event *event = history->events[middle];
        if (event->at < at || (event->at == at && event->sequence < sequence)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? NULL : history->events[low - 1];
}

static int64_t count_wrong_ejections(const struct measuring *m, const struct history *history)
{
    enum belief belief = BELIEF_HEALTHY;
    int64_t wrong = 0;

    for (size_t i = 0; i < history->count; i++) {
        const struct event *event = history->events[i];
        nanos since = 0;
        bool is_ejection = event->belief.belief == BELIEF_FAILED && belief != BELIEF_FAILED &&
                           !text_equal(event->belief.why, "isolated"); /* by the operator */

        belief = event->belief.belief;
        if (is_ejection && event->at >= 0 &&
            measure_ability_at(m, event->node, event->at, &since) == ABILITY_ABLE &&
            since <= event->at - ABLE_FOR_NS) {
            wrong++;
        }
    }
    return wrong;
}

static bool was_known_bad(const struct measuring *m,
                          const struct beliefs *beliefs,
                          const struct attempt *attempt)
{
    bool timed_out =
        attempt->outcome == OUTCOME_TIMEOUT || attempt->outcome == OUTCOME_CONNECT_TIMEOUT;

    if (!timed_out || attempt->purpose != PURPOSE_REQUEST || attempt->node == NODE_NONE ||
        attempt->client >= beliefs->clients) {
        return false;
    }
    size_t pair = attempt->client * m->scenario->node_count + attempt->node;
    const struct event *belief =
        last_before(&beliefs->of_node[pair], attempt->start, attempt->sequence);
    const struct event *panic =
        last_before(&beliefs->panic[attempt->client], attempt->start, attempt->sequence);

    return belief != NULL && belief->belief.belief == BELIEF_FAILED &&
           (panic == NULL || !panic->client.on);
}

static int64_t count_known_bad(const struct measuring *m, const struct beliefs *beliefs)
{
    int64_t known_bad = 0;

    for (size_t i = 0; i < m->ret->request_count; i++) {
        uint32_t id = m->first_attempt[i];
        while (id != ATTEMPT_NONE && !was_known_bad(m, beliefs, &m->attempts[id])) {
            id = m->attempts[id].next;
        }
        known_bad += id != ATTEMPT_NONE;
    }
    return known_bad;
}

static void fill_switches(struct measuring *m)
{
    uint16_t *serving = ARENA_ARRAY(m->scratch, uint16_t, UINT16_MAX + 1);
    int64_t switches = 0;
    bool any = false;

    for (size_t i = 0; i <= UINT16_MAX; i++) {
        serving[i] = NODE_NONE;
    }
    for (size_t i = 0; i < m->ret->request_count; i++) {
        const struct request_record *record = &m->ret->requests[i];
        if (!record->success || record->node == NODE_NONE) {
            continue;
        }
        uint16_t *last = &serving[record->client];
        switches += *last != NODE_NONE && *last != record->node;
        *last = record->node;
        any = true;
    }
    if (any) {
        m->ret->metrics[METRIC_SWITCHES] = figure_of(switches);
    }
}

static bool was_answered(const struct measuring *m, uint32_t fault)
{
    const struct event_list *list = &m->events[EVENT_COMMAND];

    for (size_t i = 0; i < list->count; i++) {
        if (list->events[i]->command.fault == fault) {
            return true;
        }
    }
    return false;
}

static struct figure switch_time_of(const struct measuring *m, const struct fault_record *fault)
{
    const struct fault *planned = &m->scenario->faults[fault->fault];
    uint16_t node = planned->node_count > 0 ? planned->nodes[0] : NODE_NONE;
    nanos first = NANOS_NEVER;

    if (fault->applied == NANOS_NEVER || !was_answered(m, fault->fault)) {
        return (struct figure){.state = FIGURE_UNRECOVERED};
    }
    for (size_t i = measure_requests_first_due(m->ret, fault->applied); i < m->ret->request_count;
         i++) {
        const struct request_record *record = &m->ret->requests[i];
        if (record->success && record->node == node) {
            first = nanos_min(first, record->ended);
        }
    }
    return first == NANOS_NEVER ? (struct figure){.state = FIGURE_UNRECOVERED}
                                : figure_of(first - fault->applied);
}

static void fill_switch_time(struct measuring *m)
{
    struct figure worst = {.state = FIGURE_ABSENT};

    if (!measure_arrivals_servers_known(m)) {
        return;
    }
    for (size_t i = 0; i < m->ret->fault_count; i++) {
        const struct fault_record *fault = &m->ret->faults[i];
        if (m->scenario->faults[fault->fault].kind != FAULT_SWITCH_TO) {
            continue;
        }
        if (fault->refusal != NULL) { /* nobody was to move, so there is nothing to measure */
            worst = (struct figure){.state = FIGURE_ABSENT};
            break;
        }
        worst = measure_figures_worse(worst, switch_time_of(m, fault));
    }
    m->ret->metrics[METRIC_SWITCH_TIME] = worst;
}

/* A control ejects nobody and believes nothing; a program may keep what it believes to itself. */
static bool tells_beliefs(const struct measuring *m)
{
    const struct event_list *programs = &m->events[EVENT_CLIENT];

    for (size_t i = 0; i < programs->count; i++) {
        if ((programs->events[i]->program.features & CLIENT_FEATURE_TELEMETRY) == 0) {
            return false;
        }
    }
    return m->scenario->client.profile <= PROFILE_APISERVICE || programs->count > 0;
}

void measure_client_fill(struct measuring *m)
{
    struct figure *metrics = m->ret->metrics;

    if (!scenario_client_spreads(&m->scenario->client)) {
        fill_switches(m);
    }
    fill_switch_time(m);
    if (!tells_beliefs(m)) {
        return;
    }
    struct beliefs beliefs = collect(m);
    int64_t wrong = 0;

    for (size_t i = 0; i < beliefs.clients * m->scenario->node_count; i++) {
        wrong += count_wrong_ejections(m, &beliefs.of_node[i]);
    }
    metrics[METRIC_WRONG_EJECTIONS] = figure_of(wrong);
    if (scenario_client_is_seen(&m->scenario->client)) {
        metrics[METRIC_KNOWN_BAD] = figure_of(count_known_bad(m, &beliefs));
    }
}
