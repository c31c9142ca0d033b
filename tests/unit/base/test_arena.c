#include "base/arena.h"
#include "base/check.h"

#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <stdalign.h>
#include <string.h>

static void test_alloc_is_zero_and_aligned(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 7, 8, 15, 16, 17, 63, 1000, 70000, 5000000};
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned char *memory = arena_alloc(&arena, sizes[i]);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(memory[j], 0);
        }
        memset(memory, 0xa5, sizes[i]);
    }
    arena_done(&arena);
}

static void test_objects_do_not_overlap(void **state)
{
    enum { OBJECTS = 2000 };
    struct arena arena;
    unsigned char *objects[OBJECTS];

    (void)state;
    arena_init(&arena, 0);
    for (size_t i = 0; i < OBJECTS; i++) {
        objects[i] = arena_alloc(&arena, 1 + i % 97);
        memset(objects[i], (int)(i % 251), 1 + i % 97);
    }
    for (size_t i = 0; i < OBJECTS; i++) {
        for (size_t j = 0; j < 1 + i % 97; j++) {
            assert_int_equal(objects[i][j], i % 251);
        }
    }
    arena_done(&arena);
}

static void test_empty_objects_have_addresses_of_their_own(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    const void *first = arena_alloc(&arena, 0);
    const void *second = arena_array(&arena, 0, 16);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    arena_done(&arena);
}

static void test_done_empties_and_allows_reuse(void **state)
{
    struct arena arena = {.limit = 0};

    (void)state;
    arena_done(&arena);
    (void)arena_alloc(&arena, 100);
    assert_true(arena.used >= 100);
    arena_done(&arena);
    assert_int_equal(arena.used, 0);
    assert_null(arena.chunks);
    memset(arena_alloc(&arena, 100), 1, 100);
    arena_done(&arena);
    arena_done(&arena);
}

static void take_33_bytes(void *argument)
{
    (void)arena_alloc(argument, 33);
}

static void test_limit_is_exact(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 96);
    (void)arena_alloc(&arena, 48);
    assert_int_equal(arena.used, 48);
    assert_false(call_aborts(take_33_bytes, &arena));
    (void)arena_alloc(&arena, 1);
    assert_int_equal(arena.used, 64);
    assert_true(call_aborts(take_33_bytes, &arena));
    (void)arena_alloc(&arena, 32);
    assert_int_equal(arena.used, 96);
    arena_done(&arena);
}

static void take_overflowing_array(void *argument)
{
    (void)arena_array(argument, SIZE_MAX / 8 + 2, 8);
}

static void take_everything(void *argument)
{
    (void)arena_alloc(argument, SIZE_MAX);
}

static void take_nearly_everything(void *argument)
{
    (void)arena_alloc(argument, SIZE_MAX - 2 * alignof(max_align_t));
}

static void test_impossible_sizes_are_check_failures(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_true(call_aborts(take_overflowing_array, &arena));
    assert_true(call_aborts(take_everything, &arena));
    assert_true(call_aborts(take_nearly_everything, &arena));
    (void)arena_alloc(&arena, 1);
    assert_true(call_aborts(take_nearly_everything, &arena));
    arena_done(&arena);
}

static void take_too_much(void *argument)
{
    (void)arena_alloc(argument, SIZE_MAX / 4);
}

/* That is nobody's mistake, and no CHECK. */
static void test_memory_that_there_is_not(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator ends the process itself */
#endif
    int status = call_status(take_too_much, &arena);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), MEMORY_STATUS);
    arena_done(&arena);
}

static void test_array_has_room_for_all(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    uint64_t *numbers = ARENA_ARRAY(&arena, uint64_t, 10000);
    assert_true(arena.used >= 10000 * sizeof(uint64_t));
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(numbers[i], 0);
        numbers[i] = i;
    }
    const struct arena *inner = ARENA_NEW(&arena, struct arena);
    assert_null(inner->chunks);
    arena_done(&arena);
}

static void test_copy_ends_with_nul(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(arena_copy(&arena, "scenario", 4), "scen");
    assert_string_equal(arena_copy(&arena, "", 0), "");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    const char *with_nul = arena_copy(&arena, "a\0b", 3);
    assert_memory_equal(with_nul, "a\0b", 4);
    arena_done(&arena);
}

static void test_printf_takes_any_length(void **state)
{
    struct arena arena;
    char expected[3001];

    (void)state;
    arena_init(&arena, 0);
    assert_string_equal(arena_printf(&arena, "%s-%d", "node", 3), "node-3");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    memset(expected, ' ', 2999);
    expected[2999] = '7';
    expected[3000] = '\0';
    assert_string_equal(arena_printf(&arena, "%3000d", 7), expected);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_is_zero_and_aligned),
        cmocka_unit_test(test_objects_do_not_overlap),
        cmocka_unit_test(test_empty_objects_have_addresses_of_their_own),
        cmocka_unit_test(test_done_empties_and_allows_reuse),
        cmocka_unit_test(test_limit_is_exact),
        cmocka_unit_test(test_impossible_sizes_are_check_failures),
        cmocka_unit_test(test_memory_that_there_is_not),
        cmocka_unit_test(test_array_has_room_for_all),
        cmocka_unit_test(test_copy_ends_with_nul),
        cmocka_unit_test(test_printf_takes_any_length),
    };

    return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
