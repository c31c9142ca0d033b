/* The figures of a whole run. 200 requests a second, answered by the primary after 2 ms unless a
 * rule says otherwise. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

#define HASH UINT64_C(0x1234) /* of every body that the builder's answers have */

static const struct rule ok = {
    .node = PRIMARY, .status = 200, .outcome = OUTCOME_ANSWER, .after = 2 * MS};

/* 2xx and 3xx succeed, 4xx are answers, the rest fails; unsent and unfinished ones last until the
 * drain ends at 6 s. */
static void outcomes_are_counted(void **state)
{
    static const uint16_t statuses[] = {200, 204, 302, 399, 400, 404, 499, 500, 503, 599};
    static const struct rule unsent = {.node = NODE_NONE, .outcome = OUTCOME_UNSENT};
    static const struct rule unfinished = {.node = PRIMARY, .outcome = OUTCOME_UNFINISHED};
    static const struct rule refused = {
        .node = PRIMARY, .outcome = OUTCOME_REFUSED, .after = 1 * MS};
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    builder_request(&builder, -5 * MS, MIX_GET, &refused); /* of the warm-up: measured by nothing */
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct rule rule = builder_status(statuses[i]);
        builder_request(&builder, (nanos)i * 5 * MS, MIX_GET, &rule);
    }
    builder_request(&builder, 50 * MS, MIX_GET, &refused);
    builder_request(&builder, 55 * MS, MIX_GET, &unsent);
    builder_request(&builder, 60 * MS, MIX_GET, &unfinished);
    const struct measurement *measured = builder_measure(&builder);
    const struct figure *metrics = measured->metrics;

    ASSERT_VALUE(metrics[METRIC_REQUESTS], 13);
    ASSERT_VALUE(metrics[METRIC_SUCCESSES], 4);
    ASSERT_VALUE(metrics[METRIC_ANSWERED_4XX], 3);
    ASSERT_VALUE(metrics[METRIC_FAILED_REQUESTS], 6);
    ASSERT_VALUE(metrics[METRIC_UNAVOIDABLE], 0);
    ASSERT_VALUE(metrics[METRIC_SUCCESS_RATIO], 307692); /* 4/13, rounded down */
    ASSERT_VALUE(metrics[METRIC_LATENCY_MAX], 6 * S - 55 * MS);
    ASSERT_VALUE(metrics[METRIC_SERVICE_MAX], 6 * S - 60 * MS);
    ASSERT_VALUE(metrics[METRIC_LATENCY_OK_MAX], 2 * MS);
    ASSERT_VALUE(metrics[METRIC_LATENCY_P50], 2 * MS);
    /* 12 attempts for 12 requests that were sent. */
    ASSERT_VALUE(metrics[METRIC_ATTEMPTS_PER_REQUEST], RATIO_ONE);
    assert_int_equal(measured->nodes[PRIMARY].requests, 12);
    assert_int_equal(measured->nodes[PRIMARY].successes, 4);
    assert_int_equal(measured->nodes[PRIMARY].failures, 5);
    assert_true(measured->overload_before_fault);
    assert_int_equal(measured->traffic_end, 1 * S);
    assert_int_equal(measured->drain_end, 6 * S);
    assert_int_equal(measured->resolution, 5 * MS);
    builder_done(&builder);
}

static void nothing_is_measured_without_traffic(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    builder.scenario.traffic.rate_micro = 0;
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_REQUESTS], 0);
    ASSERT_ABSENT(measured->metrics[METRIC_SUCCESS_RATIO]);
    ASSERT_ABSENT(measured->metrics[METRIC_LATENCY_P50]);
    ASSERT_ABSENT(measured->metrics[METRIC_ATTEMPTS_PER_REQUEST]);
    ASSERT_ABSENT(measured->metrics[METRIC_DUPLICATES]);
    ASSERT_ABSENT(measured->metrics[METRIC_LOST]);
    ASSERT_ABSENT(measured->metrics[METRIC_CORRUPTED]);
    ASSERT_ABSENT(measured->metrics[METRIC_SWITCHES]);
    ASSERT_ABSENT(measured->metrics[METRIC_SWITCH_TIME]);
    ASSERT_ABSENT(measured->metrics[METRIC_HERD]);
    ASSERT_ABSENT(measured->share[PRIMARY]);
    assert_int_equal(measured->resolution, 0);
    assert_int_equal(measured->mark_count, 0);
    builder_done(&builder);
}

