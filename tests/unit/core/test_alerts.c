/* Invariant 36: an alert is raised once an incident, cleared once, and says what clients believe.
 */
#include "core/alerts.h"

#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define MS NANOS_PER_MS
#define S  NANOS_PER_S

enum { NODES = 3, CLIENTS = 2, A = 0, B = 1 };

static struct arena arena;
static struct alerts *alerts;
static struct alert told;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    alerts = alerts_new(&arena, NODES, CLIENTS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

/* A client's belief about the node; true if that raises an alert. */
static bool believe(nanos at, uint16_t client, uint16_t node, enum belief belief)
{
    const struct alert_belief changed = {
        .at = at,
        .why = belief == BELIEF_HEALTHY ? "passed" : "reset",
        .client = client,
        .node = node,
        .belief = belief,
    };
    return alerts_believe(alerts, &changed, &told);
}

static void assert_told(nanos at, uint16_t node, bool raised, const char *why)
{
    assert_int_equal(told.at, at);
    assert_int_equal(told.node, node);
    assert_int_equal(told.raised, raised);
    assert_string_equal(told.why, why);
}

/* Nothing is told before that moment, and this then. */
static void assert_cleared_at(nanos at, uint16_t node)
{
    assert_int_equal(alerts_deadline(alerts), at);
    assert_false(alerts_next(alerts, at - 1, &told));
    assert_true(alerts_next(alerts, at, &told));
    assert_told(at, node, false, "passed");
}

static void assert_silent_for_good(void)
{
    assert_true(alerts_deadline(alerts) == NANOS_NEVER);
    assert_false(alerts_next(alerts, NANOS_NEVER - 1, &told));
}

static void invariant_36_an_incident_is_raised_once_and_cleared_once(void **state)
{
    (void)state;
    assert_silent_for_good();
    assert_true(believe(3 * S, A, 1, BELIEF_FAILED));
    assert_told(3 * S, 1, true, "reset");
    assert_silent_for_good();
    assert_false(believe(5 * S, A, 1, BELIEF_HEALTHY));
    assert_cleared_at(6 * S, 1);
    assert_silent_for_good();
    assert_true(believe(6 * S, A, 1, BELIEF_FAILED));
}

static void invariant_36_trials_that_fail_belong_to_the_incident(void **state)
{
    (void)state;
    assert_true(believe(1 * S, A, 0, BELIEF_FAILED));
    for (nanos at = 2 * S; at < 10 * S; at += S) {
        assert_false(believe(at, A, 0, BELIEF_PROBING));
        assert_false(believe(at + MS, A, 0, BELIEF_FAILED));
        assert_silent_for_good();
    }
    assert_false(believe(10 * S, A, 0, BELIEF_PROBING));
    assert_false(believe(10 * S, A, 0, BELIEF_HEALTHY));
    assert_cleared_at(11 * S, 0);
}

static void invariant_36_the_first_client_raises_and_the_last_clears(void **state)
{
    (void)state;
    assert_true(believe(1 * S, B, 2, BELIEF_FAILED));
    assert_false(believe(2 * S, A, 2, BELIEF_FAILED));
    assert_false(believe(3 * S, B, 2, BELIEF_HEALTHY));
    assert_silent_for_good();
    assert_false(believe(4 * S, A, 2, BELIEF_HEALTHY));
    assert_cleared_at(5 * S, 2);
}

/* Back for less than a second, over and over: one incident, whoever takes the node out again. */
static void invariant_36_flapping_is_one_incident(void **state)
{
    nanos at = 1 * S;

    (void)state;
    assert_true(believe(at, A, 0, BELIEF_FAILED));
    for (int i = 0; i < 20; i++) {
        uint16_t before = (uint16_t)(i % 2);
        assert_false(believe(at + 100 * MS, before, 0, BELIEF_HEALTHY));
        assert_int_equal(alerts_deadline(alerts), at + 1100 * MS);
        at += 1100 * MS - 1;
        assert_false(alerts_next(alerts, at, &told));
        assert_false(believe(at, 1 - before, 0, BELIEF_FAILED));
        assert_silent_for_good();
    }
    assert_false(believe(at + MS, 0, 0, BELIEF_HEALTHY));
    assert_cleared_at(at + MS + ALERTS_CALM_NS, 0);
}

static void invariant_36_nodes_have_incidents_of_their_own(void **state)
{
    (void)state;
    assert_true(believe(1 * S, A, 0, BELIEF_FAILED));
    assert_true(believe(1 * S, A, 1, BELIEF_FAILED));
    assert_true(believe(1 * S, A, 2, BELIEF_FAILED));
    assert_false(believe(2 * S, A, 1, BELIEF_HEALTHY));
    assert_false(believe(2 * S + MS, A, 0, BELIEF_HEALTHY));
    assert_cleared_at(3 * S, 1);
    assert_cleared_at(3 * S + MS, 0);
    assert_silent_for_good();
}

/* Asked late, they still come in order, each with its own time. */
static void what_is_over_keeps_its_time(void **state)
{
    (void)state;
    assert_true(believe(1 * S, A, 0, BELIEF_FAILED));
    assert_true(believe(1 * S, A, 1, BELIEF_FAILED));
    assert_false(believe(2 * S, A, 1, BELIEF_HEALTHY));
    assert_false(believe(2 * S + MS, A, 0, BELIEF_HEALTHY));
    assert_true(alerts_next(alerts, 9 * S, &told));
    assert_told(3 * S, 1, false, "passed");
    assert_true(alerts_next(alerts, 9 * S, &told));
    assert_told(3 * S + MS, 0, false, "passed");
    assert_false(alerts_next(alerts, 9 * S, &told));
}

static void health_that_was_never_in_doubt_is_no_news(void **state)
{
    (void)state;
    assert_false(believe(1 * S, A, 0, BELIEF_HEALTHY));
    assert_silent_for_good();
}

static void believe_past_the_deadline(void *argument)
{
    (void)argument;
    (void)believe(9 * S, A, 0, BELIEF_FAILED);
}

/* Or two incidents would be told as one. */
static void what_is_over_must_be_asked_for_first(void **state)
{
    (void)state;
    assert_true(believe(1 * S, A, 0, BELIEF_FAILED));
    assert_false(believe(2 * S, A, 0, BELIEF_HEALTHY));
    assert_true(call_aborts(believe_past_the_deadline, NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(invariant_36_an_incident_is_raised_once_and_cleared_once),
        TEST(invariant_36_trials_that_fail_belong_to_the_incident),
        TEST(invariant_36_the_first_client_raises_and_the_last_clears),
        TEST(invariant_36_flapping_is_one_incident),
        TEST(invariant_36_nodes_have_incidents_of_their_own),
        TEST(what_is_over_keeps_its_time),
        TEST(health_that_was_never_in_doubt_is_no_news),
        TEST(what_is_over_must_be_asked_for_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
