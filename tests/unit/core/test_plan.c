#include "core/plan.h"

#include "unit/cmocka_all.h"

enum { NODES = 7 };

static struct scenario scenario_of(struct fault *faults, size_t count)
{
    return (struct scenario){
        .node_count = NODES,
        .process_count = NODES,
        .duration = 14 * NANOS_PER_S,
        .faults = faults,
        .fault_count = count,
    };
}

static struct fault fault_at(nanos from, nanos to, nanos hold)
{
    return (struct fault){.id = "f", .at_from = from, .at_to = to, .hold = hold};
}

static void assert_step(const struct plan_step *step, nanos at, uint32_t fault, bool undo)
{
    assert_int_equal(step->at, at);
    assert_int_equal(step->fault, fault);
    assert_int_equal(step->undo, undo);
}

static void test_steps_are_sorted_and_undos_come_first(void **state)
{
    struct fault faults[] = {
        fault_at(9 * NANOS_PER_S, 9 * NANOS_PER_S, NANOS_NEVER),
        fault_at(3 * NANOS_PER_S, 3 * NANOS_PER_S, 6 * NANOS_PER_S),
        fault_at(3 * NANOS_PER_S, 3 * NANOS_PER_S, NANOS_NEVER),
        fault_at(0, 0, 3 * NANOS_PER_S),
    };
    struct scenario scenario = scenario_of(faults, 4);
    struct arena arena;
    struct plan plan;

    (void)state;
    arena_init(&arena, 0);
    plan_make(&plan, &arena, &scenario, 1);
    assert_int_equal(plan.step_count, 6);
    assert_step(&plan.steps[0], 0, 3, false);
    assert_step(&plan.steps[1], 3 * NANOS_PER_S, 3, true);
    assert_step(&plan.steps[2], 3 * NANOS_PER_S, 1, false);
    assert_step(&plan.steps[3], 3 * NANOS_PER_S, 2, false);
    assert_step(&plan.steps[4], 9 * NANOS_PER_S, 1, true);
    assert_step(&plan.steps[5], 9 * NANOS_PER_S, 0, false);
    assert_int_equal(plan.fault_at[0], 9 * NANOS_PER_S);
    assert_int_equal(plan.fault_at[3], 0);
    arena_done(&arena);
}

static void test_undo_at_or_after_the_end_is_left_out(void **state)
{
    struct fault faults[] = {
        fault_at(4 * NANOS_PER_S, 4 * NANOS_PER_S, 10 * NANOS_PER_S - 1),
        fault_at(4 * NANOS_PER_S, 4 * NANOS_PER_S, 10 * NANOS_PER_S),
    };
    struct scenario scenario = scenario_of(faults, 2);
    struct arena arena;
    struct plan plan;

    (void)state;
    arena_init(&arena, 0);
    plan_make(&plan, &arena, &scenario, 1);
    assert_int_equal(plan.step_count, 3);
    assert_step(&plan.steps[2], 14 * NANOS_PER_S - 1, 0, true);
    arena_done(&arena);
}

static struct fault flap_at(nanos at, nanos hold, nanos every, nanos down)
{
    struct fault fault = fault_at(at, at, hold);
    fault.kind = FAULT_FLAP;
    fault.parameters.every = every;
    fault.parameters.down = down;
    return fault;
}

/* Down at 3, 6, 9 and 12 s; its `for` cuts the last one short. */
static void test_a_flap_is_its_down_phases(void **state)
{
    struct fault faults[] = {
        flap_at(3 * NANOS_PER_S, 10 * NANOS_PER_S, 3 * NANOS_PER_S, 2 * NANOS_PER_S),
        fault_at(6 * NANOS_PER_S, 6 * NANOS_PER_S, NANOS_NEVER),
    };
    struct scenario scenario = scenario_of(faults, 2);
    struct arena arena;
    struct plan plan;

    (void)state;
    arena_init(&arena, 0);
    plan_make(&plan, &arena, &scenario, 1);
    assert_int_equal(plan.step_count, 9);
    assert_step(&plan.steps[0], 3 * NANOS_PER_S, 0, false);
    assert_step(&plan.steps[1], 5 * NANOS_PER_S, 0, true);
    assert_step(&plan.steps[2], 6 * NANOS_PER_S, 0, false);
    assert_step(&plan.steps[3], 6 * NANOS_PER_S, 1, false);
    assert_step(&plan.steps[4], 8 * NANOS_PER_S, 0, true);
    assert_step(&plan.steps[7], 12 * NANOS_PER_S, 0, false);
    assert_step(&plan.steps[8], 13 * NANOS_PER_S, 0, true);
    assert_int_equal(plan.steps[2].phase, 1);
    assert_int_equal(plan.steps[4].phase, 1);
    assert_int_equal(plan.steps[8].phase, 3);
    arena_done(&arena);
}

