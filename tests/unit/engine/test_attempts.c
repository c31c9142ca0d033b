#include "unit/cmocka_all.h"

#include "attempts.h"
#include "base/prng.h"
#include "unit/aborts.h"

#include <string.h>

#define IDS 4096

static struct arena arena;

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

static struct attempt_out attempt_of(uint32_t id)
{
    return (struct attempt_out){.ref = {.id = id, .slot = id * 3}, .request = id + 7};
}

static void takes_back_what_was_added(void **state)
{
    (void)state;
    struct attempts attempts;
    attempts_init(&attempts, &arena, 8);
    attempts_add(&attempts, attempt_of(5));
    struct attempt_out taken = attempts_take(&attempts, 5);
    assert_int_equal(taken.ref.slot, 15);
    assert_int_equal(taken.request, 12);
    assert_int_equal(attempts.count, 0);
}

static void take_unknown(void *argument)
{
    attempts_take(argument, 6);
}

static void add_again(void *argument)
{
    attempts_add(argument, attempt_of(5));
}

static void nothing_ends_twice_or_begins_twice(void **state)
{
    (void)state;
    struct attempts attempts;
    attempts_init(&attempts, &arena, 8);
    attempts_add(&attempts, attempt_of(5));
    assert_true(call_aborts(take_unknown, &attempts));
    assert_true(call_aborts(add_again, &attempts));
}

static void add_beyond(void *argument)
{
    attempts_add(argument, attempt_of(1000));
}

static void grows_as_far_as_it_may(void **state)
{
    (void)state;
    struct attempts attempts;
    attempts_init(&attempts, &arena, 1000);
    for (uint32_t id = 0; id < 1000; id++) {
        attempts_add(&attempts, attempt_of(id));
    }
    assert_true(call_aborts(add_beyond, &attempts));
    for (uint32_t id = 0; id < 1000; id++) {
        assert_int_equal(attempts_take(&attempts, id).request, id + 7);
    }
    assert_int_equal(attempts.count, 0);
}

/* Adds and removes at random at full load; every other id must be found after each removal. */
static void holes_are_closed(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct attempts attempts;
        struct prng prng;
        static bool out[IDS];
        memset(out, 0, sizeof out);
        prng_init(&prng, seed, 0);
        attempts_init(&attempts, &arena, 300);
        size_t expected = 0;
        for (int step = 0; step < 4000; step++) {
            uint32_t id = (uint32_t)prng_below(&prng, IDS);
            if (out[id]) {
                assert_int_equal(attempts_take(&attempts, id).request, id + 7);
                expected--;
            } else if (expected < 300) {
                attempts_add(&attempts, attempt_of(id));
                expected++;
            } else {
                continue;
            }
            out[id] = !out[id];
            assert_int_equal(attempts.count, expected);
        }
        for (uint32_t id = 0; id < IDS; id++) {
            if (out[id]) {
                assert_int_equal(attempts_take(&attempts, id).ref.slot, id * 3);
            }
        }
        assert_int_equal(attempts.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_back_what_was_added),
        cmocka_unit_test(nothing_ends_twice_or_begins_twice),
        cmocka_unit_test(grows_as_far_as_it_may),
        cmocka_unit_test(holes_are_closed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
