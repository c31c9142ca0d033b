/* Dark time: when it is dark for whom, what it excuses, and the recovery that follows. 200 requests
   a second, slow after 500 ms. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static struct rule refused = {.node = NODE_NONE, .outcome = OUTCOME_REFUSED, .after = 1 * MS};

/* One request of an entry that fails while this fault weighs on all three nodes: excused or not? */
static bool is_excused(enum fault_kind kind, const char *path, uint16_t status, uint16_t mix)
{
    struct builder builder;

    builder_init(&builder, 200, 10 * S);
    uint32_t fault = builder_fault(&builder, kind, 7, 3 * S, 7 * S);
    builder.faults[fault].parameters.path = path;
    builder.faults[fault].parameters.statuses[0] = status;
    builder.faults[fault].parameters.status_count = status != 0;
    builder_request(&builder, 5 * S, mix, &refused);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->requests[0].unavoidable, !measured->requests[0].disturbed);
    bool excused = measured->requests[0].unavoidable;
    builder_done(&builder);
    return excused;
}

static void which_faults_make_it_dark(void **state)
{
    const char *get_path = "/api/raft/status"; /* of the builder's GET entry */

    (void)state;
    assert_true(is_excused(FAULT_KILL, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_TERMINATE, NULL, 0, MIX_POST));
    assert_true(is_excused(FAULT_PAUSE, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_REFUSE, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_HANG, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_STALL, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_TRUNCATE, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_GRAY, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_RESPOND, NULL, 503, MIX_GET));
    assert_false(is_excused(FAULT_RESPOND, NULL, 404, MIX_GET));
    assert_true(is_excused(FAULT_RESPOND, get_path, 500, MIX_GET));
    assert_false(is_excused(FAULT_RESPOND, get_path, 500, MIX_POST));
    assert_false(is_excused(FAULT_WRONG_ROLE, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_WRONG_ROLE, NULL, 0, MIX_POST));
    assert_false(is_excused(FAULT_SLOW, NULL, 0, MIX_GET));
    assert_false(is_excused(FAULT_TRICKLE, NULL, 0, MIX_GET));
    assert_false(is_excused(FAULT_UNHEALTHY, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_FLAP, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_RESET, NULL, 0, MIX_GET));
    assert_true(is_excused(FAULT_BLACKHOLE, NULL, 0, MIX_POST));
    assert_false(is_excused(FAULT_DELAY, NULL, 0, MIX_GET));
    assert_false(is_excused(FAULT_THROTTLE, NULL, 0, MIX_GET));
    assert_false(is_excused(FAULT_CORRUPT, NULL, 0, MIX_GET));
    assert_false(is_excused(FAULT_SLOW_CLOSE, NULL, 0, MIX_GET));
    assert_false(is_excused(FAULT_PARTITION, NULL, 0, MIX_GET));
}

/* What lets one connection, or the beginning of each, through leaves no node in the dark. */
static void what_passes_some_is_not_dark(void **state)
{
    static const enum fault_kind kinds[] = {FAULT_RESET, FAULT_BLACKHOLE, FAULT_RESET};
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        uint32_t fault = builder_fault(&builder, kinds[i], 7, 3 * S, 7 * S);
        builder.faults[fault].parameters.of_ppm = i < 2 ? 999999 : (uint32_t)RATIO_ONE;
        builder.faults[fault].parameters.after_bytes = i == 2;
        builder_request(&builder, 5 * S, MIX_GET, &refused);
        const struct measurement *measured = builder_measure(&builder);

        ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE], 0);
        assert_int_equal(measured->nodes[PRIMARY].states[1].state, ABILITY_IMPAIRED);
        builder_done(&builder);
    }
}

/* Half of the answers of each node fail: some are right, so it is never dark. */
static void a_ratio_is_not_dark(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    uint32_t fault = builder_fault(&builder, FAULT_RESPOND, 7, 3 * S, 7 * S);
    builder.faults[fault].parameters.ratio_ppm = 999999;
    builder_request(&builder, 5 * S, MIX_GET, &refused);
    ASSERT_VALUE(builder_measure(&builder)->metrics[METRIC_UNAVOIDABLE], 0);
    builder_done(&builder);
}

struct life {
    nanos due;
    nanos ended; /* NANOS_NEVER: unfinished; -1: unsent */
    uint16_t status;
    bool unavoidable;
    bool disturbed;
};

static void assert_lives(nanos cleared, const struct life *lives, size_t count)
{
    struct builder builder;

    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 7, 3 * S, cleared);
    for (size_t i = 0; i < count; i++) {
        struct rule rule = {.node = PRIMARY,
                            .status = lives[i].status,
                            .outcome = OUTCOME_ANSWER,
                            .at_least = lives[i].ended};
        if (lives[i].ended == NANOS_NEVER || lives[i].ended < 0) {
            rule.outcome = lives[i].ended < 0 ? OUTCOME_UNSENT : OUTCOME_UNFINISHED;
        } else if (lives[i].status == 0) {
            rule.outcome = OUTCOME_TIMEOUT;
        }
        builder_request(&builder, lives[i].due, MIX_GET, &rule);
    }
    const struct measurement *measured = builder_measure(&builder);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(measured->requests[i].unavoidable, lives[i].unavoidable);
        assert_int_equal(measured->requests[i].disturbed, lives[i].disturbed);
    }
    builder_done(&builder);
}

