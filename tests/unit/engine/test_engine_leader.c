/* The target `leader`: who is hit, by which answer, where three toy nodes are asked in virtual
 * time.
 */
#include "unit/cmocka_all.h"
#include "unit/engine/agenda.h"
#include "unit/engine/stage.h"

#define NOBODY UINT16_MAX

/* What a node answers to the question who leads; the answer takes its time. */
struct voice {
    const char *role; /* NULL: it never answers */
    nanos takes;
    nanos falls_silent; /* 0: never */
    uint16_t status;
};

struct toy {
    struct agenda agenda;
    struct voice voices[3];
    nanos first_asked;
    uint32_t asked;
    uint16_t hit;
    nanos hit_at;
    nanos stands_still; /* 0: never; from then on until 60 ms later */
};

static struct toy toy;

static void later(nanos at, struct occurrence occurrence)
{
    agenda_later(&toy.agenda, at, occurrence);
}

static void toy_wait(struct world *world, nanos until)
{
    agenda_wait(world, until);
    if (toy.stands_still != 0 && toy.agenda.now >= toy.stands_still) {
        toy.agenda.now = nanos_max(toy.agenda.now, toy.stands_still + 60 * NANOS_PER_MS);
    }
}

static void toy_look_up(struct world *world, const struct world_lookup *lookup)
{
    const struct voice *voice = &toy.voices[lookup->node];
    bool silent = voice->falls_silent != 0 && toy.agenda.now >= voice->falls_silent;
    (void)world;
    assert_string_equal(lookup->question->field, "role");
    toy.first_asked = toy.asked++ == 0 ? toy.agenda.now : toy.first_asked;
    if (voice->role == NULL || silent) {
        later(lookup->limit, (struct occurrence){.kind = OCCURRENCE_LOOKED_UP,
                                                 .node = lookup->node,
                                                 .looked_up = {.lookup = lookup->lookup}});
        return;
    }
    later(toy.agenda.now + voice->takes,
          (struct occurrence){.kind = OCCURRENCE_LOOKED_UP,
                              .node = lookup->node,
                              .looked_up = {.value = voice->role,
                                            .other = lookup->also,
                                            .lookup = lookup->lookup,
                                            .status = voice->status}});
}

static void toy_apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    (void)world;
    assert_int_equal(fault, 0);
    toy.hit = node;
    toy.hit_at = toy.agenda.now;
}

static void toy_clear_fault(struct world *world, uint32_t fault, uint16_t node)
{
    (void)world;
    (void)fault;
    assert_int_equal(node, toy.hit);
}

static const struct world_ops toy_ops = {
    .prepare = agenda_prepare,
    .start_clock = agenda_start_clock,
    .now = agenda_now,
    .wait = toy_wait,
    .next = agenda_next,
    .look_up = toy_look_up,
    .apply_fault = toy_apply_fault,
    .clear_fault = toy_clear_fault,
    .finish = agenda_finish,
};

/* ---- no traffic; at 2 s of 3 s the leader is killed ---- */

