#include "core/measure_parts.h"

/* Room for every edge: an interval needs two. */
static struct intervals intervals_new(struct measuring *m, size_t count)
{
    return (struct intervals){.items = ARENA_ARRAY(m->scratch, struct interval, count + 1)};
}

/* Adds an interval that begins no earlier than the last one. */
static void intervals_add(struct intervals *intervals, nanos from, nanos to)
{
    struct interval *last = intervals->count == 0 ? NULL : &intervals->items[intervals->count - 1];

    if (to <= from) {
        return;
    }
    if (last != NULL && from <= last->to) {
        last->to = nanos_max(last->to, to);
        return;
    }
    intervals->items[intervals->count++] = (struct interval){.from = from, .to = to};
}

/* From the first moment at which each node is kept from answering to the next at which one is not.
 */
static struct intervals sweep(struct measuring *m, const struct traffic_request *request)
{
    struct intervals dark = intervals_new(m, m->edge_count);
    uint32_t *blocks = ARENA_ARRAY(m->scratch, uint32_t, m->scenario->node_count + 1);
    size_t blocked = 0;
    nanos from = NANOS_NEVER;

    for (size_t i = 0; i < m->edge_count; i++) {
        const struct edge *edge = &m->edges[i];
        const struct effect *effect = &m->effects[edge->effect];
        bool was_dark = blocked == m->scenario->node_count;

        if (effect->node >= m->scenario->node_count || !measure_harm_blocks(m, effect, request)) {
            continue;
        }
        if (edge->begins) {
            blocked += blocks[effect->node]++ == 0;
        } else {
            blocked -= --blocks[effect->node] == 0;
        }
        if (was_dark && blocked < m->scenario->node_count) {
            intervals_add(&dark, from, edge->at);
        } else if (!was_dark && blocked == m->scenario->node_count) {
            from = edge->at;
        }
    }
    return dark;
}

/* Merges two lists; both stay as they are. */
static struct intervals unite(struct measuring *m, struct intervals a, struct intervals b)
{
    struct intervals united = intervals_new(m, a.count + b.count);
    size_t i = 0;
    size_t k = 0;

    while (i < a.count || k < b.count) {
        bool take_a = k == b.count || (i < a.count && a.items[i].from <= b.items[k].from);
        struct interval next = take_a ? a.items[i++] : b.items[k++];
        intervals_add(&united, next.from, next.to);
    }
    return united;
}

void measure_dark_find(struct measuring *m)
{
    const struct traffic *traffic = &m->scenario->traffic;

    m->dark_count = traffic->request_count + traffic->stream_count;
    m->dark = ARENA_ARRAY(m->scratch, struct intervals, m->dark_count + 1);
    m->mix_used = ARENA_ARRAY(m->scratch, bool, traffic->request_count + 1);
    for (size_t i = 0; i < m->ret->request_count; i++) {
        if (m->ret->requests[i].mix < traffic->request_count) {
            m->mix_used[m->ret->requests[i].mix] = true;
        }
    }
    for (size_t mix = 0; mix < traffic->request_count; mix++) {
        if (m->mix_used[mix]) {
            m->dark[mix] = sweep(m, &traffic->requests[mix]);
            m->dark_any = unite(m, m->dark_any, m->dark[mix]);
        }
    }
    for (size_t entry = 0; entry < traffic->stream_count; entry++) {
        const struct traffic_request opening = {.method = METHOD_GET,
                                                .path = traffic->streams[entry].path};
        struct intervals *dark = &m->dark[traffic->request_count + entry];
        *dark = sweep(m, &opening);
        m->dark_any = unite(m, m->dark_any, *dark);
    }
}

const struct intervals *measure_dark_of(const struct measuring *m, uint16_t mix)
{
    static const struct intervals none;

    return mix < m->scenario->traffic.request_count ? &m->dark[mix] : &none;
}

const struct intervals *measure_dark_of_stream(const struct measuring *m, uint16_t entry)
{
    return &m->dark[m->scenario->traffic.request_count + entry];
}

bool measure_dark_excuses(const struct intervals *dark, nanos end, nanos grace)
{
    size_t i = measure_dark_after(dark, end - grace - 1);

    return i < dark->count && dark->items[i].from <= end;
}

size_t measure_dark_after(const struct intervals *dark, nanos at)
{
    size_t low = 0;
    size_t high = dark->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dark->items[middle].to <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

nanos measure_dark_advance(const struct intervals *dark, nanos from, nanos by)
{
    nanos at = nanos_add(from, by);

    for (size_t i = measure_dark_after(dark, from); i < dark->count && dark->items[i].from < at;
         i++) {
        nanos covered = dark->items[i].to == NANOS_NEVER
                            ? NANOS_NEVER
                            : dark->items[i].to - nanos_max(dark->items[i].from, from);
        at = nanos_add(at, covered);
    }
    return at;
}
