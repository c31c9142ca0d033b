/* Streams are callers too: what each of them saw, when it was silent for too long, and what that
   makes of a disturbance. */
#include "core/measure_parts.h"

#include "core/stats.h"

#include <stdlib.h>

/* ---- what the journal tells of each caller ---- */

static void init_callers(struct measuring *m)
{
    const struct traffic *traffic = &m->scenario->traffic;
    uint32_t caller = 0;

    m->caller_count = scenario_stream_callers(traffic);
    m->callers = ARENA_ARRAY(m->scratch, struct caller, m->caller_count + 1);
    for (uint16_t entry = 0; entry < traffic->stream_count; entry++) {
        for (uint32_t i = 0; i < traffic->streams[entry].count; i++) {
            m->callers[caller++].entry = entry;
        }
    }
}

/* Not of nobody, and not kept from the caller. */
static bool reaches_caller(const struct measuring *m, const struct event *event)
{
    return event->stream.stream < m->caller_count && !event->stream.dropped;
}

static void count_lines(struct measuring *m)
{
    const struct event_list *events = &m->events[EVENT_STREAM_EVENT];
    const struct event_list *begins = &m->events[EVENT_STREAM_OPEN];

    for (size_t i = 0; i < events->count; i++) {
        if (reaches_caller(m, events->events[i])) {
            m->callers[events->events[i]->stream.stream].event_count++;
        }
    }
    for (size_t i = 0; i < begins->count; i++) {
        if (reaches_caller(m, begins->events[i])) {
            m->callers[begins->events[i]->stream.stream].opening_count++;
        }
    }
    for (uint32_t i = 0; i < m->caller_count; i++) {
        struct caller *caller = &m->callers[i];
        caller->events = ARENA_ARRAY(m->scratch, const struct event *, caller->event_count + 1);
        caller->openings = ARENA_ARRAY(m->scratch, struct opening, caller->opening_count + 1);
        caller->event_count = 0;
        caller->opening_count = 0;
    }
}

static void take_events(struct measuring *m)
{
    const struct event_list *events = &m->events[EVENT_STREAM_EVENT];

    m->event_times = ARENA_ARRAY(m->scratch, nanos, events->count + 1);
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = events->events[i];
        if (reaches_caller(m, event)) {
            struct caller *caller = &m->callers[event->stream.stream];
            caller->events[caller->event_count++] = event;
            m->event_times[m->event_time_count++] = event->at;
            m->ret->stream_events += event->at >= 0;
            m->ret->baseline_events += event->at < m->ret->first_fault;
        }
    }
}

/* A caller has one opening at a time: the first end is that of its first opening, and so on. */
static void take_openings(struct measuring *m)
{
    const struct event_list *begins = &m->events[EVENT_STREAM_OPEN];
    const struct event_list *ends = &m->events[EVENT_STREAM_END];

    for (size_t i = 0; i < begins->count; i++) {
        const struct event *event = begins->events[i];
        if (reaches_caller(m, event)) {
            struct caller *caller = &m->callers[event->stream.stream];
            caller->openings[caller->opening_count++] =
                (struct opening){.from = event->at, .to = NANOS_NEVER, .node = event->node};
        }
    }
    for (size_t i = 0; i < ends->count; i++) {
        const struct event *event = ends->events[i];
        if (!reaches_caller(m, event)) {
            continue;
        }
        struct caller *caller = &m->callers[event->stream.stream];
        if (caller->ended_count < caller->opening_count) {
            caller->openings[caller->ended_count++].to = event->at;
        }
    }
}

void measure_streams_read(struct measuring *m)
{
    init_callers(m);
    count_lines(m);
    take_events(m);
    take_openings(m);
}

static size_t events_before(const struct measuring *m, nanos at)
{
    return stats_below(m->event_times, m->event_time_count, at);
}

size_t measure_streams_events(const struct measuring *m, nanos from, nanos to)
{
    return events_before(m, to) - events_before(m, from);
}

/* ---- silence ---- */

