#include "core/measure_parts.h"

/* A walk over onset..end from stretch to stretch: what breaks one is a disturbed request or dark
 * time. */
struct walk {
    const struct measuring *m;
    nanos end;
    bool cut;
    uint32_t owner;   /* only what belongs to that one; DISTURBANCE_NONE: before it is known */
    size_t next;      /* index into m->disturbed */
    size_t next_dark; /* index into m->dark_any */
    nanos from;       /* where the next stretch begins */
    bool after_quiet; /* the last stretch was quiet, and no disturbed request came since */
    struct recovery recovery;
};

/* What a cut disturbance has not yet disturbed is the business of the next one. */
static bool counts(const struct walk *walk, const struct disturbed *disturbed)
{
    return !walk->cut || disturbed->since <= walk->end;
}

static bool is_own(const struct walk *walk, const struct disturbed *disturbed)
{
    return walk->owner == DISTURBANCE_NONE || disturbed->disturbance == walk->owner;
}

/* A stretch may begin again then: once the next request is due, once a stream is silent no more. */
static nanos over_at(const struct disturbed *disturbed)
{
    return disturbed->record == RECORD_NONE ? disturbed->ended : disturbed->due + 1;
}

static size_t first_disturbed(const struct measuring *m, nanos due)
{
    size_t low = 0;
    size_t high = m->disturbed_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->disturbed[middle].due < due) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The next disturbed request that counts, NULL if none is due before the end. */
static const struct disturbed *peek(struct walk *walk)
{
    const struct measuring *m = walk->m;

    while (walk->next < m->disturbed_count && m->disturbed[walk->next].due < walk->end) {
        if (counts(walk, &m->disturbed[walk->next]) && is_own(walk, &m->disturbed[walk->next])) {
            return &m->disturbed[walk->next];
        }
        walk->next++;
    }
    return NULL;
}

static void pass_disturbed(struct walk *walk)
{
    walk->recovery.relapses += walk->after_quiet;
    walk->after_quiet = false;
    walk->next++;
}

static void pass_stretch(struct walk *walk, nanos to)
{
    if (to - walk->from < QUIET_NS ||
        measure_requests_countable(walk->m, walk->from, to) < QUIET_REQUESTS) {
        return;
    }
    walk->after_quiet = true;
    if (!walk->recovery.quiet_found) {
        walk->recovery.quiet_found = true;
        walk->recovery.quiet_from = walk->from;
    }
}

/* One stretch and what ends it. */
static void step(struct walk *walk)
{
    const struct intervals *dark = &walk->m->dark_any;
    const struct disturbed *disturbed = peek(walk);

    while (walk->next_dark < dark->count && dark->items[walk->next_dark].to <= walk->from) {
        walk->next_dark++;
    }
    nanos dark_from =
        walk->next_dark < dark->count ? dark->items[walk->next_dark].from : NANOS_NEVER;
    nanos due = disturbed == NULL ? NANOS_NEVER : disturbed->due;
    nanos over = disturbed == NULL ? NANOS_NEVER : over_at(disturbed);
    nanos to = nanos_min(walk->end, nanos_min(due, dark_from));

    if (to > walk->from) {
        pass_stretch(walk, to);
    }
    if (due != NANOS_NEVER && due <= nanos_max(to, walk->from)) {
        pass_disturbed(walk);
        walk->from = nanos_max(walk->from, over);
    } else if (dark_from <= nanos_max(to, walk->from)) {
        walk->from = dark->items[walk->next_dark].to;
    } else {
        walk->from = walk->end;
    }
}

/* Of those that belong here and were due before the quiet stretch: when the last was over, and
 * whether in time. */
