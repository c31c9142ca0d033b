#include "backends-stub/behaviour.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

static const struct behaviour_request get_status = {METHOD_GET, "/api/raft/status"};
static const struct behaviour_request get_health = {METHOD_GET, "/api/health"};
static const struct behaviour_request post = {METHOD_POST, "/api/reservations"};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct behaviours));
    return *state == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static struct control_behaviour fault(uint32_t number, enum fault_kind kind)
{
    return (struct control_behaviour){
        .behaviour = number, .kind = kind, .ratio_ppm = (uint32_t)RATIO_ONE};
}

static void set(struct behaviours *behaviours, struct control_behaviour order)
{
    assert_int_equal(behaviours_set(behaviours, &order), 0);
}

static void test_nothing_set_changes_nothing(void **state)
{
    struct decision decision = behaviours_decide(*state, get_status);

    assert_int_equal(decision.answer, DECISION_NORMAL);
    assert_true(decision.execute);
    assert_int_equal(decision.delay, 0);
    assert_int_equal(decision.cut, CUT_NONE);
    assert_int_equal(decision.rate_bytes, 0);
    assert_int_equal(decision_limit(&decision, 7), 7);
}

static void test_respond_gives_statuses_in_turn(void **state)
{
    static const uint16_t expected[] = {500, 502, 429, 500, 502};
    struct control_behaviour order = fault(1, FAULT_RESPOND);

    order.status_count = 3;
    memcpy(order.statuses, expected, 3 * sizeof expected[0]);
    order.retry_after = 5;
    set(*state, order);
    for (size_t i = 0; i < 5; i++) {
        struct decision decision = behaviours_decide(*state, get_status);

        assert_int_equal(decision.answer, DECISION_STATUS);
        assert_int_equal(decision.status, expected[i]);
        assert_int_equal(decision.retry_after, 5);
        assert_false(decision.execute);
        assert_int_equal(behaviours_decide(*state, get_health).answer, DECISION_NORMAL);
    }
    assert_int_equal(behaviours_clear(*state, 1), 5);
    assert_int_equal(behaviours_decide(*state, get_status).answer, DECISION_NORMAL);
    assert_int_equal(behaviours_clear(*state, 1), 0);
}

static void test_respond_defaults_to_503_and_may_execute(void **state)
{
    struct control_behaviour order = fault(1, FAULT_RESPOND);
    struct decision decision;

    order.after_commit = true;
    set(*state, order);
    decision = behaviours_decide(*state, post);
    assert_int_equal(decision.status, 503);
    assert_true(decision.execute);
}

static void test_respond_on_a_path_is_exact(void **state)
{
    struct control_behaviour order = fault(1, FAULT_RESPOND);

    (void)strcpy(order.path, "/api/health");
    set(*state, order);
    assert_int_equal(behaviours_decide(*state, get_health).answer, DECISION_STATUS);
    assert_int_equal(behaviours_decide(*state, get_status).answer, DECISION_NORMAL);
    assert_int_equal(
        behaviours_decide(*state, (struct behaviour_request){METHOD_GET, "/api/health/x"}).answer,
        DECISION_NORMAL);
    assert_int_equal(behaviours_clear(*state, 1), 1);
}

static void test_ratio_is_drawn_by_each_fault_alone(void **state)
{
    struct control_behaviour half = fault(1, FAULT_RESPOND);
    bool first[200];
    size_t hits = 0;

    half.ratio_ppm = 500000;
    set(*state, half);
    for (size_t i = 0; i < 200; i++) {
        first[i] = behaviours_decide(*state, get_status).answer == DECISION_STATUS;
        hits += first[i];
    }
    assert_in_range(hits, 50, 150);
    assert_int_equal(behaviours_clear(*state, 1), hits);

    struct control_behaviour slow = fault(2, FAULT_SLOW);
    slow.ratio_ppm = 300000;
    slow.by = 1;
    set(*state, slow);
    set(*state, half);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(behaviours_decide(*state, get_status).answer == DECISION_STATUS, first[i]);
    }
}

static void test_hang_is_silence_on_every_path(void **state)
{
    set(*state, fault(1, FAULT_HANG));
    set(*state, fault(2, FAULT_STALL));
    assert_int_equal(behaviours_decide(*state, get_health).answer, DECISION_SILENCE);
    assert_false(behaviours_decide(*state, get_status).execute);
    assert_int_equal(behaviours_clear(*state, 1), 2);
    assert_int_equal(behaviours_clear(*state, 2), 0);
}

