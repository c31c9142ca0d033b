/* The supervisor over a real process: what it tells of a node's life, and in which order. */
#include "unit/cmocka_all.h"

#include "unit/world/nodes_fixture.h"

#include <signal.h>
#include <string.h>

static struct control_order respond_order(void)
{
    return (struct control_order){
        .kind = CONTROL_SET,
        .behaviour = {.behaviour = FAULT_INDEX_RESPOND, .kind = FAULT_RESPOND},
    };
}

static void test_a_node_that_listens_gets_ready(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_OBEYS);
    assert_int_equal(supervisor_state(nodes->supervisor, 0), PROCESS_READY);
    assert_int_equal(nodes_count_events(nodes, PROCESS_EVENT_NOT_READY), 0);
}

static void test_a_node_that_says_so_but_listens_nowhere_does_not(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_LIES);
    const struct process_event *told = nodes_await_event(nodes, PROCESS_EVENT_NOT_READY);
    assert_false(told->port_was_taken);
    assert_non_null(strstr(told->text, "node 'a' says it is ready, but nothing listens on port "));
    nodes_settle(nodes);
    assert_int_equal(nodes_count_events(nodes, PROCESS_EVENT_READY), 0);
    assert_int_equal(nodes_count_events(nodes, PROCESS_EVENT_NOT_READY), 1);
}

static void test_last_words_of_a_dying_node_are_heard_first(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_FAILS);
    nodes_await_zombie();
    const struct process_event *exited = nodes_await_event(nodes, PROCESS_EVENT_EXITED);
    const struct process_event *told = nodes_await_event(nodes, PROCESS_EVENT_NOT_READY);
    assert_true(told < exited);
    assert_true(told->port_was_taken);
    assert_non_null(strstr(told->text, "is taken by"));
    assert_false(exited->was_ready);
    assert_false(exited->port_accepts);
    nodes_settle(nodes);
    assert_int_equal(nodes_count_events(nodes, PROCESS_EVENT_NOT_READY), 1);
}

static void test_an_acknowledgement_that_crosses_with_an_exit_is_heard(void **state)
{
    struct nodes *nodes = *state;
    struct control_order order = respond_order();
    nodes_start(nodes, FAKE_NODE_ACKS_DYING);
    uint64_t sequence = supervisor_order(nodes->supervisor, 0, &order);
    assert_true(sequence > 0);
    nodes_await_zombie();
    const struct process_event *exited = nodes_await_event(nodes, PROCESS_EVENT_EXITED);
    const struct process_event *acknowledged = nodes_await_event(nodes, PROCESS_EVENT_ACK);
    assert_true(acknowledged < exited);
    assert_int_equal(acknowledged->sequence, sequence);
    assert_true(exited->was_ready);
    assert_string_equal(exited->text, "exited with status 3");
}

static void test_hits_are_known_when_the_process_is_gone(void **state)
{
    struct nodes *nodes = *state;
    struct control_order order = respond_order();
    nodes_start(nodes, FAKE_NODE_COUNTS);
    assert_true(supervisor_order(nodes->supervisor, 0, &order) > 0);
    (void)nodes_await_event(nodes, PROCESS_EVENT_ACK);
    assert_true(supervisor_signal(nodes->supervisor, 0, SIGKILL));
    (void)nodes_await_event(nodes, PROCESS_EVENT_EXITED);
    assert_int_equal(supervisor_hits(nodes->supervisor, 0, FAULT_INDEX_RESPOND), FAKE_NODE_HITS);
    assert_int_equal(supervisor_hits(nodes->supervisor, 0, FAULT_INDEX_KILL), 0);
}

static void test_a_stop_and_a_continuation_are_seen(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_OBEYS);
    assert_true(supervisor_signal(nodes->supervisor, 0, SIGSTOP));
    (void)nodes_await_event(nodes, PROCESS_EVENT_STOPPED);
    assert_int_equal(supervisor_state(nodes->supervisor, 0), PROCESS_STOPPED);
    assert_true(supervisor_signal(nodes->supervisor, 0, SIGCONT));
    (void)nodes_await_event(nodes, PROCESS_EVENT_CONTINUED);
    assert_int_equal(supervisor_state(nodes->supervisor, 0), PROCESS_READY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, nodes_set_up, nodes_tear_down)

int main(void)
{
    fake_node_main();
    const struct CMUnitTest tests[] = {
        TEST(test_a_node_that_listens_gets_ready),
        TEST(test_a_node_that_says_so_but_listens_nowhere_does_not),
        TEST(test_last_words_of_a_dying_node_are_heard_first),
        TEST(test_an_acknowledgement_that_crosses_with_an_exit_is_heard),
        TEST(test_hits_are_known_when_the_process_is_gone),
        TEST(test_a_stop_and_a_continuation_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
