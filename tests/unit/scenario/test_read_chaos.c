#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <stdio.h>

#define MS NANOS_PER_MS
#define S  NANOS_PER_S

static const struct chaos *read_chaos_of(struct reading *reading, const char *text)
{
    reading_valid(reading, text);
    assert_true(reading->scenario.chaos.enabled);
    return &reading->scenario.chaos;
}

static unsigned weight_total(const struct chaos *chaos)
{
    unsigned total = 0;
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        total += chaos->weights[kind];
    }
    return total;
}

static void test_none_unless_asked_for(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "");
    assert_false(reading.scenario.chaos.enabled);
    reading_done(&reading);
}

static void test_every_key(void **state)
{
    struct reading reading;
    (void)state;
    const struct chaos *chaos =
        read_chaos_of(&reading, "duration: 1m\nnodes: 5\n"
                                "chaos: {from: 0s, until: 50s, every: 8s, heal: 4500ms, "
                                "keep_healthy: 2, faults: {kill: 3, blackhole: 1000}}\n");
    assert_int_equal(chaos->from, 0);
    assert_int_equal(chaos->until, 50 * S);
    assert_int_equal(chaos->every, 8 * S);
    assert_int_equal(chaos->heal, 4500 * MS);
    assert_int_equal(chaos->keep_healthy, 2);
    assert_int_equal(chaos->weights[FAULT_KILL], 3);
    assert_int_equal(chaos->weights[FAULT_BLACKHOLE], 1000);
    assert_int_equal(weight_total(chaos), 1003);
    assert_int_equal(chaos->at.line, 4);
    assert_int_equal(scenario_chaos_stretches(chaos), 7);
    reading_done(&reading);
}

static void test_defaults(void **state)
{
    struct reading reading;
    (void)state;
    const struct chaos *chaos = read_chaos_of(&reading, "chaos: {}\n");
    assert_int_equal(chaos->from, 1 * S);
    assert_int_equal(chaos->until, 7 * S);
    assert_int_equal(chaos->every, 5 * S);
    assert_int_equal(chaos->heal, 2 * S);
    assert_int_equal(chaos->keep_healthy, 1);
    assert_int_equal(chaos->weights[FAULT_KILL], 1);
    assert_int_equal(chaos->weights[FAULT_PAUSE], 1);
    assert_int_equal(chaos->weights[FAULT_HANG], 1);
    assert_int_equal(chaos->weights[FAULT_RESPOND], 1);
    assert_int_equal(weight_total(chaos), 4);
    assert_int_equal(scenario_chaos_stretches(chaos), 2);
    reading_done(&reading);
    /* No calm at the end where there is no time for it. */
    chaos = read_chaos_of(&reading, "duration: 4s\nchaos: {heal: 2500ms}\n");
    assert_int_equal(chaos->until, 1500 * MS);
    reading_done(&reading);
    chaos = read_chaos_of(&reading, "duration: 4s\nchaos: {heal: 1999ms}\n");
    assert_int_equal(chaos->until, 1001 * MS);
    reading_done(&reading);
}

static void test_every_kind_that_suits(void **state)
{
    static const enum fault_kind unfit[] = {FAULT_RESTART,   FAULT_FLAP,    FAULT_PARTITION,
                                            FAULT_SWITCH_TO, FAULT_ISOLATE, FAULT_RESET_FAILED};
    (void)state;
    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        bool fits = true;
        for (size_t i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
            fits = fits && kind != unfit[i];
        }
        struct reading reading;
        char text[100];
        assert_true(snprintf(text, sizeof(text), "chaos: {faults: {%s: 7}}\n",
                             fault_kind_word((enum fault_kind)kind)) > 0);
        if (fits) {
            const struct chaos *chaos = read_chaos_of(&reading, text);
            assert_int_equal(chaos->weights[kind], 7);
            assert_int_equal(weight_total(chaos), 7);
            reading_done(&reading);
        } else {
            reading_refused(text, 2, 18, "it belongs under 'faults'");
        }
    }
}

