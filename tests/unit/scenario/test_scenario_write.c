/* What is written is read back as the same scenario: every file there is, and scenarios drawn at
   random. Every valid example of the other tests is tried as well (reading_valid). */
#include "base/prng.h"
#include "base/text.h"
#include "scenario/scenario_write.h"
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"
#include "unit/scenario/same.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

static void try_file(const char *path)
{
    struct reading reading;
    size_t length = 0;
    char *bytes = reading_file(path, &length);
    reading_take(&reading, bytes, length, NULL);
    free(bytes);
    if (reading.result != 0) {
        fail_msg("%s is not valid", path);
    }
    if (!reading.scenario.chaos.enabled) {
        same_when_written(&reading.scenario);
    }
    reading_done(&reading);
}

static void test_every_scenario(void **state)
{
    glob_t files = {.gl_pathc = 0};
    (void)state;
    assert_int_equal(glob("scenarios/*/*.yaml", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 30);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        try_file(files.gl_pathv[i]);
    }
    globfree(&files);
    try_file("tests/unit/scenario/everything.yaml");
    try_file("tests/unit/scenario/everything-started.yaml");
    try_file("tests/unit/scenario/everything-external.yaml");
}

static void written_as(const char *yaml, const char *part)
{
    struct reading reading;
    reading_valid(&reading, yaml);
    const char *text = scenario_write(&reading.arena, &reading.scenario, NULL, NULL);
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
    reading_done(&reading);
}

static void test_the_plainest(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "");
    assert_string_equal(scenario_write(&reading.arena, &reading.scenario, NULL, NULL),
                        "schema: bascule/scenario/1\n"
                        "name: case\n"
                        "warmup: 1s\n"
                        "duration: 10s\n"
                        "\n"
                        "nodes: 3\n"
                        "\n"
                        "client:\n"
                        "  profile: resilient\n"
                        "\n"
                        "traffic:\n"
                        "  rate: 100/s\n");
    reading_done(&reading);
}

static void test_comments(void **state)
{
    static const char *const faults[] = {NULL, "the backup goes too"};
    struct reading reading;
    struct reading again;
    (void)state;
    reading_valid(&reading, "faults: [{at: 1s, kill: primary}, {at: 2s, kill: backup-1}]\n");
    const char *text = scenario_write(&reading.arena, &reading.scenario, "One.\n\nTwo: #3", faults);
    assert_true(text_has_prefix(text, "# One.\n#\n# Two: #3\nschema: bascule/scenario/1\n"));
    assert_non_null(strstr(text, "faults:\n"
                                 "  - {at: 1s, kill: primary}\n"
                                 "  # the backup goes too\n"
                                 "  - {at: 2s, kill: backup-1}\n"));
    reading_take(&again, text, strlen(text), NULL);
    assert_int_equal(again.result, 0);
    reading_done(&again);
    reading_done(&reading);
}

static void test_texts_that_need_quotes(void **state)
{
    (void)state;
    written_as("description: \"a: b\"\n", "description: \"a: b\"\n");
    written_as("description: 'say \"no\"'\n", "description: 'say \"no\"'\n");
    written_as("description: \"it's \\\"so\\\"\"\n", "description: 'it''s \"so\"'\n");
    written_as("description: \"null\"\n", "description: \"null\"\n");
    written_as("description: \"010\"\n", "description: 010\n");
    written_as("description: \"0x10\"\n", "description: \"0x10\"\n");
    written_as("description: \" b \"\n", "description: \" b \"\n");
    written_as("description: \"a\\tb\\nc\\u2028\\x85\"\n", "\"a\\x09b\\nc\\u2028\\x85\"\n");
    written_as("description: \"\\\\ \\a\"\n", "description: \"\\\\ \\x07\"\n");
    written_as("description: \"- a\"\n", "description: \"- a\"\n");
    written_as("description: \"a #b\"\n", "description: \"a #b\"\n");
    written_as("description: a, b\n", "description: a, b\n");
    written_as("nodes: [{name: \"1\"}, {name: \"true\"}, {name: -}]\n"
               "faults: [{at: 1s, kill: [\"1\", \"true\"]}]\n",
               "kill: [\"1\", \"true\"]}");
    written_as("expect: {requests: \">= 1\", successes: 7}\n",
               "expect:\n  requests: \">= 1\"\n  successes: 7\n");
}

