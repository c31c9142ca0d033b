#include "core/chaos.h"
#include "scenario/held.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define S NANOS_PER_S

enum { SEEDS = 1000 };

static const char every_kind[] =
    "name: every-kind\nduration: 60s\nnodes: 4\n"
    "chaos: {every: 1300ms, heal: 900ms, faults: {kill: 1, terminate: 1, pause: 1, refuse: 1, "
    "respond: 9, slow: 9, hang: 1, stall: 2, truncate: 2, trickle: 2, gray: 2, unhealthy: 1, "
    "wrong_role: 1, reset: 9, delay: 9, throttle: 9, corrupt: 9, blackhole: 9}}\n";
static const char crowded[] =
    "name: crowded\nduration: 40s\n"
    "nodes: [{name: a}, {name: b, stub: {start_delay: 2s}}, {name: c}, {name: d}]\n"
    "faults:\n"
    "  - {at: 3s..5s, for: 4s, pause: a}\n"
    "  - {at: 12s, kill: [b, c]}\n"
    "  - {at: 15s, restart: b}\n"
    "  - {at: 20s, for: 3s, hang: current}\n"
    "  - {at: 30s, switch_to: a}\n"
    "chaos: {from: 500ms, every: 700ms, heal: 3s, keep_healthy: 2}\n";
static const char roomy[] = "name: roomy\nduration: 60s\n"
                            "chaos: {from: 2s, every: 4s, heal: 2s, "
                            "faults: {kill: 2, pause: 1, hang: 1, respond: 1}}\n";

/* A scenario that is resolved with many seeds; each drawing has memory of its own. */
struct trial {
    struct arena arena;
    struct scenario scenario;
    struct arena drawn;
    const struct scenario *resolved;
};

static void trial_begin(struct trial *trial, const char *text)
{
    const struct scenario_source source = {.file = "x", .bytes = text, .length = strlen(text)};
    struct diagnostics diagnostics;

    arena_init(&trial->arena, 0);
    arena_init(&trial->drawn, 0);
    diagnostics_init(&diagnostics, &trial->arena);
    int status = scenario_read(&trial->arena, &source, NULL, &diagnostics, &trial->scenario);
    if (status < 0) {
        print_error("%s", diagnostics_render(&trial->arena, &diagnostics, text, strlen(text)));
    }
    assert_int_equal(status, 0);
}

static void trial_draw(struct trial *trial, uint64_t seed)
{
    arena_done(&trial->drawn);
    arena_init(&trial->drawn, 0);
    trial->resolved = chaos_resolve(&trial->drawn, &trial->scenario, seed);
}

static void trial_end(struct trial *trial)
{
    arena_done(&trial->drawn);
    arena_done(&trial->arena);
}

static size_t drawn_count(const struct trial *trial)
{
    return trial->resolved->fault_count - trial->scenario.fault_count;
}

static const struct fault *drawn(const struct trial *trial, size_t index)
{
    return &trial->resolved->faults[trial->scenario.fault_count + index];
}

static void test_without_chaos_nothing_is_drawn(void **state)
{
    struct trial trial;

    (void)state;
    trial_begin(&trial, "name: calm\nfaults: [{at: 1s, kill: primary}]\n");
    trial_draw(&trial, 1);
    assert_ptr_equal(trial.resolved, &trial.scenario);
    trial_end(&trial);
}

static void assert_plain(const struct trial *trial, const struct fault *fault, size_t number)
{
    char id[32];

    assert_true(snprintf(id, sizeof(id), "chaos-%zu", number) > 0);
    assert_string_equal(fault->id, id);
    assert_int_equal(fault->target, TARGET_NODES);
    assert_int_equal(fault->node_count, 1);
    assert_in_range(fault->nodes[0], 0, trial->scenario.node_count - 1);
    assert_int_equal(fault->at_from, fault->at_to);
    assert_int_equal(fault->at_from % NANOS_PER_MS, 0);
    assert_int_equal(fault->hold, trial->scenario.chaos.heal);
    assert_true(fault->at_from + fault->hold <= trial->scenario.duration);
    assert_true(trial->scenario.chaos.weights[fault->kind] > 0);
    assert_true(fault->by_chance);
    assert_int_equal(fault->source.line, trial->scenario.chaos.at.line);
}