/* From an event, or the beginning, to the next one, or the end of traffic. */
struct silence {
    nanos from;
    nanos to;
    bool is_cut; /* by the end */
};

/* The silences of a caller from 0 on, one after another; next is the index of the event that ends
   it. False: there is none any more. */
static bool next_silence(const struct measuring *m,
                         const struct caller *caller,
                         size_t *next,
                         struct silence *ret)
{
    while (*next < caller->event_count && caller->events[*next]->at < 0) {
        (*next)++;
    }
    if (*next > caller->event_count) {
        return false;
    }
    bool is_cut = *next == caller->event_count;
    *ret = (struct silence){
        .from = *next == 0 ? 0 : caller->events[*next - 1]->at,
        .to = is_cut ? m->ret->traffic_end : caller->events[*next]->at,
        .is_cut = is_cut,
    };
    (*next)++;
    return true;
}

static void judge_silence(struct measuring *m, uint32_t index, struct silence silence)
{
    const struct caller *caller = &m->callers[index];
    nanos interval = m->scenario->traffic.streams[caller->entry].interval;
    nanos slow = m->scenario->traffic.slow;
    const struct intervals *dark = measure_dark_of_stream(m, caller->entry);
    nanos due = nanos_add(silence.from, interval);

    /* What comes back after dark time is due an interval later. */
    if (silence.to - silence.from <= nanos_add(slow, interval) ||
        measure_dark_excuses(dark, silence.to, silence.is_cut ? 0 : slow + interval)) {
        return;
    }
    m->silences[m->silence_count++] = (struct disturbed){
        .due = due,
        .ended = silence.to,
        .since = measure_dark_advance(dark, due, slow),
        .record = RECORD_NONE,
        .caller = index,
        .disturbance = DISTURBANCE_NONE,
    };
}

static int compare_dues(const void *a, const void *b)
{
    const struct disturbed *one = a;
    const struct disturbed *other = b;

    if (one->due != other->due) {
        return one->due < other->due ? -1 : 1;
    }
    return one->caller < other->caller ? -1 : one->caller > other->caller;
}

/* Both are in order of their due times. */
static void merge_silences(struct measuring *m)
{
    size_t count = m->disturbed_count + m->silence_count;
    struct disturbed *merged = ARENA_ARRAY(m->scratch, struct disturbed, count + 1);
    size_t request = 0;
    size_t silence = 0;

    for (size_t i = 0; i < count; i++) {
        bool take_request =
            silence == m->silence_count ||
            (request < m->disturbed_count && m->disturbed[request].due <= m->silences[silence].due);
        merged[i] = take_request ? m->disturbed[request++] : m->silences[silence++];
    }
    m->disturbed = merged;
    m->disturbed_count = count;
}

void measure_streams_classify(struct measuring *m)
{
    nanos longest = 0;

    m->silences =
        ARENA_ARRAY(m->scratch, struct disturbed, m->event_time_count + m->caller_count + 1);
    for (uint32_t i = 0; i < m->caller_count; i++) {
        struct silence silence;
        size_t next = 0;
        while (next_silence(m, &m->callers[i], &next, &silence)) {
            longest = nanos_max(longest, silence.to - silence.from);
            judge_silence(m, i, silence);
        }
    }
    if (m->caller_count == 0) {
        return;
    }
    m->ret->metrics[METRIC_STREAM_GAP] = figure_of(longest);
    qsort(m->silences, m->silence_count, sizeof *m->silences, compare_dues);
    for (size_t i = 0; i < m->silence_count; i++) {
        m->ret->baseline_silences += m->silences[i].since < m->ret->first_fault;
    }
    merge_silences(m);
}

/* ---- numbers ---- */

struct tally {
    int64_t lost;
    int64_t duplicated;
    bool any;
};

