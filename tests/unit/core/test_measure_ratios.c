/* Faults that hit some of the requests: ratio faults from 1 % to 50 % and what hides or repeats
 * them. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

#define RATES 3

static const uint64_t rates[RATES] = {5, 200, 2000};

struct ratio_case {
    uint64_t rate;
    uint32_t percent;
    bool recovers;
    nanos switchover;
    int64_t failed;
};

/* The primary answers 503 to each (100/percent)-th request from 3 s to 7 s, and the callers see it.
   Requests have the numbers 3 * rate ... 7 * rate - 1. The node is impaired, not unable: nobody
   else has to serve. At 200/s and 2,000/s the failures are at most 0.5 s apart at 1 %, so that
   there is never a quiet second. At 5/s (numbers 15 ... 34): 1 % hits none, all quiet, switchover
   0. 2 % (every 50th) hits none. 5 % (every 20th) hits number 20, due at 4 s: (4, 7) holds 14
   requests, so that callers recovered at 4.002 s. 10 % hits numbers 20 and 30, due at 4 s and 6 s:
   5, 9 and 4 requests between them, never ten. 25 % and 50 % are denser still. */
static void ratio_faults(void **state)
{
    static const struct ratio_case cases[] = {
        {5, 1, true, 0, 0},         {5, 2, true, 0, 0},      {5, 5, true, 1002 * MS, 1},
        {5, 10, false, 0, 2},       {5, 25, false, 0, 5},    {5, 50, false, 0, 10},
        {200, 1, false, 0, 8},      {200, 2, false, 0, 16},  {200, 10, false, 0, 80},
        {200, 50, false, 0, 400},   {2000, 1, false, 0, 80}, {2000, 5, false, 0, 400},
        {2000, 50, false, 0, 4000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct ratio_case *c = &cases[i];
        struct builder builder;
        builder_init(&builder, c->rate, 10 * S);
        uint32_t fault = builder_fault(&builder, FAULT_RESPOND, 1 << PRIMARY, 3 * S, 7 * S);
        builder.faults[fault].parameters.ratio_ppm = c->percent * 10000;
        builder_rule(&builder, (struct rule){.from = 3 * S,
                                             .to = 7 * S,
                                             .every = 100 / c->percent,
                                             .node = PRIMARY,
                                             .status = 503,
                                             .outcome = OUTCOME_ANSWER,
                                             .after = 2 * MS});
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        const struct disturbance *disturbance = &measured->disturbances[0];

        assert_int_equal(measured->disturbance_count, 1);
        ASSERT_VALUE(disturbance->failed_requests, c->failed);
        if (c->recovers) {
            ASSERT_RECOVERED(disturbance, c->switchover);
        } else {
            ASSERT_UNRECOVERED(disturbance, "no quiet second before the end");
        }
        ASSERT_VALUE(disturbance->relapses, 0);
        assert_int_equal(measured->nodes[PRIMARY].states[1].state, ABILITY_IMPAIRED);
        builder_done(&builder);
    }
}

/* Ratio faults that the client hides by asking backup-1 (32 ms): callers notice nothing, at any
 * rate or ratio. */
static void hidden_ratio_faults(void **state)
{
    (void)state;
    for (size_t each = 0; each < RATES; each++) {
        uint64_t rate = rates[each];
        struct builder builder;
        builder_init(&builder, rate, 10 * S);
        uint32_t fault = builder_fault(&builder, FAULT_RESPOND, 1 << PRIMARY, 3 * S, 7 * S);
        builder.faults[fault].parameters.ratio_ppm = 500000;
        builder_rule(&builder, (struct rule){.from = 3 * S,
                                             .to = 7 * S,
                                             .every = 2,
                                             .node = BACKUP_1,
                                             .status = 200,
                                             .outcome = OUTCOME_ANSWER,
                                             .after = 32 * MS});
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        ASSERT_RECOVERED(&measured->disturbances[0], 0);
        /* 3 s is the due time of an odd number at 5/s (15): backup-1 serves first what is due
         * at 3.2 s. */
        ASSERT_VALUE(measured->disturbances[0].first_success, rate == 5 ? 232 * MS : 32 * MS);
        builder_done(&builder);
    }
}

/* A failure every 1.5 s at 200/s (each 300th: 3.0, 4.5, 6.0 s): callers recover at once, 2 ms after
   the onset, and fall back twice. */
static void relapses_are_counted(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    uint32_t fault = builder_fault(&builder, FAULT_RESPOND, 1 << PRIMARY, 3 * S, 7 * S);
    builder.faults[fault].parameters.ratio_ppm = 3333;
    builder_rule(&builder, (struct rule){.from = 3 * S,
                                         .to = 7 * S,
                                         .every = 300,
                                         .node = PRIMARY,
                                         .status = 503,
                                         .outcome = OUTCOME_ANSWER,
                                         .after = 2 * MS});
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
    ASSERT_VALUE(measured->disturbances[0].relapses, 2);
    ASSERT_VALUE(measured->disturbances[0].failed_requests, 3);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratio_faults),
        cmocka_unit_test(hidden_ratio_faults),
        cmocka_unit_test(relapses_are_counted),
    };
    return cmocka_run_group_tests_name("measure ratios", tests, NULL, NULL);
}
