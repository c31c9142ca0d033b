/* tests/invalid/CASE/scenario.yaml must be refused with exactly the words of CASE/expected. A case
 * more needs no code. */
#include "scenario/scenario_read.h"
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_MAX  1000
#define CASES_MIN  75
#define PATH_BYTES 600

static const char folder[] = "tests/invalid";

static struct CMUnitTest tests[CASES_MAX + 1];
static size_t test_count;

static void path_of(char path[static PATH_BYTES], const char *name, const char *file)
{
    int length = snprintf(path, PATH_BYTES, "%s/%s/%s", folder, name, file);
    assert_in_range(length, 1, PATH_BYTES - 1);
}

static void test_case(void **state)
{
    const char *name = *state;
    char path[PATH_BYTES];
    size_t length = 0;
    size_t expected_length = 0;
    path_of(path, name, "scenario.yaml");
    char *bytes = reading_file(path, &length);
    path_of(path, name, "expected");
    char *expected = reading_file(path, &expected_length);

    struct reading reading;
    reading_take(&reading, bytes, length, NULL);
    assert_int_equal(reading.result, -1);
    assert_string_equal(diagnostics_render(&reading.arena, &reading.diagnostics, bytes, length),
                        expected);
    reading_done(&reading);
    free(bytes);
    free(expected);
}

static void test_there_are_many(void **state)
{
    (void)state;
    assert_in_range(test_count, CASES_MIN, CASES_MAX);
}

static int by_name(const void *left, const void *right)
{
    const struct CMUnitTest *a = left;
    const struct CMUnitTest *b = right;
    return strcmp(a->name, b->name);
}

static void find_cases(void)
{
    DIR *directory = opendir(folder);
    for (const struct dirent *entry = directory != NULL ? readdir(directory) : NULL;
         entry != NULL && test_count < CASES_MAX; entry = readdir(directory)) {
        char *name = entry->d_name[0] != '.' ? strdup(entry->d_name) : NULL;
        if (name != NULL) {
            tests[test_count++] =
                (struct CMUnitTest){.name = name, .test_func = test_case, .initial_state = name};
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    qsort(tests, test_count, sizeof(tests[0]), by_name);
}

int main(void)
{
    find_cases();
    tests[test_count] = (struct CMUnitTest)cmocka_unit_test(test_there_are_many);
    int failed = _cmocka_run_group_tests("invalid scenarios", tests, test_count + 1, NULL, NULL);
    for (size_t i = 0; i < test_count; i++) {
        free(tests[i].initial_state);
    }
    return failed;
}
