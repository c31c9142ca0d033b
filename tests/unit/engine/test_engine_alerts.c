/* Invariant 36: what is told of a node is how it is treated, once an incident. The engine in the
   simulated world, with the built-in clients. */
#include "unit/cmocka_all.h"
#include "unit/engine/stage.h"

#define TOLD_MAX 64

static struct world_ops ops;
static bool (*sim_next)(struct world *world, struct occurrence *ret);

static struct world_alert told[TOLD_MAX];
static size_t told_count;
static size_t ended_count;

static void note_alert(struct world *world, const struct world_alert *alert)
{
    (void)world;
    assert_true(told_count < TOLD_MAX);
    told[told_count++] = *alert;
}

/* As if a program had been told. */
static bool next_with_hooks(struct world *world, struct occurrence *ret)
{
    if (ended_count == told_count) {
        return sim_next(world, ret);
    }
    *ret = (struct occurrence){
        .at = ops.now(world),
        .kind = OCCURRENCE_HOOK,
        .node = told[ended_count].node,
        .hook = {.alert = told[ended_count].alert, .end = HOOK_EXITED, .exit_status = 3},
    };
    ended_count++;
    return true;
}

static void run(const char *text, bool with_hooks)
{
    struct world *world = stage_read(text);
    if (with_hooks) {
        ops = *world->ops;
        sim_next = ops.next;
        ops.next = next_with_hooks;
        ops.tell_alert = note_alert;
        world->ops = &ops;
    }
    (void)stage_run(world);
    world->ops->close(world);
}

static int set_up(void **state)
{
    told_count = 0;
    ended_count = 0;
    return stage_set_up(state);
}

/* The events of that kind about the node. */
static size_t events(enum event_kind kind, uint16_t node, const struct event **ret, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == kind && event->node == node) {
            assert_true(count < max);
            ret[count++] = event;
        }
    }
    return count;
}

static const char dying_primary[] =
    "name: case\nwarmup: 200ms\nduration: 9s\nclient: {instances: 5}\ntraffic: {rate: 200/s}\n"
    "alerts: {command: [./notify.sh]}\nfaults: [{at: 2s, kill: primary, for: 2s}]\n";

static void invariant_36_one_alert_when_it_is_out_and_one_when_it_is_back(void **state)
{
    const struct event *alerts[2] = {NULL};

    (void)state;
    run(dying_primary, false);
    assert_int_equal(events(EVENT_ALERT, 0, alerts, 2), 2);
    assert_true(alerts[0]->alert.raised);
    assert_int_equal(alerts[0]->alert.alert, 0);
    assert_in_range(alerts[0]->at, 2 * NANOS_PER_S, 3 * NANOS_PER_S);
    assert_false(alerts[1]->alert.raised);
    assert_int_equal(alerts[1]->alert.alert, 1);
    assert_in_range(alerts[1]->at, 5 * NANOS_PER_S, 9 * NANOS_PER_S);
    assert_int_equal(events(EVENT_ALERT, 1, alerts, 2), 0);
    assert_int_equal(events(EVENT_ALERT, 2, alerts, 2), 0);
    assert_int_equal(events(EVENT_ALERT_HOOK, 0, alerts, 2), 0); /* a simulation starts nothing */
}

/* From when all clients have the first node out to when the first of them takes it back. */
static void all_out_span(nanos *ret_from, nanos *ret_to)
{
    const struct event *beliefs[64] = {NULL};
    bool was_out[SCENARIO_CLIENTS_MAX] = {false};
    size_t count = events(EVENT_BELIEF, 0, beliefs, 64);

    *ret_from = 0;
    *ret_to = NANOS_NEVER;
    for (size_t i = 0; i < count; i++) {
        bool *out = &was_out[beliefs[i]->belief.client];
        if (beliefs[i]->belief.belief == BELIEF_HEALTHY) {
            *ret_to = nanos_min(*ret_to, beliefs[i]->at);
        } else if (!*out) {
            *out = true;
            *ret_from = beliefs[i]->at;
        }
    }
    for (uint32_t client = 0; client < stage.scenario.client.instances; client++) {
        assert_true(was_out[client]);
    }
}