static void test_slow_with_jitter_stays_in_range(void **state)
{
    struct control_behaviour order = fault(1, FAULT_SLOW);
    nanos least = NANOS_NEVER;
    nanos most = 0;

    order.by = 100;
    order.jitter = 30;
    set(*state, order);
    for (int i = 0; i < 1000; i++) {
        nanos delay = behaviours_decide(*state, get_health).delay;

        least = nanos_min(least, delay);
        most = nanos_max(most, delay);
    }
    assert_int_equal(least, 70);
    assert_int_equal(most, 130);
    assert_int_equal(behaviours_clear(*state, 1), 1000);
}

static void test_slow_is_never_early(void **state)
{
    struct control_behaviour order = fault(1, FAULT_SLOW);
    uint64_t late = 0;

    order.by = 1;
    order.jitter = 1000;
    set(*state, order);
    for (int i = 0; i < 100; i++) {
        nanos delay = behaviours_decide(*state, get_status).delay;

        assert_true(delay >= 0);
        late += delay > 0;
    }
    assert_int_equal(behaviours_clear(*state, 1), late);
}

static void test_cuts_leave_something_missing(void **state)
{
    static const struct {
        uint64_t after;
        uint64_t length;
        uint64_t limit;
    } cases[] = {{0, 10, 0}, {3, 10, 3}, {9, 10, 9}, {10, 10, 9}, {UINT64_MAX, 10, 9}, {5, 0, 0}};
    struct control_behaviour order = fault(1, FAULT_TRUNCATE);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decision decision = {.cut = CUT_STALL, .after_bytes = cases[i].after};

        assert_int_equal(decision_limit(&decision, cases[i].length), cases[i].limit);
    }
    order.after_bytes = 4;
    set(*state, order);
    assert_int_equal(behaviours_decide(*state, get_status).cut, CUT_TRUNCATE);
    assert_int_equal(behaviours_decide(*state, get_health).after_bytes, 4);
}

static void test_cuts_do_not_bite_where_there_is_no_body(void **state)
{
    struct control_behaviour empty = fault(3, FAULT_RESPOND);

    set(*state, fault(1, FAULT_STALL));
    set(*state, fault(2, FAULT_TRICKLE));
    assert_int_equal(behaviours_decide(*state, (struct behaviour_request){METHOD_HEAD, "/x"}).cut,
                     CUT_NONE);
    assert_int_equal(
        behaviours_decide(*state, (struct behaviour_request){METHOD_OPTIONS, "/x"}).cut, CUT_NONE);
    empty.status_count = 1;
    empty.statuses[0] = 204;
    set(*state, empty);
    assert_int_equal(behaviours_decide(*state, get_status).cut, CUT_NONE);
    assert_int_equal(behaviours_clear(*state, 1), 0);
}

static void test_gray_and_unhealthy_are_opposites(void **state)
{
    set(*state, fault(1, FAULT_GRAY));
    assert_int_equal(behaviours_decide(*state, get_health).answer, DECISION_NORMAL);
    assert_int_equal(behaviours_decide(*state, get_status).status, 503);
    assert_int_equal(behaviours_clear(*state, 1), 1);
    set(*state, fault(2, FAULT_UNHEALTHY));
    assert_int_equal(behaviours_decide(*state, get_health).status, 503);
    assert_int_equal(behaviours_decide(*state, get_status).answer, DECISION_NORMAL);
    assert_int_equal(behaviours_clear(*state, 2), 1);
}

static void test_wrong_role_turns_writes_away(void **state)
{
    set(*state, fault(1, FAULT_WRONG_ROLE));
    for (enum http_method method = 0; method <= HTTP_METHODS; method++) {
        bool write = method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH ||
                     method == METHOD_DELETE;
        struct decision decision =
            behaviours_decide(*state, (struct behaviour_request){method, "/x"});

        assert_int_equal(decision.answer, write ? DECISION_WRONG_ROLE : DECISION_NORMAL);
        assert_int_equal(decision.execute, !write);
    }
    assert_int_equal(behaviours_clear(*state, 1), 4);
}

