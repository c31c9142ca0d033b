#include "cli/options.h"

#include "unit/cmocka_all.h"

static const struct option_spec specs[] = {
    {"output", "DIR", "", 'o'},
    {"set", "KEY=VALUE", "", '\0'},
    {"repeat", "N", "", '\0'},
    {"strict", NULL, "", 's'},
};

static const struct option_table table = {specs, sizeof(specs) / sizeof(specs[0])};

struct parsed {
    struct arena arena;
    struct options options;
    struct error error;
    int result;
};

static void parse(struct parsed *parsed, const char *const *arguments)
{
    size_t count = 0;

    while (arguments[count] != NULL) {
        count++;
    }
    *parsed = (struct parsed){.result = -2};
    arena_init(&parsed->arena, 0);
    parsed->result =
        options_parse(&parsed->options, &parsed->arena, &table, arguments, count, &parsed->error);
}

#define PARSE(parsed, ...) parse((parsed), (const char *const[]){__VA_ARGS__, NULL})

static void test_all_forms(void **state)
{
    struct parsed parsed;
    size_t count = 0;

    (void)state;
    PARSE(&parsed, "a", "--output", "one", "--set=k=v", "b", "-o", "two", "-othree", "-s", "--set",
          "x=", "--", "-o", "--strict");
    assert_int_equal(parsed.result, 0);
    assert_string_equal(options_value(&parsed.options, "output"), "three");
    assert_true(options_has(&parsed.options, "strict"));
    assert_false(options_has(&parsed.options, "repeat"));
    assert_null(options_value(&parsed.options, "repeat"));
    const char *const *values = options_values(&parsed.options, &parsed.arena, "set", &count);
    assert_int_equal(count, 2);
    assert_string_equal(values[0], "k=v");
    assert_string_equal(values[1], "x=");
    assert_int_equal(parsed.options.operand_count, 4);
    assert_string_equal(parsed.options.operands[1], "b");
    assert_string_equal(parsed.options.operands[3], "--strict");
    arena_done(&parsed.arena);
}

static void test_a_dash_alone_is_an_operand(void **state)
{
    struct parsed parsed;

    (void)state;
    PARSE(&parsed, "-", "");
    assert_int_equal(parsed.result, 0);
    assert_int_equal(parsed.options.operand_count, 2);
    arena_done(&parsed.arena);
}

static void test_help_wins_over_mistakes(void **state)
{
    struct parsed parsed;

    (void)state;
    PARSE(&parsed, "--nonsense", "--output", "--help");
    assert_int_equal(parsed.result, 0);
    assert_true(parsed.options.help);
    arena_done(&parsed.arena);
    PARSE(&parsed, "--", "--help");
    assert_false(parsed.options.help);
    assert_int_equal(parsed.options.operand_count, 1);
    arena_done(&parsed.arena);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *argument;
        const char *error;
    } cases[] = {
        {"--outptu=x", "unknown option '--outptu' (did you mean '--output'?)"},
        {"--strikt", "unknown option '--strikt' (did you mean '--strict'?)"},
        {"--hlep", "unknown option '--hlep' (did you mean '--help'?)"},
        {"--isolate", "unknown option '--isolate'"},
        {"--out", "unknown option '--out' (did you mean '--output'?)"},
        {"-j", "unknown option '-j'"},
        {"--strict=yes", "option '--strict' takes no value"},
        {"-sx", "option '-s' takes no value"},
        {"--output", "option '--output' needs a value: --output DIR"},
        {"-o", "option '-o' needs a value: -o DIR"},
        {"---", "unknown option '---'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parsed parsed;
        PARSE(&parsed, "x", cases[i].argument);
        assert_int_equal(parsed.result, -1);
        assert_string_equal(parsed.error.text, cases[i].error);
        arena_done(&parsed.arena);
    }
}

static int number_of(const char *text, uint64_t *ret, struct error *reterr)
{
    struct parsed parsed;

    PARSE(&parsed, "--repeat", text);
    int result =
        options_number(&parsed.options, "repeat", (struct option_range){1, 100}, ret, reterr);
    arena_done(&parsed.arena);
    return result;
}

static void test_numbers(void **state)
{
    static const char *const bad[] = {"",
                                      "0",
                                      "101",
                                      "-1",
                                      "+1",
                                      "1x",
                                      " 1",
                                      "0x10",
                                      "1e1",
                                      "18446744073709551617",
                                      "99999999999999999999999"};
    uint64_t number = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct error error = {.text = ""};
        assert_int_equal(number_of(bad[i], &number, &error), -1);
        assert_int_equal(number, 0);
        assert_true(error_is_set(&error));
    }
    struct error error = {.text = ""};
    assert_int_equal(number_of("100", &number, &error), 0);
    assert_int_equal(number, 100);
    assert_int_equal(number_of("007", &number, &error), 0);
    assert_int_equal(number, 7);
}

static void test_a_number_that_was_not_given(void **state)
{
    struct parsed parsed;
    uint64_t number = 55;

    (void)state;
    PARSE(&parsed, "x");
    assert_int_equal(options_number(&parsed.options, "repeat", (struct option_range){1, 2}, &number,
                                    &parsed.error),
                     0);
    assert_int_equal(number, 55);
    arena_done(&parsed.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_forms),
        cmocka_unit_test(test_a_dash_alone_is_an_operand),
        cmocka_unit_test(test_help_wins_over_mistakes),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_number_that_was_not_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