/* Dark from 3 s to 5 s; excused is what ends from 3 s to 5.5 s. */
static void what_dark_time_excuses(void **state)
{
    static const struct life lives[] = {
        {2 * S, 3 * S - 1, 200, false, true},         /* slow, and over before the dark */
        {2600 * MS, 3 * S, 0, true, false},           /* failed as the light went out */
        {2700 * MS, 5500 * MS, 200, true, false},     /* slow, ended 500 ms after: excused */
        {2900 * MS, 5500 * MS + 1, 200, false, true}, /* over 500 ms after */
        {2950 * MS, 5400 * MS, 200, true, false},     /* 450 ms of light in its life */
        {3 * S, 5501 * MS, 200, false, true},         /* 501 ms of light */
        {3 * S, 5 * S + 500 * MS, 503, true, false},  /* an error within 500 ms */
        {4 * S, 4001 * MS, 0, true, false},           /* failed in the dark */
        {4500 * MS, 4600 * MS, 200, false, false},    /* answered and quick: nothing to excuse */
        {4600 * MS, 5600 * MS, 0, false, true},       /* failed in the light */
        {5100 * MS, 5200 * MS, 503, true, false},     /* not yet 500 ms after */
        {5200 * MS, -1, 0, false, true},              /* turned away in the light */
        {5300 * MS, NANOS_NEVER, 0, false, true},     /* never ended, and there was light */
        {6 * S, 6100 * MS, 404, false, false},
        {6200 * MS, 6300 * MS, 503, false, true},
    };

    (void)state;
    assert_lives(5 * S, lives, sizeof(lives) / sizeof(lives[0]));
}

/* Dark from 3 s to beyond the end. */
static void dark_to_the_end(void **state)
{
    static const struct life lives[] = {
        {2 * S, NANOS_NEVER, 0, true, false}, /* never ended */
        {2500 * MS, -1, 0, false, true},      /* turned away while there was light */
        {3500 * MS, -1, 0, true, false},      /* turned away in the dark */
        {4 * S, NANOS_NEVER, 0, true, false}, {5 * S, 9 * S, 0, true, false},
    };

    (void)state;
    assert_lives(NANOS_NEVER, lives, sizeof(lives) / sizeof(lives[0]));
}

/* Nodes go out one after the other: it is dark from the last to the first that is back. */
static void dark_is_when_the_last_is_out(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 12 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 8 * S);
    builder_fault(&builder, FAULT_HANG, 1 << BACKUP_1, 3100 * MS, 6 * S);
    builder_fault(&builder, FAULT_REFUSE, 1 << BACKUP_2, 3200 * MS, 7 * S);
    builder_refuse(&builder, 3 * S, 6 * S, 1 * MS);
    builder_answer(&builder, 6 * S, 12 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    /* Ended before 3.2 s: due at 3.000 ... 3.195 (ends at 3.196): 40, theirs to answer for. */
    ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 40);
    ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE], 560);
    assert_int_equal(measured->disturbance_count, 2);
    ASSERT_UNRECOVERED(&measured->disturbances[0], "dark");
    assert_int_equal(measured->disturbances[0].fault_count, 3);
    assert_int_equal(measured->disturbances[0].end, 6 * S);
    const struct disturbance *recovery = &measured->disturbances[1];
    assert_int_equal(recovery->onset, 6 * S);
    assert_int_equal(recovery->end, 12 * S);
    assert_int_equal(recovery->target_count, 1);
    assert_int_equal(recovery->targets[0], BACKUP_1);
    assert_int_equal(recovery->fault_count, 1);
    assert_int_equal(recovery->faults[0], 1);
    assert_true(recovery->was_active); /* though backup-1 had served nobody */
    ASSERT_RECOVERED(recovery, 0);
    builder_done(&builder);
}

/* The restart that ends the dark is no harm done: the recovery is from the kill, not from both. */
static void a_recovery_names_what_was_done_not_the_cure(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 12 * S);
    builder_fault(&builder, FAULT_KILL, (1 << BUILDER_NODES) - 1, 3 * S, 6 * S);
    builder.faults[1] = (struct fault){.kind = FAULT_RESTART, .id = "restart-2"};
    builder.scenario.fault_count = 2;
    for (int node = 0; node < BUILDER_NODES; node++) {
        struct event event = {.at = 5900 * MS,
                              .node = (uint16_t)node,
                              .kind = EVENT_FAULT_APPLIED,
                              .fault = {.fault = 1, .was_up = false}};
        builder_event(&builder, event);
        event.at = 6 * S;
        event.kind = EVENT_FAULT_CLEARED;
        builder_event(&builder, event);
    }
    builder_refuse(&builder, 3 * S, 6 * S, 1 * MS);
    builder_answer(&builder, 6 * S, 12 * S, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    const struct disturbance *recovery = &measured->disturbances[1];
    assert_int_equal(recovery->target_count, BUILDER_NODES);
    assert_int_equal(recovery->fault_count, 1);
    assert_int_equal(recovery->faults[0], 0);
    builder_done(&builder);
}

