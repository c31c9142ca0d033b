#include "base/nanos.h"

#include "unit/cmocka_all.h"

#include <string.h>

struct parse_case {
    const char *text;
    nanos value;
};

static void assert_refused(const char *text)
{
    nanos value = -7;

    if (nanos_parse(text, strlen(text), &value)) {
        fail_msg("'%s' was read as %lld", text, (long long)value);
    }
    assert_int_equal(value, -7);
}

static void test_parse_reads_each_unit(void **state)
{
    static const struct parse_case cases[] = {
        {"0s", 0},
        {"0ns", 0},
        {"1ns", 1},
        {"1us", NANOS_PER_US},
        {"250ms", 250 * NANOS_PER_MS},
        {"5s", 5 * NANOS_PER_S},
        {"3m", 3 * NANOS_PER_MINUTE},
        {"2h", 2 * NANOS_PER_HOUR},
        {"007s", 7 * NANOS_PER_S},
        {"1m30s", 90 * NANOS_PER_S},
        {"1h2m3s4ms5us6ns", NANOS_PER_HOUR + 2 * NANOS_PER_MINUTE + 3 * NANOS_PER_S +
                                4 * NANOS_PER_MS + 5 * NANOS_PER_US + 6},
        {"90s", 90 * NANOS_PER_S},
        {"1h5ns", NANOS_PER_HOUR + 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        nanos value = -1;
        if (!nanos_parse(cases[i].text, strlen(cases[i].text), &value)) {
            fail_msg("'%s' was refused", cases[i].text);
        }
        assert_int_equal(value, cases[i].value);
    }
}

static void test_parse_reads_exact_fractions(void **state)
{
    static const struct parse_case cases[] = {
        {"1.5s", 1500 * NANOS_PER_MS},
        {"0.25s", 250 * NANOS_PER_MS},
        {"0.000000001s", 1},
        {"1.5us", 1500},
        {"1.000ns", 1},
        {"1.50h", 90 * NANOS_PER_MINUTE},
        {"0.5m", 30 * NANOS_PER_S},
        {"0.000000000000s", 0},
        {"0.000000000005h", 18}, /* 3.6 * 10^12 * 5 / 10^12 */
        {"1m0.5s", NANOS_PER_MINUTE + 500 * NANOS_PER_MS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        nanos value = -1;
        if (!nanos_parse(cases[i].text, strlen(cases[i].text), &value)) {
            fail_msg("'%s' was refused", cases[i].text);
        }
        assert_int_equal(value, cases[i].value);
    }
}

static void test_parse_refuses_fractions_of_a_nanosecond(void **state)
{
    (void)state;
    assert_refused("0.1ns");
    assert_refused("1.0000000001s");
    assert_refused("0.0005us");
    assert_refused("0.0000000000001h");
}

static void test_parse_refuses_malformed_text(void **state)
{
    static const char *const cases[] = {
        "",       " ",      "5",          "5 s", " 5s",   "5s ",  "-5s",   "+5s",
        "s",      "ms",     ".5s",        "5.s", "1..5s", "1,5s", "5S",    "5sec",
        "5d",     "1e3ms",  "0x5s",       "5s5", "1m1h",  "1s1s", "5ms1s", "1ms1ms",
        "1s-1ms", "1s 1ms", "5\xc2\xb5s", "nan", "never", "5s\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_refused(cases[i]);
    }
}

static void test_parse_stops_at_24_days(void **state)
{
    nanos value = 0;

    (void)state;
    assert_true(nanos_parse("576h", 4, &value));
    assert_int_equal(value, 576 * NANOS_PER_HOUR);
    assert_true(nanos_parse("2073600000000000ns", 18, &value));
    assert_int_equal(value, 576 * NANOS_PER_HOUR);
    assert_refused("576h1ns");
    assert_refused("577h");
    assert_refused("576.1h");
    assert_refused("2073600000000001ns");
    assert_refused("2073601s");
    assert_refused("9223372036854775807ns");
    assert_refused("9223372036854775808ns");
    assert_refused("18446744073709551617ns");
    assert_refused("99999999999999999999999999999999999999s");
    assert_refused("2562047788015h");
}

static void test_parse_reads_no_further_than_length(void **state)
{
    nanos value = 0;

    (void)state;
    assert_true(nanos_parse("5s rest", 2, &value));
    assert_int_equal(value, 5 * NANOS_PER_S);
    assert_true(nanos_parse("5msx", 3, &value));
    assert_int_equal(value, 5 * NANOS_PER_MS);
    assert_false(nanos_parse("5s", 1, &value));
    assert_false(nanos_parse("5s\0", 3, &value));
    assert_int_equal(value, 5 * NANOS_PER_MS);
}

static void assert_text(nanos value, const char *expected)
{
    char buffer[NANOS_TEXT_MAX];

    assert_ptr_equal(nanos_text(value, buffer), buffer);
    assert_string_equal(buffer, expected);
}

static void test_text_is_short_and_exact(void **state)
{
    (void)state;
    assert_text(0, "0s");
    assert_text(1, "1ns");
    assert_text(999, "999ns");
    assert_text(1000, "1us");
    assert_text(1500, "1.5us");
    assert_text(250 * NANOS_PER_MS, "250ms");
    assert_text(NANOS_PER_MS + 1, "1.000001ms");
    assert_text(1500 * NANOS_PER_MS, "1.5s");
    assert_text(1005 * NANOS_PER_MS, "1.005s");
    assert_text(10 * NANOS_PER_S, "10s");
    assert_text(60 * NANOS_PER_S, "1m");
    assert_text(90 * NANOS_PER_S, "90s");
    assert_text(90 * NANOS_PER_MINUTE, "90m");
    assert_text(24 * NANOS_PER_HOUR, "24h");
    assert_text(NANOS_PER_HOUR + 1, "3600.000000001s");
}

static void test_text_of_negative_and_extreme_values(void **state)
{
    (void)state;
    assert_text(-3 * NANOS_PER_US, "-3us");
    assert_text(-1500 * NANOS_PER_MS, "-1.5s");
    assert_text(-2 * NANOS_PER_HOUR, "-2h");
    assert_text(NANOS_NEVER, "never");
    assert_text(NANOS_NEVER - 1, "9223372036.854775806s");
    assert_text(INT64_MIN, "-9223372036.854775808s");
}

static void test_text_is_read_back_unchanged(void **state)
{
    (void)state;
    for (nanos value = 1; value < 576 * NANOS_PER_HOUR / 7; value = value * 7 / 3 + 1) {
        char buffer[NANOS_TEXT_MAX];
        nanos back = -1;
        nanos_text(value, buffer);
        assert_true(nanos_parse(buffer, strlen(buffer), &back));
        assert_int_equal(back, value);
    }
}

static void test_add_saturates(void **state)
{
    (void)state;
    assert_int_equal(nanos_add(2, 3), 5);
    assert_int_equal(nanos_add(2, -3), -1);
    assert_int_equal(nanos_add(NANOS_NEVER - 1, 1), NANOS_NEVER);
    assert_int_equal(nanos_add(NANOS_NEVER - 1, 2), NANOS_NEVER);
    assert_int_equal(nanos_add(NANOS_NEVER, -5), NANOS_NEVER);
    assert_int_equal(nanos_add(-5, NANOS_NEVER), NANOS_NEVER);
    assert_int_equal(nanos_add(NANOS_NEVER, INT64_MIN), NANOS_NEVER);
    assert_int_equal(nanos_add(NANOS_NEVER, NANOS_NEVER), NANOS_NEVER);
    assert_int_equal(nanos_add(INT64_MIN, -1), INT64_MIN);
}

static void test_min_and_max(void **state)
{
    (void)state;
    assert_int_equal(nanos_min(-1, 4), -1);
    assert_int_equal(nanos_min(NANOS_NEVER, 4), 4);
    assert_int_equal(nanos_max(-1, 4), 4);
    assert_int_equal(nanos_max(4, NANOS_NEVER), NANOS_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_reads_each_unit),
        cmocka_unit_test(test_parse_reads_exact_fractions),
        cmocka_unit_test(test_parse_refuses_fractions_of_a_nanosecond),
        cmocka_unit_test(test_parse_refuses_malformed_text),
        cmocka_unit_test(test_parse_stops_at_24_days),
        cmocka_unit_test(test_parse_reads_no_further_than_length),
        cmocka_unit_test(test_text_is_short_and_exact),
        cmocka_unit_test(test_text_of_negative_and_extreme_values),
        cmocka_unit_test(test_text_is_read_back_unchanged),
        cmocka_unit_test(test_add_saturates),
        cmocka_unit_test(test_min_and_max),
    };

    return cmocka_run_group_tests_name("base/nanos", tests, NULL, NULL);
}