/* Exactly 1..1000 ms: the percentiles are their own ranks. */
static void percentiles_are_exact(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    for (int i = 0; i < 1000; i++) {
        struct rule rule = ok;
        rule.after =
            (nanos)((i * 7) % 1000 + 1) * MS; /* each once, 7 and 1,000 having no common factor */
        builder_request(&builder, (nanos)i * 5 * MS, MIX_GET, &rule);
    }
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_LATENCY_P50], 500 * MS);
    ASSERT_VALUE(measured->metrics[METRIC_LATENCY_P90], 900 * MS);
    ASSERT_VALUE(measured->metrics[METRIC_LATENCY_P99], 990 * MS);
    ASSERT_VALUE(measured->metrics[METRIC_LATENCY_P999], 999 * MS);
    ASSERT_VALUE(measured->metrics[METRIC_LATENCY_MAX], 1000 * MS);
    ASSERT_VALUE(measured->nodes[PRIMARY].latency.p90, 900 * MS);
    builder_done(&builder);
}

/* Those that ended before the first fault was applied at 100 ms. */
static void the_baseline_ends_with_the_first_fault(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 100 * MS, NANOS_NEVER);
    builder_refuse(&builder, 50 * MS, 60 * MS, 1 * MS);
    builder_answer(&builder, 90 * MS, 95 * MS, PRIMARY, 10 * MS); /* ends with the fault: no more */
    builder_rule(&builder, (struct rule){.from = 200 * MS,
                                         .to = 205 * MS,
                                         .node = NODE_NONE,
                                         .outcome = OUTCOME_UNSENT});
    builder_answer(&builder, 95 * MS, 5 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    /* Due at 0, 5 ... 95 ms but not at 90 ms. */
    assert_int_equal(measured->baseline_requests, 19);
    assert_int_equal(measured->baseline_failed, 2);
    assert_int_equal(measured->baseline_slow, 0);
    assert_int_equal(measured->first_fault, 100 * MS);
    assert_false(measured->overload_before_fault);
    builder_done(&builder);
}

static void executions_tell_of_duplicates_and_losses(void **state)
{
    struct builder builder;
    uint32_t request = 0;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    /* A POST executed twice, once by each of two nodes; a GET executed twice, which harms nobody.
     */
    request = builder_request(&builder, 0, MIX_POST, &ok);
    builder_executed(&builder, 1 * MS, PRIMARY, request, HASH, true);
    builder_executed(&builder, 900 * MS, BACKUP_1, request, HASH, true);
    request = builder_request(&builder, 5 * MS, MIX_GET, &ok);
    builder_executed(&builder, 6 * MS, PRIMARY, request, HASH, true);
    builder_executed(&builder, 6 * MS, PRIMARY, request, HASH, true);
    /* A POST executed once and refused once by a node that did not execute it. */
    request = builder_request(&builder, 10 * MS, MIX_POST, &ok);
    builder_executed(&builder, 11 * MS, PRIMARY, request, HASH, true);
    builder_executed(&builder, 11 * MS, BACKUP_1, request, HASH, false);
    /* Lost: in no log at all, and answered by a node that did not execute. */
    builder_request(&builder, 15 * MS, MIX_GET, &ok);
    request = builder_request(&builder, 20 * MS, MIX_GET, &ok);
    builder_executed(&builder, 21 * MS, PRIMARY, request, HASH, false);
    /* Failed and in no log: nothing was promised. */
    struct rule failed = builder_status(503);
    builder_request(&builder, 25 * MS, MIX_GET, &failed);
    /* Corrupted: another body than the node sent; and one of two executions on that node agrees, so
     * it is none. */
    request = builder_request(&builder, 30 * MS, MIX_GET, &ok);
    builder_executed(&builder, 31 * MS, PRIMARY, request, HASH + 1, true);
    request = builder_request(&builder, 35 * MS, MIX_GET, &ok);
    builder_executed(&builder, 36 * MS, PRIMARY, request, HASH + 1, true);
    builder_executed(&builder, 36 * MS, PRIMARY, request, HASH, true);
    /* Another node's answer says nothing about this one's. */
    request = builder_request(&builder, 40 * MS, MIX_GET, &ok);
    builder_executed(&builder, 41 * MS, BACKUP_1, request, HASH + 1, true);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_DUPLICATES], 1);
    ASSERT_VALUE(measured->metrics[METRIC_LOST], 2);
    ASSERT_VALUE(measured->metrics[METRIC_CORRUPTED], 1);
    builder_done(&builder);
}

