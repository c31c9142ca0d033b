/* Records of faults, and what nodes could do meanwhile. 200 requests a second, slow after 500 ms.
 */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

/* A kill counts from `applied`, a pause from `effective`; without the latter, harm is possible from
 * `applied` on. */
static void onset_by_kind(void **state)
{
    static const struct {
        enum fault_kind kind;
        nanos effective;
        nanos onset;
    } cases[] = {
        {FAULT_KILL, 3030 * MS, 3010 * MS},    {FAULT_TERMINATE, 3030 * MS, 3010 * MS},
        {FAULT_RESTART, 3030 * MS, 3010 * MS}, {FAULT_PAUSE, 3030 * MS, 3030 * MS},
        {FAULT_HANG, 3030 * MS, 3030 * MS},    {FAULT_PAUSE, NANOS_NEVER, 3010 * MS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder.faults[0] = (struct fault){.kind = cases[i].kind, .id = "fault-1"};
        builder.faults[0].parameters.ratio_ppm = 1000000;
        builder.scenario.fault_count = 1;
        builder_event(&builder, (struct event){.at = 3 * S, .kind = EVENT_FAULT_PLANNED});
        builder_event(&builder, (struct event){.at = 3010 * MS,
                                               .kind = EVENT_FAULT_APPLIED,
                                               .fault = {.was_up = true}});
        if (cases[i].effective != NANOS_NEVER) {
            builder_event(&builder, (struct event){.at = cases[i].effective,
                                                   .kind = EVENT_FAULT_EFFECTIVE,
                                                   .fault = {.confirmed_by = CONFIRMED_BY_STUB}});
        }
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        const struct fault_record *fault = &measured->faults[0];

        assert_int_equal(measured->fault_count, 1);
        assert_int_equal(fault->onset, cases[i].onset);
        assert_int_equal(fault->planned, 3 * S);
        assert_int_equal(fault->applied, 3010 * MS);
        assert_int_equal(fault->effective, cases[i].effective);
        assert_int_equal(fault->cleared, NANOS_NEVER);
        assert_int_equal(measured->disturbances[0].onset, cases[i].onset);
        assert_int_equal(measured->first_fault, 3010 * MS);
        /* 10 ms late: part of the error bar even where the onset lies later still. */
        assert_int_equal(measured->fault_lateness.max, 10 * MS);
        assert_int_equal(measured->disturbances[0].lateness_max, 10 * MS);
        builder_done(&builder);
    }
}

/* The usual pair in a scenario: `kill` without `for`, later `restart`. The journal shows the node
 * ready again. */
static void a_restart_clears_a_kill(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 14 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
    builder.faults[1] = (struct fault){.kind = FAULT_RESTART, .id = "restart-2"};
    builder.scenario.fault_count = 2;
    builder_event(&builder, (struct event){.at = 10 * S,
                                           .kind = EVENT_FAULT_APPLIED,
                                           .fault = {.fault = 1, .was_up = false}});
    builder_event(&builder,
                  (struct event){.at = 3001 * MS,
                                 .kind = EVENT_NODE,
                                 .node_change = {.why = "signal 9", .state = NODE_STATE_EXITED}});
    builder_event(&builder,
                  (struct event){.at = 10050 * MS,
                                 .kind = EVENT_NODE,
                                 .node_change = {.why = "ready", .state = NODE_STATE_READY}});
    builder_answer(&builder, 3 * S, 11 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count,
                     1); /* restart of a node that was down opens none */
    assert_int_equal(measured->faults[0].cleared, 10050 * MS);
    assert_int_equal(measured->disturbances[0].end, 10050 * MS);
    ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
    /* Able at 10.05 s; the first it serves again is due at 11 s. */
    ASSERT_VALUE(measured->disturbances[0].failback, 952 * MS);
    assert_int_equal(measured->nodes[PRIMARY].state_count, 3);
    assert_int_equal(measured->nodes[PRIMARY].states[1].state, ABILITY_UNABLE);
    assert_string_equal(measured->nodes[PRIMARY].states[1].why, "kill-1");
    assert_int_equal(measured->nodes[PRIMARY].states[2].at, 10050 * MS);
    builder_done(&builder);
}

/* It died by itself: no disturbance, but known to be down. */
static void a_node_that_dies_is_unable(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder_event(&builder,
                  (struct event){.at = 3 * S,
                                 .node = BACKUP_1,
                                 .kind = EVENT_NODE,
                                 .node_change = {.why = "exit", .state = NODE_STATE_EXITED}});
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 0);
    assert_int_equal(measured->nodes[BACKUP_1].state_count, 2);
    assert_int_equal(measured->nodes[BACKUP_1].states[1].state, ABILITY_UNABLE);
    assert_string_equal(measured->nodes[BACKUP_1].states[1].why, "down");
    builder_done(&builder);
}

