/* The engine over a toy world in virtual time: three nodes that answer after 1 ms, or refuse once
 * they are killed. */
#include "unit/cmocka_all.h"
#include "unit/engine/agenda.h"
#include "unit/engine/stage.h"

#include <signal.h>

#define LATENCY NANOS_PER_MS

struct toy {
    struct agenda agenda;
    bool down[3];
    bool silent[3];
    bool never_ready;
    nanos interrupt_at;
    nanos problem_at;
    enum reason problem;
    uint32_t finished;
};

static struct toy *toy_of(struct world *world)
{
    return (struct toy *)(void *)world;
}

static bool toy_prepare(struct world *world)
{
    struct toy *toy = toy_of(world);
    if (toy->never_ready) {
        agenda_later(
            &toy->agenda, 0,
            (struct occurrence){.kind = OCCURRENCE_PROBLEM,
                                .node = 0,
                                .problem = {.text = "no", .reason = REASON_NODE_NOT_READY}});
    }
    return !toy->never_ready;
}

static void toy_start_clock(struct world *world, nanos lead)
{
    struct toy *toy = toy_of(world);
    agenda_start_clock(world, lead);
    if (toy->problem_at != 0) {
        agenda_later(&toy->agenda, toy->problem_at,
                     (struct occurrence){.kind = OCCURRENCE_PROBLEM,
                                         .node = 0,
                                         .problem = {.text = "gone", .reason = toy->problem}});
    }
    if (toy->interrupt_at != 0) {
        agenda_later(
            &toy->agenda, toy->interrupt_at,
            (struct occurrence){.kind = OCCURRENCE_INTERRUPT, .node = NODE_NONE, .signal = SIGINT});
    }
}

static nanos toy_start_attempt(struct world *world, const struct world_attempt *attempt)
{
    struct toy *toy = toy_of(world);
    bool down = toy->down[attempt->node];
    struct occurrence ended = {
        .kind = OCCURRENCE_ATTEMPT_ENDED,
        .node = attempt->node,
        .attempt = {.ref = attempt->ref,
                    .request = attempt->request,
                    .client = attempt->client,
                    .status = down ? 0 : 200,
                    .outcome = down ? OUTCOME_REFUSED : OUTCOME_ANSWER,
                    .sent = !down},
    };
    agenda_later(&toy->agenda,
                 toy->silent[attempt->node] ? NANOS_NEVER - 1
                                            : toy->agenda.now + (down ? 0 : LATENCY),
                 ended);
    return toy->agenda.now;
}

static bool toy_cancel_attempt(struct world *world, uint16_t client, struct attempt_ref ref)
{
    (void)client;
    agenda_cancel(&toy_of(world)->agenda, ref);
    return true;
}

static void toy_drop_connections(struct world *world, uint16_t client, uint16_t node)
{
    (void)world;
    (void)client;
    (void)node;
}

static void fault_told(struct toy *toy, enum occurrence_kind kind, uint32_t fault, uint16_t node)
{
    agenda_later(&toy->agenda, toy->agenda.now,
                 (struct occurrence){
                     .kind = kind,
                     .node = node,
                     .fault = {.fault = fault, .confirmed_by = CONFIRMED_BY_EXIT, .was_up = true}});
}

static void toy_apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    struct toy *toy = toy_of(world);
    toy->down[node] = true;
    fault_told(toy, OCCURRENCE_FAULT_APPLIED, fault, node);
    fault_told(toy, OCCURRENCE_FAULT_EFFECTIVE, fault, node);
}

static void toy_clear_fault(struct world *world, uint32_t fault, uint16_t node)
{
    toy_of(world)->down[node] = false;
    fault_told(toy_of(world), OCCURRENCE_FAULT_CLEARED, fault, node);
}

static void toy_finish(struct world *world, struct journal *journal)
{
    (void)journal;
    toy_of(world)->finished++;
}

static const struct world_ops toy_ops = {
    .prepare = toy_prepare,
    .start_clock = toy_start_clock,
    .now = agenda_now,
    .wait = agenda_wait,
    .next = agenda_next,
    .start_attempt = toy_start_attempt,
    .cancel_attempt = toy_cancel_attempt,
    .drop_connections = toy_drop_connections,
    .apply_fault = toy_apply_fault,
    .clear_fault = toy_clear_fault,
    .finish = toy_finish,
};

/* ---- the scenario: 100/s for 2 s, the first of three nodes killed from 500 ms to 1 s ---- */

static struct toy toy;
static struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static const struct traffic_request get = {.path = "/", .weight = 1, .idempotent = true};
static const uint16_t first_node[] = {0};
static struct fault kill_first = {
    .kind = FAULT_KILL,
    .id = "kill-1",
    .at_from = 500 * NANOS_PER_MS,
    .at_to = 500 * NANOS_PER_MS,
    .hold = 500 * NANOS_PER_MS,
    .nodes = first_node,
    .node_count = 1,
};