static void test_the_last_of_a_kind_wins_and_parts_add_up(void **state)
{
    struct control_behaviour slow = fault(3, FAULT_SLOW);
    struct decision decision;

    slow.by = 9;
    set(*state, fault(1, FAULT_HANG));
    set(*state, fault(2, FAULT_GRAY));
    set(*state, slow);
    set(*state, fault(4, FAULT_STALL));
    set(*state, fault(5, FAULT_TRUNCATE));
    decision = behaviours_decide(*state, get_status);
    assert_int_equal(decision.answer, DECISION_STATUS);
    assert_int_equal(decision.delay, 9);
    assert_int_equal(decision.cut, CUT_TRUNCATE);
    assert_int_equal(behaviours_clear(*state, 2), 1);
    assert_int_equal(behaviours_clear(*state, 4), 0);
    assert_int_equal(behaviours_clear(*state, 5), 1);
    assert_int_equal(behaviours_decide(*state, get_status).answer, DECISION_SILENCE);
}

static void test_refuse_is_known_and_changes_no_answer(void **state)
{
    assert_false(behaviours_have(*state, FAULT_REFUSE));
    set(*state, fault(1, FAULT_REFUSE));
    assert_true(behaviours_have(*state, FAULT_REFUSE));
    assert_int_equal(behaviours_decide(*state, get_status).answer, DECISION_NORMAL);
    assert_int_equal(behaviours_clear(*state, 1), 0);
    assert_false(behaviours_have(*state, FAULT_REFUSE));
}

static void refused(struct behaviours *behaviours, struct control_behaviour order)
{
    assert_int_equal(behaviours_set(behaviours, &order), -1);
}

static void test_orders_without_sense_are_refused(void **state)
{
    struct control_behaviour order = fault(1, FAULT_SLOW);

    set(*state, order);
    refused(*state, order);
    refused(*state, fault(2, FAULT_KILL));
    refused(*state, fault(2, FAULT_SWITCH_TO));
    refused(*state, fault(2, FAULT_KINDS));
    order = fault(2, FAULT_RESPOND);
    order.status_count = CONTROL_STATUSES_MAX + 1;
    refused(*state, order);
    order.status_count = 1;
    order.statuses[0] = 199;
    refused(*state, order);
    order.statuses[0] = 600;
    refused(*state, order);
    order.statuses[0] = 599;
    memset(order.path, 'x', sizeof order.path);
    refused(*state, order);
    order.path[CONTROL_PATH_MAX - 1] = '\0';
    set(*state, order);
    for (uint32_t number = 3; number <= BEHAVIOURS_MAX; number++) {
        set(*state, fault(number, FAULT_HANG));
    }
    refused(*state, fault(9999, FAULT_HANG));
}

static void test_trickle_times_and_bytes_agree(void **state)
{
    static const uint64_t rates[] = {1, 3, 64, 1000, 1000000007, UINT64_MAX};

    (void)state;
    assert_int_equal(trickle_allowed(0, 10), 1);
    assert_int_equal(trickle_allowed(NANOS_PER_S, 10), 11);
    assert_int_equal(trickle_due(1, 10), 100 * NANOS_PER_MS);
    assert_int_equal(trickle_due(25, 10), 2500 * NANOS_PER_MS);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        for (uint64_t sent = 1; sent < 100; sent++) {
            nanos due = trickle_due(sent, rates[i]);

            assert_true(trickle_allowed(due, rates[i]) > sent);
            assert_true(trickle_allowed(due - 1, rates[i]) <= sent);
        }
    }
    assert_true(trickle_allowed(24 * NANOS_PER_HOUR, UINT64_MAX) >= (uint64_t)NANOS_PER_HOUR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_set_changes_nothing),
        TEST(respond_gives_statuses_in_turn),
        TEST(respond_defaults_to_503_and_may_execute),
        TEST(respond_on_a_path_is_exact),
        TEST(ratio_is_drawn_by_each_fault_alone),
        TEST(hang_is_silence_on_every_path),
        TEST(slow_with_jitter_stays_in_range),
        TEST(slow_is_never_early),
        TEST(cuts_leave_something_missing),
        TEST(cuts_do_not_bite_where_there_is_no_body),
        TEST(gray_and_unhealthy_are_opposites),
        TEST(wrong_role_turns_writes_away),
        TEST(the_last_of_a_kind_wins_and_parts_add_up),
        TEST(refuse_is_known_and_changes_no_answer),
        TEST(orders_without_sense_are_refused),
        TEST(trickle_times_and_bytes_agree),
    };

    return cmocka_run_group_tests_name("stub behaviour", tests, NULL, NULL);
}
