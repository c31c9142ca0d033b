/* What belongs to a disturbance, where it begins and ends, and its figures at the edges. 200
   requests a second: one every 5 ms, answered by the primary after 2 ms unless a rule says
   otherwise. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static void hang(struct builder *builder, nanos from, nanos to)
{
    builder_rule(
        builder,
        (struct rule){.from = from, .to = to, .node = PRIMARY, .outcome = OUTCOME_UNFINISHED});
}

/* Dead from the first due time on: nothing can have been served before, yet it counts as active. */
static void a_fault_at_the_start_is_active(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 0, NANOS_NEVER);
    builder_answer(&builder, 0, 5 * S, BACKUP_1, 7 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 1);
    assert_true(measured->disturbances[0].was_active);
    ASSERT_RECOVERED(&measured->disturbances[0], 7 * MS);
    /* The start of traffic counts as an answer: the first one comes after 7 ms. */
    ASSERT_VALUE(measured->disturbances[0].outage, 7 * MS);
    assert_int_equal(measured->baseline_requests, 0);
    assert_int_equal(measured->first_fault, 0);
    builder_done(&builder);
}

/* A fault that is seen 20 ms before the first due time counts from there. */
static void no_onset_before_the_first_due_time(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, -20 * MS, NANOS_NEVER);
    builder_answer(&builder, 0, 5 * S, BACKUP_1, 7 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbances[0].onset, 0);
    assert_int_equal(measured->faults[0].onset, 0);
    assert_int_equal(measured->faults[0].applied, -20 * MS);
    builder_done(&builder);
}

/* Quiet from the onset on, but only 900 ms are left. */
static void the_end_of_traffic_cuts_quiet_off(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 9100 * MS, NANOS_NEVER);
    builder_answer(&builder, 9100 * MS, 10 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbances[0].end, 10 * S);
    ASSERT_UNRECOVERED(&measured->disturbances[0], "no quiet second before the end");
    ASSERT_VALUE(measured->disturbances[0].first_success, 2 * MS);
    builder_done(&builder);
}

/* Quiet after 3.5 s, but what was due in the first 100 ms never ended: callers cannot be said to
   have recovered. Latency and the count of failures go on to the end of the drain at 15 s. */
static void an_open_request_denies_recovery(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_HANG, 1 << PRIMARY, 3 * S, NANOS_NEVER);
    hang(&builder, 3 * S, 3100 * MS);
    builder_answer(&builder, 3100 * MS, 10 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);
    const struct disturbance *disturbance = &measured->disturbances[0];

    ASSERT_UNRECOVERED(disturbance, "a request was still open at the end");
    ASSERT_VALUE(disturbance->failed_requests, 20);
    ASSERT_VALUE(disturbance->worst_latency, 12 * S);
    ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 20);
    ASSERT_VALUE(measured->metrics[METRIC_LATENCY_MAX], 12 * S);
    ASSERT_VALUE(measured->metrics[METRIC_SERVICE_MAX], 12 * S);
    builder_done(&builder);
}

/* Requests held from 3.0 s until just before, exactly at, and just after the fault is cleared at 8
 * s. */
static void a_request_must_have_ended_before_the_disturbance_did(void **state)
{
    static const nanos ends[] = {8 * S - 1, 8 * S, 8 * S + 1};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 8 * S);
        builder_rule(&builder, builder_held(3 * S, 3005 * MS, BACKUP_1, ends[i]));
        builder_answer(&builder, 3005 * MS, 8 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        if (i == 0) {
            ASSERT_RECOVERED(&measured->disturbances[0], 5 * S - 1);
        } else {
            ASSERT_UNRECOVERED(&measured->disturbances[0], "a request was still open at the end");
        }
        builder_done(&builder);
    }
}

/* A backup that served nobody dies: nothing can be learnt from it. */
static void an_idle_target_is_inactive(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << BACKUP_2, 3 * S, 8 * S);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 1);
    assert_false(measured->disturbances[0].was_active);
    /* Able again for 2 s of traffic, and never asked. */
    ASSERT_NEVER(measured->disturbances[0].failback);
    builder_done(&builder);
}

/* The target served until 2 s before the onset, or until just before that. */
static void active_means_within_two_seconds(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        /* The last success of the primary ends at 4 s, or 1 ns before. */
        builder_rule(&builder, builder_held(3900 * MS, 3905 * MS, PRIMARY, 4 * S - late));
        builder_answer(&builder, 3905 * MS, 10 * S, BACKUP_1, 2 * MS);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 6 * S, NANOS_NEVER);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbances[0].was_active, late == 0);
        builder_done(&builder);
    }
}

/* In flight when a second pause comes at 7 s: due before, but disturbed only by it. The first
   disturbance had recovered and ends there; the request is the second one's, and no relapse of the
   first. */
