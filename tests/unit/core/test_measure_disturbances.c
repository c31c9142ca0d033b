/* What belongs to a disturbance, where it begins and ends, and its figures at the edges. 200
   requests a second: one every 5 ms, answered by the primary after 2 ms unless a rule says
   otherwise. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static struct rule held_until(nanos from, nanos to, uint16_t node, nanos at_least)
{
    return (struct rule){.from = from,
                         .to = to,
                         .node = node,
                         .status = 200,
                         .outcome = OUTCOME_ANSWER,
                         .after = 2 * MS,
                         .at_least = at_least};
}

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
    assert_recovered(&measured->disturbances[0], 7 * MS);
    /* The start of traffic counts as an answer: the first one comes after 7 ms. */
    assert_value(measured->disturbances[0].outage, 7 * MS);
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
    assert_unrecovered(&measured->disturbances[0], "no quiet second before the end");
    assert_value(measured->disturbances[0].first_success, 2 * MS);
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

    assert_unrecovered(disturbance, "a request was still open at the end");
    assert_value(disturbance->failed_requests, 20);
    assert_value(disturbance->worst_latency, 12 * S);
    assert_value(measured->metrics[METRIC_FAILED_REQUESTS], 20);
    assert_value(measured->metrics[METRIC_LATENCY_MAX], 12 * S);
    assert_value(measured->metrics[METRIC_SERVICE_MAX], 12 * S);
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
        builder_rule(&builder, held_until(3 * S, 3005 * MS, BACKUP_1, ends[i]));
        builder_answer(&builder, 3005 * MS, 8 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        if (i == 0) {
            assert_recovered(&measured->disturbances[0], 5 * S - 1);
        } else {
            assert_unrecovered(&measured->disturbances[0], "a request was still open at the end");
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
    assert_never(measured->disturbances[0].failback);
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
        builder_rule(&builder, held_until(3900 * MS, 3905 * MS, PRIMARY, 4 * S - late));
        builder_answer(&builder, 3905 * MS, 10 * S, BACKUP_1, 2 * MS);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 6 * S, NANOS_NEVER);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbances[0].was_active, late == 0);
        builder_done(&builder);
    }
}

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
    assert_recovered(&measured->disturbances[0], 2 * MS);
    /* Able at 10.05 s; the first it serves again is due at 11 s. */
    assert_value(measured->disturbances[0].failback, 952 * MS);
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
    assert_recovered(&measured->disturbances[0], 2 * MS);
    assert_value(measured->disturbances[0].relapses, 0);
    assert_value(measured->disturbances[0].slow_requests, 0);
    /* Due at 6.990 s and 6.995 s; the later one ends at 8.495 s. */
    assert_value(measured->disturbances[1].slow_requests, 2);
    assert_recovered(&measured->disturbances[1], 1495 * MS);
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
    builder_rule(&builder, held_until(3500 * MS, 3505 * MS, PRIMARY, 8 * S));
    builder_answer(&builder, 6 * S, 10 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    assert_value(measured->disturbances[0].slow_requests, 1);
    assert_value(measured->disturbances[1].slow_requests, 0);
    assert_value(measured->disturbances[0].worst_latency, 4500 * MS);
    assert_recovered(&measured->disturbances[1], 2 * MS);
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

    assert_recovered(&measured->disturbances[0], 2 * MS);
    assert_value(measured->disturbances[0].relapses, 3);
    /* 4.005 ... 4.095, then three times twenty. */
    assert_value(measured->disturbances[0].failed_requests, 19 + 60);
    builder_done(&builder);
}

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

    assert_value(measured->disturbances[0].detection, 50 * MS);
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
    assert_absent(builder_measure(&builder)->disturbances[0].detection);
    builder_done(&builder);
}

/* Only requests that were with the target, or due after, tell that somebody else serves: one that
   backup-1 was asked for from the beginning does not. */
static void first_success_needs_a_request_of_the_target(void **state)
{
    (void)state;
    for (int was_on_target = 0; was_on_target < 2; was_on_target++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        /* Due at 2.995 s, answered by backup-1 at 3.004 s; from the onset on 10 ms each. */
        builder_rule(&builder, held_until(2995 * MS, 3 * S, BACKUP_1, 3004 * MS));
        builder_answer(&builder, 3 * S, 10 * S, BACKUP_1, 10 * MS);
        builder_traffic(&builder);
        if (was_on_target) {
            uint32_t request = (uint32_t)builder_due(&builder, 0, 2995 * MS);
            uint32_t attempt =
                builder_attempt(&builder, request, PURPOSE_REQUEST, PRIMARY, 2995 * MS);
            builder_attempt_end(&builder, attempt, request, 3001 * MS, OUTCOME_RESET, 0);
        }
        const struct measurement *measured = builder_measure(&builder);

        assert_value(measured->disturbances[0].first_success, was_on_target ? 4 * MS : 10 * MS);
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
    assert_recovered(&measured->disturbances[0], 0);
    assert_value(measured->disturbances[0].outage, 5 * MS);
    assert_value(measured->metrics[METRIC_ANSWERED_4XX], 800);
    assert_value(measured->metrics[METRIC_FAILED_REQUESTS], 0);
    assert_value(measured->metrics[METRIC_UNAVOIDABLE], 0);
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

    assert_value(measured->disturbances[0].failback, 2 * MS);
    assert_value(measured->disturbances[1].failback, 1002 * MS);
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
    assert_absent(builder_measure(&builder)->disturbances[0].failback);
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
    builder_rule(&builder, held_until(2 * S, 3300 * MS, PRIMARY, 3302 * MS));
    builder_rule(&builder, held_until(6 * S, 7 * S, PRIMARY, 7002 * MS));
    builder_fault(&builder, FAULT_UNHEALTHY, 1 << PRIMARY, 3 * S, 5997 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_value(measured->disturbances[0].outage, 1305 * MS);
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
        cmocka_unit_test(onset_by_kind),
        cmocka_unit_test(a_restart_clears_a_kill),
        cmocka_unit_test(a_node_that_dies_is_unable),
        cmocka_unit_test(a_cut_disturbance_keeps_only_what_it_disturbed),
        cmocka_unit_test(a_request_belongs_to_the_first_it_touches),
        cmocka_unit_test(relapses_without_quiet_between_are_one),
        cmocka_unit_test(detection_is_that_of_the_slowest_client),
        cmocka_unit_test(a_belief_after_the_end_is_no_detection),
        cmocka_unit_test(first_success_needs_a_request_of_the_target),
        cmocka_unit_test(client_errors_are_answers),
        cmocka_unit_test(failback_is_measured_per_return),
        cmocka_unit_test(too_short_a_return_is_no_failback),
        cmocka_unit_test(outage_overlaps_the_disturbance),
        cmocka_unit_test(a_failed_fault_opens_nothing),
    };
    return cmocka_run_group_tests_name("measure disturbances", tests, NULL, NULL);
}
