/* Callers that give up, and what that tells. 200 requests a second, slow at 500 ms. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static void give_up(struct builder *builder, nanos from, nanos to, uint32_t every, nanos after)
{
    builder_rule(builder, (struct rule){.from = from,
                                        .to = to,
                                        .every = every,
                                        .node = PRIMARY,
                                        .outcome = OUTCOME_CANCELLED,
                                        .after = after});
}

static void giving_up_late_is_a_disturbance(void **state)
{
    static const struct {
        nanos after;
        bool is_disturbed;
    } cases[] = {{600 * MS, true}, {501 * MS, true}, {500 * MS, false}, {100 * MS, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        give_up(&builder, 3 * S, 3010 * MS, 0, cases[i].after);
        builder_answer(&builder, 3010 * MS, 10 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        const struct disturbance *disturbance = &measured->disturbances[0];

        /* Counted as slow, never as failed; in no latency of the run. */
        ASSERT_VALUE(disturbance->slow_requests, cases[i].is_disturbed ? 2 : 0);
        ASSERT_VALUE(disturbance->failed_requests, 0);
        ASSERT_VALUE(disturbance->worst_latency, cases[i].is_disturbed ? cases[i].after : 2 * MS);
        ASSERT_RECOVERED(disturbance, cases[i].is_disturbed ? 5 * MS + cases[i].after : 12 * MS);
        ASSERT_VALUE(measured->metrics[METRIC_CANCELLED], 2);
        ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 0);
        ASSERT_VALUE(measured->metrics[METRIC_LATENCY_MAX], 2 * MS);
        ASSERT_VALUE(measured->metrics[METRIC_SUCCESS_RATIO], RATIO_ONE);
        assert_int_equal(measured->timeline[30].slow, cases[i].is_disturbed ? 2 : 0);
        builder_done(&builder);
    }
}

/* From 3 s on every second caller gives up soon, or all of them after the first nine: of what those
   would have met nothing is known. */
static void those_who_give_up_make_no_quiet(void **state)
{
    static const struct {
        uint32_t every;
        bool is_quiet;
    } cases[] = {{2, true}, {1, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, NANOS_NEVER);
        builder_answer(&builder, 3 * S, 3045 * MS, BACKUP_1, 2 * MS);
        give_up(&builder, 3 * S, 10 * S, cases[i].every, 100 * MS);
        builder_answer(&builder, 3 * S, 10 * S, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        const struct disturbance *disturbance = &builder_measure(&builder)->disturbances[0];

        if (cases[i].is_quiet) {
            ASSERT_RECOVERED(disturbance, 2 * MS);
        } else {
            ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
        }
        ASSERT_VALUE(disturbance->slow_requests, 0);
        builder_done(&builder);
    }
}

/* All nodes are down from 3 s to 6 s: that somebody gave up then is not the client's fault. */
static void dark_time_excuses_giving_up(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_PAUSE, 7, 3 * S, 6 * S);
    give_up(&builder, 3 * S, 6 * S, 0, 600 * MS);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    /* Those due from 5.905 s on gave up more than 500 ms after it was light again. */
    ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE], 600 - 19);
    ASSERT_VALUE(measured->metrics[METRIC_CANCELLED], 600);
    ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 0);
    assert_int_equal(measured->disturbance_count, 2);
    ASSERT_VALUE(measured->disturbances[1].slow_requests, 19);
    ASSERT_RECOVERED(&measured->disturbances[1], 595 * MS);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(giving_up_late_is_a_disturbance),
        cmocka_unit_test(those_who_give_up_make_no_quiet),
        cmocka_unit_test(dark_time_excuses_giving_up),
    };
    return cmocka_run_group_tests_name("measure cancelled", tests, NULL, NULL);
}