static bool is_trial(uint32_t request)
{
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_ATTEMPT && event->attempt.request == request &&
            event->attempt.purpose == PURPOSE_TRIAL) {
            return true;
        }
    }
    return false;
}

/* By the node's own log nothing but trials and probes reaches it while it is out for all, and
   callers are back once the alert is cleared. */
static void invariant_36_the_status_is_what_execution_logs_show(void **state)
{
    const struct event *alerts[2] = {NULL};
    const struct event *executed[4096] = {NULL};
    size_t served_again = 0;
    nanos out_from;
    nanos out_to;

    (void)state;
    run(dying_primary, false);
    assert_int_equal(events(EVENT_ALERT, 0, alerts, 2), 2);
    all_out_span(&out_from, &out_to);
    assert_true(out_from >= alerts[0]->at && out_to > out_from);
    assert_true(out_to <= alerts[1]->at - NANOS_PER_S);
    size_t count = events(EVENT_EXECUTED, 0, executed, 4096);
    for (size_t i = 0; i < count; i++) {
        uint32_t request = executed[i]->executed.request;
        bool between = executed[i]->at > out_from && executed[i]->at < out_to;
        assert_true(!between || request == REQUEST_NONE || is_trial(request));
        served_again += executed[i]->at > alerts[1]->at;
    }
    assert_true(served_again > 100);
}

/* Down for 300 ms each second: the bans overlap, and each node tells its beginnings and ends in
   turn. */
static void invariant_36_a_flapping_node_is_told_in_turn(void **state)
{
    const struct event *alerts[64] = {NULL};

    (void)state;
    run("name: case\nduration: 20s\ntraffic: {rate: 200/s}\nclient: {instances: 3}\n"
        "faults: [{at: 1s, flap: primary, every: 1s, down: 300ms, for: 10s}]\n",
        false);
    size_t count = events(EVENT_ALERT, 0, alerts, 64);
    assert_in_range(count, 2, 10);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(alerts[i]->alert.raised, i % 2 == 0);
    }
    assert_false(alerts[count - 1]->alert.raised);
}

static void a_client_without_beliefs_alerts_nobody(void **state)
{
    const struct event *alerts[1] = {NULL};

    (void)state;
    run("name: case\nduration: 4s\nclient: {profile: none}\n"
        "faults: [{at: 1s, kill: primary, for: 1s}]\n",
        false);
    assert_int_equal(events(EVENT_ALERT, 0, alerts, 1), 0);
}

static struct event hook_of(uint32_t alert)
{
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_ALERT_HOOK && event->hook.alert == alert) {
            return *event;
        }
    }
    fail_msg("nothing came of the hook of alert %u", alert);
    return (struct event){.node = NODE_NONE};
}

static void the_world_is_told_of_each_alert_and_tells_back(void **state)
{
    (void)state;
    run(dying_primary, true);
    assert_int_equal(told_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(told[i].alert, i);
        assert_int_equal(told[i].node, 0);
        assert_int_equal(told[i].raised, i == 0);
    }
    struct event hook = hook_of(1);
    assert_int_equal(hook.node, 0);
    assert_int_equal(hook.hook.end, HOOK_EXITED);
    assert_int_equal(hook.hook.exit_status, 3);
}

static void without_a_command_nobody_is_told(void **state)
{
    (void)state;
    run("name: case\nduration: 5s\nfaults: [{at: 1s, kill: primary, for: 1s}]\n", true);
    assert_int_equal(told_count, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(invariant_36_one_alert_when_it_is_out_and_one_when_it_is_back),
        TEST(invariant_36_the_status_is_what_execution_logs_show),
        TEST(invariant_36_a_flapping_node_is_told_in_turn),
        TEST(a_client_without_beliefs_alerts_nobody),
        TEST(the_world_is_told_of_each_alert_and_tells_back),
        TEST(without_a_command_nobody_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
