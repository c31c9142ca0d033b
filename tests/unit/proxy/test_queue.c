#include "proxy/queue.h"

#include "unit/cmocka_all.h"

#include <string.h>

static void expect_due(const struct queue *queue, nanos now, const char *text)
{
    const void *data = NULL;
    size_t size = queue_due(queue, now, &data);

    assert_int_equal(size, strlen(text));
    if (size > 0) {
        assert_memory_equal(data, text, size);
    }
}

static void test_empty(void **state)
{
    struct queue queue = {0};

    (void)state;
    expect_due(&queue, NANOS_NEVER, "");
    assert_int_equal(queue_next(&queue), NANOS_NEVER);
    queue_push(&queue, 5, "", 0);
    assert_int_equal(queue_next(&queue), NANOS_NEVER);
    queue_clear(&queue);
}

static void test_nothing_leaves_before_it_is_due(void **state)
{
    struct queue queue = {0};

    (void)state;
    queue_push(&queue, 10, "first", 5);
    queue_push(&queue, 10, "second", 6);
    queue_push(&queue, 30, "third", 5);
    assert_int_equal(queue_next(&queue), 10);
    expect_due(&queue, 9, "");
    expect_due(&queue, 10, "first");
    queue_sent(&queue, 5);
    expect_due(&queue, 10, "second");
    queue_sent(&queue, 6);
    expect_due(&queue, 29, "");
    assert_int_equal(queue_next(&queue), 30);
    expect_due(&queue, 31, "third");
    queue_clear(&queue);
    assert_int_equal(queue.bytes, 0);
}

static void test_parts_leave_in_order(void **state)
{
    struct queue queue = {0};

    (void)state;
    queue_push(&queue, 1, "abcdef", 6);
    queue_sent(&queue, 2);
    expect_due(&queue, 1, "cdef");
    queue_sent(&queue, 3);
    expect_due(&queue, 1, "f");
    queue_sent(&queue, 1);
    expect_due(&queue, 1, "");
    queue_push(&queue, 2, "g", 1); /* also after it ran empty */
    expect_due(&queue, 2, "g");
    queue_clear(&queue);
}

static void test_bytes_count_what_a_chunk_costs(void **state)
{
    struct queue queue = {0};

    (void)state;
    for (int i = 0; i < 100; i++) {
        queue_push(&queue, i, "x", 1);
    }
    assert_true(queue.bytes >= 100 * sizeof(struct chunk));
    for (int i = 0; i < 100; i++) {
        queue_sent(&queue, 1);
    }
    assert_int_equal(queue.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_nothing_leaves_before_it_is_due),
        cmocka_unit_test(test_parts_leave_in_order),
        cmocka_unit_test(test_bytes_count_what_a_chunk_costs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
