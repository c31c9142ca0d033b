/* The containers under a policy: timers, lists, the outbox. */
#include "base/prng.h"
#include "core/client/lists.h"
#include "core/client/outbox.h"
#include "core/client/timers.h"
#include "unit/aborts.h"
#include "unit/cmocka_all.h"

static void test_timers_ring_in_order_of_time_then_of_setting(void **state)
{
    static const uint32_t order[] = {3, 1, 0, 2};
    struct timers timers;
    struct arena arena;
    uint32_t id = 77;

    (void)state;
    arena_init(&arena, 0);
    timers_init(&timers, &arena, 4);
    assert_int_equal(timers_first(&timers, &id), NANOS_NEVER);
    assert_int_equal(id, 77);
    timers_set(&timers, 2, 9);
    timers_set(&timers, 1, 5);
    timers_set(&timers, 0, 5);
    timers_set(&timers, 3, -5);
    for (size_t i = 0; i < 4; i++) {
        (void)timers_first(&timers, &id);
        assert_int_equal(id, order[i]);
        timers_clear(&timers, id);
    }
    assert_int_equal(timers.count, 0);
    arena_done(&arena);
}

static void test_timer_set_again_moves(void **state)
{
    struct timers timers;
    struct arena arena;
    uint32_t id = 0;

    (void)state;
    arena_init(&arena, 0);
    timers_init(&timers, &arena, 2);
    timers_set(&timers, 0, 1);
    timers_set(&timers, 1, 2);
    timers_set(&timers, 0, 3);
    assert_int_equal(timers_first(&timers, &id), 2);
    timers_set(&timers, 1, NANOS_NEVER);
    assert_int_equal(timers_first(&timers, &id), 3);
    assert_int_equal(id, 0);
    arena_done(&arena);
}

/* Against the slow and obvious way. */
static void test_timers_keep_their_order_whatever_is_set_and_cleared(void **state)
{
    enum { IDS = 50 };
    struct timers timers;
    struct arena arena;
    struct prng prng;

    (void)state;
    arena_init(&arena, 0);
    timers_init(&timers, &arena, IDS);
    prng_init(&prng, 1, 0);
    for (int i = 0; i < 20000; i++) {
        uint32_t changed = (uint32_t)prng_below(&prng, IDS);
        nanos at = prng_chance(&prng, 300000) ? NANOS_NEVER : prng_between(&prng, -20, 20);
        timers_set(&timers, changed, at);
        nanos least = NANOS_NEVER;
        for (uint32_t id = 0; id < IDS; id++) {
            least = nanos_min(least, timers_at(&timers, id));
        }
        uint32_t first = changed;
        assert_int_equal(timers_first(&timers, &first), least);
        assert_true(least == NANOS_NEVER || timers_at(&timers, first) == least);
    }
    arena_done(&arena);
}

static void test_slot_leaves_whatever_list_it_is_in(void **state)
{
    struct lists lists;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    lists_init(&lists, &arena, 3, 2);
    lists_append(&lists, 0, 2);
    lists_append(&lists, 0, 0);
    lists_append(&lists, 1, 1);
    lists_remove(&lists, 2);
    lists_remove(&lists, 2);
    assert_int_equal(lists_first(&lists, 0), 0);
    lists_remove(&lists, 0);
    assert_int_equal(lists_first(&lists, 0), SLOT_NONE);
    assert_int_equal(lists_first(&lists, 1), 1);
    arena_done(&arena);
}

static void test_splice_keeps_the_order(void **state)
{
    struct lists lists;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    lists_init(&lists, &arena, 4, 2);
    lists_splice(&lists, 0, 1);
    assert_int_equal(lists_first(&lists, 0), SLOT_NONE);
    lists_append(&lists, 0, 3);
    lists_append(&lists, 1, 2);
    lists_append(&lists, 1, 0);
    lists_splice(&lists, 0, 1);
    assert_int_equal(lists_first(&lists, 1), SLOT_NONE);
    lists_append(&lists, 0, 1);
    for (uint32_t i = 0; i < 4; i++) {
        static const uint32_t order[] = {3, 2, 0, 1};
        assert_int_equal(lists_first(&lists, 0), order[i]);
        lists_remove(&lists, order[i]);
    }
    arena_done(&arena);
}

static void append_twice(void *argument)
{
    lists_append(argument, 0, 1);
    lists_append(argument, 1, 1);
}

static void test_a_slot_is_in_one_list_only(void **state)
{
    struct lists lists;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    lists_init(&lists, &arena, 2, 2);
    assert_true(call_aborts(append_twice, &lists));
    arena_done(&arena);
}

static struct output numbered(uint16_t number)
{
    return (struct output){.kind = OUTPUT_ACTIVE, .node = number};
}

static void test_outbox_passes_the_rest_on_in_order(void **state)
{
    struct outbox outbox;
    struct outputs outputs;
    struct arena arena;
    uint16_t next = 0;
    uint16_t seen = 0;

    (void)state;
    arena_init(&arena, 0);
    outbox_init(&outbox, &arena, 20);
    for (int turn = 0; turn < 10; turn++) {
        outbox_open(&outbox, &outputs);
        for (int i = 0; i < (turn % 2 == 0 ? 20 : 0); i++) {
            outbox_add(&outbox, numbered(next++));
        }
        for (uint32_t i = 0; i < outputs.count; i++) {
            assert_int_equal(outputs.item[i].node, seen++);
        }
        assert_int_equal(outbox_is_late(&outbox), seen < next);
    }
    assert_int_equal(seen, 100);
    arena_done(&arena);
}

static void overfill(void *argument)
{
    for (uint16_t i = 0; i < OUTPUTS_MAX + 2; i++) {
        outbox_add(argument, numbered(i));
    }
}

static void test_outbox_is_bounded(void **state)
{
    struct outbox outbox;
    struct outputs outputs;
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    outbox_init(&outbox, &arena, 1);
    outbox_open(&outbox, &outputs);
    assert_true(call_aborts(overfill, &outbox));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_ring_in_order_of_time_then_of_setting),
        cmocka_unit_test(test_timer_set_again_moves),
        cmocka_unit_test(test_timers_keep_their_order_whatever_is_set_and_cleared),
        cmocka_unit_test(test_slot_leaves_whatever_list_it_is_in),
        cmocka_unit_test(test_splice_keeps_the_order),
        cmocka_unit_test(test_a_slot_is_in_one_list_only),
        cmocka_unit_test(test_outbox_passes_the_rest_on_in_order),
        cmocka_unit_test(test_outbox_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
