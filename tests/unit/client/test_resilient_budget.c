/* What retries may cost: the budget, and the waits of a request that was at every node. Numbers in
   brackets: invariants of the project's catalogue. */
#include "core/client/budget.h"
#include "unit/client/script.h"
#include "unit/client/toy.h"
#include "unit/cmocka_all.h"

#define REQUESTS_MAX 4000

static uint32_t spend_all(struct budget *budget, nanos now)
{
    uint32_t spent = 0;

    while (budget_spend(budget, now)) {
        spent++;
    }
    return spent;
}

static void test_budget_is_a_share_of_ten_seconds(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, 200000, 0);
    for (nanos at = 0; at < 10 * NANOS_PER_S; at += 10 * NANOS_PER_MS) {
        budget_deposit(&budget, at);
    }
    assert_int_equal(spend_all(&budget, 9990 * NANOS_PER_MS), 200);
    assert_int_equal(spend_all(&budget, 10 * NANOS_PER_S), 0);
    for (int i = 0; i < 10; i++) {
        budget_deposit(&budget, 18 * NANOS_PER_S);
    }
    /* What was spent is forgotten with the second in which it was. */
    assert_int_equal(spend_all(&budget, 18 * NANOS_PER_S), 0);
    assert_int_equal(spend_all(&budget, 19 * NANOS_PER_S), 2);
    assert_int_equal(spend_all(&budget, 60 * NANOS_PER_S), 0);
}

static void test_budget_has_a_floor_also_before_time_0(void **state)
{
    struct budget budget;

    (void)state;
    budget_init(&budget, 200000, 3);
    assert_int_equal(spend_all(&budget, -1500 * NANOS_PER_MS), 3);
    for (int i = 0; i < 20; i++) {
        budget_deposit(&budget, -500 * NANOS_PER_MS);
    }
    assert_int_equal(spend_all(&budget, 0), 1);
    assert_int_equal(spend_all(&budget, 8 * NANOS_PER_S), 3);
}

static struct client_settings budgeted(uint32_t share_ppm)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    settings.retry_budget_ppm = share_ppm;
    return settings;
}

static uint32_t attempts_of(const struct toy *toy, uint32_t from)
{
    uint32_t count = 0;

    for (uint32_t i = from; i < toy->request_count; i++) {
        assert_true(toy->requests[i].answered);
        count += toy->requests[i].attempts;
    }
    return count;
}

static void ask(struct toy *toy, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        toy_request(toy, true);
        toy_advance(toy, toy->now + 10 * NANOS_PER_MS);
    }
}

/* [15] [20] Where every node fails, a hundred requests a second cost twenty retries a second. */
static void test_storm_is_bounded_by_the_budget(void **state)
{
    struct client_settings settings = budgeted(200000);
    struct arena arena;
    struct toy toy;

    (void)state;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 3, REQUESTS_MAX, 1);
    ask(&toy, 1000);
    assert_int_equal(attempts_of(&toy, 0), 1000);
    for (uint16_t node = 0; node < 3; node++) {
        toy_set(&toy, node, TOY_FAILING);
    }
    ask(&toy, 1000);
    assert_in_range(attempts_of(&toy, 1000), 1200, 1220);
    for (uint32_t i = 1000; i < toy.request_count; i++) {
        assert_int_equal(toy.requests[i].status, 500);
    }
    arena_done(&arena);
}

/* [11] */
static void test_what_was_never_sent_is_repeated_for_nothing(void **state)
{
    struct client_settings settings = budgeted(0);
    struct arena arena;
    struct toy toy;

    (void)state;
    settings.eject_after = 1000;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 2, REQUESTS_MAX, 1);
    toy_set(&toy, 0, TOY_REFUSING);
    ask(&toy, 500);
    assert_int_equal(attempts_of(&toy, 0), 1000);
    toy_set(&toy, 0, TOY_RESETTING);
    ask(&toy, 300);
    assert_int_equal(attempts_of(&toy, 500), 300 + 100);
    arena_done(&arena);
}

static void test_request_comes_again_after_a_wait(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    (void)state;
    settings.retry_attempts = 8;
    settings.retry_backoff = 20 * NANOS_PER_MS;
    for (uint64_t seed = 1; seed < 50; seed++) {
        static const nanos bounds_ms[] = {0, 0, 20, 40, 80, 160, 200, 200};
        struct arena arena;
        struct toy toy;

        arena_init(&arena, 0);
        toy_init(&toy, &arena, &settings, 2, REQUESTS_MAX, seed);
        toy_set(&toy, 0, TOY_FAILING);
        toy_set(&toy, 1, TOY_FAILING);
        toy_request(&toy, true);
        toy_advance(&toy, 4 * NANOS_PER_S);
        assert_int_equal(toy.attempt_count, 8);
        for (uint32_t i = 1; i < 8; i++) {
            nanos ended = toy.attempts[i - 1].started + toy.nodes[0].latency;
            assert_int_equal(toy.attempts[i].node, i % 2);
            assert_in_range(toy.attempts[i].started - ended, 0, bounds_ms[i] * NANOS_PER_MS);
        }
        assert_int_equal(toy.requests[0].status, 500);
        arena_done(&arena);
    }
}

/* [3] [15] No wait that the deadline would cut short. */
static void test_no_wait_beyond_the_deadline(void **state)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);
    struct arena arena;
    struct toy toy;

    (void)state;
    settings.retry_attempts = 1000;
    settings.retry_backoff = 100 * NANOS_PER_MS;
    settings.request_deadline = NANOS_PER_S;
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, 2, REQUESTS_MAX, 1);
    toy_set(&toy, 0, TOY_FAILING);
    toy_set(&toy, 1, TOY_FAILING);
    toy_request(&toy, true);
    toy_advance(&toy, 2 * NANOS_PER_S);
    assert_true(toy.requests[0].answered);
    assert_true(toy.requests[0].ended < NANOS_PER_S);
    assert_int_equal(toy.requests[0].status, 500);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_budget_is_a_share_of_ten_seconds),
        cmocka_unit_test(test_budget_has_a_floor_also_before_time_0),
        cmocka_unit_test(test_storm_is_bounded_by_the_budget),
        cmocka_unit_test(test_what_was_never_sent_is_repeated_for_nothing),
        cmocka_unit_test(test_request_comes_again_after_a_wait),
        cmocka_unit_test(test_no_wait_beyond_the_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
