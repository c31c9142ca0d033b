/* Random small journals, measured by the sweeps and by a reference that knows only the definitions:
   it looks at every request, answer and grid cell again for every question. All times are multiples
   of a grid cell, so that ties abound. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

#include "base/prng.h"

#define CELL     (50 * MS)
#define CELLS    INT64_C(400) /* of traffic; dark time is looked at up to the end of the drain */
#define DRAINED  (CELLS * CELL + 5 * S)
#define SLOW     (500 * MS)
#define JOURNALS 400

struct reference {
    const struct builder *builder;
    const struct measurement *measured;
    bool dark[2 * CELLS];
};

static bool is_dark(const struct reference *reference, nanos at)
{
    return at >= 0 && at < 2 * CELLS * CELL && reference->dark[at / CELL];
}

static unsigned unable_at(const struct measurement *measured, nanos at)
{
    unsigned unable = 0;

    for (size_t i = 0; i < measured->fault_count; i++) {
        const struct fault_record *fault = &measured->faults[i];
        bool holds = fault->applied <= at && at < fault->cleared;
        for (size_t k = 0; holds && k < fault->target_count; k++) {
            unable |= 1U << fault->targets[k];
        }
    }
    return unable;
}

static void find_dark(struct reference *reference)
{
    for (nanos cell = 0; cell < 2 * CELLS; cell++) {
        reference->dark[cell] = unable_at(reference->measured, cell * CELL) == 7;
    }
}

/* Ended in the dark, as it went out or came on, or within 500 ms after; unfinished: dark when the
 * drain ended. */
static bool is_excused(const struct reference *reference, const struct request_record *record)
{
    nanos grace = record->outcome == OUTCOME_UNFINISHED ? 0 : SLOW;

    if (is_dark(reference, record->ended)) {
        return true;
    }
    for (nanos back = 0; back <= grace;
         back += CELL) { /* both ends count: the moment before each cell, too */
        if (is_dark(reference, record->ended - back - 1)) {
            return true;
        }
    }
    return false;
}

static nanos disturbed_since(const struct reference *reference, const struct request_record *record)
{
    nanos light = 0;
    nanos at = record->due;

    while (light < SLOW && at < 2 * CELLS * CELL) {
        light += is_dark(reference, at) ? 0 : CELL;
        at += CELL;
    }
    return record->failed ? nanos_min(at, record->ended) : at;
}

static void check_requests(const struct reference *reference)
{
    for (size_t i = 0; i < reference->measured->request_count; i++) {
        const struct request_record *record = &reference->measured->requests[i];
        bool would_be = record->failed || record->ended - record->due > SLOW;
        bool excused = would_be && is_excused(reference, record);

        assert_int_equal(record->unavoidable, excused);
        assert_int_equal(record->disturbed, would_be && !excused);
    }
}

static bool is_cut(const struct reference *reference, size_t index)
{
    const struct disturbance *disturbances = reference->measured->disturbances;

    return index + 1 < reference->measured->disturbance_count &&
           disturbances[index + 1].onset == disturbances[index].end;
}

/* The latest that had ended when it was due. */
static uint32_t aftermath_owner(const struct reference *reference,
                                const struct request_record *record)
{
    uint32_t owner = DISTURBANCE_NONE;

    for (size_t i = 0; i < reference->measured->disturbance_count; i++) {
        if (reference->measured->disturbances[i].end <= record->due) {
            owner = (uint32_t)i;
        }
    }
    return owner;
}

static uint32_t owner_of(const struct reference *reference, const struct request_record *record)
{
    for (size_t i = 0; i < reference->measured->disturbance_count; i++) {
        const struct disturbance *disturbance = &reference->measured->disturbances[i];
        bool touches = record->due < disturbance->end && record->ended >= disturbance->onset;
        bool is_later = record->disturbed && is_cut(reference, i) &&
                        disturbed_since(reference, record) > disturbance->end;
        if (touches && !is_later) {
            return (uint32_t)i;
        }
    }
    return record->disturbed ? aftermath_owner(reference, record) : DISTURBANCE_NONE;
}

/* Does from..to hold a quiet second, where nothing but what belongs to the disturbance breaks it?
 */
static bool is_quiet(const struct reference *reference, size_t index, nanos from, nanos to)
{
    size_t due = 0;

    if (to - from < S) {
        return false;
    }
    for (nanos at = from; at < to; at = (at / CELL + 1) * CELL) {
        if (is_dark(reference, at)) {
            return false;
        }
    }
    for (size_t i = 0; i < reference->measured->request_count; i++) {
        const struct request_record *record = &reference->measured->requests[i];
        if (record->due < from || record->due >= to) {
            continue;
        }
        if (record->disturbed && record->disturbance == index) {
            return false;
        }
        due += !record->unavoidable && record->outcome != OUTCOME_CANCELLED;
    }
    return due >= 10;
}

