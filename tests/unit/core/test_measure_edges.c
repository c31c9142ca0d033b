/* Detection, first success, failback and outage at their edges. 200 requests a second, slow after
 * 500 ms. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

/* Two clients, two beliefs each: per client the earliest, of the clients the latest. */
static void detection_is_that_of_the_slowest_client(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder.scenario.client.instances = 2;
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 8 * S);
    builder_belief(&builder, 2 * S, 1, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 3010 * MS, 0, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 3020 * MS, 1, BACKUP_1, BELIEF_FAILED);
    builder_belief(&builder, 3050 * MS, 1, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 3090 * MS, 0, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 3095 * MS, 1, PRIMARY, BELIEF_FAILED);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->disturbances[0].detection, 50 * MS);
    assert_int_equal(measured->nodes[PRIMARY].believed_count, 5);
    assert_int_equal(measured->nodes[PRIMARY].believed[0].client, 1);
    builder_done(&builder);
}

/* A belief that comes with or after the end of the disturbance is no detection. */
static void a_belief_after_the_end_is_no_detection(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 4 * S);
    builder_belief(&builder, 4 * S, 0, PRIMARY, BELIEF_FAILED);
    builder_traffic(&builder);
    ASSERT_ABSENT(builder_measure(&builder)->disturbances[0].detection);
    builder_done(&builder);
}

/* Only requests that were with the target, or due after, tell that somebody else serves. Due
   at 2.995 s, answered by backup-1 at 3.004 s: having asked the primary before, until 3.001 s (the
   kill reset it) or until 2.999 s; or not. */
static void first_success_needs_a_request_of_the_target(void **state)
{
    static const nanos ends[] = {3001 * MS, 2999 * MS, NANOS_NEVER};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        builder_rule(&builder, builder_held(2995 * MS, 3 * S, BACKUP_1, 3004 * MS));
        builder_answer(&builder, 3 * S, 10 * S, BACKUP_1, 10 * MS);
        builder_traffic(&builder);
        if (ends[i] != NANOS_NEVER) {
            uint32_t request = (uint32_t)builder_due(&builder, 0, 2995 * MS);
            uint32_t attempt =
                builder_attempt(&builder, request, PURPOSE_REQUEST, PRIMARY, 2995 * MS);
            builder_attempt_end(&builder, attempt, request, ends[i], OUTCOME_RESET, 0);
        }
        const struct measurement *measured = builder_measure(&builder);

        ASSERT_VALUE(measured->disturbances[0].first_success, i == 0 ? 4 * MS : 10 * MS);
        builder_done(&builder);
    }
}

/* A node that 4xx answers come from answers: it is no worse than impaired, and nobody else has to
 * serve. */
static void client_errors_are_answers(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    uint32_t fault = builder_fault(&builder, FAULT_RESPOND, 7, 3 * S, 7 * S);
    builder.faults[fault].parameters.statuses[0] = 404;
    builder.faults[fault].parameters.status_count = 1;
    builder_rule(&builder, (struct rule){.from = 3 * S,
                                         .to = 7 * S,
                                         .node = PRIMARY,
                                         .status = 404,
                                         .outcome = OUTCOME_ANSWER,
                                         .after = 2 * MS});
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 1);
    ASSERT_RECOVERED(&measured->disturbances[0], 0);
    ASSERT_VALUE(measured->disturbances[0].outage, 5 * MS);
    ASSERT_VALUE(measured->metrics[METRIC_ANSWERED_4XX], 800);
    ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 0);
    ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE], 0);
    builder_done(&builder);
}

/* Killed 3-5 s and 6-8 s, the second time within the first second that it was back. The primary
   serves again 2 ms after 5 s, but after 8 s only from 9 s on: each disturbance has its own
   failback. */
static void failback_is_measured_per_return(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 5 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 6 * S, 8 * S);
    builder_answer(&builder, 3 * S, 5 * S, BACKUP_1, 2 * MS);
    builder_answer(&builder, 6 * S, 9 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->disturbances[0].failback, 2 * MS);
    ASSERT_VALUE(measured->disturbances[1].failback, 1002 * MS);
    builder_done(&builder);
}

/* Back from 5 s to 6.5 s and never asked: that it serves after its second return, at 8 s, is that
 * one's failback. */
static void failback_ends_at_the_next_fault(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 5 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 6500 * MS, 8 * S);
    builder_answer(&builder, 3 * S, 8 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_NEVER(measured->disturbances[0].failback);
    ASSERT_VALUE(measured->disturbances[1].failback, 2 * MS);
    builder_done(&builder);
}

/* The primary freezes at 3 s and thaws at 5 s, when it answers what it was asked before; new
 * requests stay elsewhere until 6 s. */
static void thawed_answers_are_no_failback(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 5 * S);
    builder_rule(&builder, builder_held(3 * S, 3500 * MS, PRIMARY, 5 * S + MS));
    builder_answer(&builder, 3500 * MS, 6 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->disturbances[0].failback, 1002 * MS);
    builder_done(&builder);
}

/* Back for 0.9 s only, and not asked in that time: nothing can be said. */
static void too_short_a_return_is_no_failback(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 9100 * MS);
    builder_answer(&builder, 3 * S, 10 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    ASSERT_ABSENT(builder_measure(&builder)->disturbances[0].failback);
    builder_done(&builder);
}

/* The longest gap may begin long before the disturbance, as long as they overlap; one that only
 * touches does not. */
static void outage_overlaps_the_disturbance(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    /* Silence from 1.997 s to 3.302 s, and from 5.997 s (just before the end) to 7.002 s. */
    builder_rule(&builder, builder_held(2 * S, 3300 * MS, PRIMARY, 3302 * MS));
    builder_rule(&builder, builder_held(6 * S, 7 * S, PRIMARY, 7002 * MS));
    builder_fault(&builder, FAULT_UNHEALTHY, 1 << PRIMARY, 3 * S, 5997 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->disturbances[0].outage, 1305 * MS);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(detection_is_that_of_the_slowest_client),
        cmocka_unit_test(a_belief_after_the_end_is_no_detection),
        cmocka_unit_test(first_success_needs_a_request_of_the_target),
        cmocka_unit_test(client_errors_are_answers),
        cmocka_unit_test(failback_is_measured_per_return),
        cmocka_unit_test(failback_ends_at_the_next_fault),
        cmocka_unit_test(thawed_answers_are_no_failback),
        cmocka_unit_test(too_short_a_return_is_no_failback),
        cmocka_unit_test(outage_overlaps_the_disturbance),
    };
    return cmocka_run_group_tests_name("measure edges", tests, NULL, NULL);
}