static void test_long_texts_are_folded(void **state)
{
    (void)state;
    written_as("description: All of these many words stand in one long line, and that line is so "
               "long that nobody would like to read it as one.\n",
               "description: >-\n"
               "  All of these many words stand in one long line, and that line is so long that "
               "nobody would\n"
               "  like to read it as one.\n"
               "warmup");
}

static const char *random_text(struct prng *prng, char *buffer, size_t capacity)
{
    static const char *const pieces[] = {"a",
                                         "Z",
                                         "0",
                                         " ",
                                         "  ",
                                         "\\n",
                                         "\\t",
                                         "'",
                                         ",",
                                         ":",
                                         ": ",
                                         " #",
                                         "#",
                                         "-",
                                         "\\\"",
                                         "\\\\",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "&a",
                                         "*",
                                         "!",
                                         "|",
                                         ">",
                                         "%",
                                         "@",
                                         "`",
                                         "?",
                                         "? ",
                                         "\\u2028",
                                         "\xC3\xA9",
                                         "~",
                                         "=",
                                         "<<",
                                         "..",
                                         "e5",
                                         "null",
                                         "\\x07",
                                         "\\uFEFF",
                                         "\\U0001F600",
                                         "word ",
                                         "another word "};
    struct text text;
    text_init(&text, buffer, capacity);
    uint64_t count = 1 + prng_below(prng, prng_chance(prng, 100000) ? 60 : 6);
    for (uint64_t i = 0; i < count; i++) {
        text_add(&text, pieces[prng_below(prng, sizeof(pieces) / sizeof(pieces[0]))]);
    }
    assert_false(text.overflowed);
    return buffer;
}

static void test_texts_drawn_at_random(void **state)
{
    char buffer[1000];
    char yaml[4000];
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct prng prng;
        struct reading reading;
        struct text text;
        prng_init(&prng, seed, 0);
        text_init(&text, yaml, sizeof(yaml));
        text_printf(&text, "description: \"%s\"\n", random_text(&prng, buffer, sizeof(buffer)));
        text_printf(&text, "requires: [\"%s\"]\n", random_text(&prng, buffer, sizeof(buffer)));
        text_printf(&text, "traffic: {requests: [{path: /a, method: PUT, body: \"%s\"}]}\n",
                    random_text(&prng, buffer, sizeof(buffer)));
        reading_valid(&reading, yaml);
        reading_done(&reading);
    }
}

static void test_numbers_drawn_at_random(void **state)
{
    char yaml[1000];
    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct prng prng;
        struct reading reading;
        struct text text;
        prng_init(&prng, seed, 1);
        text_init(&text, yaml, sizeof(yaml));
        text_printf(&text, "duration: %dns\n", (int)prng_between(&prng, 1000000000, 2000000000));
        text_printf(&text, "traffic: {rate: %d.%06d/s}\n", (int)prng_between(&prng, 1, 1000),
                    (int)prng_between(&prng, 0, 999999));
        text_printf(&text, "faults: [{at: %dus..%dms, reset: primary, after_bytes: %dB, of: 0.%06d",
                    (int)prng_between(&prng, 1, 100000), (int)prng_between(&prng, 100, 900),
                    (int)prng_between(&prng, 0, 1 << 30), (int)prng_between(&prng, 1, 999999));
        text_printf(&text, ", for: %dms}]\n", (int)prng_between(&prng, 1, 86400000));
        reading_valid(&reading, yaml);
        reading_done(&reading);
    }
}

static void test_a_long_header_name(void **state)
{
    char yaml[3000];
    struct reading reading;
    struct text text;
    (void)state;
    text_init(&text, yaml, sizeof(yaml));
    text_printf(&text, "traffic: {requests: [{path: /, headers: {? x%01500d : v}}]}\n", 0);
    reading_valid(&reading, yaml);
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scenario),
        cmocka_unit_test(test_the_plainest),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_texts_that_need_quotes),
        cmocka_unit_test(test_long_texts_are_folded),
        cmocka_unit_test(test_texts_drawn_at_random),
        cmocka_unit_test(test_numbers_drawn_at_random),
        cmocka_unit_test(test_a_long_header_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