/* A longer stretch from there holds more requests, so every length is tried. */
static bool quiet_begins_at(const struct reference *reference, size_t index, nanos from, nanos end)
{
    for (nanos to = from / CELL * CELL + S; to <= end; to += CELL) {
        if (is_quiet(reference, index, from, to)) {
            return true;
        }
    }
    return false;
}

/* Looked for at each grid point, and just after it, where a disturbed request may be due;
 * NANOS_NEVER if none. */
static nanos first_quiet(const struct reference *reference, size_t index)
{
    const struct disturbance *disturbance = &reference->measured->disturbances[index];

    for (nanos cell = disturbance->onset; cell < disturbance->end; cell += CELL) {
        if (quiet_begins_at(reference, index, cell, disturbance->end)) {
            return cell;
        }
        if (quiet_begins_at(reference, index, cell + 1, disturbance->end)) {
            return cell + 1;
        }
    }
    return NANOS_NEVER;
}

static struct figure first_success_of(const struct reference *reference, size_t index)
{
    const struct disturbance *disturbance = &reference->measured->disturbances[index];
    nanos first = NANOS_NEVER;

    for (size_t i = 0; i < reference->measured->request_count; i++) {
        const struct request_record *record = &reference->measured->requests[i];
        bool other = record->success;
        for (size_t k = 0; k < disturbance->target_count; k++) {
            other = other && record->node != disturbance->targets[k];
        }
        /* The builder's requests have one attempt, on the node that serves: never on a target if
         * another served. */
        if (other && record->due >= disturbance->onset && record->due < disturbance->end &&
            record->ended <= disturbance->end) {
            first = nanos_min(first, record->ended - disturbance->onset);
        }
    }
    return first == NANOS_NEVER ? (struct figure){.state = FIGURE_ABSENT} : figure_of(first);
}

static void check_switchover(const struct reference *reference, size_t index)
{
    const struct disturbance *disturbance = &reference->measured->disturbances[index];
    nanos quiet = first_quiet(reference, index);
    nanos switchover = 0;
    bool open = false;
    struct figure success = first_success_of(reference, index);
    bool needs_other =
        disturbance->kind == DISTURBANCE_FAULT && disturbance->target_count < BUILDER_NODES;

    for (size_t i = 0; i < reference->measured->request_count; i++) {
        const struct request_record *record = &reference->measured->requests[i];
        if (record->disturbed && record->disturbance == index && record->due < quiet) {
            switchover = nanos_max(switchover, record->ended - disturbance->onset);
            open = open || record->ended >= disturbance->end;
        }
    }
    bool recovered =
        quiet != NANOS_NEVER && !open && (!needs_other || success.state == FIGURE_VALUE);
    assert_int_equal(disturbance->first_success.state, success.state);
    assert_int_equal(disturbance->first_success.value, success.value);
    assert_int_equal(disturbance->recovered, recovered);
    if (recovered) {
        ASSERT_VALUE(disturbance->switchover,
                     needs_other ? nanos_max(switchover, success.value) : switchover);
    }
}

/* Is there a quiet stretch in from..to? */
static bool holds_quiet(const struct reference *reference, size_t index, nanos from, nanos to)
{
    for (nanos at = from; at + S <= to; at = (at / CELL + 1) * CELL) {
        if (quiet_begins_at(reference, index, at, to)) {
            return true;
        }
    }
    return false;
}

/* What is disturbed after quiet, whether the disturbance was over by then or not. */
static void check_relapses(const struct reference *reference, size_t index)
{
    const struct disturbance *disturbance = &reference->measured->disturbances[index];
    nanos from = disturbance->onset;
    int64_t relapses = 0;
    int64_t failed = 0;
    int64_t slow = 0;

    for (size_t i = 0; i < reference->measured->request_count; i++) {
        const struct request_record *record = &reference->measured->requests[i];
        if (!record->disturbed || record->disturbance != index) {
            continue;
        }
        failed += record->failed;
        slow += !record->failed;
        if (record->due >= disturbance->onset) {
            relapses += holds_quiet(reference, index, from, record->due);
            from = record->due + 1;
        }
    }
    ASSERT_VALUE(disturbance->relapses, relapses);
    ASSERT_VALUE(disturbance->failed_requests, failed);
    ASSERT_VALUE(disturbance->slow_requests, slow);
}

static bool is_answer(const struct request_record *record)
{
    return !record->failed && record->outcome != OUTCOME_CANCELLED && record->ended <= CELLS * CELL;
}

/* The next answer after a moment, the end of traffic if none. */
static nanos next_answer(const struct reference *reference, nanos at)
{
    nanos next = CELLS * CELL;

    for (size_t i = 0; i < reference->measured->request_count; i++) {
        const struct request_record *record = &reference->measured->requests[i];
        if (is_answer(record) && record->ended > at) {
            next = nanos_min(next, record->ended);
        }
    }
    return next;
}

