#include "core/measure_parts.h"

#include "base/check.h"

const char *ability_word(enum ability ability)
{
    static const char *const words[] = {
        [ABILITY_ABLE] = "able",
        [ABILITY_IMPAIRED] = "impaired",
        [ABILITY_UNABLE] = "unable",
    };

    CHECK((unsigned)ability < sizeof(words) / sizeof(words[0]));
    return words[ability];
}

/* Each kind of event in a list of its own: most figures need one or two kinds. */
static void split_journal(struct measuring *m)
{
    size_t counts[EVENT_KINDS] = {0};

    for (size_t i = 0; i < m->journal->count; i++) {
        const struct event *event = journal_at(m->journal, i);
        CHECK(event->kind < EVENT_KINDS);
        counts[event->kind]++;
    }
    for (size_t kind = 0; kind < EVENT_KINDS; kind++) {
        m->events[kind].events = ARENA_ARRAY(m->scratch, const struct event *, counts[kind] + 1);
    }
    for (size_t i = 0; i < m->journal->count; i++) {
        const struct event *event = journal_at(m->journal, i);
        struct event_list *list = &m->events[event->kind];
        list->events[list->count++] = event;
    }
    for (size_t kind = 0; kind < EVENT_KINDS; kind++) {
        journal_sort_events(m->events[kind].events, m->events[kind].count, m->scratch);
    }
}

static void find_ends(struct measuring *m)
{
    const struct event_list *phases = &m->events[EVENT_PHASE];
    const struct event_list *request_ends = &m->events[EVENT_REQUEST_END];
    struct measurement *ret = m->ret;
    bool has_drain_end = false;

    ret->traffic_end = m->scenario->duration;
    for (size_t i = 0; i < phases->count; i++) {
        const struct event *event = phases->events[i];
        if (event->phase.phase == PHASE_TRAFFIC_END) {
            ret->traffic_end = nanos_max(event->at, 0);
        } else if (event->phase.phase == PHASE_DRAIN_END) {
            ret->drain_end = event->at;
            has_drain_end = true;
        }
    }
    if (!has_drain_end && request_ends->count > 0) {
        ret->drain_end = request_ends->events[request_ends->count - 1]->at;
    }
    ret->drain_end = nanos_max(ret->drain_end, ret->traffic_end);
}

/* 1/rate, to the nearest nanosecond below. */
static nanos resolution_of(const struct scenario *scenario)
{
    const uint64_t micro_nanos = UINT64_C(1000000) * (uint64_t)NANOS_PER_S;
    uint64_t rate = scenario->traffic.rate_micro;

    return rate == 0 ? 0 : (nanos)(micro_nanos / rate);
}

void measure(struct arena *arena,
             struct arena *scratch,
             const struct scenario *scenario,
             const struct journal *journal,
             struct measurement *ret)
{
    struct measuring m = {
        .arena = arena, .scratch = scratch, .scenario = scenario, .journal = journal, .ret = ret};

    *ret = (struct measurement){.resolution = resolution_of(scenario), .first_fault = NANOS_NEVER};
    ret->nodes = ARENA_ARRAY(arena, struct node_measurement, scenario->process_count + 1);
    split_journal(&m);
    find_ends(&m);
    measure_requests_read(&m);
    measure_faults_read(&m);
    measure_ability_sweep(&m);
    measure_streams_read(&m);
    measure_dark_find(&m);
    measure_requests_classify(&m);
    measure_streams_classify(&m);
    measure_totals_fill(&m);
    measure_disturbances_find(&m);
    measure_figures_fill(&m);
    measure_streams_fill(&m);
    measure_client_fill(&m);
    measure_executions_fill(&m);
    measure_nodes_fill(&m);
    measure_lateness_fill(&m);
    measure_timeline_fill(&m);
    measure_alerts_fill(&m);
    measure_status_fill(&m);
}

void measure_forget_requests(struct measurement *measurement)
{
    measurement->requests = NULL;
    measurement->request_count = 0;
}
