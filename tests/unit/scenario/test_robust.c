/* Whatever becomes of a scenario on its way: no crash, and each complaint has a place inside the
 * file. */
#include "base/prng.h"
#include "scenario/scenario_read.h"
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <stdlib.h>
#include <string.h>

#define FLIPPED_FILES 3000
#define FLIPS_MAX     4

static char *everything;
static size_t everything_length;

/* Characters of that line, counted without the code under test; SIZE_MAX if there is no such line.
 */
static size_t line_length(const char *bytes, size_t length, uint32_t line)
{
    size_t characters = 0;
    for (size_t i = 0; i < length; i++) {
        bool crlf = bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n';
        if (bytes[i] != '\n' && bytes[i] != '\r') {
            characters += ((unsigned char)bytes[i] & 0xC0) != 0x80;
        } else if (!crlf && line == 1) {
            return characters;
        } else if (!crlf) {
            line--;
            characters = 0;
        }
    }
    return line == 1 ? characters : SIZE_MAX;
}

static void check_places(const struct diagnostics *list, const char *bytes, size_t length)
{
    assert_true(list->count > 0);
    for (size_t i = 0; i < list->count; i++) {
        const struct diagnostic *item = &list->items[i];
        size_t characters = line_length(bytes, length, item->at.line);
        assert_int_not_equal(item->at.line, 0);
        assert_true(characters != SIZE_MAX);
        assert_in_range(item->at.column, 1, characters + 1);
        assert_true(item->text[0] != '\0');
    }
}

/* A copy of exactly that size, so that reading past it is seen by the sanitizer. */
static void read_copy(const char *bytes, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);
    struct reading reading;
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    reading_take(&reading, copy, length, NULL);
    if (reading.result != 0) {
        check_places(&reading.diagnostics, copy, length);
        const char *text = diagnostics_render(&reading.arena, &reading.diagnostics, copy, length);
        assert_non_null(strstr(text, "error: "));
    }
    reading_done(&reading);
    free(copy);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t length = 0; length <= everything_length; length++) {
        read_copy(everything, length);
    }
}

static void test_flipped_bytes(void **state)
{
    struct prng prng;
    char *flipped = malloc(everything_length);
    (void)state;
    assert_non_null(flipped);
    prng_init(&prng, 20240229, 1);
    for (size_t i = 0; i < FLIPPED_FILES; i++) {
        memcpy(flipped, everything, everything_length);
        uint64_t flips = 1 + prng_below(&prng, FLIPS_MAX);
        for (uint64_t k = 0; k < flips; k++) {
            flipped[prng_below(&prng, everything_length)] = (char)prng_below(&prng, 256);
        }
        read_copy(flipped, everything_length);
    }
    free(flipped);
}

/* Punctuation of YAML hits more of the reader than random bytes do. */
static void test_misplaced_signs(void **state)
{
    static const char signs[] = "[]{}:,-?&*!|>'\"%@`# \n\t~<=";
    struct prng prng;
    char *changed = malloc(everything_length);
    (void)state;
    assert_non_null(changed);
    prng_init(&prng, 7, 2);
    for (size_t i = 0; i < FLIPPED_FILES; i++) {
        memcpy(changed, everything, everything_length);
        size_t place = prng_below(&prng, everything_length);
        changed[place] = signs[prng_below(&prng, strlen(signs))];
        read_copy(changed, everything_length);
    }
    free(changed);
}

static void test_whole_is_valid(void **state)
{
    struct reading reading;
    (void)state;
    reading_take(&reading, everything, everything_length, NULL);
    assert_int_equal(reading.result, 0);
    reading_done(&reading);
}

/* The file holds no chaos: what it says shall be written and read again word by word. */
static int load(void **state)
{
    static const char chaos[] =
        "\nchaos: {from: 500ms, until: 50s, every: 8s, heal: 2500ms, keep_healthy: 1, "
        "faults: {kill: 3, blackhole: 1}}\n";
    (void)state;
    char *file = reading_file("tests/unit/scenario/everything.yaml", &everything_length);
    everything = malloc(everything_length + sizeof(chaos));
    assert_non_null(everything);
    memcpy(everything, file, everything_length);
    memcpy(everything + everything_length, chaos, sizeof(chaos));
    everything_length += sizeof(chaos) - 1;
    free(file);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    free(everything);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_is_valid),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_flipped_bytes),
        cmocka_unit_test(test_misplaced_signs),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
