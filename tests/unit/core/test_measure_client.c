/* What a run tells of its client: switches, ejections, what it paid for knowing better, rushes at a
 * return. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static const struct rule ok = {
    .node = PRIMARY, .status = 200, .outcome = OUTCOME_ANSWER, .after = 2 * MS};

/* primary, backup-1, backup-1, primary by due time, although the third was answered last; failures
 * change nothing. */
static void switches_go_by_due_time(void **state)
{
    static const uint16_t nodes[] = {PRIMARY, BACKUP_1, BACKUP_1, PRIMARY, PRIMARY};
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    for (size_t i = 0; i < 5; i++) {
        struct rule rule = ok;
        rule.node = nodes[i];
        rule.after = i == 2 ? 400 * MS : 2 * MS;
        rule.status = 200;
        builder_request(&builder, (nanos)i * 5 * MS, MIX_GET, &rule);
    }
    struct rule failed = builder_status(503);
    failed.node = BACKUP_2;
    builder_request(&builder, 30 * MS, MIX_GET, &failed);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_SWITCHES], 2);
    ASSERT_VALUE(measured->share[PRIMARY], 600000);
    ASSERT_VALUE(measured->share[BACKUP_1], 400000);
    ASSERT_VALUE(measured->share[BACKUP_2], 0);
    builder_done(&builder);
}

static void command(struct builder *builder, nanos at, bool done)
{
    static const uint16_t target[] = {BACKUP_2};

    builder->faults[0] = (struct fault){
        .kind = FAULT_SWITCH_TO, .id = "switch_to-1", .nodes = target, .node_count = 1};
    builder->scenario.fault_count = 1;
    builder_event(builder, (struct event){.at = at, .node = BACKUP_2, .kind = EVENT_FAULT_PLANNED});
    builder_event(builder, (struct event){.at = at, .node = BACKUP_2, .kind = EVENT_FAULT_APPLIED});
    builder_event(builder, (struct event){.at = at,
                                          .node = BACKUP_2,
                                          .kind = EVENT_COMMAND,
                                          .command = {.why = "", .done = done}});
    if (!done) {
        builder_event(builder, (struct event){.at = at,
                                              .node = BACKUP_2,
                                              .kind = EVENT_FAULT_FAILED,
                                              .fault = {.text = "refused: it is out",
                                                        .confirmed_by = CONFIRMED_BY_CLIENT}});
    }
}

/* Told at 2 s, obeyed from 2.2 s on: the request due then is answered 9 ms later. One due before
   that backup-2 happens to answer does not count. */
static void switch_time_runs_to_the_first_success_there(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    command(&builder, 2 * S, true);
    builder_answer(&builder, 1995 * MS, 2 * S, BACKUP_2, 20 * MS);
    builder_answer(&builder, 2200 * MS, 5 * S, BACKUP_2, 9 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_SWITCH_TIME], 209 * MS);
    assert_int_equal(measured->disturbance_count, 0);
    assert_int_equal(measured->first_fault, 2 * S);
    builder_done(&builder);
}

static void a_switch_that_is_never_done(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    command(&builder, 2 * S, true);
    builder_traffic(&builder);
    ASSERT_NEVER(builder_measure(&builder)->metrics[METRIC_SWITCH_TIME]);
    builder_done(&builder);
}

/* Nobody was to move, whoever served then: nothing is measured, and it is told why. */
static void a_switch_that_is_refused(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    command(&builder, 2 * S, false);
    builder_answer(&builder, 2 * S, 5 * S, BACKUP_2, 9 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->metrics[METRIC_SWITCH_TIME].state, FIGURE_ABSENT);
    assert_int_equal(measured->fault_count, 1);
    assert_string_equal(measured->faults[0].refusal, "refused: it is out");
    assert_null(measured->faults[0].failure);
    assert_int_equal(measured->faults[0].confirmed_by, CONFIRMED_BY_CLIENT);
    assert_true(measured->faults[0].effective == NANOS_NEVER);
    builder_done(&builder);
}

/* Ejected: while it was paused (right), 0.9 s after (a late timeout, forgiven), 1 s after (wrong),
   once more while ejected already (no ejection), and backup-1 without any reason (wrong). */
static void wrong_ejections_are_of_able_nodes(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 4 * S);
    builder_belief(&builder, 3500 * MS, 0, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 4100 * MS, 0, PRIMARY, BELIEF_HEALTHY);
    builder_belief(&builder, 4900 * MS, 0, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 4950 * MS, 0, PRIMARY, BELIEF_HEALTHY);
    builder_belief(&builder, 5 * S, 0, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 6 * S, 0, PRIMARY, BELIEF_FAILED);
    builder_belief(&builder, 1 * S, 0, BACKUP_1, BELIEF_FAILED);
    builder_belief(&builder, -1 * S, 0, BACKUP_2, BELIEF_FAILED); /* in the warm-up */
    builder_traffic(&builder);
    ASSERT_VALUE(builder_measure(&builder)->metrics[METRIC_WRONG_EJECTIONS], 2);
    builder_done(&builder);
}