static void judge_before(struct walk *walk)
{
    const struct measuring *m = walk->m;
    struct recovery *recovery = &walk->recovery;

    recovery->recovered = recovery->quiet_found;
    for (size_t i = 0; i < m->disturbed_count && m->disturbed[i].due < recovery->quiet_from; i++) {
        const struct disturbed *disturbed = &m->disturbed[i];
        if (disturbed->disturbance != DISTURBANCE_NONE || !counts(walk, disturbed)) {
            continue;
        }
        recovery->last_end = nanos_max(recovery->last_end, disturbed->ended);
        recovery->recovered = recovery->recovered && disturbed->ended < walk->end;
    }
}

/* Streams that were silent before the onset, and go on to be, let no stretch begin. */
static void skip_silences(struct walk *walk)
{
    const struct measuring *m = walk->m;

    for (size_t i = 0; i < m->silence_count && m->silences[i].due < walk->from; i++) {
        if (counts(walk, &m->silences[i])) {
            walk->from = nanos_max(walk->from, m->silences[i].ended);
        }
    }
}

static void walk_through(struct walk *walk, nanos onset)
{
    walk->next = first_disturbed(walk->m, onset);
    walk->next_dark = measure_dark_after(&walk->m->dark_any, onset);
    while (walk->from < walk->end) {
        step(walk);
    }
    while (peek(walk) != NULL) {
        pass_disturbed(walk);
    }
}

struct recovery measure_quiet_judge(const struct measuring *m, nanos onset, nanos end, bool cut)
{
    struct walk walk = {
        .m = m,
        .end = end,
        .cut = cut,
        .owner = DISTURBANCE_NONE,
        .from = onset,
        .recovery = {.quiet_from = end, .last_end = onset},
    };

    skip_silences(&walk);
    walk_through(&walk, onset);
    judge_before(&walk);
    return walk.recovery;
}

static void give(struct measuring *m, struct disturbed *disturbed, uint32_t index)
{
    disturbed->disturbance = index;
    if (disturbed->record != RECORD_NONE) {
        m->ret->requests[disturbed->record].disturbance = index;
    }
}

void measure_quiet_claim(struct measuring *m, uint32_t index, bool cut)
{
    const struct disturbance *disturbance = &m->ret->disturbances[index];
    const struct walk walk = {
        .m = m, .end = disturbance->end, .cut = cut, .owner = DISTURBANCE_NONE};

    for (size_t i = 0; i < m->disturbed_count && m->disturbed[i].due < disturbance->end; i++) {
        struct disturbed *disturbed = &m->disturbed[i];
        if (disturbed->disturbance == DISTURBANCE_NONE && disturbed->ended >= disturbance->onset &&
            counts(&walk, disturbed)) {
            give(m, disturbed, index);
        }
    }
}

/* A client that returns to a node too soon hurts its callers when the fault is over: what is
 * disturbed between the end of one disturbance and the onset of the next, and was given to neither,
 * is the doing of the former. */
static void add_aftermath(struct measuring *m, uint32_t index, nanos until)
{
    struct disturbance *disturbance = &m->ret->disturbances[index];
    bool any = false;

    for (size_t i = first_disturbed(m, disturbance->end);
         i < m->disturbed_count && m->disturbed[i].due < until; i++) {
        if (m->disturbed[i].disturbance == DISTURBANCE_NONE) {
            give(m, &m->disturbed[i], index);
            disturbance->aftermath_end =
                nanos_max(disturbance->aftermath_end, m->disturbed[i].ended);
            any = true;
        }
    }
    if (!any) {
        return;
    }
    struct walk walk = {.m = m, .end = until, .owner = index, .from = disturbance->onset};

    skip_silences(&walk);
    walk_through(&walk, disturbance->onset);
    disturbance->relapses = figure_of(walk.recovery.relapses);
}

void measure_quiet_add_aftermaths(struct measuring *m)
{
    size_t count = m->ret->disturbance_count;

    for (uint32_t i = 0; i < count; i++) {
        bool is_last = i + 1 == count;
        add_aftermath(m, i, is_last ? m->ret->traffic_end : m->ret->disturbances[i + 1].onset);
    }
}
