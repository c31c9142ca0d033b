#include "scenario/units.h"
#include "unit/cmocka_all.h"

struct sample {
    const char *text;
    int64_t value; /* negative: refused */
};

#define CHECK_ALL(parse, samples)                                                                  \
    for (size_t i = 0; i < sizeof(samples) / sizeof((samples)[0]); i++) {                          \
        int64_t value = -1;                                                                        \
        assert_int_equal(parse((samples)[i].text, &value), (samples)[i].value >= 0);               \
        assert_int_equal(value, (samples)[i].value);                                               \
    }

static void test_decimals_are_millionths(void **state)
{
    static const struct sample samples[] = {
        {"0", 0},
        {"1", 1000000},
        {"1.5", 1500000},
        {"0.000001", 1},
        {"0.0000001", -1},
        {"", -1},
        {".5", -1},
        {"1.", -1},
        {"-1", -1},
        {"1e3", -1},
        {"1 ", -1},
        {"9223372036854", 9223372036854000000},
        {"9223372036855", -1},
        {"99999999999999999999999999999999999999999999", -1},
    };
    (void)state;
    CHECK_ALL(units_parse_decimal, samples)
}

static void test_ratios_are_parts_per_million(void **state)
{
    static const struct sample samples[] = {
        {"0.5", 500000},   {"50%", 500000}, {"99.9%", 999000}, {"0.0001%", 1}, {"0.00001%", -1},
        {"150%", 1500000}, {"%", -1},       {"50 %", -1},      {"half", -1},
    };
    (void)state;
    CHECK_ALL(units_parse_ratio, samples)
}

static void test_rates_are_per_second(void **state)
{
    static const struct sample samples[] = {
        {"200/s", 200000000}, {"0/s", 0}, {"0.5/s", 500000}, {"200", -1},
        {"200/m", -1},        {"/s", -1}, {"200/ss", -1},    {"-1/s", -1},
    };
    (void)state;
    CHECK_ALL(units_parse_rate, samples)
}

static void test_sizes_are_bytes(void **state)
{
    static const struct sample samples[] = {
        {"0B", 0},    {"100B", 100}, {"64KiB", 65536}, {"1MiB", 1048576}, {"2GiB", 2147483648},
        {"64kB", -1}, {"64", -1},    {"1.5KiB", -1},   {"KiB", -1},       {"9999999999GiB", -1},
    };
    static const struct sample rates[] = {
        {"100B/s", 100}, {"64KiB/s", 65536}, {"64KiB", -1}, {"10/s", -1}, {"B/s", -1},
    };
    (void)state;
    CHECK_ALL(units_parse_size, samples)
    CHECK_ALL(units_parse_byte_rate, rates)
}

static void test_whole_numbers_are_not_padded(void **state)
{
    static const struct sample samples[] = {
        {"0", 0}, {"12", 12}, {"012", -1}, {"1.0", -1}, {"+1", -1}, {"", -1},
    };
    (void)state;
    CHECK_ALL(units_parse_whole, samples)
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals_are_millionths),
        cmocka_unit_test(test_ratios_are_parts_per_million),
        cmocka_unit_test(test_rates_are_per_second),
        cmocka_unit_test(test_sizes_are_bytes),
        cmocka_unit_test(test_whole_numbers_are_not_padded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