static void test_set_from_the_command_line(void **state)
{
    static const char *const settings[] = {"chaos.every=4s", "chaos.faults.pause=9"};
    static const char text[] = "name: x\nchaos: {heal: 3s, faults: {kill: 1}}\n";
    const struct scenario_overrides overrides = {.settings = settings, .setting_count = 2};
    struct reading reading;
    (void)state;
    reading_take(&reading, text, sizeof(text) - 1, &overrides);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.chaos.every, 4 * S);
    assert_int_equal(reading.scenario.chaos.heal, 3 * S);
    assert_int_equal(reading.scenario.chaos.weights[FAULT_KILL], 1);
    assert_int_equal(reading.scenario.chaos.weights[FAULT_PAUSE], 9);
    reading_done(&reading);
}

static void accept(const char *text)
{
    struct reading reading;
    reading_valid(&reading, text);
    reading_done(&reading);
}

static void test_room_for_a_fault(void **state)
{
    (void)state;
    accept("duration: 10s\nchaos: {until: 8s}\n");
    reading_refused("duration: 10s\nchaos: {until: 8001ms}\n", 3, 16, "must be at most 8s");
    accept("duration: 3001ms\nchaos: {}\n");
    reading_refused("duration: 3s\nchaos: {}\n", 3, 8, "no fault of 2s ('heal') fits");
    accept("chaos: {from: 5s, until: 5001ms}\n");
    reading_refused("chaos: {from: 5s, until: 5s}\n", 2, 26, "must come after 'from' (5s)");
}

static void test_nodes_to_hit(void **state)
{
    (void)state;
    accept("nodes: 1\nchaos: {keep_healthy: 0}\n");
    reading_refused("nodes: 1\nchaos: {}\n", 3, 8, "there is 1, and it keeps 1 healthy");
    accept("nodes: 2\nchaos: {}\n");
    reading_refused("nodes: 2\nchaos: {keep_healthy: 2}\n", 3, 23, "and it keeps 2 healthy");
    /* What is held for good leaves two; what may be held for good leaves none. */
    accept("faults: [{at: 0s, kill: primary}]\nchaos: {}\n");
    reading_refused("faults: [{at: 0s, kill: [primary, backup-1]}]\nchaos: {}\n", 3, 8,
                    "2 of 3 nodes all the time");
    reading_refused("faults: [{at: 0s, hang: one}]\nchaos: {}\n", 3, 8,
                    "3 of 3 nodes all the time");
    accept("faults: [{at: 0s, hang: one, for: 5s}]\nchaos: {}\n");
    accept("faults: [{at: 1001ms, hang: one}]\nchaos: {}\n");
}

static void test_how_many(void **state)
{
    (void)state;
    accept("duration: 15s\nchaos: {until: 11s, every: 1ms, heal: 1ms}\n");
    reading_refused("duration: 15s\nchaos: {until: 11s, every: 1ms, heal: 1ms}\n"
                    "faults: [{at: 14s, kill: primary}]\n",
                    3, 28, "at most 10000 are possible");
}

static void test_faults_enough_for_expectations(void **state)
{
    (void)state;
    accept("chaos: {heal: 3s}\n"
           "expect: {switchover: < 2s, detection: < 2s, outage: < 2s, failback: < 5s}\n");
    reading_refused("chaos: {heal: 2999ms}\nexpect: {switchover: < 2s}\n", 3, 22,
                    "a random fault lasts 2.999s (the 'heal' of chaos), it would have to last 3s");
    /* A fault's own expectation is about that fault. */
    accept("chaos: {}\n"
           "faults: [{at: 2s, for: 5s, pause: primary, expect: {switchover: < 4s}}]\n");
}

/* Whatever is broken is complained about once. */
static void test_no_complaints_that_follow(void **state)
{
    (void)state;
    reading_refused("chaos: {heal: soon}\nexpect: {switchover: < 9s}\n", 2, 15,
                    "must be a duration");
    reading_refused("duration: 0s\nchaos: {}\n", 2, 11, "must be above 0s");
    reading_refused("faults: [{at: 0s, kill: nobody}]\nchaos: {}\n", 2, 25, "there is no node");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_unless_asked_for),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_kind_that_suits),
        cmocka_unit_test(test_set_from_the_command_line),
        cmocka_unit_test(test_room_for_a_fault),
        cmocka_unit_test(test_nodes_to_hit),
        cmocka_unit_test(test_how_many),
        cmocka_unit_test(test_faults_enough_for_expectations),
        cmocka_unit_test(test_no_complaints_that_follow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
