/* Files as they are found: missing, no file at all, too large; and bombs, which must end soon. */
#include "base/text.h"
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void load(struct reading *reading, const char *path)
{
    *reading = (struct reading){.result = -1};
    arena_init(&reading->arena, 0);
    diagnostics_init(&reading->diagnostics, &reading->arena);
    reading->result =
        scenario_load(&reading->arena, path, NULL, &reading->diagnostics, &reading->scenario);
}

static void refuse_file(const char *path, const char *part)
{
    struct reading reading;
    load(&reading, path);
    assert_int_equal(reading.result, -1);
    assert_int_equal(reading.diagnostics.count, 1);
    assert_int_equal(reading.diagnostics.items[0].at.line, 0);
    assert_string_equal(reading.diagnostics.items[0].at.file, path);
    assert_non_null(strstr(reading.diagnostics.items[0].text, part));
    reading_done(&reading);
}

static void test_missing_file_and_folder(void **state)
{
    (void)state;
    refuse_file("tests/no-such-scenario.yaml", "No such file");
    refuse_file("tests", "Is a directory");
}

static void test_a_file_from_disk(void **state)
{
    struct reading reading;
    (void)state;
    load(&reading, "tests/unit/scenario/everything.yaml");
    assert_int_equal(reading.result, 0);
    assert_string_equal(reading.scenario.name, "everything");
    reading_done(&reading);
}

/* A comment fills the file up to that size. */
static char *padded(size_t length)
{
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    memset(bytes, '#', length);
    memcpy(bytes, "name: case\n", 11);
    bytes[length] = '\0';
    return bytes;
}

static void test_size_limit_is_exact(void **state)
{
    struct reading reading;
    char *bytes = padded(SCENARIO_FILE_BYTES_MAX + (size_t)1);
    (void)state;
    reading_take(&reading, bytes, SCENARIO_FILE_BYTES_MAX, NULL);
    assert_int_equal(reading.result, 0);
    reading_done(&reading);
    reading_take(&reading, bytes, SCENARIO_FILE_BYTES_MAX + (size_t)1, NULL);
    assert_int_equal(reading.result, -1);
    assert_non_null(strstr(reading.diagnostics.items[0].text, "larger than 1 MiB"));
    reading_done(&reading);
    free(bytes);
}

static void test_a_large_file_is_not_read_whole(void **state)
{
    char path[] = "/tmp/bascule-test-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)64 * 1048576), 0);
    assert_int_equal(close(fd), 0);
    refuse_file(path, "larger than 1 MiB");
    assert_int_equal(unlink(path), 0);
}

/* head, then item as often as fits into a file with tail after it. */
static char *repeated(const char *head, const char *item, const char *tail, size_t *ret_length)
{
    size_t capacity = SCENARIO_FILE_BYTES_MAX + (size_t)1;
    char *bytes = malloc(capacity);
    struct text text;
    assert_non_null(bytes);
    text_init(&text, bytes, capacity);
    text_add(&text, head);
    while (text.length + strlen(item) + strlen(tail) < capacity) {
        text_add(&text, item);
    }
    text_add(&text, tail);
    assert_false(text.overflowed);
    *ret_length = text.length;
    return bytes;
}

/* Each is a full megabyte; what costs more than a glance at each byte shows as a test that never
 * ends. */
static void test_bombs_end(void **state)
{
    static const char *const bombs[][3] = {
        {"", "[", ""},
        {"", "{", ""},
        {"", "- ", ""},
        {"", "? ", ""},
        {"", "!", ""},
        {"\"", "\\n", ""},
        {"", "a: ", ""},
        {"name: x\n", "k: 1\n", ""},
        {"{", "k,", "}"},
        {"", "&a ", ""},
        {"", "%TAG ! x\n", ""},
        {"", "\n", "x: y: z"},
        {"name: x\nnodes: [", "{name: a},", "]"},
        {"name: x\nfaults: [", "{at: 1s, kill: primary},", "]"},
        {"name: x\nfaults: [", "{at: 1s, kil: nobody},", "]"},
        {"name: x\nx-a: &a {k: 1, l: 2}\ntraffic: {<<: [", "*a,", "]}"},
        {"name: x\nx-a: &a !!str text\nfaults: [", "*a,", "]"},
        {"name: x\ndescription: ", "x ", ""},
        {"name: x\ntags: [", "12345678901234567890,", "]"},
        {"name: x\nexpect:\n  switchover: ", "<", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
        struct reading reading;
        size_t length = 0;
        char *bytes = repeated(bombs[i][0], bombs[i][1], bombs[i][2], &length);
        reading_take(&reading, bytes, length, NULL);
        const struct diagnostics *list = &reading.diagnostics;
        assert_true(reading.result == 0 || list->count > 0);
        assert_non_null(diagnostics_render(&reading.arena, list, bytes, length));
        reading_done(&reading);
        free(bytes);
    }
}

/* A few hundred requests that share a text of half a megabyte. */
static void test_bodies_behind_aliases_are_bounded(void **state)
{
    struct reading reading;
    size_t capacity = SCENARIO_FILE_BYTES_MAX;
    char *bytes = malloc(capacity);
    struct text text;
    (void)state;
    assert_non_null(bytes);
    text_init(&text, bytes, capacity);
    text_printf(&text, "name: x\nx-a: &a \"%0500000d\"\ntraffic: {requests: [", 0);
    for (size_t i = 0; i < 900; i++) {
        text_add(&text, "{path: /a, body: {k: *a}},");
    }
    text_add(&text, "]}");
    assert_false(text.overflowed);
    reading_take(&reading, bytes, text.length, NULL);
    assert_int_equal(reading.result, -1);
    assert_non_null(strstr(reading.diagnostics.items[0].text, "the bodies of all requests"));
    assert_true(reading.arena.used < (size_t)64 * 1048576);
    reading_done(&reading);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_file_and_folder),
        cmocka_unit_test(test_a_file_from_disk),
        cmocka_unit_test(test_size_limit_is_exact),
        cmocka_unit_test(test_a_large_file_is_not_read_whole),
        cmocka_unit_test(test_bombs_end),
        cmocka_unit_test(test_bodies_behind_aliases_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
