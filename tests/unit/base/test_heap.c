#include "base/heap.h"

#include "base/prng.h"
#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <string.h>

static void test_empty_heap(void **state)
{
    struct arena arena;
    struct heap heap;

    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, &arena, 4);
    assert_null(heap_first(&heap));
    assert_int_equal(heap.count, 0);
    assert_int_equal(heap.capacity, 4);
    arena_done(&arena);
}

static void test_items_leave_by_time(void **state)
{
    static const nanos times[] = {5, -3, NANOS_NEVER, 0, INT64_MIN, 7};
    static const uint64_t order[] = {4, 1, 3, 0, 5, 2};
    struct arena arena;
    struct heap heap;

    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, &arena, 6);
    for (uint64_t i = 0; i < 6; i++) {
        heap_push(&heap, times[i], i);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(heap_first(&heap)->id, order[i]);
        struct heap_item item = heap_pop(&heap);
        assert_int_equal(item.id, order[i]);
        assert_int_equal(item.at, times[order[i]]);
        assert_int_equal(item.sequence, order[i]);
    }
    assert_null(heap_first(&heap));
    arena_done(&arena);
}

static void test_equal_times_leave_by_arrival(void **state)
{
    struct arena arena;
    struct heap heap;

    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, &arena, 100);
    for (uint64_t i = 0; i < 100; i++) {
        heap_push(&heap, 1, 1000 - i);
    }
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(heap_pop(&heap).id, 1000 - i);
    }
    arena_done(&arena);
}

/* What the heap must equal: a list in order, each item put behind all that are not later. */
struct reference {
    struct heap_item items[64];
    size_t count;
};

static void reference_push(struct reference *reference, struct heap_item item)
{
    size_t place = reference->count++;

    while (place > 0 && reference->items[place - 1].at > item.at) {
        reference->items[place] = reference->items[place - 1];
        place--;
    }
    reference->items[place] = item;
}

static struct heap_item reference_pop(struct reference *reference)
{
    struct heap_item first = reference->items[0];

    reference->count--;
    memmove(reference->items, reference->items + 1, reference->count * sizeof(first));
    return first;
}

static void compare_random_run(uint64_t seed)
{
    struct arena arena;
    struct heap heap;
    struct prng prng;
    struct reference reference = {.count = 0};
    uint64_t pushed = 0;

    arena_init(&arena, 0);
    heap_init(&heap, &arena, 64);
    prng_init(&prng, seed, 0);
    /* Narrow times make many equal ones, wide ones few. */
    int64_t width = prng_between(&prng, 1, 200);
    uint32_t push_ppm = (uint32_t)prng_between(&prng, 300000, 700000);
    for (int step = 0; step < 2000; step++) {
        bool push = prng_chance(&prng, push_ppm);
        if ((push && reference.count < 64) || reference.count == 0) {
            struct heap_item item = {
                .at = prng_between(&prng, -width, width), .sequence = pushed, .id = pushed * 3};
            heap_push(&heap, item.at, item.id);
            reference_push(&reference, item);
            pushed++;
        } else {
            struct heap_item expected = reference_pop(&reference);
            struct heap_item item = heap_pop(&heap);
            assert_int_equal(item.at, expected.at);
            assert_int_equal(item.sequence, expected.sequence);
            assert_int_equal(item.id, expected.id);
        }
        assert_int_equal(heap.count, reference.count);
    }
    assert_int_equal(heap.pushed, pushed);
    arena_done(&arena);
}

static void test_random_runs_equal_a_sorted_list(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        compare_random_run(seed);
    }
}

static void push_one(void *argument)
{
    heap_push(argument, 0, 0);
}

static void pop_one(void *argument)
{
    (void)heap_pop(argument);
}

static void test_overfull_and_empty_are_check_failures(void **state)
{
    struct arena arena;
    struct heap heap;

    (void)state;
    arena_init(&arena, 0);
    heap_init(&heap, &arena, 2);
    assert_true(call_aborts(pop_one, &heap));
    heap_push(&heap, 1, 1);
    assert_false(call_aborts(push_one, &heap));
    heap_push(&heap, 2, 2);
    assert_true(call_aborts(push_one, &heap));
    assert_false(call_aborts(pop_one, &heap));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_heap),
        cmocka_unit_test(test_items_leave_by_time),
        cmocka_unit_test(test_equal_times_leave_by_arrival),
        cmocka_unit_test(test_random_runs_equal_a_sorted_list),
        cmocka_unit_test(test_overfull_and_empty_are_check_failures),
    };

    return cmocka_run_group_tests_name("base/heap", tests, NULL, NULL);
}