/* Traffic ends at 14 s: no phase begins then, and one that lasts longer is not undone. */
static void test_a_flap_without_for_ends_with_the_traffic(void **state)
{
    struct fault faults[] = {flap_at(4 * NANOS_PER_S, NANOS_NEVER, 5 * NANOS_PER_S, NANOS_PER_S)};
    struct scenario scenario = scenario_of(faults, 1);
    struct arena arena;
    struct plan plan;

    (void)state;
    arena_init(&arena, 0);
    plan_make(&plan, &arena, &scenario, 1);
    assert_int_equal(plan.step_count, 4);
    assert_step(&plan.steps[3], 10 * NANOS_PER_S, 0, true);
    faults[0].parameters.every = 5 * NANOS_PER_S - 1;
    faults[0].parameters.down = 2;
    plan_make(&plan, &arena, &scenario, 1);
    assert_int_equal(plan.step_count, 5);
    assert_step(&plan.steps[4], 14 * NANOS_PER_S - 2, 0, false);
    arena_done(&arena);
}

static void test_no_faults_no_steps(void **state)
{
    struct scenario scenario = scenario_of(NULL, 0);
    struct arena arena;
    struct plan plan;

    (void)state;
    arena_init(&arena, 0);
    plan_make(&plan, &arena, &scenario, 1);
    assert_int_equal(plan.step_count, 0);
    arena_done(&arena);
}

static void test_range_is_drawn_in_whole_milliseconds(void **state)
{
    struct fault faults[] = {fault_at(3 * NANOS_PER_S, 4 * NANOS_PER_S, NANOS_PER_S)};
    struct scenario scenario = scenario_of(faults, 1);
    struct arena arena;
    nanos lowest = NANOS_NEVER;
    nanos highest = 0;

    (void)state;
    arena_init(&arena, 0);
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct plan plan;
        plan_make(&plan, &arena, &scenario, seed);
        nanos drawn = plan.fault_at[0];
        assert_int_equal(drawn % NANOS_PER_MS, 0);
        assert_int_equal(plan.steps[0].at, drawn);
        assert_int_equal(plan.steps[1].at, drawn + NANOS_PER_S);
        lowest = nanos_min(lowest, drawn);
        highest = nanos_max(highest, drawn);
    }
    assert_in_range(lowest, 3 * NANOS_PER_S, 3 * NANOS_PER_S + 20 * NANOS_PER_MS);
    assert_in_range(highest, 4 * NANOS_PER_S - 20 * NANOS_PER_MS, 4 * NANOS_PER_S);
    arena_done(&arena);
}

static void test_narrow_range_is_never_left(void **state)
{
    nanos from = 3 * NANOS_PER_S + 600 * NANOS_PER_US;
    nanos to = 3 * NANOS_PER_S + 700 * NANOS_PER_US;
    struct fault faults[] = {fault_at(from, to, NANOS_NEVER)};
    struct scenario scenario = scenario_of(faults, 1);
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct plan plan;
        plan_make(&plan, &arena, &scenario, seed);
        assert_in_range(plan.fault_at[0], from, to);
    }
    arena_done(&arena);
}

static void test_same_seed_same_plan(void **state)
{
    struct fault faults[] = {
        fault_at(1 * NANOS_PER_S, 9 * NANOS_PER_S, NANOS_NEVER),
        fault_at(1 * NANOS_PER_S, 9 * NANOS_PER_S, NANOS_NEVER),
    };
    struct scenario scenario = scenario_of(faults, 2);
    struct arena arena;
    struct plan first;
    struct plan again;
    struct plan other;

    (void)state;
    arena_init(&arena, 0);
    plan_make(&first, &arena, &scenario, 42);
    plan_make(&again, &arena, &scenario, 42);
    plan_make(&other, &arena, &scenario, 43);
    assert_int_equal(first.fault_at[0], again.fault_at[0]);
    assert_int_equal(first.fault_at[1], again.fault_at[1]);
    assert_int_not_equal(first.fault_at[0], first.fault_at[1]);
    assert_int_not_equal(first.fault_at[0], other.fault_at[0]);
    arena_done(&arena);
}