static void lateness_is_summed_up(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 5 * S);
    for (int i = 0; i < 100; i++) {
        builder_event(&builder, (struct event){.at = 6 * S + i * MS,
                                               .kind = EVENT_TURN,
                                               .turn = {.lateness = (i + 1) * NANOS_PER_US}});
    }
    /* A gap that begins before the disturbance ends belongs to it, one before time 0 to nothing. */
    builder_event(
        &builder,
        (struct event){.at = 5100 * MS, .kind = EVENT_STALL, .turn = {.lateness = 300 * MS}});
    builder_event(&builder, (struct event){.at = -1, .kind = EVENT_TURN, .turn = {.lateness = S}});
    /* One that begins before the onset, and one that begins after the end. */
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 8 * S, 9 * S);
    builder_event(&builder, (struct event){
                                .at = 8002 * MS, .kind = EVENT_TURN, .turn = {.lateness = 7 * MS}});
    builder_event(
        &builder,
        (struct event){.at = 9500 * MS, .kind = EVENT_TURN, .turn = {.lateness = 20 * MS}});
    builder_event(&builder, (struct event){.at = 3500 * MS,
                                           .kind = EVENT_REQUEST,
                                           .request = {.started = 3504 * MS, .request = 0}});
    builder.next_request = 1;
    builder_request(&builder, 3505 * MS, MIX_GET, &ok);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->turn_lateness.max, 300 * MS);
    /* Of 103: 1 ... 100 us, 7 ms, 20 ms, 300 ms; the 52nd and the 102nd. */
    assert_int_equal(measured->turn_lateness.p50, 52 * NANOS_PER_US);
    assert_int_equal(measured->turn_lateness.p99, 20 * MS);
    assert_int_equal(measured->start_lateness.max, 4 * MS);
    assert_int_equal(measured->start_lateness.p50, 0);
    assert_int_equal(measured->fault_lateness.max, 0);
    assert_int_equal(measured->disturbances[0].lateness_max, 300 * MS);
    assert_int_equal(measured->disturbances[1].lateness_max, 7 * MS);
    builder_done(&builder);
}