static void check_outage(const struct reference *reference, size_t index)
{
    const struct disturbance *disturbance = &reference->measured->disturbances[index];
    nanos outage = 0;

    for (nanos at = 0; at < CELLS * CELL;) {
        nanos next = next_answer(reference, at);
        if (nanos_min(next, disturbance->end) > nanos_max(at, disturbance->onset)) {
            outage = nanos_max(outage, next - at);
        }
        at = next;
    }
    ASSERT_VALUE(disturbance->outage, outage);
}

/* Disturbances: in order, disjoint, each fault in one; recoveries where dark ends inside the
 * traffic. */
static void check_frame(const struct reference *reference)
{
    const struct measurement *measured = reference->measured;
    size_t recoveries = 0;
    size_t ends = 0;

    for (size_t i = 0; i < measured->disturbance_count; i++) {
        assert_true(measured->disturbances[i].onset <= measured->disturbances[i].end);
        assert_true(i == 0 || measured->disturbances[i - 1].end <= measured->disturbances[i].onset);
        recoveries += measured->disturbances[i].kind == DISTURBANCE_RECOVERY;
    }
    for (nanos cell = 1; cell < CELLS; cell++) {
        ends += reference->dark[cell - 1] && !reference->dark[cell];
    }
    assert_int_equal(recoveries, ends);
    for (size_t i = 0; i < measured->fault_count; i++) {
        assert_int_not_equal(measured->faults[i].disturbance, DISTURBANCE_NONE);
    }
}

static void add_random_faults(struct builder *builder, struct prng *prng)
{
    /* Two of three fault schedules are mild, the third tends to put out all nodes at once. */
    unsigned heavy = prng_below(prng, 3) == 0;
    uint64_t count = 1 + prng_below(prng, 5);

    for (uint64_t i = 0; i < count; i++) {
        unsigned mask = heavy ? 7 : 1U << prng_below(prng, BUILDER_NODES);
        nanos at = (nanos)prng_below(prng, CELLS - 20) * CELL;
        nanos hold = (nanos)(1 + prng_below(prng, heavy ? 30 : 120)) * CELL;
        bool stays = prng_below(prng, 6) == 0;
        builder_fault(builder, FAULT_KILL, mask, at, stays ? NANOS_NEVER : at + hold);
    }
}

static void add_random_requests(struct builder *builder, struct prng *prng)
{
    uint32_t trouble = (uint32_t)prng_below(prng, 80000);

    for (nanos cell = 0; cell < CELLS; cell++) {
        struct rule rule = {.node = (uint16_t)prng_below(prng, BUILDER_NODES),
                            .status = 200,
                            .outcome = OUTCOME_ANSWER,
                            .after = (nanos)prng_below(prng, 4) * CELL};
        if (prng_chance(prng, trouble)) {
            rule.after = (nanos)prng_below(prng, 50) * CELL;
            rule.status = prng_below(prng, 2) == 0 ? 503 : 200;
            static const enum outcome outcomes[] = {OUTCOME_UNFINISHED, OUTCOME_CANCELLED};
            uint64_t drawn = prng_below(prng, 8);
            rule.outcome = drawn < 2 ? outcomes[drawn] : OUTCOME_ANSWER;
        }
        builder_request(builder, cell * CELL, MIX_GET, &rule);
    }
}

static void sweeps_agree_with_the_definitions(void **state)
{
    size_t recovered = 0;
    size_t unrecovered = 0;
    size_t dark = 0;
    size_t aftermaths = 0;

    (void)state;
    for (uint64_t seed = 0; seed < JOURNALS; seed++) {
        struct builder builder;
        struct prng prng;
        prng_init(&prng, seed, 1);
        builder_init(&builder, S / CELL, CELLS * CELL);
        add_random_faults(&builder, &prng);
        add_random_requests(&builder, &prng);
        struct reference reference = {.builder = &builder, .measured = builder_measure(&builder)};

        find_dark(&reference);
        check_requests(&reference);
        check_frame(&reference);
        for (size_t i = 0; i < reference.measured->request_count; i++) {
            const struct request_record *record = &reference.measured->requests[i];
            assert_int_equal(record->disturbance, owner_of(&reference, record));
        }
        for (size_t i = 0; i < reference.measured->disturbance_count; i++) {
            const struct disturbance *disturbance = &reference.measured->disturbances[i];
            check_switchover(&reference, i);
            check_outage(&reference, i);
            check_relapses(&reference, i);
            aftermaths += disturbance->aftermath_end > disturbance->end;
            recovered += disturbance->recovered;
            unrecovered += !disturbance->recovered;
            dark += disturbance->kind == DISTURBANCE_RECOVERY;
        }
        builder_done(&builder);
    }
    /* The journals must be worth it: enough of each kind. */
    assert_true(recovered > 100 && unrecovered > 100 && dark > 50 && aftermaths > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweeps_agree_with_the_definitions),
    };
    return cmocka_run_group_tests_name("measure random", tests, NULL, NULL);
}
