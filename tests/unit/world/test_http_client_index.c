#include "world/http_client_index.h"

#include "base/prng.h"
#include "unit/aborts.h"
#include "unit/cmocka_all.h"

enum { IDS = 5000 };

static int setup(void **state)
{
    static struct arena arena;
    static struct http_client_index index;

    arena_init(&arena, 0);
    http_client_index_init(&index, &arena);
    *state = &index;
    return 0;
}

static int teardown(void **state)
{
    struct http_client_index *index = *state;
    arena_done(index->arena);
    return 0;
}

/* Against a plain array, with ids as one of 7 clients gives them. */
static void test_random_adds_and_removals(void **state)
{
    struct http_client_index *index = *state;
    static bool there[IDS];
    static char values[IDS];
    struct prng prng;
    uint32_t count = 0;

    prng_init(&prng, 1, 1);
    for (int step = 0; step < 100000; step++) {
        size_t i = (size_t)prng_below(&prng, step % 20000 < 10000 ? IDS : 50);
        uint32_t id = 3 + 7 * (uint32_t)i;
        assert_ptr_equal(http_client_index_find(index, id), there[i] ? &values[i] : NULL);
        if (there[i]) {
            http_client_index_remove(index, id);
        } else {
            http_client_index_add(index, id, &values[i]);
        }
        there[i] = !there[i];
        count = there[i] ? count + 1 : count - 1;
        assert_int_equal(index->count, count);
    }
    for (size_t i = 0; i < IDS; i++) {
        assert_ptr_equal(http_client_index_find(index, 3 + 7 * (uint32_t)i),
                         there[i] ? &values[i] : NULL);
    }
}

static void test_does_not_grow_when_ids_only_pass_through(void **state)
{
    struct http_client_index *index = *state;
    unsigned bits = index->bits;

    for (uint32_t id = UINT32_MAX - 100000; id != 100000; id++) {
        http_client_index_add(index, id, index);
        http_client_index_remove(index, id);
    }
    assert_int_equal(index->bits, bits);
    assert_int_equal(index->count, 0);
}

static void add_twice(void *index)
{
    http_client_index_add(index, 1, index);
    http_client_index_add(index, 1, index);
}

static void remove_nothing(void *index)
{
    http_client_index_remove(index, 1);
}

static void test_mistakes_are_check_failures(void **state)
{
    assert_true(call_aborts(add_twice, *state));
    assert_true(call_aborts(remove_nothing, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_adds_and_removals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_does_not_grow_when_ids_only_pass_through, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_mistakes_are_check_failures, setup, teardown),
    };
    return cmocka_run_group_tests_name("http_client_index", tests, NULL, NULL);
}
