/* Acknowledged writes are read back from toy nodes in virtual time, which hold what they took. */
#include "unit/cmocka_all.h"
#include "unit/engine/agenda.h"
#include "unit/engine/stage.h"

#include "core/measure.h"

#include <signal.h>

#define REQUESTS_MAX 1024

struct toy {
    struct agenda agenda;
    bool holds[REQUESTS_MAX]; /* what readers find, whomever they ask */
    bool is_deaf[3];          /* nodes that give readers no answer */
    bool refuses[3];          /* nodes that take no write */
    uint32_t reads;
    bool stutters;            /* no node answers the first question about a write */
    bool holds_zero;          /* what readers find is 0 */
    bool asked[REQUESTS_MAX]; /* about that write, before */
    uint32_t out, out_most;   /* reads under way */
    uint32_t released;        /* so many times; reads come afterwards only */
    nanos interrupt_at;
};

static struct toy toy;

static void later(nanos at, struct occurrence occurrence)
{
    agenda_later(&toy.agenda, at, occurrence);
}

static void toy_start_clock(struct world *world, nanos lead)
{
    agenda_start_clock(world, lead);
    if (toy.interrupt_at != 0) {
        later(
            toy.interrupt_at,
            (struct occurrence){.kind = OCCURRENCE_INTERRUPT, .node = NODE_NONE, .signal = SIGINT});
    }
}

static bool toy_next(struct world *world, struct occurrence *ret)
{
    if (!agenda_next(world, ret)) {
        return false;
    }
    toy.out -= ret->kind == OCCURRENCE_LOOKED_UP;
    return true;
}

static nanos toy_start_attempt(struct world *world, const struct world_attempt *attempt)
{
    (void)world;
    bool refuses = toy.refuses[attempt->node];
    assert_true(attempt->request < REQUESTS_MAX);
    toy.holds[attempt->request] = !refuses;
    later(toy.agenda.now + NANOS_PER_MS,
          (struct occurrence){.kind = OCCURRENCE_ATTEMPT_ENDED,
                              .node = attempt->node,
                              .attempt = {.ref = attempt->ref,
                                          .request = attempt->request,
                                          .client = attempt->client,
                                          .status = refuses ? 503 : 200,
                                          .outcome = OUTCOME_ANSWER,
                                          .sent = true}});
    return toy.agenda.now;
}

static bool toy_cancel_attempt(struct world *world, uint16_t client, struct attempt_ref ref)
{
    (void)world;
    (void)client;
    (void)ref;
    return true;
}

static void toy_release(struct world *world)
{
    (void)world;
    assert_int_equal(toy.reads, 0);
    toy.released++;
}

static void toy_look_up(struct world *world, const struct world_lookup *lookup)
{
    bool deaf = toy.is_deaf[lookup->node] || (toy.stutters && !toy.asked[lookup->request]);
    bool found = !deaf && toy.holds[lookup->request];
    (void)world;
    toy.asked[lookup->request] = true;
    toy.reads++;
    toy.out++;
    toy.out_most = toy.out > toy.out_most ? toy.out : toy.out_most;
    later(deaf ? lookup->limit : toy.agenda.now + NANOS_PER_MS,
          (struct occurrence){.kind = OCCURRENCE_LOOKED_UP,
                              .node = lookup->node,
                              .looked_up = {.value = found ? "1" : "0",
                                            .holds = found && !toy.holds_zero,
                                            .lookup = lookup->lookup,
                                            .status = deaf ? 0 : 200}});
}

static const struct world_ops toy_ops = {
    .prepare = agenda_prepare,
    .start_clock = toy_start_clock,
    .now = agenda_now,
    .wait = agenda_wait,
    .next = toy_next,
    .start_attempt = toy_start_attempt,
    .cancel_attempt = toy_cancel_attempt,
    .look_up = toy_look_up,
    .release = toy_release,
    .finish = agenda_finish,
};

/* ---- 100 writes in 1 s to the first of three nodes, each told from the others ---- */

static struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static struct traffic_request request;

static int set_up(void **state)
{
    toy = (struct toy){.agenda = {.world = {.ops = &toy_ops}}};
    request = (struct traffic_request){
        .method = METHOD_POST, .path = "/", .body = "{\"n\": $(request)}", .weight = 1};
    stage.scenario = (struct scenario){
        .name = "toy",
        .duration = NANOS_PER_S,
        .nodes = nodes,
        .node_count = 3,
        .process_count = 3,
        .client = {.profile = PROFILE_NONE,
                   .request_deadline = NANOS_PER_S,
                   .attempt_timeout = NANOS_PER_S,
                   .connect_timeout = NANOS_NEVER,
                   .retry_attempts = 1,
                   .instances = 1},
        .traffic = {.rate_micro = UINT64_C(100) * 1000000,
                    .slow = NANOS_PER_S,
                    .max_in_flight = 64,
                    .requests = &request,
                    .request_count = 1,
                    .weight_total = 1},
        .verify = {.question = {.path = "/$(request)", .field = "n"}, .enabled = true},
    };
    return stage_set_up(state);
}

static int run(void)
{
    return stage_run(&toy.agenda.world);
}

static size_t count_verified(bool found, bool known)
{
    size_t count = 0;
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        count += event->kind == EVENT_VERIFIED && event->verified.found == found &&
                 (event->verified.status != 0) == known;
    }
    return count;
}

