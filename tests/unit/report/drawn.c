#include "drawn.h"

#include "scenario/encoding.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

const char drawn_hostile[] = "<script>alert(1)</script> | `a` **b** _c_ [d](javascript:e) @all "
                             "www.evil.example http://evil.example ]]> &amp; \"'\\ # $x$ ~~~ \n"
                             "# heading\r\n\t\x01\x08\x1b[2J\x7f\xC2\x9b \xFF\xFE \xED\xA0\x80 "
                             "\xEF\xBF\xBF \xE2\x80\xAE \xF4\x90\x80\x80 ```\n---\n|x|";

static struct document_figure figure(double value)
{
    return (struct document_figure){.value = value, .state = DOCUMENT_VALUE};
}

static void fill(struct drawn *drawn)
{
    static const struct document_pool pools[] = {
        {.metric = "switchover", .n = 2, .max = {1500.25, DOCUMENT_VALUE}},
        {.metric = "success_ratio",
         .n = 2,
         .min = {0.5, DOCUMENT_VALUE},
         .max = {0.75, DOCUMENT_VALUE}},
        {.metric = "failback", .n = 2, .max = {0, DOCUMENT_NEVER}},
    };
    static const struct document_texts nothing;

    drawn->expectations[0] = (struct document_expectation){.metric = "switchover",
                                                           .op = "<",
                                                           .expected = "< 5s",
                                                           .verdict = "pass",
                                                           .limit = 5000,
                                                           .actual = figure(1500.25),
                                                           .fault = "kill-1"};
    drawn->expectations[1] = (struct document_expectation){.metric = "failed_requests",
                                                           .op = "==",
                                                           .expected = "== 0",
                                                           .verdict = "fail",
                                                           .actual = figure(1234)};
    drawn->expectations[2] = (struct document_expectation){.metric = "outage",
                                                           .op = "<",
                                                           .expected = "< 10ms",
                                                           .verdict = "inconclusive",
                                                           .limit = 10,
                                                           .actual = figure(10.001),
                                                           .error = 3};
    drawn->reason = (struct document_reason){.code = "within_error", .text = "too close"};
    drawn->document = (struct document){
        .path = "r/kill.json",
        .tool_version = "1",
        .tool_commit = "abc",
        .name = "kill",
        .description = "The first node dies.",
        .profile = "resilient",
        .instances = 1,
        .file = "dir/kill.yaml",
        .settings = nothing,
        .seed = "7",
        .target_ms = 5000,
        .slow_ms = 500,
        .os = "Debian",
        .kernel = "6.1",
        .isolation = "none",
        .cpus = 2,
        .started_at = "2026-05-04T09:15:02.117Z",
        .wall_ms = figure(6000),
        .verdict = "fail",
        .reasons = {&drawn->reason, 1},
        .expectations = drawn->expectations,
        .expectation_count = 3,
        .runs = &drawn->run,
        .run_count = 1,
        .summary = pools,
        .summary_count = sizeof(pools) / sizeof(pools[0]),
    };
}

int drawn_setup(void **state)
{
    struct drawn *drawn = calloc(1, sizeof(*drawn));

    assert_non_null(drawn);
    arena_init(&drawn->arena, 0);
    fill(drawn);
    *state = drawn;
    return 0;
}

int drawn_teardown(void **state)
{
    struct drawn *drawn = *state;

    arena_done(&drawn->arena);
    free(drawn);
    return 0;
}

const char *drawn_text(struct drawn *drawn, enum render_format format)
{
    struct error error = {.text = ""};
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    assert_int_equal(render_write(out, format, &drawn->document, 1, &error), 0);
    assert_int_equal(fclose(out), 0);
    const char *kept = arena_copy(&drawn->arena, text, length);
    assert_int_equal(strlen(kept), length);
    free(text);
    return kept;
}

size_t drawn_times(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

void drawn_assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("'%s' is not in:\n%s", part, text);
    }
}

void drawn_assert_plain(const char *text)
{
    const char *end = text + strlen(text);

    while (text < end) {
        uint32_t code = 0;
        size_t bytes = encoding_decode(text, (size_t)(end - text), &code);
        if (bytes == 0 || (code < 0x20 && code != '\n' && code != '\t') ||
            (code >= 0x7F && code < 0xA0) || (code & 0xFFFE) == 0xFFFE) {
            fail_msg("U+%04X, of %zu bytes, before: %.20s", (unsigned)code, bytes, text);
        }
        text += bytes;
    }
}
