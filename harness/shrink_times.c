/* Shorter, earlier, rounder. */
#include "core/plan.h"
#include "shrink_parts.h"

/* ---- Drawn times ------------------------------------------------------------------------------
 */

bool shrink_pass_chance(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    struct plan plan;
    bool any = false;
    plan_make(&plan, &shrinker->draft, draft, shrinker->seed);
    for (size_t i = 0; i < draft->fault_count; i++) {
        struct fault *fault = &draft->faults[i];
        any = any || fault->at_from != fault->at_to;
        fault->at_from = plan.fault_at[i];
        fault->at_to = plan.fault_at[i];
    }
    return any && shrink_try(shrinker, draft);
}

/* ---- The end ----------------------------------------------------------------------------------
 */

static bool try_end(struct shrinker *shrinker, nanos duration)
{
    struct scenario *draft = shrink_draft(shrinker);
    edit_end(&shrinker->draft, draft, duration);
    return shrink_try(shrinker, draft);
}

/* Bisection over whole seconds. What fails earlier need not fail at each later end, so that another
   one may be a little smaller: the next round finds it. */
bool shrink_pass_end(struct shrinker *shrinker)
{
    nanos before = shrinker->smallest->duration;
    nanos low = 0;
    nanos high = (before + NANOS_PER_S - 1) / NANOS_PER_S;
    while (high - low > 1 && !shrink_is_spent(shrinker)) {
        nanos middle = low + (high - low) / 2;
        if (try_end(shrinker, middle * NANOS_PER_S)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return shrinker->smallest->duration < before;
}

/* Callers who are not seen to recover may have been about to: a little later end tells by how much
   they miss the limit, if that is near enough to matter. */
bool shrink_pass_clear(struct shrinker *shrinker)
{
    static const nanos more[] = {0, 2 * NANOS_PER_S, 5 * NANOS_PER_S};
    enum failing how = shrinker->failure.how;
    nanos duration = shrinker->smallest->duration;
    if (how < FAILING_UNRECOVERED) {
        return false;
    }
    for (size_t i = 0; i < 2 * sizeof(more) / sizeof(more[0]); i++) {
        struct scenario *draft = shrink_draft(shrinker);
        draft->duration = duration + more[i / 2];
        for (size_t k = 0; k < draft->fault_count && i % 2 == 1; k++) {
            bool ends = fault_kind_takes_for(draft->faults[k].kind);
            draft->faults[k].hold = ends ? NANOS_NEVER : draft->faults[k].hold;
        }
        shrinker->failure.how = FAILING_BY_FIGURE;
        if (shrink_try(shrinker, draft)) {
            return true;
        }
        shrinker->failure.how = how;
    }
    return false;
}

/* ---- Round steps ------------------------------------------------------------------------------
 */

/* Times that people would write, in rising order. */
static const nanos steps[] = {
    0,
    100 * NANOS_PER_MS,
    200 * NANOS_PER_MS,
    500 * NANOS_PER_MS,
    1 * NANOS_PER_S,
    2 * NANOS_PER_S,
    3 * NANOS_PER_S,
    4 * NANOS_PER_S,
    5 * NANOS_PER_S,
    6 * NANOS_PER_S,
    7 * NANOS_PER_S,
    8 * NANOS_PER_S,
    10 * NANOS_PER_S,
    12 * NANOS_PER_S,
    15 * NANOS_PER_S,
    20 * NANOS_PER_S,
    30 * NANOS_PER_S,
    60 * NANOS_PER_S,
};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static size_t steps_below(nanos time)
{
    size_t count = 0;
    while (count < STEPS && steps[count] < time) {
        count++;
    }
    return count;
}

/* The smallest step from `first` on that will do, by bisection; the present value stands above all
   of them. */
static bool try_steps(struct shrinker *shrinker,
                      size_t first,
                      nanos present,
                      size_t fault,
                      bool (*attempt)(struct shrinker *, size_t fault, nanos step))
{
    size_t low = first;
    size_t high = steps_below(present);
    bool any = false;
    while (low < high && !shrink_is_spent(shrinker)) {
        size_t middle = low + (high - low) / 2;
        if (attempt(shrinker, fault, steps[middle])) {
            high = middle;
            any = true;
        } else {
            low = middle + 1;
        }
    }
    return any;
}

static bool try_hold(struct shrinker *shrinker, size_t fault, nanos hold)
{
    struct scenario *draft = shrink_draft(shrinker);
    draft->faults[fault].hold = hold;
    return shrink_try(shrinker, draft);
}

/* A `for` that goes beyond the end says nothing. */
static bool drop_hold(struct shrinker *shrinker, size_t fault)
{
    const struct fault *present = &shrinker->smallest->faults[fault];
    bool beyond = present->hold != NANOS_NEVER &&
                  nanos_add(present->at_from, present->hold) >= shrinker->smallest->duration;
    return beyond && try_hold(shrinker, fault, NANOS_NEVER);
}

bool shrink_pass_holds(struct shrinker *shrinker)
{
    bool any = false;
    for (size_t i = 0; i < shrinker->smallest->fault_count; i++) {
        nanos hold = shrinker->smallest->faults[i].hold;
        any = drop_hold(shrinker, i) || any;
        if (shrinker->smallest->faults[i].hold != NANOS_NEVER) {
            any = try_steps(shrinker, 1, hold, i, try_hold) || any;
        }
    }
    return any;
}

/* ---- Earlier ----------------------------------------------------------------------------------
 */

/* From the one before it in time, or from the begin. */
static nanos gap_before(const struct scenario *scenario, size_t index)
{
    nanos at = scenario->faults[index].at_from;
    nanos gap = at;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        nanos other = scenario->faults[i].at_from;
        bool before = other < at || (other == at && i < index);
        gap = before ? nanos_min(gap, at - other) : gap;
    }
    return gap;
}

static bool is_first(const struct scenario *scenario, size_t index)
{
    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (scenario->faults[i].at_from < scenario->faults[index].at_from) {
            return false;
        }
    }
    return true;
}

