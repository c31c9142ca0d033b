/* Assertions on figures, for the tests of measure. */
#ifndef BASCULE_TESTS_FIGURE_ASSERTS_H
#define BASCULE_TESTS_FIGURE_ASSERTS_H

#include "core/measure.h"

#include "unit/cmocka_all.h"

#define assert_value(actual, expected)                                                             \
    do {                                                                                           \
        struct figure seen_ = (actual);                                                            \
        assert_int_equal(seen_.state, FIGURE_VALUE);                                               \
        assert_int_equal(seen_.value, (expected));                                                 \
    } while (0)

#define assert_absent(actual) assert_int_equal((actual).state, FIGURE_ABSENT)

#define assert_never(actual) assert_int_equal((actual).state, FIGURE_UNRECOVERED)

#define assert_unrecovered(disturbance, why)                                                       \
    do {                                                                                           \
        assert_false((disturbance)->recovered);                                                    \
        assert_never((disturbance)->switchover);                                                   \
        assert_string_equal((disturbance)->unrecovered_why, (why));                                \
    } while (0)

#define assert_recovered(disturbance, expected)                                                    \
    do {                                                                                           \
        assert_true((disturbance)->recovered);                                                     \
        assert_null((disturbance)->unrecovered_why);                                               \
        assert_value((disturbance)->switchover, (expected));                                       \
    } while (0)

#endif