static struct figure lost(void)
{
    struct arena scratch;
    struct measurement measurement;
    arena_init(&scratch, 0);
    measure(&stage.arena, &scratch, &stage.scenario, &stage.journal, &measurement);
    arena_done(&scratch);
    return measurement.metrics[METRIC_LOST];
}

static void test_all_writes_are_there(void **state)
{
    (void)state;
    assert_int_equal(run(), 0);
    assert_int_equal(count_verified(true, true), 100);
    assert_int_equal(toy.reads, 100);
    assert_in_range(toy.out_most, 2, 8); /* several at once; a listener's queue may be short */
    assert_int_equal(toy.released, 1);
    assert_int_equal(lost().state, FIGURE_VALUE);
    assert_int_equal(lost().value, 0);
}

/* What a node took and nobody holds any more. */
static nanos forgets(struct world *world, const struct world_attempt *attempt)
{
    nanos started = toy_start_attempt(world, attempt);
    toy.holds[attempt->request] = attempt->request % 10 != 0;
    return started;
}

static void test_writes_that_are_not_found_are_lost(void **state)
{
    struct world_ops ops = toy_ops;
    (void)state;
    ops.start_attempt = forgets;
    toy.agenda.world.ops = &ops;
    run();
    assert_int_equal(count_verified(true, true), 90);
    assert_int_equal(count_verified(false, true), 10);
    assert_int_equal(lost().value, 10);
}

static void test_a_node_without_an_answer_is_made_up_for(void **state)
{
    (void)state;
    toy.is_deaf[1] = true;
    run();
    assert_int_equal(count_verified(true, true), 100);
    assert_true(toy.reads > 100);
    assert_int_equal(lost().value, 0);
}

/* It is there, but holds nothing. */
static void test_what_holds_nothing_is_lost(void **state)
{
    (void)state;
    toy.holds_zero = true;
    run();
    assert_int_equal(count_verified(false, true), 100);
    assert_int_equal(lost().value, 100);
}

/* As one whose listener has a short queue. */
static void test_the_only_node_is_asked_once_more(void **state)
{
    (void)state;
    stage.scenario.node_count = stage.scenario.process_count = 1;
    toy.stutters = true;
    run();
    assert_int_equal(count_verified(true, true), 100);
    assert_int_equal(toy.reads, 200);
}

/* Else each third write would cost the whole patience with it. */
static void test_a_node_known_as_deaf_is_not_asked_first(void **state)
{
    (void)state;
    toy.is_deaf[1] = true;
    run();
    assert_int_equal(count_verified(true, true), 100);
    assert_in_range(toy.reads, 101, 108);
}

static void test_without_any_answer_nobody_knows(void **state)
{
    (void)state;
    toy.is_deaf[0] = toy.is_deaf[1] = toy.is_deaf[2] = true;
    run();
    assert_int_equal(count_verified(true, true), 0);
    assert_true(count_verified(false, false) > 0);
    assert_int_equal(lost().state, FIGURE_ABSENT);
}

/* More than can be asked in a minute of nodes that never answer: it ends all the same. */
static void test_it_is_given_up_in_the_end(void **state)
{
    (void)state;
    stage.scenario.duration = 5 * NANOS_PER_S;
    toy.is_deaf[0] = toy.is_deaf[1] = toy.is_deaf[2] = true;
    run();
    assert_in_range(toy.agenda.now, 60 * NANOS_PER_S, 70 * NANOS_PER_S);
    assert_int_equal(lost().state, FIGURE_ABSENT);
}

static void test_what_was_not_acknowledged_is_not_looked_for(void **state)
{
    (void)state;
    toy.refuses[0] = true;
    run();
    assert_int_equal(toy.reads, 0);
    assert_int_equal(lost().state, FIGURE_ABSENT);
}

static void test_reads_are_not_looked_for(void **state)
{
    (void)state;
    request = (struct traffic_request){.method = METHOD_GET, .path = "/", .weight = 1};
    run();
    assert_int_equal(toy.reads, 0);
}

static void test_nobody_is_asked_once_the_user_wants_to_stop(void **state)
{
    (void)state;
    toy.interrupt_at = 500 * NANOS_PER_MS;
    assert_int_equal(run(), SIGINT);
    assert_int_equal(toy.reads, 0);
    assert_int_equal(toy.released, 0);
}

/* What was not asked yet by then makes all of it unknown. */
static void test_an_interrupt_on_the_way(void **state)
{
    (void)state;
    toy.interrupt_at = 1001 * NANOS_PER_MS;
    assert_int_equal(run(), SIGINT);
    assert_in_range(toy.reads, 1, 99);
    assert_true(count_verified(false, false) > 0);
    assert_int_equal(lost().state, FIGURE_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_writes_are_there, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_writes_that_are_not_found_are_lost, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_a_node_without_an_answer_is_made_up_for, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_what_holds_nothing_is_lost, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_the_only_node_is_asked_once_more, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_a_node_known_as_deaf_is_not_asked_first, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_without_any_answer_nobody_knows, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_it_is_given_up_in_the_end, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_not_acknowledged_is_not_looked_for, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_reads_are_not_looked_for, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_is_asked_once_the_user_wants_to_stop, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_an_interrupt_on_the_way, set_up, stage_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
