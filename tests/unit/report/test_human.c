#include "report/human.h"

#include "report/value.h"

#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

static void assert_time(nanos time, const char *expected)
{
    char buffer[HUMAN_MAX];

    assert_string_equal(human_time(time, buffer), expected);
}

static void test_times_have_the_unit_that_fits(void **state)
{
    (void)state;
    assert_time(0, "0 ms");
    assert_time(1, "0 ms");
    assert_time(420 * NANOS_PER_US, "0.42 ms");
    assert_time(4200 * NANOS_PER_US, "4.2 ms");
    assert_time(12 * NANOS_PER_MS, "12.0 ms");
    assert_time(250 * NANOS_PER_MS, "250 ms");
    assert_time(1501034 * NANOS_PER_US, "1.501 s");
    assert_time(-4200 * NANOS_PER_US, "-4.2 ms");
    assert_time(-1, "0 ms");
    assert_time(25 * NANOS_PER_HOUR, "90000.000 s");
    assert_time(NANOS_NEVER, "never");
    assert_time(INT64_MIN + 1, "-9223372036.855 s");
}

/* Rounding up must not leave "1000 ms". */
static void test_times_at_the_borders(void **state)
{
    (void)state;
    assert_time(994 * NANOS_PER_US, "0.99 ms");
    assert_time(996 * NANOS_PER_US, "1.0 ms");
    assert_time(99949 * NANOS_PER_US, "99.9 ms");
    assert_time(99951 * NANOS_PER_US, "100 ms");
    assert_time(999499 * NANOS_PER_US, "999 ms");
    assert_time(999501 * NANOS_PER_US, "1.000 s");
}

static void test_counts_and_ratios(void **state)
{
    char buffer[HUMAN_MAX];

    (void)state;
    assert_string_equal(human_count(0, buffer), "0");
    assert_string_equal(human_count(999, buffer), "999");
    assert_string_equal(human_count(1000, buffer), "1,000");
    assert_string_equal(human_count(UINT64_MAX, buffer), "18,446,744,073,709,551,615");
    assert_string_equal(human_figure(UNIT_RATIO, figure_of(RATIO_ONE), buffer), "1");
    assert_string_equal(human_figure(UNIT_RATIO, figure_of(985000), buffer), "0.985");
    assert_string_equal(human_figure(UNIT_RATIO, figure_of(0), buffer), "0");
    assert_string_equal(human_figure(UNIT_RATIO, figure_of(10 * RATIO_ONE), buffer), "10");
}

static void test_figures_without_a_value(void **state)
{
    char buffer[HUMAN_MAX];
    const struct figure absent = {.state = FIGURE_ABSENT};
    const struct figure unrecovered = {.state = FIGURE_UNRECOVERED};

    (void)state;
    assert_string_equal(human_figure(UNIT_NANOS, absent, buffer), "-");
    assert_string_equal(human_figure(UNIT_COUNT, unrecovered, buffer), "never");
}

static void assert_ms(nanos time, const char *expected)
{
    json_t *value = value_ms(time);
    char *text = json_dumps(value, VALUE_DUMP_FLAGS);

    assert_string_equal(text, expected);
    free(text);
    json_decref(value);
}

/* What programs read: every microsecond of a day is written with its three digits and no more. */
static void test_json_milliseconds(void **state)
{
    (void)state;
    assert_ms(0, "0.0");
    assert_ms(NANOS_PER_US, "0.001");
    assert_ms(1501034 * NANOS_PER_US, "1501.034");
    assert_ms(499, "0.0");
    assert_ms(500, "0.001");
    assert_ms(-NANOS_PER_S, "-1000.0");
    assert_ms(-1500, "-0.002");
    assert_ms(24 * NANOS_PER_HOUR - NANOS_PER_US, "86399999.999");
    assert_ms(NANOS_NEVER, "null");
    for (nanos time = 1; time < NANOS_PER_S; time += 1234567) {
        char expected[32];
        nanos us = (time + 500) / 1000;
        (void)snprintf(expected, sizeof(expected), "%d.%03d", (int)(us / 1000), (int)(us % 1000));
        json_t *value = value_ms(time);
        assert_true(json_real_value(value) == strtod(expected, NULL));
        json_decref(value);
    }
}

static void test_json_figures(void **state)
{
    json_t *value = value_figure(UNIT_RATIO, figure_of(999999));
    char *text = json_dumps(value, VALUE_DUMP_FLAGS);

    (void)state;
    assert_string_equal(text, "0.999999");
    free(text);
    json_decref(value);

    value = value_figure(UNIT_COUNT, (struct figure){.state = FIGURE_UNRECOVERED});
    assert_string_equal(json_string_value(value), "unrecovered");
    json_decref(value);

    assert_true(json_is_null(value_figure(UNIT_NANOS, (struct figure){.state = FIGURE_ABSENT})));

    value = value_count(UINT64_MAX);
    assert_int_equal(json_integer_value(value), INT64_MAX);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_have_the_unit_that_fits),
        cmocka_unit_test(test_times_at_the_borders),
        cmocka_unit_test(test_counts_and_ratios),
        cmocka_unit_test(test_figures_without_a_value),
        cmocka_unit_test(test_json_milliseconds),
        cmocka_unit_test(test_json_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