/* That fault and all that come later, and the end. */
static bool try_gap(struct shrinker *shrinker, size_t index, nanos gap)
{
    struct scenario *draft = shrink_draft(shrinker);
    nanos from = draft->faults[index].at_from;
    nanos earlier = gap_before(draft, index) - gap;
    for (size_t i = 0; i < draft->fault_count; i++) {
        struct fault *fault = &draft->faults[i];
        if (i == index || fault->at_from > from) {
            fault->at_from -= earlier;
            fault->at_to -= earlier;
        }
    }
    draft->duration -= earlier;
    return shrink_try(shrinker, draft);
}

/* Nothing happens in the first second, so that there is something to compare with. */
bool shrink_pass_gaps(struct shrinker *shrinker)
{
    bool any = false;
    size_t first = steps_below(NANOS_PER_S);
    for (size_t i = 0; i < shrinker->smallest->fault_count; i++) {
        nanos gap = gap_before(shrinker->smallest, i);
        bool leads = is_first(shrinker->smallest, i);
        any = try_steps(shrinker, leads ? first : 0, gap, i, try_gap) || any;
    }
    return any;
}

/* ---- Round ------------------------------------------------------------------------------------
 */

#define ROUND_ENOUGH (100 * NANOS_PER_MS)

enum rounded { ROUNDED_AT, ROUNDED_HOLD, ROUNDED_BY, ROUNDED_EVERY, ROUNDED_DOWN, ROUNDEDS };

static nanos *time_of(struct fault *fault, enum rounded rounded)
{
    switch (rounded) {
    case ROUNDED_AT:
        return &fault->at_from;
    case ROUNDED_HOLD:
        return &fault->hold;
    case ROUNDED_BY:
        return &fault->parameters.by;
    case ROUNDED_EVERY:
        return &fault->parameters.every;
    case ROUNDED_DOWN:
    case ROUNDEDS:
        break;
    }
    return &fault->parameters.down;
}

static bool try_rounding(struct shrinker *shrinker, size_t index, enum rounded rounded, nanos unit)
{
    struct scenario *draft = shrink_draft(shrinker);
    nanos *time = time_of(&draft->faults[index], rounded);
    nanos round = (*time + unit / 2) / unit * unit;
    *time = nanos_max(round, unit);
    draft->faults[index].at_to = draft->faults[index].at_from;
    return shrink_try(shrinker, draft);
}

static bool round_time(struct shrinker *shrinker, size_t index, enum rounded rounded)
{
    static const nanos units[] = {NANOS_PER_S, 500 * NANOS_PER_MS, ROUND_ENOUGH, 10 * NANOS_PER_MS,
                                  NANOS_PER_MS};
    struct fault fault = shrinker->smallest->faults[index];
    nanos time = *time_of(&fault, rounded);
    if (time == 0 || time == NANOS_NEVER || time % ROUND_ENOUGH == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && time % units[i] != 0; i++) {
        if (try_rounding(shrinker, index, rounded, units[i])) {
            return true;
        }
    }
    return false;
}

static bool round_end(struct shrinker *shrinker)
{
    nanos duration = shrinker->smallest->duration;
    nanos whole = (duration + NANOS_PER_S - 1) / NANOS_PER_S * NANOS_PER_S;
    return whole != duration && try_end(shrinker, whole);
}

bool shrink_pass_round(struct shrinker *shrinker)
{
    bool any = round_end(shrinker);
    for (size_t i = 0; i < shrinker->smallest->fault_count; i++) {
        for (enum rounded k = ROUNDED_AT; k < ROUNDEDS; k++) {
            any = round_time(shrinker, i, k) || any;
        }
    }
    return any;
}