static void tally_numbers(struct measuring *m, const struct caller *caller, struct tally *tally)
{
    int64_t *numbers = ARENA_ARRAY(m->scratch, int64_t, caller->event_count + 1);
    size_t count = 0;
    int64_t distinct = 1;

    for (size_t i = 0; i < caller->event_count; i++) {
        uint64_t number = caller->events[i]->stream.number;
        if (number > 0 && number <= INT64_MAX) {
            numbers[count++] = (int64_t)number;
        }
    }
    if (count == 0) {
        return;
    }
    stats_sort(numbers, count);
    for (size_t i = 1; i < count; i++) {
        distinct += numbers[i] != numbers[i - 1];
    }
    tally->any = true;
    tally->lost += numbers[count - 1] - numbers[0] + 1 - distinct;
    tally->duplicated += (int64_t)count - distinct;
}

/* ---- who moved ---- */

/* Who served a client program's stream is what its events tell: it opens each of them once. */
static uint16_t node_of(const struct caller *caller, const struct opening *opening, nanos at)
{
    uint16_t node = opening->node;

    for (size_t i = 0; node == NODE_NONE && i < caller->event_count; i++) {
        const struct event *event = caller->events[caller->event_count - 1 - i];
        if (event->at <= at) {
            node = event->node;
        }
    }
    return node;
}

static bool was_on_target(const struct caller *caller, const struct disturbance *disturbance)
{
    for (size_t i = 0; i < caller->opening_count; i++) {
        const struct opening *opening = &caller->openings[i];
        if (opening->from <= disturbance->onset && opening->to >= disturbance->onset) {
            return measure_disturbances_targets(disturbance,
                                                node_of(caller, opening, disturbance->onset));
        }
    }
    return false;
}

static nanos first_elsewhere(const struct caller *caller, const struct disturbance *disturbance)
{
    for (size_t i = 0; i < caller->event_count; i++) {
        const struct event *event = caller->events[i];
        if (event->at >= disturbance->onset && event->at <= disturbance->end &&
            !measure_disturbances_targets(disturbance, event->node)) {
            return event->at;
        }
    }
    return NANOS_NEVER;
}

/* Not in the aftermath: by then it had its node again. */
static bool was_silent(const struct measuring *m, uint32_t caller, uint32_t disturbance)
{
    for (size_t i = 0; i < m->disturbed_count; i++) {
        const struct disturbed *disturbed = &m->disturbed[i];
        if (disturbed->record == RECORD_NONE && disturbed->caller == caller &&
            disturbed->disturbance == disturbance &&
            disturbed->due < m->ret->disturbances[disturbance].end) {
            return true;
        }
    }
    return false;
}

static struct figure switchover_of(const struct measuring *m, uint32_t index)
{
    const struct disturbance *disturbance = &m->ret->disturbances[index];
    struct figure worst = {.state = FIGURE_ABSENT};

    for (uint32_t i = 0; i < m->caller_count; i++) {
        const struct caller *caller = &m->callers[i];
        if (!was_on_target(caller, disturbance)) {
            continue;
        }
        nanos at = first_elsewhere(caller, disturbance);
        if (at != NANOS_NEVER) {
            worst = measure_figures_worse(worst, figure_of(at - disturbance->onset));
        } else if (was_silent(m, i, index)) {
            worst = (struct figure){.state = FIGURE_UNRECOVERED};
        }
    }
    return worst;
}

void measure_streams_fill(struct measuring *m)
{
    struct tally tally = {.any = false};

    for (uint32_t i = 0; i < m->caller_count; i++) {
        tally_numbers(m, &m->callers[i], &tally);
    }
    if (tally.any) {
        m->ret->metrics[METRIC_STREAM_LOST] = figure_of(tally.lost);
        m->ret->metrics[METRIC_STREAM_DUPLICATED] = figure_of(tally.duplicated);
    }
    for (uint32_t i = 0; i < m->ret->disturbance_count; i++) {
        struct disturbance *disturbance = &m->ret->disturbances[i];
        if (disturbance->kind == DISTURBANCE_FAULT &&
            measure_disturbances_nodes(m, disturbance->targets, disturbance->target_count) <
                m->scenario->node_count) {
            disturbance->stream_switchover = switchover_of(m, i);
        }
    }
}
