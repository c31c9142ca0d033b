/* The engine with a client that is a program: a toy one in virtual time, that answers after 1 ms.
 */
#include "unit/cmocka_all.h"
#include "unit/engine/agenda.h"
#include "unit/engine/stage.h"

#include "core/plan.h"
#include "engine.h"

#define LATENCY NANOS_PER_MS

struct toy {
    struct agenda agenda;
    nanos dies_at;     /* 0: not */
    bool cannot_order; /* as if it had no feature */
    bool silent;
    bool in_log; /* the nodes' logs hold what node 2 executed */
    uint32_t orders;
    uint32_t withdrawn;
};

static struct toy toy;

static void later(nanos at, struct occurrence occurrence)
{
    agenda_later(&toy.agenda, at, occurrence);
}

static void say(nanos at, uint16_t node, struct occurrence said)
{
    said.kind = OCCURRENCE_SAID;
    said.node = node;
    later(at, said);
}

static void toy_start_clock(struct world *world, nanos lead)
{
    agenda_start_clock(world, lead);
    if (toy.dies_at != 0) {
        later(toy.dies_at,
              (struct occurrence){.kind = OCCURRENCE_PROBLEM,
                                  .node = NODE_NONE,
                                  .problem = {.text = "gone", .reason = REASON_CLIENT_DIED}});
    }
    for (nanos i = 1; i < 4; i++) { /* it repeats itself */
        say(i * 100 * NANOS_PER_MS, 1,
            (struct occurrence){
                .said = {.kind = SAID_NODE, .why = "refused", .belief = BELIEF_FAILED}});
        say(i * 100 * NANOS_PER_MS, 0, (struct occurrence){.said = {.kind = SAID_ACTIVE}});
    }
}

static nanos toy_give_request(struct world *world, const struct world_request *request)
{
    (void)world;
    assert_int_equal(request->client, request->request % 2);
    if (!toy.silent) {
        say(toy.agenda.now + LATENCY, 1,
            (struct occurrence){.said = {.kind = SAID_ANSWER,
                                         .request = request->request,
                                         .client = request->client,
                                         .status = 200}});
    }
    return toy.agenda.now;
}

static void toy_withdraw_request(struct world *world, uint16_t client, uint32_t request)
{
    (void)world;
    assert_int_equal(client, request % 2);
    toy.withdrawn++;
}

static bool toy_order_client(struct world *world,
                             uint16_t client,
                             enum client_order_kind order,
                             uint32_t fault,
                             uint16_t node)
{
    (void)world;
    if (order == CLIENT_ORDER_STATUS || toy.cannot_order) {
        return false;
    }
    toy.orders++;
    say(toy.agenda.now + (client + 1) * LATENCY, node,
        (struct occurrence){
            .said = {.kind = SAID_COMMAND, .fault = fault, .client = client, .done = true}});
    return true;
}

static uint16_t toy_served_by(struct world *world, uint32_t request)
{
    (void)world;
    (void)request;
    return toy.in_log ? 2 : NODE_NONE;
}

static uint16_t killed;
static void toy_apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    (void)world;
    killed = node;
    struct occurrence applied = {
        .kind = OCCURRENCE_FAULT_APPLIED, .node = node, .fault = {.fault = fault}};
    later(toy.agenda.now, applied);
}

static const struct world_ops toy_ops = {
    .prepare = agenda_prepare,
    .start_clock = toy_start_clock,
    .now = agenda_now,
    .wait = agenda_wait,
    .next = agenda_next,
    .give_request = toy_give_request,
    .withdraw_request = toy_withdraw_request,
    .order_client = toy_order_client,
    .served_by = toy_served_by,
    .apply_fault = toy_apply_fault,
    .finish = agenda_finish,
};

/* ---- 100/s for 2 s; at 500 ms a switch to c, at 1 s the current node is killed ---- */

static struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static const struct traffic_request get = {.path = "/", .weight = 1, .idempotent = true};
static const uint16_t last_node[] = {2};
static struct fault faults[] = {
    {.kind = FAULT_SWITCH_TO,
     .id = "switch_to-1",
     .at_from = 500 * NANOS_PER_MS,
     .at_to = 500 * NANOS_PER_MS,
     .hold = NANOS_NEVER,
     .nodes = last_node,
     .node_count = 1},
    {.kind = FAULT_KILL,
     .target = TARGET_CURRENT,
     .id = "kill-2",
     .at_from = NANOS_PER_S,
     .at_to = NANOS_PER_S,
     .hold = NANOS_NEVER},
};