/* At most one a stretch, in the order of time. */
static void assert_stretches(const struct trial *trial)
{
    const struct chaos *chaos = &trial->scenario.chaos;
    nanos stretch = -1;

    for (size_t i = 0; i < drawn_count(trial); i++) {
        nanos at = drawn(trial, i)->at_from;
        assert_true(at >= chaos->from && at < chaos->until);
        assert_true((at - chaos->from) / chaos->every > stretch);
        stretch = (at - chaos->from) / chaos->every;
    }
}

static void assert_all_plain(void **state, const char *text)
{
    struct trial trial;

    (void)state;
    trial_begin(&trial, text);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        assert_false(trial.resolved->chaos.enabled);
        for (size_t i = 0; i < trial.scenario.fault_count; i++) {
            assert_ptr_equal(trial.resolved->faults[i].id, trial.scenario.faults[i].id);
            assert_false(trial.resolved->faults[i].by_chance);
        }
        for (size_t i = 0; i < drawn_count(&trial); i++) {
            assert_plain(&trial, drawn(&trial, i), i + 1);
        }
        assert_stretches(&trial);
    }
    trial_end(&trial);
}

static void test_faults_are_plain_ones_of_every_kind(void **state)
{
    assert_all_plain(state, every_kind);
}

static void test_written_faults_stay_as_they_are(void **state)
{
    assert_all_plain(state, crowded);
}

static bool holds(const struct fault *fault, uint16_t node, nanos now)
{
    bool on = now >= fault->at_from && now < nanos_add(fault->at_to, fault->hold);

    for (size_t i = 0; on && i < fault->node_count; i++) {
        if (fault->nodes[i] == node) {
            return true;
        }
    }
    return false;
}

static bool is_held(const struct trial *trial, uint16_t node, nanos now)
{
    bool held = false;

    for (size_t i = 0; i < drawn_count(trial) && !held; i++) {
        held = holds(drawn(trial, i), node, now);
    }
    return held;
}

/* Both kinds of faults together, at the moment when one begins: nothing else makes it worse. */
static void assert_healthy(const struct trial *trial, const struct held *written, nanos now)
{
    size_t healthy = 0;

    for (uint16_t node = 0; node < trial->scenario.node_count; node++) {
        bool by_written = held_throughout(&written[node], now, now + 1);
        healthy += is_held(trial, node, now) || by_written ? 0 : 1;
        assert_false(is_held(trial, node, now) && by_written);
    }
    assert_true(healthy >= trial->scenario.chaos.keep_healthy);
}

static void assert_enough_healthy(const char *text)
{
    struct trial trial;
    size_t count = 0;

    trial_begin(&trial, text);
    const struct held *written = held_find(&trial.arena, &trial.scenario);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        for (size_t i = 0; i < drawn_count(&trial); i++) {
            assert_healthy(&trial, written, drawn(&trial, i)->at_from);
        }
        count += drawn_count(&trial);
    }
    assert_true(count > SEEDS);
    trial_end(&trial);
}

static void test_enough_nodes_stay_healthy(void **state)
{
    (void)state;
    assert_enough_healthy(every_kind);
    assert_enough_healthy(roomy);
}

/* Written faults that begin while a random one is on are counted as well. */
static void test_written_faults_count(void **state)
{
    struct trial trial;

    (void)state;
    trial_begin(&trial, crowded);
    const struct held *written = held_find(&trial.arena, &trial.scenario);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        for (nanos now = 0; now < trial.scenario.duration; now += 250 * NANOS_PER_MS) {
            bool dark = now >= 20 * S && now < 24 * S; /* `current` may be any node */
            if (!dark) {
                assert_healthy(&trial, written, now);
            }
            for (uint16_t node = 0; dark && node < trial.scenario.node_count; node++) {
                assert_false(is_held(&trial, node, now));
            }
        }
    }
    trial_end(&trial);
}

/* The same node rests until it must have come back. */
static void test_nodes_have_time_to_return(void **state)
{
    struct trial trial;
    size_t hits = 0;

    (void)state;
    trial_begin(&trial, crowded);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        nanos free_at[4] = {0};
        trial_draw(&trial, seed);
        for (size_t i = 0; i < drawn_count(&trial); i++) {
            const struct fault *fault = drawn(&trial, i);
            uint16_t node = fault->nodes[0];
            assert_true(fault->at_from >= free_at[node]);
            free_at[node] = fault->at_from + fault->hold + (node == 1 ? 3 * S : 1 * S);
            hits++;
        }
    }
    assert_true(hits > SEEDS);
    trial_end(&trial);
}

