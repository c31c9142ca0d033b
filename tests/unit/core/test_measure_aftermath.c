/* Harm that comes when a fault is over: it belongs to the disturbance that ended last. 200 requests
   a second, the fault from 3 s to 6 s, callers recovered on a backup in no time. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static void begin(struct builder *builder, nanos duration)
{
    builder_init(builder, 200, duration);
    builder_fault(builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 6 * S);
}

static void harm_after_the_end_is_a_relapse(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_refuse(&builder, 6100 * MS, 6200 * MS, 1 * MS); /* one stretch with the next */
    builder_answer(&builder, 6500 * MS, 6505 * MS, PRIMARY, 700 * MS);
    builder_refuse(&builder, 9 * S, 9010 * MS, 1 * MS); /* after another quiet second */
    builder_answer(&builder, 3 * S, 6 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);
    const struct disturbance *disturbance = &measured->disturbances[0];

    assert_int_equal(measured->disturbance_count, 1);
    ASSERT_VALUE(disturbance->relapses, 2);
    ASSERT_VALUE(disturbance->failed_requests, 20 + 2);
    ASSERT_VALUE(disturbance->slow_requests, 1);
    ASSERT_VALUE(disturbance->worst_latency, 700 * MS);
    assert_int_equal(disturbance->end, 6 * S);
    assert_int_equal(disturbance->aftermath_end, 9005 * MS + 1 * MS);
    /* What was measured before the end stands. */
    ASSERT_RECOVERED(disturbance, 2 * MS);
    ASSERT_VALUE(disturbance->outage, 5 * MS);
    assert_int_equal(disturbance->served_by_count, 1);
    assert_int_equal(disturbance->served_by[0], BACKUP_1);
    assert_false(disturbance->untouched);
    builder_done(&builder);
}

/* Callers who had not recovered by the end do so later, on the node itself; only then can they
   relapse. */
static void no_relapse_before_quiet(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_refuse(&builder, 3 * S, 7 * S, 1 * MS);
    builder_refuse(&builder, 9 * S, 9005 * MS, 1 * MS);
    builder_traffic(&builder);
    const struct disturbance *disturbance = &builder_measure(&builder)->disturbances[0];

    ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
    ASSERT_VALUE(disturbance->relapses, 1);
    ASSERT_VALUE(disturbance->failed_requests, 801);
    builder_done(&builder);
}

/* A quiet second may lie on both sides of the end: 5.5 s to 6.6 s. */
static void quiet_may_span_the_end(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_refuse(&builder, 3 * S, 5500 * MS, 1 * MS);
    builder_refuse(&builder, 6600 * MS, 6605 * MS, 1 * MS);
    builder_traffic(&builder);
    const struct disturbance *disturbance = &builder_measure(&builder)->disturbances[0];

    ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
    ASSERT_VALUE(disturbance->relapses, 1);
    builder_done(&builder);
}

/* Between two disturbances it is the former's, during the latter the latter's, and so is what the
   latter's onset finds on its way. */
static void the_latest_that_ended_takes_it(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 14 * S);
    builder_fault(&builder, FAULT_KILL, 1 << BACKUP_1, 9 * S, 11 * S);
    builder_refuse(&builder, 7500 * MS, 7510 * MS, 1 * MS);
    builder_answer(&builder, 8500 * MS, 8505 * MS, PRIMARY, 600 * MS); /* until 9.1 s */
    builder_refuse(&builder, 13 * S, 13015 * MS, 1 * MS);
    builder_answer(&builder, 3 * S, 9 * S, BACKUP_1, 2 * MS);
    builder_answer(&builder, 9 * S, 14 * S, BACKUP_2, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    ASSERT_VALUE(measured->disturbances[0].failed_requests, 2);
    ASSERT_VALUE(measured->disturbances[0].slow_requests, 0);
    ASSERT_VALUE(measured->disturbances[0].relapses, 1);
    ASSERT_VALUE(measured->disturbances[1].failed_requests, 3);
    ASSERT_VALUE(measured->disturbances[1].slow_requests, 1);
    ASSERT_VALUE(measured->disturbances[1].relapses, 1);
    builder_done(&builder);
}

static void before_the_first_fault_it_is_nobodys(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_refuse(&builder, 1 * S, 1010 * MS, 1 * MS);
    builder_answer(&builder, 3 * S, 12 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->disturbances[0].failed_requests, 0);
    ASSERT_VALUE(measured->disturbances[0].relapses, 0);
    assert_int_equal(measured->disturbances[0].aftermath_end, 6 * S);
    builder_done(&builder);
}

/* The harness stands still for 200 ms at 8 s: the error of the figures only if they are about then.
 */
static void lateness_in_the_aftermath_is_an_error(void **state)
{
    (void)state;
    for (int harmed = 0; harmed < 2; harmed++) {
        struct builder builder;
        begin(&builder, 12 * S);
        if (harmed == 1) {
            builder_answer(&builder, 7700 * MS, 7705 * MS, PRIMARY, 600 * MS);
        }
        builder_event(&builder, (struct event){.at = 8 * S,
                                               .kind = EVENT_TURN,
                                               .node = NODE_NONE,
                                               .turn = {.lateness = 200 * MS}});
        builder_answer(&builder, 3 * S, 6 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct disturbance *disturbance = &builder_measure(&builder)->disturbances[0];

        assert_int_equal(disturbance->lateness_max, harmed == 1 ? 200 * MS : 0);
        builder_done(&builder);
    }
}

/* No request was due while the fault held for 3 ms. */
static void an_aftermath_alone_is_no_touch(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 12 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S + 3 * MS, 3 * S + 4 * MS);
    builder_refuse(&builder, 8 * S, 8005 * MS, 1 * MS);
    builder_traffic(&builder);
    const struct disturbance *disturbance = &builder_measure(&builder)->disturbances[0];

    ASSERT_VALUE(disturbance->worst_latency, 1 * MS);
    assert_true(disturbance->untouched);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harm_after_the_end_is_a_relapse),
        cmocka_unit_test(no_relapse_before_quiet),
        cmocka_unit_test(quiet_may_span_the_end),
        cmocka_unit_test(the_latest_that_ended_takes_it),
        cmocka_unit_test(before_the_first_fault_it_is_nobodys),
        cmocka_unit_test(lateness_in_the_aftermath_is_an_error),
        cmocka_unit_test(an_aftermath_alone_is_no_touch),
    };
    return cmocka_run_group_tests_name("measure aftermath", tests, NULL, NULL);
}
