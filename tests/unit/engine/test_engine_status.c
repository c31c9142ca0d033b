/* Clients are asked for their status once a second of traffic: the engine in the simulated world.
 */
#include "unit/cmocka_all.h"
#include "unit/engine/stage.h"

static void run(const char *text)
{
    struct world *world = stage_read(text);
    (void)stage_run(world);
    world->ops->close(world);
}

static size_t answers(const struct event **ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_STATUS) {
            assert_true(count < max);
            ret[count++] = event;
        }
    }
    return count;
}

static const struct event *answer_at(nanos at, uint16_t client, uint16_t node)
{
    const struct event *told[4096] = {NULL};
    size_t count = answers(told, 4096);
    for (size_t i = 0; i < count; i++) {
        if (told[i]->at == at && told[i]->status.client == client && told[i]->node == node) {
            return told[i];
        }
    }
    fail_msg("client %u did not tell of node %u at %.3f s", client, node, (double)at / 1e9);
    return NULL;
}

static void status_is_asked_each_second_of_traffic(void **state)
{
    const struct event *told[64] = {NULL};

    (void)state;
    run("name: case\nwarmup: 2s\nduration: 4s\ntraffic: {rate: 100/s}\n"
        "faults: [{at: 1500ms, kill: primary}]\n");
    assert_int_equal(answers(told, 64), 4 * 3); /* not at 4 s, where traffic ends */
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(told[i]->at, (nanos)(i / 3) * NANOS_PER_S);
        assert_int_equal(told[i]->status.asked, told[i]->at);
        assert_int_equal(told[i]->node, i % 3);
    }
    assert_true(answer_at(1 * NANOS_PER_S, 0, 0)->status.active);
    assert_int_equal(answer_at(1 * NANOS_PER_S, 0, 0)->status.belief, BELIEF_HEALTHY);
    assert_in_range(answer_at(1 * NANOS_PER_S, 0, 0)->status.latency, 1, 5 * NANOS_PER_MS);
    assert_false(answer_at(2 * NANOS_PER_S, 0, 0)->status.active);
    assert_int_equal(answer_at(2 * NANOS_PER_S, 0, 0)->status.belief, BELIEF_FAILED);
    assert_true(answer_at(2 * NANOS_PER_S, 0, 1)->status.active);
    assert_int_equal(answer_at(2 * NANOS_PER_S, 0, 2)->status.latency, 0);
}

/* Health checks do not wait for a request that never comes. */
static void a_client_without_requests_knows_too(void **state)
{
    (void)state;
    run("name: case\nwarmup: 2s\nduration: 9s\ntraffic: {rate: 0/s}\n"
        "faults: [{at: 1500ms, kill: primary, for: 3s}]\n");
    assert_int_equal(answer_at(1 * NANOS_PER_S, 0, 0)->status.belief, BELIEF_HEALTHY);
    assert_int_equal(answer_at(4 * NANOS_PER_S, 0, 0)->status.belief, BELIEF_FAILED);
    assert_true(answer_at(4 * NANOS_PER_S, 0, 1)->status.active);
    assert_int_equal(answer_at(7 * NANOS_PER_S, 0, 0)->status.belief, BELIEF_HEALTHY);
    assert_true(answer_at(7 * NANOS_PER_S, 0, 0)->status.active);
}

static void the_first_eight_clients_are_asked(void **state)
{
    const struct event *told[64] = {NULL};

    (void)state;
    run("name: case\nduration: 2s\nclient: {instances: 20}\ntraffic: {rate: 100/s}\n");
    assert_int_equal(answers(told, 64), 2 * 8 * 3);
    (void)answer_at(1 * NANOS_PER_S, 7, 2);
}

/* As many as have 512 nodes together. */
static void fewer_are_asked_about_many_nodes(void **state)
{
    const struct event *told[2048] = {NULL};

    (void)state;
    run("name: case\nduration: 2s\nnodes: 200\nclient: {instances: 20}\ntraffic: {rate: 10/s}\n");
    assert_int_equal(answers(told, 2048), 2 * 2 * 200);
}

static void the_control_has_nothing_to_tell(void **state)
{
    const struct event *told[1] = {NULL};

    (void)state;
    run("name: case\nduration: 2s\nclient: {profile: none}\ntraffic: {rate: 10/s}\n");
    assert_int_equal(answers(told, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(status_is_asked_each_second_of_traffic, stage_set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(a_client_without_requests_knows_too, stage_set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(the_first_eight_clients_are_asked, stage_set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(fewer_are_asked_about_many_nodes, stage_set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(the_control_has_nothing_to_tell, stage_set_up,
                                        stage_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
