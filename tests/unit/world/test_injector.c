/* The injector over a real supervisor and a real process: faults whose confirmation, end and node's
   end come in unusual order. */
#include "unit/cmocka_all.h"

#include "unit/world/nodes_fixture.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void test_a_kill_of_a_node_that_still_starts_is_no_fault_of_the_node(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_STARTS);
    injector_apply(nodes->injector, FAULT_INDEX_KILL, 0);
    const struct occurrence *effective = nodes_await(nodes, OCCURRENCE_FAULT_EFFECTIVE);
    assert_int_equal(effective->fault.confirmed_by, CONFIRMED_BY_EXIT);
    nodes_settle(nodes);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_PROBLEM), 0);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_FAILED), 0);
    fake_node_play(FAKE_NODE_OBEYS);
    injector_clear(nodes->injector, FAULT_INDEX_KILL, 0);
    assert_int_equal(nodes_await(nodes, OCCURRENCE_FAULT_CLEARED)->fault.confirmed_by,
                     CONFIRMED_BY_READY);
}

static void test_a_node_that_comes_back_elsewhere_is_a_failed_fault(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_OBEYS);
    injector_apply(nodes->injector, FAULT_INDEX_KILL, 0);
    (void)nodes_await(nodes, OCCURRENCE_FAULT_EFFECTIVE);
    fake_node_play(FAKE_NODE_LIES);
    injector_clear(nodes->injector, FAULT_INDEX_KILL, 0);
    const struct occurrence *failed = nodes_await(nodes, OCCURRENCE_FAULT_FAILED);
    assert_non_null(strstr(failed->fault.text, "nothing listens on port"));
    assert_int_equal(nodes_await(nodes, OCCURRENCE_PROBLEM)->problem.reason, REASON_NODE_NOT_READY);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_CLEARED), 0);
}

static void test_a_port_that_somebody_else_serves_makes_a_kill_fail(void **state)
{
    struct nodes *nodes = *state;
    const int yes = 1;
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(nodes->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    nodes_start(nodes, FAKE_NODE_OBEYS);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(fd, 8), 0);
    injector_apply(nodes->injector, FAULT_INDEX_KILL, 0);
    const struct occurrence *failed = nodes_await(nodes, OCCURRENCE_FAULT_FAILED);
    assert_non_null(strstr(failed->fault.text, "its port still takes connections"));
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_EFFECTIVE), 0);
    close(fd);
}

static void test_an_acknowledgement_counts_though_the_node_has_ended(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_ACKS_DYING);
    injector_apply(nodes->injector, FAULT_INDEX_RESPOND, 0);
    nodes_await_zombie();
    assert_int_equal(nodes_await(nodes, OCCURRENCE_FAULT_EFFECTIVE)->fault.confirmed_by,
                     CONFIRMED_BY_STUB);
    assert_int_equal(nodes_await(nodes, OCCURRENCE_PROBLEM)->problem.reason, REASON_NODE_DIED);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_FAILED), 0);
}

static void test_a_node_that_ends_without_an_acknowledgement_makes_its_fault_fail(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_DIES);
    injector_apply(nodes->injector, FAULT_INDEX_RESPOND, 0);
    assert_string_equal(nodes_await(nodes, OCCURRENCE_FAULT_FAILED)->fault.text,
                        "the node ended before it answered the order");
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_EFFECTIVE), 0);
}

static void test_hits_survive_the_process_that_counted_them(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_COUNTS);
    injector_apply(nodes->injector, FAULT_INDEX_RESPOND, 0);
    (void)nodes_await(nodes, OCCURRENCE_FAULT_EFFECTIVE);
    injector_apply(nodes->injector, FAULT_INDEX_KILL, 0);
    (void)nodes_await_event(nodes, PROCESS_EVENT_EXITED);
    injector_clear(nodes->injector, FAULT_INDEX_RESPOND, 0);
    const struct occurrence *cleared = nodes_await(nodes, OCCURRENCE_FAULT_CLEARED);
    assert_int_equal(cleared->fault.fault, FAULT_INDEX_RESPOND);
    assert_int_equal(cleared->fault.confirmed_by, CONFIRMED_BY_EXIT);
    assert_int_equal(cleared->fault.hits, FAKE_NODE_HITS);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_PROBLEM), 0);
}

static void test_release_clears_what_is_not_acknowledged_yet(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_HESITATES);
    injector_apply(nodes->injector, FAULT_INDEX_RESPOND, 0);
    injector_release(nodes->injector);
    assert_int_equal(injector_awaited(nodes->injector), 1);
    const struct occurrence *cleared = nodes_await(nodes, OCCURRENCE_FAULT_CLEARED);
    const struct occurrence *effective = nodes_await(nodes, OCCURRENCE_FAULT_EFFECTIVE);
    assert_true(effective < cleared);
    assert_int_equal(effective->fault.confirmed_by, CONFIRMED_BY_STUB);
    assert_int_equal(cleared->fault.confirmed_by, CONFIRMED_BY_STUB);
    assert_int_equal(injector_awaited(nodes->injector), 0);
}

static void test_release_continues_what_is_not_seen_stopped_yet(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_OBEYS);
    injector_apply(nodes->injector, FAULT_INDEX_PAUSE, 0);
    injector_release(nodes->injector);
    assert_int_equal(injector_awaited(nodes->injector), 1);
    (void)nodes_await(nodes, OCCURRENCE_FAULT_CLEARED);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_EFFECTIVE), 1);
    assert_int_equal(supervisor_state(nodes->supervisor, 0), PROCESS_READY);
}

static void test_release_leaves_the_dead_alone(void **state)
{
    struct nodes *nodes = *state;
    nodes_start(nodes, FAKE_NODE_OBEYS);
    injector_apply(nodes->injector, FAULT_INDEX_KILL, 0);
    injector_release(nodes->injector);
    assert_int_equal(injector_awaited(nodes->injector), 0);
    (void)nodes_await(nodes, OCCURRENCE_FAULT_EFFECTIVE);
    nodes_settle(nodes);
    assert_int_equal(supervisor_state(nodes->supervisor, 0), PROCESS_DOWN);
    assert_int_equal(nodes_count(nodes, OCCURRENCE_FAULT_CLEARED), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, nodes_set_up, nodes_tear_down)

int main(void)
{
    fake_node_main();
    const struct CMUnitTest tests[] = {
        TEST(test_a_kill_of_a_node_that_still_starts_is_no_fault_of_the_node),
        TEST(test_a_node_that_comes_back_elsewhere_is_a_failed_fault),
        TEST(test_a_port_that_somebody_else_serves_makes_a_kill_fail),
        TEST(test_an_acknowledgement_counts_though_the_node_has_ended),
        TEST(test_a_node_that_ends_without_an_acknowledgement_makes_its_fault_fail),
        TEST(test_hits_survive_the_process_that_counted_them),
        TEST(test_release_clears_what_is_not_acknowledged_yet),
        TEST(test_release_continues_what_is_not_seen_stopped_yet),
        TEST(test_release_leaves_the_dead_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
