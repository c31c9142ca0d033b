/* Flaps: one fault of the scenario, applied over and over. 200 requests a second, slow after 500
 * ms.
 */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static void fault_event(struct builder *builder, enum event_kind kind, nanos at, const char *text)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = PRIMARY,
                                          .kind = (uint8_t)kind,
                                          .fault = {.was_up = true, .text = text}});
}

static void assert_times(const struct fault_record *record, nanos applied, nanos cleared)
{
    assert_int_equal(record->planned, applied);
    assert_int_equal(record->applied, applied);
    assert_int_equal(record->onset, applied);
    assert_int_equal(record->cleared, cleared);
    assert_int_equal(record->target_count, 1);
    assert_null(record->failure);
}

/* Down for 1.5 s at 2, 5 and 8 s; each time somebody else serves after 20 ms, and the primary again
   10, 300 and 40 ms after its return. */
static void each_down_phase_is_a_disturbance(void **state)
{
    static const nanos back[] = {10 * MS, 300 * MS, 40 * MS};
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 12 * S);
    uint32_t fault = builder_fault(&builder, FAULT_FLAP, 1 << PRIMARY, 2 * S, 3500 * MS);
    for (nanos phase = 0; phase < 3; phase++) {
        nanos at = (2 + 3 * phase) * S;
        if (phase > 0) {
            builder_apply(&builder, fault, 1 << PRIMARY, at, at + 1500 * MS);
        }
        builder_answer(&builder, at, at + 20 * MS, BACKUP_1, 20 * MS);
        builder_answer(&builder, at + 20 * MS, at + 1500 * MS + back[phase] - 2 * MS, BACKUP_1,
                       2 * MS);
    }
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->fault_count, 3);
    assert_int_equal(measured->disturbance_count, 3);
    for (size_t i = 0; i < 3; i++) {
        nanos at = (2 + 3 * (nanos)i) * S;
        assert_times(&measured->faults[i], at, at + 1500 * MS);
        assert_int_equal(measured->faults[i].fault, fault);
        assert_int_equal(measured->faults[i].disturbance, i);
        assert_int_equal(measured->disturbances[i].onset, at);
        assert_int_equal(measured->disturbances[i].end, at + 1500 * MS);
        ASSERT_VALUE(measured->disturbances[i].failback, back[i] + 2 * MS);
    }
    assert_int_equal(measured->nodes[PRIMARY].state_count, 7);
    builder_done(&builder);
}

/* The node needs longer to come back than there is between two phases: the second finds it down,
   and its return belongs to the first. */
static void a_late_return_belongs_to_the_phase_that_waits(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_FLAP, 1 << PRIMARY, 2 * S, NANOS_NEVER);
    fault_event(&builder, EVENT_FAULT_PLANNED, 3 * S, NULL);
    fault_event(&builder, EVENT_FAULT_FAILED, 3 * S, "the node was down already");
    fault_event(&builder, EVENT_FAULT_CLEARED, 3500 * MS, NULL);
    fault_event(&builder, EVENT_FAULT_PLANNED, 4 * S, NULL);
    fault_event(&builder, EVENT_FAULT_APPLIED, 4 * S, NULL);
    fault_event(&builder, EVENT_FAULT_EFFECTIVE, 4 * S + 1, NULL);
    fault_event(&builder, EVENT_FAULT_FAILED, 5 * S, "it did not come back");
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->fault_count, 3);
    assert_times(&measured->faults[0], 2 * S, 3500 * MS);
    assert_int_equal(measured->faults[1].applied, 4 * S);
    assert_int_equal(measured->faults[1].effective, 4 * S + 1);
    assert_string_equal(measured->faults[1].failure, "it did not come back");
    assert_int_equal(measured->faults[1].cleared, NANOS_NEVER);
    assert_int_equal(measured->faults[2].planned, 3 * S);
    assert_int_equal(measured->faults[2].applied, NANOS_NEVER);
    assert_string_equal(measured->faults[2].failure, "the node was down already");
    assert_int_equal(measured->disturbance_count, 2);
    builder_done(&builder);
}

/* Harm of a kill begins when it is applied, that of a stop when it is seen. */
static void the_onset_is_that_of_what_the_phase_does(void **state)
{
    (void)state;
    for (int pause = 0; pause < 2; pause++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        builder_fault(&builder, FAULT_FLAP, 1 << PRIMARY, 2 * S, 3 * S);
        builder.faults[0].parameters.how = pause ? FLAP_PAUSE : FLAP_KILL;
        fault_event(&builder, EVENT_FAULT_PLANNED, 5 * S, NULL);
        fault_event(&builder, EVENT_FAULT_APPLIED, 5 * S, NULL);
        fault_event(&builder, EVENT_FAULT_PLANNED, 7 * S, NULL);
        fault_event(&builder, EVENT_FAULT_APPLIED, 7 * S, NULL);
        fault_event(&builder, EVENT_FAULT_EFFECTIVE, 5 * S + 3 * MS, NULL);
        fault_event(&builder, EVENT_FAULT_EFFECTIVE, 7 * S + 4 * MS, NULL);
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);

        assert_int_equal(measured->fault_count, 3);
        assert_int_equal(measured->faults[1].onset, 5 * S + (pause ? 3 * MS : 0));
        assert_int_equal(measured->faults[2].onset, 7 * S + (pause ? 4 * MS : 0));
        builder_done(&builder);
    }
}

/* The lateness of one phase is an error of its own disturbance only. */
static void lateness_stays_with_its_phase(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 12 * S);
    builder_fault(&builder, FAULT_FLAP, 1 << PRIMARY, 2 * S, 3500 * MS);
    fault_event(&builder, EVENT_FAULT_PLANNED, 6 * S, NULL);
    fault_event(&builder, EVENT_FAULT_APPLIED, 6 * S + 7 * MS, NULL);
    fault_event(&builder, EVENT_FAULT_CLEARED, 8 * S, NULL);
    builder_apply(&builder, 0, 1 << PRIMARY, 10 * S, 11500 * MS);
    for (nanos at = 2 * S; at < 12 * S; at += 4 * S) {
        builder_answer(&builder, at, at + 2 * S, BACKUP_1, 2 * MS);
    }
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 3);
    assert_int_equal(measured->disturbances[0].lateness_max, 0);
    assert_int_equal(measured->disturbances[1].lateness_max, 7 * MS);
    assert_int_equal(measured->disturbances[2].lateness_max, 0);
    assert_int_equal(measured->fault_lateness.max, 7 * MS);
    builder_done(&builder);
}

/* As many phases as a run can have are read without looking at each for each. */
static void many_phases_are_told_apart(void **state)
{
    const nanos every = 2 * MS;
    struct builder builder;

    (void)state;
    builder_init(&builder, 50, 21 * S);
    builder_fault(&builder, FAULT_FLAP, 1 << BACKUP_2, S, S + MS);
    for (nanos phase = 1; phase < SCENARIO_PHASES_MAX; phase++) {
        nanos at = S + phase * every;
        builder_apply(&builder, 0, 1 << BACKUP_2, at, at + MS);
    }
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->fault_count, SCENARIO_PHASES_MAX);
    for (size_t i = 0; i < measured->fault_count; i++) {
        nanos at = S + (nanos)i * every;
        assert_times(&measured->faults[i], at, at + MS);
    }
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_down_phase_is_a_disturbance),
        cmocka_unit_test(a_late_return_belongs_to_the_phase_that_waits),
        cmocka_unit_test(the_onset_is_that_of_what_the_phase_does),
        cmocka_unit_test(lateness_stays_with_its_phase),
        cmocka_unit_test(many_phases_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