static void a_cut_disturbance_keeps_only_what_it_disturbed(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, NANOS_NEVER);
    builder_fault(&builder, FAULT_PAUSE, 1 << BACKUP_1, 7 * S, NANOS_NEVER);
    builder_answer(&builder, 3 * S, 6990 * MS, BACKUP_1, 2 * MS);
    builder_answer(&builder, 6990 * MS, 7 * S, BACKUP_2, 1500 * MS);
    builder_answer(&builder, 7 * S, 10 * S, BACKUP_2, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
    ASSERT_VALUE(measured->disturbances[0].relapses, 0);
    ASSERT_VALUE(measured->disturbances[0].slow_requests, 0);
    /* Due at 6.990 s and 6.995 s; the later one ends at 8.495 s. */
    ASSERT_VALUE(measured->disturbances[1].slow_requests, 2);
    ASSERT_RECOVERED(&measured->disturbances[1], 1495 * MS);
    builder_done(&builder);
}

/* A request that was hanging since the first disturbance, which ended without recovery, is not the
 * second one's. */
static void a_request_belongs_to_the_first_it_touches(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_HANG, 1 << PRIMARY, 3 * S, 4 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 6 * S, NANOS_NEVER);
    builder_rule(&builder, builder_held(3500 * MS, 3505 * MS, PRIMARY, 8 * S));
    builder_answer(&builder, 6 * S, 10 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    ASSERT_VALUE(measured->disturbances[0].slow_requests, 1);
    ASSERT_VALUE(measured->disturbances[1].slow_requests, 0);
    ASSERT_VALUE(measured->disturbances[0].worst_latency, 4500 * MS);
    ASSERT_RECOVERED(&measured->disturbances[1], 2 * MS);
    builder_done(&builder);
}

/* Failing since 4 s (after 1 s of quiet), from 5.5 s to 5.6 s, from 5.8 s to 5.9 s and from 7 s on
   again: the second and third are one relapse, for there is no quiet second between them. */
static void relapses_without_quiet_between_are_one(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
    builder_refuse(&builder, 4 * S + 1, 4100 * MS, 1 * MS);
    builder_refuse(&builder, 5500 * MS, 5600 * MS, 1 * MS);
    builder_refuse(&builder, 5800 * MS, 5900 * MS, 1 * MS);
    builder_refuse(&builder, 7 * S, 7100 * MS, 1 * MS);
    builder_answer(&builder, 3 * S, 10 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
    ASSERT_VALUE(measured->disturbances[0].relapses, 3);
    /* 4.005 ... 4.095, then three times twenty. */
    ASSERT_VALUE(measured->disturbances[0].failed_requests, 19 + 60);
    builder_done(&builder);
}

/* Down again at the very moment at which it was back: the first disturbance is over, so the second
 * is another one. */
static void a_fault_at_the_end_does_not_join(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 3400 * MS);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3400 * MS, 3800 * MS);
    builder_answer(&builder, 3 * S, 3800 * MS, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    assert_int_equal(measured->disturbances[1].onset, 3400 * MS);
    /* Of the node there is nothing to tell at that moment: able, unable, able. */
    assert_int_equal(measured->nodes[PRIMARY].state_count, 3);
    builder_done(&builder);
}

/* Each node goes down once, in one disturbance, though never all at a time: no node is left that
 * could be "another". */
static void where_all_are_targets_nobody_else_must_serve(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 3800 * MS);
    builder_fault(&builder, FAULT_KILL, 1 << BACKUP_1, 3500 * MS, NANOS_NEVER);
    builder_fault(&builder, FAULT_KILL, 1 << BACKUP_2, 3900 * MS, NANOS_NEVER);
    builder_answer(&builder, 3 * S, 3500 * MS, BACKUP_1, 2 * MS);
    builder_answer(&builder, 3500 * MS, 3900 * MS, BACKUP_2, 2 * MS);
    builder_refuse(&builder, 3900 * MS, 4 * S, 1 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 1);
    assert_int_equal(measured->disturbances[0].target_count, 3);
    ASSERT_ABSENT(measured->disturbances[0].first_success);
    /* The last failure is due at 3.995 s and ends 1 ms later. */
    ASSERT_RECOVERED(&measured->disturbances[0], 996 * MS);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_at_the_start_is_active),
        cmocka_unit_test(no_onset_before_the_first_due_time),
        cmocka_unit_test(the_end_of_traffic_cuts_quiet_off),
        cmocka_unit_test(an_open_request_denies_recovery),
        cmocka_unit_test(a_request_must_have_ended_before_the_disturbance_did),
        cmocka_unit_test(an_idle_target_is_inactive),
        cmocka_unit_test(active_means_within_two_seconds),
        cmocka_unit_test(a_cut_disturbance_keeps_only_what_it_disturbed),
        cmocka_unit_test(a_request_belongs_to_the_first_it_touches),
        cmocka_unit_test(relapses_without_quiet_between_are_one),
        cmocka_unit_test(a_fault_at_the_end_does_not_join),
        cmocka_unit_test(where_all_are_targets_nobody_else_must_serve),
    };
    return cmocka_run_group_tests_name("measure disturbances", tests, NULL, NULL);
}