static void a_client_without_beliefs_cannot_be_asked(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    builder.scenario.client.profile = PROFILE_NONE;
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_ABSENT(measured->metrics[METRIC_WRONG_EJECTIONS]);
    ASSERT_ABSENT(measured->metrics[METRIC_KNOWN_BAD]);
    builder_done(&builder);
}

struct known_bad_case {
    nanos due;
    enum attempt_purpose purpose;
    enum outcome outcome;
    uint16_t node;
};

/* backup-1 is ejected from 1 s to 2 s, backup-2 always; panic from 1.5 s to 1.6 s. */
static void known_bad_requests_pay_for_what_was_known(void **state)
{
    static const struct known_bad_case cases[] = {
        {900 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, BACKUP_1},          /* not yet known */
        {1 * S, PURPOSE_REQUEST, OUTCOME_TIMEOUT, BACKUP_1},             /* 1 */
        {1100 * MS, PURPOSE_REQUEST, OUTCOME_CONNECT_TIMEOUT, BACKUP_1}, /* 2 */
        {1200 * MS, PURPOSE_REQUEST, OUTCOME_REFUSED, BACKUP_1},         /* cost nothing */
        {1300 * MS, PURPOSE_TRIAL, OUTCOME_TIMEOUT, BACKUP_1},           /* trials are excepted */
        {1400 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, PRIMARY},          /* not ejected */
        {1550 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, BACKUP_1},         /* in panic */
        {1650 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, BACKUP_1},         /* 3 */
        {2100 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, BACKUP_1},         /* back again */
        {2200 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, BACKUP_2},         /* 4 */
        {2500 * MS, PURPOSE_REQUEST, OUTCOME_TIMEOUT, PRIMARY},          /* just before it is */
    };
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 5 * S);
    builder_belief(&builder, 500 * MS, 0, BACKUP_2, BELIEF_FAILED);
    builder_belief(&builder, 1 * S, 0, BACKUP_1, BELIEF_FAILED);
    builder_belief(&builder, 2 * S, 0, BACKUP_1, BELIEF_HEALTHY);
    builder_event(&builder,
                  (struct event){.at = 1500 * MS, .kind = EVENT_PANIC, .client = {.on = true}});
    builder_event(&builder, (struct event){.at = 1600 * MS, .kind = EVENT_PANIC});
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        /* The answer comes from the primary; two bad attempts of one request count once. */
        uint32_t request = builder_request(&builder, cases[i].due, MIX_GET, &ok);
        for (int twice = 0; twice < 2; twice++) {
            uint32_t attempt =
                builder_attempt(&builder, request, cases[i].purpose, cases[i].node, cases[i].due);
            builder_attempt_end(&builder, attempt, request, cases[i].due + 9 * MS, cases[i].outcome,
                                0);
        }
    }
    builder_belief(&builder, 2500 * MS, 0, PRIMARY, BELIEF_FAILED); /* of that time, but later */
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_KNOWN_BAD], 4);
    /* Eleven requests, three attempts each. */
    ASSERT_VALUE(measured->metrics[METRIC_ATTEMPTS_PER_REQUEST], 3 * RATIO_ONE);
    builder_done(&builder);
}

/* Back at 4 s. 60 arrivals in its first second: 30 of them, probes and trials among them, within 10
   ms; one more at exactly 10 ms after the first lies outside. */
static void herd_is_the_largest_rush_at_a_return(void **state)
{
    (void)state;
    for (int arrivals = 49; arrivals <= 60; arrivals += 11) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 4 * S);
        builder_answer(&builder, 0, 10 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        for (int i = 0; i < arrivals; i++) {
            nanos start = i < 30 ? 4800 * MS + i : 4 * S + (nanos)(i + 1) * 11 * MS;
            builder_attempt(&builder, i % 2 == 0 ? REQUEST_NONE : 7,
                            i % 2 == 0 ? PURPOSE_PROBE : PURPOSE_TRIAL, PRIMARY,
                            i == 30 ? 4810 * MS : start);
        }
        builder_attempt(&builder, REQUEST_NONE, PURPOSE_PROBE, PRIMARY,
                        5 * S); /* its second second */
        builder_attempt(&builder, REQUEST_NONE, PURPOSE_PROBE, PRIMARY, 4 * S - 1);
        const struct measurement *measured = builder_measure(&builder);

        if (arrivals < 50) {
            ASSERT_ABSENT(measured->metrics[METRIC_HERD]);
        } else {
            /* From 4.800000001 s on to 4.810 s: 29 of the rush and the one that follows; as many as
             * the rush. */
            ASSERT_VALUE(measured->metrics[METRIC_HERD], 500000);
        }
        builder_done(&builder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(switches_go_by_due_time),
        cmocka_unit_test(switch_time_runs_to_the_first_success_there),
        cmocka_unit_test(a_switch_that_is_never_done),
        cmocka_unit_test(a_switch_that_is_refused),
        cmocka_unit_test(wrong_ejections_are_of_able_nodes),
        cmocka_unit_test(a_client_without_beliefs_cannot_be_asked),
        cmocka_unit_test(known_bad_requests_pay_for_what_was_known),
        cmocka_unit_test(herd_is_the_largest_rush_at_a_return),
    };
    return cmocka_run_group_tests_name("measure client", tests, NULL, NULL);
}
