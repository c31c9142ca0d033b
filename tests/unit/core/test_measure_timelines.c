/* The timelines that fooled an earlier definition of switchover, each walked at three rates.
   Traffic lasts 10 s (or what the case says), a request counts as slow after 500 ms, I is the
   distance of two due times. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

#define RATES 3

static const uint64_t rates[RATES] = {5, 200, 2000};

/* The plain good case: killed at 3 s, backup-1 answers all that is due from then on, at first after
   40 ms. Nothing is slow or failed, so the quiet stretch begins at the onset; but the target is
   unable, so that callers have switched only when backup-1 first answered: the request due at 3 s
   itself, after 40 ms. */
static void a_client_that_switches(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        builder_answer(&builder, 3 * S, 3050 * MS, BACKUP_1, 40 * MS);
        builder_answer(&builder, 3050 * MS, 10 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, 1);
        const struct disturbance *disturbance = &measured->disturbances[0];
        assert_int_equal(disturbance->kind, DISTURBANCE_FAULT);
        assert_true(disturbance->was_active);
        assert_int_equal(disturbance->onset, 3 * S);
        assert_int_equal(disturbance->end, 10 * S); /* never cleared: the end of traffic */
        ASSERT_RECOVERED(disturbance, 40 * MS);
        ASSERT_VALUE(disturbance->first_success, 40 * MS);
        ASSERT_VALUE(disturbance->failed_requests, 0);
        ASSERT_VALUE(disturbance->slow_requests, 0);
        ASSERT_VALUE(disturbance->relapses, 0);
        ASSERT_VALUE(disturbance->worst_latency, 40 * MS);
        ASSERT_ABSENT(disturbance->detection);
        ASSERT_ABSENT(disturbance->failback);
        /* At 5/s: answers at 2.802 and 3.040, or 3.202 and so on every 200 ms: 238 ms is the
           longest. Faster: from the last one before (3 s - I + 2 ms) to 3.040; but answers due up
           to 3.05 come 40 ms late, none later. */
        ASSERT_VALUE(disturbance->outage, builder_interval(&builder) + 38 * MS);
        /* At 2,000/s some requests are with the primary at the onset, and answered. */
        assert_int_equal(disturbance->served_by_count, rate == 2000 ? 2 : 1);
        assert_int_equal(disturbance->served_by[0], rate == 2000 ? PRIMARY : BACKUP_1);
        ASSERT_VALUE(measured->metrics[METRIC_SWITCHES], 1);
        builder_done(&builder);
    }
}

/* A node that comes back before the client moved: killed 3 s to 8 s, every request waits for the
   node and is answered by it at 8.002 s. Those due before 7.502 s are slow. What is quiet lies
   after 7.502 s, and the clearing at 8 s cuts it off: 0.5 s is no quiet second. An earlier
   definition called this recovered at 8.002 s. */
static void a_node_that_comes_back_before_the_client_moved(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 8 * S);
        builder_rule(&builder, (struct rule){.from = 3 * S,
                                             .to = 8 * S,
                                             .node = PRIMARY,
                                             .status = 200,
                                             .outcome = OUTCOME_ANSWER,
                                             .at_least = 8002 * MS});
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, 1);
        const struct disturbance *disturbance = &measured->disturbances[0];
        assert_int_equal(disturbance->end, 8 * S);
        ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
        ASSERT_ABSENT(disturbance->first_success); /* nobody but the target answered */
        ASSERT_VALUE(disturbance->failed_requests, 0);
        ASSERT_VALUE(disturbance->slow_requests, builder_due(&builder, 3 * S, 7502 * MS));
        ASSERT_VALUE(disturbance->worst_latency, 5002 * MS);
        ASSERT_VALUE(disturbance->outage, 5 * S + builder_interval(&builder));
        ASSERT_VALUE(disturbance->failback, 2 * MS); /* able at 8 s, answers at 8.002 s */
        ASSERT_VALUE(measured->metrics[METRIC_SWITCHES], 0);
        builder_done(&builder);
    }
}

/* A pause of 300 ms: everything due in it waits for its end and takes at most 302 ms, so nothing is
   disturbed. But callers were not shown to have switched either: no quiet second fits into 300 ms.
 */
static void a_pause_that_outlasts_nothing(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 3300 * MS);
        builder_rule(&builder, (struct rule){.from = 3 * S,
                                             .to = 3300 * MS,
                                             .node = PRIMARY,
                                             .status = 200,
                                             .outcome = OUTCOME_ANSWER,
                                             .at_least = 3302 * MS});
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        const struct disturbance *disturbance = &measured->disturbances[0];

        assert_int_equal(measured->disturbance_count, 1);
        ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
        ASSERT_VALUE(disturbance->slow_requests, 0);
        ASSERT_VALUE(disturbance->failed_requests, 0);
        ASSERT_VALUE(disturbance->worst_latency, 302 * MS);
        builder_done(&builder);
    }
}

/* The same with patient callers (slow: 5s) and a pause of 2 s: nothing is disturbed, and 2 s hold
   at least ten requests even at 5/s (3.0, 3.2 ... 4.8), so that there is quiet. Yet nobody but the
   paused node ever answered. */
