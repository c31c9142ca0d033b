/* What a policy says of its nodes when it is asked. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

#define MS NANOS_PER_MS

static struct arena arena;
static struct policy *policy;
static struct outputs outputs;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void policy_of(enum client_profile profile, uint16_t node_count)
{
    struct client_settings settings = script_settings(profile);

    policy = policy_new(&arena, &settings, node_count, 0, 8, 1);
}

static void request_at(nanos at, uint32_t request)
{
    policy_step(policy, at,
                &(struct input){.kind = INPUT_REQUEST,
                                .request = {.due = at, .request = request, .idempotent = true}},
                &outputs);
    assert_int_equal(outputs.item[outputs.count - 1].kind, OUTPUT_ATTEMPT);
}

/* The attempt that was begun last. */
static void ended_at(nanos at, enum outcome outcome)
{
    struct attempt_ref ref = outputs.item[outputs.count - 1].attempt.ref;

    policy_step(policy, at,
                &(struct input){.kind = INPUT_ATTEMPT_ENDED,
                                .ended = {.ref = ref, .outcome = outcome, .status = 200}},
                &outputs);
}

static void command_at(nanos at, enum input_kind kind, uint16_t node)
{
    policy_step(policy, at, &(struct input){.kind = kind, .command = {.node = node}}, &outputs);
}

static void
assert_status(uint16_t node, enum belief belief, const char *why, nanos since, nanos latency)
{
    struct policy_status status;

    policy_status(policy, node, &status);
    assert_int_equal(status.belief, belief);
    assert_string_equal(status.why, why);
    assert_true(status.since == since);
    assert_true(status.latency == latency);
}

static void test_nothing_is_known_at_first(void **state)
{
    (void)state;
    for (unsigned profile = 0; profile <= PROFILE_NONE; profile++) {
        policy_of((enum client_profile)profile, 2);
        assert_status(0, BELIEF_HEALTHY, "", INT64_MIN, 0);
        assert_status(1, BELIEF_HEALTHY, "", INT64_MIN, 0);
    }
}

/* An eighth of each new one, as TCP smooths round trips; what fails has no latency. */
static void test_latency_is_smoothed(void **state)
{
    (void)state;
    policy_of(PROFILE_RESILIENT, 2);
    request_at(0, 1);
    ended_at(8 * MS, OUTCOME_ANSWER);
    assert_status(0, BELIEF_HEALTHY, "", INT64_MIN, 8 * MS);
    request_at(10 * MS, 2);
    ended_at(26 * MS, OUTCOME_ANSWER);
    assert_status(0, BELIEF_HEALTHY, "", INT64_MIN, 9 * MS);
    request_at(30 * MS, 3);
    ended_at(40 * MS, OUTCOME_REFUSED);
    assert_status(0, BELIEF_FAILED, "refused", 40 * MS, 9 * MS);
    ended_at(44 * MS, OUTCOME_ANSWER);
    assert_status(1, BELIEF_HEALTHY, "", INT64_MIN, 4 * MS);
}

/* Ejected, on trial, back, isolated, let go. */
static void test_each_change_has_its_time_and_reason(void **state)
{
    (void)state;
    policy_of(PROFILE_RESILIENT, 2);
    request_at(0, 1);
    ended_at(1 * MS, OUTCOME_RESET);
    assert_status(0, BELIEF_FAILED, "reset", 1 * MS, 0);
    ended_at(2 * MS, OUTCOME_ANSWER);
    request_at(1100 * MS, 2);
    assert_status(0, BELIEF_PROBING, "trial", 1100 * MS, 0);
    ended_at(1102 * MS, OUTCOME_ANSWER);
    assert_status(0, BELIEF_HEALTHY, "trial", 1102 * MS, 2 * MS);
    command_at(1200 * MS, INPUT_ISOLATE, 0);
    assert_status(0, BELIEF_FAILED, "isolated", 1200 * MS, 2 * MS);
    assert_int_equal(policy_active(policy), 1);
    command_at(1300 * MS, INPUT_RELEASE, 0);
    assert_status(0, BELIEF_HEALTHY, "released", 1300 * MS, 2 * MS);
    assert_int_equal(policy_active(policy), 0);
}

/* It measures no latency, and looks at nothing without a request. */
static void test_apiservice_tells_its_marks(void **state)
{
    (void)state;
    policy_of(PROFILE_APISERVICE, 3);
    request_at(0, 1);
    ended_at(5 * MS, OUTCOME_REFUSED);
    ended_at(9 * MS, OUTCOME_ANSWER);
    assert_status(0, BELIEF_FAILED, "refused", 5 * MS, 0);
    assert_status(1, BELIEF_HEALTHY, "", INT64_MIN, 0);
    assert_int_equal(policy_active(policy), 1);
    assert_true(policy_deadline(policy) == NANOS_NEVER);
    command_at(60000 * MS, INPUT_RESET, NODE_NONE);
    assert_status(0, BELIEF_HEALTHY, "reset", 60000 * MS, 0);
    assert_int_equal(policy_active(policy), 0);
}

/* More marks than one step can tell of: each has its reason once it was told. */
static void test_what_is_told_late_has_its_reason_too(void **state)
{
    enum { NODES = 3 * OUTPUTS_MAX };

    (void)state;
    policy_of(PROFILE_RESILIENT, NODES);
    for (uint32_t node = 0; node < NODES; node++) {
        command_at(1 * MS, INPUT_ISOLATE, (uint16_t)node);
    }
    command_at(7 * MS, INPUT_RESET, NODE_NONE);
    while (policy_deadline(policy) <= 7 * MS) {
        policy_step(policy, 7 * MS, &(struct input){.kind = INPUT_DEADLINE}, &outputs);
    }
    for (uint32_t node = 0; node < NODES; node++) {
        assert_status((uint16_t)node, BELIEF_HEALTHY, "reset", 7 * MS, 0);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_known_at_first),
        TEST(test_latency_is_smoothed),
        TEST(test_each_change_has_its_time_and_reason),
        TEST(test_apiservice_tells_its_marks),
        TEST(test_what_is_told_late_has_its_reason_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