static void a_failed_fault_opens_nothing(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder.faults[0] = (struct fault){.kind = FAULT_KILL, .id = "kill-1"};
    builder.scenario.fault_count = 1;
    builder_event(&builder, (struct event){.at = 3 * S, .kind = EVENT_FAULT_PLANNED});
    builder_event(&builder, (struct event){.at = 3 * S,
                                           .kind = EVENT_FAULT_FAILED,
                                           .fault = {.text = "the node was down already"}});
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 0);
    assert_int_equal(measured->faults[0].onset, NANOS_NEVER);
    assert_string_equal(measured->faults[0].failure, "the node was down already");
    assert_int_equal(measured->faults[0].disturbance, DISTURBANCE_NONE);
    assert_int_equal(measured->nodes[PRIMARY].state_count, 1);
    builder_done(&builder);
}

static void node_event(struct builder *builder, nanos at, uint16_t node, enum node_state state)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = node,
                                          .kind = EVENT_NODE,
                                          .node_change = {.why = "", .state = (uint8_t)state}});
}

/* The stop is the pause's own: it is over when the pause is, whether or not anybody says "ready".
 */
static void a_stop_inside_a_pause_says_nothing_new(void **state)
{
    (void)state;
    for (int paused = 0; paused < 2; paused++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, paused ? 3 * S : 1 * S, 4 * S - paused);
        node_event(&builder, paused ? 3 * S : 5 * S, PRIMARY, NODE_STATE_STOPPED);
        builder_traffic(&builder);
        const struct node_measurement *node = &builder_measure(&builder)->nodes[PRIMARY];

        assert_int_equal(node->state_count, paused ? 3 : 4); /* stopped by somebody else: down */
        builder_done(&builder);
    }
}

/* Nodes that start during the warm-up are dark then, but what ends before time 0 is nobody's
 * business. */
static void dark_before_the_traffic_opens_nothing(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder.scenario.warmup = 3 * S;
    for (uint16_t node = 0; node < 3; node++) {
        node_event(&builder, -2 * S, node, NODE_STATE_STARTING);
        node_event(&builder, -1 * S, node, NODE_STATE_READY);
    }
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 0);
    assert_int_equal(measured->nodes[PRIMARY].state_count, 3);
    assert_int_equal(measured->nodes[PRIMARY].states[0].at, -3 * S);
    builder_done(&builder);
}

/* `reset_failed` has no target, but a time at which the client obeyed. */
static void a_fault_without_a_target_is_effective(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder.faults[0] = (struct fault){.kind = FAULT_RESET_FAILED, .id = "reset_failed-1"};
    builder.scenario.fault_count = 1;
    builder_event(&builder,
                  (struct event){.at = 3 * S, .kind = EVENT_FAULT_PLANNED, .node = NODE_NONE});
    builder_event(&builder,
                  (struct event){.at = 3010 * MS, .kind = EVENT_FAULT_APPLIED, .node = NODE_NONE});
    builder_event(&builder, (struct event){.at = 3020 * MS,
                                           .kind = EVENT_FAULT_EFFECTIVE,
                                           .node = NODE_NONE,
                                           .fault = {.confirmed_by = CONFIRMED_BY_CLIENT}});
    builder_traffic(&builder);
    const struct fault_record *fault = &builder_measure(&builder)->faults[0];

    assert_int_equal(fault->target_count, 0);
    assert_int_equal(fault->applied, 3010 * MS);
    assert_int_equal(fault->effective, 3020 * MS);
    assert_int_equal(fault->cleared, NANOS_NEVER);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(onset_by_kind),
        cmocka_unit_test(a_restart_clears_a_kill),
        cmocka_unit_test(a_node_that_dies_is_unable),
        cmocka_unit_test(a_failed_fault_opens_nothing),
        cmocka_unit_test(a_stop_inside_a_pause_says_nothing_new),
        cmocka_unit_test(dark_before_the_traffic_opens_nothing),
        cmocka_unit_test(a_fault_without_a_target_is_effective),
    };
    return cmocka_run_group_tests_name("measure faults", tests, NULL, NULL);
}