static void a_pause_that_patient_callers_sit_out(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder.scenario.traffic.slow = 5 * S;
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 5 * S);
        builder_rule(&builder, (struct rule){.from = 3 * S,
                                             .to = 5 * S,
                                             .node = PRIMARY,
                                             .status = 200,
                                             .outcome = OUTCOME_ANSWER,
                                             .at_least = 5002 * MS});
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        ASSERT_UNRECOVERED(&measured->disturbances[0], "nobody else served");
        ASSERT_VALUE(measured->disturbances[0].slow_requests, 0);
        builder_done(&builder);
    }
}

/* A flap: down 400 ms, three times, a second apart. Each down phase ends before the next one
   begins, so each opens a disturbance of its own, and none is long enough to show a quiet second,
   whatever the client did. */
static void a_short_flap(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        for (int i = 3; i < 6; i++) {
            builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, i * S, i * S + 400 * MS);
            builder_answer(&builder, i * S, i * S + 400 * MS, BACKUP_1, 40 * MS);
        }
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, 3);
        for (size_t i = 0; i < 3; i++) {
            const struct disturbance *disturbance = &measured->disturbances[i];
            assert_int_equal(disturbance->onset, ((nanos)i + 3) * S);
            assert_int_equal(disturbance->end, ((nanos)i + 3) * S + 400 * MS);
            ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
            ASSERT_VALUE(disturbance->first_success, 40 * MS);
        }
        /* There and back three times. */
        ASSERT_VALUE(measured->metrics[METRIC_SWITCHES], 6);
        builder_done(&builder);
    }
}

/* Down phases of 2 s: long enough to show ten quiet requests at 5/s. The primary answers again at
   once each time it is back: the first request due at or after 5 s (and 8 s), 2 ms later. */
static void a_long_flap(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        for (int i = 3; i <= 6; i += 3) {
            builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, i * S, (i + 2) * S);
            builder_answer(&builder, i * S, (i + 2) * S, BACKUP_1, 40 * MS);
        }
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, 2);
        for (size_t i = 0; i < 2; i++) {
            ASSERT_RECOVERED(&measured->disturbances[i], 40 * MS);
            ASSERT_VALUE(measured->disturbances[i].failback, 2 * MS);
        }
        builder_done(&builder);
    }
}

/* Overlapping faults: the primary dies at 3 s, backup-1, which had taken over, at 3.5 s, before a
   quiet second had passed: one disturbance, its clock runs from 3 s. Requests due in [3.5, 4.2) are
   answered by backup-2 after 700 ms and are slow. The last of them is due at 4.2 s - I and done 700
   ms later: 1.9 s - I after the onset. The first success by a node that is no target is backup-2's,
   for the request due at 3.5 s, at 4.2 s. At 5/s that for the request due at 3.6 s comes at 4.3 s,
   after the quick answer to the one due at 4.2 s. */
static void overlapping_faults(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        uint32_t first = builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        uint32_t second =
            builder_fault(&builder, FAULT_KILL, 1 << BACKUP_1, 3500 * MS, NANOS_NEVER);
        builder_answer(&builder, 3 * S, 3500 * MS, BACKUP_1, 40 * MS);
        builder_answer(&builder, 3500 * MS, 4200 * MS, BACKUP_2, 700 * MS);
        builder_answer(&builder, 4200 * MS, 10 * S, BACKUP_2, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        const struct disturbance *disturbance = &measured->disturbances[0];

        assert_int_equal(measured->disturbance_count, 1);
        assert_int_equal(disturbance->fault_count, 2);
        assert_int_equal(measured->faults[first].disturbance, 0);
        assert_int_equal(measured->faults[second].disturbance, 0);
        assert_int_equal(disturbance->target_count, 2);
        ASSERT_RECOVERED(disturbance, 1900 * MS - builder_interval(&builder));
        ASSERT_VALUE(disturbance->first_success, rate == 5 ? 1202 * MS : 1200 * MS);
        ASSERT_VALUE(disturbance->slow_requests, builder_due(&builder, 3500 * MS, 4200 * MS));
        ASSERT_VALUE(disturbance->relapses, 0);
        ASSERT_VALUE(disturbance->worst_latency, 700 * MS);
        builder_done(&builder);
    }
}

/* The second fault 1.5 s after the first, callers being quiet all the while. 1.5 s hold ten
   requests at 200/s and 2,000/s: callers had recovered, and the second fault opens its own
   disturbance, which cuts the first. At 5/s only eight were due (3.0 ... 4.4): not shown to have
   recovered, so the fault joins. */
static void the_rate_decides_whether_a_fault_joins(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        builder_fault(&builder, FAULT_KILL, 1 << BACKUP_1, 4500 * MS, NANOS_NEVER);
        builder_answer(&builder, 3 * S, 4500 * MS, BACKUP_1, 40 * MS);
        builder_answer(&builder, 4500 * MS, 10 * S, BACKUP_2, 40 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        if (rate == 5) {
            assert_int_equal(measured->disturbance_count, 1);
            /* Due at 4.6 s, 40 ms: the first by a node that is no target. */
            ASSERT_RECOVERED(&measured->disturbances[0], 1640 * MS);
        } else {
            assert_int_equal(measured->disturbance_count, 2);
            assert_int_equal(measured->disturbances[0].end, 4500 * MS);
            ASSERT_RECOVERED(&measured->disturbances[0], 40 * MS);
            ASSERT_RECOVERED(&measured->disturbances[1], 40 * MS);
        }
        builder_done(&builder);
    }
}