static void use(enum client_profile profile)
{
    stage.scenario = (struct scenario){
        .name = "toy",
        .warmup = 100 * NANOS_PER_MS,
        .duration = 2 * NANOS_PER_S,
        .nodes = nodes,
        .node_count = 3,
        .process_count = 3,
        .client = {.profile = profile,
                   .request_deadline = 500 * NANOS_PER_MS,
                   .attempt_timeout = 250 * NANOS_PER_MS,
                   .connect_timeout = NANOS_NEVER,
                   .failover_on = FAILOVER_ON_CONNECT | FAILOVER_ON_RESET | FAILOVER_ON_TIMEOUT |
                                  FAILOVER_ON_5XX,
                   .eject_after = 1,
                   .eject_for = 100 * NANOS_PER_MS,
                   .eject_for_max = NANOS_PER_S,
                   .retry_attempts = 3,
                   .keepalive = true,
                   .instances = 2},
        .traffic = {.rate_micro = UINT64_C(100) * 1000000,
                    .slow = 500 * NANOS_PER_MS,
                    .max_in_flight = 64,
                    .requests = &get,
                    .request_count = 1,
                    .weight_total = 1},
        .faults = &kill_first,
        .fault_count = 1,
    };
}

static int set_up(void **state)
{
    toy = (struct toy){.agenda = {.world = {.ops = &toy_ops}}};
    return stage_set_up(state);
}

static int run(void)
{
    return stage_run(&toy.agenda.world);
}

static void every_request_ends_once(void **state)
{
    (void)state;
    use(PROFILE_RESILIENT);
    assert_int_equal(run(), 0);
    assert_int_equal(stage_count(EVENT_REQUEST), 210); /* 10 of the warm-up, 200 measured */
    assert_int_equal(stage_count(EVENT_REQUEST_END), 210);
    assert_int_equal(stage_count_ends(OUTCOME_ANSWER), 210);
    assert_int_equal(stage_count(EVENT_ATTEMPT), stage_count(EVENT_ATTEMPT_END));
    assert_int_equal(toy.finished, 1);
}

static void requests_are_due_by_the_plan(void **state)
{
    (void)state;
    use(PROFILE_NONE);
    run();
    nanos expected = -100 * NANOS_PER_MS;
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_REQUEST) {
            assert_int_equal(event->at, expected);
            expected += 10 * NANOS_PER_MS;
        }
    }
    assert_int_equal(expected, 2 * NANOS_PER_S);
}

static void the_control_fails_while_its_node_is_down(void **state)
{
    (void)state;
    use(PROFILE_NONE);
    run();
    assert_int_equal(stage_count_ends(OUTCOME_REFUSED), 50);
    assert_int_equal(stage_count_ends(OUTCOME_ANSWER), 160);
}

static void a_target_is_written_down_before_it_is_hit(void **state)
{
    (void)state;
    use(PROFILE_RESILIENT);
    run();
    const enum event_kind order[] = {EVENT_FAULT_PLANNED, EVENT_FAULT_APPLIED,
                                     EVENT_FAULT_EFFECTIVE, EVENT_FAULT_CLEARED};
    size_t found = 0;
    for (size_t i = 0; i < stage.journal.count && found < 4; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == order[found]) {
            assert_int_equal(event->at, found < 3 ? 500 * NANOS_PER_MS : NANOS_PER_S);
            assert_int_equal(event->node, 0);
            found++;
        }
    }
    assert_int_equal(found, 4);
}

/* The client knows by then that its primary is dead. What it refuses does not hold. */
static void a_refused_order_is_told_as_such(void **state)
{
    (void)state;
    use(PROFILE_RESILIENT);
    static const uint16_t primary = 0;
    struct fault faults[] = {
        stage.scenario.faults[0],
        {.kind = FAULT_SWITCH_TO,
         .id = "switch_to-1",
         .at_from = 800 * NANOS_PER_MS,
         .at_to = 800 * NANOS_PER_MS,
         .nodes = &primary,
         .node_count = 1},
    };
    stage.scenario.faults = faults;
    stage.scenario.fault_count = 2;
    run();
    bool refused = false;
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_FAULT_FAILED) {
            assert_int_equal(event->fault.fault, 1);
            assert_int_equal(event->at, 800 * NANOS_PER_MS);
            assert_string_equal(event->fault.text, "refused by 2 of 2 clients: node is ejected");
            refused = true;
        }
        assert_false(event->kind == EVENT_FAULT_EFFECTIVE && event->fault.fault == 1);
    }
    assert_true(refused);
}

static void faults_come_before_requests_of_the_same_time(void **state)
{
    (void)state;
    use(PROFILE_NONE);
    run();
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_REQUEST_END && event->at == 500 * NANOS_PER_MS) {
            assert_int_equal(event->request_end.outcome, OUTCOME_REFUSED);
            return;
        }
    }
    fail_msg("no request ended at the time of the fault");
}