static void test_no_stretch_is_left_out_where_there_is_room(void **state)
{
    struct trial trial;
    size_t hits[3] = {0};

    (void)state;
    trial_begin(&trial, roomy);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        assert_int_equal(drawn_count(&trial), 14); /* from 2 s until 57 s every 4 s */
        for (size_t i = 0; i < drawn_count(&trial); i++) {
            hits[drawn(&trial, i)->nodes[0]]++;
        }
    }
    for (size_t node = 0; node < 3; node++) {
        assert_in_range(hits[node], 14 * SEEDS * 3 / 10, 14 * SEEDS * 4 / 10);
    }
    trial_end(&trial);
}

static void test_nobody_is_hit_where_all_must_stay_healthy(void **state)
{
    struct trial trial;

    (void)state;
    trial_begin(&trial, "name: x\nduration: 20s\n"
                        "faults: [{at: 2s, for: 16s, pause: [primary, backup-1]}]\n"
                        "chaos: {from: 1s, every: 1s, heal: 500ms}\n");
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        assert_int_equal(drawn_count(&trial), 0);
    }
    trial_end(&trial);
}

static bool same_parameters(const struct fault_parameters *a, const struct fault_parameters *b)
{
    return a->status_count == b->status_count && a->statuses[0] == b->statuses[0] &&
           a->ratio_ppm == b->ratio_ppm && a->retry_after == b->retry_after &&
           a->after_commit == b->after_commit && a->by == b->by && a->jitter == b->jitter &&
           a->after_bytes == b->after_bytes && a->rate_bytes == b->rate_bytes &&
           a->of_ppm == b->of_ppm && a->direction == b->direction;
}

static bool same_fault(const struct fault *a, const struct fault *b)
{
    return a->kind == b->kind && a->at_from == b->at_from && a->hold == b->hold &&
           a->nodes[0] == b->nodes[0] && strcmp(a->id, b->id) == 0 &&
           same_parameters(&a->parameters, &b->parameters);
}

static bool same_schedule(const struct scenario *a, const struct scenario *b)
{
    bool same = a->fault_count == b->fault_count;

    for (size_t i = 0; same && i < a->fault_count; i++) {
        same = same_fault(&a->faults[i], &b->faults[i]);
    }
    return same;
}

static void test_the_seed_decides_alone(void **state)
{
    struct trial trial;
    struct trial other;
    size_t different = 0;

    (void)state;
    trial_begin(&trial, every_kind);
    trial_begin(&other, every_kind);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        trial_draw(&other, seed);
        assert_true(same_schedule(trial.resolved, other.resolved));
        trial_draw(&other, seed + 1);
        different += same_schedule(trial.resolved, other.resolved) ? 0 : 1;
    }
    assert_int_equal(different, SEEDS);
    trial_end(&other);
    trial_end(&trial);
}

static size_t count_kind(const struct trial *trial, enum fault_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < drawn_count(trial); i++) {
        count += drawn(trial, i)->kind == kind ? 1 : 0;
    }
    return count;
}

/* Half of the seeds do without a kind; some know no other. */
static void test_swarm(void **state)
{
    static const enum fault_kind kinds[] = {FAULT_KILL, FAULT_PAUSE, FAULT_HANG, FAULT_RESPOND};
    struct trial trial;

    (void)state;
    trial_begin(&trial, roomy);
    for (size_t i = 0; i < 4; i++) {
        size_t without = 0;
        size_t alone = 0;
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            trial_draw(&trial, seed);
            without += count_kind(&trial, kinds[i]) == 0 ? 1 : 0;
            alone += count_kind(&trial, kinds[i]) == drawn_count(&trial) ? 1 : 0;
        }
        assert_in_range(without, SEEDS * 4 / 10, SEEDS * 6 / 10);
        assert_in_range(alone, SEEDS * 4 / 100, SEEDS * 20 / 100);
    }
    trial_end(&trial);
}

static void test_weights(void **state)
{
    struct trial trial;
    size_t kills = 0;
    size_t pauses = 0;

    (void)state;
    trial_begin(&trial, "name: x\nduration: 60s\nchaos: {faults: {kill: 1000, pause: 1}}\n");
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        if (count_kind(&trial, FAULT_KILL) > 0) {
            kills += count_kind(&trial, FAULT_KILL);
            pauses += count_kind(&trial, FAULT_PAUSE);
        }
    }
    assert_true(kills > 50 * pauses);
    trial_end(&trial);
}