/* Two nodes down one after the other, the second at 7 s, when callers had long recovered: two
 * disturbances. */
static void two_nodes_down_in_turn(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        builder_fault(&builder, FAULT_PAUSE, 1 << BACKUP_1, 7 * S, NANOS_NEVER);
        builder_answer(&builder, 3 * S, 3100 * MS, BACKUP_1, 1500 * MS);
        builder_answer(&builder, 3100 * MS, 7 * S, BACKUP_1, 2 * MS);
        builder_answer(&builder, 7 * S, 7100 * MS, BACKUP_2, 1500 * MS);
        builder_answer(&builder, 7100 * MS, 10 * S, BACKUP_2, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, 2);
        for (size_t i = 0; i < 2; i++) {
            const struct disturbance *disturbance = &measured->disturbances[i];
            nanos onset = i == 0 ? 3 * S : 7 * S;
            /* The last of the slow ones is the last due before onset + 100 ms. */
            ASSERT_RECOVERED(disturbance,
                             builder_last_due(&builder, onset + 100 * MS) + 1500 * MS - onset);
            assert_true(disturbance->was_active);
            ASSERT_VALUE(disturbance->slow_requests,
                         builder_due(&builder, onset, onset + 100 * MS));
            /* At 5/s backup-1 answers a request due at 3.2 s before the one due at 3 s. */
            ASSERT_VALUE(disturbance->first_success, rate == 5 ? 202 * MS : 102 * MS);
        }
        builder_done(&builder);
    }
}

/* All nodes dark for 100 ms: what fails then is unavoidable, and so is the fault's own disturbance
   beyond judging: the recovery that begins with the light is judged instead, and here nothing
   disturbs it. */
static void all_dark_for_100_ms(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_KILL, 7, 3 * S, 3100 * MS);
        builder_refuse(&builder, 3 * S, 3100 * MS, 1 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        int64_t dark = builder_due(&builder, 3 * S, 3100 * MS);

        assert_int_equal(measured->disturbance_count, 2);
        const struct disturbance *fault = &measured->disturbances[0];
        assert_false(fault->was_active);
        ASSERT_UNRECOVERED(fault, "dark");
        const struct disturbance *recovery = &measured->disturbances[1];
        assert_int_equal(recovery->kind, DISTURBANCE_RECOVERY);
        assert_true(recovery->was_active);
        assert_int_equal(recovery->onset, 3100 * MS);
        assert_int_equal(recovery->end, 10 * S);
        assert_int_equal(recovery->target_count, 3);
        assert_int_equal(recovery->fault_count, 1);
        ASSERT_RECOVERED(recovery, 0);
        ASSERT_VALUE(recovery->failed_requests, 0);
        ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE], dark);
        ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 0);
        ASSERT_VALUE(measured->metrics[METRIC_SUCCESSES], builder_due(&builder, 0, 10 * S) - dark);
        builder_done(&builder);
    }
}

/* The same, but the client goes on failing until 3.7 s. What ends by 3.6 s (500 ms after the dark)
   is still excused, what ends later is not: the last failure is that of the last request due
   before 3.7 s, 1 ms after it was due. */
static void a_client_that_is_late_to_see_the_light(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        builder_fault(&builder, FAULT_KILL, 7, 3 * S, 3100 * MS);
        builder_refuse(&builder, 3 * S, 3700 * MS, 1 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, 2);
        const struct disturbance *recovery = &measured->disturbances[1];
        ASSERT_RECOVERED(recovery, builder_last_due(&builder, 3700 * MS) + 1 * MS - 3100 * MS);
        /* Due at 3.599 s ends at 3.600 s: excused. */
        int64_t blamed = builder_due(&builder, 3599 * MS + 1, 3700 * MS);
        ASSERT_VALUE(recovery->failed_requests, blamed);
        ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], blamed);
        ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE],
                     builder_due(&builder, 3 * S, 3700 * MS) - blamed);
        builder_done(&builder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_switches),
        cmocka_unit_test(a_node_that_comes_back_before_the_client_moved),
        cmocka_unit_test(a_pause_that_outlasts_nothing),
        cmocka_unit_test(a_pause_that_patient_callers_sit_out),
        cmocka_unit_test(a_short_flap),
        cmocka_unit_test(a_long_flap),
        cmocka_unit_test(overlapping_faults),
        cmocka_unit_test(the_rate_decides_whether_a_fault_joins),
        cmocka_unit_test(two_nodes_down_in_turn),
        cmocka_unit_test(all_dark_for_100_ms),
        cmocka_unit_test(a_client_that_is_late_to_see_the_light),
    };
    return cmocka_run_group_tests_name("measure timelines", tests, NULL, NULL);
}