static void too_many_in_flight_are_not_sent(void **state)
{
    (void)state;
    use(PROFILE_NONE);
    stage.scenario.traffic.max_in_flight = 5;
    stage.scenario.fault_count = 0;
    toy.silent[0] = true;
    run();
    /* A request stays for its 250 ms, 25 periods: 5 of 25 are sent. */
    assert_int_equal(stage_count_ends(OUTCOME_UNSENT) + stage_count_ends(OUTCOME_TIMEOUT), 210);
    assert_in_range(stage_count_ends(OUTCOME_TIMEOUT), 35, 50);
}

static void what_never_ends_is_unfinished(void **state)
{
    (void)state;
    use(PROFILE_NONE);
    stage.scenario.fault_count = 0;
    stage.scenario.client.attempt_timeout = NANOS_NEVER;
    stage.scenario.client.request_deadline = NANOS_NEVER;
    toy.silent[0] = true;
    run();
    assert_int_equal(stage_count_ends(OUTCOME_UNFINISHED) + stage_count_ends(OUTCOME_UNSENT), 210);
    assert_int_equal(stage_count_ends(OUTCOME_UNFINISHED), 64);
    assert_int_equal(stage_count(EVENT_ATTEMPT), stage_count(EVENT_ATTEMPT_END));
    /* No deadline of its own: it is given ten seconds after the traffic. */
    assert_int_equal(toy.agenda.now, 12 * NANOS_PER_S);
}

static nanos traffic_end(void)
{
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        if (event->kind == EVENT_PHASE && event->phase.phase == PHASE_TRAFFIC_END) {
            return event->at;
        }
    }
    return NANOS_NEVER;
}

/* What is under way is still answered, and nobody was interrupted. */
static void a_death_without_a_fault_ends_the_traffic(void **state)
{
    static const enum reason deaths[] = {REASON_NODE_DIED, REASON_PROXY_DIED};
    for (size_t i = 0; i < 2; i++) {
        use(PROFILE_RESILIENT);
        toy.problem_at = 300 * NANOS_PER_MS;
        toy.problem = deaths[i];
        assert_int_equal(run(), 0);
        assert_int_equal(traffic_end(), 300 * NANOS_PER_MS);
        assert_in_range(stage_count(EVENT_REQUEST), 39, 41);
        assert_int_equal(stage_count_ends(OUTCOME_ANSWER), stage_count(EVENT_REQUEST));
        assert_int_equal(stage_count(EVENT_FAULT_PLANNED), 0);
        assert_int_equal(stage_count(EVENT_PROBLEM), 1);
        assert_int_equal(toy.finished, 1);
        stage_tear_down(state);
        set_up(state);
    }
}

static void other_problems_do_not_end_it(void **state)
{
    (void)state;
    use(PROFILE_RESILIENT);
    toy.problem_at = 300 * NANOS_PER_MS;
    toy.problem = REASON_NODE_NOT_READY;
    run();
    assert_int_equal(traffic_end(), 2 * NANOS_PER_S);
    assert_int_equal(stage_count(EVENT_REQUEST), 210);
}

static void an_interrupt_ends_the_run_at_once(void **state)
{
    (void)state;
    use(PROFILE_RESILIENT);
    toy.interrupt_at = 777 * NANOS_PER_MS;
    assert_int_equal(run(), SIGINT);
    assert_int_equal(toy.agenda.now, 777 * NANOS_PER_MS);
    assert_int_equal(stage_count(EVENT_REQUEST), stage_count(EVENT_REQUEST_END));
    assert_int_equal(stage_count(EVENT_PROBLEM), 1);
    assert_int_equal(toy.finished, 1);
}

static void no_traffic_before_the_nodes_are_ready(void **state)
{
    (void)state;
    use(PROFILE_RESILIENT);
    toy.never_ready = true;
    assert_int_equal(run(), 0);
    assert_int_equal(stage_count(EVENT_REQUEST), 0);
    assert_int_equal(stage_count(EVENT_PROBLEM), 1);
    assert_int_equal(toy.finished, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_request_ends_once),
        TEST(requests_are_due_by_the_plan),
        TEST(the_control_fails_while_its_node_is_down),
        TEST(a_target_is_written_down_before_it_is_hit),
        TEST(a_refused_order_is_told_as_such),
        TEST(faults_come_before_requests_of_the_same_time),
        TEST(too_many_in_flight_are_not_sent),
        TEST(what_never_ends_is_unfinished),
        TEST(a_death_without_a_fault_ends_the_traffic),
        TEST(other_problems_do_not_end_it),
        TEST(an_interrupt_ends_the_run_at_once),
        TEST(no_traffic_before_the_nodes_are_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
