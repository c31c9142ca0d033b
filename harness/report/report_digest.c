#include "report/report_digest.h"

#include "base/check.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes into memory, which does not fail. */

static void put_text(FILE *out, const char *bytes, size_t length)
{
    (void)fprintf(out, "s%zu:", length);
    (void)fwrite(bytes, 1, length, out);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* On the heap. Names hold no NUL: the JSON reader refuses it. */
static const char **names_in_order(const json_t *object, const char *left_out, size_t *ret_count)
{
    const char **names = calloc(json_object_size(object) + 1, sizeof(*names));
    json_t *member;
    const char *name;
    size_t count = 0;

    CHECK_MEMORY(names != NULL);
    json_object_foreach((json_t *)(uintptr_t)object, name, member)
    {
        if (left_out == NULL || !text_equal(name, left_out)) {
            names[count++] = name;
        }
    }
    qsort(names, count, sizeof(*names), by_bytes);
    *ret_count = count;
    return names;
}

static void put_value(FILE *out, const json_t *value);

/* The JSON reader bounds the depth. */
// NOLINTNEXTLINE(misc-no-recursion)
static void put_object(FILE *out, const json_t *object, const char *left_out)
{
    size_t count;
    const char **names = names_in_order(object, left_out, &count);

    (void)fprintf(out, "o%zu:", count);
    for (size_t i = 0; i < count; i++) {
        put_text(out, names[i], strlen(names[i]));
        put_value(out, json_object_get(object, names[i]));
    }
    free(names);
}

// NOLINTNEXTLINE(misc-no-recursion)
static void put_value(FILE *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_object(out, value, NULL);
        return;
    case JSON_ARRAY:
        (void)fprintf(out, "a%zu:", json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++) {
            put_value(out, json_array_get(value, i));
        }
        return;
    case JSON_STRING:
        put_text(out, json_string_value(value), json_string_length(value));
        return;
    case JSON_INTEGER:
        (void)fprintf(out, "n%" JSON_INTEGER_FORMAT ";", json_integer_value(value));
        return;
    case JSON_REAL:
        (void)fprintf(out, "n%.15g;", json_real_value(value) + 0.0); /* -0 is 0 */
        return;
    case JSON_TRUE:
        (void)fputc('t', out);
        return;
    case JSON_FALSE:
        (void)fputc('f', out);
        return;
    case JSON_NULL:
        (void)fputc('z', out);
        return;
    }
}

const char *report_digest(const json_t *report, char buffer[static REPORT_DIGEST_MAX])
{
    char hex[SHA256_HEX_MAX];
    char *bytes = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&bytes, &length);

    CHECK_MEMORY(out != NULL);
    put_object(out, report, REPORT_DIGEST_KEY);
    CHECK(fclose(out) == 0);
    (void)snprintf(buffer, REPORT_DIGEST_MAX, "sha256:%s", sha256_hex(bytes, length, hex));
    free(bytes);
    return buffer;
}