/* A fault half a second into the recovery joins it; one after callers recovered does not. */
static void a_fault_joins_an_unfinished_recovery(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_KILL, 7, 3 * S, 3500 * MS);
        nanos second = late ? 6 * S : 4 * S;
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, second, NANOS_NEVER);
        builder_refuse(&builder, 3 * S, 3500 * MS, 1 * MS);
        builder_answer(&builder, second, 10 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->disturbance_count, late ? 3 : 2);
        assert_int_equal(measured->disturbances[1].kind, DISTURBANCE_RECOVERY);
        assert_int_equal(measured->disturbances[1].end, late ? 6 * S : 10 * S);
        assert_int_equal(measured->disturbances[1].fault_count, late ? 1 : 2);
        ASSERT_RECOVERED(&measured->disturbances[1], 0);
        builder_done(&builder);
    }
}

/* The primary is paused at 3 s, the others at 4.5 s: there was time to show a quiet second (and ten
   requests) before the dark. A client that used it is judged by it, one that did not fails: the
   dark is no excuse for it. */
static void dark_does_not_swallow_what_had_its_chance(void **state)
{
    (void)state;
    for (int asleep = 0; asleep < 2; asleep++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 6 * S);
        builder_fault(&builder, FAULT_KILL, 1 << BACKUP_1 | 1 << BACKUP_2, 4500 * MS, 6 * S);
        builder_refuse(&builder, 4500 * MS, 6 * S, 1 * MS);
        if (asleep) {
            builder_refuse(&builder, 3 * S, 4500 * MS, 1 * MS);
        }
        builder_answer(&builder, 3 * S, 4500 * MS, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_true(measured->disturbances[0].was_active);
        if (asleep) {
            assert_int_equal(measured->disturbance_count, 2);
            ASSERT_UNRECOVERED(&measured->disturbances[0], "no quiet second before the end");
        } else {
            assert_int_equal(measured->disturbance_count, 3);
            ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
            ASSERT_UNRECOVERED(&measured->disturbances[1], "dark");
        }
        builder_done(&builder);
    }
}

/* In the dark at 3 s with no answer since, the client holds on to them until 5.8 s, 800 ms after
   the light: they are the recovery's, not the swallowed fault's. */
static void requests_held_into_the_light_are_the_recoverys(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_PAUSE, 7, 3 * S, 5 * S);
    builder_rule(&builder, (struct rule){.from = 3 * S,
                                         .to = 3100 * MS,
                                         .node = PRIMARY,
                                         .status = 200,
                                         .outcome = OUTCOME_ANSWER,
                                         .at_least = 5800 * MS});
    builder_refuse(&builder, 3100 * MS, 5 * S, 1 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->disturbances[0].slow_requests, 0);
    ASSERT_ABSENT(measured->disturbances[0].worst_latency); /* all others are unavoidable */
    ASSERT_VALUE(measured->disturbances[1].slow_requests, 20);
    ASSERT_VALUE(measured->disturbances[1].worst_latency, 2800 * MS);
    ASSERT_RECOVERED(&measured->disturbances[1], 800 * MS);
    builder_done(&builder);
}

/* Ends of dark time less than a millisecond apart are one: writes come back 0.5 ms after reads. */
static void ends_of_dark_time_coalesce(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 7, 3 * S, 4 * S);
    builder_fault(&builder, FAULT_WRONG_ROLE, 7, 3 * S, 4 * S + 500 * NANOS_PER_US);
    builder_request(&builder, 1 * S, MIX_POST, &refused);
    builder_refuse(&builder, 3 * S, 4 * S, 1 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 2);
    assert_int_equal(measured->disturbances[1].onset, 4 * S + 500 * NANOS_PER_US);
    assert_int_equal(measured->disturbances[1].target_count, 3);
    ASSERT_RECOVERED(&measured->disturbances[1], 0);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_faults_make_it_dark),
        cmocka_unit_test(what_passes_some_is_not_dark),
        cmocka_unit_test(a_ratio_is_not_dark),
        cmocka_unit_test(what_dark_time_excuses),
        cmocka_unit_test(dark_to_the_end),
        cmocka_unit_test(dark_is_when_the_last_is_out),
        cmocka_unit_test(a_recovery_names_what_was_done_not_the_cure),
        cmocka_unit_test(a_fault_joins_an_unfinished_recovery),
        cmocka_unit_test(dark_does_not_swallow_what_had_its_chance),
        cmocka_unit_test(requests_held_into_the_light_are_the_recoverys),
        cmocka_unit_test(ends_of_dark_time_coalesce),
    };
    return cmocka_run_group_tests_name("measure dark", tests, NULL, NULL);
}