static struct scenario_node nodes[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static struct fault faults[1];

static int set_up(void **state)
{
    toy = (struct toy){.agenda = {.world = {.ops = &toy_ops}}, .hit = NOBODY};
    for (size_t node = 0; node < 3; node++) {
        toy.voices[node] = (struct voice){.role = "follower", .takes = NANOS_PER_MS, .status = 200};
    }
    faults[0] = (struct fault){.kind = FAULT_KILL,
                               .target = TARGET_LEADER,
                               .id = "kill-1",
                               .at_from = 2 * NANOS_PER_S,
                               .at_to = 2 * NANOS_PER_S,
                               .hold = NANOS_NEVER};
    stage.scenario = (struct scenario){
        .name = "toy",
        .duration = 3 * NANOS_PER_S,
        .nodes = nodes,
        .node_count = 3,
        .process_count = 3,
        .client = {.profile = PROFILE_NONE,
                   .request_deadline = NANOS_PER_S,
                   .attempt_timeout = NANOS_PER_S,
                   .connect_timeout = NANOS_NEVER,
                   .retry_attempts = 1,
                   .instances = 1},
        .traffic = {.slow = NANOS_PER_S, .max_in_flight = 1},
        .faults = faults,
        .fault_count = 1,
        .leader = {.question = {.path = "/role", .field = "role"}, .is = "leader", .enabled = true},
    };
    return stage_set_up(state);
}

static void run(void)
{
    assert_int_equal(stage_run(&toy.agenda.world), 0);
}

static void nobody_was_hit(void)
{
    run();
    assert_int_equal(toy.hit, NOBODY);
    assert_null(stage_first(EVENT_LEADER));
    assert_non_null(stage_first(EVENT_FAULT_FAILED));
}

static void test_the_node_that_says_so_is_hit(void **state)
{
    (void)state;
    toy.voices[1].role = "leader";
    run();
    assert_int_equal(toy.hit, 1);
    assert_int_equal(toy.hit_at, 2 * NANOS_PER_S);
    const struct event *event = stage_first(EVENT_LEADER);
    assert_int_equal(event->node, 1);
    assert_int_equal(event->leader.fault, 0);
    assert_string_equal(event->leader.text, "role: leader");
    assert_in_range(event->at, 1900 * NANOS_PER_MS, 2 * NANOS_PER_S);
    assert_null(stage_first(EVENT_FAULT_FAILED));
}

/* Before that nobody needs to know; and all nodes are asked, again and again. */
static void test_nodes_are_asked_only_shortly_before(void **state)
{
    (void)state;
    toy.voices[2].role = "leader";
    run();
    assert_int_equal(toy.first_asked, 1500 * NANOS_PER_MS);
    assert_in_range(toy.asked, 15, 18);
}

static void test_no_node_says_so(void **state)
{
    (void)state;
    nobody_was_hit();
}

/* An election was going on: the later word counts. */
static void test_of_two_that_say_so_the_last_is_hit(void **state)
{
    (void)state;
    toy.voices[0] = (struct voice){.role = "leader", .takes = 60 * NANOS_PER_MS, .status = 200};
    toy.voices[2] = (struct voice){.role = "leader", .takes = 90 * NANOS_PER_MS, .status = 200};
    run();
    assert_int_equal(toy.hit, 2);
    assert_int_equal(stage_first(EVENT_LEADER)->node, 2);
}

/* It answered 499 ms before the time of the fault, and never since; but the fault comes late. */
static void test_an_answer_that_is_too_old_counts_no_more(void **state)
{
    (void)state;
    toy.voices[1].role = "leader";
    toy.voices[1].falls_silent = 1510 * NANOS_PER_MS;
    toy.stands_still = 1990 * NANOS_PER_MS;
    nobody_was_hit();
}

static void test_the_same_answer_in_time(void **state)
{
    (void)state;
    toy.voices[1].role = "leader";
    toy.voices[1].falls_silent = 1510 * NANOS_PER_MS;
    run();
    assert_int_equal(toy.hit, 1);
    assert_int_equal(stage_first(EVENT_LEADER)->at, 1501 * NANOS_PER_MS);
}

static void test_what_is_no_good_answer_does_not_count(void **state)
{
    (void)state;
    toy.voices[1] = (struct voice){.role = "leader", .takes = NANOS_PER_MS, .status = 503};
    nobody_was_hit();
}

static void test_a_node_that_never_answers_hinders_nobody(void **state)
{
    (void)state;
    toy.voices[0].role = NULL;
    toy.voices[2].role = "leader";
    run();
    assert_int_equal(toy.hit, 2);
}

/* Each node is compared with another field of its own answer. */
static void test_same_as_another_field(void **state)
{
    (void)state;
    stage.scenario.leader.is = NULL;
    stage.scenario.leader.same_as = "7"; /* the toy tells it as the value of that field */
    toy.voices[1].role = "7";
    run();
    assert_int_equal(toy.hit, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_node_that_says_so_is_hit, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_nodes_are_asked_only_shortly_before, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_no_node_says_so, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_of_two_that_say_so_the_last_is_hit, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_that_is_too_old_counts_no_more, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_the_same_answer_in_time, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_good_answer_does_not_count, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_a_node_that_never_answers_hinders_nobody, set_up,
                                        stage_tear_down),
        cmocka_unit_test_setup_teardown(test_same_as_another_field, set_up, stage_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