static int set_up(void **state)
{
    toy = (struct toy){.agenda = {.world = {.ops = &toy_ops}}};
    killed = NODE_NONE;
    stage.scenario = (struct scenario){
        .name = "toy",
        .duration = 2 * NANOS_PER_S,
        .nodes = nodes,
        .node_count = 3,
        .process_count = 3,
        .client = {.profile = PROFILE_EXEC, .request_deadline = NANOS_NEVER, .instances = 2},
        .traffic = {.rate_micro = UINT64_C(100) * 1000000,
                    .slow = 500 * NANOS_PER_MS,
                    .max_in_flight = 64,
                    .requests = &get,
                    .request_count = 1,
                    .weight_total = 1},
        .faults = faults,
        .fault_count = 2,
    };
    return stage_set_up(state);
}

static void run(void)
{
    assert_int_equal(stage_run(&toy.agenda.world), 0);
}

static void requests_are_given_and_end_by_what_is_said(void **state)
{
    (void)state;
    run();
    assert_int_equal(stage_count(EVENT_REQUEST), 200);
    assert_int_equal(stage_count_ends(OUTCOME_ANSWER), 200);
    assert_int_equal(stage_count(EVENT_ATTEMPT), 0);
    assert_int_equal(toy.withdrawn, 0);
}

static void the_current_node_is_what_logs_say_before_its_own_word(void **state)
{
    (void)state;
    run();
    assert_int_equal(killed, 1);
    (void)stage_tear_down(state);
    (void)set_up(state);
    toy.in_log = true;
    run();
    assert_int_equal(killed, 2);
}

static void only_a_change_of_mind_is_told(void **state)
{
    (void)state;
    run();
    assert_int_equal(stage_count(EVENT_BELIEF), 1);
    assert_int_equal(stage_count(EVENT_ACTIVE), 1);
    assert_int_equal(stage_count(EVENT_ALERT), 1);
}

static void an_order_has_its_effect_once_all_instances_answered(void **state)
{
    (void)state;
    run();
    assert_int_equal(toy.orders, 2);
    assert_int_equal(stage_count(EVENT_COMMAND), 2);
    assert_int_equal(stage_count(EVENT_FAULT_EFFECTIVE), 1);
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_FAULT_EFFECTIVE) {
            assert_int_equal(event->at, 502 * NANOS_PER_MS);
            assert_int_equal(event->fault.confirmed_by, CONFIRMED_BY_CLIENT);
        }
    }
}

static void an_order_that_it_cannot_obey_has_failed(void **state)
{
    (void)state;
    toy.cannot_order = true;
    run();
    assert_int_equal(stage_count(EVENT_FAULT_FAILED), 1);
    assert_int_equal(stage_count(EVENT_FAULT_EFFECTIVE), 0);
}

static void callers_that_give_up_withdraw_their_requests(void **state)
{
    (void)state;
    toy.silent = true;
    stage.scenario.traffic.cancel_ppm = 1000000;
    stage.scenario.traffic.cancel_after = 50 * NANOS_PER_MS;
    run();
    assert_int_equal(stage_count_ends(OUTCOME_CANCELLED), 200);
    assert_int_equal(toy.withdrawn, 200);
}

static void what_is_never_answered_is_withdrawn_after_the_drain(void **state)
{
    (void)state;
    toy.silent = true;
    stage.scenario.traffic.max_in_flight = 1000;
    run();
    assert_int_equal(stage_count_ends(OUTCOME_UNFINISHED), 200);
    assert_int_equal(toy.withdrawn, 200);
    assert_int_equal(toy.agenda.now, stage.scenario.duration + PLAN_DRAIN_OPEN_ENDED);
}

static void a_client_that_dies_ends_the_run_at_once(void **state)
{
    (void)state;
    toy.silent = true;
    stage.scenario.traffic.max_in_flight = 1000;
    toy.dies_at = 1500 * NANOS_PER_MS;
    run();
    assert_int_equal(stage_count(EVENT_PROBLEM), 1);
    assert_true(toy.agenda.now < 1510 * NANOS_PER_MS);
    assert_int_equal(stage_count_ends(OUTCOME_UNFINISHED), stage_count(EVENT_REQUEST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_given_and_end_by_what_is_said, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(the_current_node_is_what_logs_say_before_its_own_word,
                                        set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(only_a_change_of_mind_is_told, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(an_order_has_its_effect_once_all_instances_answered, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(an_order_that_it_cannot_obey_has_failed, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(callers_that_give_up_withdraw_their_requests, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(what_is_never_answered_is_withdrawn_after_the_drain, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_dies_ends_the_run_at_once, set_up,
                                        stage_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