/* Written down, each is a fault that a scenario may have. */
static void test_parameters_are_such_as_a_scenario_may_say(void **state)
{
    struct trial trial;

    (void)state;
    trial_begin(&trial, every_kind);
    for (uint64_t seed = 0; seed < SEEDS / 10; seed++) {
        struct trial written;
        trial_draw(&trial, seed);
        trial_begin(&written, scenario_write(&trial.drawn, trial.resolved, NULL, NULL));
        trial_draw(&written, seed);
        assert_true(same_schedule(trial.resolved, written.resolved));
        trial_end(&written);
    }
    trial_end(&trial);
}

struct variety {
    uint64_t least;
    uint64_t most;
};

static void see(struct variety *variety, uint64_t value)
{
    bool first = variety->least == 0 && variety->most == 0;
    variety->least = first || value < variety->least ? value : variety->least;
    variety->most = value > variety->most ? value : variety->most;
}

static void test_parameters_vary(void **state)
{
    struct trial trial;
    struct variety status = {0};
    struct variety by = {0};
    struct variety rate = {0};
    struct variety bytes = {0};
    struct variety share = {0};
    struct variety direction = {0};

    (void)state;
    trial_begin(&trial, every_kind);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        trial_draw(&trial, seed);
        for (size_t i = 0; i < drawn_count(&trial); i++) {
            const struct fault *fault = drawn(&trial, i);
            if (fault->kind == FAULT_RESPOND) {
                see(&status, fault->parameters.statuses[0]);
            } else if (fault->kind == FAULT_SLOW) {
                see(&by, (uint64_t)fault->parameters.by);
                assert_true(fault->parameters.jitter <= fault->parameters.by / 2);
            } else if (fault->kind == FAULT_TRICKLE) {
                see(&rate, fault->parameters.rate_bytes);
            } else if (fault->kind == FAULT_STALL) {
                see(&bytes, fault->parameters.after_bytes + 1);
            } else if (fault->kind == FAULT_DELAY) {
                see(&share, fault->parameters.of_ppm);
            } else if (fault->kind == FAULT_BLACKHOLE) {
                see(&direction, fault->parameters.direction + 1);
            }
        }
    }
    assert_true(status.least == 500 && status.most == 504);
    assert_true(by.least == 100 * NANOS_PER_MS && by.most == 2 * S);
    assert_true(rate.least == 8 && rate.most == 1024);
    assert_true(bytes.least == 1 && bytes.most == 65);
    assert_true(share.least == 100000 && share.most == 1000000);
    assert_true(direction.least == DIRECTION_BOTH + 1 && direction.most == DIRECTION_OUT + 1);
    trial_end(&trial);
}

/* A recorded seed must mean the same schedule for ever. */
static void test_a_known_schedule(void **state)
{
    static const struct {
        enum fault_kind kind;
        int at_ms;
        uint16_t node;
    } expected[] = {
        {FAULT_PAUSE, 2556, 2}, {FAULT_PAUSE, 6576, 1},    {FAULT_PAUSE, 10038, 2},
        {FAULT_HANG, 17436, 2}, {FAULT_RESPOND, 21320, 2},
    };
    struct trial trial;

    (void)state;
    trial_begin(&trial, roomy);
    trial_draw(&trial, 1);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        const struct fault *fault = drawn(&trial, i);
        assert_int_equal(fault->kind, expected[i].kind);
        assert_int_equal(fault->at_from, expected[i].at_ms * NANOS_PER_MS);
        assert_int_equal(fault->nodes[0], expected[i].node);
    }
    assert_int_equal(drawn(&trial, 4)->parameters.statuses[0], 500);
    assert_int_equal(drawn(&trial, 4)->parameters.ratio_ppm, 200000);
    trial_end(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_chaos_nothing_is_drawn),
        cmocka_unit_test(test_faults_are_plain_ones_of_every_kind),
        cmocka_unit_test(test_written_faults_stay_as_they_are),
        cmocka_unit_test(test_enough_nodes_stay_healthy),
        cmocka_unit_test(test_written_faults_count),
        cmocka_unit_test(test_nodes_have_time_to_return),
        cmocka_unit_test(test_no_stretch_is_left_out_where_there_is_room),
        cmocka_unit_test(test_nobody_is_hit_where_all_must_stay_healthy),
        cmocka_unit_test(test_the_seed_decides_alone),
        cmocka_unit_test(test_swarm),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_parameters_are_such_as_a_scenario_may_say),
        cmocka_unit_test(test_parameters_vary),
        cmocka_unit_test(test_a_known_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