static void the_timeline_adds_up(void **state)
{
    struct builder builder;
    uint32_t totals[4] = {0};

    (void)state;
    builder_init(&builder, 200, 2050 * MS);
    builder_answer(&builder, 500 * MS, 600 * MS, BACKUP_1, 700 * MS);
    builder_refuse(&builder, 600 * MS, 650 * MS, 1 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->bucket_count, 21); /* the last one is half full */
    for (size_t i = 0; i < measured->bucket_count; i++) {
        totals[0] += measured->timeline[i].due;
        totals[1] += measured->timeline[i].ok;
        totals[2] += measured->timeline[i].failed;
        totals[3] += measured->timeline[i].slow;
    }
    assert_int_equal(totals[0], 410);
    assert_int_equal(totals[1], 380);
    assert_int_equal(totals[2], 10);
    assert_int_equal(totals[3], 20);
    assert_int_equal(measured->timeline[5].slow, 20);
    assert_int_equal(measured->timeline[5].p99, 700 * MS);
    assert_int_equal(measured->timeline_by_node[BACKUP_1][5], 20);
    assert_int_equal(measured->timeline_by_node[PRIMARY][5], 0);
    assert_int_equal(measured->timeline[6].failed, 10);
    assert_int_equal(measured->timeline[20].due, 10);
    builder_done(&builder);
}

static const struct mark *find_mark(const struct measurement *measured, nanos at, uint16_t node)
{
    for (size_t i = 0; i < measured->mark_count; i++) {
        if (measured->marks[i].at == at && measured->marks[i].node == node) {
            return &measured->marks[i];
        }
    }
    return NULL;
}

/* Latency cells are quarters of octaves: 2 ms lies in [1.835008 ms, 2.097152 ms). */
static void marks_are_cells(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    builder_refuse(&builder, 500 * MS, 550 * MS, 1 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->mark_count, 20); /* 50 ms each, one of them of failures */
    const struct mark *mark = find_mark(measured, 950 * MS, PRIMARY);
    assert_non_null(mark);
    assert_int_equal(mark->count, 10);
    assert_int_equal(mark->latency, 1835008);
    assert_string_equal(mark_outcome_word(mark->outcome), "ok");
    mark = find_mark(measured, 500 * MS, NODE_NONE);
    assert_non_null(mark);
    assert_string_equal(mark_outcome_word(mark->outcome), "failed");
    assert_int_equal(mark->latency, 917504);
    builder_done(&builder);
}

/* Latencies all over the place: cells grow until at most 3,000 are left, and no request is lost. */
static void marks_are_at_most_3000(void **state)
{
    struct builder builder;
    uint64_t count = 0;

    (void)state;
    builder_init(&builder, 2000, 20 * S);
    for (int i = 0; i < 40000; i++) {
        struct rule rule = ok;
        rule.node = (uint16_t)(i % 3);
        rule.after = INT64_C(1) << (i * 7919 % 30);
        builder_request(&builder, (nanos)i * 500 * NANOS_PER_US, MIX_GET, &rule);
    }
    const struct measurement *measured = builder_measure(&builder);

    assert_in_range(measured->mark_count, 1000, MARKS_MAX);
    for (size_t i = 0; i < measured->mark_count; i++) {
        count += measured->marks[i].count;
        assert_true(i == 0 || measured->marks[i - 1].at <= measured->marks[i].at);
    }
    assert_int_equal(count, 40000);
    builder_done(&builder);
}

static void requests_can_be_forgotten(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    builder_traffic(&builder);
    (void)builder_measure(&builder);
    measure_forget_requests(&builder.measurement);
    assert_null(builder.measurement.requests);
    assert_int_equal(builder.measurement.request_count, 0);
    ASSERT_VALUE(builder.measurement.metrics[METRIC_REQUESTS], 200);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_are_counted),
        cmocka_unit_test(nothing_is_measured_without_traffic),
        cmocka_unit_test(percentiles_are_exact),
        cmocka_unit_test(the_baseline_ends_with_the_first_fault),
        cmocka_unit_test(executions_tell_of_duplicates_and_losses),
        cmocka_unit_test(lateness_is_summed_up),
        cmocka_unit_test(the_timeline_adds_up),
        cmocka_unit_test(marks_are_cells),
        cmocka_unit_test(marks_are_at_most_3000),
        cmocka_unit_test(requests_can_be_forgotten),
    };
    return cmocka_run_group_tests_name("measure run", tests, NULL, NULL);
}
