/* The spans of time that written faults may hold a node, return to health (1 s) included. */
#include "scenario/held.h"
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <stdio.h>

#define S NANOS_PER_S

struct expected_span {
    nanos from;
    nanos until;
};

/* A span of 0s..0s ends the list. */
static void assert_held(const char *text, size_t node, const struct expected_span *expected)
{
    struct reading reading;
    reading_valid(&reading, text);
    const struct held *held = &held_find(&reading.arena, &reading.scenario)[node];
    size_t count = 0;
    while (expected[count].until != 0) {
        count++;
    }
    assert_int_equal(held->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(held->spans[i].from, expected[i].from);
        assert_int_equal(held->spans[i].until, expected[i].until);
    }
    reading_done(&reading);
}

#define SPANS(...) ((const struct expected_span[]){__VA_ARGS__, {0, 0}})
#define NO_SPANS   ((const struct expected_span[]){{0, 0}})

static void test_named_nodes(void **state)
{
    static const char text[] = "faults: [{at: 2s..3s, for: 2s, pause: [primary, backup-2]}]\n";
    (void)state;
    assert_held(text, 0, SPANS({2 * S, 6 * S}));
    assert_held(text, 1, NO_SPANS);
    assert_held(text, 2, SPANS({2 * S, 6 * S}));
}

static void test_drawn_nodes_may_be_any(void **state)
{
    static const char *const words[] = {"current", "all", "others", "one", "minority", "majority"};
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        char text[100];
        assert_true(
            snprintf(text, sizeof(text), "faults: [{at: 2s, for: 1s, hang: %s}]\n", words[i]) > 0);
        for (size_t node = 0; node < 3; node++) {
            assert_held(text, node, SPANS({2 * S, 4 * S}));
        }
    }
}

static void test_until_restarted(void **state)
{
    (void)state;
    assert_held("faults: [{at: 2s, kill: primary}]\n", 0, SPANS({2 * S, NANOS_NEVER}));
    assert_held("faults: [{at: 2s, kill: primary}, {at: 5s, restart: primary}]\n", 0,
                SPANS({2 * S, 6 * S}));
    /* Of another node, of one that is not known, before it, or of what outlives it. */
    assert_held("faults: [{at: 2s, kill: primary}, {at: 5s, restart: backup-1}]\n", 0,
                SPANS({2 * S, NANOS_NEVER}));
    assert_held("faults: [{at: 2s, kill: primary}, {at: 5s, restart: one}]\n", 0,
                SPANS({2 * S, NANOS_NEVER}));
    assert_held("faults: [{at: 2s, kill: primary}, {at: 1s, restart: primary}]\n", 0,
                SPANS({1 * S, NANOS_NEVER}));
    assert_held("faults: [{at: 2s, hang: primary}, {at: 5s, restart: primary}]\n", 0,
                SPANS({2 * S, NANOS_NEVER}));
}

static void test_time_to_start(void **state)
{
    static const char text[] = "nodes: [{name: a, stub: {start_delay: 3s}}, {name: b}]\n"
                               "faults: [{at: 1s, restart: a}, {at: 1s, for: 1s, kill: b}]\n";
    (void)state;
    assert_held(text, 0, SPANS({1 * S, 5 * S}));
    assert_held(text, 1, SPANS({1 * S, 3 * S}));
}

static void test_spans_are_merged(void **state)
{
    (void)state;
    assert_held("duration: 30s\n"
                "faults:\n"
                "  - {at: 20s, for: 1s, hang: primary}\n"
                "  - {at: 2s, for: 4s, hang: primary}\n"
                "  - {at: 3s, for: 1s, pause: primary}\n"
                "  - {at: 7s, for: 1s, slow: primary, by: 1s}\n",
                0, SPANS({2 * S, 9 * S}, {20 * S, 22 * S}));
}

static void test_commands_hold_nothing(void **state)
{
    (void)state;
    assert_held("faults: [{at: 2s, switch_to: primary}, {at: 3s, reset_failed: true}]\n", 0,
                NO_SPANS);
}

static void test_throughout(void **state)
{
    struct held_span spans[] = {{1 * S, 3 * S}, {5 * S, 9 * S}};
    const struct held held = {.spans = spans, .count = 2};
    (void)state;
    assert_true(held_throughout(&held, 1 * S, 3 * S));
    assert_true(held_throughout(&held, 6 * S, 7 * S));
    assert_false(held_throughout(&held, 2 * S, 6 * S));
    assert_false(held_throughout(&held, 4 * S, 5 * S));
    assert_false(held_throughout(&held, 5 * S, 9 * S + 1));
}

/* A program of the user's has as long as it is given to start again, and needs no time to go on. */
static void test_commands_start_in_their_own_time(void **state)
{
    static const char text[] = "nodes:\n"
                               "  - {name: a, command: [a], ready: {within: 7s}}\n"
                               "  - {name: b, command: [b], ready: {within: 7s}}\n"
                               "duration: 60s\n"
                               "faults:\n"
                               "  - {at: 2s, for: 2s, kill: a}\n"
                               "  - {at: 20s, restart: a}\n"
                               "  - {at: 40s, for: 2s, pause: [a, b]}\n";
    (void)state;
    assert_held(text, 0, SPANS({2 * S, 12 * S}, {20 * S, 28 * S}, {40 * S, 43 * S}));
    assert_held(text, 1, SPANS({40 * S, 43 * S}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_nodes),
        cmocka_unit_test(test_drawn_nodes_may_be_any),
        cmocka_unit_test(test_until_restarted),
        cmocka_unit_test(test_time_to_start),
        cmocka_unit_test(test_spans_are_merged),
        cmocka_unit_test(test_commands_hold_nothing),
        cmocka_unit_test(test_throughout),
        cmocka_unit_test(test_commands_start_in_their_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
