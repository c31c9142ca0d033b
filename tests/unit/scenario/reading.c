#include "unit/scenario/reading.h"

#include "unit/cmocka_all.h"
#include "unit/scenario/same.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LINE "name: case\n"

void reading_take(struct reading *reading,
                  const char *bytes,
                  size_t length,
                  const struct scenario_overrides *overrides)
{
    struct scenario_source source = {.file = "scenario.yaml", .bytes = bytes, .length = length};
    *reading = (struct reading){.result = -1};
    arena_init(&reading->arena, 0);
    diagnostics_init(&reading->diagnostics, &reading->arena);
    reading->result = scenario_read(&reading->arena, &source, overrides, &reading->diagnostics,
                                    &reading->scenario);
}

static char *with_name(const char *text)
{
    size_t size = strlen(NAME_LINE) + strlen(text) + 1;
    char *whole = malloc(size);
    assert_non_null(whole);
    assert_true(snprintf(whole, size, "%s%s", NAME_LINE, text) >= 0);
    return whole;
}

void reading_valid(struct reading *reading, const char *text)
{
    char *whole = with_name(text);
    reading_take(reading, whole, strlen(whole), NULL);
    if (reading->result != 0) {
        print_error(
            "%s", diagnostics_render(&reading->arena, &reading->diagnostics, whole, strlen(whole)));
    }
    free(whole);
    assert_int_equal(reading->result, 0);
    assert_int_equal(reading->diagnostics.count, 0);
    if (!reading->scenario.chaos.enabled) {
        same_when_written(&reading->scenario);
    }
}

void reading_refused(const char *text, unsigned line, unsigned column, const char *part)
{
    struct reading reading;
    char *whole = with_name(text);
    reading_take(&reading, whole, strlen(whole), NULL);
    const struct diagnostics *list = &reading.diagnostics;
    const struct diagnostic *first = list->count > 0 ? &list->items[0] : NULL;
    bool expected = reading.result == -1 && list->count == 1 && first->at.line == line &&
                    first->at.column == column && strstr(first->text, part) != NULL;
    if (!expected) {
        print_error("expected %u:%u: ...%s..., but\n%s", line, column, part,
                    diagnostics_render(&reading.arena, list, whole, strlen(whole)));
    }
    free(whole);
    reading_done(&reading);
    assert_true(expected);
}

void reading_done(struct reading *reading)
{
    arena_done(&reading->arena);
}

char *reading_file(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t capacity = (size_t)SCENARIO_FILE_BYTES_MAX;
    char *bytes = calloc(1, capacity + 1);
    assert_non_null(bytes);
    *ret_length = fread(bytes, 1, capacity, file);
    assert_int_equal(ferror(file), 0);
    assert_int_equal(fclose(file), 0);
    return bytes;
}
