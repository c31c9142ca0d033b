/* Assertions on figures and disturbances that name the line of the test. */
#ifndef BASCULE_TESTS_FIGURE_ASSERTS_H
#define BASCULE_TESTS_FIGURE_ASSERTS_H

#include "core/measure.h"

#include "unit/cmocka_all.h"

static inline void check_value(struct figure actual, int64_t expected, const char *file, int line)
{
    _assert_int_equal(actual.state, FIGURE_VALUE, file, line);
    _assert_int_equal((LargestIntegralType)actual.value, (LargestIntegralType)expected, file, line);
}

/* why NULL: recovered, by that time. */
static inline void check_recovery(const struct disturbance *disturbance,
                                  nanos switchover,
                                  const char *why,
                                  const char *file,
                                  int line)
{
    _assert_int_equal(disturbance->recovered, why == NULL, file, line);
    if (why == NULL) {
        _assert_int_equal(disturbance->unrecovered_why == NULL, true, file, line);
        check_value(disturbance->switchover, switchover, file, line);
    } else {
        _assert_string_equal(disturbance->unrecovered_why, why, file, line);
        _assert_int_equal(disturbance->switchover.state, FIGURE_UNRECOVERED, file, line);
    }
}

#define ASSERT_VALUE(actual, expected) check_value((actual), (expected), __FILE__, __LINE__)
#define ASSERT_ABSENT(actual)          assert_int_equal((actual).state, FIGURE_ABSENT)
#define ASSERT_NEVER(actual)           assert_int_equal((actual).state, FIGURE_UNRECOVERED)
#define ASSERT_RECOVERED(disturbance, switchover)                                                  \
    check_recovery((disturbance), (switchover), NULL, __FILE__, __LINE__)
#define ASSERT_UNRECOVERED(disturbance, why)                                                       \
    check_recovery((disturbance), 0, (why), __FILE__, __LINE__)

#endif