static void test_targets_that_are_not_random(void **state)
{
    static const uint16_t listed[] = {4, 1};
    static const struct {
        size_t listed_count;
        size_t count;
        enum target_kind target;
        uint16_t current;
        uint16_t nodes[NODES];
    } cases[] = {
        {2, 2, TARGET_NODES, 0, {1, 4}},
        {0, 0, TARGET_NODES, 0, {0}},
        {0, 1, TARGET_CURRENT, 3, {3}},
        {0, 1, TARGET_CURRENT, NODE_NONE, {0}},
        {0, 7, TARGET_ALL, 3, {0, 1, 2, 3, 4, 5, 6}},
        {0, 6, TARGET_OTHERS, 3, {0, 1, 2, 4, 5, 6}},
        {0, 6, TARGET_OTHERS, NODE_NONE, {1, 2, 3, 4, 5, 6}},
    };
    struct scenario scenario = scenario_of(NULL, 0);
    struct prng prng;

    (void)state;
    prng_init(&prng, 1, PRNG_STREAM_TARGETS);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fault fault = {
            .target = cases[i].target, .nodes = listed, .node_count = cases[i].listed_count};
        uint16_t nodes[NODES];
        size_t count = plan_targets(&scenario, &fault, cases[i].current, &prng, nodes);
        assert_int_equal(count, cases[i].count);
        assert_memory_equal(nodes, cases[i].nodes, count * sizeof(nodes[0]));
    }
}

static void check_random_targets(enum target_kind target, size_t node_count, size_t expected)
{
    struct scenario scenario = {.node_count = node_count, .process_count = node_count};
    struct fault fault = {.target = target};
    unsigned drawn[NODES] = {0};
    struct prng prng;

    prng_init(&prng, 7, PRNG_STREAM_TARGETS);
    for (int round = 0; round < 700; round++) {
        uint16_t nodes[NODES];
        size_t count = plan_targets(&scenario, &fault, 0, &prng, nodes);
        assert_int_equal(count, expected);
        for (size_t i = 0; i < count; i++) {
            assert_true(nodes[i] < node_count);
            assert_true(i == 0 || nodes[i - 1] < nodes[i]);
            drawn[nodes[i]]++;
        }
    }
    /* Each node is as likely as any other: within a third of its fair share, far beyond chance. */
    size_t fair = 700 * expected / node_count;
    for (size_t i = 0; i < node_count && expected > 0; i++) {
        assert_in_range(drawn[i], fair * 2 / 3, fair * 4 / 3);
    }
}

static void test_random_targets(void **state)
{
    (void)state;
    check_random_targets(TARGET_ONE, 7, 1);
    check_random_targets(TARGET_ONE, 1, 1);
    check_random_targets(TARGET_MINORITY, 7, 3);
    check_random_targets(TARGET_MINORITY, 6, 2);
    check_random_targets(TARGET_MINORITY, 2, 0);
    check_random_targets(TARGET_MAJORITY, 7, 4);
    check_random_targets(TARGET_MAJORITY, 6, 4);
    check_random_targets(TARGET_MAJORITY, 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_are_sorted_and_undos_come_first),
        cmocka_unit_test(test_undo_at_or_after_the_end_is_left_out),
        cmocka_unit_test(test_a_flap_is_its_down_phases),
        cmocka_unit_test(test_a_flap_without_for_ends_with_the_traffic),
        cmocka_unit_test(test_no_faults_no_steps),
        cmocka_unit_test(test_range_is_drawn_in_whole_milliseconds),
        cmocka_unit_test(test_narrow_range_is_never_left),
        cmocka_unit_test(test_same_seed_same_plan),
        cmocka_unit_test(test_targets_that_are_not_random),
        cmocka_unit_test(test_random_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
